from typing import Any

from django.core.management.base import CommandParser

from annotations.management.console import StudyCommand
from annotations.staff.studies import study_states


class Command(StudyCommand):
    help = "Open a frozen or paused study for judging."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="the study's slug")

    def handle(self, *, study: str, **options: Any) -> None:
        moved = study_states.transition(study=self.study(study), verb="open", by="console")
        self.stdout.write(f"Study {study} is {moved.state}.")
