"""Submitting: the one place where judgments come to be."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.db.models import prefetch_related_objects

from annotations.desk import reading_time
from annotations.desk.answer_changes import ClientChange, RecordedChanges, record_changes
from annotations.desk.conflicts import in_conflict
from annotations.desk.leases import lease_end
from annotations.desk.locks import (
    ENDED_STATES,
    HOLDING_STATES,
    lock_assignment,
    lock_rater_keeping_study,
    study_state,
)
from annotations.desk.practice import conclude_practice
from annotations.desk.progress import mark_finished
from annotations.desk.sittings import continue_sitting
from annotations.errors import InvalidSubmission
from annotations.models import (
    Answer,
    Assignment,
    Choice,
    Judgment,
    Mark,
    Rater,
    Score,
    Slot,
    Study,
)
from evalsite.core.clock import database_now

Outcome = Literal["submitted", "already", "late", "closed", "withdrawn", "conflict"]
State = Assignment.State
MEASURES = ("layout", *reading_time.MEASURES.values(), "knew_left", "knew_right", "reason")


@dataclass(frozen=True, slots=True)
class SubmissionMark:
    """An error pointed at; offsets are code points in the entry's text."""

    side: str
    error_class: str
    scene: int | None = None
    start: int | None = None
    end: int | None = None
    note: str = ""

    def fields(self) -> dict[str, str | int]:
        """What of it stands in a row of the form; what it leaves open does not."""
        parts = {"class": self.error_class, "note": self.note, "start": self.start, "end": self.end}
        return {part: value for part, value in parts.items() if value not in ("", None)}


@dataclass(frozen=True, slots=True)
class Submission:
    """What a rater sends: (choice, strength 1 to 3 or None) per criterion's slug, scores by side, marks.

    Of one script at a time there is no judgment, and all that has a side is left.
    """

    judgments: Mapping[str, tuple[str, int | None]]
    scores: Mapping[str, int] = field(default_factory=dict)
    marks: Sequence[SubmissionMark] = ()
    knew_left: bool | None = None
    knew_right: bool | None = None
    reason: str = ""
    layout: str = ""
    read_first: str = ""
    switches: int | None = None
    seconds: float | None = None
    read_left_s: float | None = None
    read_right_s: float | None = None
    share_read_left: float | None = None
    share_read_right: float | None = None

    def fields(self) -> dict[str, str]:
        """The same as fields of the judging form, marks in rows from 1 on for each script."""
        found = {f"choice-{slug}": choice for slug, (choice, _) in self.judgments.items()}
        found |= {f"strength-{slug}": str(s) for slug, (_, s) in self.judgments.items() if s is not None}
        known = {"left": self.knew_left, "right": self.knew_right}
        found |= {f"knew-{side}": "on" for side, knew in known.items() if knew}
        found |= {f"score-{side}": str(value) for side, value in self.scores.items()}
        rows: Counter[str] = Counter()
        for mark in self.marks:
            rows[mark.side] += 1
            found |= {
                f"mark-{mark.side}-{rows[mark.side]}-{part}": str(value)
                for part, value in mark.fields().items()
            }
        return found | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True, slots=True)
class SubmitResult:
    """How it ended, and the state that the assignment now has."""

    outcome: Outcome
    state: str


@transaction.atomic
def submit(
    *, assignment: Assignment, submission: Submission, changes: Sequence[ClientChange] = ()
) -> SubmitResult:
    """Take the rater's judgments, once, in one transaction, with the changes that only the page knows as
    yet. Raises InvalidSubmission, and then nothing is kept.

    `submitted`: taken, also after the lease ran out while the slot was still free. `already`: it was ended
    before, and nothing changes. `late`: somebody else has the slot; kept, excluded from every estimate.
    `closed`: the study takes nothing now; the answer is kept unsent. `withdrawn`: the rater has left.
    `conflict`: the rater has said meanwhile that this series is their own work; nothing is taken.
    """
    study = assignment.rater.study
    state = study_state(study.pk)
    rater = lock_rater_keeping_study(assignment.rater)
    assignment = lock_assignment(assignment)
    if rater.withdrawn_at:
        return SubmitResult("withdrawn", assignment.state)
    if assignment.state in ENDED_STATES:
        return SubmitResult("already", assignment.state)
    if in_conflict(rater, assignment.slot):
        return SubmitResult("conflict", assignment.state)
    # Asked for three times below.
    prefetch_related_objects([study], "criteria")
    check_submission(study, submission, _texts(assignment, submission))
    now = database_now()
    if state != Study.State.OPEN:
        _store_unsent(assignment, submission, changes, now)
        return SubmitResult("closed", assignment.state)
    return _store_judgments(study, rater, assignment, submission, changes, now)


def _store_judgments(
    study: Study,
    rater: Rater,
    assignment: Assignment,
    submission: Submission,
    changes: Sequence[ClientChange],
    now: datetime,
) -> SubmitResult:
    # Locked, so that who took over the seat cannot take the slot between this look and our writing.
    slot = Slot.objects.select_for_update().get(pk=assignment.slot_id)
    taken = slot.assignments.filter(state__in=HOLDING_STATES).exclude(pk=assignment.pk).exists()
    noted = record_changes(assignment, changes, submission.fields(), now)
    practising = slot.phase == slot.Phase.PRACTICE
    assignment.state = State.PRACTISED if practising else State.LATE if taken else State.SUBMITTED
    assignment.excluded = "practice" if practising else "late" if taken else ""
    assignment.submitted_at = now
    assignment.sitting = continue_sitting(rater, now)
    known = _measured(assignment) if submission.seconds is None else {}
    for name in MEASURES:
        given = getattr(submission, name)
        setattr(assignment, name, known.get(name, given) if given in (None, "") else given)
    assignment.save()
    _write_rows(study, assignment, submission, noted, now)
    if practising:
        conclude_practice(rater, now)
        return SubmitResult("submitted", assignment.state)
    mark_finished(rater, now)
    return SubmitResult("late" if taken else "submitted", assignment.state)


def _measured(assignment: Assignment) -> dict[str, Any]:
    """What a page had measured before a form came that runs no script and measures nothing."""
    answer = Answer.objects.filter(assignment=assignment).first()
    return reading_time.assignment_measures(answer.reading) if answer else {}


def _write_rows(
    study: Study, assignment: Assignment, submission: Submission, noted: RecordedChanges, now: datetime
) -> None:
    first = noted.first_choices()
    criteria = {criterion.slug: criterion for criterion in study.criteria.all()}
    Judgment.objects.bulk_create(
        Judgment(
            assignment=assignment,
            criterion=criteria[slug],
            choice=choice,
            strength=strength,
            first_choice=first.get(f"choice-{slug}", choice),
            submitted_at=now,
        )
        for slug, (choice, strength) in submission.judgments.items()
    )
    rubric = study.spec.get("score") or {}
    Score.objects.bulk_create(
        Score(
            assignment=assignment,
            side=side,
            value=value,
            rubric=f"{rubric['rubric']}@{rubric['version']}",
            submitted_at=now,
        )
        for side, value in submission.scores.items()
    )
    Mark.objects.bulk_create(
        Mark(
            assignment=assignment,
            side=mark.side,
            error_class=mark.error_class,
            scene=mark.scene,
            start=mark.start,
            end=mark.end,
            note=mark.note,
            submitted_at=now,
        )
        for mark in submission.marks
    )


def _store_unsent(
    assignment: Assignment, submission: Submission, changes: Sequence[ClientChange], now: datetime
) -> None:
    answer, _ = Answer.objects.get_or_create(assignment=assignment, defaults={"saved_at": now})
    # The private note is no part of a submission; all else is whole in it.
    note = {name: text for name, text in answer.content.items() if name == "note"}
    answer.content = note | submission.fields()
    record_changes(assignment, changes, answer.content, now)
    answer.revision += 1
    answer.saved_at = now
    answer.save()


@transaction.atomic
def store_unsent_answer(
    *, assignment: Assignment, fields: Mapping[str, str], revision: int, changes: Sequence[ClientChange] = ()
) -> None:
    """Keep what a form sent that was not taken, also while the study or the lease takes nothing.

    All of it where the form was built on what is saved (`revision`). An older form, sent again by a browser
    for instance, fills gaps, takes nothing away and adds its words (`merge_older_form`). Nothing is
    stored of an assignment that has ended.
    """
    state = study_state(assignment.rater.study_id)
    rater = lock_rater_keeping_study(assignment.rater)
    assignment = lock_assignment(assignment)
    if rater.withdrawn_at or assignment.state in ENDED_STATES:
        return
    now = database_now()
    answer = Answer.objects.filter(assignment=assignment).first() or Answer(assignment=assignment)
    before = answer.content
    newest = answer.revision == revision or not before
    content = dict(fields) if newest else merge_older_form(before, fields)
    if content != before or changes:
        record_changes(assignment, changes, content, now)
    if content != before:
        answer.content = content
        answer.revision += 1
        answer.saved_at = now
        answer.save()
    if state == Study.State.OPEN and assignment.state == State.OPEN:
        assignment.leased_until = lease_end(now)
        assignment.sitting = continue_sitting(rater, now)
        assignment.save(update_fields=["leased_until", "sitting"])


def _texts(assignment: Assignment, submission: Submission) -> dict[str, str]:
    """The texts that marks point into, by the side on which they are shown; empty where nothing points."""
    pointed = any(mark.start is not None for mark in submission.marks)
    return {side: entry.text if pointed else "" for side, entry in assignment.slot.sides.items()}


def check_submission(study: Study, submission: Submission, texts: Mapping[str, str]) -> None:
    """Hold a submission against the study's form and the texts shown, by side (one: no judgment is asked);
    raises InvalidSubmission with every problem."""
    problems: dict[str, str] = {}
    asked = study.criteria.all() if len(texts) > 1 else ()
    criteria = {criterion.slug: criterion for criterion in asked}
    for slug in criteria.keys() - submission.judgments.keys():
        problems[f"choice-{slug}"] = "a choice is missing"
    for slug, (choice, strength) in submission.judgments.items():
        if slug not in criteria:
            problems[f"choice-{slug}"] = "the study has no such criterion"
        elif choice not in Choice.values:
            problems[f"choice-{slug}"] = "left, right, tie or neither"
        elif strength is not None and (
            choice not in (Choice.LEFT, Choice.RIGHT) or strength not in (1, 2, 3)
        ):
            problems[f"strength-{slug}"] = "1, 2 or 3, and only where one script was chosen"
    problems |= _score_problems(study, submission, texts)
    problems |= _mark_problems(study, submission, texts)
    if problems:
        raise InvalidSubmission(problems)


def _score_problems(study: Study, submission: Submission, texts: Mapping[str, str]) -> dict[str, str]:
    rubric = study.spec.get("score")
    wanted = set(texts) if rubric else set()
    problems = {f"score-{side}": "a score is missing" for side in wanted - submission.scores.keys()}
    for side, value in submission.scores.items():
        if side not in wanted:
            problems[f"score-{side}"] = "the study asks for no such score"
        elif not rubric["min"] <= value <= rubric["max"]:
            problems[f"score-{side}"] = f"a whole number from {rubric['min']} to {rubric['max']}"
    return problems


def _mark_problems(study: Study, submission: Submission, texts: Mapping[str, str]) -> dict[str, str]:
    if submission.marks and not study.spec.get("marks"):
        return {"marks": "the study asks for no marks"}
    for mark in submission.marks:
        if mark.side not in texts or mark.error_class not in Mark.ErrorClass.values:
            return {"marks": "a mark has a side and one of the classes plot, character, pacing"}
        if (mark.start is None) != (mark.end is None):
            return {"marks": "a mark has both ends or none"}
        if mark.start is not None and not 0 <= mark.start < (mark.end or 0) <= len(texts[mark.side]):
            return {"marks": "a mark starts within its text and ends after it starts"}
    return {}


WORDS = ("reason", "note")


PARTS = ("class", "note", "start", "end")


ROWS = Mark.MOST_PER_SCRIPT


def merge_older_form(before: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, str]:
    """What is saved (`before`) with what an older form brings: answers to questions that have none, words
    below the words that are there, and its marks in rows of their own."""
    found = dict(before)
    answered = {_question(name) for name in before}
    for name, value in fields.items():
        # A box that is not ticked is an answer, no gap.
        if _question(name) not in answered and not name.startswith("knew-"):
            found[name] = value
    for name in WORDS:
        if fields.get(name):
            found[name] = join_texts(before.get(name, ""), fields[name])
    for row in sorted({_question(name) for name in fields if name.startswith("mark-")} & answered):
        _keep_mark(found, fields, row)
    return found


def join_texts(theirs: str, mine: str) -> str:
    """Both texts, one below the other, unless one holds the other."""
    if not theirs or theirs in mine:
        return mine
    return theirs if mine in theirs else f"{theirs}\n\n{mine}"


def _question(field: str) -> str:
    """What a field answers; choice and strength answer one question, and so does all of one mark."""
    kind, _, rest = field.partition("-")
    if kind in ("choice", "strength"):
        return f"criterion {rest}"
    return field.rpartition("-")[0] if kind == "mark" else field


def _keep_mark(found: dict[str, str], fields: Mapping[str, str], row: str) -> None:
    """A mark whose row is in use goes to a free one, unless it says the same place and kind."""
    mine = {part: fields[f"{row}-{part}"] for part in PARTS if fields.get(f"{row}-{part}")}
    if not mine:
        return
    side = row.split("-")[1]
    for name in (f"mark-{side}-{number}" for number in range(1, ROWS + 1)):
        theirs = {part: found.get(f"{name}-{part}", "") for part in PARTS}
        if all(theirs[part] == mine.get(part, "") for part in ("class", "start", "end")):
            note = join_texts(theirs["note"], mine.get("note", ""))
            found |= {f"{name}-note": note} if note else {}
            return
    for name in (f"mark-{side}-{number}" for number in range(1, ROWS + 1)):
        if not any(f"{name}-{part}" in found or fields.get(f"{name}-{part}") for part in PARTS):
            found |= {f"{name}-{part}": value for part, value in mine.items()}
            return
    # No row is free: what it said goes to the rater's own notes.
    said = ": ".join(mine[part] for part in ("class", "note") if part in mine)
    found["note"] = join_texts(found.get("note", ""), said)
