"""What is refused, said with its place and its remedy."""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_FAULTS = 50
LONGEST_SHOWN = 60


def shown(text: str) -> str:
    """A cell as a message quotes it: in quotes, on one line, what cannot be seen escaped, and never long."""
    return repr(text) if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]!r}..."


def counted(count: int, noun: str, several: str = "") -> str:
    """A number with its noun: "1 rater", "1,200 raters"; `several` is an irregular plural."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


@dataclass(frozen=True)
class Fault:
    """One thing wrong in one place. `line` is a physical line (the header is 1), `column` counts from 1."""

    file: str
    line: int
    column: int
    message: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: error: {self.message}. Fix: {self.mend}."


class Refusal(ValueError):
    """Input that is refused, with up to 50 of its faults."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults[:MOST_FAULTS])
        super().__init__("\n".join(str(fault) for fault in self.faults))


class TableError(Refusal):
    """A table that cannot be analysed as it is."""


class PlanError(Refusal):
    """A plan that cannot be read, or that does not fit the tables."""
