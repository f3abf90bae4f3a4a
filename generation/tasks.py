"""What Celery calls. Services wake these by name; each takes a code and may run twice."""

import time

from celery import shared_task
from django.db import transaction

from evalsite.core.enqueue import enqueue_on_commit
from generation.models import Run
from generation.runs.kinds import kind_of
from generation.runs.services import WORK, WORK_ENGINE, wake_worker
from generation.runs.worker import Worker
from generation.script_metrics.measuring import MEASURE, measure_waiting, wake_if_waiting

WORK_S = 240.0
MEASURE_S = 60.0
LONGEST_SLEEP_S = 30.0


@shared_task(name=WORK)
def work_run(code: str) -> None:
    """Work on a run for some minutes, then wake the next worker if there is more.

    A run that is gone is no fault.
    """
    _work(code)


@shared_task(name=WORK_ENGINE)
def work_engine(code: str) -> None:
    """The same by a worker on queue `gpu`, which may load models itself."""
    _work(code)


def _work(code: str) -> None:
    run = Run.objects.filter(code=code, state=Run.State.ACTIVE).first()
    if run is None:
        return
    try:
        _work_on(run)
    finally:
        wake_if_waiting()
    run.refresh_from_db(fields=["state"])
    kind_of(run).after_work(run)


def _work_on(run: Run) -> None:
    deadline = time.monotonic() + WORK_S
    while (left := deadline - time.monotonic()) > 0:
        worked = Worker(run).work(seconds=left)
        if worked.wait_s is None:
            return
        time.sleep(min(worked.wait_s + 0.05, LONGEST_SLEEP_S, max(0.0, left)))
    with transaction.atomic():
        wake_worker(run)


@shared_task(name=MEASURE)
def measure() -> None:
    """Measure scripts for a minute, then wake the next worker if there are more."""
    if measure_waiting(seconds=MEASURE_S).more:
        enqueue_on_commit(MEASURE)
