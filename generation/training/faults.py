"""What stops a training before it costs anything: faults with a place and a remedy."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """Something wrong in a file: where, what, what to do. Lines and columns count from 1; 0 is nowhere."""

    path: str
    line: int
    column: int
    message: str
    mend: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{place}: {self.message} {self.mend[:1].upper()}{self.mend[1:]}"


class Refused(Exception):
    """Every fault that was found, not only the first. `code` is what the command ends with."""

    def __init__(self, faults: Sequence[Fault], code: int = 1) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = list(faults)
        self.code = code


def refused(path: object, message: str, mend: str, *, line: int = 0, code: int = 1) -> Refused:
    """One fault, ready to be raised."""
    return Refused([Fault(str(path), line, 1 if line else 0, message, mend)], code)
