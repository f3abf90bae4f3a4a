"""What Celery calls. Services wake these by name; each takes a code and may run twice."""

import time

from celery import shared_task
from django.db import transaction

from evalsite.core.enqueue import enqueue_on_commit
from generation.datasets.asked import BUILD, build_asked
from generation.datasets.auto_filter import wake_filter
from generation.datasets.filtering import filter_run
from generation.datasets.running import FILTER
from generation.models import Run
from generation.runs.services import WORK, WORK_ENGINE, wake_workers
from generation.runs.turns import try_lock
from generation.runs.working import Worker
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
    wake_filter(run)


def _work_on(run: Run) -> None:
    deadline = time.monotonic() + WORK_S
    while (left := deadline - time.monotonic()) > 0:
        worked = Worker(run).work(seconds=left)
        if worked.wait_s is None:
            return
        time.sleep(min(worked.wait_s + 0.05, LONGEST_SLEEP_S, max(0.0, left)))
    with transaction.atomic():
        wake_workers(run)


@shared_task(name=FILTER)
def filter_scenes(code: str, again: bool = False) -> None:
    """Filter what a run has made, unless another worker is at it; `again` asks all rules anew."""
    if run := Run.objects.filter(code=code).first():
        with try_lock(f"filtering {code}") as free:
            if free or again:
                filter_run(run, again=again)


@shared_task(name=BUILD)
def build_dataset(code: str, name: str) -> None:
    """Build a dataset that was asked for; the same again is found."""
    build_asked(code, name)


@shared_task(name=MEASURE)
def measure() -> None:
    """Measure scripts for a minute, then wake the next worker if there are more."""
    if measure_waiting(seconds=MEASURE_S).more:
        enqueue_on_commit(MEASURE)
