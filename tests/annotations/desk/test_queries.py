"""Desk: the hand-written statements say what Django's ORM says, on studies in random states."""

import json
import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from annotations.desk import queries, services
from annotations.desk.progress import slots_left
from annotations.desk.seats import HOLDING_STATES
from annotations.desk.sessions import link_version
from annotations.models import (
    Answer,
    AnswerChange,
    Assignment,
    Judgment,
    Mark,
    Pairing,
    Rater,
    Score,
    Seat,
    Sitting,
    Slot,
    Study,
)
from evalsite.core.clock import database_now
from tests.annotations.blinding.tampering import unguarded
from tests.annotations.desk.cast import CRITERIA, at_desk, make_study

pytestmark = pytest.mark.django_db
States = Assignment.State
SERIES = [f"okapiseries{number}" for number in range(5)]


def seeds(count: int) -> pytest.MarkDecorator:
    """Random states, of which `make test` tries three."""
    every = [pytest.param(seed, marks=[pytest.mark.slow] if seed > 2 else []) for seed in range(count)]
    return pytest.mark.parametrize("seed", every)


def disturb(chance: random.Random) -> list[Assignment]:
    """Two raters of one study whose rows are in states that chance has chosen; their open assignments."""
    study = make_study(pairs=10, seats=3)
    readers = [at_desk(study), at_desk(study)]
    now = database_now()
    for reader in readers:
        rater = Rater.objects.get(pk=reader.rater.pk)
        rater.conflicts = sorted(chance.sample(SERIES, chance.choice([0, 0, 1, 2])))
        rater.profile = chance.choice([{}, {"years": "0-2"}])
        rater.practised_at = chance.choice([None, now])
        rater.withdrawn_at = chance.choice([None, None, None, now])
        rater.instructed_at = chance.choice([None, now, now, now])
        rater.save()
        held = reader.held()
        for slot in rater.seat.slots.exclude(pk=held.slot_id):
            state = chance.choice([None, *(one for one in States.values if one != "open")])
            if state is not None:
                reason = chance.choice(["", "", "conflict"]) if state == "skipped" else ""
                _assignment(rater, slot, state, reason)
            if state in ("expired", "released"):
                _assignment(rater, slot, "released", "")
        practice = _practice_slot(rater.seat, held.slot.pairing)
        if chance.random() < 0.5:
            _assignment(rater, practice, "submitted", "")
        sittings = [
            Sitting.objects.create(
                rater=rater,
                number=number,
                started_at=now,
                last_seen_at=now - timedelta(minutes=chance.randrange(60)),
            )
            for number in range(2, 2 + chance.randrange(3))
        ]
        for one in rater.assignments.all() if sittings else ():
            one.sitting = chance.choice([*sittings, None])
            one.save()
        # Some of what the rater has not ended has been ended by whoever had the seat before.
        other = Rater.objects.create(study=study, languages=["en"], secret_hash=f"{rater.pk:064}")
        for slot in slots_left(rater).exclude(assignments__state="open"):
            if chance.random() < 0.3:
                _assignment(other, slot, chance.choice(["submitted", "late", "released"]), "")
        # The pair at hand is not the first one, nor the last one.
        Assignment.objects.filter(pk=held.pk).delete()
        held = Assignment.objects.create(
            rater=rater, slot=held.slot, code=held.code, opened_at=now, leased_until=now
        )
        _saved(held, chance)
    return [reader.held() for reader in readers]


def _practice_slot(seat: Seat, like: Pairing) -> Slot:
    pairing, _ = Pairing.objects.get_or_create(
        study_brief=like.study_brief, first=like.first, second=like.second, kind=Pairing.Kind.PRACTICE
    )
    return Slot.objects.create(seat=seat, pairing=pairing, phase="practice", position=1, first_on_left=True)


def _assignment(rater: Rater, slot: Slot, state: str, reason: str) -> None:
    now = database_now()
    Assignment.objects.create(
        rater=rater,
        slot=slot,
        state=state,
        skip_reason=reason,
        opened_at=now,
        leased_until=now,
        submitted_at=now,
    )


def _saved(held: Assignment, chance: random.Random) -> None:
    now = database_now()
    if chance.random() < 0.5:
        content, reading = chance.choice([({}, {}), ({"reason": "é"}, {"seconds": 1.5})])
        Answer.objects.create(
            assignment=held, content=content, reading=reading, revision=chance.choice([0, 3]), saved_at=now
        )
    for number in range(chance.randrange(4)):
        at = now - timedelta(seconds=chance.randrange(5))
        AnswerChange.objects.create(
            assignment=held,
            field="choice-overall",
            value="tie",
            at=at,
            arrived_at=now,
            page="p" * 8,
            number=number + 1,
        )


@seeds(12)
def test_an_open_pair_is_read_as_the_orm_reads_it(seed: int) -> None:
    for held in disturb(random.Random(seed)):
        rater, study, slot = held.rater, held.rater.study, held.slot
        found = queries.open_pair(code=held.code, rater=rater.code, link=link_version(rater))
        answer = Answer.objects.filter(assignment=held).first()
        saved = answer and (answer.revision or answer.content or answer.reading)
        if saved or rater.withdrawn_at or rater.instructed_at is None:
            assert found is None
            continue
        assert found is not None
        assert (found.rater_id, found.study[0]) == (rater.pk, study.pk)
        assert (found.practised, found.profile) == (rater.practised_at is not None, bool(rater.profile))
        brief = slot.pairing.study_brief
        assert json.loads(found.criteria) == slot.seat.criteria
        assert (found.left, found.right) == (slot.left.pk, slot.right.pk if slot.right else None)
        assert found.brief[0] == brief.pk
        assert queries.brief_content(brief.pk) == brief.content
        assert queries.entry_html(found.left) == (slot.left.html, None)
        so_far = services.progress(rater)
        assert (found.judged, found.skipped, found.late) == (so_far.judged, so_far.skipped, so_far.late)
        assert found.judged + found.skipped + found.late + found.ahead == so_far.total
        before = rater.assignments.filter(pk__lt=held.pk).order_by("-pk").first()
        assert found.before == (before.state if before else "")
        ended = rater.assignments.filter(
            state__in=["submitted", "late", "skipped", "practised"],
            slot__pairing__study_brief__series_slug=brief.series_slug,
        ).exclude(skip_reason="conflict")
        earlier = {one.slot.pairing.study_brief_id for one in ended}
        assert {key for key, _version in found.earlier} == earlier


def test_an_open_pair_is_nobody_elses_and_ends_with_its_link_study_seat_or_rater() -> None:
    study = make_study()
    reader, other = at_desk(study), at_desk(study)
    held, rater = reader.held(), reader.rater

    def there(code: str = held.code, who: Rater = rater, link: str = "") -> bool:
        link = link or link_version(who)
        return queries.open_pair(code=code, rater=who.code, link=link) is not None

    assert there()
    assert not there(who=other.rater)
    assert not there(code=other.held().code)
    assert not there(link="0" * 16)
    for rows, change in (
        (Study.objects, {"state": "paused"}),
        (Rater.objects.filter(pk=rater.pk), {"withdrawn_at": database_now()}),
        (Rater.objects.filter(pk=rater.pk), {"turned_away_at": database_now()}),
        (Rater.objects.filter(pk=rater.pk), {"finished_at": database_now()}),
        (Rater.objects.filter(pk=rater.pk), {"instructed_at": None}),
        (Seat.objects.filter(rater=rater), {"rater": None}),
        (Assignment.objects.filter(pk=held.pk), {"state": "released"}),
        (Slot.objects.filter(pk=held.slot_id), {"phase": "practice"}),
    ):
        with transaction.atomic():
            rows.update(**change)
            assert not there()
            transaction.set_rollback(True)
        assert there()


@pytest.mark.parametrize("slot", [False, True])
def test_a_held_pair_is_nobody_elses_and_ends_with_its_link(slot: bool) -> None:
    study = make_study()
    held, other = at_desk(study).held(), at_desk(study).held()

    def there(code: str, who: Rater, link: str | None) -> bool:
        with transaction.atomic():
            return queries.lock_held(code=code, rater=who.code, link=link, slot=slot) is not None

    for link in (None, link_version(held.rater)):
        assert there(held.code, held.rater, link)
        assert not there(other.code, held.rater, link)
    assert not there(held.code, held.rater, "0" * 16)
    assert not there(held.code, other.rater, None)


@seeds(12)
def test_a_held_pair_is_read_as_the_orm_reads_it(seed: int) -> None:
    for held in disturb(random.Random(seed)):
        rater, slot = held.rater, held.slot
        if seed % 3 == 0:
            held.state = "expired"
            held.save()
            _assignment(Rater.objects.exclude(pk=rater.pk)[0], slot, "submitted", "")
        with transaction.atomic():
            found = queries.lock_held(
                code=held.code, rater=rater.code, link=link_version(rater), slot=bool(seed % 2)
            )
        assert found is not None
        assert (found.study[0], found.study_state) == (rater.study_id, rater.study.state)
        assert (found.rater_id, found.id, found.slot_id) == (rater.pk, held.pk, slot.pk)
        assert (found.withdrawn, found.practised) == (bool(rater.withdrawn_at), bool(rater.practised_at))
        assert found.set_up == (bool(rater.profile) and rater.instructed_at is not None)
        assert found.conflicts == bool(rater.conflicts)
        assert (found.state, found.opened_at, found.phase) == (held.state, held.opened_at, slot.phase)
        assert [found.left, found.right] == [slot.left.pk, slot.right.pk if slot.right else None]
        assert json.loads(found.criteria) == slot.seat.criteria
        assert found.conflict == services.in_conflict(rater, slot)
        others = slot.assignments.filter(state__in=HOLDING_STATES).exclude(pk=held.pk)
        assert found.taken == others.exists()
        answer = Answer.objects.filter(assignment=held).first() or Answer(assignment=held)
        assert (found.content, found.reading, found.revision) == (
            answer.content,
            answer.reading,
            answer.revision,
        )
        made = held.changes.values_list("page", "number", "field", "value", "at")
        assert [tuple(one)[:5] for one in found.changes] == list(made)
        last = rater.sittings.order_by("-number").first()
        over = last is None or found.now - last.last_seen_at > timedelta(minutes=30)
        assert found.sitting == (last.number if last else 0) + over
        sent = rater.assignments.filter(sitting=last, state__in=["submitted", "late"])
        sent = sent.exclude(slot__pairing__kind=Pairing.Kind.PRACTICE)
        assert found.sent == (0 if over else sent.count())
        assert sorted(found.consents) == sorted(rater.consents.values_list("version", flat=True))


@seeds(12)
def test_the_next_slot_is_the_first_one_that_is_free(seed: int) -> None:
    for held in disturb(random.Random(seed)):
        rater, now = held.rater, database_now()
        Assignment.objects.filter(pk=held.pk).update(state="submitted", submitted_at=now)
        free = slots_left(rater).exclude(assignments__state="open").order_by("position").first()
        lapsed = free and free.assignments.filter(rater=rater, state__in=["expired", "released"])
        lapsed = lapsed and lapsed.order_by("pk").first()
        sitting = Sitting.objects.create(rater=rater, number=9, started_at=now, last_seen_at=now)
        code = f"new{held.pk}"
        given = queries.lease_next_slot(
            rater_id=rater.pk,
            sitting=sitting.pk,
            code=code,
            now=now,
            leased_until=now + timedelta(hours=1),
        )
        if free is None:
            assert given is None
            continue
        assert given is not None
        leased = Assignment.objects.get(pk=given[0])
        assert (leased.slot, leased.rater, leased.state, leased.sitting) == (free, rater, "open", sitting)
        assert leased.leased_until == now + timedelta(hours=1)
        assert (leased.pk, leased.code) == ((lapsed.pk, lapsed.code) if lapsed else (leased.pk, code))
        assert given[1] == leased.code


def test_a_slot_that_somebody_took_meanwhile_is_not_leased() -> None:
    held = at_desk(make_study()).held()
    now = database_now()
    values = {"rater": held.rater_id, "slot": held.slot_id, "sitting": None, "code": "new"}
    assert queries._run(queries._LEASE, {**values, "now": now, "leased_until": now}) == []
    assert Assignment.objects.count() == 1


def _fields(row: Any, *without: str) -> dict[str, Any]:
    names = [field.attname for field in row._meta.concrete_fields]
    return {name: getattr(row, name) for name in names if name not in ("id", *without)}


@seeds(6)
def test_a_submission_is_written_as_the_orm_would(seed: int) -> None:
    chance = random.Random(seed)
    (held, _other) = disturb(chance)
    with transaction.atomic():
        found = queries.lock_held(code=held.code, rater=held.rater.code, slot=True)
        assert found is not None
        columns: dict[str, Any] = {
            "layout": "columns", "read_first": "left", "switches": chance.randrange(9), "seconds": 61.5,
            "read_left_s": 1.25, "read_right_s": None, "share_read_left": 1.0, "share_read_right": 0.5,
            "knew_left": chance.choice([True, False, None]), "knew_right": False, "reason": "Zwölf 字",
        }  # fmt: skip
        criteria = list(held.rater.study.criteria.all())
        strengths = [chance.choice([None, 1, 3]) for _ in criteria]
        marks = [("left", "plot", "major", 1, 0, 4, ""), ("right", "pacing", "", None, None, None, "slow")][
            : chance.randrange(3)
        ]
        sides = ["left", "right"][: chance.choice([0, 2])]
        change = queries.Change("q" * 8, 5, "choice-format", "left", found.now, found.now)
        sitting = queries.write_submission(
            found, changes=[change], state="submitted", excluded="", rubric="scene@1",
            questions_digest="0" * 64,
            criteria=[one.pk for one in criteria], choices=["left"] * len(criteria), strengths=strengths,
            first_choices=["tie"] * len(criteria), score_sides=sides, scores=[7] * len(sides),
            mark_sides=[one[0] for one in marks], mark_classes=[one[1] for one in marks],
            mark_severities=[one[2] for one in marks], mark_scenes=[one[3] for one in marks],
            mark_starts=[one[4] for one in marks], mark_ends=[one[5] for one in marks],
            mark_notes=[one[6] for one in marks], **columns,
        )  # fmt: skip
    stored = Assignment.objects.get(pk=held.pk)
    ended = {
        "state": "submitted",
        "excluded": "",
        "submitted_at": found.now,
        "sitting_id": sitting,
        **columns,
    }
    assert _fields(stored) == _fields(held) | ended
    assert [_fields(one) for one in Judgment.objects.all()] == [
        _fields(
            Judgment(
                assignment=held, criterion=criterion, choice="left", strength=strength, first_choice="tie",
                submitted_at=found.now, questions_digest="0" * 64,
            )
        )
        for criterion, strength in zip(criteria, strengths, strict=True)
    ]  # fmt: skip
    assert [_fields(one) for one in Score.objects.all()] == [
        _fields(Score(assignment=held, side=side, value=7, rubric="scene@1", submitted_at=found.now))
        for side in sides
    ]
    assert [_fields(one) for one in Mark.objects.all()] == [
        _fields(
            Mark(
                assignment=held, side=side, error_class=kind, severity=severity, scene=scene, start=start,
                end=end, note=note, submitted_at=found.now,
            )
        )
        for side, kind, severity, scene, start, end, note in marks
    ]  # fmt: skip
    assert held.changes.filter(page="q" * 8, number=5, at=found.now, arrived_at=found.now).count() == 1
    begun = Sitting.objects.get(pk=sitting)
    assert (begun.rater_id, begun.number, begun.last_seen_at) == (held.rater_id, found.sitting, found.now)


@seeds(6)
def test_an_answer_is_written_as_the_orm_would(seed: int) -> None:
    (held, _other) = disturb(random.Random(seed))
    content, reading, until = {"reason": "Zwölf 字"}, {"seconds": 2.5}, database_now() + timedelta(hours=1)
    for revision in (4, 4, 5):
        with transaction.atomic():
            found = queries.lock_held(code=held.code, rater=held.rater.code, slot=False)
            assert found is not None
            queries.write_answer(
                found, changes=[], content=content, reading=reading, revision=revision, leased_until=until
            )
        answer = Answer.objects.get(assignment=held)
        assert (answer.content, answer.reading, answer.revision) == (content, reading, revision)
        assert (answer.saved_at == found.now) == (found.revision != revision)
        stored = Assignment.objects.get(pk=held.pk)
        running = Sitting.objects.get(rater=held.rater, number=found.sitting)
        assert _fields(stored) == _fields(held) | {"leased_until": until, "sitting_id": running.pk}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ended_by", ["the site", "the server"])
def test_a_connection_that_has_ended_is_made_anew(ended_by: str) -> None:
    reader = at_desk(make_study())
    address, sent = reader.address(), reader.answers()
    saved = json.dumps({"token": sent["token"], "revision": 0, "fields": {"reason": "x"}})
    for ask, status in (
        (lambda: reader.get(address), 200),
        (lambda: reader.post(f"{address}answer/", saved, content_type="application/json"), 200),
        (lambda: reader.post(address, sent | {"then": "pause"}), 303),
        (lambda: reader.post(address, sent | {"token": "stale"}), 400),
        (lambda: reader.post(address, sent), 303),
    ):
        if ended_by == "the site":
            connection.connection.close()
        else:
            _end_connection(connection.connection.info.backend_pid)
        # As between two requests: Django checks again whether the connection still answers.
        connection.health_check_done = False  # type: ignore[attr-defined]
        assert ask().status_code == status
    assert Judgment.objects.count() == len(CRITERIA)


def _end_connection(pid: int) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()


def _rows_handled(statement: str, *values: Any) -> int:
    """How many rows pass between the steps of a statement's plan, by the database's own count."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
        pending, total = [cursor.fetchone()[0][0]["Plan"]], 0
    while pending:
        step = pending.pop()
        removed = step.get("Rows Removed by Join Filter", 0) + step.get("Rows Removed by Filter", 0)
        total += round((step["Actual Rows"] + removed) * step["Actual Loops"])
        pending += step.get("Plans", [])
    return total


@pytest.mark.slow
@pytest.mark.parametrize("statement", [queries._OPEN_PAIR, queries._FREE_SLOT])
def test_what_others_have_judged_makes_no_statement_slower(statement: str) -> None:
    """In new tables, of which the planner knows nothing: nothing else reads them until the end."""
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE annotations_study CASCADE; SET LOCAL enable_seqscan = off")
    study = make_study(pairs=24, seats=12)
    held = at_desk(study).held()
    values = (
        (held.code, held.rater.code, link_version(held.rater))
        if "%s AND left" in statement
        else (held.rater_id,)
    )
    before = _rows_handled(statement, *values)
    for _ in range(10):
        rater = at_desk(study).held().rater
        for slot in rater.seat.slots.exclude(assignments__state="open"):
            _assignment(rater, slot, "submitted", "")
    assert _rows_handled(statement, *values) <= before + 30
