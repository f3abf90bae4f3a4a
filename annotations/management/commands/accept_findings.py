"""`manage.py accept_findings STUDY --reason TEXT`: accept all open findings of a draft."""

from typing import Any

from django.core.management.base import CommandParser

from annotations.findings import review as findings
from annotations.management.console import StudyCommand


class Command(StudyCommand):
    help = "Accept all open findings of a draft; the log records each with the reason."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="the study's slug")
        parser.add_argument("--reason", required=True, help="why they give no system away")

    def handle(self, *, study: str, reason: str, **options: Any) -> None:
        accepted = findings.accept_all(study=self.study(study), by="console", reason=reason)
        self.stdout.write(f"{accepted} findings of study {study} accepted.")
