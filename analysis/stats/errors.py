"""Errors of input that cannot be analysed: each with its place and its fix; and texts for messages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_FAULTS = 50
MOST_NAMES = 10
LONGEST_QUOTE = 60


def quote(text: str) -> str:
    """Quote a text for a message: on one line, shortened, with invisible characters escaped."""
    return repr(text) if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]!r}..."


def list_names(names: Iterable[str], most: int = MOST_NAMES) -> str:
    """Return the names, separated by commas; of more than `most` the first ones and a count."""
    every = list(names)
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def counted(count: int, noun: str, several: str = "") -> str:
    """A number with its noun: "1 rater", "1,200 raters"; `several` is an irregular plural."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


@dataclass(frozen=True)
class InputError:
    """One thing wrong in one place. `line` is a physical line (the header is 1), `column` counts from 1."""

    file: str
    line: int
    column: int
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: error: {self.message}. Fix: {self.fix}."


class InputErrors(ValueError):
    """A table or a plan cannot be analysed. `errors` holds the first 50, `more` counts the others."""

    def __init__(self, errors: Sequence[InputError], more: int = 0) -> None:
        self.errors = tuple(errors[:MOST_FAULTS])
        self.more = len(errors) - len(self.errors) + more
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """Return one line per error, and a last one that counts the errors that are not listed."""
        lines = [" ".join(str(error).split("\n")) for error in self.errors]
        if self.more:
            lines.append(f"... and {self.more} more fault{'' if self.more == 1 else 's'}.")
        return lines
