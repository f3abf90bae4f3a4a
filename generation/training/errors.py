"""Errors that stop a training before it costs anything: each with its place and its fix."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class InputError:
    """One thing that is wrong in a file. Lines and columns count from 1; 0 is nowhere."""

    path: str
    line: int
    column: int
    message: str
    fix: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{place}: {self.message} {self.fix[:1].upper()}{self.fix[1:]}"


class InputErrors(Exception):
    """Every error that was found, not only the first. `code` is the exit code of the command."""

    def __init__(self, errors: Sequence[InputError], code: int = 1) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = list(errors)
        self.code = code


def refused(path: object, message: str, fix: str, *, line: int = 0, code: int = 1) -> InputErrors:
    """Return one error, ready to be raised."""
    return InputErrors([InputError(str(path), line, 1 if line else 0, message, fix)], code)
