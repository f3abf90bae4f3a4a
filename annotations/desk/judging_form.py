"""What a rater may send about one assignment. Field names are part of the public interface."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from annotations.desk import reading_time
from annotations.desk.mark_offsets import locate_mark
from annotations.desk.services import Submission, SubmissionMark
from annotations.models import Assignment, Choice, Criterion, Mark, Seat

PLAIN_ROWS = 3
"""Rows for marks on a page that runs no scripts."""
STRENGTHS = [("1", _("slightly")), ("2", _("clearly")), ("3", _("by far"))]
LAYOUTS = ("columns", "single")
MEASURES = ("layout", *reading_time.MEASURES)
LONGEST_TEXT = 4000
LONGEST_NOTE = 1000
KEPT_TIMES = 5
"""A text that is too long to be submitted, as of pages that were joined, is kept up to that many times it."""
TOO_LONG = _(
    "Too long: %(show_value)d characters, and no more than %(limit_value)d can be sent. "
    "All of it is kept: shorten it."
)
_ROWS = "|".join(str(number) for number in range(1, Mark.MOST_PER_SCRIPT + 1))
MARK_FIELD = re.compile(rf"mark-(left|right)-({_ROWS})-(class|note|start|end)")

WORKED_ON = "worked-on"
"""The reason that says more than why this pair is skipped: the series is never shown again."""
SKIP_REASONS = [
    ("know-author", _("I know who wrote one of these")),
    (WORKED_ON, _("I worked on this series: show me no more of it")),
    ("distressing", _("I would rather not read this")),
    ("cannot-judge", _("I cannot judge this kind of scene")),
    ("broken", _("A script is cut off or cannot be read")),
    ("other", _("Another reason, which you need not name")),
]
SINGLE_REASONS = {
    "know-author": _("I know who wrote this script"),
    "distressing": _("I would rather not read this script"),
    "broken": _("The script is cut off or cannot be read"),
}
"""Where they must be said in another way of one script."""


def skip_reasons(*, single: bool) -> list[tuple[str, Any]]:
    """The reasons for passing something over, as a rater chooses among them."""
    return [(value, SINGLE_REASONS.get(value, label) if single else label) for value, label in SKIP_REASONS]


def ordered_criteria(seat: Seat) -> tuple[Criterion, list[Criterion]]:
    """The primary criterion, and the others in the order that was drawn for this seat and frozen with it."""
    prefetch_related_objects([seat.study], "criteria")
    criteria = {criterion.slug: criterion for criterion in seat.study.criteria.all()}
    first, *others = seat.criteria
    return criteria[first], [criteria[slug] for slug in others]


def strip_unstorable(text: str) -> str:
    """The text without what PostgreSQL cannot hold: NUL, and halves of characters that JSON lets in.

    A posted form ends its lines with CRLF, which would count twice against a limit.
    """
    return text.encode(errors="ignore").decode().replace("\0", "").replace("\r\n", "\n")


class TextTooLong(ValueError):
    """A text that is longer than anything that is kept; nothing was. `str()` tells the rater."""

    def __init__(self, field: str, length: int, most: int) -> None:
        self.field = field
        said = _(
            "Not saved: a text has %(length)d characters, and no more than %(most)d can be kept. Shorten it."
        )
        super().__init__(said % {"length": length, "most": most})


class TypedText(forms.CharField):
    """What a rater writes: never refused for a character in it."""

    default_error_messages = {"max_length": TOO_LONG}

    def to_python(self, value: Any) -> str:
        return strip_unstorable(super().to_python(value) or "")


class JudgingForm(forms.Form):
    """The questions of one pairing, or of one script. `submission()` turns `cleaned_data` into a
    `Submission`."""

    reason = TypedText(required=False, max_length=LONGEST_TEXT)
    note = TypedText(required=False, max_length=LONGEST_TEXT)
    layout = forms.CharField(required=False)

    def __init__(self, assignment: Assignment, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        seat = assignment.slot.seat
        self.entries = assignment.slot.sides
        self.single = len(self.entries) == 1
        self.criteria: list[Criterion] = []
        if not self.single:
            primary, others = ordered_criteria(seat)
            self.criteria = [primary, *others]
        self.rubric: Mapping[str, Any] = seat.study.spec.get("score") or {}
        self.takes_marks = bool(seat.study.spec.get("marks"))
        for criterion in self.criteria:
            self._add_criterion(criterion)
        for side in self.entries:
            if self.rubric:
                self._add_score(side)
            self.fields[f"knew-{side}"] = forms.BooleanField(required=False)
            for row in self.rows(side):
                self._add_mark(f"mark-{side}-{row}")
        for name in MEASURES[1:]:
            self.fields[name] = MeasurementField()
        self.fields["read-first"] = forms.CharField(required=False)

    def rows(self, side: str) -> list[int]:
        """Numbers of the rows for marks in one script: those in use, and the first few."""
        if not self.takes_marks:
            return []
        given: Iterable[str] = self.data if self.is_bound else self.initial
        used = {int(found[2]) for name in given if (found := MARK_FIELD.fullmatch(name)) and found[1] == side}
        return sorted(used | set(range(1, PLAIN_ROWS + 1)))

    def _add_criterion(self, criterion: Criterion) -> None:
        self.fields[f"choice-{criterion.slug}"] = forms.ChoiceField(
            choices=Choice.choices,
            error_messages={
                "required": _("Please choose one."),
                "invalid_choice": _("Please choose one of the answers on the page."),
            },
        )
        if criterion.with_strength:
            self.fields[f"strength-{criterion.slug}"] = forms.ChoiceField(choices=STRENGTHS, required=False)

    def _add_score(self, side: str) -> None:
        numbers = range(self.rubric["min"], self.rubric["max"] + 1)
        self.fields[f"score-{side}"] = forms.TypedChoiceField(
            choices=[(str(number), str(number)) for number in numbers],
            coerce=int,
            error_messages={
                "required": _("Please give a score."),
                "invalid_choice": _("Please choose one of the scores on the page."),
            },
        )

    def _add_mark(self, name: str) -> None:
        self.fields[f"{name}-class"] = forms.ChoiceField(
            choices=[("", ""), *Mark.ErrorClass.choices], required=False
        )
        self.fields[f"{name}-note"] = TypedText(required=False, validators=[MaxLengthValidator(LONGEST_NOTE)])
        self.fields[f"{name}-start"] = OffsetField()
        self.fields[f"{name}-end"] = OffsetField()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in self._mark_names():
            if data.get(f"{name}-note", "").strip() and not data.get(f"{name}-class"):
                self.add_error(
                    f"{name}-class", _("Please say what kind of error this is, or empty its note.")
                )
        return data

    def _mark_names(self) -> list[str]:
        return [f"mark-{side}-{row}" for side in self.entries for row in self.rows(side)]

    def submission(self) -> Submission:
        """The valid form as the services take it. The private note is no part of it."""
        data = self.cleaned_data
        return Submission(
            judgments={criterion.slug: self._judgment(criterion) for criterion in self.criteria},
            scores={side: data[f"score-{side}"] for side in self.entries} if self.rubric else {},
            marks=self._marks(),
            knew_left=data["knew-left"],
            knew_right=data.get("knew-right"),
            reason=data["reason"].strip(),
            layout=data["layout"] if data["layout"] in LAYOUTS else "",
            seconds=data["seconds"],
            read_left_s=data["read-left"],
            read_right_s=None if self.single else data["read-right"],
            share_read_left=_share(data["share-left"]),
            share_read_right=None if self.single else _share(data["share-right"]),
            read_first=data["read-first"] if data["read-first"] in self.entries else "",
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
            data = {
                part: self.cleaned_data.get(f"{name}-{part}") for part in ("class", "note", "start", "end")
            }
            if not data["class"]:
                continue
            side = name.split("-")[1]
            entry = self.entries[side]
            # A place that makes no sense is left out, and the mark stays: what was judged is never refused.
            found = locate_mark(entry.html, len(entry.text), data["start"], data["end"])
            marks.append(
                SubmissionMark(
                    side=side,
                    error_class=data["class"],
                    scene=found.scene if found else None,
                    start=found.start if found else None,
                    end=found.end if found else None,
                    note=(data["note"] or "").strip(),
                )
            )
        return marks

    def answer_to_store(self, fields: Mapping[str, Any]) -> dict[str, str]:
        """Of what a page sent, this form's fields: the answer to be saved, whole. Raises TooMuch.

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
            return self.takes_marks and found[1] in self.entries
        return name in self.fields and name not in MEASURES


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
        return number if number is not None and 0 <= number <= reading_time.A_DAY else None


class OffsetField(forms.CharField):
    """A code-point offset as the page sent it; None where it is none."""

    def __init__(self) -> None:
        super().__init__(required=False)

    def clean(self, value: Any) -> int | None:
        text = super().clean(value) or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _share(value: float | None) -> float | None:
    return None if value is None else min(value, 1.0)


class SkipForm(forms.Form):
    reason = forms.ChoiceField(choices=SKIP_REASONS)
