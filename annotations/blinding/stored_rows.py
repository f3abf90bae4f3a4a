"""Whether rows that were stored after freezing fit each other, the frozen plan and the audit trail.

A frozen digest cannot cover who took a seat, what was judged and what was excluded. Each check returns
sentences that name rows by seat, position and rater, and no system.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import starmap, zip_longest
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotations.blinding.recorded_steps import SAME_TIME
from annotations.models import (
    AnswerRevision,
    Assignment,
    ExclusionEvent,
    Judgment,
    Mark,
    Rater,
    RaterStatement,
    Score,
    Seat,
    SeatEvent,
    Slot,
    Study,
    StudyBrief,
)
from annotations.models.exclusions import MANUAL, VERBS
from annotations.spec.study_options import questions_digest
from annotations.spec.values import from_json
from annotations.spec.warmup_pairs import warmup_roles
from evalsite.core.digests import json_digest
from evalsite.core.models import AuditEvent

State = Assignment.State
TAKEN = ("taken", "taken over")
AUTOMATIC: Mapping[str, str] = {State.LATE: "late", State.PRACTISED: "practice"}
"""What the desk's own rules write into `Assignment.excluded`, by state."""
CONFLICT = "conflict"
MAIN = Slot.Phase.MAIN
HOLDING = (State.OPEN, State.SUBMITTED, State.SKIPPED)
SENT = (State.SUBMITTED, State.LATE)


class Answered(NamedTuple):
    """An assignment with where it is. `second` is None where a single script is judged."""

    pk: int
    rater: str
    state: str
    excluded: str
    skip_reason: str
    opened_at: datetime
    submitted_at: datetime | None
    revision: int
    slot: int
    seat: int
    phase: str
    position: int
    second: int | None

    @property
    def name(self) -> str:
        return _("the answer of rater {rater} at position {position} of seat {seat}").format(
            rater=self.rater, position=self.position, seat=self.seat
        )


def changed_plan_rows(study: Study) -> Iterator[str]:
    """Criteria, briefs, title and seed as the frozen plan has them."""
    if json_digest(study.spec) != study.spec_digest:
        return
    spec = from_json(study.spec)
    stored = [
        (row.slug, row.primary, row.label, row.question, row.guidance, row.with_strength)
        for row in study.criteria.order_by("order", "slug")
    ]
    planned = [
        (each.slug, each.primary, each.label, each.question, each.guidance, each.strength)
        for each in spec.criteria
    ]
    for row in [each for each in stored if each not in planned] or (stored if stored != planned else ()):
        yield _("the criterion {slug} is not the one of the frozen plan.").format(slug=row[0])
    if len(stored) < len(planned):
        yield _("a criterion of the frozen plan is missing.")
    for name in ("slug", "title", "question", "seed"):
        if getattr(study, name) != getattr(spec, name):
            yield _("the {name} of the study is not the one of the frozen plan.").format(name=name)
    roles = dict.fromkeys(spec.materials.briefs, StudyBrief.Role.MAIN) | warmup_roles(spec)
    briefs = dict(study.briefs.values_list("slug", "role"))
    for slug in sorted(roles.keys() | briefs.keys()):
        if roles.get(slug) != briefs.get(slug):
            yield _("the brief {slug} is not the one of the frozen plan.").format(slug=slug)


def changed_seat_events(study: Study) -> Iterator[str]:
    """Seats with gaps in the numbers of their events, or with another rater than the events name."""
    events: dict[int, list[SeatEvent]] = defaultdict(list)
    for event in SeatEvent.objects.filter(seat__study=study).order_by("number"):
        events[event.seat_id].append(event)
    kinds = dict(Rater.objects.filter(study=study).values_list("code", "kind"))
    recorded = _enrolments(study)
    for seat in Seat.objects.filter(study=study).select_related("rater").order_by("number"):
        rows = events[seat.pk]
        sitting = ""
        for row in rows:
            sitting = row.rater_code if row.verb in TAKEN else ""
        if [row.number for row in rows] != list(range(1, len(rows) + 1)):
            yield _("an event of seat {seat} is missing or was added.").format(seat=seat.number)
        if (seat.rater.code if seat.rater else "") != sitting:
            yield _("seat {seat} has another rater than its events say.").format(seat=seat.number)
        for row in rows:
            if (
                row.verb in TAKEN
                and recorded
                and recorded.get(row.rater_code)
                != (
                    seat.number,
                    kinds.get(row.rater_code),
                )
            ):
                yield _(
                    "rater {rater} in seat {seat} is not the one that the audit trail says was enrolled."
                ).format(rater=row.rater_code, seat=seat.number)


def _enrolments(study: Study) -> dict[str, tuple[int, str]]:
    """Seat and kind of each rater by the audit trail."""
    rows = AuditEvent.objects.filter(about=study.slug, verb="enrol").values_list("detail", flat=True)
    return {row["rater"]: (row["seat"], row["kind"]) for row in rows if {"seat", "kind"} <= row.keys()}


def changed_answers(study: Study) -> Iterator[str]:
    """Assignments in seats that their rater never had, out of order, or without the rows that they should
    have; rows that belong to no answer."""
    answers = _answers(study)
    yield from _misplaced(study, answers)
    yield from _out_of_order(study, answers)
    yield from _misfitting_rows(study, answers)


def _answers(study: Study) -> list[Answered]:
    rows = Assignment.objects.filter(rater__study=study).values_list(
        "pk",
        "rater__code",
        "state",
        "excluded",
        "skip_reason",
        "opened_at",
        "submitted_at",
        "revision",
        "slot",
        "slot__seat__number",
        "slot__phase",
        "slot__position",
        "slot__pairing__second",
    )
    ordered = rows.order_by("slot__seat__number", "-slot__phase", "slot__position", "pk")
    return list(starmap(Answered, ordered.iterator()))


def _misplaced(study: Study, answers: list[Answered]) -> Iterator[str]:
    occupants: dict[int, set[str]] = defaultdict(set)
    taken = SeatEvent.objects.filter(seat__study=study, verb__in=TAKEN)
    for seat, rater in taken.values_list("seat__number", "rater_code"):
        occupants[seat].add(rater)
    own = set(Slot.objects.filter(seat__study=study).values_list("pk", flat=True))
    first: dict[int, datetime] = {}
    for each in sorted(answers, key=lambda one: one.opened_at):
        first.setdefault(each.slot, each.opened_at)
    others: dict[int, list[Answered]] = defaultdict(list)
    for each in answers:
        others[each.slot].append(each)
    for each in answers:
        if each.slot not in own or each.rater not in occupants[each.seat]:
            yield _("{answer} is in a seat that the rater never had.").format(answer=each.name)
        if each.state == State.LATE and not any(
            one.pk != each.pk and each.submitted_at and one.opened_at <= each.submitted_at
            for one in others[each.slot]
        ):
            yield _("{answer} is marked as late, but no other rater had the pair.").format(answer=each.name)


def _out_of_order(study: Study, answers: list[Answered]) -> Iterator[str]:
    """Main slots are given in their order, so a rater who opened one has opened all before it.

    The order is that of the rows' keys: the times would differ after the server's clock was set back.
    Scenes of a series that a rater worked on are skipped, and are no fault.
    """
    passed = _passed_over(study) | {each.rater for each in answers if each.skip_reason == CONFLICT}
    opened: dict[tuple[int, int], int] = {}
    for each in answers:
        if each.phase == MAIN:
            place = each.seat, each.position
            opened[place] = min(opened.get(place, each.pk), each.pk)
    positions: dict[int, list[int]] = defaultdict(list)
    slots = Slot.objects.filter(seat__study=study, phase=MAIN).order_by("position")
    for seat, position in slots.values_list("seat__number", "position"):
        positions[seat].append(position)
    answered = {
        (each.seat, each.position) for each in answers if each.phase == MAIN and each.state in HOLDING
    }
    finished = Seat.objects.filter(study=study, rater__finished_at__isnull=False)
    for seat, rater in finished.order_by("number").values_list("number", "rater__code"):
        for position in positions[seat]:
            if rater not in passed and (seat, position) not in answered:
                yield _(
                    "rater {rater} has finished, but position {position} of seat {seat} has no answer."
                ).format(rater=rater, seat=seat, position=position)
    for each in answers:
        if each.phase != MAIN or each.rater in passed:
            continue
        before = [at for at in positions[each.seat] if at < each.position]
        late = [at for at in before if opened.get((each.seat, at), math.inf) > each.pk]
        if late:
            yield _("{answer} was opened before the pair at position {before}.").format(
                answer=each.name, before=late[0]
            )


def _passed_over(study: Study) -> set[str]:
    """Raters who have, had or may have had a conflict; what was erased is no longer known."""
    people = Rater.objects.filter(study=study)
    found = set(people.exclude(conflicts=[]).values_list("code", flat=True))
    found |= set(people.filter(withdrawn_at__isnull=False).values_list("code", flat=True))
    erased = AuditEvent.objects.filter(verb="erase", about=study.slug)
    found |= set(erased.values_list("detail__rater", flat=True))
    statements = RaterStatement.objects.filter(rater__study=study, about=RaterStatement.About.PROFILE)
    return found | {
        code for code, content in statements.values_list("rater__code", "content") if content.get("conflicts")
    }


Times = dict[int, dict[int, dict[object, datetime]]]
"""By assignment and revision: when each criterion, or side, was answered."""


def _misfitting_rows(study: Study, answers: list[Answered]) -> Iterator[str]:
    """Answers whose choices, scores, marks or times are not what submitting stores."""
    criteria = set(study.criteria.values_list("pk", flat=True))
    judged = _times(Judgment.objects.filter(assignment__rater__study=study), "criterion_id")
    scored = _times(Score.objects.filter(assignment__rater__study=study), "side")
    marked = _times(Mark.objects.filter(assignment__rater__study=study), "pk")
    revised: dict[int, dict[int, datetime]] = defaultdict(dict)
    changes = AnswerRevision.objects.filter(assignment__rater__study=study)
    for key, number, at in changes.values_list("assignment", "number", "submitted_at"):
        revised[key][number] = at
    for each in answers:
        times = {0: each.submitted_at} | revised[each.pk]
        sides = ({"left", "right"} if each.second else {"left"}) if study.spec.get("score") else set()
        asked = (criteria if each.second else set(), sides)
        if each.state not in (*SENT, State.PRACTISED):
            times = {}
        elif sorted(times) != list(range(each.revision + 1)):
            yield _("{answer} lacks a change, or has a change that its rater did not make.").format(
                answer=each.name
            )
        required = each.state in SENT
        if _differ(judged[each.pk], times, asked[0], required=required):
            yield _("{answer} has other judgments than were submitted.").format(answer=each.name)
        if _differ(scored[each.pk], times, asked[1], required=required):
            yield _("{answer} has other scores than were submitted.").format(answer=each.name)
        if any(times.get(number) not in rows.values() for number, rows in marked[each.pk].items()):
            yield _("{answer} has marks that were not submitted with it.").format(answer=each.name)
    planned = questions_digest(from_json(study.spec).criteria)
    known = ("", planned)
    other = Judgment.objects.filter(assignment__rater__study=study).exclude(questions_digest__in=known)
    names = {each.pk: each.name for each in answers}
    for key in sorted(set(other.values_list("assignment", flat=True))):
        yield _("{answer} was given to other questions than those of the plan.").format(answer=names[key])
    strays = Judgment.objects.filter(criterion__study=study).exclude(assignment__rater__study=study)
    for code in sorted(set(strays.values_list("assignment__code", flat=True))):
        yield _("a judgment of the study is stored with the assignment {code} of another study.").format(
            code=code
        )
    yield from _strange_scores(study, {each.pk: each for each in answers})


def _times(rows: "QuerySet[Judgment] | QuerySet[Score] | QuerySet[Mark]", key: str) -> Times:
    found: Times = defaultdict(lambda: defaultdict(dict))
    for assignment, revision, name, at in rows.values_list("assignment", "revision", key, "submitted_at"):
        found[assignment][revision][name] = at
    return found


def _differ(
    rows: Mapping[int, Mapping[object, datetime]],
    times: Mapping[int, datetime | None],
    asked: Iterable[object],
    *,
    required: bool,
) -> bool:
    """Whether an answer lacks a row, or has one of another question, revision or time."""
    wanted = set(asked)
    if required and any(set(rows.get(number, ())) != wanted for number in times):
        return True
    return any(
        number not in times or not set(found) <= wanted or set(found.values()) != {times[number]}
        for number, found in rows.items()
    )


def _strange_scores(study: Study, answers: Mapping[int, Answered]) -> Iterator[str]:
    rubric = study.spec.get("score")
    if not rubric:
        return
    rows = Score.objects.filter(assignment__rater__study=study)
    outside = rows.exclude(
        value__range=(rubric["min"], rubric["max"]), rubric=f"{rubric['rubric']}@{rubric['version']}"
    )
    for key in sorted(set(outside.values_list("assignment", flat=True))):
        yield _("{answer} has a score outside the rubric of the plan.").format(answer=answers[key].name)


def changed_exclusions(study: Study) -> Iterator[str]:
    """Answers that are excluded, or not, otherwise than by the desk's rules and the stored events; events
    without a line in the audit trail, and lines without an event."""
    last: dict[int, bool] = {}
    count: Counter[int] = Counter()
    stored: dict[tuple[object, ...], list[datetime]] = defaultdict(list)
    rows = ExclusionEvent.objects.filter(assignment__rater__study=study).order_by("assignment", "number")
    for row in rows.select_related("assignment__rater", "assignment__slot"):
        key = row.assignment_id
        count[key] += 1
        last[key] = row.excluded
        assignment = row.assignment
        stated = (VERBS[row.excluded], row.who, assignment.rater.code, assignment.slot.position, row.reason)
        stored[stated].append(row.at)
        if row.number != count[key] or row.excluded != bool(count[key] % 2):
            yield _("an exclusion of rater {rater} at position {position} is missing or was added.").format(
                rater=assignment.rater.code, position=assignment.slot.position
            )
    recorded: dict[tuple[object, ...], list[datetime]] = defaultdict(list)
    lines = AuditEvent.objects.filter(about=study.slug).order_by("pk")
    unblinded = lines.filter(verb="unblind").values_list("pk", flat=True).first() or math.inf
    for line in lines.filter(verb__in=VERBS.values()):
        detail = line.detail
        rater, position = detail.get("rater"), detail.get("position")
        recorded[line.verb, line.who, rater, position, detail.get("reason")].append(line.at)
        if line.pk > unblinded:
            yield _("rater {rater} at position {position} was excluded or included after unblinding.").format(
                rater=rater, position=position
            )
    for fact in sorted(stored.keys() | recorded.keys(), key=str):
        pairs = list(zip_longest(sorted(stored[fact]), sorted(recorded[fact])))
        if any(at is None or line is None or abs(at - line) > SAME_TIME for at, line in pairs):
            _verb, _who, rater, position, _reason = fact
            yield _(
                "the exclusions of rater {rater} at position {position} are not those of the audit trail."
            ).format(rater=rater, position=position)
    for each in _answers(study):
        wanted = MANUAL if last.get(each.pk) else AUTOMATIC.get(each.state, "")
        if each.excluded != wanted:
            yield _("{answer} is excluded or included without an event.").format(answer=each.name)


def changed_amendments(study: Study) -> Iterator[str]:
    """Amendments that differ from the audit trail."""
    verbs = ("amend", "replace unblinder")
    lines = list(AuditEvent.objects.filter(about=study.slug, verb__in=verbs).values_list("who", "detail"))
    stored = Counter(study.amendments.values_list("who", "text"))
    recorded = Counter((who, detail.get("text") or detail.get("reason", "")) for who, detail in lines)
    for who, text in sorted(stored - recorded):
        yield _("the amendment by {who} is not in the audit trail: {text}").format(who=who, text=text[:80])
    for who, text in sorted(recorded - stored):
        yield _("the amendment by {who} of the audit trail is missing: {text}").format(
            who=who, text=text[:80]
        )
