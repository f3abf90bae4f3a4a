from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import override

from analysis.command import ResultsCommand
from analysis.command_line.verify import Bundle
from analysis.stats.errors import MOST_FAULTS
from analysis.tables.exports import compare_tables
from annotations.blinding import unblinding
from annotations.blinding.frozen_check import FrozenStudyDiffers
from annotations.models import Assignment, Entry, Slot
from evalsite.core.errors import DIFFERENT

ANSWERED = (Assignment.State.SUBMITTED, Assignment.State.LATE, Assignment.State.PRACTISED)


class Command(ResultsCommand):
    help = (
        "Check a frozen study: its plan, texts, sealed rows, draw, assignments, judgments, exclusions and "
        "amendments. With --bundle, also compare the tables of a bundle with the site's. Exits with 4 and "
        "names the rows if something was changed without the platform."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="the study's slug")
        parser.add_argument("--bundle", type=Path, metavar="FILE", help="a bundle of the study")

    def handle(self, *, study: str, bundle: Path | None = None, **options: Any) -> None:
        found = self.study(study)
        try:
            with override("en"):
                unblinding.check_study(found)
        except FrozenStudyDiffers as differs:
            raise CommandError("\n".join(map(str, differs.errors)), returncode=DIFFERENT) from None
        if bundle and (faults := list(islice(compare_tables(found, Bundle(bundle)), MOST_FAULTS))):
            raise CommandError("\n".join(map(str, faults)), returncode=DIFFERENT)
        entries = Entry.objects.filter(study_brief__study=found).count()
        slots = Slot.objects.filter(seat__study=found).count()
        answers = Assignment.objects.filter(rater__study=found, state__in=ANSWERED).count()

        self.stdout.write(
            f"Study {study} is {found.state} and as it was frozen: "
            f"{entries} entries, {slots} slots, {answers} answers checked."
        )
        if bundle:
            self.stdout.write(f"The tables of {bundle} are those of the site.")
