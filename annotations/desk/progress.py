"""How far a rater has come, and the sittings and breaks on the way. Practice is no part of it, and neither is
what a conflict keeps from a rater.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median

from django.db.models import Count, Q, QuerySet

from annotations.desk.guessing import draw_guess_sample
from annotations.desk.seats import CONFLICT, HOLDING_STATES
from annotations.models import Assignment, Pairing, Rater, Seat, Sitting, Slot
from annotations.spec.study_options import sitting_options
from annotations.study_events import emit_study_event
from evalsite.webhooks.models import EventType

State = Assignment.State
FEWEST_FOR_PACE = 3


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

    @property
    def left(self) -> int:
        return self.total - self.done


def slots_left(rater: Rater) -> QuerySet[Slot]:
    """Slots of the rater's seat, not of practice, that no one has ended and that the rater may see."""
    slots = Slot.objects.filter(seat__rater=rater, phase=Slot.Phase.MAIN)
    return slots.exclude(assignments__state__in=[State.SUBMITTED, State.SKIPPED]).exclude(
        pairing__study_brief__series_slug__in=rater.conflicts
    )


def progress(rater: Rater) -> Progress:
    rows = rater.assignments.exclude(skip_reason=CONFLICT)
    counted: dict[str, int] = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    judged, skipped, late = (counted.get(state, 0) for state in (State.SUBMITTED, State.SKIPPED, State.LATE))
    done, left = judged + skipped + late, slots_left(rater).count()
    return Progress(
        judged=judged,
        skipped=skipped,
        late=late,
        total=done + left,
        position=done + 1 if left else done,
        finished=left == 0 and rater.turned_away_at is None,
    )


def mark_finished(rater: Rater, now: datetime) -> None:
    """Note the end when nothing is left: pairs that a conflict hides are passed over then, and not
    before, for the next rater of the seat may have none. Without a seat nothing is left either, but
    nothing is finished. The caller has locked the rater's row.
    """
    if rater.finished_at is not None or slots_left(rater).exists():
        return
    if not Seat.objects.filter(rater=rater).exists():
        return
    rater.finished_at = now
    rater.guess_sample = draw_guess_sample(rater)
    rater.save(update_fields=["finished_at", "guess_sample"])
    # Without a wake: a rater's last submission does not wait for the broker.
    emit_study_event(rater.study, EventType.RATER_FINISHED, page="study-rater", wake=False, rater=rater.code)
    if rater.conflicts:
        _pass_over(rater, now)


def _pass_over(rater: Rater, now: datetime) -> None:
    kept = Slot.objects.filter(
        seat__in=Seat.objects.filter(rater=rater),
        phase=Slot.Phase.MAIN,
        pairing__study_brief__series_slug__in=rater.conflicts,
    )
    # Locked, for who had the seat before may submit late at this moment.
    for slot in Slot.objects.select_for_update().filter(pk__in=kept.values("pk")):
        if not slot.assignments.filter(state__in=HOLDING_STATES).exists():
            end_as_conflict(rater, slot, State.SKIPPED, now)


def end_as_conflict(rater: Rater, slot: Slot, state: str, now: datetime, excluded: str = "") -> None:
    """Pass over a slot of a series that the rater worked on, also one that the rater has given back."""
    ended = {"state": state, "skip_reason": CONFLICT, "excluded": excluded}
    lapsed = slot.assignments.filter(rater=rater, state__in=[State.EXPIRED, State.RELEASED]).first()
    if lapsed is not None:
        Assignment.objects.filter(pk=lapsed.pk).update(**ended)
    else:
        Assignment.objects.create(rater=rater, slot=slot, opened_at=now, leased_until=now, **ended)


def median_pace(rater: Rater) -> float | None:
    """The median of the minutes that the rater's own judged pairs took; None below three.

    What the page measured, else from opening to sending.
    """
    rows = rater.assignments.filter(Q(state=State.SUBMITTED) | Q(state=State.LATE))
    taken = [
        seconds if seconds is not None else (sent - opened).total_seconds()
        for seconds, opened, sent in rows.values_list("seconds", "opened_at", "submitted_at")
        if sent is not None
    ]
    return median(taken) / 60 if len(taken) >= FEWEST_FOR_PACE else None


SENT_STATES = (Assignment.State.SUBMITTED, Assignment.State.LATE)


def continue_sitting(rater: Rater, now: datetime) -> Sitting:
    """The rater's running sitting, seen just now, or the next one. The caller holds the rater's row."""
    last = rater.sittings.order_by("-number").first()
    if last is None or now - last.last_seen_at > Sitting.GAP:
        number = last.number + 1 if last else 1
        return Sitting.objects.create(rater=rater, number=number, started_at=now, last_seen_at=now)
    last.last_seen_at = max(now, last.last_seen_at)
    last.save(update_fields=["last_seen_at"])
    return last


@dataclass(frozen=True, slots=True)
class Break:
    """A break that is due: after `pairs` in this sitting, `minutes` long, of which `left` are to come."""

    pairs: int
    minutes: int
    left: int


def break_due(rater: Rater, now: datetime) -> Break | None:
    """The break that the study suggests now; None in the middle of a sitting and once the break was long
    enough. It is a suggestion: nothing waits for it.
    """
    length = sitting_options(rater.study)
    sitting = rater.sittings.order_by("-number").first() if length else None
    if length is None or sitting is None:
        return None
    sent = rater.assignments.filter(sitting=sitting, state__in=SENT_STATES).exclude(
        slot__pairing__kind=Pairing.Kind.PRACTICE
    )
    pairs, last = sent.count(), sent.order_by("-submitted_at").first()
    if last is None or last.submitted_at is None or pairs % length.pairs:
        return None
    gone_on = rater.assignments.filter(opened_at__gt=last.submitted_at).exists()
    left = last.submitted_at + timedelta(minutes=length.break_minutes) - now
    if gone_on or left <= timedelta():
        return None
    return Break(pairs=pairs, minutes=length.break_minutes, left=ceil(left.total_seconds() / 60))
