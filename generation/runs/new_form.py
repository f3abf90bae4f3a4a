"""What is asked before a run is planned."""

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evalsite.core.errors import InputErrors
from evalsite.core.views import see_other
from generation.backends.spec import wrong_address
from generation.models import Brief, Run
from generation.pipelines import SystemSpec
from generation.runs import choices as new_run
from generation.runs.services import Limits, PlannedRun, require_languages
from generation.runs.spending import MILLION, Use
from generation.services import clash_of
from generation.yaml_files import SLUG

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


MOST_SAMPLES = 1000


class NewRunForm(RunSettingsForm):
    """Systems with the slugs that they are stored under, briefs, and the settings of the run.

    Once it is valid, `specs`, `stored_briefs`, `limits` and `settings` are what is planned.
    """

    systems = forms.MultipleChoiceField(
        error_messages={"required": gettext_lazy("Choose at least one system.")}
    )
    briefs = forms.MultipleChoiceField(
        error_messages={"required": gettext_lazy("Choose at least one series or brief.")}
    )
    samples = forms.IntegerField(
        min_value=1, max_value=MOST_SAMPLES, initial=1, label=gettext_lazy("Samples of each")
    )
    mix_adapters = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = new_run.choices()
        self.series = new_run.brief_choices()
        self.specs: list[SystemSpec] = []
        self.stored_briefs: list[Brief] = []
        named = [f"series:{each.slug}" for each in self.series]
        named += [f"brief:{brief.slug}" for each in self.series for brief in each.briefs]
        for field, values in (("systems", [each.key for each in self.choices]), ("briefs", named)):
            of = self.fields[field]
            assert isinstance(of, forms.MultipleChoiceField)
            of.choices = [(value, value) for value in values]
        for each in self.choices:
            self.fields[_slug_field(each.key)] = forms.CharField(
                required=False, max_length=80, initial=each.slug, strip=True
            )

    def rows(self) -> list[dict[str, Any]]:
        """The systems as the page lists them."""
        chosen = self.given("systems")
        rows = []
        for each in self.choices:
            field = self[_slug_field(each.key)]
            rows.append({"choice": each, "field": field, "chosen": each.key in chosen})
        return rows

    def series_rows(self) -> list[dict[str, Any]]:
        """The briefs as the page lists them."""
        return new_run.series_rows(self.series, self.given("briefs"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        keys = given.get("systems", [])
        for each in self.choices:
            if each.key in keys:
                self._take(each, str(given.get(_slug_field(each.key)) or each.slug))
        self.stored_briefs = list(new_run.chosen_briefs(given.get("briefs", [])))
        if self.specs and self.stored_briefs:
            try:
                require_languages(self.specs, self.stored_briefs)
            except InputErrors as refused:
                for fault in refused.errors[:5]:
                    self.add_error("briefs", f"{fault.path}: {fault.message} {fault.fix}")
        return given

    def _take(self, choice: new_run.Choice, slug: str) -> None:
        field = _slug_field(choice.key)
        spec = replace(choice.spec, slug=slug)
        if not SLUG.match(slug):
            self.add_error(field, _("Use small letters, digits and single hyphens."))
        elif any(each.slug == slug for each in self.specs):
            self.add_error(field, _("Two systems would have this slug. Give each its own."))
        elif clash_of(spec):
            free = new_run.free_slug(choice.spec) or f"my-{slug}"
            told = _("%(slug)s stands for something else already. %(free)s is free.")
            self.add_error(field, told % {"slug": slug, "free": free})
        self.specs.append(spec)

    @property
    def settings(self) -> dict[str, Any]:
        """What decides which run it is, as `plan_run` and `known_run` take it."""
        given = {key: self.cleaned_data[key] for key in ("samples", "seed", "base_url")}
        return {"specs": self.specs, "briefs": self.stored_briefs, **given}


def _slug_field(key: str) -> str:
    return f"slug-{key}"


CHOOSE, START = "choose", "start"
"""Steps of the form: back to what was chosen, and on to the run. Anything else shows what it would use."""


def render_estimate(use: Use) -> dict[str, Any]:
    """What a page says of an estimate; `cost` is None where nothing has a price."""
    cost = use.cost / MILLION if use.cost else None
    return {"prompt": use.prompt, "completion": use.completion, "tokens": use.tokens, "cost": cost}


def tell_refused(form: forms.Form, refused: InputErrors) -> None:
    for fault in refused.errors:
        form.add_error(None, f"{fault.path}: {fault.message} {fault.fix}")


def to_run(request: HttpRequest, planned: PlannedRun) -> HttpResponse:
    """To the page of the run, which says whether it is new."""
    if planned.created:
        messages.success(request, _("The run is planned, and workers begin with it."))
    elif planned.run.state == Run.State.DONE:
        said = _("This very run was made before and has ended. Another seed makes another one.")
        messages.info(request, said)
    else:
        messages.info(request, _("This very run was planned before: it goes on where it stood."))
    return see_other(reverse("generation-run", args=[planned.run.code]))
