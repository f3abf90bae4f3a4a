"""Desk, judging page: single scripts with score, marks and reason, without comparisons."""

import pytest

from annotations.models import Assignment, Judgment, Mark, Score
from evalsite.core.clock import database_now
from tests.annotations.blinding.tampering import unguarded
from tests.annotations.desk.cast import Reader, at_desk, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Reader:
    return at_desk(make_study(single=True, design={"kind": "single"}))


def sent(reader: Reader, **changes: str | None) -> dict[str, str]:
    fields = reader.answers(score_right=None, strength_overall=None, **changes)
    return {name: value for name, value in fields.items() if not name.startswith("choice-")}


def test_it_works(reader: Reader) -> None:
    first = reader.held()
    marked = {"mark-left-1-class": "pacing", "mark-left-1-start": "0", "mark-left-1-end": "4"}
    response = reader.post(reader.address(), sent(reader, knew_left="on", reason="Slow.") | marked)
    assert (response.status_code, response["Location"]) == (303, reader.address())
    first.refresh_from_db()
    assert (first.state, first.knew_left, first.knew_right, first.reason) == (
        "submitted",
        True,
        None,
        "Slow.",
    )
    assert list(Score.objects.values_list("side", "value")) == [("left", 8)]
    assert Mark.objects.get().end == 4
    assert not Judgment.objects.exists()


def test_a_study_of_scores_alone_has_no_criterion_to_show() -> None:
    study = make_study(single=True, design={"kind": "single"})
    with unguarded():
        study.criteria.all().delete()
    study.seats.update(criteria=[])
    reader = at_desk(study)
    page = reader.get(reader.address())
    assert page.status_code == 200
    assert 'name="score-left"' in page.content.decode()


def test_the_page_shows_one_script_and_asks_for_no_comparison(reader: Reader) -> None:
    page = reader.get(reader.address()).content.decode()
    assert page.count("data-pane=") == page.count('name="score-left" value="8"') == 1
    assert "Script 1 of 3" in page
    assert "Had you read this script before this study?" in page
    for absent in ("choice-", "strength-", "-right", "Script A", "Script B"):
        assert absent not in page
    page = " ".join(reader.get("/r/go/instructions/").content.decode().split())
    assert "0 of 3 scripts judged" in page


def test_a_missing_score_is_asked_for(reader: Reader) -> None:
    response = reader.post(reader.address(), sent(reader, score_left=None))
    assert response["Location"].endswith("?missing=1")
    page = reader.get(response["Location"]).content.decode()
    assert "Please choose a score." in page
    assert Assignment.objects.get().state == "open"


@pytest.mark.parametrize("state", ["submitted", "late", "skipped", "expired"])
def test_no_page_speaks_of_pairs(reader: Reader, state: str) -> None:
    address = reader.address()
    page = reader.get(address).content.decode()
    assert "I&#x27;d rather not read this script" in page
    assert "I know who wrote this script" in page
    now = database_now()
    Assignment.objects.update(state=state, submitted_at=now)
    page = " ".join(reader.get(address).content.decode().split())
    assert "script" in page.split("<h1>")[1].split("</h1>")[0]
    assert "pair" not in page.lower()


def test_what_a_pair_would_send_changes_nothing(reader: Reader) -> None:
    more = {"choice-overall": "left", "score-right": "3", "mark-right-1-class": "plot", "knew-right": "on"}
    assert reader.post(reader.address(), sent(reader) | more).status_code == 303
    assert (Judgment.objects.count(), Score.objects.count(), Mark.objects.count()) == (0, 1, 0)
