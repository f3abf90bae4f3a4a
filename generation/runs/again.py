"""Which failed jobs trying again can help.

    worth_trying(run)       # failed jobs whose requests failed, or that met something which can be mended
    counted(run)            # how many those are, and how many others

An answer that was refused counts for good: a job that was refused as often as its recipe allows would fail at
once, and so would a scene that waits for the profile of somebody whose job was.
"""

from collections import defaultdict

from django.db.models import Q, QuerySet

from generation.models import Job, Run
from generation.runs.asking import REFUSED_FOR_GOOD
from generation.synthesis.releasing import NO_PROFILE, lacking_in


def worth_trying(run: Run) -> QuerySet[Job]:
    return run.jobs.filter(state=Job.State.FAILED).exclude(_hopeless(run))


def counted(run: Run) -> tuple[int, int]:
    """How many of a run's failed jobs are worth trying again, and how many were refused for good."""
    failed = run.jobs.filter(state=Job.State.FAILED)
    hopeless = failed.filter(_hopeless(run)).count()
    return failed.count() - hopeless, hopeless


def _hopeless(run: Run) -> Q:
    """Of a run's failed jobs those that would fail again as they are."""
    found = Q(error__code=REFUSED_FOR_GOOD)
    failed = run.jobs.filter(state=Job.State.FAILED).order_by()
    people: dict[int, set[str]] = defaultdict(set)
    rows = failed.filter(error__code=REFUSED_FOR_GOOD, person__isnull=False)
    for series, name in rows.values_list("person__series", "person__name"):
        people[series].add(name)
    scenes = failed.filter(error__code=NO_PROFILE, scene__work__series__in=people)
    waiting = [
        key
        for key, series, error in scenes.values_list("pk", "scene__work__series", "error")
        if people[series].intersection(lacking_in(error))
    ]
    return found | Q(pk__in=waiting)
