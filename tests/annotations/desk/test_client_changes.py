"""Desk, saving: changes that a page reports late are stored once, in order, and bounded."""

import json
from datetime import timedelta
from typing import Any

import pytest

from annotations.desk import services
from annotations.desk.answers import MOST_CHANGES, ClientChange
from annotations.desk.submitting import record_changes
from annotations.models import Answer, AnswerChange, Assignment
from evalsite.core.clock import database_now
from tests.annotations.desk.cast import Reader, at_desk, make_study

pytestmark = pytest.mark.django_db
HERE, THERE = "0123456789abcdef", "fedcba9876543210"
OVERALL = "choice-overall"


@pytest.fixture
def reader() -> Reader:
    found = at_desk(make_study())
    # An hour ago, so that there is a past for changes to lie in.
    Assignment.objects.update(opened_at=database_now() - timedelta(hours=1))
    return found


def row(number: int, value: str, ago: float, field: str = OVERALL, page: str = HERE) -> list[Any]:
    return [page, number, field, value, -1000 * ago]


def save(reader: Reader, rows: Any, fields: dict[str, str], revision: int = 0, now: Any = 0) -> Any:
    return reader.save(fields, revision, changes={"now": now, "rows": rows})


def kept() -> list[tuple[str, str]]:
    return list(AnswerChange.objects.values_list("field", "value"))


def seconds_before_arrival() -> list[float]:
    return [round((one.arrived_at - one.at).total_seconds()) for one in AnswerChange.objects.all()]


def test_every_change_is_kept_with_its_time(reader: Reader) -> None:
    rows = [row(1, "tie", 600), row(2, "left", 30), row(3, "right", 0)]
    assert "refused" not in save(reader, rows, {OVERALL: "right"}).json()
    assert kept() == [(OVERALL, "tie"), (OVERALL, "left"), (OVERALL, "right")]
    assert seconds_before_arrival() == [600, 30, 0]
    reader.post(reader.address(), reader.answers(choice_overall="right"))
    sent = Assignment.objects.get(state="submitted")
    assert sent.judgments.get(criterion__primary=True).first_choice == "tie"


def test_what_is_told_again_is_written_once(reader: Reader) -> None:
    rows = [row(1, "tie", 600), row(2, "left", 30)]
    save(reader, rows, {OVERALL: "left"})
    save(reader, rows, {OVERALL: "left"})
    save(reader, [*rows, row(3, "tie", 1)], {OVERALL: "tie"}, revision=1)
    assert [value for _field, value in kept()] == ["tie", "left", "tie"]


def test_two_pages_that_went_on_apart_both_tell_and_the_last_row_is_what_stands(reader: Reader) -> None:
    save(reader, [row(1, "right", 60)], {OVERALL: "right"})
    behind = save(reader, [row(1, "tie", 120, page=THERE)], {OVERALL: "tie"})
    assert behind.status_code == 409
    assert [value for _field, value in kept()] == ["tie", "right"]
    save(reader, [row(2, "left", 30, page=THERE)], {OVERALL: "left"})
    assert [value for _field, value in kept()] == ["tie", "right", "left"]
    # The page takes what the other one chose, and sends.
    reader.post(reader.address(), reader.answers(choice_overall="right"))
    overall = AnswerChange.objects.filter(field=OVERALL)
    assert [one.value for one in overall] == ["tie", "right", "left", "right"]
    assert [one.page for one in overall] == [THERE, HERE, THERE, ""]


@pytest.mark.parametrize(
    ("now", "at", "ago"),
    # The hour since the assignment was shown is the longest there is; nothing lies in the future.
    [(5e11, 5e11 - 90_000, 90), (0, -9e15 / 2, 3600), (0, 9e15 / 2, 0)],
    ids=["a clock that is decades behind", "before it was shown", "in the future"],
)
def test_a_time_that_cannot_be_is_bounded(reader: Reader, now: float, at: float, ago: int) -> None:
    save(reader, [[HERE, 1, OVERALL, "left", at]], {OVERALL: "left"}, now=now)
    assert seconds_before_arrival() == [ago]


def test_a_clock_that_is_put_back_changes_no_order(reader: Reader) -> None:
    rows = [row(1, "tie", 10), row(2, "left", 1800), row(3, "right", 5)]
    save(reader, rows, {OVERALL: "right"})
    assert [value for _field, value in kept()] == ["tie", "left", "right"]
    assert seconds_before_arrival() == [10, 10, 5]


WRONG = [
    row(2, "left", 5, field="choice-nonsense"),
    row(2, "left", 5, field="reason"),
    row(2, "both", 5),
    row(2, "99", 5, field="score-left"),
    row(2, "yes", 5, field="knew-left"),
    row(0, "left", 5),
    row(2**31, "left", 5),
    row(True, "left", 5),
    row(2, "left", 5, page="<script>"),
    [HERE, 2, OVERALL, ["left"], 0],
    [HERE, 2, OVERALL, "left", float("nan")],
    [HERE, 2, OVERALL, "left", "yesterday"],
    [HERE, 2, OVERALL],
    None,
]


def test_what_no_page_would_tell_is_refused_by_name_and_nothing_else_is_lost(reader: Reader) -> None:
    rows = [row(1, "tie", 9), *WRONG, row(3, "left", 1)]
    answer = save(reader, rows, {OVERALL: "left", "reason": "Nora"})
    assert answer.status_code == 200
    refused = [line.split(": ")[0] for line in answer.json()["refused"]]
    assert refused == [f"changes, row {number}" for number in range(2, len(WRONG) + 2)]
    assert Answer.objects.get().content == {OVERALL: "left", "reason": "Nora"}
    assert [value for _field, value in kept()] == ["tie", "left"]


def test_what_is_no_list_of_changes_is_refused_and_the_answer_kept(reader: Reader) -> None:
    for wrong in ("nonsense", {"rows": []}, {"now": 0, "rows": "left"}, {"now": None}, []):
        answer = reader.save({OVERALL: "left"}, changes=wrong)
        assert "no list of changes" in answer.json()["refused"][0]
    # Found by comparing, as where no script runs.
    assert kept() == [(OVERALL, "left")]


def test_there_is_an_end_to_changes_but_not_to_the_answer(reader: Reader) -> None:
    held, now = reader.held(), database_now()
    many = [ClientChange(HERE, number, OVERALL, "left", 0) for number in range(1, MOST_CHANGES + 1)]
    record_changes(held, many, {OVERALL: "left"}, now)
    answer = save(reader, [row(MOST_CHANGES + 1, "right", 0)], {OVERALL: "right"})
    assert answer.json()["refused"] == [f"changes: no room for choice-overall ({MOST_CHANGES + 1})"]
    assert held.changes.count() == MOST_CHANGES + 1
    assert list(held.changes.values_list("page", "value"))[-1] == ("", "right")


def test_a_form_that_is_sent_before_all_is_saved_tells_the_rest(reader: Reader) -> None:
    told = json.dumps({"now": 0, "rows": [row(1, "tie", 40), row(2, "left", 20)]})
    held = reader.held()
    reader.post(reader.address(), reader.answers(changes=told, choice_format=""))
    reader.post(reader.address(), reader.answers(changes=told))
    held.refresh_from_db()
    assert held.state == "submitted"
    assert [one.value for one in held.changes.filter(field=OVERALL)] == ["tie", "left"]
    assert held.judgments.get(criterion__primary=True).first_choice == "tie"


def test_changes_end_with_the_answer(reader: Reader) -> None:
    held = reader.held()
    reader.post(reader.address(), reader.answers())
    before = held.changes.count()
    late = ClientChange(THERE, 1, OVERALL, "tie", 5)
    with pytest.raises(services.AlreadyEnded):
        services.save_answer(assignment=held, fields={}, revision=1, changes=[late])
    assert (
        services.submit(assignment=held, submission=services.Submission(judgments={}), changes=[late]).outcome
        == "already"
    )
    assert held.changes.count() == before
