"""`manage.py export_draft STUDY --out FILE.zip`: a draft with all that it is made from, as one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotations.management.console import StudyCommand
from annotations.staff.studies.draft_files import write_draft


class Command(StudyCommand):
    help = (
        "Export a draft with its study file, briefs, systems and scripts as one file, to load it on another "
        "site with load_draft. The file shows which system wrote which script."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="the study's slug")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE.zip")

    def handle(self, *, study: str, out: Path, **options: Any) -> None:
        count = write_draft(self.study(study), out)
        self.stdout.write(f"{out}: study {study} with {count} scripts")
