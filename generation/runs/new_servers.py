"""Asking the addresses of a run's systems for their models, before anything is planned."""

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, replace

from django.db.models.functions import Now

from generation.backends import BackendError
from generation.backends.base import Denied, TooSlow, Unreachable
from generation.backends.looping import Loop
from generation.backends.providers import PROVIDERS, UNKNOWN
from generation.backends.spec import BackendSpec, lacks_key
from generation.models import Job
from generation.pipelines import SystemSpec
from generation.reason_codes import Reason, reason_of
from generation.runs.stages import addresses_of, asked_name, backend_of
from generation.runs.trying import Problem, Tried, trials_of, try_all
from generation.runs.turns import checking
from generation.runs.working import make_backend

PROBE_S = 10.0
"""How long a server is given to list its models."""
TRIAL_S = 30.0
"""How long it is given to answer a trial request, on a page that someone waits for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One address with one key: the models wanted of it, those that it lists, and why it cannot be used."""

    address: str
    wanted: tuple[str, ...]
    listed: tuple[str, ...] = ()
    error: str = ""
    key_env: str = ""
    lacks_key: bool = False
    """Whether the address wants a key that this process does not have; its workers may."""
    denied: bool = False
    """Whether the server does not accept the key."""

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


def ask_servers(specs: Iterable[SystemSpec], base_url: str = "") -> list[Asked]:
    """Every address of these systems that is a server, in their order, each asked once for each key and all
    at once."""
    wanted: dict[tuple[str, str], dict[str, None]] = {}
    backends: dict[tuple[str, str], BackendSpec] = {}
    for spec in specs:
        for stage in spec.stages:
            address = addresses_of(spec, base_url)[stage.name]
            if address.startswith("http"):
                backend = backend_of(spec, stage)
                place = address, backend.key_env
                wanted.setdefault(place, {})[asked_name(stage)] = None
                backends.setdefault(place, backend)
    if not wanted:
        return []
    with Loop() as loop:
        asking = (_ask(place[0], tuple(names), backends[place]) for place, names in wanted.items())
        return loop.run(_all(asking))


async def _all(asking: Iterable[Coroutine[object, object, Asked]]) -> list[Asked]:
    return list(await asyncio.gather(*asking))


async def _ask(address: str, wanted: tuple[str, ...], spec: BackendSpec) -> Asked:
    backend = make_backend(replace(spec, timeout=PROBE_S), address)
    found = Asked(address, wanted, key_env=spec.key_env, lacks_key=lacks_key(spec))
    try:
        if PROVIDERS.get(spec.rules, UNKNOWN).lists_models or found.lacks_key:
            return replace(found, listed=tuple(await backend.models()))
    except (Unreachable, TooSlow, Denied) as error:
        return replace(found, error=str(error), denied=isinstance(error, Denied))
    except BackendError:
        pass  # It answers; whether it can do what is asked shows with the first request.
    finally:
        await backend.close()
    return found


def try_systems(specs: Iterable[SystemSpec], asked: Iterable[Asked], base_url: str = "") -> list[Tried]:
    """One short request of each system at the addresses that answer, but where a run's are under way.

    Those of other models would join its batches (`generation.runs.checking`).
    """
    answering = {(each.address, each.key_env) for each in asked if not each.error and not each.lacks_key}
    trials = [
        each for each in trials_of(specs, base_url) if (each.address, each.backend.key_env) in answering
    ]
    found: list[Tried] = []
    for address in dict.fromkeys(each.address for each in trials):
        own = [each for each in trials if each.address == address]
        with checking(address) as alone:
            busy = Job.objects.filter(address=address, state=Job.State.CLAIMED, leased_until__gte=Now())
            if not alone or busy.exists():
                found += [Tried(each, skipped=Reason("run-under-way")) for each in own]
                continue
            try:
                found += try_all(own, timeout=TRIAL_S)
            except BackendError as error:
                found.append(Tried(own[0], (Problem(own[0], "other", str(error)),)))
    return found
