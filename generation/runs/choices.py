"""What a run can be planned from: the systems there are, under which slugs, and the briefs by series."""

import asyncio
import time
from collections.abc import Collection, Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.utils.functional import cached_property

from evalsite.core.codes import random_code
from evalsite.core.models import only_team
from evalsite.core.reason_codes import Reason, reason_of
from generation.access import rows_in
from generation.backends import BackendError
from generation.backends.base import Denied, TooSlow, Unreachable
from generation.backends.looping import Loop
from generation.backends.providers import PROVIDERS, UNKNOWN
from generation.backends.spec import BackendSpec, lacks_key
from generation.models import Brief, Job, Run, System
from generation.pipelines import SystemSpec
from generation.runs.addresses import (
    address_in,
    addresses_of,
    asked_name,
    backend_of,
    make_backend,
    servers_of,
)
from generation.runs.overrides import Overrides, rename, version_names
from generation.runs.parameter_check import Problem, Tried, is_bare_host, is_not_found, trials_of, try_all
from generation.runs.server_check import checking
from generation.services import clash_of
from generation.systems import pages

MOST_LISTED = 300
"""Of more briefs than these only series can be chosen on the page."""


@dataclass(frozen=True)
class Choice:
    """A system that may be chosen: where it is from, what it is, and the slug that it can be stored under."""

    source: str
    spec: SystemSpec
    slug: str

    @property
    def key(self) -> str:
        return f"{self.source}:{self.spec.slug}"

    @property
    def canned(self) -> bool:
        """Whether it asks no model at all."""
        return all(backend_of(self.spec, stage).kind == "fake" for stage in self.spec.stages)

    @property
    def engine(self) -> bool:
        """Whether it needs a worker that loads models."""
        return any(backend_of(self.spec, stage).kind == "vllm_engine" for stage in self.spec.stages)

    @property
    def models(self) -> list[str]:
        """The models and adapters that it asks for, each once."""
        return list(dict.fromkeys(asked_name(stage) for stage in self.spec.stages))

    @property
    def addresses(self) -> list[str]:
        """The servers that it asks where no other is named."""
        return servers_of(self.spec)

    @cached_property
    def keys(self) -> list[str]:
        """The names of its keys, or of the environment variables that hold them."""
        named = (backend_of(self.spec, stage).key_label for stage in self.spec.stages)
        return list(dict.fromkeys(filter(None, named)))


def choices(team: int) -> list[Choice]:
    """Stored pipelines that a team may use, the shipped files that are none of them, and the canned twins
    last."""
    stored = pages.stored(rows_in(System, [team]))
    found = [Choice(row.source, row.spec, row.spec.slug) for row in stored]
    found += [
        Choice(row.source, row.spec, slug)
        for row in pages.shipped()
        if (slug := free_slug(row.spec, team, found))
    ]
    return sorted(found, key=lambda each: each.canned)


def free_slug(spec: SystemSpec, team: int, stored: Iterable[Choice] = ()) -> str:
    """The slug that a team can store a shipped system under: its own, or the next that nothing else has.

    A slug means one thing for good. Empty where the very same pipeline is stored already.
    """
    if any(_same(each.spec, spec) for each in stored):
        return ""
    names = chain([spec.slug, f"my-{spec.slug}"], (f"my-{spec.slug}-{n}" for n in count(2)))
    taken = set(System.objects.filter(slug__contains=spec.slug).values_list("slug", flat=True))
    return next(
        name for name in names if name not in taken or clash_of(replace(spec, slug=name), team) is None
    )


def named_version(
    before: SystemSpec, changed: SystemSpec, overrides: Overrides, others: Iterable[SystemSpec], team: int
) -> SystemSpec:
    """A changed system under the first slug that is free, or that belongs to the very same system."""
    family = before.family or before.slug
    taken = {each.slug for each in others}
    versions = rows_in(System, [team]).filter(Q(slug=family) | Q(spec__family=family)).count()
    for slug in version_names(family, overrides.model, max(versions, 1)):
        spec = rename(changed, slug, overrides.label(), family)
        if slug not in taken and clash_of(spec, team) is None:
            return spec
    return rename(changed, f"{family[:60]}-{random_code()}", overrides.label(), family)


def _same(one: SystemSpec, other: SystemSpec) -> bool:
    """Whether two specs ask the same, under whatever slug."""
    return (one.stages, one.backend, one.languages) == (other.stages, other.backend, other.languages)


@dataclass(frozen=True, slots=True)
class SeriesChoice:
    """A series with how many briefs it has, and the briefs where there are few enough to list."""

    slug: str
    title: str
    language: str
    count: int
    briefs: Sequence[Brief]


def brief_choices(team: int | None = None) -> list[SeriesChoice]:
    """The briefs of a team, or of the site's only one, by series in story order."""
    own = rows_in(Brief, [only_team() if team is None else team])
    order = ("series__language", "series__slug")
    rows = own.order_by(*order).values("series__slug", "series__title", "series__language")
    rows = rows.annotate(briefs=Count("pk"))
    listed: dict[str, list[Brief]] = {}
    if sum(row["briefs"] for row in rows) <= MOST_LISTED:
        for brief in own.select_related("series").order_by(*order, "order", "slug"):
            listed.setdefault(brief.series.slug, []).append(brief)
    return [
        SeriesChoice(
            row["series__slug"],
            row["series__title"],
            row["series__language"],
            row["briefs"],
            listed.get(row["series__slug"], []),
        )
        for row in rows
    ]


def series_rows(series: Iterable[SeriesChoice], chosen: Collection[str]) -> list[dict[str, Any]]:
    """The briefs as a page lists them, with what was chosen as `series:SLUG` or `brief:SLUG`.

    A brief's third value is for the systems that have scripts for it, which a page may fill in.
    """
    return [
        {
            "series": each,
            "chosen": f"series:{each.slug}" in chosen,
            "briefs": [(brief, f"brief:{brief.slug}" in chosen, ()) for brief in each.briefs],
            "opened": any(f"brief:{brief.slug}" in chosen for brief in each.briefs),
        }
        for each in series
    ]


def chosen_briefs(names: Sequence[str], team: int) -> QuerySet[Brief]:
    """The briefs of a team that are named `series:SLUG` and `brief:SLUG`, each once, in story order."""
    by: dict[str, list[str]] = {"series": [], "brief": []}
    for name in names:
        kind, _colon, slug = name.partition(":")
        by.setdefault(kind, []).append(slug)
    found = rows_in(Brief, [team]).filter(Q(series__slug__in=by["series"]) | Q(slug__in=by["brief"]))
    return found.select_related("series").order_by("series__slug", "order", "slug")


def last_address(team: int) -> str:
    """The server that a team's latest run has asked, where that is not the one that its systems name."""
    run = rows_in(Run, [team]).order_by("-created_at").first()
    if run is None:
        return ""
    for slug, record in run.frozen_settings.get("systems", {}).items():
        spec = SystemSpec.from_record(record)
        own = addresses_of(spec)
        for stage in spec.stages:
            asked = address_in(run.frozen_settings, slug, stage.name)
            if asked.startswith("http") and asked != own[stage.name]:
                return asked
    return ""


PROBE_S = 10.0
"""How long a server is given to list its models."""
TRIAL_S = 30.0
"""How long all servers together are given to answer trial requests, on a page that someone waits for."""


@dataclass(frozen=True, slots=True)
class ServerModels:
    """One address with one key: the models wanted of it, those that it lists, and why it cannot be used."""

    address: str
    wanted: tuple[str, ...]
    listed: tuple[str, ...] = ()
    error: str = ""
    key_label: str = ""
    lacks_key: bool = False
    """Whether the address wants a key that this process does not have; its workers may."""
    denied: bool = False
    """Whether the server does not accept the key."""
    not_found: bool = False
    """Whether the address has no list of models: status 404."""

    @property
    def key_unset(self) -> bool:
        """Whether the only problem is that the key isn't set."""
        return self.lacks_key and getattr(self.error, "code", "") in ("no-key", "key-missing")

    @property
    def lacks_path(self) -> bool:
        """Whether the address answers 404 and is only a host, so that its /v1 may be missing."""
        return self.not_found and is_bare_host(self.address)

    @property
    def missing(self) -> list[str]:
        """Models that are wanted and not listed, where any is: some servers take more than they say."""
        return [name for name in self.wanted if name not in self.listed] if self.listed else []

    @property
    def why(self) -> str:
        """Return the error without the address, for a list that already shows it."""
        if getattr(self.error, "code", "") == "no-answer":
            return reason_of(self.error.params["said"])  # type: ignore[attr-defined]
        return self.error


def ask_servers(specs: Iterable[SystemSpec], base_url: str = "") -> list[ServerModels]:
    """Every address of these systems that is a server, in their order, each asked once for each key and all
    at once."""
    wanted: dict[tuple[str, str], dict[str, None]] = {}
    backends: dict[tuple[str, str], BackendSpec] = {}
    for spec in specs:
        for stage in spec.stages:
            address = addresses_of(spec, base_url)[stage.name]
            if address.startswith("http"):
                backend = backend_of(spec, stage)
                place = address, backend.key_label
                wanted.setdefault(place, {})[asked_name(stage)] = None
                backends.setdefault(place, backend)
    if not wanted:
        return []
    with Loop() as loop:
        asking = (_ask(place[0], tuple(names), backends[place]) for place, names in wanted.items())
        return loop.run(_all(asking))


def missing_keys(specs: Iterable[SystemSpec]) -> list[str]:
    """The names of keys and variables that these systems need and that this process doesn't have."""
    backends = (backend_of(spec, stage) for spec in specs for stage in spec.stages)
    named = [each.key_label for each in backends if each.kind == "openai" and lacks_key(each)]
    return list(dict.fromkeys(named))


def merge_problems(problems: Iterable[Problem]) -> list[Problem]:
    """The problems, with those of the same cause merged: each line names all its systems."""
    found: dict[tuple[str, ...], Problem] = {}
    for each in problems:
        cause = each.trial.address, each.kind, each.reason, each.trial.request.model
        known = found.setdefault(cause, each)
        systems = tuple(dict.fromkeys([*known.trial.systems, *each.trial.systems]))
        found[cause] = replace(known, trial=replace(known.trial, systems=systems))
    return list(found.values())


async def _all(asking: Iterable[Coroutine[object, object, ServerModels]]) -> list[ServerModels]:
    return list(await asyncio.gather(*asking))


async def _ask(address: str, wanted: tuple[str, ...], spec: BackendSpec) -> ServerModels:
    backend = make_backend(replace(spec, timeout=PROBE_S), address)
    found = ServerModels(address, wanted, key_label=spec.key_label, lacks_key=lacks_key(spec))
    try:
        if PROVIDERS.get(spec.rules, UNKNOWN).lists_models or found.lacks_key:
            return replace(found, listed=tuple(await backend.models()))
    except (Unreachable, TooSlow, Denied) as error:
        return replace(found, error=str(error), denied=isinstance(error, Denied))
    except BackendError as error:
        # It answers; whether it can do what is asked shows with the first request.
        found = replace(found, not_found=is_not_found(str(error)))
    finally:
        await backend.close()
    return found


def try_systems(
    specs: Iterable[SystemSpec], asked: Iterable[ServerModels], base_url: str = ""
) -> list[Tried]:
    """One short request of each system at the addresses that answer, but where a run's are under way.

    Those of other models would join its batches (`generation.runs.server_check`).
    """
    answering = {(each.address, each.key_label) for each in asked if not each.error and not each.lacks_key}
    trials = [
        each for each in trials_of(specs, base_url) if (each.address, each.backend.key_label) in answering
    ]
    found: list[Tried] = []
    ends = time.monotonic() + TRIAL_S
    for address in dict.fromkeys(each.address for each in trials):
        own = [each for each in trials if each.address == address]
        with checking(address) as alone:
            busy = Job.objects.filter(address=address, state=Job.State.CLAIMED, leased_until__gte=Now())
            if not alone or busy.exists():
                found += [Tried(each, skipped=Reason("run-under-way")) for each in own]
                continue
            try:
                found += try_all(own, ends=ends)
            except BackendError as error:
                found.append(Tried(own[0], (Problem(own[0], "other", str(error)),)))
    return found
