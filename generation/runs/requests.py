"""What a job asks next, and writing it down before it is sent.

What comes next follows from a job's stage outputs and attempts, so going on after a crash needs nothing
else. Requests are made ahead of time and wait in memory; their attempts are written in one transaction just
before they are sent, and only while the lease, the run and its limits allow it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from evalsite.core.reason_codes import Reason, reason_of
from generation import pipelines
from generation.backends import Request
from generation.models import Attempt, Job, Prompt, Run, StageOutput
from generation.pipelines import StageSpec, SystemSpec
from generation.prompts import PromptError
from generation.runs.addresses import Lane, lane_of
from generation.runs.lanes import lock_leased_jobs
from generation.runs.spending import Use, fitting, reserved

REFUSED_FOR_GOOD = "answers-refused"
"""The reason of a job whose answers were refused as often as allowed."""

_FAILED = (Attempt.Outcome.ERROR, Attempt.Outcome.LOST)


@dataclass(slots=True)
class History:
    """What a job has behind it: its outputs by stage, and how its attempts ended, in order."""

    outputs: dict[str, str] = field(default_factory=dict)
    attempts: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Stage, outcome, reason, and the reason in the model's next message."""

    def of(self, stage: str) -> list[tuple[str, str, str, str]]:
        return [each for each in self.attempts if each[0] == stage]

    def refused(self, stage: str) -> list[tuple[str, str, str, str]]:
        return [each for each in self.of(stage) if each[1] == Attempt.Outcome.REFUSED]

    def last_failure(self) -> str:
        return next((each[2] for each in reversed(self.attempts) if each[1] in _FAILED), "")


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A request that may be sent, of a leased job."""

    job: Job
    lease: str
    spec: SystemSpec
    stage: StageSpec
    lane: Lane
    request: Request
    number: int
    use: Use
    """What is reserved for it."""
    content: dict[str, Any]
    """Of what the job works on."""
    answers: dict[str, str]
    """What earlier stages gave: rules compare with it."""


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request that is under way, and the row that was written before it."""

    ready: PreparedRequest
    attempt: Attempt

    @property
    def job(self) -> Job:
        return self.ready.job

    @property
    def lease(self) -> str:
        return self.ready.lease

    @property
    def request(self) -> Request:
        return self.ready.request


@dataclass(frozen=True, slots=True)
class FinishedJob:
    """A job that asks no more: `reason` says why it failed; it is empty where its last output is final."""

    job: Job
    lease: str
    reason: str = ""


def histories(jobs: Sequence[Job]) -> dict[int, History]:
    """The histories of jobs, by their key."""
    found: dict[int, History] = defaultdict(History)
    keys = [job.pk for job in jobs]
    for key, stage, text in StageOutput.objects.filter(job__in=keys).values_list("job", "stage", "text"):
        found[key].outputs[stage] = text
    attempts = Attempt.objects.filter(job__in=keys).order_by("pk")
    for key, stage, outcome, reason, why in attempts.values_list(
        "job", "stage", "outcome", "reason", "answer__why"
    ):
        found[key].attempts.append((stage, outcome, reason, why or ""))
    return found


def next_step(
    job: Job, lease: str, run: Run, spec: SystemSpec, history: History, content: dict[str, Any]
) -> PreparedRequest | FinishedJob:
    """The request of a job's next stage, or why there is none. `content` is that of its subject."""
    stage = next((each for each in spec.stages if each.name not in history.outputs), None)
    if stage is None:
        return FinishedJob(job, lease)
    if reason := _out_of_tries(job, spec, stage, history) or _changed(job, run, stage):
        return FinishedJob(job, lease, reason)
    draw = len(history.refused(stage.name)) + 1
    seed = pipelines.seed_of(run.digest, spec.slug, job.about, job.sample, stage.name, draw)
    told = [why for *_, why in history.refused(stage.name)]
    try:
        answers = pipelines.answers_of(spec.stages, history.outputs, content["language"])
        request = pipelines.prepare(stage, content, answers, seed, told)
    except PromptError as fault:
        return FinishedJob(job, lease, reason_of(str(fault)))
    return PreparedRequest(
        job=job,
        lease=lease,
        spec=spec,
        stage=stage,
        lane=lane_of(run.frozen_settings, spec, stage, mix=run.mix_adapters),
        request=request,
        number=len(history.of(stage.name)) + 1,
        use=reserved(run.prices, spec.slug, stage.name, request),
        content=content,
        answers=answers,
    )


def _out_of_tries(job: Job, spec: SystemSpec, stage: StageSpec, history: History) -> str:
    """Why a job may not ask again: refused answers count for good, failed requests since the last retry."""
    refused = history.refused(stage.name)
    if len(refused) >= spec.tries_of(stage):
        return Reason(REFUSED_FOR_GOOD, count=len(refused), reason=refused[-1][2])
    if job.tries > spec.retries:
        return Reason("requests-failed", count=job.tries, reason=history.last_failure())
    return ""


def _changed(job: Job, run: Run, stage: StageSpec) -> str:
    """Why a job may not go on: what the run has frozen is not what is here."""
    frozen = run.frozen_settings
    if job.brief is not None and frozen["briefs"].get(job.brief.slug) != job.brief.digest:
        return Reason("brief-changed")
    try:
        now = stage.template(job.language)
    except PromptError as fault:
        return reason_of(str(fault))
    if frozen["prompts"].get(f"{now.name}.{now.language}") != now.digest:
        return Reason("prompt-changed", prompt=f"{now.name}.{now.language}")
    return ""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of requests that were to be sent.

    `asked` are written and must be sent now; `gone` have lost their lease; `left` do not fit the limits, for
    `reason`; with `stopped` the run is not active any more.
    """

    asked: list[SentRequest]
    gone: list[PreparedRequest]
    left: list[PreparedRequest]
    reason: str = ""
    stopped: bool = False


@transaction.atomic
def write_attempts(run: Run, batch: Sequence[PreparedRequest]) -> Written:
    """Write an attempt for each request that may be sent. May be called again after a broken connection."""
    # Locked only where there is a limit: two workers must not spend the same rest of it.
    now = Run.objects.filter(pk=run.pk, state=Run.State.ACTIVE)
    limited = run.limit_tokens is not None or run.limit_cost is not None
    if (fresh := (now.select_for_update(no_key=True) if limited else now).first()) is None:
        return Written([], [], list(batch), stopped=True)
    mine = lock_leased_jobs({each.job.pk: each.lease for each in batch})
    ours = [each for each in batch if each.job.pk in mine]
    known = _written_before(ours)
    count, reason = fitting(fresh, [each.use for each in ours if _key(each) not in known])
    new = [each for each in ours if _key(each) not in known][:count]
    rows = Attempt.objects.bulk_create(_attempt(run, each) for each in new)
    _keep_messages(rows, new)
    asked = [SentRequest(each, row) for each, row in zip(new, rows, strict=True)]
    asked += [SentRequest(each, known[_key(each)]) for each in ours if _key(each) in known]
    sent = {each.job.pk for each in asked}
    gone = [each for each in batch if each.job.pk not in mine]
    return Written(asked, gone, [each for each in ours if each.job.pk not in sent], reason)


def _key(ready: PreparedRequest) -> tuple[int, str, int]:
    return ready.job.pk, ready.stage.name, ready.number


def _written_before(batch: Sequence[PreparedRequest]) -> dict[tuple[int, str, int], Attempt]:
    """Attempts that were written already: the connection broke before it said so."""
    keys = {_key(each) for each in batch}
    found = Attempt.objects.filter(job__in=[each.job.pk for each in batch], outcome=Attempt.Outcome.SENT)
    attempts = {(each.job_id, each.stage, each.number): each for each in found}
    return {key: each for key, each in attempts.items() if key in keys}


def _attempt(run: Run, ready: PreparedRequest) -> Attempt:
    return Attempt(
        job=ready.job,
        run=run,
        stage=ready.stage.name,
        address=ready.lane.address,
        number=ready.number,
        prompt_digest=pipelines.prompt_digest(ready.request),
        request=pipelines.request_record(ready.request),
        prompt_tokens=ready.use.prompt,
        completion_tokens=ready.use.completion,
        cost=ready.use.cost,
    )


def _keep_messages(rows: Iterable[Attempt], batch: Sequence[PreparedRequest]) -> None:
    """The exact messages, once for all requests that share them."""
    prompts = {
        row.prompt_digest: [list(message) for message in each.request.messages]
        for row, each in zip(rows, batch, strict=True)
    }
    Prompt.objects.bulk_create(
        [Prompt(digest=key, messages=messages) for key, messages in sorted(prompts.items())],
        ignore_conflicts=True,
    )
