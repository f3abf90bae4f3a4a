"""The contract test of an address: what a study relies on, tried on the server that will be asked.

Adapters in mixed batches come first. On one build of vLLM requests to the base model that shared a batch
with requests to an adapter were silently given the adapter's text, with the name asked for echoed. So each
model is asked alone for its references, and then in batches of its own and in mixed ones; an answer must be
one of those that its own model gave. Texts are compared as they are: greedy answers can change with the
batch, which is why those of unmixed batches count as a model's own.
"""

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from evalsite.core.advisory_locks import call_lock_function
from evalsite.core.digests import text_digest
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import record
from evalsite.core.reason_codes import Reason
from generation.backends import Backend, BackendError, Completion, Rejected, Request, Sampling, is_model
from generation.models import BackendCheck, Run
from generation.pipelines import SystemSpec
from generation.runs.addresses import address_in, asked_name

BATCH = 12
MIXED_BATCHES = 4
ANSWER_TOKENS = 48
_PLACES = ("a boat shed", "a waiting room", "a loading yard", "a kitchen at night")
_SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}


@dataclass(slots=True)
class Checked:
    """What was found. `wrong` keeps an address from being used, `unmixed` only from mixing models there.

    `answered` are the wrong requests that the server did not refuse, `structured` is whether a schema led the
    answer; it is None where that was not tried.
    """

    names: list[str]
    notes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unmixed: list[str] = field(default_factory=list)
    seeds: dict[str, bool] = field(default_factory=dict)
    references: dict[str, list[str]] = field(default_factory=dict)
    software: dict[str, str] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)
    structured: bool | None = None

    @property
    def passed(self) -> bool:
        return not self.wrong

    @property
    def mixes(self) -> bool:
        return self.passed and not self.unmixed

    def as_dict(self) -> dict[str, Any]:
        return {
            "notes": self.notes,
            "wrong": self.wrong,
            "unmixed": self.unmixed,
            "same_seed_same_text": self.seeds,
            "references": self.references,
            "software": self.software,
            "wrong_requests_answered": self.answered,
            "structured_outputs": self.structured,
        }


def prompts() -> list[tuple[tuple[str, str], ...]]:
    """Short prompts of which each asks for a text of some lines."""
    asked = "<characters>\nKestrel: a mender of nets.\n\nMoody: her brother.\n</characters>\n"
    return [(("user", f"{asked}Write the first lines of a scene in {place}."),) for place in _PLACES]


async def check(
    backend: Backend,
    names: Sequence[str],
    *,
    answers_as: dict[str, tuple[str, ...]] | None = None,
    errors: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> Checked:
    """Try an address with these models. `answers_as` are further names under which one may answer; `errors`
    asks for refusals too. Raises a `BackendError` where the server does not answer at all.
    """
    found = Checked(list(names))
    listed = await backend.models()
    found.software = await backend.software()
    tell(f"models listed: {', '.join(listed) or 'none'}")
    for name in names:
        if name not in listed:
            fix = "serve it under this name, or name another"
            found.wrong.append(f"model {name} is not listed. Fix: {fix}.")
    if found.wrong:
        return found
    for name in names:
        await _alone(backend, name, (answers_as or {}).get(name, ()), found, tell)
    if len(names) > 1 and found.passed:
        await _mixed(backend, names, found, tell)
    if errors and found.passed:
        await _refusals(backend, names[0], found, tell)
        await _structured(backend, names[0], found, tell)
    return found


def _request(name: str, messages: tuple[tuple[str, str], ...], **sampling: Any) -> Request:
    settings = {"temperature": 0.0, "top_p": 1.0, "max_tokens": ANSWER_TOKENS, "seed": 7, **sampling}
    return Request(name, messages, Sampling(**settings))


async def _alone(
    backend: Backend, name: str, others: tuple[str, ...], found: Checked, tell: Callable[[str], None]
) -> None:
    """References, one request at a time; and whether a seed gives the same text twice."""
    references = [await backend.complete(_request(name, each)) for each in prompts()]
    found.references[name] = [text_digest(each.text) for each in references]
    first = references[0]
    if not is_model(first.model, name, others):
        fix = "list it under answers_as if that is right"
        found.wrong.append(f"asked for {name}, {first.model} answered. Fix: {fix}.")
    if not any(each.text.strip() for each in references):
        found.wrong.append(f"{name} answered with nothing.")
    drawn = [
        await backend.complete(_request(name, prompts()[0], temperature=0.7, top_p=0.9, seed=seed))
        for seed in (7, 7, 8)
    ]
    found.seeds[name] = drawn[0].text == drawn[1].text
    same = "the same text" if found.seeds[name] else "another text, so that nothing can be promised by seed"
    tell(
        f"{name}: answered as {first.model} in {first.latency:.2f} s, finish reason {first.finish_reason}, "
        f"usage {first.usage}; the same seed again gave {same}"
    )
    if found.seeds[name] and drawn[2].text == drawn[0].text:
        found.notes.append(f"{name}: another seed gave the same text too, so the seed may not be heard.")


async def _mixed(backend: Backend, names: Sequence[str], found: Checked, tell: Callable[[str], None]) -> None:
    """Every answer of a mixed batch must be one that its own model gives without company."""
    own: dict[tuple[str, int], set[str]] = {}
    for name in names:
        for index, each in enumerate(found.references[name]):
            own.setdefault((name, index), set()).add(each)
        batch = [(name, index % len(prompts())) for index in range(BATCH)]
        for key, answer in zip(batch, await _at_once(backend, batch), strict=True):
            own[key].add(text_digest(answer.text))
    alike = [
        f"{one} and {two}"
        for place, one in enumerate(names)
        for two in names[place + 1 :]
        if found.references[one] == found.references[two]
    ]
    if alike:
        found.unmixed.append(f"{', '.join(alike)} gave the same texts alone: nothing tells them apart.")
    strangers = 0
    for batch in _batches(names):
        for (name, index), answer in zip(batch, await _at_once(backend, batch), strict=True):
            text = text_digest(answer.text)
            if text in own[name, index]:
                continue
            strangers += 1
            others = [other for other in names if other != name and text in own[other, index]]
            if others:
                found.unmixed.append(f"in a mixed batch {name} answered with the text of {others[0]}.")
            elif answer.model != name:
                found.unmixed.append(f"in a mixed batch {answer.model} answered for {name}.")
    if strangers and not found.unmixed:
        found.unmixed.append(
            f"{strangers} of {MIXED_BATCHES * BATCH} answers in mixed batches were none of those that their "
            "model gave alone: whose they are cannot be told."
        )
    found.unmixed = list(dict.fromkeys(found.unmixed))
    tell(
        f"mixed batches: {MIXED_BATCHES} of {BATCH}, "
        + ("every answer was its own model's" if not found.unmixed else " ".join(found.unmixed))
    )


def _batches(names: Sequence[str]) -> list[list[tuple[str, int]]]:
    """Mixed batches: one of the last among many of the first, the other way round, and drawn ones."""
    count = len(prompts())
    first, last = names[0], names[-1]
    batches = [
        [(last if index == 0 else first, index % count) for index in range(BATCH)],
        [(last if index == BATCH - 1 else first, index % count) for index in range(BATCH)],
    ]
    chance = random.Random(7)  # noqa: S311 - which goes where, no secret
    for _ in range(MIXED_BATCHES - len(batches)):
        batch = [(names[index % len(names)], index % count) for index in range(BATCH)]
        chance.shuffle(batch)
        batches.append(batch)
    return batches


async def _at_once(backend: Backend, batch: Sequence[tuple[str, int]]) -> list[Completion]:
    asked = prompts()
    return await asyncio.gather(*(backend.complete(_request(name, asked[index])) for name, index in batch))


async def _refusals(backend: Backend, name: str, found: Checked, tell: Callable[[str], None]) -> None:
    """What is wrong with a request must be refused by the server, not answered and not a failure of it."""
    long = ((("user", "word " * 400_000)),)
    cases = {
        "an unknown model": _request(f"{name}-that-is-not-there", prompts()[0]),
        "a prompt that is too long": _request(name, long),
        "too many tokens": _request(name, prompts()[0], max_tokens=100_000_000),
        "a bad temperature": _request(name, prompts()[0], temperature=-3.0),
    }
    for what, request in cases.items():
        try:
            await backend.complete(request)
        except Rejected:
            continue
        except BackendError as error:
            found.wrong.append(f"{what} was not refused but failed: {type(error).__name__}: {error}")
        else:
            found.answered.append(what)
            found.notes.append(f"{what} was answered, not refused.")
    if not found.wrong:
        tell(f"refusals: {len(cases)} wrong requests tried, {len(found.answered)} answered all the same")


async def _structured(backend: Backend, name: str, found: Checked, tell: Callable[[str], None]) -> None:
    """Whether a JSON schema leads the answer: a note, for not every system needs it."""
    lead = {"type": "json_schema", "json_schema": {"name": "answer", "schema": _SCHEMA, "strict": True}}
    asked = Request(
        name,
        (("user", "Is the sea wet? Answer as JSON."),),
        Sampling(temperature=0.0, max_tokens=ANSWER_TOKENS, seed=7),
        {"response_format": lead},
    )
    try:
        answer = await backend.complete(asked)
    except BackendError as error:
        found.structured = False
        found.notes.append(f"structured outputs are not taken: {error}")
        return
    found.structured = followed = "".join(answer.text.split()) in ('{"answer":"yes"}', '{"answer":"no"}')
    cut = answer.finish_reason == "length" and not followed
    why = ", cut off: a weak model may pad JSON with blanks, which a server can forbid" if cut else ""
    found.notes.append(f"structured outputs: {'followed' if followed else f'not followed{why}'}.")


@transaction.atomic
def keep_check(address: str, found: Checked) -> BackendCheck:
    """Store what a check found; the latest of an address counts.

    If adapters may not be mixed there, active runs that do so pause, and say why: what they had sent comes
    back to them, and nothing more is sent.
    """
    check = BackendCheck.objects.create(
        address=address,
        names=found.names,
        mixes=found.mixes,
        passed=found.passed,
        result=found.as_dict(),
    )
    if not found.mixes:
        mixing = Run.objects.filter(state=Run.State.ACTIVE, mix_adapters=True).order_by("pk")
        for run in mixing.select_for_update(no_key=True):
            if address in _asked_in(run.frozen_settings):
                run.state, run.pause_reason = Run.State.PAUSED, Reason("not-mixed", address=address)
                run.save(update_fields=["state", "pause_reason"])
                record(who="console", verb="run paused", about=run.code, reason=run.pause_reason)
    return check


def _asked_in(settings: Mapping[str, Any]) -> dict[str, set[str]]:
    """The models and adapters that a run with these settings asks for, by address."""
    asked: dict[str, set[str]] = {}
    for record_of in settings["systems"].values():
        spec = SystemSpec.from_record(record_of)
        for stage in spec.stages:
            address = address_in(settings, spec.slug, stage.name)
            if not address.startswith("fake:"):
                asked.setdefault(address, set()).add(asked_name(stage))
    return asked


def require_mixing(settings: Mapping[str, Any]) -> None:
    """Refuse to mix adapters at an address whose latest check did not show that it can, for these models.

    `settings` are those that a run freezes.
    """
    faults = []
    for address, names in _asked_in(settings).items():
        check = BackendCheck.objects.filter(address=address).first()
        fix = f"run check_backend with --base-url {address}, or remove --mix-adapters."
        if check is None:
            faults.append(
                InputError(address, 1, 1, "mixed batches of adapters were never checked here.", fix)
            )
        elif not check.mixes:
            message = "adapters gave different texts in mixed batches than alone."
            faults.append(InputError(address, 1, 1, message, "remove --mix-adapters."))
        elif strangers := sorted(names - set(check.names)):
            message = f"the check of this address didn't include {', '.join(strangers)}."
            faults.append(InputError(address, 1, 1, message, fix))
    if faults:
        raise InputErrors(faults)


@contextmanager
def checking(address: str) -> Iterator[bool]:
    """Keep jobs from being claimed at an address meanwhile; false where another check does so already."""
    ours, shut = f"check of {address}", f"claims at {address}"
    if not call_lock_function("pg_try_advisory_lock", ours):
        yield False
        return
    try:
        call_lock_function("pg_advisory_lock", shut)  # waits some milliseconds for claims
        yield True
    finally:
        call_lock_function("pg_advisory_unlock", shut)
        call_lock_function("pg_advisory_unlock", ours)


def is_checked(address: str) -> bool:
    """Whether a check is under way at an address; if not, none begins before this transaction's end."""
    return not call_lock_function("pg_try_advisory_xact_lock_shared", f"claims at {address}")
