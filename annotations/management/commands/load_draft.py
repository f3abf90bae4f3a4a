"""`manage.py load_draft FILE.zip [--team SLUG]`: a draft that `export_draft` wrote on another site."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotations.management.console import StudyCommand
from annotations.staff.studies.draft_files import load_draft


class Command(StudyCommand):
    help = (
        "Load a draft that export_draft wrote, with its briefs, systems and scripts: all of it, or nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.zip")
        parser.add_argument("--team", metavar="SLUG", help="the team of the study, on a site with several")

    def handle(self, *, file: Path, team: str | None, **options: Any) -> None:
        loaded = load_draft(file, team=self.team(team))
        self.stdout.write(f"Study {loaded.study.slug}: {loaded.outcome}. Digest: {loaded.study.spec_digest}")
        self.warn_of_open_warnings(loaded.study)
        self.warn_of_attention(loaded.study)
        self.warn_of_training(loaded.study)
