"""Freezing as a job: at once where a draft is small, else by a worker. A study has one active job at most.

A worker takes a waiting job and renews its lease every few seconds. When a worker is killed, the lease ends
and the job goes back to the queue, three times at most. The study is frozen and the job is done in one
transaction, so nothing is ever half frozen.
"""

import logging
import threading
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from django.db import DatabaseError, connection, transaction
from django.db.models import F, QuerySet

from annotations import freezing
from annotations.errors import WrongState
from annotations.findings.review import AT_ONCE, locked_draft
from annotations.models import FreezeJob, Study
from annotations.spec.draft_errors import draft_error, stored_fault
from annotations.spec.study_texts import count_characters
from annotations.spec.values import from_json
from evalsite.core.clock import database_now
from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.errors import InputErrors
from evalsite.core.models import AuditEvent, Role, User
from evalsite.core.teams import has_role

TASK = "annotations.freeze"
SILENT = timedelta(seconds=60)
"""After this time without a worker, pages say that no worker answers."""
LEASE, BEAT_S = timedelta(seconds=60), 1.0
MOST_ATTEMPTS = 3
State = FreezeJob.State
logger = logging.getLogger(__name__)


class JobLost(Exception):
    """The job was cancelled, or another worker has it."""


def request_freeze(study: Study, *, actor: User) -> FreezeJob:
    """Freeze a draft as `actor`: at once where its texts are few, else by a worker.

    Returns the job. It is done or failed where it ran at once. `errors` of a failed job are what keeps the
    study from being frozen. An active job is returned instead of a second one. Raises WrongState unless the
    study is a draft.
    """
    if job := active_job(study):  # before the study is locked, because the worker holds that lock
        with transaction.atomic():
            enqueue_on_commit(TASK, job.code)
        return job
    with transaction.atomic():
        study = locked_draft(study, "studies are frozen")
        job, _created = FreezeJob.objects.get_or_create(
            study=study,
            state__in=State.active(),
            defaults={"requested_by": actor.get_username(), "spec_digest": study.spec_digest},
        )
        if large := count_characters(from_json(study.spec)) > AT_ONCE:
            enqueue_on_commit(TASK, job.code)
    if not large:
        run_freeze(job.code)
        job.refresh_from_db()
    return job


def cancel_freeze(study: Study) -> bool:
    """End the active job of a study. Returns whether there was one; a worker that has it stores nothing."""
    return _end(
        study.freeze_jobs.filter(state__in=State.active()),
        State.FAILED,
        [{"code": "cancelled", "params": {}}],
    )


def run_freeze(code: str) -> None:
    """Do a waiting job. Called twice, the second call does nothing."""
    waiting = FreezeJob.objects.filter(code=code, state=State.WAITING)
    now = database_now()
    if not waiting.update(
        state=State.RUNNING, attempts=F("attempts") + 1, beat_at=now, step="", done=0, total=0
    ):
        return
    job = FreezeJob.objects.select_related("study").get(code=code)
    taken = FreezeJob.objects.filter(pk=job.pk, attempts=job.attempts, state=State.RUNNING)
    try:
        _check_rights(job)
        with _Lease(job, taken) as lease:
            freezing.freeze(
                study=job.study,
                by=job.requested_by,
                warnings_block=True,
                spec_digest=job.spec_digest,
                on_progress=lease.note,
                before_commit=lambda: _finish(taken),
            )
    except InputErrors as refused:
        _end(taken, State.FAILED, [stored_fault(error) for error in refused.errors])
    except WrongState as wrong:
        _end(taken, State.FAILED, [{"message": str(wrong), "fix": ""}])
    except JobLost:
        logger.warning("freezing of study %s was cancelled, or another worker has it", job.study.slug)
    except Exception:
        _end(taken, State.FAILED, [{"code": "broke_off", "params": {}}])
        raise


def _check_rights(job: FreezeJob) -> None:
    """Raise InputErrors when the person who asked may not freeze the study any more."""
    person = User.objects.filter(username=job.requested_by, is_active=True, is_staff=True).first()
    if person is None or not has_role(person, job.study.team_id, Role.RESEARCHER):
        raise InputErrors([draft_error(job.study.slug, "requester_without_rights", name=job.requested_by)])


def _finish(taken: QuerySet[FreezeJob]) -> None:
    if not _end(taken, State.DONE, []):
        raise JobLost


def _end(jobs: QuerySet[FreezeJob], state: str, errors: list[dict[str, Any]]) -> bool:
    return jobs.update(state=state, errors=errors, ended_at=database_now()) > 0


class _Lease:
    """Renews the lease of a job and stores its progress, in a thread with a separate connection: what the
    transaction of freezing writes is not visible before its end."""

    def __init__(self, job: FreezeJob, taken: QuerySet[FreezeJob]) -> None:
        self._job, self._taken = job, taken
        self._ended = threading.Event()
        self._lost = False
        self._progress = {"step": "", "done": 0, "total": 0}
        self._thread = threading.Thread(target=self._renew, name="freeze-lease", daemon=True)

    def note(self, step: str, done: int, total: int) -> None:
        """Note the progress. Raises JobLost when another worker has taken the job."""
        self._progress = {"step": step, "done": done, "total": total}
        if self._lost:
            raise JobLost

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _renew(self) -> None:
        try:
            while not self._ended.wait(BEAT_S):
                self._renew_once()
        finally:
            connection.close()

    def _renew_once(self) -> None:
        try:
            if not self._taken.update(beat_at=database_now(), **self._progress):
                # A job of a transaction that has not ended is not visible here, so no other worker has it.
                self._lost = FreezeJob.objects.filter(pk=self._job.pk).exists()
        except DatabaseError:
            logger.exception("the lease of a freezing was not renewed")
            connection.close()


def active_job(study: Study) -> FreezeJob | None:
    """The job of a study that waits or runs."""
    return study.freeze_jobs.filter(state__in=State.active()).first()


def is_unanswered(job: FreezeJob) -> bool:
    """Whether a job has waited so long that probably no worker runs."""
    return job.state == State.WAITING and database_now() - job.requested_at > SILENT


def last_freeze_errors(study: Study) -> list[dict[str, Any]]:
    """Why the last job of a draft failed, until something is done with the study."""
    job = study.freeze_jobs.first()
    if job is None or job.state != State.FAILED or study.state != Study.State.DRAFT:
        return []
    later = AuditEvent.objects.filter(about=study.slug, at__gt=job.ended_at)
    return [] if later.exists() else list(job.errors)


@transaction.atomic
def requeue_stale() -> int:
    """Enqueue every job that waits or that a killed worker left. Returns how many there were.

    A job fails after MOST_ATTEMPTS attempts, because it would end every further worker as well.
    """
    ended = FreezeJob.objects.filter(state=State.RUNNING, beat_at__lt=database_now() - LEASE)
    _end(ended.filter(attempts__gte=MOST_ATTEMPTS), State.FAILED, [{"code": "broke_off", "params": {}}])
    ended.update(state=State.WAITING)
    waiting = list(FreezeJob.objects.filter(state=State.WAITING).values_list("code", flat=True))
    for code in waiting:
        enqueue_on_commit(TASK, code)
    return len(waiting)
