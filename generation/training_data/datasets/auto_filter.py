"""What comes after a run of synthesis: a worker filters its scenes by itself, and says how far it is.

The task may be lost with a broker and run twice: `wake_filters`, which every sweep calls, wakes it again for
runs that have ended and whose scenes have not all been through the filter as they stand now.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.db.models.functions import Now

from evalsite.core.enqueue import enqueue_on_commit
from generation.models import Job, Run
from generation.training_data.datasets import steps
from generation.training_data.datasets.running import FILTER
from generation.training_data.models import Candidate, Scene
from generation.training_data.synthesis.recipe import makes_briefs

LATELY = timedelta(days=2)
"""Runs that ended before are left alone: their pages filter when somebody asks."""


@dataclass(frozen=True, slots=True)
class Filtering:
    """How many of a run's scenes have been through the filter."""

    done: int
    scenes: int


def filtering_of(run: Run) -> Filtering | None:
    """How far the filter is, of a run that has ended; None where it is done or not yet to begin."""
    return filterings_of([run]).get(run.pk)


def filterings_of(runs: Collection[Run]) -> dict[int, Filtering]:
    """The same of some runs, by their keys, in three queries; those are left out where it is None."""
    ended = [
        run
        for run in runs
        if run.kind == Run.Kind.SYNTHESIZE
        and run.state == Run.State.DONE
        and run.frozen_settings.get("recipe")
        and not makes_briefs(run.frozen_settings)
    ]
    left = _unfiltered(ended)
    works = {run.pk: list(run.frozen_settings["corpus"]["works"]) for run in ended if run.pk in left}
    if not works:
        return {}
    done = Candidate.objects.filter(run__in=works).order_by().values("run").annotate(n=Count("pk"))
    candidates = dict(done.values_list("run", "n"))
    named = Scene.objects.filter(work__slug__in={slug for slugs in works.values() for slug in slugs})
    counts = named.order_by().values("work__slug").annotate(n=Count("pk"))
    scenes = Counter(dict(counts.values_list("work__slug", "n")))
    return {
        key: Filtering(candidates.get(key, 0), sum(scenes[slug] for slug in slugs))
        for key, slugs in works.items()
    }


def _unfiltered(runs: Collection[Run]) -> set[int]:
    """The keys of those of which some scene that was worked on has not been through the filter after its job
    ended."""
    if not runs:
        return set()
    own = {"run": OuterRef("pk")}
    unseen = Job.objects.filter(source__scene__isnull=False, candidate=None, **own)
    stale = Candidate.objects.filter(dropped_at=steps.WRITTEN, job__state=Job.State.DONE, **own)
    found = Run.objects.filter(Exists(unseen) | Exists(stale), pk__in=[run.pk for run in runs])
    return set(found.values_list("pk", flat=True))


def wake_filter(run: Run) -> bool:
    """Wake a worker to filter a run that has ended; false where there is nothing to do."""
    return _wake([run]) == 1


def wake_filters() -> int:
    """Wake workers for runs that ended lately and are not filtered, and say for how many."""
    ended = Run.objects.filter(kind=Run.Kind.SYNTHESIZE, state=Run.State.DONE, ended_at__gte=Now() - LATELY)
    return _wake(list(ended.order_by("code")))


def _wake(runs: Sequence[Run]) -> int:
    left = filterings_of(runs)
    with transaction.atomic():
        for run in runs:
            if run.pk in left:
                enqueue_on_commit(FILTER, run.code)
    return len(left)
