"""What a rater sends when origins are guessed. Fields are numbered from 1 as the page shows the scripts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.desk.services import GuessedOrigin
from annotations.models import Guess

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
