"""Rows that a service holds while it works."""

from django.db import connection

from annotations.models import Assignment, Rater, Seat

# States in which an assignment keeps its slot from being given again.
HELD = (Assignment.State.OPEN, Assignment.State.SUBMITTED, Assignment.State.SKIPPED)


def study_state(study_id: int) -> str:
    """The study's state, which cannot change until this transaction ends; others may hold it so as well."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM annotations_study WHERE id = %s FOR SHARE", [study_id])
        (state,) = cursor.fetchone()
    return str(state)


def lock_rater(rater_id: int) -> Rater:
    return Rater.objects.select_for_update(no_key=True).get(pk=rater_id)


def lock_assignment(assignment_id: int) -> Assignment:
    return Assignment.objects.select_for_update(no_key=True).get(pk=assignment_id)


def lock_seat_of(rater: Rater) -> Seat | None:
    return Seat.objects.select_for_update(no_key=True).filter(rater=rater).first()
