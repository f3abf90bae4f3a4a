"""What the commands share: exit codes, one fault a line on standard error, a study by its slug."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from annotations.models import Study
from annotations.services.errors import WrongState
from evalsite.core.faults import Refused

REFUSED, WRONG_USAGE, SERVICE_MISSING = 1, 2, 3


class StudyCommand(BaseCommand):
    """A command that refuses in plain lines: 1 input refused, 2 wrong usage, 3 a service is missing."""

    requires_system_checks: list[str] = []
    _called_from_command_line = False

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return self._execute(*args, **options)
        except CommandError as error:
            if not self._called_from_command_line:
                raise
            # Django would put `CommandError:` before the place of a fault.
            self.stderr.write(str(error))
            sys.exit(error.returncode)

    def _execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except Refused as refused:
            raise CommandError("\n".join(refused.lines()), returncode=REFUSED) from None
        except WrongState as error:
            raise CommandError(f"error: {error}.", returncode=REFUSED) from None
        except OperationalError as error:
            first = str(error).splitlines()[0]
            message = f"error: the database does not answer: {first} Mend: `make run`, or set DATABASE_URL."
            raise CommandError(message, returncode=SERVICE_MISSING) from None

    def study(self, slug: str) -> Study:
        study = Study.objects.filter(slug=slug).first()
        if study is None:
            have = ", ".join(Study.objects.values_list("slug", flat=True)) or "none is loaded"
            raise CommandError(
                f"error: there is no study {slug}. Mend: take one of: {have}.", returncode=REFUSED
            )
        return study
