"""How a table fits a page: the size of its type, the widths of its columns, upright or on its side."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

TEXT_WIDTH, WIDE_TEXT = 481.0, 727.0  # points: A4 within its margins, upright and on its side
LARGEST, SMALLEST_UPRIGHT, SMALLEST = 8.6, 5.9, 4.5
INSET = 5.4  # of a cell, left and right together
WHOLE = 28  # a number in a cell, with its interval, stays on one line up to so many letters
LONG = 26.0  # a text may wrap beyond this, in widths of the type's size
SHORT = 4.2  # so much of a Chinese text stands on one line
BOLD = 1.08

Put = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fit:
    """Size in points; `widths` in points too, none where the columns have all the room they want."""

    size: float
    wide: bool
    widths: tuple[float, ...] = ()


def fit(columns: Sequence[Put], rows: Sequence[Sequence[Put]]) -> Fit:
    """The largest type at which no column has to break a word or a number."""
    least, most = [], []
    bold = [BOLD if any(cell["kind"] == "primary" for cell in row) else 1.0 for row in rows]
    for at, column in enumerate(columns):
        cells = [row[at] for row in rows]
        least.append(
            max([_longest(column["text"]), *(b * _least(cell) for b, cell in zip(bold, cells, strict=True))])
        )
        wanted = [
            _width(column["text"]),
            *(b * _width(cell["text"]) for b, cell in zip(bold, cells, strict=True)),
        ]
        most.append(max(least[-1], min(LONG, max(wanted))))
    upright = (TEXT_WIDTH - INSET * len(columns)) / max(sum(least), 1)
    wide = upright < SMALLEST_UPRIGHT
    room = (WIDE_TEXT if wide else TEXT_WIDTH) - INSET * len(columns)
    size = round(min(max(room / max(sum(least), 1) - 0.05, SMALLEST), LARGEST), 1)
    if sum(most) * size <= room:
        return Fit(size, wide)
    spare = max(room - sum(least) * size, 0) / max(sum(most) - sum(least), 0.01)
    widths = (size * low + spare * (high - low) + INSET for low, high in zip(least, most, strict=True))
    return Fit(size, wide, tuple(round(width, 1) for width in widths))


def is_whole(text: str) -> bool:
    """Whether a number is short enough to stay on one line."""
    return len(text) < WHOLE


def _least(cell: Put) -> float:
    """What a cell needs at least."""
    if cell["kind"] == "number" and is_whole(cell["text"]):
        return _width(cell["text"])
    return _longest(cell["text"], SHORT)


def _width(text: str) -> float:
    return sum(map(_letter, text))


def _letter(letter: str) -> float:
    """About how wide a letter is, in widths of the type's size."""
    if letter > "\u2e7f":
        return 1.0
    if letter in " \u00a0.,:;'()/ilj":
        return 0.3
    return 0.78 if letter in "mwMW%" else 0.68 if letter.isupper() else 0.49


def _longest(text: str, together: float = 2.0) -> float:
    """The widest part of a text that cannot break; Chinese can anywhere, but should not letter by letter."""
    parts = re.findall(r"[\u2e80-\uffef]|[^\s\u200b\u2e80-\uffef]+(?:\u00a0[^\s\u200b\u2e80-\uffef]+)*", text)
    wide = any(letter > "\u2e7f" for letter in text)
    return max([*map(_width, parts), min(_width(text), together) if wide else 0.0])
