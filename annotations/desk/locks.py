"""Rows that a service holds while it works."""

from django.db import connection
from django.db.models import Model

from annotations.models import Assignment, Rater, Seat

# States in which an assignment keeps its slot from being given again.
HOLDING_STATES = (Assignment.State.OPEN, Assignment.State.SUBMITTED, Assignment.State.SKIPPED)
# States in which an assignment takes nothing more.
ENDED_STATES = (
    Assignment.State.SUBMITTED,
    Assignment.State.LATE,
    Assignment.State.SKIPPED,
    Assignment.State.PRACTISED,
)
CONFLICT = "conflict"
"""The reason of a skip that nobody chose: a series that the rater worked on."""


def study_state(study_id: int) -> str:
    """The study's state, which cannot change until this transaction ends; others may hold it so as well."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM annotations_study WHERE id = %s FOR SHARE", [study_id])
        (state,) = cursor.fetchone()
    return str(state)


def lock_rater(rater_id: int) -> Rater:
    return Rater.objects.select_for_update(no_key=True).get(pk=rater_id)


def lock_rater_keeping_study(rater: Rater) -> Rater:
    """The rater's row as it is now, with the study that was read before: its file, which is long, does not
    change while it has raters.
    """
    return _with_known(lock_rater(rater.pk), rater, "study")


def lock_assignment(assignment: Assignment) -> Assignment:
    """The assignment's row as it is now, with the slot, which does not change, if it was read before."""
    locked = Assignment.objects.select_for_update(no_key=True).get(pk=assignment.pk)
    return _with_known(locked, assignment, "slot")


def _with_known[Row: Model](fresh: Row, known: Row, name: str) -> Row:
    if known._meta.get_field(name).is_cached(known):  # type: ignore[union-attr]
        setattr(fresh, name, getattr(known, name))
    return fresh


def lock_rater_seat(rater: Rater) -> Seat | None:
    return Seat.objects.select_for_update(no_key=True).filter(rater=rater).first()
