"""What all commands share: exit codes, one fault a line on standard error, never a traceback."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from evalsite.core.errors import REFUSED, SERVICE_MISSING, WRONG_USAGE, InputErrors, OperationError

__all__ = ["REFUSED", "SERVICE_MISSING", "WRONG_USAGE", "PlainCommand"]


class PlainCommand(BaseCommand):
    """A command that refuses in plain lines: 1 input refused, 2 wrong usage, 3 a service is missing."""

    requires_system_checks: list[str] = []
    refusals: tuple[tuple[type[Exception], int], ...] = ()
    """Further exceptions that are an answer to the user, each with its exit code."""

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
        except InputErrors as refused:
            raise CommandError("\n".join(refused.lines()), returncode=REFUSED) from None
        except OperationError as error:
            raise CommandError(f"error: {error}", returncode=error.code) from None
        except OperationalError as error:
            first = str(error).splitlines()[0]
            message = f"error: the database does not answer: {first} Fix: `make run`, or set DATABASE_URL."
            raise CommandError(message, returncode=SERVICE_MISSING) from None
        except tuple(kind for kind, _ in self.refusals) as error:
            code = next(code for kind, code in self.refusals if isinstance(error, kind))
            raise CommandError(f"error: {str(error).rstrip('.')}.", returncode=code) from None
