"""Holding a pair and judging it: leases, saving, submitting. The one place where judgments are written.

Each service is one transaction. It locks study (shared), rater, assignment and slot in one statement, reads
in a second one, and writes in a third (`annotations.desk.queries`). Leasing the next pair takes two more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.utils.crypto import get_random_string

from annotations.desk import queries
from annotations.desk.answers import (
    MEASURES,
    MOST_CHANGES,
    RECORDED,
    ClientChange,
    merge_measures,
    merge_older_form,
)
from annotations.desk.judging_form import Submission, entry_at, study_at
from annotations.desk.onboarding import release_conflicts
from annotations.desk.practice import conclude_practice, next_practice_slot, pass_over_practice
from annotations.desk.progress import continue_sitting, mark_finished
from annotations.desk.queries import Change, Held
from annotations.desk.seats import (
    ENDED_STATES,
    HOLDING_STATES,
    lock_assignment,
    lock_rater_keeping_study,
    lock_rater_seat,
    study_state,
)
from annotations.errors import AlreadyEnded, InvalidSubmission, NotOpen
from annotations.models import Answer, AnswerChange, Assignment, Choice, Mark, Rater, Slot, Study
from annotations.spec.mark_kinds import GOOD_LINE
from annotations.spec.study_options import mark_options
from evalsite.core.clock import database_now
from evalsite.core.codes import ALPHABET

CODE_LENGTH = 16
Outcome = Literal["submitted", "already", "late", "closed", "withdrawn", "conflict"]
State = Assignment.State
COLUMNS = ("layout", *MEASURES.values(), "knew_left", "knew_right", "reason")
"""What an assignment stores of a submission besides the answers."""


@dataclass(frozen=True, slots=True)
class SubmitResult:
    """How it ended, and the state that the assignment now has."""

    outcome: Outcome
    state: str


@dataclass(frozen=True, slots=True)
class PlannedChanges:
    """All changes of an assignment, in the order in which they were made; which of them are new; and which
    there was no room for."""

    rows: list[Change]
    new: list[Change]
    refused: list[ClientChange]

    def first_choices(self) -> dict[str, str]:
        """The first choice that was made on each question, by the name of its field."""
        first: dict[str, str] = {}
        for row in self.rows:
            if row.field.startswith("choice-") and row.value in Choice.values:
                first.setdefault(row.field, row.value)
        return first


@transaction.atomic
def submit(
    *, assignment: Assignment, submission: Submission, changes: Sequence[ClientChange] = ()
) -> SubmitResult:
    """Take the rater's judgments, once, in one transaction, with the changes that only the page knows as
    yet. Raises InvalidSubmission, and then nothing is stored.

    `submitted`: taken, also after the lease ran out while the slot was still free. `already`: it was ended
    before, and nothing changes. `late`: another rater has the slot; stored, and excluded from every estimate.
    `closed`: the study takes nothing now; the answer is stored unsent. `withdrawn`: the rater has left.
    `conflict`: the rater has declared meanwhile that they worked on this series; nothing is taken.
    """
    held = queries.lock_held(code=assignment.code, rater=assignment.rater.code, slot=True)
    if held is None:
        raise Assignment.DoesNotExist(assignment.code)
    if held.withdrawn:
        return SubmitResult("withdrawn", held.state)
    if held.state in ENDED_STATES:
        return SubmitResult("already", held.state)
    if held.conflict:
        return SubmitResult("conflict", held.state)
    practice = held.phase == Slot.Phase.PRACTICE
    check_submission(study_at(held.study), submission, _texts(held, submission), practice=practice)
    if held.study_state != Study.State.OPEN:
        _store_unsent(held, submission, changes)
        return SubmitResult("closed", held.state)
    state, _sitting = _write(held, submission, changes)
    rater = Rater.objects.select_related("study").get(pk=held.rater_id)
    if state == State.PRACTISED:
        conclude_practice(rater, held.now)
    else:
        mark_finished(rater, held.now)
    return SubmitResult("late" if state == State.LATE else "submitted", state)


def submit_and_lease(held: Held, submission: Submission, changes: Sequence[ClientChange]) -> str | None:
    """Submit an open pair that counts, and lease the next one: its code, or None if no pair is left.

    The caller has locked `held` in this transaction and has validated the submission with the form.
    """
    _state, sitting = _write(held, submission, changes)
    given = queries.lease_next_slot(
        rater_id=held.rater_id,
        sitting=sitting,
        code=get_random_string(CODE_LENGTH, ALPHABET),
        now=held.now,
        leased_until=lease_end(held.now),
    )
    if given is None:
        mark_finished(Rater.objects.select_related("study").get(pk=held.rater_id), held.now)
    return given[1] if given else None


def _write(held: Held, submission: Submission, changes: Sequence[ClientChange]) -> tuple[str, int]:
    """Write everything that a submission brings; the new state and the key of the sitting."""
    study = study_at(held.study)
    planned = plan_changes(held.changes, held.opened_at, changes, submission.fields(), held.now)
    state, excluded = State.SUBMITTED, ""
    if held.phase == Slot.Phase.PRACTICE:
        state, excluded = State.PRACTISED, "practice"
    elif held.taken:
        state, excluded = State.LATE, "late"
    rubric = study.spec.get("score") or {}
    sitting = queries.write_submission(
        held,
        changes=planned.new,
        state=state.value,
        excluded=excluded,
        rubric=f"{rubric['rubric']}@{rubric['version']}" if rubric else "",
        questions_digest=submission.questions_digest,
        score_sides=list(submission.scores.keys()),
        scores=list(submission.scores.values()),
        **_columns(held, submission),
        **_judgment_rows(study, submission, planned),
        **_mark_rows(submission),
    )
    return state.value, sitting


def _columns(held: Held, submission: Submission) -> dict[str, Any]:
    """What the assignment stores. If a form came that runs no script, what a page had measured before."""
    known = assignment_measures(held.reading) if submission.seconds is None else {}
    found = {name: getattr(submission, name) for name in COLUMNS}
    return {name: known.get(name, given) if given in (None, "") else given for name, given in found.items()}


def assignment_measures(reading: Mapping[str, Any]) -> dict[str, Any]:
    """What is known, by the columns of an assignment; what is not known is not there."""
    found = {column: reading[name] for name, column in MEASURES.items() if name in reading}
    return found | ({"switches": int(found["switches"])} if "switches" in found else {})


def _judgment_rows(study: Study, submission: Submission, planned: PlannedChanges) -> dict[str, Any]:
    keys = {criterion.slug: criterion.pk for criterion in study.criteria.all()}
    first = planned.first_choices()
    given = submission.judgments
    return {
        "criteria": [keys[slug] for slug in given],
        "choices": [str(choice) for choice, _strength in given.values()],
        "strengths": [strength for _choice, strength in given.values()],
        "first_choices": [first.get(f"choice-{slug}", str(choice)) for slug, (choice, _) in given.items()],
    }


def _mark_rows(submission: Submission) -> dict[str, Any]:
    marks = submission.marks
    return {
        "mark_sides": [mark.side for mark in marks],
        "mark_classes": [mark.error_class for mark in marks],
        "mark_severities": [mark.severity for mark in marks],
        "mark_scenes": [mark.scene for mark in marks],
        "mark_starts": [mark.start for mark in marks],
        "mark_ends": [mark.end for mark in marks],
        "mark_notes": [mark.note for mark in marks],
    }


def _store_unsent(held: Held, submission: Submission, changes: Sequence[ClientChange]) -> None:
    answer, _ = Answer.objects.get_or_create(assignment_id=held.id, defaults={"saved_at": held.now})
    # The private note is no part of a submission; all else is whole in it.
    note = {name: text for name, text in answer.content.items() if name == "note"}
    answer.content = note | submission.fields()
    record_changes(Assignment.objects.get(pk=held.id), changes, answer.content, held.now)
    answer.revision += 1
    answer.saved_at = held.now
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


def _texts(held: Held, submission: Submission) -> dict[str, str]:
    """The texts that marks point into, by the side on which they are; empty where nothing points."""
    sides = {"left": held.left} | ({"right": held.right} if held.right else {})
    pointed = any(mark.start is not None for mark in submission.marks)
    return {side: entry_at(key).text if pointed else "" for side, key in sides.items()}


def check_submission(
    study: Study, submission: Submission, texts: Mapping[str, str], *, practice: bool = False
) -> None:
    """Check a submission against the study's form and the displayed texts, by side (one: no judgment).

    In practice only the primary criterion is required, or the scores if there are no criteria. Raises
    InvalidSubmission with every problem.
    """
    problems: dict[str, str] = {}
    asked = study.criteria.all() if len(texts) > 1 else ()
    criteria = {criterion.slug: criterion for criterion in asked}
    for slug in criteria.keys() - submission.judgments.keys():
        if criteria[slug].primary or not practice:
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
    scores_optional = practice and bool(criteria)
    problems |= _score_problems(study, submission, texts, required=not scores_optional)
    problems |= _mark_problems(study, submission, texts)
    if problems:
        raise InvalidSubmission(problems)


def _score_problems(
    study: Study, submission: Submission, texts: Mapping[str, str], *, required: bool
) -> dict[str, str]:
    rubric = study.spec.get("score")
    wanted = set(texts) if rubric else set()
    missing = wanted - submission.scores.keys() if required else ()
    problems = {f"score-{side}": "a score is missing" for side in missing}
    for side, value in submission.scores.items():
        if side not in wanted:
            problems[f"score-{side}"] = "the study asks for no such score"
        elif not rubric["min"] <= value <= rubric["max"]:
            problems[f"score-{side}"] = f"a whole number from {rubric['min']} to {rubric['max']}"
    return problems


def _mark_problems(study: Study, submission: Submission, texts: Mapping[str, str]) -> dict[str, str]:
    if not submission.marks:
        return {}
    asked = mark_options(study)
    if asked is None:
        return {"marks": "the study asks for no marks"}
    classes = [kind.slug for kind in asked.kinds] + ([GOOD_LINE] if asked.good_lines else [])
    for mark in submission.marks:
        if mark.side not in texts or mark.error_class not in classes:
            return {"marks": f"a mark has a side and one of the classes {', '.join(classes)}"}
        if mark.severity and (
            not asked.severity or mark.error_class == GOOD_LINE or mark.severity not in Mark.Severity.values
        ):
            return {
                "marks": "a severity is minor, major or critical, for errors, where the study asks for it"
            }
        if (mark.start is None) != (mark.end is None):
            return {"marks": "a mark has both ends or none"}
        if mark.start is not None and not 0 <= mark.start < (mark.end or 0) <= len(texts[mark.side]):
            return {"marks": "a mark starts within its text and ends after it starts"}
    return {}


def lease_end(now: datetime) -> datetime:
    return now + timedelta(minutes=settings.LEASE_MINUTES)


@transaction.atomic
def lease_next_assignment(*, rater: Rater) -> Assignment | None:
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
    held = Assignment.objects.filter(rater=rater, state=State.OPEN).first()
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
    if slot := next_practice_slot(rater, seat):
        return _practise(rater, slot, now)
    given = queries.lease_next_slot(
        rater_id=rater.pk,
        sitting=continue_sitting(rater, now).pk,
        code=get_random_string(CODE_LENGTH, ALPHABET),
        now=now,
        leased_until=lease_end(now),
    )
    if given is None:
        mark_finished(rater, now)
        return None
    return Assignment.objects.get(pk=given[0])


def _practise(rater: Rater, slot: Slot, now: datetime) -> Assignment:
    sitting = continue_sitting(rater, now)
    lapsed = slot.assignments.filter(rater=rater, state__in=[State.EXPIRED, State.RELEASED]).first()
    if lapsed is None:
        return Assignment.objects.create(
            rater=rater, slot=slot, sitting=sitting, opened_at=now, leased_until=lease_end(now)
        )
    lapsed.state = State.OPEN
    lapsed.sitting = sitting
    lapsed.leased_until = lease_end(now)
    lapsed.save(update_fields=["state", "sitting", "leased_until"])
    return lapsed


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """How a save ended. On a conflict `content` is what another tab saved before, unchanged.

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
    """Store the form as it is and renew the lease. `revision` is the one the page was built on (0 at
    first). The same content again is no conflict: an answer that got lost is asked for once more. What the
    page measured (`reading`) and every change that it reports (`changes`) are joined to what is known,
    whichever page is newer. What only the lease's end had closed is open again.

    Raises NotOpen (study or rater) and AlreadyEnded (assignment).
    """
    held = queries.lock_held(code=assignment.code, rater=assignment.rater.code, slot=False)
    if held is None:
        raise Assignment.DoesNotExist(assignment.code)
    return save_held_answer(held, fields, revision=revision, reading=reading, changes=changes)


def save_held_answer(
    held: Held,
    fields: Mapping[str, str],
    *,
    revision: int,
    reading: object,
    changes: Sequence[ClientChange],
) -> SavedAnswer:
    """`save_answer` for an assignment that the caller has locked in this transaction."""
    if held.withdrawn:
        raise NotOpen("withdrawn")
    if held.study_state != Study.State.OPEN:
        raise NotOpen(held.study_state)
    if held.state != State.OPEN and not _still_theirs(held):
        raise AlreadyEnded(held.state)
    given = dict(fields)
    conflict = held.revision != revision and given != held.content
    changed = not conflict and given != held.content
    new: queries.Changes = ()
    refused: Sequence[ClientChange] = ()
    if changes or (changed and recorded_fields(given) != recorded_fields(held.content)):
        content = None if conflict else given
        planned = plan_changes(held.changes, held.opened_at, changes, content, held.now)
        new, refused = planned.new, planned.refused
    answer = SavedAnswer(
        revision=held.revision + changed,
        conflict=conflict,
        content=given if changed else held.content,
        refused=refused,
        reading=merge_measures(held.reading, reading),
    )
    queries.write_answer(
        held,
        changes=new,
        content=answer.content,
        reading=answer.reading,
        revision=answer.revision,
        leased_until=lease_end(held.now),
    )
    return answer


def _still_theirs(held: Held) -> bool:
    """Whether nothing but the lease has ended: the seat is still the rater's, and no one has the slot."""
    if held.state != State.EXPIRED or held.conflict:
        return False
    slots = Slot.objects.select_for_update(of=("self",))
    slot = slots.filter(pk=held.slot_id, seat__rater=held.rater_id).first()
    if slot is None:
        return False
    elsewhere = Assignment.objects.filter(rater=held.rater_id, state=State.OPEN)
    return not elsewhere.exists() and not slot.assignments.filter(state__in=HOLDING_STATES).exists()


@transaction.atomic
def skip(*, assignment: Assignment, reason: str) -> None:
    """End an open assignment without a judgment; its slot goes to no one else. What the page had measured
    of it stays. Twice is once."""
    state = study_state(assignment.rater.study_id)
    rater = lock_rater_keeping_study(assignment.rater)
    assignment = lock_assignment(assignment)
    if assignment.state in (State.SKIPPED, State.PRACTISED):
        return
    if rater.withdrawn_at:
        raise NotOpen("withdrawn")
    if state != Study.State.OPEN:
        raise NotOpen(state)
    if assignment.state != State.OPEN:
        raise AlreadyEnded(assignment.state)
    now = database_now()
    practising = assignment.slot.phase == Slot.Phase.PRACTICE
    assignment.state = State.PRACTISED if practising else State.SKIPPED
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


def expire_leases() -> int:
    """Expire the leases that ran out by the database's clock, and return how many."""
    return Assignment.objects.filter(state=State.OPEN, leased_until__lt=database_now()).update(
        state=State.EXPIRED
    )


# What changed in an answer, found by comparing with what is stored.


def recorded_fields(content: Mapping[str, str]) -> dict[str, str]:
    """Of an answer, the fields whose changes are stored."""
    return {name: value for name, value in content.items() if name.startswith(RECORDED)}


def record_changes(
    assignment: Assignment, changes: Sequence[ClientChange], content: Mapping[str, str] | None, now: datetime
) -> PlannedChanges:
    """Append what `plan_changes` finds new. The caller holds the rater's row."""
    stored = [
        Change(row.page, row.number, row.field, row.value, row.at, None) for row in assignment.changes.all()
    ]
    planned = plan_changes(stored, assignment.opened_at, changes, content, now)
    if planned.new:
        AnswerChange.objects.bulk_create(
            AnswerChange(assignment=assignment, **row._asdict()) for row in planned.new
        )
    return planned


def plan_changes(
    stored: Sequence[Change],
    shown: datetime,
    changes: Sequence[ClientChange],
    content: Mapping[str, str] | None,
    now: datetime,
) -> PlannedChanges:
    """Find what is new of the changes, then what differs between the last ones and `content`, which is None
    while two pages are not joined yet.

    The time of a change lies between `shown`, the assignment's first display, and `now`, and never
    before that of the one before it on its page.
    """
    new, refused = _new(stored, shown, changes, now)
    made = sorted([*stored, *new], key=lambda row: row.at)
    last = {row.field: row.value for row in made}
    found: list[Change] = []
    for name in sorted({*last, *content} if content is not None else ()):
        value = str((content or {}).get(name, ""))[:40]
        if name.startswith(RECORDED) and last.get(name, "") != value:
            found.append(Change("", None, name[:80], value, now, now))
    return PlannedChanges([*made, *found], [*new, *found], refused)


def _new(
    stored: Sequence[Change], shown: datetime, changes: Iterable[ClientChange], now: datetime
) -> tuple[list[Change], list[ClientChange]]:
    known = {(row.page, row.number) for row in stored}
    newest: dict[str, datetime] = {}
    for row in stored:
        newest[row.page] = max(row.at, newest.get(row.page, row.at))
    new: list[Change] = []
    refused: list[ClientChange] = []
    for change in sorted(changes, key=lambda change: (change.page, change.number)):
        if (change.page, change.number) in known:
            continue
        if len(stored) + len(new) >= MOST_CHANGES:
            refused.append(change)
            continue
        known.add((change.page, change.number))
        at = _moment(change, shown, newest.get(change.page), now)
        newest[change.page] = at
        new.append(Change(change.page, change.number, change.field[:80], change.value[:40], at, now))
    return new, refused


def _moment(change: ClientChange, shown: datetime, previous: datetime | None, now: datetime) -> datetime:
    longest = (now - shown).total_seconds()
    at = now - timedelta(seconds=min(max(change.seconds_ago, 0.0), max(longest, 0.0)))
    return max(at, previous) if previous else at
