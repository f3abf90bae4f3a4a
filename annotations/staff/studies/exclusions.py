"""Excluding a submitted answer by hand, and including it again: events, each with a reason.

The plan's own rules exclude by themselves (`late`, `practice`). Any other exclusion is a deviation from the
plan, so it is decided blind: it is refused once the study is unblinded.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from annotations.desk.seats import lock_assignment, lock_rater, study_state
from annotations.errors import WrongState
from annotations.models import Assignment, ExclusionEvent, Rater, Slot, Study
from annotations.models.exclusions import MANUAL, VERBS
from evalsite.core.clock import database_now
from evalsite.core.models import User, record

CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class RaterAnswer:
    """A submitted answer as staff may see it: no choice, no script, no system."""

    position: int
    kind: str
    submitted_at: datetime | None
    seconds: float | None
    excluded: bool


def rater_answers(rater: Rater) -> list[RaterAnswer]:
    """The answers of a rater that count unless staff exclude them, by position."""
    rows = _answers(rater).select_related("slot__pairing").order_by("slot__position")
    return [
        RaterAnswer(
            row.slot.position, row.slot.pairing.kind, row.submitted_at, row.seconds, row.excluded == MANUAL
        )
        for row in rows
    ]


def find_answer(rater: Rater, position: int) -> Assignment | None:
    """The rater's submitted answer at a position of the seat; None if there is none."""
    return _answers(rater).filter(slot__position=position).first()


def _answers(rater: Rater) -> QuerySet[Assignment]:
    return rater.assignments.filter(state=Assignment.State.SUBMITTED, slot__phase=Slot.Phase.MAIN)


@transaction.atomic
def set_excluded(*, assignment: Assignment, excluded: bool, by: User | str, reason: str) -> ExclusionEvent:
    """Exclude an answer from all estimates, or include it again.

    Parameters
    ----------
    assignment : a submitted answer, not of practice.
    excluded : True to exclude, False to include it again.
    by : a member of staff, or `console`.
    reason : stored with the event, in the audit trail, in exports and in the report.

    Raises
    ------
    WrongState
        The study is unblinded, the answer cannot be excluded by hand, it is in that state already, or the
        reason is empty.
    """
    state = study_state(assignment.rater.study_id)
    rater = lock_rater(assignment.rater_id)
    locked = lock_assignment(assignment)
    reason = reason.strip()
    if state == Study.State.UNBLINDED:
        raise WrongState("the study is unblinded: judgments can only be excluded while it is blinded")
    if locked.state != Assignment.State.SUBMITTED or locked.slot.phase != Slot.Phase.MAIN:
        raise WrongState("only a submitted answer that is not practice can be excluded")
    if (locked.excluded == MANUAL) == excluded:
        raise WrongState(f"this answer is {'excluded' if excluded else 'included'} already")
    if not reason:
        raise WrongState("an exclusion needs a reason")
    event = ExclusionEvent.objects.create(
        assignment=locked,
        number=locked.exclusions.count() + 1,
        excluded=excluded,
        who=by if isinstance(by, str) else by.get_username(),
        role=CONSOLE if isinstance(by, str) else _role(by, rater.study),
        reason=reason,
        at=database_now(),
    )
    locked.excluded = MANUAL if excluded else ""
    locked.save(update_fields=["excluded"])
    record(
        who=event.who,
        verb=VERBS[excluded],
        about=rater.study.slug,
        rater=rater.code,
        position=locked.slot.position,
        assignment=locked.code,
        reason=reason,
    )
    return event


def _role(person: User, study: Study) -> str:
    """The person's role in the study's team."""
    return person.team_roles.get(study.team.pk, person.role)


def exclusion_events(study: Study, rater: Rater | None = None) -> list[ExclusionEvent]:
    """All events of a study, or of one rater, in order of time."""
    rows = ExclusionEvent.objects.filter(assignment__rater__study=study)
    if rater is not None:
        rows = rows.filter(assignment__rater=rater)
    return list(rows.select_related("assignment__rater", "assignment__slot__pairing__study_brief"))
