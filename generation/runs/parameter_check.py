"""One short request of each system before a run starts: which parameters does its server refuse?

A server that many share bills each request, so nothing else is tried there. The contract test of
`generation.runs.server_check` is for servers of one's own.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from evalsite.core.reason_codes import Reason
from generation.backends import Backend, Busy, Denied, Rejected, Request, TooSlow, is_model
from generation.backends.looping import Loop
from generation.backends.spec import BackendSpec
from generation.pipelines import SystemSpec
from generation.pipelines.requests import structured_of
from generation.runs.addresses import addresses_of, asked_name, backend_of, make_backend

ASKED = (("user", "Answer with one word: yes."),)
SEED = 1
LONGEST_WAIT_S = 5.0
"""How long a rate limit is waited for; after that the parameters count as not tried."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What some systems ask of one address in the same way, and under which other names it may answer."""

    address: str
    backend: BackendSpec
    request: Request
    systems: tuple[str, ...]
    answers_as: tuple[str, ...] = ()


def is_not_found(reason: str) -> bool:
    """Whether a reason is a plain 404: not of a model, but of the address."""
    return str(getattr(reason, "params", {}).get("status", "")) == "404"


def is_bare_host(address: str) -> bool:
    return not urlsplit(address).path.strip("/")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a trial fails. `kind` is `key`, `credit`, `model`, `name`, `parameters` or `other`."""

    trial: Trial
    kind: str
    reason: str

    @property
    def lacks_path(self) -> bool:
        """Whether the address answers 404 and is only a host, so that its /v1 may be missing."""
        return is_not_found(self.reason) and is_bare_host(self.trial.address)

    @property
    def line(self) -> str:
        """The problem with its remedy, for the console."""
        systems = ", ".join(self.trial.systems[:10]) + (" ..." if len(self.trial.systems) > 10 else "")
        remedy = {
            "key": f"set a valid key in {self.trial.backend.key_label or 'the variable that key_env names'}",
            "credit": "add credit to the account, or use another account's key",
            "name": "if this is the right model, list the name under answers_as",
            "model": "serve the model under this name, or change the model in the system's file",
            "parameters": "remove it from the system's file, or change its value",
        }.get(self.kind, "add /v1 to the address" if self.lacks_path else "see the server's message")
        return f"{systems} ({self.trial.request.model}): {self.reason.removesuffix('.')}. Fix: {remedy}."


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trial found. `skipped` says why its parameters could not be tried."""

    trial: Trial
    problems: tuple[Problem, ...] = ()
    skipped: str = ""

    @property
    def note(self) -> str:
        names = ", ".join(self.trial.systems[:10])
        return f"{names} ({self.trial.request.model}): parameters not tried: {self.skipped}."


def trials_of(specs: Iterable[SystemSpec], base_url: str = "") -> list[Trial]:
    """The different requests of these systems, each once, with the systems that send it."""
    found: list[Trial] = []
    for spec in specs:
        for stage in spec.stages:
            address, backend = addresses_of(spec, base_url)[stage.name], backend_of(spec, stage)
            if not address.startswith("http"):
                continue
            request = Request(asked_name(stage), ASKED, stage.sampling(SEED), structured_of(stage))
            mine = Trial(address, backend, request, (spec.slug,), stage.answers_as)
            for place, each in enumerate(found):
                if each == replace(mine, systems=each.systems):
                    systems = tuple(dict.fromkeys([*each.systems, spec.slug]))
                    found[place] = replace(each, systems=systems)
                    break
            else:
                found.append(mine)
    return found


def try_all(trials: Sequence[Trial], *, ends: float | None = None) -> list[Tried]:
    """Send each: addresses at once, the requests of one address one after the other.

    At `ends`, by the monotonic clock, no answer is waited for any more; without it the systems' own timeouts
    hold.
    """
    with Loop() as loop:
        return loop.run(_all(trials, ends))


async def _all(trials: Sequence[Trial], ends: float | None) -> list[Tried]:
    async def at(address: str) -> list[Tried]:
        found = []
        for trial in (each for each in trials if each.address == address):
            spec = trial.backend
            if ends is not None:
                spec = replace(spec, timeout=max(0.1, round(ends - time.monotonic(), 1)))
            backend = make_backend(spec, address)
            try:
                found.append(await try_parameters(backend, trial))
            finally:
                await backend.close()
        return found

    addresses = dict.fromkeys(each.address for each in trials)
    return [each for found in await asyncio.gather(*map(at, addresses)) for each in found]


async def try_parameters(backend: Backend, trial: Trial) -> Tried:
    """Send a request; where the server refuses parameters, again without them, until it names all.

    Raises a `BackendError` where the server does not answer at all.
    """
    problems: list[Problem] = []
    request, waited = trial.request, False
    while True:
        try:
            answered = (await backend.complete(request)).model
            if not is_model(answered, request.model, trial.answers_as):
                reason = Reason("model", model=answered or "none named")
                problems.append(Problem(trial, "name", reason))
        except Denied as error:
            problems.append(Problem(trial, "credit" if error.no_credit else "key", str(error)))
        except Rejected as error:
            kind = (
                "model" if error.parameters == ("model",) else "parameters" if error.parameters else "other"
            )
            problems.append(Problem(trial, kind, str(error)))
            left = _without(request, error.parameters)
            if left != request:
                request = left
                continue
        except Busy as error:
            wait = error.retry_after or 1.0
            if not waited and wait <= LONGEST_WAIT_S:
                waited = True
                await asyncio.sleep(wait)
                continue
            return Tried(trial, tuple(problems), str(error))
        except TooSlow as error:
            return Tried(trial, tuple(problems), str(error))
        return Tried(trial, tuple(problems))


def _without(request: Request, names: Sequence[str]) -> Request:
    """A request without some parameters: the same one where it has none of them."""
    empty: dict[str, Any] = {"stop": (), "reasoning_effort": "", "chat_template_kwargs": {}}
    stated, left = request.sampling, dict[str, Any]()
    for name in names:
        if name in stated.extra_body:
            continue
        if hasattr(stated, name):
            left[name] = empty.get(name)
    extra = {key: value for key, value in stated.extra_body.items() if key not in names}
    lead = {key: value for key, value in request.structured.items() if key not in names}
    return replace(request, sampling=replace(stated, **{**left, "extra_body": extra}), structured=lead)
