"""How far a rater has come."""

from dataclasses import dataclass
from datetime import datetime

from annotations.models import Assignment, Rater, Slot

DONE = (Assignment.State.SUBMITTED, Assignment.State.SKIPPED, Assignment.State.LATE)


@dataclass(frozen=True, slots=True)
class Progress:
    """`position` counts from 1 for everyone, also for who took over a seat that was begun."""

    done: int
    total: int
    position: int
    finished: bool


def left_for(rater: Rater) -> int:
    """Slots of the rater's seat that nobody has judged or skipped."""
    return (
        Slot.objects.filter(seat__rater=rater)
        .exclude(assignments__state__in=[Assignment.State.SUBMITTED, Assignment.State.SKIPPED])
        .count()
    )


def progress(rater: Rater) -> Progress:
    done = Assignment.objects.filter(rater=rater, state__in=DONE).count()
    left = left_for(rater)
    return Progress(done, done + left, done + 1 if left else done, left == 0)


def mark_finished(rater: Rater, now: datetime) -> None:
    if rater.finished_at is None and left_for(rater) == 0:
        rater.finished_at = now
        rater.save(update_fields=["finished_at"])
