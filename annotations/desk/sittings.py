"""Sittings: unbroken stretches of work, parted by half an hour of silence; and the breaks within them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from annotations.models import Assignment, Pairing, Rater, Sitting
from annotations.spec.study_options import sitting_options

SITTING_GAP = timedelta(minutes=30)
SENT_STATES = (Assignment.State.SUBMITTED, Assignment.State.LATE)


def continue_sitting(rater: Rater, now: datetime) -> Sitting:
    """The rater's running sitting, seen just now, or the next one. The caller holds the rater's row."""
    last = rater.sittings.order_by("-number").first()
    if last is None or now - last.last_seen_at > SITTING_GAP:
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
