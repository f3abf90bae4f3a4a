from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import override

from annotations.blinding import unblinding
from annotations.blinding.frozen_check import FrozenStudyDiffers
from annotations.management.console import StudyCommand
from annotations.models import Assignment, Entry, Slot
from evalsite.core.errors import DIFFERENT

ANSWERED = (Assignment.State.SUBMITTED, Assignment.State.LATE, Assignment.State.PRACTISED)


class Command(StudyCommand):
    help = (
        "Check a frozen study: its plan, texts, sealed rows, draw, assignments, judgments, exclusions and "
        "amendments. Exits with 4 and names the rows if something was changed without the platform."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="the study's slug")

    def handle(self, *, study: str, **options: Any) -> None:
        found = self.study(study)
        try:
            with override("en"):
                unblinding.check_study(found)
        except FrozenStudyDiffers as differs:
            raise CommandError("\n".join(map(str, differs.errors)), returncode=DIFFERENT) from None
        entries = Entry.objects.filter(study_brief__study=found).count()
        slots = Slot.objects.filter(seat__study=found).count()
        answers = Assignment.objects.filter(rater__study=found, state__in=ANSWERED).count()

        self.stdout.write(
            f"Study {study} is {found.state} and as it was frozen: "
            f"{entries} entries, {slots} slots, {answers} answers checked."
        )
