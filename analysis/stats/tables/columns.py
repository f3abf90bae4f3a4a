"""The columns of the tables: which exist, which are required, and what a cell may hold."""

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from analysis.stats.errors import quote

Wrong = tuple[str, str]  # what is wrong, and how to fix it
Rule = Callable[[str], Wrong | None]  # looks at one text that is not empty
LONGEST_NAME = 200
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def check_name(text: str) -> Wrong | None:
    if text != text.strip():
        return f"{quote(text)} begins or ends with a space", "take the space away, for it makes another name"
    if not text.isprintable():
        sign = next(sign for sign in text if not sign.isprintable())
        kind = "an invisible" if unicodedata.category(sign) in ("Cf", "Zs", "Zl", "Zp") else "a control"
        message = f"{quote(text)} holds {kind} character (U+{ord(sign):04X})"
        return message, "write the name in characters that can be seen"
    if text.startswith("*"):
        return (
            f"the name {quote(text)} begins with *",
            "rename it: *all and *machines are kept for sets of systems",
        )
    if len(text) > LONGEST_NAME:
        return f"the name has {len(text)} characters", f"shorten it to {LONGEST_NAME} at most"
    return None


def are_plain_names(texts: Sequence[str]) -> bool:
    """Whether a million names are certainly right, in a few passes over all of them. False proves nothing."""
    joined = "".join(texts)
    longest = max(map(len, texts), default=0)
    return joined.isprintable() and " " not in joined and "*" not in joined and longest <= LONGEST_NAME


def one_of(*choices: str, note: str = "") -> Rule:
    def check(text: str) -> Wrong | None:
        if text in choices:
            return None
        if (meant := text.strip().casefold()) in choices:
            return f"{quote(text)} is not known here", f"write {meant}"
        return f"{quote(text)} is not known here", f"use one of {', '.join(choices)}{note}"

    return check


def number(low: float = -math.inf, high: float = math.inf) -> Rule:
    def check(text: str) -> Wrong | None:
        try:
            value = float(text if text.isascii() else "")
        except ValueError:
            return f"{quote(text)} is not a number", "write digits with a full stop for the decimals"
        if not math.isfinite(value) or "_" in text:
            return f"{quote(text)} is not a finite number", "write a finite number, or leave the row out"
        if not low <= value <= high:
            return f"{quote(text)} lies outside {_span(low, high)}", f"write a number of {_span(low, high)}"
        return None

    return check


def whole_number(low: int, high: float = math.inf) -> Rule:
    fix = f"write a whole number of {_span(low, high)}"

    def check(text: str) -> Wrong | None:
        if not WHOLE_NUMBER.fullmatch(text):
            return f"{quote(text)} is not a whole number", fix
        if not low <= int(text) <= high:
            return f"{quote(text)} lies outside {_span(low, high)}", fix
        return None

    return check


def check_time(text: str) -> Wrong | None:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return f"{quote(text)} is not a time", "write ISO 8601 in UTC, such as 2026-03-01T09:30:00Z"
    return None


def _span(low: float, high: float) -> str:
    return f"{low:,.10g} to {high:,.10g}" if math.isfinite(high) else f"{low:g} or more"


@dataclass(frozen=True)
class Column:
    """One column. `kept` columns are in the frames that are analysed; the others are only checked."""

    name: str
    required: bool = False
    rule: Rule | None = None
    kept: bool = True


KINDS = ("main", "practice", "check", "repeat", "same")
RATER_KINDS = ("person", "simulated", "model")
CHOICES = ("left", "right", "tie", "neither")
SIDES = ("left", "right")
BOOLEANS = ("true", "false")
GUESSES = ("human", "machine", "unsure")
CLASSES = ("plot", "character", "pacing")

SCORE = "score"  # the criterion of scores that name none

_MOST = 1e9  # beyond, sums of squares would lose their digits; no length, time or score is so large
_amount = number(0, _MOST)
_score = number(-_MOST, _MOST)

JUDGMENTS = (
    Column("study", rule=check_name),
    Column("assignment", rule=check_name, kept=False),
    Column("item", True, check_name),
    Column("series", rule=check_name),
    Column("language", rule=check_name),
    Column("rater", True, check_name),
    Column("rater_kind", rule=one_of(*RATER_KINDS)),
    Column("sitting"),
    Column("position", rule=whole_number(1)),
    Column("criterion", True, check_name),
    Column("left_system", True, check_name),
    Column("right_system", True, check_name),
    Column("choice", True, one_of(*CHOICES, note=" (the side of the one preferred, not its name)")),
    Column("strength", rule=whole_number(1, 3)),
    Column("first_choice", rule=one_of(*CHOICES)),
    Column("seconds", rule=_amount),
    Column("read_left_s", rule=_amount),
    Column("read_right_s", rule=_amount),
    Column("share_read_left", rule=number(0, 1)),
    Column("share_read_right", rule=number(0, 1)),
    Column("left_script"),
    Column("right_script"),
    Column("left_length", rule=_amount),
    Column("right_length", rule=_amount),
    Column("kind", rule=one_of(*KINDS)),
    Column("reading", rule=whole_number(1)),
    Column("layout", rule=one_of("columns", "single")),
    Column("knew_left", rule=one_of(*BOOLEANS)),
    Column("knew_right", rule=one_of(*BOOLEANS)),
    Column("guess_left", rule=one_of(*GUESSES)),
    Column("guess_right", rule=one_of(*GUESSES)),
    Column("guess_left_confidence", rule=whole_number(1, 3)),
    Column("guess_right_confidence", rule=whole_number(1, 3)),
    Column("excluded"),
    Column("submitted_at", rule=check_time, kept=False),
    Column("read_first", rule=one_of(*SIDES)),
    Column("switches", rule=whole_number(0), kept=False),
    Column("imputed", rule=one_of(*BOOLEANS)),
)

SCORES = (
    Column("study", rule=check_name),
    Column("assignment", rule=check_name, kept=False),
    Column("item", True, check_name),
    Column("series", rule=check_name),
    Column("language", rule=check_name),
    Column("rater", True, check_name),
    Column("rater_kind", rule=one_of(*RATER_KINDS)),
    Column("sitting"),
    Column("position", rule=whole_number(1)),
    Column("context", rule=one_of("pair", "single")),
    Column("side", rule=one_of(*SIDES)),
    Column("system", True, check_name),
    Column("script"),
    Column("score", True, _score),
    Column("scale_min", True, _score),
    Column("scale_max", True, _score),
    Column("rubric"),
    Column("seconds", rule=_amount),
    Column("kind", rule=one_of(*KINDS)),
    Column("excluded"),
    Column("submitted_at", rule=check_time, kept=False),
    # Of one script at a time; beside another one, the judgments have them by side.
    Column("layout", rule=one_of("columns", "single"), kept=False),
    Column("read_s", rule=_amount),
    Column("share_read", rule=number(0, 1)),
    Column("length", rule=_amount),
    Column("knew", rule=one_of(*BOOLEANS), kept=False),
    Column("guess", rule=one_of(*GUESSES), kept=False),
    Column("guess_confidence", rule=whole_number(1, 3), kept=False),
    Column("criterion", rule=check_name),
)

MARKS = (
    Column("study", rule=check_name),
    Column("assignment", rule=check_name, kept=False),
    Column("item", True, check_name),
    Column("rater", True, check_name),
    Column("system", True, check_name),
    Column("script"),
    Column("class", True, one_of(*CLASSES)),
    Column("scene", kept=False),
    Column("start", rule=whole_number(0), kept=False),
    Column("end", rule=whole_number(0), kept=False),
    Column("note", kept=False),
    Column("submitted_at", rule=check_time, kept=False),
    Column("kind", rule=one_of(*KINDS)),
)

COLUMNS: dict[str, tuple[Column, ...]] = {"judgments": JUDGMENTS, "scores": SCORES, "marks": MARKS}
