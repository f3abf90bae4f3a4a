"""Desk, judging page: what it shows and what it accepts."""

import re
import sys
from pathlib import Path
from types import FrameType

import pytest
from django.test import Client
from django.utils import timezone

from annotations.desk import services
from annotations.desk.pair_page import html_with_pages
from annotations.models import Answer, Assignment, Judgment, Mark, Score, Study, StudyBrief
from annotations.spec.study_options import questions_digest
from evalsite.local.paths import REPOSITORY
from tests.annotations.desk.cast import CRITERIA, Reader, at_desk, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Reader:
    return at_desk(make_study())


def test_it_works(reader: Reader) -> None:
    first = reader.held()
    page = reader.get(reader.address()).content.decode()
    assert f'data-assignment="{first.code}"' in page
    left, right = (html_with_pages(script.html, None) for script in (first.slot.left, first.slot.right))
    assert page.index(left) < page.index(right)
    response = reader.post(reader.address(), reader.answers(choice_dialogue="tie"))
    assert response.status_code == 303
    assert response["Location"] == reader.address() != f"/r/a/{first.code}/"
    found = dict(Judgment.objects.values_list("criterion__slug", "choice"))
    assert found == {"overall": "left", "character": "left", "dialogue": "tie", "format": "left"}
    assert Judgment.objects.get(criterion__slug="overall").strength == 2
    (asked,) = set(Judgment.objects.values_list("questions_digest", flat=True))
    assert asked == questions_digest(first.rater.study.criteria.all())
    assert asked in page
    assert sorted(Score.objects.values_list("side", "value", "rubric")) == [
        ("left", 8, "scene@1"),
        ("right", 5, "scene@1"),
    ]


def test_the_fields_are_those_of_the_public_interface(reader: Reader) -> None:
    page = reader.get(reader.address()).content.decode()
    form = page[page.index("data-judge") : page.index("</form>", page.index("data-judge"))]
    for slug, *_ in CRITERIA:
        assert set(re.findall(rf'name="choice-{slug}" value="(\w+)"', form)) == {
            "left",
            "right",
            "tie",
            "neither",
        }
        assert re.findall(rf'name="strength-{slug}" value="(\d)"', form) == ["1", "2", "3"]
    for side in ("left", "right"):
        assert re.findall(rf'name="score-{side}" value="(\d+)"', form) == [str(n) for n in range(1, 13)]
    assert len(re.findall(r'<input type="hidden" name="token" value="\w+">', form)) == 1


def test_the_script_says_its_own_language() -> None:
    reader = at_desk(make_study(language="zh"))
    page = reader.get(reader.address()).content.decode()
    assert '<html lang="en"' in page
    assert page.count('lang="zh-Hans" data-scroll') == 2


def test_the_same_post_again_gives_the_same_answer(reader: Reader) -> None:
    address, sent = reader.address(), reader.answers()
    first = reader.post(address, sent)
    again = reader.post(address, {**sent, "choice-overall": "right"})
    assert (again.status_code, again["Location"]) == (303, first["Location"])
    assert Judgment.objects.filter(choice="left").count() == len(CRITERIA) == Judgment.objects.count()
    reader.post(reader.address(), reader.answers())
    assert reader.post(address, sent)["Location"] == first["Location"], "much later, too"


def refused(reader: Reader, sent: dict[str, str]) -> str:
    """The page that says what is missing, to which a form with gaps leads."""
    response = reader.post(reader.address(), sent)
    assert (response.status_code, response["Location"]) == (303, f"{reader.address()}?missing=1")
    return str(reader.get(response["Location"]).content.decode())


def test_a_missing_overall_choice_keeps_what_was_chosen(reader: Reader) -> None:
    sent = reader.answers(choice_overall=None, choice_format="tie", score_right="11", reason="Nora <waits>.")
    page = refused(reader, sent)
    assert "Not submitted yet" in page
    assert 'id="error-choice-overall"' in page
    assert re.search(r'name="choice-format" value="tie" checked', page)
    assert re.search(r'name="score-right" value="11" checked', page)
    assert "Nora &lt;waits&gt;." in page
    assert not Judgment.objects.exists()
    assert Answer.objects.get().content["score-right"] == "11"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("score_left", "13"),
        ("score_right", "7.5"),
        ("strength_overall", "4"),
    ],
)
def test_what_is_missing_or_unknown_is_named(reader: Reader, field: str, value: str | None) -> None:
    page = refused(reader, reader.answers(**{field: value}))
    assert f'href="#field-{field.replace("_", "-")}"' in page
    assert not Judgment.objects.exists()


def test_what_is_missing_is_named_once_by_its_name(reader: Reader) -> None:
    page = refused(reader, reader.answers(choice_character=None, choice_dialogue="both", score_right=None))
    said = re.findall(r'<li data-about="[^"]*"><a href="#field-[^"]*">(.*?)</a></li>', page)
    assert sorted(said) == [
        "Character",
        "Dialogue: Please choose one of the answers shown.",
        "Score for Script B",
    ]
    # Where no script runs, the browser itself leads to the first gap.
    first = re.findall(r"<input[^>]* autofocus>", page)
    assert len(first) == 1
    assert re.search(r'name="choice-(character|dialogue)" value="left"', first[0])


def test_a_strength_without_a_winner_says_nothing(reader: Reader) -> None:
    reader.post(reader.address(), reader.answers(choice_overall="neither", strength_overall="3"))
    assert Judgment.objects.get(criterion__slug="overall").strength is None


def test_marks_reason_and_what_was_known(reader: Reader) -> None:
    sent = reader.answers(knew_right="on", reason=" Nora waits. ") | {
        "mark-left-1-class": "plot",
        "mark-left-1-note": "she knew already",
        "mark-right-3-class": "pacing",
    }
    assert reader.post(reader.address(), sent).status_code == 303
    found = list(Mark.objects.values_list("side", "error_class", "note"))
    assert found == [("left", "plot", "she knew already"), ("right", "pacing", "")]
    judged = Assignment.objects.get(state="submitted")
    assert (judged.knew_left, judged.knew_right, judged.reason) == (False, True, "Nora waits.")


def test_a_note_without_a_kind_is_asked_about(reader: Reader) -> None:
    assert "Choose a kind for this mark" in refused(
        reader, reader.answers() | {"mark-left-2-note": "too slow"}
    )


def test_measures_are_kept_and_nonsense_among_them_is_dropped(reader: Reader) -> None:
    sent = reader.answers(layout="single", seconds="61", read_left="40.5", read_right="-3", share_left="1.2")
    assert reader.post(reader.address(), sent | {"share-right": "much"}).status_code == 303
    judged = Assignment.objects.get(state="submitted")
    assert (judged.layout, judged.seconds, judged.read_left_s, judged.read_right_s) == (
        "single",
        61,
        40.5,
        None,
    )
    assert (judged.share_read_left, judged.share_read_right) == (1.0, None)


@pytest.mark.parametrize("token", [None, "", "0" * 40])
def test_a_form_that_was_not_given_here_is_refused(reader: Reader, token: str | None) -> None:
    assert reader.post(reader.address(), reader.answers(token=token)).status_code == 400
    assert not Judgment.objects.exists()


def test_no_other_token_is_needed(reader: Reader) -> None:
    reader.client.handler.enforce_csrf_checks = True
    assert reader.post(reader.address(), reader.answers()).status_code == 303


def test_somebody_elses_pair_is_not_there(reader: Reader) -> None:
    other = at_desk(Study.objects.get())
    address, sent = other.address(), other.answers()
    assert reader.get(address).status_code == 404
    assert reader.post(address, sent).status_code == 404
    assert reader.get(f"{address}answer/").status_code == 404
    assert reader.post(f"{address}skip/", {"reason": "other"}).status_code == 404


def test_without_a_session_there_is_nothing(reader: Reader) -> None:
    for address in (reader.address(), "/r/a/bcdfghjkmnpqrstv/"):
        assert Client().get(address).status_code == 403
    assert Client().post(reader.address(), reader.answers()).status_code == 403
    assert not Judgment.objects.exists()


def test_the_back_button_finds_it_judged(reader: Reader) -> None:
    address = reader.address()
    reader.post(address, reader.answers())
    response = reader.get(address)
    assert response.status_code == 200
    assert "You have judged this pair" in response.content.decode()
    assert reader.post("/r/go/")["Location"] == reader.address()


def test_a_lease_that_ran_out_is_taken_while_nobody_else_has_the_pair(reader: Reader) -> None:
    address, sent = reader.address(), reader.answers()
    Assignment.objects.update(state="expired")
    assert "no longer reserved for you" in reader.get(address).content.decode()
    assert reader.post(address, sent).status_code == 303
    taken = Assignment.objects.get(code=address[5:-1])
    assert (taken.state, taken.excluded) == ("submitted", "")


def test_a_pair_that_somebody_else_took_is_kept_but_not_counted(reader: Reader) -> None:
    address, sent = reader.address(), reader.answers()
    services.free_seat(rater=reader.rater, by="test", reason="long silence")
    heir = at_desk(Study.objects.get())
    assert heir.held().slot.position == 1
    assert heir.held().slot.seat_id == Assignment.objects.get(code=address[5:-1]).slot.seat_id
    first = reader.post(address, sent)
    assert (first.status_code, first["Location"]) == (303, address)
    assert reader.post(address, sent)["Location"] == address
    late = Assignment.objects.get(code=address[5:-1])
    assert (late.state, late.excluded, late.judgments.count()) == ("late", "late", len(CRITERIA))
    assert "doesn't count in the results" in reader.get(address).content.decode()


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_a_study_that_takes_nothing_keeps_the_answer_unsent(reader: Reader, state: str) -> None:
    address, sent = reader.address(), reader.answers()
    Study.objects.update(state=state)
    assert reader.get(address)["Location"] == "/r/go/"
    assert reader.post(address, sent)["Location"] == "/r/go/"
    assert not Judgment.objects.exists()
    assert Answer.objects.get().content["choice-overall"] == "left"


def test_a_withdrawn_rater_can_send_nothing(reader: Reader) -> None:
    address, sent = reader.address(), reader.answers()
    services.withdraw(rater=reader.rater, erase=False)
    assert reader.post(address, sent).status_code == 410
    assert not Judgment.objects.exists()


def test_keeping_it_for_a_break_needs_no_complete_form(reader: Reader) -> None:
    address = reader.address()
    sent = reader.answers(choice_overall=None, reason="Not sure yet.") | {"then": "pause"}
    assert reader.post(address, sent)["Location"] == "/r/go/pause/"
    assert "Not sure yet." in reader.get(address).content.decode()
    assert reader.held().state == "open"


def folded(reader: Reader) -> list[tuple[str, bool, bool]]:
    """Who is in the brief, whether they were met before, and whether their profile starts folded."""
    page = reader.get(reader.address()).content.decode()
    found = re.findall(
        r"<details data-profile (open)?>\s*<summary><span[^>]*>(.*?)</span>(.*?)</summary>", page
    )
    return [(name, "new in this scene" not in tag, not opened) for opened, name, tag in found]


def test_profiles_are_folded_of_the_people_that_were_met_before(reader: Reader) -> None:
    second = StudyBrief.objects.get(slug="tapirbrief1")
    fry = {"name": "ODETTE FRY", "profile": "Nobody has seen her yet."}
    second.content["characters"].append(fry)
    second.save()
    assert folded(reader) == [("NORA", True, False)]
    reader.post(reader.address(), reader.answers())
    assert folded(reader) == [("NORA", True, True), ("ODETTE FRY", False, False)]
    reader.post(reader.address(), reader.answers())
    # Another series.
    assert folded(reader) == [("NORA", True, False)]


def test_a_profile_that_says_something_else_now_is_open(reader: Reader) -> None:
    second = StudyBrief.objects.get(slug="tapirbrief1")
    second.content["characters"][0]["profile"] = "Fifty by now, and still at the night desk."
    second.save()
    reader.post(reader.address(), reader.answers())
    assert folded(reader) == [("NORA", True, False)]


def test_the_other_questions_stand_in_the_order_that_was_drawn_for_the_seat() -> None:
    study = make_study(seats=3, pairs=1)
    shown = {}
    for _ in range(3):
        reader = at_desk(study)
        seat = reader.rater.seat
        page = reader.get(reader.address()).content.decode()
        shown[seat.number] = re.findall(r'name="(choice-\w+)" value="left"', page)[1:]
        assert shown[seat.number] == [f"choice-{slug}" for slug in seat.criteria[1:]]
    assert len({tuple(names) for names in shown.values()}) == 3


def test_a_look_renews_nothing(reader: Reader) -> None:
    Assignment.objects.update(leased_until=timezone.now())
    before = list(Assignment.objects.values())
    reader.get(reader.address())
    reader.get(f"{reader.address()}answer/")
    assert list(Assignment.objects.values()) == before


def test_a_study_without_scores_and_marks_asks_for_none() -> None:
    reader = at_desk(make_study(score=None, marks=False))
    page = reader.get(reader.address()).content.decode()
    assert "score-left" not in page
    assert "mark-left" not in page
    assert reader.post(reader.address(), reader.answers(score_left=None, score_right=None)).status_code == 303


def test_a_heading_within_a_scene_begins_none() -> None:
    more = "EXT. YARD - DAY\n\nRain.\n\n.AT THE GATE\n\nNora stops.\n\n.THE YARD - LATER\n\nStill rain.\n\n"
    reader = at_desk(make_study(more=more))
    page = reader.get(reader.address()).content.decode()
    one = page[page.index('data-pane="left"') : page.index('data-pane="right"')]
    scenes = re.findall(r'<section class="(scene[^"]*)">\n<h3[^>]*>(.*?)</h3>', one)
    assert scenes == [
        ("scene", "INT. NIGHT DESK - NIGHT"),
        ("scene", "EXT. YARD - DAY"),
        ("scene scene-within", "AT THE GATE"),
        ("scene", "THE YARD - LATER"),
    ]


def test_what_a_page_had_measured_stays_where_a_form_without_a_script_brings_none(reader: Reader) -> None:
    measured = {"seconds": 90, "read-left": 50, "read-right": 40, "share-left": 1, "read-first": "right"}
    reader.save({}, reading=measured)
    empty = dict.fromkeys(("seconds", "read_left", "read_right", "share_left", "read_first", "switches"), "")
    reader.post(reader.address(), reader.answers(**empty))
    sent = Assignment.objects.get(state="submitted")
    assert (sent.seconds, sent.read_left_s, sent.read_right_s) == (90, 50, 40)
    assert (sent.share_read_left, sent.share_read_right, sent.read_first) == (1, None, "right")


def test_a_submission_passes_few_files(reader: Reader) -> None:
    """What is in six files can be read; a submission once went through seventeen."""
    reader.post(reader.address(), reader.answers())
    passed: set[str] = set()

    def watch(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            passed.add(frame.f_code.co_filename)

    address, sent = reader.address(), reader.answers()
    sys.setprofile(watch)
    try:
        reader.post(address, sent)
    finally:
        sys.setprofile(None)
    ours = [str(Path(name).relative_to(REPOSITORY)) for name in passed if name.startswith(str(REPOSITORY))]
    ours = [name for name in ours if not name.startswith((".venv", "tests"))]
    assert len(ours) <= 6, ours
