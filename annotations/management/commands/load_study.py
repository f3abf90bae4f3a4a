from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotations import freezing
from annotations.findings.rejections import missing_scripts
from annotations.management.console import StudyCommand
from annotations.models import Study
from annotations.spec.values import from_json
from annotations.staff import study_states
from annotations.staff.loading import load_study


class Command(StudyCommand):
    help = (
        "Load a study file with its briefs and scripts; a draft is updated, a frozen study is left as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--freeze", action="store_true", help="freeze it, if it is a draft")
        parser.add_argument("--open", action="store_true", help="freeze and open it")

    def handle(self, *, file: Path, freeze: bool, open: bool, **options: Any) -> None:
        loaded = load_study(file)
        study = loaded.study
        if loaded.outcome == "unchanged":
            self.stdout.write(f"Study {study.slug} is loaded already and unchanged ({study.state}).")
        elif loaded.outcome == "updated":
            self.stdout.write(f"Study {study.slug} updated: {', '.join(loaded.changed)}.")
        else:
            self.stdout.write(f"Study {study.slug} loaded as a draft.")
        for brief in loaded.dropped:
            self.stderr.write(f"warning: brief {brief} is left out: a system has no script for it.")
        spec = from_json(study.spec)
        for brief, count in missing_scripts(spec).items() if spec.plan.missing_script == "loss" else ():
            scripts = "scripts are" if count > 1 else "script is"
            self.stderr.write(f"warning: {brief}: {count} {scripts} missing and will count as lost.")
        for brief in loaded.kept_out:
            self.stderr.write(f"warning: a script for {brief} was rejected in this draft: it stays out.")
        if study.state == Study.State.DRAFT:
            self.warn_of_attention(study)
            self.warn_of_training(study)
        if (freeze or open) and study.state == Study.State.DRAFT:
            study = freezing.freeze(study=study, by="console")
            self.stdout.write(f"Study {study.slug} is frozen; digest {study.frozen_digest}.")
            self.warn_of_checks(study)
            self.warn_of_training(study)
        if open and study.state == Study.State.FROZEN:
            study = study_states.transition(study=study, verb="open", by="console")
            self.stdout.write(f"Study {study.slug} is open.")
