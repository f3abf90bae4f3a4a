"""Skip the patterns that cannot match a text, because it lacks letters that they need.

The scan tries more than two hundred patterns on each text. Most of them need words that the text does not
have, and looking that up takes far less time than the search. The letters that a pattern needs come from its
parse tree. They are compared as runs of one, two or three neighbouring letters, without case.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any


@dataclass(frozen=True, slots=True)
class Needs:
    """What a text needs for a match: all `letters`, and one option of each of the `choices`."""

    letters: frozenset[str]
    choices: tuple[tuple["Needs", ...], ...]

    def are_met_by(self, letters: frozenset[str]) -> bool:
        if not self.letters <= letters:
            return False
        for choice in self.choices:
            for needs in choice:
                # Most have no choices of their own, and a call for each would take most of the time.
                if needs.letters <= letters and (not needs.choices or needs.are_met_by(letters)):
                    break
            else:
                return False
        return True


def find_all(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """As `pattern.finditer(text)`, but without a search if `can_match` rules out a match."""
    return pattern.finditer(text) if can_match(pattern, text) else iter(())


def can_match(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a text has the letters that a pattern needs to match."""
    return _find_needs(pattern.pattern, pattern.flags).are_met_by(_letters(text))


@lru_cache(maxsize=4096)
def _find_needs(pattern: str, flags: int) -> Needs:
    return _needs(_parser.parse(pattern, flags))


def _needs(parsed: Any) -> Needs:
    letters: set[str] = set()
    choices: list[tuple[Needs, ...]] = []
    run = ""
    for item in [*parsed, (None, None)]:
        inner: Needs | None = None
        match item:
            case ops.LITERAL, code:
                run += _fold(chr(code))
                continue
            case ops.AT, _:
                continue
            case ops.BRANCH, (_, branches):
                options = tuple(map(_needs, branches))
                if all(each.letters or each.choices for each in options):
                    choices.append(options)
            case ops.SUBPATTERN, (_, _, _, body):
                inner = _needs(body)
            case ((ops.MAX_REPEAT | ops.MIN_REPEAT), (least, _, body)) if least:
                inner = _needs(body)
            case ops.ASSERT, (_, body):
                inner = _needs(body)
        if inner:
            letters |= inner.letters
            choices += inner.choices
        letters |= _runs(run, min(3, len(run)))
        run = ""
    return Needs(frozenset(letters), tuple(choices))


@lru_cache(maxsize=8)
def _letters(text: str) -> frozenset[str]:
    text = _fold(text)
    return frozenset().union(*(_runs(text, length) for length in (1, 2, 3)))


def _runs(text: str, length: int) -> set[str]:
    return {text[at : at + length] for at in range(len(text) - length + 1)} if text else set()


def _fold(text: str) -> str:
    """Map letters that `re.IGNORECASE` treats as equal to one, such as ſ, S and s, or İ, ı, I and i."""
    return text.replace("İ", "I").upper().casefold()
