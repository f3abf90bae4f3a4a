"""Series that a rater worked on: never shown from the moment that the rater says so, also in mid-pair."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from annotations.desk.locks import CONFLICT, lock_rater, study_state
from annotations.desk.practice import conclude_practice
from annotations.errors import NotOpen
from annotations.models import Assignment, Rater, RaterStatement, Slot
from evalsite.core.clock import database_now

State = Assignment.State


def record_profile(rater: Rater) -> None:
    """Append what the rater's profile says now, unless it says what it said before. The caller holds the
    rater's row."""
    told = {"profile": rater.profile, "series_known": rater.series_known, "conflicts": rater.conflicts}
    last = rater.statements.filter(about=RaterStatement.About.PROFILE).last()
    if last is None or last.content != told:
        RaterStatement.objects.create(rater=rater, about=RaterStatement.About.PROFILE, content=told)


@transaction.atomic
def declare_conflict(*, assignment: Assignment) -> None:
    """The rater worked on the series of this assignment: it is given back unjudged, and no scene of the
    series comes again. Twice is once. It may be said while the study pauses, too. Raises NotOpen."""
    study_state(assignment.rater.study_id)
    rater = lock_rater(assignment.rater_id)
    if rater.withdrawn_at:
        raise NotOpen("withdrawn")
    series = series_slug(assignment.slot)
    if series not in rater.conflicts:
        rater.conflicts = sorted({*rater.conflicts, series})
        rater.save(update_fields=["conflicts"])
        record_profile(rater)
    release_conflicts(rater, database_now())


def series_slug(slot: Slot) -> str:
    return slot.pairing.study_brief.series_slug


def in_conflict(rater: Rater, slot: Slot) -> bool:
    """Whether the rater may not see what stands in this slot."""
    return series_slug(slot) in rater.conflicts


def release_conflicts(rater: Rater, now: datetime) -> None:
    """Give back what the rater holds of a series in conflict; of practice it ends, and its try is judged
    without it. The caller holds the rater's row."""
    for held in _open_in_conflict(rater) if rater.conflicts else ():
        if held.slot.phase == Slot.Phase.PRACTICE:
            held.state, held.excluded, held.skip_reason = State.PRACTISED, "practice", CONFLICT
            held.save(update_fields=["state", "excluded", "skip_reason"])
            conclude_practice(rater, now)
        else:
            held.state = State.RELEASED
            held.save(update_fields=["state"])


def _open_in_conflict(rater: Rater) -> Iterable[Assignment]:
    held = rater.assignments.filter(
        state=State.OPEN, slot__pairing__study_brief__series_slug__in=rater.conflicts
    )
    return list(held.select_for_update(no_key=True, of=("self",)).select_related("slot"))
