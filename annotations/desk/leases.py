"""Holding a slot: taking it, keeping it while one works, giving it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from annotations.desk.answer_changes import ClientChange, record_changes, recorded_fields
from annotations.desk.conflicts import in_conflict, release_conflicts
from annotations.desk.locks import (
    HOLDING_STATES,
    lock_assignment,
    lock_rater_keeping_study,
    lock_rater_seat,
    study_state,
)
from annotations.desk.practice import conclude_practice, next_practice_slot, pass_over_practice
from annotations.desk.progress import mark_finished, slots_left
from annotations.desk.reading_time import assignment_measures, merge_measures
from annotations.desk.sittings import continue_sitting
from annotations.errors import AlreadyEnded, NotOpen
from annotations.models import Answer, Assignment, Rater, Slot, Study
from evalsite.core.clock import database_now

LAPSED = (Assignment.State.EXPIRED, Assignment.State.RELEASED)


def lease_end(now: datetime) -> datetime:
    return now + timedelta(minutes=settings.LEASE_MINUTES)


@transaction.atomic
def next_assignment(*, rater: Rater) -> Assignment | None:
    """What the rater judges next: the open assignment, renewed; practice; the seat's next free slot.

    None when nothing is left, and for who did not pass practice. Series that the rater worked on are passed
    over. Two tabs get the same assignment. A slot whose lease ran out comes back at its
    position, with what was saved; a skipped one does not. Raises NotOpen.
    """
    state = study_state(rater.study_id)
    rater = lock_rater_keeping_study(rater)
    if rater.withdrawn_at:
        raise NotOpen("withdrawn")
    if state != Study.State.OPEN:
        raise NotOpen(state)
    now = database_now()
    release_conflicts(rater, now)
    held = Assignment.objects.filter(rater=rater, state=Assignment.State.OPEN).first()
    if held is None:
        held = _take_next_slot(rater, now)
    else:
        held.leased_until = lease_end(now)
        held.sitting = continue_sitting(rater, now)
        held.save(update_fields=["leased_until", "sitting"])
    return held


def _take_next_slot(rater: Rater, now: datetime) -> Assignment | None:
    seat = lock_rater_seat(rater)
    if seat is None:
        return None
    pass_over_practice(rater, seat, now)
    slot = next_practice_slot(rater, seat)
    if slot is None:
        slot, so_far = _lock_next_slot(rater)
    else:
        so_far = list(slot.assignments.filter(rater=rater))
    if slot is None:
        mark_finished(rater, now)
        return None
    sitting = continue_sitting(rater, now)
    lapsed = next((one for one in so_far if one.rater_id == rater.pk and one.state in LAPSED), None)
    if lapsed is None:
        return Assignment.objects.create(
            rater=rater, slot=slot, sitting=sitting, opened_at=now, leased_until=lease_end(now)
        )
    lapsed.state = Assignment.State.OPEN
    lapsed.sitting = sitting
    lapsed.leased_until = lease_end(now)
    lapsed.save(update_fields=["state", "sitting", "leased_until"])
    return lapsed


def _lock_next_slot(rater: Rater) -> tuple[Slot | None, list[Assignment]]:
    """The seat's first free slot, locked, and who held it so far. Who had the seat before may submit late
    meanwhile: look again."""
    free = slots_left(rater).exclude(assignments__state=Assignment.State.OPEN).order_by("position")
    while slot := free.select_for_update(of=("self",)).first():
        so_far = list(slot.assignments.all())
        if not any(one.state in HOLDING_STATES for one in so_far):
            return slot, so_far
    return None, []


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """How a save ended. On a conflict `content` is what another tab saved before, and stands as it was.

    `refused` are changes for which there is no room left, `reading` what is known of all devices.
    """

    revision: int
    conflict: bool
    content: Mapping[str, str]
    refused: Sequence[ClientChange] = ()
    reading: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def save_answer(
    *,
    assignment: Assignment,
    fields: Mapping[str, str],
    revision: int,
    reading: object = None,
    changes: Sequence[ClientChange] = (),
) -> SavedAnswer:
    """Keep the form as it stands and renew the lease. `revision` is the one the page was built on (0 at
    first). The same content again is no conflict: an answer that got lost is asked for once more. What the
    page measured (`reading`) and every change that it tells of (`changes`) are joined to what is known,
    whichever page is newer. What only the lease's end had closed is open again.

    Raises NotOpen (study or rater) and AlreadyEnded (assignment).
    """
    state = study_state(assignment.rater.study_id)
    rater = lock_rater_keeping_study(assignment.rater)
    assignment = lock_assignment(assignment)
    if rater.withdrawn_at:
        raise NotOpen("withdrawn")
    if state != Study.State.OPEN:
        raise NotOpen(state)
    if assignment.state != Assignment.State.OPEN and not _still_theirs(rater, assignment):
        raise AlreadyEnded(assignment.state)
    now = database_now()
    answer, _ = Answer.objects.get_or_create(assignment=assignment, defaults={"saved_at": now})
    conflict = answer.revision != revision and dict(fields) != answer.content
    changed = not conflict and dict(fields) != answer.content
    refused: Sequence[ClientChange] = ()
    if changes or (changed and recorded_fields(fields) != recorded_fields(answer.content)):
        refused = record_changes(assignment, changes, None if conflict else fields, now).refused
    if changed:
        answer.content = dict(fields)
        answer.revision += 1
        answer.saved_at = now
    answer.reading = merge_measures(answer.reading, reading)
    answer.save()
    assignment.state = Assignment.State.OPEN
    assignment.leased_until = lease_end(now)
    assignment.sitting = continue_sitting(rater, now)
    assignment.save(update_fields=["state", "leased_until", "sitting"])
    return SavedAnswer(answer.revision, conflict, answer.content, refused, answer.reading)


def _still_theirs(rater: Rater, assignment: Assignment) -> bool:
    """Whether nothing but the lease has ended: the seat is the rater's, whose row the caller holds, and
    nobody has the slot."""
    if assignment.state != Assignment.State.EXPIRED or in_conflict(rater, assignment.slot):
        return False
    slot = (
        Slot.objects.select_for_update(of=("self",)).filter(pk=assignment.slot_id, seat__rater=rater).first()
    )
    if slot is None:
        return False
    elsewhere = Assignment.objects.filter(rater=rater, state=Assignment.State.OPEN)
    return not elsewhere.exists() and not slot.assignments.filter(state__in=HOLDING_STATES).exists()


@transaction.atomic
def skip(*, assignment: Assignment, reason: str) -> None:
    """End an open assignment without a judgment; its slot is given to nobody else. What the page had measured
    of it stays. Twice is once."""
    state = study_state(assignment.rater.study_id)
    rater = lock_rater_keeping_study(assignment.rater)
    assignment = lock_assignment(assignment)
    if assignment.state in (Assignment.State.SKIPPED, Assignment.State.PRACTISED):
        return
    if rater.withdrawn_at:
        raise NotOpen("withdrawn")
    if state != Study.State.OPEN:
        raise NotOpen(state)
    if assignment.state != Assignment.State.OPEN:
        raise AlreadyEnded(assignment.state)
    now = database_now()
    practising = assignment.slot.phase == Slot.Phase.PRACTICE
    assignment.state = Assignment.State.PRACTISED if practising else Assignment.State.SKIPPED
    assignment.excluded = "practice" if practising else ""
    assignment.skip_reason = reason[:40]
    assignment.sitting = continue_sitting(rater, now)
    answer = Answer.objects.filter(assignment=assignment).first()
    measured = assignment_measures(answer.reading) if answer else {}
    for name, value in measured.items():
        setattr(assignment, name, value)
    assignment.save(update_fields=["state", "excluded", "skip_reason", "sitting", *measured])
    if practising:
        conclude_practice(rater, now)
    else:
        mark_finished(rater, now)


def requeue_stale() -> int:
    """Expire the leases that ran out by the database's clock, and return how many."""
    return Assignment.objects.filter(state=Assignment.State.OPEN, leased_until__lt=database_now()).update(
        state=Assignment.State.EXPIRED
    )
