"""Keeping what came back: as a stage's output, as refused, or as a request without an answer.

Only whoever still holds a job's lease keeps anything; an answer is judged before the rows are locked, and
many are written in one transaction. With the last stage's output the script is made in the same one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import tenacity
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from generation import pipelines
from generation.asking import Asked, Ended
from generation.backends import BackendError, Completion
from generation.faults import Faults
from generation.lanes import fail, held, release
from generation.models import Attempt, Job, Run, StageOutput, System
from generation.pipelines import SystemSpec, Verdict
from generation.screenplay import canonical_text, digest
from generation.screenplay.text import TextTooLarge
from generation.services import add_script
from generation.spending import used
from generation.stages import lane_of

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 120.0
_doubling = tenacity.wait_exponential(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S)
_spread = tenacity.wait_random(0.0, 0.5)


@dataclass(frozen=True, slots=True)
class Back:
    """A request that has come back, with its answer or its error, and what was judged of an answer."""

    asked: Asked
    answer: Completion | BackendError
    verdict: Verdict | None = None


def judged(asked: Asked, answer: Completion | BackendError) -> Back:
    """Say whether an answer may go on. Takes some milliseconds and no database."""
    if isinstance(answer, BackendError):
        return Back(asked, answer)
    ready = asked.ready
    verdict = pipelines.judge(ready.stage, answer, ready.job.brief.language, ready.content)
    return Back(asked, answer, verdict)


@dataclass(frozen=True, slots=True)
class Kept:
    """What one call has kept. `going_on` are the jobs that are still held and ask again in the same lane."""

    going_on: list[tuple[Job, str]]
    lost: int


@transaction.atomic
def keep(run: Run, backs: Sequence[Back], *, active: bool = True) -> Kept:
    """Record what has come back. With `active` false no job is held any longer than that takes."""
    mine = held({back.asked.job.pk: back.asked.lease for back in backs})
    open_ones = set(
        Attempt.objects.filter(
            pk__in=[back.asked.attempt.pk for back in backs], outcome=Attempt.Outcome.SENT
        ).values_list("pk", flat=True)
    )
    ours = [back for back in backs if back.asked.job.pk in mine]
    fresh = [back for back in ours if back.asked.attempt.pk in open_ones]
    # Kept already, but the connection broke before that was told: their next step is looked up anew.
    release((back.asked.job, back.asked.lease) for back in ours if back.asked.attempt.pk not in open_ones)
    _write(run, fresh)
    going_on: list[tuple[Job, str]] = []
    last: list[Back] = []
    for back in sorted(fresh, key=lambda each: (each.asked.job.system_id, each.asked.job.pk)):
        if isinstance(back.answer, BackendError):
            _failed(back, back.answer)
        elif back.verdict is not None and back.verdict.ok and _is_last(back):
            last.append(back)
        elif _same_lane(run, back) and active:
            going_on.append((back.asked.job, back.asked.lease))
        else:
            _move_on(run, back)
    _complete(last)
    return Kept(going_on, len(backs) - len(fresh))


def _write(run: Run, backs: Sequence[Back]) -> None:
    rows = [_row(run, back) for back in backs]
    Attempt.objects.bulk_update(
        rows,
        [
            "outcome",
            "reason",
            "finished_at",
            "answer",
            "prompt_tokens",
            "completion_tokens",
            "cost",
            "estimated",
        ],
    )
    StageOutput.objects.bulk_create(
        _output(back, back.answer)
        for back in backs
        if isinstance(back.answer, Completion) and back.verdict is not None and back.verdict.ok
    )


def _row(run: Run, back: Back) -> Attempt:
    """The attempt as it ended, with what it has used."""
    attempt, ready = back.asked.attempt, back.asked.ready
    attempt.finished_at = timezone.now()
    if isinstance(back.answer, BackendError):
        attempt.outcome = Attempt.Outcome.ERROR
        attempt.reason = f"{type(back.answer).__name__}: {back.answer}"[:2000]
        if not back.answer.worked:  # else it stays counted at its estimate
            attempt.prompt_tokens = attempt.completion_tokens = attempt.cost = 0
        return attempt
    verdict = back.verdict or Verdict(False)
    attempt.outcome = Attempt.Outcome.OK if verdict.ok else Attempt.Outcome.REFUSED
    attempt.reason = verdict.reason
    attempt.answer = _answer(back.answer, verdict)
    if (use := used(run.prices, ready.spec.slug, ready.stage.name, back.answer)) is not None:
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


def _output(back: Back, completion: Completion) -> StageOutput:
    text = canonical_text(completion.text)
    request = back.asked.request
    return StageOutput(
        job=back.asked.job,
        stage=back.asked.ready.stage.name,
        attempt=back.asked.attempt,
        text=text,
        digest=digest(text),
        model_asked=request.model,
        model_answered=completion.model[:200],
        sampling=request.sampling.as_dict(),
        seed=request.sampling.seed,
        usage=completion.usage,
        finish_reason=completion.finish_reason[:40],
    )


def _is_last(back: Back) -> bool:
    return back.asked.ready.stage.name == back.asked.ready.spec.stages[-1].name


def _next_stage(back: Back) -> pipelines.StageSpec:
    """The stage that comes after an answer: the same again where it was refused."""
    ready = back.asked.ready
    names = [stage.name for stage in ready.spec.stages]
    ok = back.verdict is not None and back.verdict.ok
    return ready.spec.stages[names.index(ready.stage.name) + (1 if ok else 0)]


def _same_lane(run: Run, back: Back) -> bool:
    ready = back.asked.ready
    lane = lane_of(run.frozen_settings, ready.spec, _next_stage(back), mix=run.mix_adapters)
    return lane == ready.lane


def _move_on(run: Run, back: Back) -> None:
    """Let the job wait in the lane of its next stage."""
    stage = _next_stage(back)
    lane = lane_of(run.frozen_settings, back.asked.ready.spec, stage, mix=run.mix_adapters)
    Job.objects.filter(pk=back.asked.job.pk).update(
        state=Job.State.WAITING,
        lease="",
        leased_until=None,
        not_before=None,
        stage=stage.name,
        address=lane.address,
        model=lane.model,
    )


def _failed(back: Back, error: BackendError) -> None:
    """Let the job wait for another try, or end it if that is no use."""
    job, lease = back.asked.job, back.asked.lease
    Job.objects.filter(pk=job.pk).update(tries=F("tries") + 1)
    job.tries += 1
    if error.again:
        release([(job, lease)], wait_s=wait_before(job.tries, error.retry_after))
    else:
        fail(job, lease, f"{type(error).__name__}: {error}")


def wait_before(number: int, retry_after: float | None, *, spread: bool = True) -> float:
    """Seconds until the next try: what the server asked for, else doubling from one second; a little spread,
    so that what failed together does not come back together.
    """
    state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    state.attempt_number = number
    wait = max(retry_after or 0.0, _doubling(state))
    return wait + (_spread(state) if spread else 0.0)


def _complete(backs: Sequence[Back]) -> None:
    """Make the scripts of jobs whose last output stands. Systems are locked in one order by all workers."""
    systems = sorted({back.asked.job.system_id for back in backs})
    list(System.objects.select_for_update(no_key=True).filter(pk__in=systems).order_by("pk"))
    for back in backs:
        complete(back.asked.job, back.asked.lease, back.asked.ready.spec)


def complete(job: Job, lease: str, spec: SystemSpec) -> bool:
    """Make the job's script from its last stage's output. Its lease must hold."""
    output = job.outputs.get(stage=spec.stages[-1].name)
    text, reason = pipelines.taken(spec.stages[-1], output.text)
    if reason:
        fail(job, lease, reason)
        return False
    refused = job.attempts.filter(outcome=Attempt.Outcome.REFUSED).count()
    try:
        added = add_script(
            brief=job.brief,
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
    Job.objects.filter(pk=job.pk, lease=lease, state=Job.State.CLAIMED).update(
        state=Job.State.DONE, lease="", leased_until=None, error=note, done_at=Now()
    )
    return True


@transaction.atomic
def end(ended: Ended, spec: SystemSpec) -> None:
    """End a job that asks no more: with its script if its last output stands, else failed."""
    if ended.job.pk not in held({ended.job.pk: ended.lease}):
        return
    if ended.reason:
        fail(ended.job, ended.lease, ended.reason)
    else:
        complete(ended.job, ended.lease, spec)


def _storable(text: str) -> str:
    try:
        return canonical_text(text)[:200_000]
    except TextTooLarge:
        return canonical_text(text[:200_000])
