from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotations import freezing
from annotations.findings.rejections import missing_scripts
from annotations.findings.warnings import accept_warnings as accept
from annotations.management.console import StudyCommand
from annotations.models import Study
from annotations.spec.values import from_json
from annotations.staff.studies import study_states
from annotations.staff.studies.loading import load_study


class Command(StudyCommand):
    help = "Load a study file with its briefs and scripts. A draft is updated; a frozen study never changes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the study file, in YAML")
        parser.add_argument("--team", metavar="SLUG", help="the team of the study, on a site with several")
        parser.add_argument("--freeze", action="store_true", help="freeze the study if it is a draft")
        parser.add_argument("--open", action="store_true", help="freeze and open the study")
        parser.add_argument(
            "--accept-warnings", metavar="REASON", help="accept all open warnings with this reason"
        )

    def handle(
        self,
        *,
        file: Path,
        team: str | None,
        freeze: bool,
        open: bool,
        accept_warnings: str | None,
        **options: Any,
    ) -> None:
        loaded = load_study(file, team=self.team(team))
        study = loaded.study
        if loaded.outcome == "unchanged":
            self.stdout.write(f"Study {study.slug} is unchanged ({study.state}).")
        elif loaded.outcome == "updated":
            self.stdout.write(f"Study {study.slug} updated. Changed: {', '.join(loaded.changed)}.")
        else:
            self.stdout.write(f"Study {study.slug} loaded as a draft.")
        for brief in loaded.dropped:
            self.stderr.write(f"warning: brief {brief} is left out because a system has no script for it.")
        spec = from_json(study.spec)
        for brief, count in missing_scripts(spec).items() if spec.plan.missing_script == "loss" else ():
            scripts = "scripts are" if count > 1 else "script is"
            self.stderr.write(f"warning: {brief}: {count} {scripts} missing and will count as losses.")
        for brief in loaded.kept_out:
            self.stderr.write(f"warning: a script for {brief} was rejected in this draft and stays out.")
        if study.state == Study.State.DRAFT:
            if accept_warnings:
                accept(study=study, by="console", reason=accept_warnings)
            self.warn_of_open_warnings(study)
            self.warn_of_attention(study)
            self.warn_of_training(study)
        if (freeze or open) and study.state == Study.State.DRAFT:
            study = freezing.freeze(study=study, by="console", warnings_block=True)
            self.stdout.write(f"Study {study.slug} is frozen; digest {study.frozen_digest}.")
        if open and study.state == Study.State.FROZEN:
            study = study_states.transition(study=study, verb="open", by="console")
            self.stdout.write(f"Study {study.slug} is open.")
