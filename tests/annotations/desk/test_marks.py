"""Desk, marks: error marks with positions, private notes, and measured reading."""

from typing import Any

import pytest

from annotations.desk import services
from annotations.models import Answer, Assignment, Mark
from tests.annotations.desk.cast import Reader, at_desk, make_study

pytestmark = pytest.mark.django_db
STAIRS = "INT. STAIRS - LATER\n\nNORA runs, 𠮷 in hand.\n\n"


@pytest.fixture
def reader() -> Reader:
    return at_desk(make_study(more=STAIRS))


def mark(side: str, number: int, start: Any, end: Any, kind: str = "plot", note: str = "") -> dict[str, str]:
    name = f"mark-{side}-{number}"
    return {f"{name}-class": kind, f"{name}-start": str(start), f"{name}-end": str(end), f"{name}-note": note}


def test_a_passage_is_kept_as_code_points_with_its_scene(reader: Reader) -> None:
    text = reader.held().slot.right.text
    start = text.index("𠮷")
    reader.post(reader.address(), reader.answers() | mark("right", 17, start, start + 9, "pacing", "why now"))
    found = Mark.objects.get()
    assert (found.side, found.error_class, found.scene, found.note) == ("right", "pacing", 2, "why now")
    assert text[found.start : found.end] == "𠮷 in hand"


@pytest.mark.parametrize(("start", "end"), [("9", "4"), ("x", "y"), ("-1", "5"), ("", "5")])
def test_a_place_that_makes_no_sense_leaves_the_mark(reader: Reader, start: str, end: str) -> None:
    assert reader.post(reader.address(), reader.answers() | mark("left", 1, start, end)).status_code == 303
    assert list(Mark.objects.values_list("error_class", "start", "end", "scene")) == [
        ("plot", None, None, None)
    ]


def test_there_is_no_row_beyond_the_twentieth(reader: Reader) -> None:
    sent = reader.answers() | mark("left", 20, 0, 5) | mark("left", 21, 0, 5) | mark("up", 1, 0, 5)
    reader.post(reader.address(), sent)
    assert Mark.objects.count() == 1


def test_rows_in_use_come_back_with_the_page(reader: Reader) -> None:
    fields = mark("left", 7, 3, 9, note="too <soon>") | {"note": "ask about the lamp"}
    reader.save(fields)
    page = reader.get(reader.address()).content.decode()
    assert 'name="mark-left-7-start" value="3"' in page
    assert "too &lt;soon&gt;" in page
    assert 'name="mark-left-6-class"' not in page
    assert "ask about the lamp" in page


def test_a_private_note_is_no_part_of_what_is_sent_and_goes_with_the_words(reader: Reader) -> None:
    first = reader.held()
    reader.post(reader.address(), reader.answers(note="only for me", reason="She waits."))
    first.refresh_from_db()
    assert (first.state, first.reason) == ("submitted", "She waits.")
    assert Answer.objects.get(assignment=first).content["note"] == "only for me"
    services.withdraw(rater=reader.rater, erase=True)
    assert not Answer.objects.exists()


def test_what_was_measured_is_kept_beside_the_answer(reader: Reader) -> None:
    measures = {"seconds": 90, "read-left": 50, "read-first": "right", "seen-left": "ff"}
    assert reader.save({}, reading=measures).json() == {"revision": 0, "fields": {}, "reading": measures}
    assert reader.save({}, reading={"seconds": 30, "read-left": "many"}).status_code == 200
    assert Answer.objects.get().reading == measures
    assert "&quot;" not in reader.get(reader.address()).content.decode().split("reading-so-far")[1][:120]


def test_read_first_and_switches_are_kept_with_the_judgment(reader: Reader) -> None:
    reader.post(reader.address(), reader.answers(read_first="right", switches="4"))
    reader.post(reader.address(), reader.answers(read_first="both", switches="-4"))
    found = Assignment.objects.filter(state="submitted").order_by("pk")
    assert list(found.values_list("read_first", "switches")) == [("right", 4), ("", None)]
