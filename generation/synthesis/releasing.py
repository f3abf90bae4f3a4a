"""Letting scenes wait for work once all profiles of their series have been written, or have failed."""

from generation.models import Job, Run

_UNFINISHED = (Job.State.WAITING, Job.State.CLAIMED)


def unblock(run: Run) -> int:
    """Let blocked jobs wait whose series has no unfinished profile in this run, and say how many.

    One statement, right whoever calls it and however often: workers do whenever they look for work.
    """
    if run.kind != Run.Kind.SYNTHESIZE:
        return 0
    blocked = Job.objects.filter(run=run, state=Job.State.BLOCKED)
    if not blocked.exists():
        return 0
    unfinished = Job.objects.filter(run=run, person__isnull=False, state__in=_UNFINISHED)
    series = set(unfinished.order_by().values_list("person__series", flat=True).distinct())
    free = blocked.exclude(scene__work__series__in=series).values("pk")
    return Job.objects.filter(pk__in=free, state=Job.State.BLOCKED).update(state=Job.State.WAITING)
