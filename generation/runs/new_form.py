"""What is asked before a run is planned."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evalsite.core.errors import InputErrors
from evalsite.core.internal_addresses import is_internal
from evalsite.core.views import see_other
from generation.access import rows_in
from generation.backends.keys import configured_key, load_keys
from generation.backends.spec import wrong_address
from generation.models import Brief, Run, System
from generation.pipelines import SystemSpec, shipped_names
from generation.pipelines.reading_stage import MOST_TOKENS
from generation.reasons import render_error
from generation.runs import choices as new_run
from generation.runs.addresses import servers_of
from generation.runs.overrides import Overrides, needs_key, rename, with_own_servers
from generation.runs.services import Limits, PlannedRun, require_languages
from generation.runs.spending import MILLION, Use
from generation.services import clash_of
from generation.yaml_files import SLUG

MOST = 10**12


def clean_address(given: str) -> str:
    """An address from a form without its last slash. Raises `ValidationError` where it can't be used."""
    given = given.strip().rstrip("/")
    if not given:
        return ""
    if "@" in given or "?" in given or "#" in given:
        raise forms.ValidationError(
            _("Addresses are stored and displayed. Remove the username, the key and everything after ? or #.")
        )
    if wrong_address(given):
        raise forms.ValidationError(_("Enter an address such as https://api.example.com/v1."))
    if not settings.ALLOW_INTERNAL_ADDRESSES and is_internal(given):
        raise forms.ValidationError(
            _("This address is on a private network or can't be resolved. Enter a public address.")
        )
    return given


def first_address(team: int) -> str:
    """The address that a form begins with: that of the team's latest run, where it may be entered here."""
    try:
        return clean_address(new_run.last_address(team))
    except forms.ValidationError:
        return ""


def key_choices() -> list[tuple[str, str]]:
    """The configured keys by name, with their hosts; never the keys themselves."""
    try:
        keys = load_keys()
    except InputErrors:  # The operator sees it in the system checks.
        keys = {}
    return [(name, f"{name} ({', '.join(key.hosts)})") for name, key in sorted(keys.items())]


class KeyField(forms.ChoiceField):
    """The name of a configured key, or none."""

    def __init__(self, *, own: Any = gettext_lazy("The system's own key"), **given: Any) -> None:
        super().__init__(required=False, label=gettext_lazy("API key"), **given)
        self.choices = lambda: [("", own), *key_choices()]


def amount(label: Any) -> forms.FloatField:
    return forms.FloatField(required=False, min_value=0, max_value=MOST, label=label)


class RunSettingsForm(forms.Form):
    """The settings; `limits` once it is valid, `hidden` for the page that asks to confirm."""

    seed = forms.IntegerField(min_value=0, max_value=2**53, initial=1, label=gettext_lazy("Seed"))
    base_url = forms.CharField(
        required=False,
        max_length=400,
        label=gettext_lazy("Server address"),
        help_text=gettext_lazy("Any OpenAI-compatible address, such as https://api.example.com/v1."),
    )
    key = KeyField()
    price_in = amount(gettext_lazy("Input price (per million tokens)"))
    price_out = amount(gettext_lazy("Output price (per million tokens)"))
    limit_tokens = forms.IntegerField(
        required=False, min_value=1, max_value=10**15, label=gettext_lazy("Token limit")
    )
    limit_cost = amount(gettext_lazy("Cost limit"))

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
        return clean_address(str(self.cleaned_data["base_url"]))

    def check_keys(self, specs: Sequence[SystemSpec]) -> None:
        """Refuse keys that would be sent to other hosts than their own."""
        self._check_key(specs)
        self._check_variables(specs)

    def _check_key(self, specs: Iterable[SystemSpec]) -> None:
        """A key goes to its own hosts alone: to the address of the form, or to those of the systems."""
        key = configured_key(self.cleaned_data.get("key", ""))
        if key is None or "base_url" in self.errors:
            return
        base_url = self.cleaned_data.get("base_url", "")
        addresses = (address for spec in specs for address in servers_of(spec, base_url))
        if wrong := [each for each in addresses if not key.fits(each)]:
            message = _("%(name)s may only be sent to %(hosts)s, not to %(address)s.")
            values = {"name": key.name, "hosts": ", ".join(key.hosts), "address": wrong[0]}
            self.add_error("key", message % values)

    def _check_variables(self, specs: Iterable[SystemSpec]) -> None:
        """Refuse an address for systems whose key is in an environment variable of a file."""
        if not self.cleaned_data.get("base_url") or self.cleaned_data.get("key"):
            return
        for spec in specs:
            if variable := needs_key(spec):
                message = _(
                    "%(slug)s takes its key from %(variable)s, which is only sent to the system's own "
                    "address. Choose a configured key, or leave the address empty."
                )
                self.add_error("base_url", message % {"slug": spec.slug, "variable": variable})

    @property
    def limits(self) -> Limits:
        return Limits(self.cleaned_data["limit_tokens"], self.cleaned_data["limit_cost"])


MOST_SAMPLES = 1000


class NewRunForm(RunSettingsForm):
    """A team's choice of systems with the slugs that they are stored under, briefs, and the settings of the
    run.

    Once it is valid, `specs`, `stored_specs`, `stored_briefs`, `limits` and `settings` are what is planned.
    """

    name = forms.CharField(
        required=False,
        max_length=120,
        label=gettext_lazy("Name of the run"),
        help_text=gettext_lazy("Optional. By default it consists of the systems and the date."),
    )
    model = forms.CharField(
        required=False,
        max_length=200,
        label=gettext_lazy("Model"),
        help_text=gettext_lazy(
            "The name that the server uses, such as gpt-5. It replaces the models and adapters of all stages."
        ),
    )
    temperature = forms.FloatField(
        required=False, min_value=0, max_value=2, label=gettext_lazy("Temperature")
    )
    top_p = forms.FloatField(required=False, min_value=0.001, max_value=1, label=gettext_lazy("Top-p"))
    no_sampling = forms.BooleanField(required=False)
    max_tokens = forms.IntegerField(
        required=False, min_value=1, max_value=MOST_TOKENS, label=gettext_lazy("Max tokens per answer")
    )

    systems = forms.MultipleChoiceField(
        error_messages={"required": gettext_lazy("Choose at least one system.")}
    )
    briefs = forms.MultipleChoiceField(
        error_messages={"required": gettext_lazy("Choose at least one series or brief.")}
    )
    samples = forms.IntegerField(
        min_value=1,
        max_value=MOST_SAMPLES,
        initial=1,
        label=gettext_lazy("Samples per brief and system"),
        help_text=gettext_lazy(
            "A study uses the first valid sample. The others replace it if it's rejected."
        ),
    )
    mix_adapters = forms.BooleanField(required=False)

    def __init__(self, *args: Any, team: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        self.choices = new_run.choices(team)
        self.series = new_run.brief_choices(team)
        self.specs: list[SystemSpec] = []
        self.stored_specs: list[SystemSpec] = []
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
        self.overrides = self._overrides(given)
        if given.get("no_sampling") and (
            given.get("temperature") is not None or given.get("top_p") is not None
        ):
            self.add_error("no_sampling", _("Clear temperature and top-p, or untick this box."))
        chosen = [each for each in self.choices if each.key in keys]
        self.check_keys([each.spec for each in chosen])
        for each in chosen:
            self._take(each, str(given.get(_slug_field(each.key)) or each.slug))
        self.stored_briefs = list(new_run.chosen_briefs(given.get("briefs", []), self.team))
        if self.specs and self.stored_briefs:
            try:
                require_languages(self.specs, self.stored_briefs)
            except InputErrors as refused:
                for fault in refused.errors[:5]:
                    self.add_error("briefs", f"{fault.path}: {render_error(fault)}")
        return given

    def _overrides(self, given: dict[str, Any]) -> Overrides:
        return Overrides(
            model=given.get("model", ""),
            temperature=given.get("temperature"),
            top_p=given.get("top_p"),
            no_sampling=bool(given.get("no_sampling")),
            max_tokens=given.get("max_tokens"),
            key=given.get("key", ""),
            base_url=given.get("base_url", ""),
        )

    def _take(self, choice: new_run.Choice, slug: str) -> None:
        field = _slug_field(choice.key)
        asked = self.overrides.apply(choice.spec)
        changed = with_own_servers(asked, choice.spec)
        if changed.stages != choice.spec.stages and slug == choice.slug:
            spec = new_run.named_version(choice.spec, changed, self.overrides, self.specs, self.team)
        elif changed.stages != choice.spec.stages:
            spec = rename(changed, slug, self.overrides.label(), choice.spec.family or choice.spec.slug)
        else:
            spec = replace(changed, slug=slug)
        if not SLUG.match(slug):
            self.add_error(field, _("Use lower-case letters, digits and single hyphens."))
        elif any(each.slug == spec.slug for each in self.specs):
            self.add_error(field, _("Two systems have this slug. Give each its own."))
        elif clash_of(spec, self.team) or (slug in shipped_names() and slug != choice.spec.slug):
            free = new_run.free_slug(choice.spec, self.team) or f"my-{slug}"
            message = _("The slug %(slug)s is taken. %(free)s is free.")
            self.add_error(field, message % {"slug": slug, "free": free})
        self.stored_specs.append(spec)
        self.specs.append(replace(spec, stages=asked.stages, backend=asked.backend))

    @property
    def new_versions(self) -> set[str]:
        """The slugs of changed systems that are saved when the run starts."""
        own = {each.spec.family or each.spec.slug for each in self.choices}
        slugs = {spec.slug for spec in self.specs if spec.family in own}
        return slugs - set(rows_in(System, [self.team]).filter(slug__in=slugs).values_list("slug", flat=True))

    @property
    def settings(self) -> dict[str, Any]:
        """What decides which run it is, as `plan_run` and `known_run` take it."""
        given = {key: self.cleaned_data[key] for key in ("samples", "seed", "base_url")}
        return {"specs": self.specs, "briefs": self.stored_briefs, "team": self.team, **given}


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
        form.add_error(None, f"{fault.path}: {render_error(fault)}")


def to_run(request: HttpRequest, planned: PlannedRun) -> HttpResponse:
    """To the page of the run, with a message on whether it is new."""
    if planned.created:
        messages.success(request, _("Run started."))
    elif planned.run.state == Run.State.DONE:
        messages.info(request, _("This run already exists and is done. Use another seed to make a new one."))
    else:
        messages.info(request, _("This run already exists and continues where it stopped."))
    return see_other(reverse("generation-run", args=[planned.run.code]))
