from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotations.blinding import unblinding
from annotations.management.console import StudyCommand
from evalsite.core.console import REFUSED, WRONG_USAGE
from evalsite.core.models import User


class Command(StudyCommand):
    help = (
        "Unblind a closed study in the names of two members of staff. The log records that it was done here."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="the study's slug")
        parser.add_argument(
            "--by", action="append", required=True, metavar="NAME", help="staff; give it twice"
        )

    def handle(self, *, study: str, by: list[str], **options: Any) -> None:
        if len(by) != 2:
            raise CommandError("error: two people are needed. Fix: give --by twice.", returncode=WRONG_USAGE)
        first, second = (self._user(name) for name in by)
        unblinding.unblind_from_console(study=self.study(study), by=first, other=second)
        self.stdout.write(f"Study {study} is unblinded.")

    def _user(self, name: str) -> User:
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"error: there is no user {name}. Fix: check the name.", returncode=REFUSED)
        return user
