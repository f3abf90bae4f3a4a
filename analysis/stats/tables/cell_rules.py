"""What one cell may hold, said cell by cell, and told of a million cells at once where all are right.

A rule looks at one text that is not empty: None when it is right, else what is wrong and how to mend it. Its
`sure` may look at many at once, and says True only where every one of them is right; False says nothing.
"""

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.stats.faults import shown
from analysis.stats.tables.arrow_columns import text_bytes

Wrong = tuple[str, str]  # what is wrong, and how to mend it
LONGEST_NAME = 200
DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.uint8)
SPACE, STAR, LAST = 0x20, 0x2A, 0x7E  # of ASCII
WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def _never(texts: pa.StringArray) -> bool:
    return False


@dataclass(frozen=True)
class Rule:
    check: Callable[[str], Wrong | None]
    sure: Callable[[pa.StringArray], bool] = _never

    def __call__(self, text: str) -> Wrong | None:
        return self.check(text)


def _name_fault(text: str) -> Wrong | None:
    if text != text.strip():
        return f"{shown(text)} begins or ends with a space", "take the space away, for it makes another name"
    for sign in text:
        if not sign.isprintable():
            kind = "an invisible" if unicodedata.category(sign) in ("Cf", "Zs", "Zl", "Zp") else "a control"
            message = f"{shown(text)} holds {kind} character (U+{ord(sign):04X})"
            return message, "write the name in characters that can be seen"
    if text.startswith("*"):
        return (
            f"the name {shown(text)} begins with *",
            "rename it: *all and *machines are kept for sets of systems",
        )
    if len(text) > LONGEST_NAME:
        return f"the name has {len(text)} characters", f"shorten it to {LONGEST_NAME} at most"
    return None


def _plain_names(texts: pa.StringArray) -> bool:
    data, places = text_bytes(texts)
    if not data.size or int(data.min()) <= SPACE or int(data.max()) > LAST:
        return False
    lengths = np.diff(places)
    return bool(lengths.min() > 0 and lengths.max() <= LONGEST_NAME and not (data[places[:-1]] == STAR).any())


name_like = Rule(_name_fault, _plain_names)


def one_of(*choices: str, note: str = "") -> Rule:
    allowed = frozenset(choices)

    def check(text: str) -> Wrong | None:
        if text in allowed:
            return None
        if (meant := text.strip().casefold()) in allowed:
            return f"{shown(text)} is not known here", f"write {meant}"
        return f"{shown(text)} is not known here", f"use one of {', '.join(choices)}{note}"

    return Rule(check)


def number(low: float = -math.inf, high: float = math.inf) -> Rule:
    def check(text: str) -> Wrong | None:
        try:
            value = float(text if text.isascii() else "")
        except ValueError:
            return f"{shown(text)} is not a number", "write digits with a full stop for the decimals"
        if not math.isfinite(value) or "_" in text:
            return f"{shown(text)} is not a finite number", "write a finite number, or leave the row out"
        if not low <= value <= high:
            return f"{shown(text)} lies outside {_span(low, high)}", f"write a number of {_span(low, high)}"
        return None

    def sure(texts: pa.StringArray) -> bool:
        try:
            values = pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            return False
        smallest, largest = float(values.min()), float(values.max())
        return math.isfinite(smallest) and math.isfinite(largest) and low <= smallest and largest <= high

    return Rule(check, sure)


def whole(low: int, high: float = math.inf) -> Rule:
    mend = f"write a whole number of {_span(low, high)}"

    def check(text: str) -> Wrong | None:
        if not WHOLE.fullmatch(text):
            return f"{shown(text)} is not a whole number", mend
        if not low <= int(text) <= high:
            return f"{shown(text)} lies outside {_span(low, high)}", mend
        return None

    def sure(texts: pa.StringArray) -> bool:
        data, places = text_bytes(texts)
        if not data.size or int(data.min()) < ord("0") or int(data.max()) > ord("9"):
            return False
        lengths = np.diff(places)
        if lengths.min() < 1 or lengths.max() > 18:
            return False
        values = pc.cast(texts, pa.int64()).to_numpy(zero_copy_only=False)
        return bool(low <= values.min() and values.max() <= high)

    return Rule(check, sure)


def _moment_fault(text: str) -> Wrong | None:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return f"{shown(text)} is not a time", "write ISO 8601 in UTC, such as 2026-03-01T09:30:00Z"
    return None


def _plain_moments(texts: pa.StringArray) -> bool:
    """Whether all are written alike, as the platform writes them: 2026-03-01T09:30:00Z, with a fraction or
    without."""
    data, places = text_bytes(texts)
    lengths = np.diff(places)
    width = int(lengths[0])
    if width not in (20, 24) or (lengths != width).any():
        return False
    signs = data.reshape(-1, width)
    shape = np.frombuffer(b"0000-00-00T00:00:00.000Z" if width == 24 else b"0000-00-00T00:00:00Z", np.uint8)
    digit = shape == ord("0")
    if (signs[:, ~digit] != shape[~digit]).any():
        return False
    values = signs[:, digit] - np.uint8(ord("0"))  # what lies below wraps round to above 9
    if values.max() > 9:
        return False
    year = values[:, :4].astype(np.int32) @ np.array([1000, 100, 10, 1], dtype=np.int32)
    month, day, hour, minute, second = (10 * values[:, at] + values[:, at + 1] for at in (4, 6, 8, 10, 12))
    if year.min() < 1 or month.min() < 1 or month.max() > 12 or day.min() < 1:
        return False
    if hour.max() > 23 or minute.max() > 59 or second.max() > 59:
        return False
    days = DAYS[month]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return bool((day <= days + (leap & (month == 2))).all())


moment = Rule(_moment_fault, _plain_moments)


def _span(low: float, high: float) -> str:
    return f"{low:,.10g} to {high:,.10g}" if math.isfinite(high) else f"{low:g} or more"
