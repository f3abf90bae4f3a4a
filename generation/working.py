"""Doing a run's work: claim jobs, ask their next stage, keep what came back.

What a job does next follows from its stage outputs, so going on after a crash needs nothing else. An
attempt is written before its request is sent; an answer is kept only by whoever still holds the job's
lease. Any number of workers may work on one run: jobs are claimed with SKIP LOCKED, by the database's
clock. Requests run in threads, rows are written by the thread that called.
"""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from evalsite.core.codes import random_code
from generation import pipelines
from generation.backends import Backend, BackendError, Completion, Request
from generation.backends.fake import FakeBackend
from generation.backends.openai import OpenAIBackend
from generation.faults import Faults
from generation.models import Attempt, Brief, Job, Run, StageOutput
from generation.pipelines import StageSpec, SystemSpec
from generation.prompts import PromptFault, load
from generation.screenplay import canonical_text, digest
from generation.screenplay.text import TextTooLarge
from generation.services import add_script

LEASE = timedelta(seconds=60)
RENEW_S = 15.0
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 120.0
_FAILED = (Attempt.Outcome.ERROR, Attempt.Outcome.LOST)

MakeBackend = Callable[[SystemSpec, str], Backend]


def make_backend(spec: SystemSpec, address: str) -> Backend:
    """The backend of a system at an address."""
    if spec.backend.kind == "fake":
        return FakeBackend(behaviour=spec.backend.behaviour, every=spec.backend.every)
    return OpenAIBackend(address, key_env=spec.backend.key_env, timeout=spec.backend.timeout)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is under way, and the row that was written before it."""

    job: Job
    lease: str
    stage: StageSpec
    request: Request
    attempt: Attempt
    language: str


@transaction.atomic
def claim(run: Run, *, most: int) -> tuple[str, list[Job]]:
    """Take up to `most` jobs that wait or whose lease ran out, under one new lease code."""
    due = Q(state=Job.State.WAITING) & (Q(not_before=None) | Q(not_before__lte=Now()))
    lost = Q(state=Job.State.CLAIMED, leased_until__lt=Now())
    jobs = list(
        Job.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(due | lost, run=run, run__state=Run.State.ACTIVE)
        .select_related("system", "brief__series")
        .order_by("pk")[:most]
    )
    lease = random_code(16)
    keys = [job.pk for job in jobs]
    _lose(Attempt.objects.filter(job__in=keys, outcome=Attempt.Outcome.SENT))
    Job.objects.filter(pk__in=keys).update(state=Job.State.CLAIMED, lease=lease, leased_until=Now() + LEASE)
    return lease, jobs


def _lose(attempts: QuerySet[Attempt]) -> None:
    """Attempts whose worker went away before their answer was kept."""
    jobs = list(attempts.values_list("job", flat=True))
    attempts.update(
        outcome=Attempt.Outcome.LOST, finished_at=Now(), reason="the worker that sent it went away"
    )
    Job.objects.filter(pk__in=jobs).update(tries=F("tries") + 1)


def renew(leases: dict[int, str]) -> None:
    """Hold jobs for longer; one whose lease is another's by now is left alone."""
    for key, lease in leases.items():
        Job.objects.filter(pk=key, lease=lease, state=Job.State.CLAIMED).update(leased_until=Now() + LEASE)


def release(job: Job, lease: str, *, wait_s: float = 0.0) -> None:
    """Give a job back, to be claimed again after a while."""
    Job.objects.filter(pk=job.pk, lease=lease, state=Job.State.CLAIMED).update(
        state=Job.State.WAITING, lease="", leased_until=None, not_before=Now() + timedelta(seconds=wait_s)
    )


def fail(job: Job, lease: str, reason: str) -> None:
    """End a job without a script, and say why."""
    Job.objects.filter(pk=job.pk, lease=lease, state=Job.State.CLAIMED).update(
        state=Job.State.FAILED, lease="", leased_until=None, error=reason[:2000], done_at=Now()
    )


def next_request(job: Job, lease: str, spec: SystemSpec) -> Asked | None:
    """Write the attempt for the job's next stage; None when the job has ended instead, done or failed."""
    if reason := _out_of_budget(job, spec) or _changed(job, spec):
        fail(job, lease, reason)
        return None
    outputs = {output.stage: output.text for output in job.outputs.all()}
    stage = next((stage for stage in spec.stages if stage.name not in outputs), None)
    if stage is None:
        complete(job, lease, spec)
        return None
    answers = {
        each.name: pipelines.taken(each, outputs[each.name])[0]
        for each in spec.stages
        if each.name in outputs
    }
    before = job.attempts.filter(stage=stage.name)
    number = before.count() + 1
    draw = before.filter(outcome=Attempt.Outcome.REFUSED).count() + 1
    seed = pipelines.seed_of(job.run.digest, job.system.slug, job.brief.slug, job.sample, stage.name, draw)
    try:
        request = pipelines.prepare(stage, job.brief.content(), answers, seed)
    except PromptFault as fault:
        fail(job, lease, str(fault))
        return None
    attempt = Attempt.objects.create(
        job=job,
        stage=stage.name,
        number=number,
        prompt_digest=pipelines.prompt_digest(request),
        request=pipelines.request_record(request),
    )
    return Asked(job, lease, stage, request, attempt, job.brief.language)


def _out_of_budget(job: Job, spec: SystemSpec) -> str:
    """Why a job may not ask again: refused answers count for good, failed requests since the last retry."""
    refused = job.attempts.filter(outcome=Attempt.Outcome.REFUSED)
    if (count := refused.count()) >= spec.tries:
        return f"answers refused: {count}; the last: {refused.latest('pk').reason}"
    tries = Job.objects.values_list("tries", flat=True).get(pk=job.pk)
    if tries > spec.retries:
        failed = job.attempts.filter(outcome__in=_FAILED)
        return f"requests failed: {tries}; the last: {failed.latest('pk').reason}"
    return ""


def _changed(job: Job, spec: SystemSpec) -> str:
    """Why a job may not go on: what the run has frozen is not what is here."""
    frozen = job.run.frozen_settings
    if frozen["briefs"].get(job.brief.slug) != job.brief.digest:
        return "the brief has changed since the run was planned"
    for stage in spec.stages:
        try:
            now = load(stage.prompt, job.brief.language)
        except PromptFault as fault:
            return str(fault)
        if frozen["prompts"].get(f"{now.name}.{now.language}") != now.digest:
            return f"prompt {now.name}.{now.language} has changed since the run was planned"
    return ""


@transaction.atomic
def keep(asked: Asked, completion: Completion) -> str:
    """Record an answer:

    as the stage's output, or as refused. Returns the outcome; `lost` when the lease is another's.
    """
    if not _still_held(asked):
        return Attempt.Outcome.LOST
    verdict = pipelines.judge(asked.stage, completion, asked.language)
    attempt = asked.attempt
    attempt.outcome = Attempt.Outcome.OK if verdict.ok else Attempt.Outcome.REFUSED
    attempt.reason = verdict.reason
    attempt.finished_at = timezone.now()
    attempt.answer = {
        "model": completion.model[:200],
        "finish_reason": completion.finish_reason[:40],
        "usage": completion.usage,
        "seconds": round(completion.latency, 3),
        "id": completion.id[:200],
        **({} if verdict.ok else {"text": _storable(completion.text)}),
    }
    attempt.save()
    if verdict.ok:
        text = canonical_text(completion.text)
        StageOutput.objects.create(
            job=asked.job,
            stage=asked.stage.name,
            attempt=attempt,
            text=text,
            digest=digest(text),
            model_asked=asked.request.model,
            model_answered=completion.model[:200],
            sampling=asked.request.sampling.as_dict(),
            seed=asked.request.sampling.seed,
            usage=completion.usage,
            finish_reason=completion.finish_reason[:40],
        )
    return str(attempt.outcome)


@transaction.atomic
def keep_error(asked: Asked, error: BackendError) -> None:
    """Record a request that brought no answer; the job waits for another try, or ends if that is no use."""
    if not _still_held(asked):
        return
    Attempt.objects.filter(pk=asked.attempt.pk).update(
        outcome=Attempt.Outcome.ERROR, finished_at=Now(), reason=f"{type(error).__name__}: {error}"[:2000]
    )
    Job.objects.filter(pk=asked.job.pk).update(tries=F("tries") + 1)
    if not error.again:
        fail(asked.job, asked.lease, f"{type(error).__name__}: {error}")
        return
    release(asked.job, asked.lease, wait_s=wait_before(asked.attempt.number, error.retry_after))


def wait_before(number: int, retry_after: float | None) -> float:
    """Seconds until the next try: what the server asked for, else doubling from one second."""
    doubled = min(FIRST_WAIT_S * 2 ** min(number - 1, 20), LONGEST_WAIT_S)
    return max(retry_after or 0.0, doubled)


def _still_held(asked: Asked) -> bool:
    held = Job.objects.select_for_update().filter(pk=asked.job.pk, lease=asked.lease, state=Job.State.CLAIMED)
    return held.exists()


@transaction.atomic
def complete(job: Job, lease: str, spec: SystemSpec) -> bool:
    """Make the job's script from its last stage's output, if the lease still holds."""
    held = Job.objects.select_for_update().filter(pk=job.pk, lease=lease, state=Job.State.CLAIMED)
    if not held.exists():
        return False
    output = job.outputs.get(stage=spec.stages[-1].name)
    text, reason = pipelines.taken(spec.stages[-1], output.text)
    if reason:
        fail(job, lease, reason)
        return False
    refused = job.attempts.filter(outcome=Attempt.Outcome.REFUSED).count()
    try:
        added = add_script(
            brief=Brief.objects.get(pk=job.brief_id),
            system=job.system,
            text=text,
            sample=job.sample,
            finish_reason=output.finish_reason,
            redraws=refused,
            job=job,
        )
    except Faults as faults:
        fail(job, lease, faults.faults[0].message)
        return False
    note = "" if added.created else f"equal to that of sample {added.script.sample}"
    held.update(state=Job.State.DONE, lease="", leased_until=None, error=note, done_at=Now())
    return True


def _storable(text: str) -> str:
    try:
        return canonical_text(text)[:200_000]
    except TextTooLarge:
        return canonical_text(text[:200_000])


@dataclass(frozen=True, slots=True)
class Worked:
    """What one call has done. `wait_s` is the time until the next job is due; None when nothing waits."""

    requests: int
    wait_s: float | None


class Worker:
    """Works on one run. `make` gives a system's backend, `clock` counts seconds."""

    def __init__(
        self, run: Run, *, make: MakeBackend = make_backend, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.run = run
        self.specs = {
            slug: SystemSpec.from_record(each) for slug, each in run.frozen_settings["systems"].items()
        }
        self.clock = clock
        self._make = make
        self._backends: dict[str, Backend] = {}
        self._flying: dict[Future[Completion], Asked] = {}
        self._requests = 0
        self._room = max((spec.in_flight for spec in self.specs.values()), default=1)

    def work(self, *, seconds: float = 240.0, on_change: Callable[[], None] = lambda: None) -> Worked:
        """Ask and keep until nothing can be claimed or the time is over; what is under way is waited for."""
        deadline = self.clock() + seconds
        with ThreadPoolExecutor(self._room) as pool:
            try:
                while self._fill(pool, deadline) or self._flying:
                    self._collect(pool, deadline)
                    on_change()
            finally:
                for asked in self._flying.values():  # only when interrupted: whoever comes next goes on
                    release(asked.job, asked.lease)
                self._flying = {}
                for backend in self._backends.values():
                    backend.close()
                self._backends = {}
        finish(self.run)
        return Worked(self._requests, due_in(self.run))

    def _fill(self, pool: ThreadPoolExecutor, deadline: float) -> bool:
        """Claim as many jobs as there is room for; whether any was claimed."""
        room = self._room - len(self._flying)
        if room <= 0 or self.clock() >= deadline:
            return False
        lease, jobs = claim(self.run, most=room)
        for job in jobs:
            self._ask(pool, job, lease)
        return bool(jobs)

    def _ask(self, pool: ThreadPoolExecutor, job: Job, lease: str) -> None:
        job.run = self.run
        asked = next_request(job, lease, self.specs[job.system.slug])
        if asked is not None:
            backend = self._backend(job.system.slug)
            self._flying[pool.submit(backend.complete, asked.request)] = asked
            self._requests += 1

    def _backend(self, slug: str) -> Backend:
        if slug not in self._backends:
            self._backends[slug] = self._make(self.specs[slug], self.run.frozen_settings["addresses"][slug])
        return self._backends[slug]

    def _collect(self, pool: ThreadPoolExecutor, deadline: float) -> None:
        """Keep what has come back; a job whose answer was kept or refused goes on while there is time."""
        done, _ = wait(self._flying, timeout=RENEW_S, return_when=FIRST_COMPLETED)
        renew({asked.job.pk: asked.lease for asked in self._flying.values()})
        for future in done:
            asked = self._flying.pop(future)
            error = future.exception()
            if isinstance(error, BackendError):
                keep_error(asked, error)
            elif error is not None:
                raise error
            elif keep(asked, future.result()) != Attempt.Outcome.LOST:
                self._go_on(pool, asked, deadline)

    def _go_on(self, pool: ThreadPoolExecutor, asked: Asked, deadline: float) -> None:
        active = Run.objects.filter(pk=self.run.pk, state=Run.State.ACTIVE).exists()
        ended = len(asked.job.outputs.all()) == len(self.specs[asked.job.system.slug].stages)
        if ended or (active and self.clock() < deadline):
            self._ask(pool, asked.job, asked.lease)
        else:
            release(asked.job, asked.lease)


def finish(run: Run) -> bool:
    """Mark a run done when none of its jobs waits or is under way."""
    if run.jobs.filter(state__in=[Job.State.WAITING, Job.State.CLAIMED]).exists():
        return False
    ended = Run.objects.filter(pk=run.pk, state=Run.State.ACTIVE).update(state=Run.State.DONE, ended_at=Now())
    return bool(ended)


def due_in(run: Run) -> float | None:
    """Seconds until the next job of a run can be claimed; None when none waits, or the run is not active."""
    waiting = run.jobs.filter(state=Job.State.WAITING, run__state=Run.State.ACTIVE)
    if not waiting.exists():
        return None
    if waiting.filter(not_before=None).exists():
        return 0.0
    first = waiting.aggregate(first=Min("not_before"))["first"]
    return max(0.0, (first - timezone.now()).total_seconds())
