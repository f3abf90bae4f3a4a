"""What every run is asked before it is planned: seed, address, prices, limits."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generation.backends.spec import wrong_address
from generation.runs.services import Limits

MOST = 10**12


def amount(label: Any) -> forms.FloatField:
    return forms.FloatField(required=False, min_value=0, max_value=MOST, label=label)


class RunSettingsForm(forms.Form):
    """The settings; `limits` once it is valid, `hidden` for the page that asks to confirm."""

    seed = forms.IntegerField(min_value=0, max_value=2**53, initial=1, label=gettext_lazy("Seed"))
    base_url = forms.CharField(required=False, max_length=400, label=gettext_lazy("Address of the server"))
    price_in = amount(gettext_lazy("Price of a million tokens sent"))
    price_out = amount(gettext_lazy("Price of a million tokens answered"))
    limit_tokens = forms.IntegerField(
        required=False, min_value=1, max_value=10**15, label=gettext_lazy("Tokens at most")
    )
    limit_cost = amount(gettext_lazy("Cost at most"))

    def given(self, name: str) -> set[str]:
        """What was chosen of a field with many choices."""
        return set(self[name].value() or [])

    def hidden(self) -> list[tuple[str, str]]:
        """Everything that was given, to be sent again by the page that asks to confirm."""
        values = []
        for field in self:
            given = field.value()
            for value in given if isinstance(given, list) else [given]:
                if value not in (None, "", False):
                    values.append((field.name, "on" if value is True else str(value)))
        return values

    def clean_base_url(self) -> str:
        given = str(self.cleaned_data["base_url"]).strip().rstrip("/")
        if "@" in given or "?" in given:
            raise forms.ValidationError(
                _("An address is stored and shown: give it without name, key or question mark.")
            )
        if given and wrong_address(given):
            raise forms.ValidationError(_("Begin the address with http:// or https://, and end it with /v1."))
        return given

    @property
    def limits(self) -> Limits:
        return Limits(self.cleaned_data["limit_tokens"], self.cleaned_data["limit_cost"])
