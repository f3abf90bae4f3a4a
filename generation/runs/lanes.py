"""Leases of jobs: claim, renew, release, fail, and take back those of a lost worker.

A worker claims from one lane at a time: an address, and there one model or adapter (mixed batches have been
seen to answer with the wrong adapter). The leases themselves hold a lane: while any worker has a lease of a
job of another model at an address, no job is claimed there, so the last one drains before the next begins. A
lane that has had an address for `TURN` gives it up when a run waits there that it does not serve: it claims
no more, and once it is empty stays so for `GRACE`, so that the other can begin. All by the database's clock.

Workers with an engine of their own share no server, so nothing that another one holds shuts a lane there.
Each keeps the models of its engine apart (`Worker._claim_at`).
"""

import os
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from evalsite.core.advisory_locks import advisory_lock
from evalsite.core.clock import database_now
from evalsite.core.codes import random_code
from evalsite.core.models import Role
from evalsite.core.notifications import notify
from evalsite.core.reason_codes import Reason
from evalsite.core.teams import has_role
from evalsite.webhooks.models import EventType
from evalsite.webhooks.outbox import emit
from generation.models import Attempt, Job, LaneTurn, Run
from generation.runs.addresses import Lane
from generation.runs.kinds import kind_of
from generation.runs.server_check import is_checked

LEASE = timedelta(seconds=max(5.0, float(os.environ.get("GENERATION_LEASE_S") or 60)))
"""How long a lease lasts without renewal: jobs of a killed worker wait at most this long."""
TURN = timedelta(minutes=5)
"""How long a lane keeps an address when others wait: emptying it costs about one request's time."""
GRACE = timedelta(seconds=15)
"""How long an address stays empty for those who wait; their workers look every two seconds or so."""
WENT_AWAY = Reason("worker-gone")
_DUE = Q(state=Job.State.WAITING) & (Q(not_before=None) | Q(not_before__lte=Now()))


def lanes_waiting(run: Run) -> list[Lane]:
    """The lanes in which jobs of a run wait, due or not, in the order of their first jobs."""
    rows = (
        Job.objects.filter(run=run, state=Job.State.WAITING)
        .order_by()
        .values("address", "model")
        .annotate(first=Min("id"))
    )
    return [Lane(row["address"], row["model"]) for row in sorted(rows, key=lambda row: row["first"])]


@transaction.atomic
def claim(run: Run, lane: Lane, *, most: int) -> tuple[str, list[Job]]:
    """Take up to `most` due jobs of a lane, under one new lease code; none while the lane is shut."""
    lease = random_code(16)
    shared = lane.alone and not lane.owned
    if shared:
        advisory_lock(f"lane {lane.address}")
    if lane.alone and is_checked(lane.address):
        return lease, []
    if shared and (is_shut(lane) or _yields(run, lane)):
        return lease, []
    jobs = list(
        Job.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(_DUE, run=run, address=lane.address, model=lane.model, run__state=Run.State.ACTIVE)
        .select_related("system", *kind_of(run).job_relations)
        .order_by("pk")[:most]
    )
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(
        state=Job.State.CLAIMED, lease=lease, leased_until=Now() + LEASE
    )
    if jobs and shared:
        _begin_turn(lane)
    return lease, jobs


def is_shut(lane: Lane) -> bool:
    """Whether another lane of the same address holds jobs."""
    return _held_at(lane.address).exclude(model=lane.model).exists()


def _held_at(address: str) -> QuerySet[Job]:
    return Job.objects.filter(address=address, state=Job.State.CLAIMED, leased_until__gte=Now())


def _yields(run: Run, lane: Lane) -> bool:
    """Whether a run leaves the address to others, because the lane that serves it there had its turn.

    It does until the address is empty, and then for `GRACE`; if no one has come by then, it goes on. Call it
    in turns.
    """
    over = LaneTurn.objects.filter(address=lane.address, since__lt=Now() - TURN)
    turn = over.annotate(nobody_came=Q(yielded_at__lt=Now() - GRACE)).first()
    if turn is None:
        return False
    had = Lane(turn.address, turn.model)
    ours = lane == had or _served(had).filter(run=run).exists()
    if not ours or not _others_wait(run, had):
        return False
    if turn.yielded_at is None:
        if not _held_at(lane.address).exists():
            LaneTurn.objects.filter(pk=turn.pk).update(yielded_at=Now())
        return True
    if not turn.nobody_came:
        return True
    LaneTurn.objects.filter(pk=turn.pk).update(since=Now(), yielded_at=None)
    return False


def _served(lane: Lane) -> QuerySet[Job]:
    jobs = Job.objects.filter(address=lane.address, model=lane.model)
    return jobs.filter(Q(state=Job.State.CLAIMED) | _DUE)


def _others_wait(run: Run, lane: Lane) -> bool:
    """Whether another run waits for this address to which this lane has nothing to give."""
    waits = Job.objects.filter(_DUE, run=OuterRef("pk"), address=lane.address).exclude(model=lane.model)
    served = _served(lane).filter(run=OuterRef("pk"))
    active = Run.objects.filter(state=Run.State.ACTIVE).exclude(pk=run.pk)
    return active.filter(Exists(waits), ~Exists(served)).exists()


def _begin_turn(lane: Lane) -> None:
    """Note whose the address is. A turn that goes on is left as it is."""
    turn, new = LaneTurn.objects.get_or_create(
        address=lane.address, defaults={"model": lane.model, "since": Now()}
    )
    if not new and turn.model != lane.model:
        LaneTurn.objects.filter(pk=turn.pk).update(model=lane.model, since=Now(), yielded_at=None)


@transaction.atomic
def recover(run: Run) -> int:
    """Let jobs wait again whose lease ran out: their worker went away, and what it had sent is lost."""
    gone = Job.objects.select_for_update(skip_locked=True, of=("self",), no_key=True).filter(
        run=run, state=Job.State.CLAIMED, leased_until__lt=Now()
    )
    keys = list(gone.order_by("pk").values_list("pk", flat=True))
    if keys:
        lose(keys)
        Job.objects.filter(pk__in=keys).update(
            state=Job.State.WAITING, lease="", leased_until=None, not_before=None
        )
    return len(keys)


def lose(jobs: Collection[int]) -> None:
    """Note that the answers to what these jobs had sent are lost. They count at their estimate."""
    sent = Attempt.objects.filter(job__in=jobs, outcome=Attempt.Outcome.SENT)
    Job.objects.filter(pk__in=list(sent.values_list("job", flat=True))).update(tries=F("tries") + 1)
    sent.update(outcome=Attempt.Outcome.LOST, finished_at=Now(), reason=WENT_AWAY)


def renew(leases: Mapping[int, str]) -> None:
    """Hold jobs for longer; one whose lease is another's by now is left alone."""
    by_lease: dict[str, list[int]] = {}
    for key, lease in leases.items():
        by_lease.setdefault(lease, []).append(key)
    for lease, keys in by_lease.items():
        Job.objects.filter(pk__in=keys, lease=lease, state=Job.State.CLAIMED).update(
            leased_until=Now() + LEASE
        )


def lock_leased_jobs(leases: Mapping[int, str]) -> set[int]:
    """Lock the rows of those jobs that still have these leases."""
    rows = (
        Job.objects.select_for_update(no_key=True)
        .filter(pk__in=list(leases), state=Job.State.CLAIMED)
        .order_by("pk")
        .values_list("pk", "lease")
    )
    return {key for key, lease in rows if leases[key] == lease}


def release(jobs: Iterable[tuple[Job, str]], *, wait_s: float = 0.0) -> None:
    """Give jobs back, to be claimed again after a while."""
    until = Now() + timedelta(seconds=wait_s) if wait_s else None
    for lease, keys in _by_lease(jobs).items():
        Job.objects.filter(pk__in=keys, lease=lease, state=Job.State.CLAIMED).update(
            state=Job.State.WAITING, lease="", leased_until=None, not_before=until
        )


@transaction.atomic
def abandon(jobs: Iterable[tuple[Job, str]]) -> None:
    """Give jobs back whose requests will not be waited for."""
    jobs = list(jobs)
    mine = lock_leased_jobs({job.pk: lease for job, lease in jobs})
    lose(mine)
    release((job, lease) for job, lease in jobs if job.pk in mine)


def _by_lease(jobs: Iterable[tuple[Job, str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for job, lease in jobs:
        found.setdefault(lease, []).append(job.pk)
    return found


def fail(job: Job, lease: str, reason: str) -> None:
    """End a job without a script, and say why."""
    Job.objects.filter(pk=job.pk, lease=lease, state=Job.State.CLAIMED).update(
        state=Job.State.FAILED, lease="", leased_until=None, error=reason, done_at=Now()
    )


def open_jobs(run: Run | OuterRef) -> QuerySet[Job]:
    """The jobs of a run that wait, are blocked or under way."""
    return Job.objects.filter(run=run, state__in=[Job.State.WAITING, Job.State.CLAIMED, Job.State.BLOCKED])


@transaction.atomic
def finish(run: Run) -> bool:
    """Mark a run done when none of its jobs waits, is blocked or under way."""
    if open_jobs(run).exists():
        return False
    ended = Run.objects.filter(pk=run.pk, state=Run.State.ACTIVE).update(state=Run.State.DONE, ended_at=Now())
    if ended and run.created_by and has_role(run.created_by, run.team_id, Role.WATCHER):
        notify([run.created_by], "run-finished", run.code, key=database_now().isoformat(), run=run.title)
    if ended:
        url = settings.PUBLIC_URL + reverse("generation-run", args=[run.code])
        emit(run.team_id, EventType.RUN_FINISHED, {"run": run.code, "url": url})
    return bool(ended)


def due_in(run: Run) -> float | None:
    """Seconds until the next job of a run can be claimed; None when none waits, or the run is not active.

    A blocked one may be let go of at any time.
    """
    waiting = run.jobs.filter(state=Job.State.WAITING, run__state=Run.State.ACTIVE)
    if not waiting.exists():
        blocked = run.jobs.filter(state=Job.State.BLOCKED, run__state=Run.State.ACTIVE).exists()
        return 0.0 if blocked else None
    if waiting.filter(not_before=None).exists():
        return 0.0
    first = waiting.aggregate(first=Min("not_before"))["first"]
    # None: another worker claimed the last of them since they were looked for.
    return None if first is None else max(0.0, (first - timezone.now()).total_seconds())
