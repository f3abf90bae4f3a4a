"""`manage.py accept_findings STUDY --reason TEXT`: accept all open findings and warnings of a draft."""

from typing import Any

from django.core.management.base import CommandParser

from annotations.findings import review as findings
from annotations.findings.warnings import accept_warnings
from annotations.management.console import StudyCommand


class Command(StudyCommand):
    help = "Accept all open findings and warnings of a draft. The log records each one with the reason."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="the study's slug")
        parser.add_argument("--reason", required=True, help="why they give no system away")

    def handle(self, *, study: str, reason: str, **options: Any) -> None:
        draft = self.study(study)
        accepted = findings.accept_all(study=draft, by="console", reason=reason)
        warned = accept_warnings(study=draft, by="console", reason=reason)
        self.stdout.write(f"Accepted for study {study}: findings: {accepted}, warnings: {warned}.")
