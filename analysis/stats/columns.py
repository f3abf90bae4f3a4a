"""The columns of the tables: which there are, which must be there, and what a cell may hold."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

# A rule looks at one non-empty cell: None when it is right, else (what is wrong, how to mend it).
Rule = Callable[[str], tuple[str, str] | None]


@dataclass(frozen=True)
class Column:
    name: str
    required: bool = False
    rule: Rule | None = None


def name_like(text: str) -> tuple[str, str] | None:
    if text != text.strip():
        return f"{text!r} begins or ends with a space", "take the space away, for it makes another name"
    if not text.isprintable():
        return f"{text!r} holds a control character", "write the name in printable characters"
    if text.startswith("*"):
        return (
            f"the name {text!r} begins with *",
            "rename it: *all and *machines are kept for sets of systems",
        )
    return None


def one_of(*choices: str) -> Rule:
    allowed = frozenset(choices)

    def rule(text: str) -> tuple[str, str] | None:
        if text in allowed:
            return None
        return f"{text!r} is not known here", f"use one of {', '.join(choices)}"

    return rule


def number(low: float = -math.inf, high: float = math.inf) -> Rule:
    def rule(text: str) -> tuple[str, str] | None:
        try:
            value = float(text)
        except ValueError:
            return f"{text!r} is not a number", "write digits with a full stop for the decimals"
        if not math.isfinite(value) or "_" in text:
            return f"{text!r} is not a finite number", "write a finite number, or leave the row out"
        if not low <= value <= high:
            return f"{text} lies outside {_span(low, high)}", f"write a number of {_span(low, high)}"
        return None

    return rule


def whole(low: int, high: float = math.inf) -> Rule:
    def rule(text: str) -> tuple[str, str] | None:
        if not (text.isascii() and text.lstrip("-").isdigit()):
            return f"{text!r} is not a whole number", f"write a whole number of {_span(low, high)}"
        if not low <= int(text) <= high:
            return f"{text} lies outside {_span(low, high)}", f"write a whole number of {_span(low, high)}"
        return None

    return rule


def moment(text: str) -> tuple[str, str] | None:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return f"{text!r} is not a time", "write ISO 8601 in UTC, such as 2026-03-01T09:30:00Z"
    return None


def _span(low: float, high: float) -> str:
    return f"{low:g} to {high:g}" if math.isfinite(high) else f"{low:g} or more"


KINDS = ("main", "practice", "check", "repeat", "same")
RATER_KINDS = ("person", "simulated", "model")
CHOICES = ("left", "right", "tie", "neither")
SIDES = ("left", "right")
BOOLEANS = ("true", "false")
GUESSES = ("human", "machine", "unsure")
CLASSES = ("plot", "character", "pacing")

_amount = number(0)

JUDGMENTS = (
    Column("study", rule=name_like),
    Column("assignment", rule=name_like),
    Column("item", True, name_like),
    Column("series", rule=name_like),
    Column("language", rule=name_like),
    Column("rater", True, name_like),
    Column("rater_kind", rule=one_of(*RATER_KINDS)),
    Column("sitting"),
    Column("position", rule=whole(1)),
    Column("criterion", True, name_like),
    Column("left_system", True, name_like),
    Column("right_system", True, name_like),
    Column("choice", True, one_of(*CHOICES)),
    Column("strength", rule=whole(1, 3)),
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
    Column("reading", rule=whole(1)),
    Column("layout", rule=one_of("columns", "single")),
    Column("knew_left", rule=one_of(*BOOLEANS)),
    Column("knew_right", rule=one_of(*BOOLEANS)),
    Column("guess_left", rule=one_of(*GUESSES)),
    Column("guess_right", rule=one_of(*GUESSES)),
    Column("guess_left_confidence", rule=whole(1, 3)),
    Column("guess_right_confidence", rule=whole(1, 3)),
    Column("excluded"),
    Column("submitted_at", rule=moment),
)

SCORES = (
    Column("study", rule=name_like),
    Column("assignment", rule=name_like),
    Column("item", True, name_like),
    Column("series", rule=name_like),
    Column("language", rule=name_like),
    Column("rater", True, name_like),
    Column("rater_kind", rule=one_of(*RATER_KINDS)),
    Column("sitting"),
    Column("position", rule=whole(1)),
    Column("context", rule=one_of("pair", "single")),
    Column("side", rule=one_of(*SIDES)),
    Column("system", True, name_like),
    Column("script"),
    Column("score", True, number()),
    Column("scale_min", True, number()),
    Column("scale_max", True, number()),
    Column("rubric"),
    Column("seconds", rule=_amount),
    Column("kind", rule=one_of(*KINDS)),
    Column("excluded"),
    Column("submitted_at", rule=moment),
)

MARKS = (
    Column("study", rule=name_like),
    Column("assignment", rule=name_like),
    Column("item", True, name_like),
    Column("rater", True, name_like),
    Column("system", True, name_like),
    Column("script"),
    Column("class", True, one_of(*CLASSES)),
    Column("scene", rule=None),
    Column("start", rule=whole(0)),
    Column("end", rule=whole(0)),
    Column("note"),
    Column("submitted_at", rule=moment),
)

COLUMNS: dict[str, tuple[Column, ...]] = {"judgments": JUDGMENTS, "scores": SCORES, "marks": MARKS}
