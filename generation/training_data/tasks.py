"""Celery tasks that filter and settle runs of synthesis, and build datasets. Each may run twice."""

from celery import shared_task

from evalsite.core.advisory_locks import try_lock
from generation.models import Run
from generation.training_data.datasets.build_requests import BUILD, build_asked
from generation.training_data.datasets.filtering import FILTER, SETTLE, filter_run, settle_run


@shared_task(name=FILTER)
def filter_scenes(code: str, again: bool = False) -> None:
    """Filter what a run has made, unless another worker is at it; `again` asks all rules anew."""
    if run := Run.objects.filter(code=code).first():
        with try_lock(f"filtering {code}") as free:
            if free or again:
                filter_run(run, again=again)


@shared_task(name=SETTLE)
def settle_scenes(code: str) -> None:
    """Count a run's scenes again after a decision."""
    if run := Run.objects.filter(code=code).first():
        settle_run(run)


@shared_task(name=BUILD)
def build_dataset(code: str, name: str) -> None:
    """Build a dataset that was asked for; the same again is found."""
    build_asked(code, name)
