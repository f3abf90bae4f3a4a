"""Keeping what came back: as a stage's output, as refused, or as a request without an answer.

Only the owner of a job's lease stores anything; an answer is judged before the rows are locked, and
many are written in one transaction. With the last stage's output the script is made in the same one.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import tenacity
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from evalsite.core.errors import InputError
from evalsite.core.reason_codes import Reason
from generation import pipelines
from generation.backends import BackendError, Completion
from generation.models import Attempt, Job, Run, StageOutput
from generation.pipelines import SystemSpec, Verdict
from generation.runs.addresses import backend_of, lane_of, sent_of
from generation.runs.lanes import fail, lock_leased_jobs, release
from generation.runs.requests import FinishedJob, SentRequest
from generation.runs.spending import used
from generation.screenplay import canonical_text, digest
from generation.screenplay.text import TextTooLarge
from generation.services import NewScript, add_scripts

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 120.0
_doubling = tenacity.wait_exponential(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S)
_spread = tenacity.wait_random(0.0, 0.5)


@dataclass(frozen=True, slots=True)
class Response:
    """A request that has come back, with its answer or its error, and what was judged of an answer."""

    asked: SentRequest
    answer: Completion | BackendError
    verdict: Verdict | None = None


def validate(asked: SentRequest, answer: Completion | BackendError) -> Response:
    """Say whether an answer may go on. Takes some milliseconds and no database."""
    if isinstance(answer, BackendError):
        return Response(asked, answer)
    ready = asked.ready
    verdict = pipelines.judge(ready.stage, answer, ready.job.language, ready.content, ready.answers)
    return Response(asked, answer, verdict)


@dataclass(frozen=True, slots=True)
class RecordResult:
    """What one call has stored. `going_on` are the jobs with a lease that ask again in the same lane."""

    going_on: list[tuple[Job, str]]
    lost: int


@transaction.atomic
def record(run: Run, responses: Sequence[Response], *, active: bool = True) -> RecordResult:
    """Record what has come back. With `active` false, every job is released afterwards."""
    mine = lock_leased_jobs({response.asked.job.pk: response.asked.lease for response in responses})
    open_ones = set(
        Attempt.objects.filter(
            pk__in=[response.asked.attempt.pk for response in responses], outcome=Attempt.Outcome.SENT
        ).values_list("pk", flat=True)
    )
    ours = [response for response in responses if response.asked.job.pk in mine]
    fresh = [response for response in ours if response.asked.attempt.pk in open_ones]
    # Stored already, but the connection broke before it said so: their next step is looked up again.
    release(
        (response.asked.job, response.asked.lease)
        for response in ours
        if response.asked.attempt.pk not in open_ones
    )
    _write(run, fresh)
    going_on: list[tuple[Job, str]] = []
    last: list[tuple[Job, str, SystemSpec]] = []
    for response in fresh:
        if isinstance(response.answer, BackendError):
            _failed(response, response.answer)
        elif response.verdict is not None and response.verdict.ok and _is_last(response):
            last.append((response.asked.job, response.asked.lease, response.asked.ready.spec))
        elif _same_lane(run, response) and active:
            going_on.append((response.asked.job, response.asked.lease))
        else:
            _move_on(run, response)
    _complete(last)
    return RecordResult(going_on, len(responses) - len(fresh))


_UPDATE = """
UPDATE generation_attempt SET outcome = v.outcome, reason = v.reason::jsonb, finished_at = v.finished_at,
    answer = v.answer::jsonb, prompt_tokens = v.prompt_tokens, completion_tokens = v.completion_tokens,
    cost = v.cost, estimated = v.estimated
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::int[], %s::int[],
    %s::bigint[], %s::boolean[]) AS v(id, outcome, reason, finished_at, answer, prompt_tokens,
    completion_tokens, cost, estimated)
WHERE generation_attempt.id = v.id
"""
_COLUMNS = (
    "pk", "outcome", "reason", "finished_at", "answer",
    "prompt_tokens", "completion_tokens", "cost", "estimated",
)  # fmt: skip


def _write(run: Run, responses: Sequence[Response]) -> None:
    rows = [_row(run, response) for response in responses]
    if not rows:
        return
    # By hand: a bulk update writes a case for every row and field, which takes ten times as long.
    columns = [[_plain(getattr(row, name)) for row in rows] for name in _COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, columns)
    StageOutput.objects.bulk_create(
        _output(response, response.answer)
        for response in responses
        if isinstance(response.answer, Completion) and response.verdict is not None and response.verdict.ok
    )


def _plain(value: object) -> object:
    """A value as PostgreSQL takes it in an array."""
    if isinstance(value, Reason):
        value = value.as_record()
    if value == "":  # no reason
        value = {}
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value) if isinstance(value, str) else value


def _row(run: Run, response: Response) -> Attempt:
    """The attempt as it ended, with what it has used."""
    attempt, ready = response.asked.attempt, response.asked.ready
    attempt.finished_at = timezone.now()
    if isinstance(response.answer, BackendError):
        attempt.outcome = Attempt.Outcome.ERROR
        attempt.reason = response.answer.reason
        if not response.answer.worked:  # else it stays counted at its estimate
            attempt.prompt_tokens = attempt.completion_tokens = attempt.cost = 0
        return attempt
    verdict = response.verdict or Verdict(False)
    attempt.outcome = Attempt.Outcome.OK if verdict.ok else Attempt.Outcome.REFUSED
    attempt.reason = verdict.reason
    attempt.answer = _answer(response.answer, verdict)
    if (use := used(run.prices, ready.spec.slug, ready.stage.name, response.answer)) is not None:
        attempt.prompt_tokens, attempt.completion_tokens = use.prompt, use.completion
        attempt.cost, attempt.estimated = use.cost, False
    return attempt


def _answer(completion: Completion, verdict: Verdict) -> dict[str, object]:
    told: dict[str, object] = {
        "model": completion.model[:200],
        "finish_reason": completion.finish_reason[:40],
        "usage": completion.usage,
        "seconds": round(completion.latency, 3),
        "id": completion.id[:200],
    }
    if completion.fingerprint:
        told["fingerprint"] = completion.fingerprint[:200]
    if not verdict.ok:
        told |= {"text": _storable(completion.text), "why": verdict.why}
    return told


def _output(response: Response, completion: Completion) -> StageOutput:
    text = canonical_text(completion.text)
    request, ready = response.asked.request, response.asked.ready
    sent, ignored = sent_of(request, backend_of(ready.spec, ready.stage))
    return StageOutput(
        job=response.asked.job,
        stage=ready.stage.name,
        attempt=response.asked.attempt,
        text=text,
        digest=digest(text),
        model_asked=request.model,
        model_answered=completion.model[:200],
        sampling=request.sampling.as_dict(),
        sent=sent,
        ignored=ignored,
        seed=request.sampling.seed,
        usage=completion.usage,
        finish_reason=completion.finish_reason[:40],
    )


def _is_last(response: Response) -> bool:
    return response.asked.ready.stage.name == response.asked.ready.spec.stages[-1].name


def _next_stage(response: Response) -> pipelines.StageSpec:
    """The stage that comes after an answer: the same again where it was refused."""
    ready = response.asked.ready
    names = [stage.name for stage in ready.spec.stages]
    ok = response.verdict is not None and response.verdict.ok
    return ready.spec.stages[names.index(ready.stage.name) + (1 if ok else 0)]


def _same_lane(run: Run, response: Response) -> bool:
    ready = response.asked.ready
    lane = lane_of(run.frozen_settings, ready.spec, _next_stage(response), mix=run.mix_adapters)
    return lane == ready.lane


def _move_on(run: Run, response: Response) -> None:
    """Let the job wait in the lane of its next stage."""
    stage = _next_stage(response)
    lane = lane_of(run.frozen_settings, response.asked.ready.spec, stage, mix=run.mix_adapters)
    Job.objects.filter(pk=response.asked.job.pk).update(
        state=Job.State.WAITING,
        lease="",
        leased_until=None,
        not_before=None,
        stage=stage.name,
        address=lane.address,
        model=lane.model,
    )


def _failed(response: Response, error: BackendError) -> None:
    """Let the job wait for another try, or end it if that is no use."""
    job, lease = response.asked.job, response.asked.lease
    Job.objects.filter(pk=job.pk).update(tries=F("tries") + 1)
    job.tries += 1
    if error.again:
        release([(job, lease)], wait_s=wait_before(job.tries, error.retry_after))
    else:
        fail(job, lease, error.reason)


def wait_before(number: int, retry_after: float | None, *, spread: bool = True) -> float:
    """Seconds until the next try: what the server asked for, else doubling from one second; a little spread,
    so that what failed together does not come back together.
    """
    state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    state.attempt_number = number
    wait = max(retry_after or 0.0, _doubling(state))
    return wait + (_spread(state) if spread else 0.0)


def _complete(jobs: Sequence[tuple[Job, str, SystemSpec]]) -> None:
    """Make the scripts of leased jobs whose last outputs are final; of training data the outputs are all."""
    _done([job.pk for job, _, _ in jobs if job.brief is None])
    jobs = [each for each in jobs if each[0].brief is not None]
    if not jobs:
        return
    keys = [job.pk for job, _, _ in jobs]
    outputs = {(output.job_id, output.stage): output for output in StageOutput.objects.filter(job__in=keys)}
    refused = Counter(
        Attempt.objects.filter(job__in=keys, outcome=Attempt.Outcome.REFUSED).values_list("job", flat=True)
    )
    new: list[tuple[Job, str, NewScript]] = []
    for job, lease, spec in jobs:
        output = outputs[job.pk, spec.stages[-1].name]
        text, reason = pipelines.extract_part(spec.stages[-1], output.text)
        if reason:
            fail(job, lease, reason)
            continue
        assert job.brief is not None
        script = NewScript(
            brief=job.brief,
            system=job.system,
            text=text,
            sample=job.sample,
            finish_reason=output.finish_reason,
            redraws=refused[job.pk],
            job=job,
        )
        new.append((job, lease, script))
    notes: dict[str, list[int]] = defaultdict(list)
    added_scripts = add_scripts([script for *_, script in new])
    for (job, lease, _), added in zip(new, added_scripts, strict=True):
        if isinstance(added, InputError):
            fail(job, lease, Reason("no-script"))
        else:
            notes["" if added.created else Reason("equal", sample=added.script.sample)].append(job.pk)
    for note, done in notes.items():
        _done(done, note)


def _done(keys: Sequence[int], note: str = "") -> None:
    if keys:
        Job.objects.filter(pk__in=keys, state=Job.State.CLAIMED).update(
            state=Job.State.DONE, lease="", leased_until=None, error=note, done_at=Now()
        )


@transaction.atomic
def end(ended: FinishedJob, spec: SystemSpec) -> None:
    """End a job that asks no more: with its script if its last output is final, else failed."""
    if ended.job.pk not in lock_leased_jobs({ended.job.pk: ended.lease}):
        return
    if ended.reason:
        fail(ended.job, ended.lease, ended.reason)
    else:
        _complete([(ended.job, ended.lease, spec)])


def _storable(text: str) -> str:
    try:
        return canonical_text(text)[:200_000]
    except TextTooLarge:
        return canonical_text(text[:200_000])
