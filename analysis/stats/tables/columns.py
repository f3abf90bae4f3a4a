"""The columns of the tables: which exist, which are required, and what a cell may hold."""

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from analysis.stats.errors import quote
from analysis.translation import Text
from analysis.translation import gettext_lazy as _

Wrong = tuple[str, str]  # what is wrong, and how to fix it
Rule = Callable[[str], Wrong | None]  # looks at one text that is not empty
LONGEST_NAME = 200
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def check_name(text: str) -> Wrong | None:
    if text != text.strip():
        return f"{quote(text)} begins or ends with a space", "remove the space"
    if not text.isprintable():
        sign = next(sign for sign in text if not sign.isprintable())
        kind = "an invisible" if unicodedata.category(sign) in ("Cf", "Zs", "Zl", "Zp") else "a control"
        message = f"{quote(text)} contains {kind} character (U+{ord(sign):04X})"
        return message, "use visible characters only"
    if text.startswith("*"):
        return (
            f"the name {quote(text)} starts with *",
            "rename it: names with * are reserved for sets of systems",
        )
    if len(text) > LONGEST_NAME:
        return f"the name has {len(text)} characters", f"shorten it to at most {LONGEST_NAME}"
    return None


@dataclass(frozen=True)
class OneOf:
    """A cell is one of these words."""

    choices: tuple[str, ...]
    note: str = ""

    def __call__(self, text: str) -> Wrong | None:
        if text in self.choices:
            return None
        if (meant := text.strip().casefold()) in self.choices:
            return f"{quote(text)} is not an allowed value", f"use {meant}"
        return f"{quote(text)} is not an allowed value", f"use one of {', '.join(self.choices)}{self.note}"


@dataclass(frozen=True)
class Number:
    """A cell is a finite number between `low` and `high`."""

    low: float = -math.inf
    high: float = math.inf

    def __call__(self, text: str) -> Wrong | None:
        try:
            value = float(text if text.isascii() else "")
        except ValueError:
            return f"{quote(text)} is not a number", "use digits, with a full stop as decimal separator"
        if not math.isfinite(value) or "_" in text:
            return f"{quote(text)} is not a finite number", "use a finite number, or delete the row"
        if not self.low <= value <= self.high:
            span = _span(self.low, self.high)
            return f"{quote(text)} is out of range ({span})", f"use a number ({span})"
        return None


@dataclass(frozen=True)
class WholeNumber:
    """A cell is a whole number between `low` and `high`."""

    low: int
    high: float = math.inf

    def __call__(self, text: str) -> Wrong | None:
        if WHOLE_NUMBER.fullmatch(text) and self.low <= int(text) <= self.high:
            return None
        span = _span(self.low, self.high)
        wrong = f"is out of range ({span})" if WHOLE_NUMBER.fullmatch(text) else "is not a whole number"
        return f"{quote(text)} {wrong}", f"use a whole number ({span})"


@dataclass(frozen=True)
class SeveralOf:
    """A cell has some of these words, separated by spaces."""

    choices: tuple[str, ...]

    def __call__(self, text: str) -> Wrong | None:
        return next(filter(None, map(OneOf(self.choices), text.split(" "))), None)


def check_time(text: str) -> Wrong | None:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return f"{quote(text)} is not a valid time", "use ISO 8601 in UTC, for example 2026-03-01T09:30:00Z"
    return None


def _span(low: float, high: float) -> str:
    return f"{low:,.10g} to {high:,.10g}" if math.isfinite(high) else f"{low:g} or more"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. `kept` columns are in the frames that are analysed; the others are only checked.

    `rule` checks tables from anywhere. `exported` says what the platform writes where that is narrower. The
    codebook is made from these and from `meaning`, `unit` and `made_by`: researcher, server, page, rater or
    statistics.
    """

    name: str
    meaning: Text
    made_by: str = "server"
    unit: str = ""
    required: bool = False
    rule: Rule | None = None
    exported: Rule | None = None
    kept: bool = True


KINDS = ("main", "practice", "check", "repeat", "same")
RATER_KINDS = ("person", "simulated", "model")
CHOICES = ("left", "right", "tie", "neither")
SIDES = ("left", "right")
BOOLEANS = ("true", "false")
GUESSES = ("human", "machine", "unsure")
PAPER_CLASSES = ("plot", "character", "pacing")
KNOWN_CLASSES = ("plot", "character", "dialogue", "pacing", "format", "continuity")
GOOD_LINE = "good-line"
"""The class of marks that praise a passage. They are no errors."""
SEVERITIES = ("minor", "major", "critical")
LAYOUTS = ("columns", "single")

SCORE = "score"  # the criterion of scores that name none

_MOST = 1e9  # beyond, sums of squares would lose their digits; no length, time or score is so large
_amount = Number(0, _MOST)
_score = Number(-_MOST, _MOST)
_share = Number(0, 1)
_count = WholeNumber(0)
_from_one = WholeNumber(1)
_up_to_three = WholeNumber(1, 3)
_boolean = OneOf(BOOLEANS)
_LENGTH = "words (en) or Han characters (zh)"
_SHARE = "proportion (0 to 1)"

STUDY = Column(name="study", made_by="researcher", rule=check_name, meaning=_("Slug of the study."))
ASSIGNMENT = Column(
    name="assignment",
    rule=check_name,
    kept=False,
    meaning=_("Code of the assignment, the same in all tables."),
)
ITEM = Column(
    name="item", made_by="researcher", required=True, rule=check_name, meaning=_("Slug of the brief.")
)
SERIES = Column(
    name="series", made_by="researcher", rule=check_name, meaning=_("Slug of the series of the brief.")
)
LANGUAGE = Column(
    name="language",
    made_by="researcher",
    rule=check_name,
    exported=OneOf(("en", "zh")),
    meaning=_("Language of the brief and its scripts."),
)
RATER = Column(name="rater", required=True, rule=check_name, meaning=_("Random code of the rater."))
RATER_KIND = Column(
    name="rater_kind",
    rule=OneOf(RATER_KINDS),
    meaning=_("Whether the rater is a person, a simulated rater or a language model."),
)
SITTING = Column(
    name="sitting",
    exported=_from_one,
    meaning=_("Number of the rater's session. A session ends after half an hour without activity."),
)
POSITION = Column(
    name="position",
    rule=_from_one,
    meaning=_("Position in the rater's sequence. Practice is counted separately."),
)
CONTEXT = Column(
    name="context",
    rule=OneOf(("pair", "single")),
    meaning=_("Whether the script was shown in a pair or alone."),
)
KIND = Column(
    name="kind",
    rule=OneOf(KINDS),
    meaning=_(
        "Kind of pair. Only main is used in estimates. practice and check have a known answer,"
        " repeat is a pair the rater has judged before, same shows two scripts by one system."
        " Empty means main."
    ),
)
SECONDS = Column(
    name="seconds",
    made_by="page",
    unit="seconds",
    rule=_amount,
    meaning=_("Time with the page in the foreground and the rater active."),
)
LAYOUT = Column(
    name="layout",
    made_by="page",
    rule=OneOf(LAYOUTS),
    meaning=_("columns: scripts side by side, on a wide screen. single: one at a time, on a narrow screen."),
)
EXCLUDED = Column(
    name="excluded",
    exported=OneOf(("practice", "late", "manual")),
    meaning=_("Reason why the row is excluded from all estimates. Empty if it is included."),
)
AFTER_NEW_LINK = Column(
    name="after_new_link",
    rule=_boolean,
    meaning=_(
        "true if the answer was given or changed after staff issued a new link to the rater, so that someone "
        "else may have given it. Empty otherwise."
    ),
)
SUBMITTED_AT = Column(name="submitted_at", rule=check_time, kept=False, meaning=_("Time of submission."))
SCRIPT = Column(name="script", meaning=_("SHA-256 digest of the script text, as in the scripts table."))
SYSTEM = Column(
    name="system",
    required=True,
    rule=check_name,
    meaning=_(
        "System that wrote the script. In practice and checks: practice:original, check:cut and so on."
    ),
)

JUDGMENTS = (
    STUDY,
    ASSIGNMENT,
    ITEM,
    SERIES,
    LANGUAGE,
    RATER,
    RATER_KIND,
    SITTING,
    POSITION,
    Column(
        name="criterion",
        made_by="researcher",
        required=True,
        rule=check_name,
        meaning=_("Slug of the criterion."),
    ),
    Column(
        name="left_system",
        required=True,
        rule=check_name,
        meaning=_(
            "System that wrote Script A. In practice and checks: practice:original, check:cut and so on."
        ),
    ),
    Column(
        name="right_system",
        required=True,
        rule=check_name,
        meaning=_(
            "System that wrote Script B. In practice and checks: practice:original, check:cut and so on."
        ),
    ),
    Column(
        name="choice",
        made_by="rater",
        required=True,
        rule=OneOf(CHOICES, note=" (the preferred side, not the name of the system)"),
        meaning=_(
            "The rater's choice. left: Script A is better, right: Script B is better, tie: too close to "
            "call, neither: neither is usable."
        ),
    ),
    Column(
        name="strength",
        made_by="rater",
        rule=_up_to_three,
        meaning=_("How much better the chosen script is: 1 slightly, 2 clearly, 3 by far."),
    ),
    Column(
        name="first_choice",
        made_by="rater",
        rule=OneOf(CHOICES),
        meaning=_("The rater's first choice on this criterion, before any change."),
    ),
    SECONDS,
    Column(
        name="read_left_s", made_by="page", unit="seconds", rule=_amount, meaning=_("Time with Script A.")
    ),
    Column(
        name="read_right_s", made_by="page", unit="seconds", rule=_amount, meaning=_("Time with Script B.")
    ),
    Column(
        name="share_read_left",
        made_by="page",
        unit=_SHARE,
        rule=_share,
        meaning=_("Share of Script A that was seen."),
    ),
    Column(
        name="share_read_right",
        made_by="page",
        unit=_SHARE,
        rule=_share,
        meaning=_("Share of Script B that was seen."),
    ),
    Column(
        name="left_script",
        meaning=_("SHA-256 digest of the text of Script A, as in the scripts table."),
    ),
    Column(
        name="right_script",
        meaning=_("SHA-256 digest of the text of Script B, as in the scripts table."),
    ),
    Column(
        name="left_length",
        made_by="statistics",
        unit=_LENGTH,
        rule=_amount,
        meaning=_("Length of Script A."),
    ),
    Column(
        name="right_length",
        made_by="statistics",
        unit=_LENGTH,
        rule=_amount,
        meaning=_("Length of Script B."),
    ),
    KIND,
    Column(name="reading", rule=_from_one, meaning=_("2 for a repeated pair, otherwise 1.")),
    LAYOUT,
    Column(
        name="knew_left",
        made_by="rater",
        rule=_boolean,
        meaning=_("Whether the rater had read Script A before this study."),
    ),
    Column(
        name="knew_right",
        made_by="rater",
        rule=_boolean,
        meaning=_("Whether the rater had read Script B before this study."),
    ),
    Column(
        name="guess_left",
        made_by="rater",
        rule=OneOf(GUESSES),
        meaning=_("Guess about who wrote Script A. Empty if not asked or not answered."),
    ),
    Column(
        name="guess_right",
        made_by="rater",
        rule=OneOf(GUESSES),
        meaning=_("Guess about who wrote Script B. Empty if not asked or not answered."),
    ),
    Column(
        name="guess_left_confidence",
        made_by="rater",
        rule=_up_to_three,
        meaning=_("Confidence in the guess about Script A: 1 a guess, 2 fairly sure, 3 certain."),
    ),
    Column(
        name="guess_right_confidence",
        made_by="rater",
        rule=_up_to_three,
        meaning=_("Confidence in the guess about Script B: 1 a guess, 2 fairly sure, 3 certain."),
    ),
    EXCLUDED,
    SUBMITTED_AT,
    Column(
        name="read_first",
        made_by="page",
        rule=OneOf(SIDES),
        meaning=_("First script that was read for three seconds without a break. Empty if neither was."),
    ),
    Column(
        name="switches",
        made_by="page",
        rule=_count,
        kept=False,
        meaning=_("Number of switches from one script to the other."),
    ),
    Column(
        name="imputed",
        rule=_boolean,
        meaning=_("true if the pair counts as a loss because a script is missing. Empty in all other rows."),
    ),
    AFTER_NEW_LINK,
)

SCORES = (
    STUDY,
    ASSIGNMENT,
    ITEM,
    SERIES,
    LANGUAGE,
    RATER,
    RATER_KIND,
    SITTING,
    POSITION,
    CONTEXT,
    Column(name="side", rule=OneOf(SIDES), meaning=_("Side of the script. Empty if shown alone.")),
    SYSTEM,
    SCRIPT,
    Column(
        name="score",
        made_by="rater",
        unit="scale points",
        required=True,
        rule=_score,
        meaning=_("The rater's score for the script."),
    ),
    Column(
        name="scale_min",
        made_by="researcher",
        unit="scale points",
        required=True,
        rule=_score,
        meaning=_("Lowest possible score."),
    ),
    Column(
        name="scale_max",
        made_by="researcher",
        unit="scale points",
        required=True,
        rule=_score,
        meaning=_("Highest possible score."),
    ),
    Column(
        name="rubric", made_by="researcher", meaning=_("Name and version of the rubric, as NAME@VERSION.")
    ),
    SECONDS,
    KIND,
    EXCLUDED,
    SUBMITTED_AT,
    # These have values for scripts shown alone. In pairs, the judgments have them for each side.
    replace(LAYOUT, kept=False),
    Column(
        name="read_s",
        made_by="page",
        unit="seconds",
        rule=_amount,
        meaning=_("Time with the script. Empty in pairs."),
    ),
    Column(
        name="share_read",
        made_by="page",
        unit=_SHARE,
        rule=_share,
        meaning=_("Share of the script that was seen. Empty in pairs."),
    ),
    Column(
        name="length",
        made_by="statistics",
        unit=_LENGTH,
        rule=_amount,
        meaning=_("Length of the script. Empty in pairs."),
    ),
    Column(
        name="knew",
        made_by="rater",
        rule=_boolean,
        meaning=_("Whether the rater had read the script before this study. Empty in pairs."),
    ),
    Column(
        name="guess",
        made_by="rater",
        rule=OneOf(GUESSES),
        meaning=_("Guess about who wrote the script. Empty in pairs, and if not asked or not answered."),
    ),
    Column(
        name="guess_confidence",
        made_by="rater",
        rule=_up_to_three,
        meaning=_("Confidence in the guess: 1 a guess, 2 fairly sure, 3 certain. Empty in pairs."),
    ),
    Column(
        name="criterion",
        made_by="researcher",
        rule=check_name,
        meaning=_(
            "Criterion of the score. Always empty in the platform's exports, which have one score for"
            " the whole script."
        ),
    ),
    AFTER_NEW_LINK,
)


def _check_class(text: str) -> Wrong | None:
    if text == "all":
        return "the class all stands for all errors together", "rename the class"
    return check_name(text)


MARKS = (
    STUDY,
    ASSIGNMENT,
    ITEM,
    RATER,
    replace(SYSTEM, meaning=_("System that wrote the marked script.")),
    SCRIPT,
    Column(
        name="class",
        made_by="rater",
        required=True,
        rule=_check_class,
        meaning=_("Kind of error, as defined by the study. good-line marks praise; it is not an error."),
    ),
    Column(
        name="scene",
        kept=False,
        exported=_from_one,
        meaning=_(
            "Number of the scene in the script, from 1. Every heading, even an incomplete one, starts"
            " a scene. Empty if no passage was marked."
        ),
    ),
    Column(
        name="start",
        made_by="rater",
        unit="code points",
        rule=_count,
        kept=False,
        meaning=_("Start of the marked passage in the displayed text."),
    ),
    Column(
        name="end",
        made_by="rater",
        unit="code points",
        rule=_count,
        kept=False,
        meaning=_("End of the marked passage: the first code point after it."),
    ),
    Column(name="note", made_by="rater", kept=False, meaning=_("The rater's comment on the marked passage.")),
    SUBMITTED_AT,
    KIND,
    Column(
        name="severity",
        made_by="rater",
        rule=OneOf(SEVERITIES),
        meaning=_("Severity of the error. Empty if the study does not ask for it or the rater gave none."),
    ),
)

PROFILE_PREFIX = "profile_"
SEVERAL_ANSWERS = "profile_forms_written"  # one cell holds several answers: raters are not grouped by it
CODE = Column(
    name="code",
    required=True,
    rule=check_name,
    meaning=_("Random code of the rater. Matches the column rater in the other tables."),
)
RATERS = (
    CODE,
    replace(RATER_KIND, name="kind", kept=False),
    Column(
        name="languages",
        made_by="rater",
        exported=SeveralOf(("en", "zh")),
        kept=False,
        meaning=_("Languages the rater reads, separated by spaces."),
    ),
    Column(
        name="series_known",
        made_by="rater",
        kept=False,
        meaning=_("Slugs of the series the rater knows, separated by spaces."),
    ),
    Column(name="enrolled_at", rule=check_time, kept=False, meaning=_("Time of enrolment.")),
    Column(
        name="finished_at",
        rule=check_time,
        kept=False,
        meaning=_("Time when the rater finished all pairs. Empty if unfinished."),
    ),
    Column(
        name="withdrawn_at",
        rule=check_time,
        kept=False,
        meaning=_("Time of withdrawal. Empty if the rater did not withdraw."),
    ),
    Column(
        name="training_use",
        made_by="rater",
        rule=_boolean,
        kept=False,
        meaning=_(
            "The rater's latest answer. true: judgments and comments may be used for training language"
            " models. Empty without consent."
        ),
    ),
)
GROUP = Column(
    name="group", made_by="researcher", rule=check_name, meaning=_("Group of the rater, as free text.")
)


COLUMNS: dict[str, tuple[Column, ...]] = {
    "judgments": JUDGMENTS,
    "scores": SCORES,
    "marks": MARKS,
    "raters": RATERS,
}


def columns_of(table: str, header: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns of a table that are known. A raters' table may also have the column `group` and
    any column whose name begins with `profile_`."""
    if table != "raters":
        return COLUMNS[table]
    own = (replace(GROUP, name=label) for label in header if is_group_column(label))
    several = (
        replace(GROUP, name=label, rule=None, kept=False) for label in header if label == SEVERAL_ANSWERS
    )
    return (*RATERS, *own, *several)


def is_group_column(label: str) -> bool:
    """Whether raters with the same text in this column of the raters' table are a group."""
    return label == GROUP.name or (label.startswith(PROFILE_PREFIX) and label != SEVERAL_ANSWERS)
