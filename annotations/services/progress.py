"""How far a rater has come."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from annotations.models import Assignment, Rater, Slot

State = Assignment.State


@dataclass(frozen=True, slots=True)
class Progress:
    """Pairs of one rater: `judged` ones count, `skipped` and `late` ones do not. `total` is all of them and
    what is left of the seat. `position` counts from 1 for everyone, also for who took over a seat that was
    begun.
    """

    judged: int
    skipped: int
    late: int
    total: int
    position: int
    finished: bool

    @property
    def done(self) -> int:
        """What will not come back to this rater, judged or not."""
        return self.judged + self.skipped + self.late


def left_for(rater: Rater) -> int:
    """Slots of the rater's seat that nobody has judged or skipped."""
    return (
        Slot.objects.filter(seat__rater=rater)
        .exclude(assignments__state__in=[State.SUBMITTED, State.SKIPPED])
        .count()
    )


def progress(rater: Rater) -> Progress:
    states = rater.assignments.order_by().values_list("state").annotate(n=Count("pk"))
    counted: dict[str, int] = dict(states)
    judged, skipped, late = (counted.get(state, 0) for state in (State.SUBMITTED, State.SKIPPED, State.LATE))
    done, left = judged + skipped + late, left_for(rater)
    return Progress(
        judged=judged,
        skipped=skipped,
        late=late,
        total=done + left,
        position=done + 1 if left else done,
        finished=left == 0,
    )


def mark_finished(rater: Rater, now: datetime) -> None:
    if rater.finished_at is None and left_for(rater) == 0:
        rater.finished_at = now
        rater.save(update_fields=["finished_at"])
