"""What raters report about themselves. The form of the judging page is in `annotations.desk.judging_form`."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.desk.guessing import GuessedOrigin
from annotations.models import Guess


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
    ("tv-film", _("film for streaming or television")),
    ("animation", _("animation")),
    ("short", _("short-form or vertical drama")),
    ("stage", _("stage or radio")),
    ("other", _("other")),
]
ROLES = [
    ("writer", _("writer")),
    ("editor", _("script editor or story editor")),
    ("producer", _("producer or director")),
    ("student", _("student of screenwriting")),
    ("other", _("another role")),
]
CHOOSE = _("Please choose one.")


PROFILE = ("years", "credits", "role", "forms_written")
"""What a profile answers."""


class ProfileForm(forms.Form):
    """A short profile in bands: nothing that names a person."""

    years = forms.ChoiceField(choices=YEARS, error_messages={"required": CHOOSE})
    credits = forms.ChoiceField(choices=CREDITS, error_messages={"required": CHOOSE})
    role = forms.ChoiceField(choices=ROLES, error_messages={"required": CHOOSE})
    forms_written = forms.MultipleChoiceField(choices=FORMS, required=False)
    series_known = forms.MultipleChoiceField(required=False)
    conflicts = forms.MultipleChoiceField(required=False)

    def __init__(self, series: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in ("series_known", "conflicts"):
            self.fields[name].choices = list(series)  # type: ignore[attr-defined]

    @property
    def first_fault(self) -> str:
        """The first field that something is wrong with, in the order of the page; "" where nothing is."""
        return next((name for name in self.fields if name in self.errors), "")

    def profile(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in PROFILE}


CONFIDENCE = [("1", _("a guess")), ("2", _("fairly sure")), ("3", _("certain"))]


class GuessForm(forms.Form):
    """`origin-N` and `confidence-N` of N scripts; every one may stay empty."""

    def __init__(self, scripts: int, data: Any = None) -> None:
        super().__init__(data)
        self.scripts = scripts
        for number in range(1, scripts + 1):
            self.fields[f"origin-{number}"] = forms.ChoiceField(choices=Guess.Origin.choices, required=False)
            self.fields[f"confidence-{number}"] = forms.ChoiceField(choices=CONFIDENCE, required=False)

    def guesses(self) -> dict[int, GuessedOrigin]:
        """By place in the sample, counted from 0; a script without an origin is not there.

        Who cannot say is sure of nothing.
        """
        found = {}
        for number in range(1, self.scripts + 1):
            origin = self.cleaned_data[f"origin-{number}"]
            sure = self.cleaned_data[f"confidence-{number}"]
            if origin:
                told = int(sure) if sure and origin != Guess.Origin.UNSURE else None
                found[number - 1] = GuessedOrigin(origin=origin, confidence=told)
        return found

    def fields_of(self, number: int) -> dict[str, Any]:
        """The two bound fields of one script, for the page."""
        return {"origin": self[f"origin-{number}"], "confidence": self[f"confidence-{number}"]}
