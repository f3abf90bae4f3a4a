"""What is wrong with something that was handed in: where it is, and how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault. Lines and columns are physical and start at 1."""

    path: str
    line: int
    column: int
    message: str
    mend: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: error: {self.message} Fix: {self.mend}"


class Refused(Exception):
    """Something was handed in that cannot be taken; nothing of it has been kept."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """One line a fault, 50 at most, then how many more there are."""
        shown = [str(fault) for fault in self.faults[:MOST_SHOWN]]
        more = len(self.faults) - MOST_SHOWN
        return [*shown, f"... and {more} more faults."] if more > 0 else shown
