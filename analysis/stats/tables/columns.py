"""The columns of the tables: which there are, which must be there, and what a cell may hold."""

from dataclasses import dataclass

from analysis.stats.tables.cell_rules import Rule, moment, name_like, number, one_of, whole


@dataclass(frozen=True)
class Column:
    """`kept` columns stand in the frames that are analysed; the others are checked, and left."""

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
    Column("study", rule=name_like),
    Column("assignment", rule=name_like, kept=False),
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
    Column("choice", True, one_of(*CHOICES, note=" (the side of the one preferred, not its name)")),
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
    Column("submitted_at", rule=moment, kept=False),
    Column("read_first", rule=one_of(*SIDES)),
    Column("switches", rule=whole(0), kept=False),
    Column("imputed", rule=one_of(*BOOLEANS)),
)

SCORES = (
    Column("study", rule=name_like),
    Column("assignment", rule=name_like, kept=False),
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
    Column("score", True, _score),
    Column("scale_min", True, _score),
    Column("scale_max", True, _score),
    Column("rubric"),
    Column("seconds", rule=_amount),
    Column("kind", rule=one_of(*KINDS)),
    Column("excluded"),
    Column("submitted_at", rule=moment, kept=False),
    # Of one script at a time; beside another one, the judgments have them by side.
    Column("layout", rule=one_of("columns", "single"), kept=False),
    Column("read_s", rule=_amount),
    Column("share_read", rule=number(0, 1)),
    Column("length", rule=_amount),
    Column("knew", rule=one_of(*BOOLEANS), kept=False),
    Column("guess", rule=one_of(*GUESSES), kept=False),
    Column("guess_confidence", rule=whole(1, 3), kept=False),
    Column("criterion", rule=name_like),
)

MARKS = (
    Column("study", rule=name_like),
    Column("assignment", rule=name_like, kept=False),
    Column("item", True, name_like),
    Column("rater", True, name_like),
    Column("system", True, name_like),
    Column("script"),
    Column("class", True, one_of(*CLASSES)),
    Column("scene", kept=False),
    Column("start", rule=whole(0), kept=False),
    Column("end", rule=whole(0), kept=False),
    Column("note", kept=False),
    Column("submitted_at", rule=moment, kept=False),
    Column("kind", rule=one_of(*KINDS)),
)

COLUMNS: dict[str, tuple[Column, ...]] = {"judgments": JUDGMENTS, "scores": SCORES, "marks": MARKS}
