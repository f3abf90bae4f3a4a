"""The form of one assignment: its questions, what was sent, and the changes that the page recorded.

Field names are part of the public interface. Each process caches the rows of a frozen study that this
needs.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.db.models import prefetch_related_objects
from django.forms import BooleanField, ChoiceField
from django.utils.translation import gettext_lazy as _

from annotations.desk import queries
from annotations.desk.answers import (
    A_DAY,
    MARK_PARTS,
    MEASURES,
    MOST_CHANGES,
    RECORDED,
    ClientChange,
    locate_mark,
)
from annotations.desk.queries import Held
from annotations.models import Assignment, Choice, Criterion, Entry, Mark, Slot, Study
from annotations.spec.mark_kinds import GOOD_LINE
from annotations.spec.study_options import guess_options, mark_options, questions_digest, sitting_options
from annotations.spec.values import MarksSpec

PLAIN_ROWS = 3
"""Rows for marks on a page that runs no scripts."""
STRENGTHS = [("1", _("slightly")), ("2", _("clearly")), ("3", _("by far"))]
LAYOUTS = ("columns", "single")
MEASURE_FIELDS = ("layout", *MEASURES)
LONGEST_TEXT = 4000
LONGEST_NOTE = 1000
KEPT_TIMES = 5
"""A text too long to be submitted, as of joined pages, is stored up to this many times the limit."""
TOO_LONG = _(
    "Too long: %(show_value)d characters; the limit is %(limit_value)d. "
    "Your text is saved; please shorten it."
)
_ROWS = "|".join(str(number) for number in range(1, Mark.MOST_PER_SCRIPT + 1))
DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
MARK_FIELD = re.compile(rf"mark-(left|right)-({_ROWS})-(class|severity|note|start|end)")

WORKED_ON = "worked-on"
"""This reason says more than why this pair is skipped: the series never comes again."""
SKIP_REASONS = [
    ("know-author", _("I know who wrote one of these")),
    (WORKED_ON, _("I worked on this series; don't show me any more of it")),
    ("distressing", _("I'd rather not read this")),
    ("cannot-judge", _("I can't judge this kind of scene")),
    ("broken", _("A script is cut off or can't be read")),
    ("other", _("Another reason (no need to say)")),
]
SINGLE_REASONS = {
    "know-author": _("I know who wrote this script"),
    "distressing": _("I'd rather not read this script"),
    "broken": _("The script is cut off or can't be read"),
}
"""Other wordings for one script."""


def skip_reasons(*, single: bool) -> list[tuple[str, Any]]:
    """The reasons for passing something over, as a rater chooses among them."""
    return [(value, SINGLE_REASONS.get(value, label) if single else label) for value, label in SKIP_REASONS]


def strip_unstorable(text: str) -> str:
    """The text without what PostgreSQL cannot hold: NUL, and halves of characters that JSON lets in.

    A posted form ends its lines with CRLF, which would count twice against a limit.
    """
    return text.encode(errors="ignore").decode().replace("\0", "").replace("\r\n", "\n")


class TextTooLong(ValueError):
    """A text that is longer than any limit; nothing was stored. `str()` is the message for the rater."""

    def __init__(self, field: str, length: int, most: int) -> None:
        self.field = field
        said = _("Not saved: this text has %(length)d characters; the limit is %(most)d. Please shorten it.")
        super().__init__(said % {"length": length, "most": most})


class TypedText(forms.CharField):
    """What a rater writes: never refused for a character in it."""

    default_error_messages = {"max_length": TOO_LONG}

    def to_python(self, value: Any) -> str:
        return strip_unstorable(super().to_python(value) or "")


@dataclass(frozen=True, slots=True)
class SubmissionMark:
    """An error or a good line; offsets are code points in the entry's text."""

    side: str
    error_class: str
    scene: int | None = None
    start: int | None = None
    end: int | None = None
    note: str = ""
    severity: str = ""

    def fields(self) -> dict[str, str | int]:
        """The filled parts of a row of the form."""
        parts = {
            "class": self.error_class,
            "severity": self.severity,
            "note": self.note,
            "start": self.start,
            "end": self.end,
        }
        return {part: value for part, value in parts.items() if value not in ("", None)}


@dataclass(frozen=True, slots=True)
class Submission:
    """What a rater sends: (choice, strength 1 to 3 or None) per criterion's slug, scores by side, marks.

    Of one script at a time there is no judgment, and all that has a side is left.
    """

    judgments: Mapping[str, tuple[str, int | None]]
    scores: Mapping[str, int] = field(default_factory=dict)
    marks: Sequence[SubmissionMark] = ()
    knew_left: bool | None = None
    knew_right: bool | None = None
    reason: str = ""
    questions_digest: str = ""
    layout: str = ""
    read_first: str = ""
    switches: int | None = None
    seconds: float | None = None
    read_left_s: float | None = None
    read_right_s: float | None = None
    share_read_left: float | None = None
    share_read_right: float | None = None

    def fields(self) -> dict[str, str]:
        """The same as fields of the judging form, marks in rows from 1 on for each script."""
        found = {f"choice-{slug}": choice for slug, (choice, _) in self.judgments.items()}
        found |= {f"strength-{slug}": str(s) for slug, (_, s) in self.judgments.items() if s is not None}
        known = {"left": self.knew_left, "right": self.knew_right}
        found |= {f"knew-{side}": "on" for side, knew in known.items() if knew}
        found |= {f"score-{side}": str(value) for side, value in self.scores.items()}
        rows: Counter[str] = Counter()
        for mark in self.marks:
            rows[mark.side] += 1
            found |= {
                f"mark-{mark.side}-{rows[mark.side]}-{part}": str(value)
                for part, value in mark.fields().items()
            }
        return found | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True, eq=False)
class Questions:
    """What one seat is asked of each of its pairs, or scripts: criteria in the order drawn, scores, marks."""

    criteria: Sequence[Criterion]
    sides: Sequence[str]
    rubric: Mapping[str, Any]
    marks: MarksSpec | None
    practice: bool = False
    """In practice only the question that decides is required: the primary criterion, else the scores."""

    @cached_property
    def digest(self) -> str:
        return questions_digest(self.criteria)

    @property
    def scores_optional(self) -> bool:
        return self.practice and bool(self.criteria)

    def is_optional(self, criterion: Criterion) -> bool:
        return self.practice and not criterion.primary

    @property
    def single(self) -> bool:
        return len(self.sides) == 1

    @property
    def takes_marks(self) -> bool:
        return self.marks is not None

    @property
    def rates_severity(self) -> bool:
        return self.marks is not None and self.marks.severity

    @cached_property
    def mark_classes(self) -> Sequence[str]:
        """What a mark can say, in the order of the page."""
        if self.marks is None:
            return ()
        return (*(kind.slug for kind in self.marks.kinds), *([GOOD_LINE] if self.marks.good_lines else []))

    @cached_property
    def mark_fields(self) -> Mapping[str, forms.Field]:
        """The fields of one row for a mark, by part."""
        choices = [("", ""), *((name, name) for name in self.mark_classes)]
        found: dict[str, forms.Field] = {"class": forms.ChoiceField(choices=choices, required=False)}
        if self.rates_severity:
            found["severity"] = SEVERITY_FIELD
        return {**found, "note": MARK_NOTE_FIELD, "start": OFFSET_FIELD, "end": OFFSET_FIELD}

    @cached_property
    def fields(self) -> Mapping[str, forms.Field]:
        """All fields but those of marks, of which there is one set for every row."""
        found: dict[str, forms.Field] = {
            "reason": TypedText(required=False, max_length=LONGEST_TEXT),
            "note": TypedText(required=False, max_length=LONGEST_TEXT),
            "layout": forms.CharField(required=False),
        }
        for criterion in self.criteria:
            optional = self.is_optional(criterion)
            found[f"choice-{criterion.slug}"] = OPTIONAL_CHOICE_FIELD if optional else CHOICE_FIELD
            if criterion.with_strength:
                found[f"strength-{criterion.slug}"] = STRENGTH_FIELD
        for side in self.sides:
            if self.rubric:
                found[f"score-{side}"] = _score_field(self.rubric, required=not self.scores_optional)
            found[f"knew-{side}"] = forms.BooleanField(required=False)
        found |= {name: MeasurementField() for name in MEASURE_FIELDS[1:]}
        return {**found, "read-first": forms.CharField(required=False)}


def ask_questions(study: Study, order: Sequence[str], *, single: bool, practice: bool = False) -> Questions:
    """The questions of a seat whose criteria were drawn in this `order`; of one script none compares."""
    prefetch_related_objects([study], "criteria")
    criteria = {criterion.slug: criterion for criterion in study.criteria.all()}
    return Questions(
        criteria=[] if single else [criteria[slug] for slug in order],
        sides=("left",) if single else ("left", "right"),
        rubric=study.spec.get("score") or {},
        marks=mark_options(study),
        practice=practice,
    )


def _score_field(rubric: Mapping[str, Any], *, required: bool) -> forms.Field:
    return forms.TypedChoiceField(
        required=required,
        empty_value=None,
        choices=[(str(number), str(number)) for number in range(rubric["min"], rubric["max"] + 1)],
        coerce=int,
        error_messages={
            "required": _("Please choose a score."),
            "invalid_choice": _("Please choose one of the scores shown."),
        },
    )


class JudgingForm(forms.Form):
    """The answer about a pairing or a script. `submission()` turns `cleaned_data` into a `Submission`."""

    def __init__(self, questions: Questions, entry: Callable[[str], Entry], **kwargs: Any) -> None:
        """`entry` gives the script on a side; it is only asked for if marks point into it."""
        super().__init__(**kwargs)
        self.questions, self._entry = questions, entry
        self.single, self.criteria = questions.single, questions.criteria
        self.rubric, self.takes_marks = questions.rubric, questions.takes_marks
        # Shared, as no field keeps anything of an answer: making them costs more than reading the answer.
        self.fields = dict(questions.fields)
        for name in self._mark_names():
            self.fields |= {f"{name}-{part}": field for part, field in questions.mark_fields.items()}

    @classmethod
    def for_assignment(cls, assignment: Assignment, **kwargs: Any) -> "JudgingForm":
        seat, sides = assignment.slot.seat, assignment.slot.sides
        questions = ask_questions(
            seat.study,
            seat.criteria,
            single=len(sides) == 1,
            practice=assignment.slot.phase == Slot.Phase.PRACTICE,
        )
        return cls(questions, sides.__getitem__, **kwargs)

    def rows(self, side: str) -> list[int]:
        """Numbers of the rows for marks in one script: those in use, and the first few."""
        if not self.takes_marks:
            return []
        given: Iterable[str] = self.data if self.is_bound else self.initial
        used = {int(found[2]) for name in given if (found := MARK_FIELD.fullmatch(name)) and found[1] == side}
        return sorted(used | set(range(1, PLAIN_ROWS + 1)))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in self._mark_names():
            if data.get(f"{name}-note", "").strip() and not data.get(f"{name}-class"):
                self.add_error(f"{name}-class", _("Choose a kind for this mark, or delete its comment."))
        return data

    def _mark_names(self) -> list[str]:
        return [f"mark-{side}-{row}" for side in self.questions.sides for row in self.rows(side)]

    def submission(self) -> Submission:
        """The valid form as the services take it. The private note is no part of it."""
        data = self.cleaned_data
        scores = {side: data[f"score-{side}"] for side in self.questions.sides} if self.rubric else {}
        given = self.data.get("questions", "")
        return Submission(
            judgments={
                criterion.slug: self._judgment(criterion)
                for criterion in self.criteria
                if data[f"choice-{criterion.slug}"]
            },
            scores={side: score for side, score in scores.items() if score is not None},
            marks=self._marks(),
            knew_left=data["knew-left"],
            knew_right=data.get("knew-right"),
            reason=data["reason"].strip(),
            questions_digest=given if DIGEST.fullmatch(given) else self.questions.digest,
            layout=data["layout"] if data["layout"] in LAYOUTS else "",
            seconds=data["seconds"],
            read_left_s=data["read-left"],
            read_right_s=None if self.single else data["read-right"],
            share_read_left=_share(data["share-left"]),
            share_read_right=None if self.single else _share(data["share-right"]),
            read_first=data["read-first"] if data["read-first"] in self.questions.sides else "",
            switches=None if self.single or data["switches"] is None else int(data["switches"]),
        )

    def _judgment(self, criterion: Criterion) -> tuple[str, int | None]:
        choice = self.cleaned_data[f"choice-{criterion.slug}"]
        strength = self.cleaned_data.get(f"strength-{criterion.slug}")
        # A strength chosen before the mind changed to a tie says nothing.
        return choice, int(strength) if strength and choice in (Choice.LEFT, Choice.RIGHT) else None

    def _marks(self) -> Sequence[SubmissionMark]:
        marks = []
        for name in self._mark_names():
            data = {part: self.cleaned_data.get(f"{name}-{part}") for part in MARK_PARTS}
            if not data["class"]:
                continue
            side = name.split("-")[1]
            found = None
            # A place that makes no sense is left out, and the mark stays: what was judged is never refused.
            if data["start"] is not None:
                entry = self._entry(side)
                found = locate_mark(entry.html, len(entry.text), data["start"], data["end"])
            marks.append(
                SubmissionMark(
                    side=side,
                    error_class=data["class"],
                    scene=found.scene if found else None,
                    start=found.start if found else None,
                    end=found.end if found else None,
                    note=(data["note"] or "").strip(),
                    severity="" if data["class"] == GOOD_LINE else data["severity"] or "",
                )
            )
        return marks

    def answer_to_store(self, fields: Mapping[str, Any]) -> dict[str, str]:
        """Of what a page sent, this form's fields: the answer to be saved, whole. Raises TextTooLong.

        Words may be longer than a submission takes, for two pages that were joined lose none of theirs.
        """
        found = {
            name: strip_unstorable(value)
            for name, value in fields.items()
            if isinstance(value, str) and value and self._takes(name)
        }
        for name, value in found.items():
            if len(value) > _length_limit(name):
                raise TextTooLong(name, len(value), _length_limit(name))
        return found

    def _takes(self, name: str) -> bool:
        if found := MARK_FIELD.fullmatch(name):
            return found[1] in self.questions.sides and found[3] in self.questions.mark_fields
        return name in self.fields and name not in MEASURE_FIELDS


def _length_limit(name: str) -> int:
    if name in ("reason", "note"):
        return KEPT_TIMES * LONGEST_TEXT
    return KEPT_TIMES * LONGEST_NOTE if name.endswith("-note") else LONGEST_NOTE


class MeasurementField(forms.FloatField):
    """Something the page measured. What makes no sense is dropped, never a reason to refuse a judgment."""

    def __init__(self) -> None:
        super().__init__(required=False)

    def clean(self, value: Any) -> float | None:
        try:
            number = super().clean(value)
        except forms.ValidationError:
            return None
        return number if number is not None and 0 <= number <= A_DAY else None


class OffsetField(forms.CharField):
    """A code-point offset as the page sent it; None where it is none."""

    def __init__(self) -> None:
        super().__init__(required=False)

    def clean(self, value: Any) -> int | None:
        text = super().clean(value) or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


CHOICE_FIELD = forms.ChoiceField(
    choices=Choice.choices,
    error_messages={
        "required": _("Please choose an answer."),
        "invalid_choice": _("Please choose one of the answers shown."),
    },
)
OPTIONAL_CHOICE_FIELD = forms.ChoiceField(
    required=False,
    choices=Choice.choices,
    error_messages={"invalid_choice": CHOICE_FIELD.error_messages["invalid_choice"]},
)
STRENGTH_FIELD = forms.ChoiceField(choices=STRENGTHS, required=False)
SEVERITY_FIELD = forms.ChoiceField(choices=[("", ""), *Mark.Severity.choices], required=False)
MARK_NOTE_FIELD = TypedText(required=False, validators=[MaxLengthValidator(LONGEST_NOTE)])
OFFSET_FIELD = OffsetField()


def _share(value: float | None) -> float | None:
    return None if value is None else min(value, 1.0)


class SkipForm(forms.Form):
    reason = forms.ChoiceField(choices=SKIP_REASONS)


PAGE = re.compile(r"[0-9a-z]{8,32}", re.ASCII)
MOST_NUMBER = 2**31 - 1
FORM = "no list of changes: {now: milliseconds, rows: [[page, number, field, value, milliseconds], ...]}"
MOST_TOLD_OF = 20
"""Refusals that an answer names."""


def parse_client_changes(form: JudgingForm, sent: object) -> tuple[list[ClientChange], list[str]]:
    """(changes, what was refused and why) of `sent`: `{now, rows: [[page, number, field, value, at], ...]}`.

    `now` and `at` are milliseconds by the same clock, the page's own: so a wrong clock gives the right
    time. `page` is the random code of the page on which the change was made. None is no change.
    """
    if sent is None:
        return [], []
    now, rows = (sent.get("now"), sent.get("rows")) if isinstance(sent, Mapping) else (None, None)
    if not _is_time(now) or not isinstance(rows, list):
        return [], [f"changes: {FORM}"]
    found: list[ClientChange] = []
    refused: list[str] = []
    if len(rows) > MOST_CHANGES:
        refused.append(f"changes: {len(rows)} at once; the first {MOST_CHANGES} are taken")
    for place, row in enumerate(rows[:MOST_CHANGES], start=1):
        wrong = _wrong(form, row)
        if not wrong:
            page, number, field, value, at = row
            found.append(ClientChange(page, number, field, value, (now - at) / 1000))
        elif len(refused) < MOST_TOLD_OF:
            refused.append(f"changes, row {place}: {wrong}")
    return found, refused


def parse_client_changes_form(form: JudgingForm, text: str | None) -> list[ClientChange]:
    """The same from a field of a plain form, which a page's script has filled in; what is refused is left."""
    try:
        sent = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return []
    return parse_client_changes(form, sent)[0]


def _wrong(form: JudgingForm, row: Any) -> str:
    if not isinstance(row, list) or len(row) != 5:
        return "not [page, number, field, value, milliseconds]"
    page, number, field, value, at = row
    if not isinstance(page, str) or not PAGE.fullmatch(page):
        return "a page's code has 8 to 32 of the letters a to z and digits"
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= MOST_NUMBER:
        return "a number counts from 1"
    if not _is_time(at):
        return "a time is a number of milliseconds"
    if not isinstance(field, str) or not field.startswith(RECORDED) or field not in form.fields:
        return "the form has no such question"
    if value not in _values(form, field):
        return f"{field} has no such answer"
    return ""


def _values(form: JudgingForm, name: str) -> list[str]:
    """What a question can be answered with; the empty answer takes one back."""
    field = form.fields[name]
    if isinstance(field, ChoiceField):
        choices: Iterable[tuple[Any, Any]] = field.choices  # type: ignore[assignment]
        return ["", *(str(value) for value, _label in choices)]
    return ["", "on"] if isinstance(field, BooleanField) else []


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53


Key = tuple[int, str]


@lru_cache(maxsize=64)
def study_at(key: Key) -> Study:
    return Study.objects.prefetch_related("criteria").get(pk=key[0])


@lru_cache(maxsize=1024)
def questions_at(key: Key, order: tuple[str, ...], single: bool) -> Questions:
    return ask_questions(study_at(key), order, single=single)


@lru_cache(maxsize=512)
def brief_at(key: Key) -> dict[str, Any]:
    """The brief's content."""
    return queries.brief_content(key[0])


@lru_cache(maxsize=64)
def interruptions_at(key: Key) -> tuple[int, bool]:
    """After how many pairs a break is proposed (0: never), and whether guesses follow each pair."""
    sittings, guesses = sitting_options(study_at(key)), guess_options(study_at(key))
    return sittings.pairs if sittings else 0, bool(guesses and guesses.when == "each")


def held_questions(held: Held) -> Questions:
    return questions_at(held.study, tuple(json.loads(held.criteria)), held.right is None)


def held_entry(held: Held, side: str) -> Entry:
    """The script on a side."""
    key = held.left if side == "left" else held.right
    assert key is not None
    return entry_at(key)


@lru_cache(maxsize=256)
def entry_at(key: int) -> Entry:
    return Entry.objects.only("html", "text").get(pk=key)
