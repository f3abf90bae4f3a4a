from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotations.blinding import unblinding
from annotations.blinding.unblinders import needs_second_factor
from annotations.management.console import StudyCommand
from evalsite.core.console import REFUSED, WRONG_USAGE
from evalsite.core.models import User


class Command(StudyCommand):
    help = (
        "Unblind a closed study in the names of two of its unblinders. The log records that it was done here."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="the study's slug")
        parser.add_argument(
            "--by", action="append", required=True, metavar="NAME", help="an unblinder; give it twice"
        )
        parser.add_argument(
            "--code",
            action="append",
            default=[],
            metavar="NAME=CODE",
            help="that person's current authenticator code, if the site requires one; give it twice",
        )

    def handle(self, *, study: str, by: list[str], code: list[str], **options: Any) -> None:
        if len(by) != 2:
            raise CommandError("error: two people are needed. Fix: give --by twice.", returncode=WRONG_USAGE)
        found, codes = self.study(study), _codes(code, by)
        first, second = (self._user(name) for name in by)
        if needs_second_factor(found) and (missing := [name for name in by if not codes.get(name)]):
            raise CommandError(
                f"error: the authenticator code of {' and '.join(missing)} is missing. "
                f"Fix: add {' '.join(f'--code {name}=123456' for name in missing)}.",
                returncode=REFUSED,
            )
        unblinding.unblind_from_console(study=found, by=first, other=second, codes=codes)
        self.stdout.write(f"Study {study} is unblinded.")

    def _user(self, name: str) -> User:
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"error: there is no user {name}. Fix: check the name.", returncode=REFUSED)
        return user


def _codes(given: list[str], by: list[str]) -> dict[str, str]:
    """The codes by user name."""
    found = dict(each.split("=", 1) for each in given if "=" in each)
    if len(found) < len(given) or not found.keys() <= set(by):
        raise CommandError(
            "error: --code is not NAME=CODE with a name of --by. Fix: give --code mara=123456, for example.",
            returncode=WRONG_USAGE,
        )
    return found
