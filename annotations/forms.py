"""What a rater may send. Field names are part of the public interface: `choice-<criterion>`, `score-left`."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from annotations.models import Assignment, Choice, Criterion, Mark, Seat, Side
from annotations.services import Submission, SubmissionMark

MARKS_PER_SCRIPT = 3
STRENGTHS = [("1", _("slightly")), ("2", _("clearly")), ("3", _("by far"))]
LAYOUTS = ("columns", "single")
MEASURES = ("layout", "seconds", "read-left", "read-right", "share-left", "share-right")
LONGEST_TEXT = 4000
LONGEST_NOTE = 1000
A_DAY = 24 * 3600.0

SKIP_REASONS = [
    ("know-author", _("I know who wrote one of these, or worked on it")),
    ("distressing", _("I would rather not read this")),
    ("cannot-judge", _("I cannot judge this kind of scene")),
    ("broken", _("A script is cut off or cannot be read")),
    ("other", _("Another reason")),
]


def criteria_for(seat: Seat) -> tuple[Criterion, list[Criterion]]:
    """The primary criterion, and the others in the order that was drawn for this seat and frozen with it."""
    criteria = {criterion.slug: criterion for criterion in seat.study.criteria.all()}
    first, *others = seat.criteria
    return criteria[first], [criteria[slug] for slug in others]


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot hold: NUL, and halves of characters that JSON lets in.

    A posted form ends its lines with CRLF, which would count twice against a limit.
    """
    return text.encode(errors="ignore").decode().replace("\0", "").replace("\r\n", "\n")


class Words(forms.CharField):
    """What a rater writes: never refused for a character in it."""

    def to_python(self, value: Any) -> str:
        return storable(super().to_python(value) or "")


class JudgingForm(forms.Form):
    """One pairing's questions. `cleaned_data` is turned into a `Submission` by `submission()`."""

    reason = Words(required=False, max_length=LONGEST_TEXT)
    layout = forms.CharField(required=False)

    def __init__(self, assignment: Assignment, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        seat = assignment.slot.seat
        self.primary, self.others = criteria_for(seat)
        self.rubric: Mapping[str, Any] = seat.study.spec.get("score") or {}
        self.takes_marks = bool(seat.study.spec.get("marks"))
        for criterion in (self.primary, *self.others):
            self._add_criterion(criterion)
        if self.rubric:
            self._add_scores()
        for side in Side.values:
            self.fields[f"knew-{side}"] = forms.BooleanField(required=False)
            if self.takes_marks:
                self._add_marks(side)
        for name in MEASURES[1:]:
            self.fields[name] = Measure()

    def _add_criterion(self, criterion: Criterion) -> None:
        self.fields[f"choice-{criterion.slug}"] = forms.ChoiceField(
            choices=Choice.choices,
            error_messages={
                "required": _("Please choose: one of the two, too close to call, or neither."),
                "invalid_choice": _("Please choose one of the answers on the page."),
            },
        )
        if criterion.with_strength:
            self.fields[f"strength-{criterion.slug}"] = forms.ChoiceField(choices=STRENGTHS, required=False)

    def _add_scores(self) -> None:
        numbers = range(self.rubric["min"], self.rubric["max"] + 1)
        for side in Side.values:
            self.fields[f"score-{side}"] = forms.TypedChoiceField(
                choices=[(str(number), str(number)) for number in numbers],
                coerce=int,
                error_messages={
                    "required": _("Please give this script a score."),
                    "invalid_choice": _("Please choose one of the scores on the page."),
                },
            )

    def _add_marks(self, side: str) -> None:
        for number in range(1, MARKS_PER_SCRIPT + 1):
            self.fields[f"mark-{side}-{number}-class"] = forms.ChoiceField(
                choices=[("", ""), *Mark.ErrorClass.choices], required=False
            )
            self.fields[f"mark-{side}-{number}-note"] = Words(
                required=False,
                validators=[MaxLengthValidator(LONGEST_NOTE)],
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in self._mark_names():
            if data.get(f"{name}-note", "").strip() and not data.get(f"{name}-class"):
                self.add_error(
                    f"{name}-class", _("Please say what kind of error this is, or empty its note.")
                )
        return data

    def _mark_names(self) -> list[str]:
        rows = range(1, MARKS_PER_SCRIPT + 1)
        return [f"mark-{side}-{row}" for side in Side.values for row in rows] if self.takes_marks else []

    def submission(self) -> Submission:
        """The valid form as the services take it."""
        data = self.cleaned_data
        return Submission(
            judgments={c.slug: self._judgment(c) for c in (self.primary, *self.others)},
            scores={side: data[f"score-{side}"] for side in Side.values} if self.rubric else {},
            marks=self._marks(),
            knew_left=data["knew-left"],
            knew_right=data["knew-right"],
            reason=data["reason"].strip(),
            layout=data["layout"] if data["layout"] in LAYOUTS else "",
            seconds=data["seconds"],
            read_left_s=data["read-left"],
            read_right_s=data["read-right"],
            share_read_left=_share(data["share-left"]),
            share_read_right=_share(data["share-right"]),
        )

    def _judgment(self, criterion: Criterion) -> tuple[str, int | None]:
        choice = self.cleaned_data[f"choice-{criterion.slug}"]
        strength = self.cleaned_data.get(f"strength-{criterion.slug}")
        # A strength chosen before the mind changed to a tie says nothing.
        return choice, int(strength) if strength and choice in (Choice.LEFT, Choice.RIGHT) else None

    def _marks(self) -> Sequence[SubmissionMark]:
        marks = []
        for name in self._mark_names():
            if error_class := self.cleaned_data.get(f"{name}-class"):
                note = self.cleaned_data.get(f"{name}-note", "").strip()
                marks.append(SubmissionMark(side=name.split("-")[1], error_class=error_class, note=note))
        return marks

    def kept(self, fields: Mapping[str, Any]) -> dict[str, str]:
        """Of what a page sent, this form's fields, as short as it allows: the answer to be saved."""
        return {
            name: storable(fields[name])[:LONGEST_TEXT]
            for name in self.fields
            if name not in MEASURES and isinstance(fields.get(name), str) and fields[name]
        }


class Measure(forms.FloatField):
    """Something the page measured. What makes no sense is dropped, never a reason to refuse a judgment."""

    def __init__(self) -> None:
        super().__init__(required=False)

    def clean(self, value: Any) -> float | None:
        try:
            number = super().clean(value)
        except forms.ValidationError:
            return None
        return number if number is not None and 0 <= number <= A_DAY else None


def _share(value: float | None) -> float | None:
    return None if value is None else min(value, 1.0)


class SkipForm(forms.Form):
    reason = forms.ChoiceField(choices=SKIP_REASONS)


class ConsentForm(forms.Form):
    agree = forms.BooleanField(
        error_messages={"required": _("Please tick this box if you want to take part.")}
    )
    training_use = forms.BooleanField(required=False)


YEARS = [
    ("0-2", _("up to 2 years")),
    ("3-5", _("3 to 5 years")),
    ("6-10", _("6 to 10 years")),
    ("11-20", _("11 to 20 years")),
    ("21+", _("more than 20 years")),
]
CREDITS = [
    ("0", _("none yet")),
    ("1-5", _("1 to 5")),
    ("6-20", _("6 to 20")),
    ("21+", _("more than 20")),
]
FORMS = [
    ("series", _("television or streaming series")),
    ("film", _("feature film")),
    ("short", _("short or vertical drama")),
    ("stage", _("stage or radio")),
    ("other", _("something else")),
]
ROLES = [
    ("writer", _("writer")),
    ("editor", _("script editor or story editor")),
    ("producer", _("producer or director")),
    ("student", _("student of screenwriting")),
    ("other", _("another role")),
]
CHOOSE = _("Please choose one.")


class ProfileForm(forms.Form):
    """A short profile in bands: nothing that names a person."""

    years = forms.ChoiceField(choices=YEARS, error_messages={"required": CHOOSE})
    credits = forms.ChoiceField(choices=CREDITS, error_messages={"required": CHOOSE})
    role = forms.ChoiceField(choices=ROLES, error_messages={"required": CHOOSE})
    forms_written = forms.MultipleChoiceField(choices=FORMS, required=False)
    series_known = forms.MultipleChoiceField(required=False)

    def __init__(self, series: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields["series_known"].choices = list(series)  # type: ignore[attr-defined]

    def profile(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("years", "credits", "role", "forms_written")}
