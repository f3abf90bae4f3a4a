"""Errors of the platform: input with faults, each with its place and its fix; and work that cannot go on."""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_SHOWN = 50
REFUSED, WRONG_USAGE, SERVICE_MISSING, DIFFERENT = 1, 2, 3, 4
"""Exit codes of commands."""


@dataclass(frozen=True, slots=True, order=True)
class InputError:
    """One thing that is wrong in an input. Lines and columns are physical and start at 1."""

    path: str
    line: int
    column: int
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: error: {self.message} Fix: {self.fix}"


class InputErrors(Exception):
    """An input is refused, with every error that was found. Nothing of the input is stored."""

    def __init__(self, errors: Sequence[InputError]) -> None:
        self.errors = tuple(sorted(set(errors)))
        super().__init__("\n".join(self.lines()))

    @classmethod
    def single(cls, path: str, message: str, fix: str, line: int = 1, column: int = 1) -> "InputErrors":
        """Return the refusal of an input in which one thing is wrong."""
        return cls([InputError(path, line, column, message, fix)])

    def lines(self) -> list[str]:
        """Return one line per error, 50 at most, and a last line that counts the rest."""
        shown = [str(error) for error in self.errors[:MOST_SHOWN]]
        more = len(self.errors) - MOST_SHOWN
        return [*shown, f"... and {more} more faults."] if more > 0 else shown


class OperationError(Exception):
    """The work cannot be done: one line that says why and how to fix it. `code` is the exit code."""

    def __init__(self, message: str, code: int = REFUSED) -> None:
        super().__init__(message)
        self.code = code


class ServiceMissing(OperationError):
    """A service that the work needs does not answer or cannot start."""

    def __init__(self, message: str) -> None:
        super().__init__(message, SERVICE_MISSING)
