"""Systems from the browser: a form or the text of a file, checked and stored as a new version.

A version is a system with its own slug. Those made from one another share a `family`, and none of them
ever changes: scripts and studies name the version that they belong to.
"""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from django import forms
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evalsite.core.errors import InputError, InputErrors
from evalsite.core.internal_addresses import is_internal
from evalsite.core.models import record
from generation import extensions
from generation.access import rows_in
from generation.backends.keys import configured_key
from generation.backends.providers import provider_at
from generation.backends.spec import BackendSpec
from generation.models import System
from generation.pipelines import (
    SystemSpec,
    read_system_text,
    shipped_names,
    system_record,
    system_yaml,
    yaml_text,
)
from generation.pipelines.reading_stage import MOST_TOKENS
from generation.runs.new_form import KeyField, clean_address, key_choices
from generation.runs.overrides import Overrides, rename
from generation.systems import pages
from generation.yaml_files import SLUG

MOST_TEXT = 400_000
_VERSION = re.compile(r"-v\d+$")
PATTERNS = ("direct", "plan-then-write", "dsr", "dsr-no-directives", "end-to-end")
"""Shipped systems whose stages the form offers, with one model for all of them."""
FILE = "system.yaml"
TIMEOUT_S = 600
KEPT = ("about", "languages", "tries", "retries", "in_flight")
"""Fields without a place in the form, which a new version takes over."""
REPLACED = ("kind", "base_url", "base_url_env", "key", "key_env", "key_optional", "provider", "behaviour")
"""Fields of a backend that follow from the form."""
EXAMPLE = """\
slug: my-system
name: {en: My system, zh: 我的系统}
backend:
  kind: openai
  base_url: https://api.example.com/v1
model: my-model
parameters: {temperature: 0.7, top_p: 0.9, max_tokens: 4096, seed: run}
stages:
  - name: screenplay
    prompt: ./script
    form: screenplay
    checks: [bare, length: {from: 0.1, to: 4}]
prompts:
  script:
    en: |
      %% user
      Write one scene of about $target_length words.

      $outline

      $characters
    zh: |
      %% user
      写一场戏，约 $target_length 字。

      $outline

      $characters
"""


class SystemForm(forms.Form):
    """A system with the stages of a shipped one. Once valid, `spec` is the system."""

    slug = forms.CharField(max_length=80, label=gettext_lazy("Slug"))
    name_en = forms.CharField(max_length=200, label=gettext_lazy("Name in English"))
    name_zh = forms.CharField(max_length=200, required=False, label=gettext_lazy("Name in Chinese"))
    stages = forms.ChoiceField(label=gettext_lazy("Stages and prompts"))
    kind = forms.ChoiceField(label=gettext_lazy("Backend"))
    base_url = forms.CharField(required=False, max_length=400, label=gettext_lazy("Server address"))
    model = forms.CharField(required=False, max_length=200, label=gettext_lazy("Model"))
    key = KeyField()
    temperature = forms.FloatField(
        required=False, min_value=0, max_value=2, label=gettext_lazy("Temperature")
    )
    top_p = forms.FloatField(required=False, min_value=0.001, max_value=1, label=gettext_lazy("Top-p"))
    max_tokens = forms.IntegerField(
        min_value=1, max_value=MOST_TOKENS, initial=4096, label=gettext_lazy("Max tokens per answer")
    )

    def __init__(
        self,
        *args: Any,
        before: SystemSpec | None = None,
        version: bool = False,
        teams: Collection[int] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.teams = teams
        self.before = before
        self.version = version
        for name, choices in (("stages", _patterns()), ("kind", _kinds())):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        key = self.fields["key"]
        assert isinstance(key, forms.ChoiceField)
        key.choices = [("", _("None")), *key_choices()]

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).strip()
        if not SLUG.match(slug):
            raise forms.ValidationError(_("Use lower-case letters, digits and single hyphens."))
        if slug_taken(slug):
            raise forms.ValidationError(_("This slug is taken."))
        return slug

    def clean_base_url(self) -> str:
        return clean_address(str(self.cleaned_data["base_url"]))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind") == "openai":
            for name in ("base_url", "model"):
                if name not in self.errors and not given.get(name):
                    self.add_error(name, _("This field is required."))
            key = configured_key(given.get("key", ""))
            if key and given.get("base_url") and not key.fits(given["base_url"]):
                message = _("%(name)s may only be sent to %(hosts)s.")
                self.add_error("key", message % {"name": key.name, "hosts": ", ".join(key.hosts)})
        if self.version and self.before and not self.errors:
            given |= _renamed(self.before, given, self.teams)
        return given

    def text(self) -> str:
        """The file that the fields stand for, also while some are wrong."""
        given = {name: self.data.get(name, "") for name in self.fields} | self.cleaned_data
        kept = system_record(self.before) if self.before else {}
        backend: dict[str, Any] = {"kind": "fake"}
        if given["kind"] != "fake":
            own = {"kind": "openai", "base_url": given["base_url"], "key": given["key"]}
            old = kept.get("backend", {"timeout": TIMEOUT_S})
            old = {name: value for name, value in old.items() if name not in REPLACED}
            backend = old | {name: value for name, value in own.items() if value}
        limit = "max_completion_tokens" if provider_at(given["base_url"]) == "openai" else "max_tokens"
        parameters = {
            "temperature": given["temperature"],
            "top_p": given["top_p"],
            limit: given["max_tokens"],
        }
        names = {"en": given["name_en"], "zh": given["name_zh"]}
        return yaml_text(
            {
                "slug": given["slug"],
                "name": {language: name for language, name in names.items() if name},
                **{name: kept[name] for name in KEPT if name in kept},
                "backend": backend,
                "model": given["model"] or "screenwriter",
                "parameters": {name: each for name, each in parameters.items() if each not in (None, "")}
                | {"seed": "run"},
                "stages": given["stages"],
            }
        )


def _renamed(before: SystemSpec, given: Mapping[str, Any], teams: Collection[int]) -> dict[str, str]:
    """The names of a changed version, derived from the names of the first version unless these were edited.

    `Direct generation (gpt-5, temperature 0.7)` becomes `Direct generation (gpt-5, temperature 0.9)`.
    """
    first = find_first(before, teams)
    stage = first.stages[0]
    changed = {
        "temperature": (given["temperature"], stage.temperature),
        "top_p": (given["top_p"], stage.top_p),
        "max_tokens": (given["max_tokens"], stage.answer_tokens),
    }
    overrides = Overrides(
        model=given["model"] if given["model"] != stage.model else "",
        **{name: value for name, (value, old) in changed.items() if value not in (None, old)},
    )
    made = rename(first, "", overrides.label(), "") if overrides != Overrides() else first
    names = {}
    for language, opening in (("en", " ("), ("zh", "（")):
        own, base = before.names.get(language, ""), first.names.get(language, "")
        field = f"name_{language}"
        if base and given[field] == own and (own == base or own.startswith(base + opening)):
            names[field] = made.names[language]
    return names


def find_first(spec: SystemSpec, teams: Collection[int]) -> SystemSpec:
    """The first version of a system's family: a stored one that some teams may use, or a shipped file."""
    family = spec.family or spec.slug
    if family == spec.slug:
        return spec
    row = pages.find(pages.STORED, family, teams) or pages.find(pages.FILE, family, teams)
    return row.spec if row else spec


def _patterns() -> list[tuple[str, str]]:
    specs = [pages.shipped_spec(name) for name in PATTERNS]
    return [
        (spec.slug, f"{pages.name_of(spec)} ({' → '.join(stage.name for stage in spec.stages)})")
        for spec in specs
    ]


def _kinds() -> list[tuple[str, Any]]:
    fake = [("fake", _("Sample texts (no model)"))] if settings.SHOW_FAKE_SYSTEMS else []
    return [("openai", _("OpenAI-compatible server")), *fake]


def slug_taken(slug: str) -> bool:
    """Whether a slug belongs to a stored system, or to a shipped one that a run may store any time."""
    return slug in shipped_names() or System.objects.filter(slug=slug).exists()


def initial_of(spec: SystemSpec, slug: str) -> dict[str, Any] | None:
    """The form's values for a system; None where its stages are more than the form has fields for."""
    stage, backend = spec.stages[0], spec.backend
    values = {
        "slug": slug,
        "name_en": spec.names.get("en") or spec.name,
        "name_zh": spec.names.get("zh", ""),
        "kind": backend.kind,
        "base_url": backend.base_url,
        "model": stage.model,
        "key": backend.key,
        "temperature": stage.temperature,
        "top_p": stage.top_p,
        "max_tokens": stage.answer_tokens,
    }
    for pattern in PATTERNS:
        data = {name: "" if value is None else value for name, value in values.items()} | {"stages": pattern}
        form = SystemForm(data, before=spec)
        form.is_valid()
        try:
            made = read_system_text(form.text())
        except InputErrors:
            continue
        if made.stages == spec.stages:
            return data
    return None


def suggested_slug(spec: SystemSpec, teams: Collection[int], *, version: bool) -> str:
    """A free slug for a new version (`direct-v2`, `direct-gpt-5-v2`) or a copy (`direct-copy`)."""
    base = (_VERSION.sub("", spec.slug) if version else spec.family or spec.slug)[:60]
    first = max(2, len(versions_of(base, teams)) + 1) if base == (spec.family or spec.slug) else 2
    numbered = (f"{base}-v{number}" for number in range(first, 10_000))
    copies = chain([f"{base}-copy"], (f"{base}-copy-{number}" for number in range(2, 10_000)))
    return next(slug for slug in (numbered if version else copies) if not slug_taken(slug))


def read_text(text: str, team: int) -> SystemSpec:
    """A system of a team from the text of its file. Raises `InputErrors`, also for what only the operator may
    set.
    """
    if len(text) > MOST_TEXT:
        message, fix = f"the file has more than {MOST_TEXT:,} characters.", "shorten its prompts."
        raise InputErrors.single(FILE, message, fix)
    spec = read_system_text(text)
    faults = [*_only_for_operators(spec, text, team)]
    if slug_taken(spec.slug):
        faults.append(_fault(text, "slug", f"the slug {spec.slug} is taken.", "choose another slug."))
    if faults:
        raise InputErrors(faults)
    return spec


def _only_for_operators(spec: SystemSpec, text: str, team: int) -> Iterator[InputError]:
    """Environment variables, folders and internal addresses: those of systems from files alone."""
    known = {_environment(each) for each in _backends(_loaded(team))}
    for backend in dict.fromkeys(_backends([spec])):
        shipped = _environment(backend) in known
        if not shipped and (backend.key_env or backend.base_url_env):
            name = "key_env" if backend.key_env else "base_url_env"
            fix = "use key with the name of a configured key, and base_url."
            yield _fault(text, name, f"{name} can't be set in the browser.", fix)
        elif not shipped and (backend.model_path or backend.adapters):
            fix = "ask the operator to load the system with load_systems."
            yield _fault(text, "model_path", "folders of the server can't be set in the browser.", fix)
        elif not shipped and backend.base_url:
            if not settings.ALLOW_INTERNAL_ADDRESSES and is_internal(backend.base_url):
                message = "this address is in a private network or can't be found."
                yield _fault(text, "base_url", message, "enter a public address.")
            key = configured_key(backend.key)
            if key and not key.fits(backend.base_url):
                message = f"{key.name} may only be sent to {', '.join(key.hosts)}."
                yield _fault(text, "key", message, "choose another key or another address.")


def _loaded(team: int) -> Iterable[SystemSpec]:
    """The systems that the operator has put here as files, for this team or for all."""
    yield from (row.spec for row in pages.shipped())
    yield from (row.spec for row in pages.stored(rows_in(System, [team])) if not row.spec.family)


def _backends(specs: Iterable[SystemSpec]) -> Iterator[BackendSpec]:
    for spec in specs:
        yield spec.backend
        yield from (stage.backend for stage in spec.stages if stage.backend)


def _environment(backend: BackendSpec) -> tuple[object, ...]:
    return (
        backend.base_url, backend.base_url_env, backend.key_env, backend.model_path, backend.model_name,
        backend.adapters,
    )  # fmt: skip


def _fault(text: str, name: str, message: str, fix: str) -> InputError:
    """A fault at the first line that sets a field."""
    for number, line in enumerate(text.splitlines(), start=1):
        if (column := line.find(f"{name}:")) >= 0:
            return InputError(FILE, number, column + 1, message, fix)
    return InputError(FILE, 1, 1, message, fix)


@transaction.atomic
def add_system(*, spec: SystemSpec, team: int, family: str = "", by: str = "console") -> System:
    """Store a team's system from the browser as a version that never changes. Raises `InputErrors`."""
    spec = replace(spec, family=family or spec.slug)
    if faults := extensions.lineage().faults(spec, [team]):
        raise InputErrors(faults)
    system, created = System.objects.get_or_create(
        slug=spec.slug,
        defaults={
            "name": spec.name,
            "kind": System.Kind.PIPELINE,
            "spec": spec.as_record(),
            "team_id": team,
        },
    )
    if not created:
        message = f"the slug {spec.slug} is taken."
        raise InputErrors.single(FILE, message, "choose another slug.")
    record(who=by, verb="add system", about=system.slug, digest=system.digest)
    return system


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a system, and the lines in which it differs from the one before."""

    row: pages.SystemRow
    number: int
    created_at: Any = None
    differences: Sequence[str] = ()


def versions_of(family: str, teams: Collection[int]) -> list[Version]:
    """The versions of a system that some teams may use, the first one first: the shipped file counts as one
    until it is stored."""
    systems = (
        rows_in(System, teams).filter(Q(slug=family) | Q(spec__family=family)).order_by("created_at", "pk")
    )
    found: list[tuple[pages.SystemRow, Any]] = [
        (row, system.created_at) for system in systems for row in pages.stored([system])
    ]
    if family in shipped_names() and not any(row.spec.slug == family for row, _at in found):
        found.insert(0, (pages.SystemRow(pages.FILE, pages.shipped_spec(family)), None))
    texts = [system_yaml(replace(row.spec, slug=family)).splitlines() for row, _at in found]
    return [
        Version(row, place + 1, at, _difference(texts[place - 1], texts[place]) if place else ())
        for place, (row, at) in enumerate(found)
    ]


def _difference(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The changed lines with a line around them, as `diff -u` writes them, without their numbers."""
    lines = list(difflib.unified_diff(before, after, lineterm="", n=1))[2:]
    return [line for line in lines if not line.startswith("@@")]
