"""Changing the last submitted answer, until the next pair is submitted.

A change is a new event: its rows are added to the earlier ones, with the next revision number.
`Assignment.revision` says which rows count. What the page measured of the first reading stays as it is.
"""

from typing import Literal

from django.db import transaction

from annotations.desk.guessing import draw_guess_sample
from annotations.desk.judging_form import Submission, SubmissionMark
from annotations.desk.seats import lock_assignment, lock_rater_keeping_study, study_state
from annotations.desk.submitting import check_submission, record_changes
from annotations.models import (
    Answer,
    AnswerRevision,
    Assignment,
    Judgment,
    Mark,
    Rater,
    Score,
    Seat,
    Study,
)
from annotations.spec.study_options import debriefing_text
from evalsite.core.clock import database_now

State = Assignment.State
RevisionOutcome = Literal["changed", "unchanged", "outdated", "final"]
MOST_REVISIONS = 100


def changeable_assignment(rater: Rater, state: str = "") -> Assignment | None:
    """The assignment whose answer the rater can still change, if any; `state` is the study's.

    It is the last one that was submitted. It is final once its rater has guessed who wrote the scripts, and
    at the end of a study with a debriefing, which comes next.
    """
    if (state or rater.study.state) != Study.State.OPEN or rater.withdrawn_at:
        return None
    if rater.finished_at and debriefing_text(rater.study):
        return None
    if not rater.finished_at and not Seat.objects.filter(rater=rater).exists():
        return None
    sent = rater.assignments.filter(state__in=[State.SUBMITTED, State.LATE])
    related = ("slot__seat", "slot__pairing__study_brief", "slot__pairing__first", "slot__pairing__second")
    last = sent.select_related(*related).order_by("-submitted_at", "-pk").first()
    if last is None or last.state != State.SUBMITTED or rater.guessed_at or last.guesses.exists():
        return None
    if last.slot.pairing.study_brief.series_slug in rater.conflicts:
        return None
    last.rater, last.slot.seat.study = rater, rater.study
    return last


def current_submission(assignment: Assignment) -> Submission:
    """The answer that counts, as it was submitted, without what the page measured."""
    judgments = assignment.judgments.current().select_related("criterion")
    return Submission(
        judgments={row.criterion.slug: (row.choice, row.strength) for row in judgments},
        scores={row.side: row.value for row in assignment.scores.current()},
        marks=[
            SubmissionMark(row.side, row.error_class, row.scene, row.start, row.end, row.note, row.severity)
            for row in assignment.marks.current()
        ],
        knew_left=assignment.knew_left,
        knew_right=assignment.knew_right,
        reason=assignment.reason,
    )


def current_fields(assignment: Assignment) -> dict[str, str]:
    """The same as fields of the judging form, with the rater's private note."""
    answer = Answer.objects.filter(assignment=assignment).first()
    note = answer.content.get("note", "") if answer else ""
    return current_submission(assignment).fields() | ({"note": note} if note else {})


@transaction.atomic
def revise(
    *, assignment: Assignment, submission: Submission, revision: int, note: str = ""
) -> RevisionOutcome:
    """Store a changed answer. `revision` is that of the answer which the page was built on.

    `unchanged`: it equals the stored answer, for example because it was sent twice. `outdated`: another
    window changed the answer meanwhile, and nothing is stored. `final`: the answer can no longer be changed.
    Raises InvalidSubmission, and then nothing is stored.
    """
    state = study_state(assignment.rater.study_id)
    rater = lock_rater_keeping_study(assignment.rater)
    locked = lock_assignment(assignment)
    last = changeable_assignment(rater, state)
    if last is None or last.pk != locked.pk or locked.revision >= MOST_REVISIONS:
        return "final"
    texts = {side: entry.text for side, entry in last.slot.sides.items()}
    check_submission(rater.study, submission, texts)
    same = submission.fields() == current_submission(locked).fields()
    if revision != locked.revision and not same:
        return "outdated"
    _store_note(locked, note)
    if same:
        return "unchanged"
    knew = locked.knew_left, locked.knew_right
    _store(locked, submission)
    if rater.finished_at and knew != (locked.knew_left, locked.knew_right):
        # Which scripts the rater knew decides whose origin is asked for.
        rater.guess_sample = draw_guess_sample(rater)
        rater.save(update_fields=["guess_sample"])
    return "changed"


def _store(locked: Assignment, submission: Submission) -> None:
    now, number = database_now(), locked.revision + 1
    before = {row.criterion.slug: row for row in locked.judgments.current().select_related("criterion")}
    scored = locked.scores.current().first()
    AnswerRevision.objects.create(
        assignment=locked,
        number=number,
        submitted_at=now,
        seconds=submission.seconds,
        earlier_knew_left=locked.knew_left,
        earlier_knew_right=locked.knew_right,
        earlier_reason=locked.reason,
    )
    common = {"assignment": locked, "revision": number, "submitted_at": now}
    Judgment.objects.bulk_create(
        Judgment(
            criterion=before[slug].criterion,
            choice=choice,
            strength=strength,
            first_choice=before[slug].first_choice,
            questions_digest=submission.questions_digest,
            **common,
        )
        for slug, (choice, strength) in submission.judgments.items()
    )
    Score.objects.bulk_create(
        Score(side=side, value=value, rubric=scored.rubric if scored else "", **common)
        for side, value in submission.scores.items()
    )
    Mark.objects.bulk_create(
        Mark(
            side=mark.side,
            error_class=mark.error_class,
            severity=mark.severity,
            scene=mark.scene,
            start=mark.start,
            end=mark.end,
            note=mark.note,
            **common,
        )
        for mark in submission.marks
    )
    record_changes(locked, (), submission.fields(), now)
    locked.revision = number
    locked.knew_left, locked.knew_right = submission.knew_left, submission.knew_right
    locked.reason = submission.reason
    locked.save(update_fields=["revision", "knew_left", "knew_right", "reason"])


def _store_note(locked: Assignment, note: str) -> None:
    answer = Answer.objects.filter(assignment=locked).first()
    if note == (answer.content.get("note", "") if answer else ""):
        return
    answer = answer or Answer(assignment=locked)
    answer.content = {name: value for name, value in answer.content.items() if name != "note"}
    answer.content |= {"note": note} if note else {}
    answer.saved_at = database_now()
    answer.save()
