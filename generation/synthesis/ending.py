"""What comes after a run of synthesis: a worker filters its scenes by itself, and says how far it is.

The task may be lost with a broker and run twice: `wake_filters`, which every sweep calls, wakes it again for
runs that have ended and whose scenes have not all been through the filter as they stand now.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from evalsite.core.wake import wake_on_commit
from generation.datasets import steps
from generation.datasets.running import FILTER
from generation.models import Candidate, Job, Run, Scene

LATELY = timedelta(days=2)
"""Runs that ended before are left alone: their pages filter when somebody asks."""


@dataclass(frozen=True, slots=True)
class Filtering:
    """How many of a run's scenes have been through the filter."""

    done: int
    scenes: int


def is_filtered(run: Run) -> bool:
    """Whether every scene that was worked on has been through the filter after its job ended."""
    unseen = run.jobs.filter(scene__isnull=False, candidate=None).exists()
    stale = Candidate.objects.filter(run=run, dropped_at=steps.WRITTEN, job__state=Job.State.DONE).exists()
    return not (unseen or stale)


def filtering_of(run: Run) -> Filtering | None:
    """How far the filter is, of a run that has ended; None where it is done or not yet to begin."""
    if (
        run.kind != Run.Kind.SYNTHESIZE
        or run.state != Run.State.DONE
        or not run.frozen_settings.get("recipe")
    ):
        return None
    if is_filtered(run):
        return None
    scenes = Scene.objects.filter(work__slug__in=list(run.frozen_settings["corpus"]["works"]))
    return Filtering(Candidate.objects.filter(run=run).count(), scenes.count())


def wake_filter(run: Run) -> bool:
    """Wake a worker to filter a run that has ended; false where there is nothing to do."""
    if filtering_of(run) is None:
        return False
    with transaction.atomic():
        wake_on_commit(FILTER, run.code)
    return True


def wake_filters() -> int:
    """Wake workers for runs that ended lately and are not filtered, and say for how many."""
    ended = Run.objects.filter(kind=Run.Kind.SYNTHESIZE, state=Run.State.DONE, ended_at__gte=Now() - LATELY)
    return sum(map(wake_filter, ended.order_by("code")))
