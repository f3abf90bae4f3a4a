"""Desk, practice: damaged scripts, feedback, the rule for passing, and the seat afterwards."""

import re
from itertools import pairwise

import pytest

from annotations.desk import services
from annotations.desk.practice import (
    DamageExplanation,
    Element,
    _parts,
    explain_damage,
    highlight_elements,
    read_elements,
)
from annotations.desk.seats import free_seats
from annotations.models import Assignment, Entry, Pairing, Rater, Seat, Study
from annotations.staff.raters.rater_list import list_raters
from annotations.staff.studies.monitoring import study_figures
from generation.screenplay import Script, parse, render_html
from generation.screenplay.damage import Damage, damage
from tests.annotations.blinding.tampering import unguarded
from tests.annotations.desk.cast import CRITERIA, Reader, at_desk, form_token, make_study
from tests.annotations.desk.participation_cast import (
    PAY,
    PRACTICE,
    find_damage,
    judge,
    text,
    with_practice,
)

pytestmark = pytest.mark.django_db


CODES = {"code": "DONE-1", "practice_failed": {"code": "FAILED-2"}, "left": {"code": "LEFT-3"}}


def practising(**changes: object) -> Reader:
    rule = {**PRACTICE, **changes}
    return at_desk(with_practice(make_study(practice=rule, seats=1, completion=CODES), tries=rule["tries"]))


def test_it_works() -> None:
    reader = practising()
    page = text(reader, reader.address())
    assert "Practice 1 of 2" in page
    assert '<progress class="progress" max="2" value="0"' in page
    assert page.count('class="progress"') == 1
    feedback = find_damage(reader, right=True)["Location"]
    assert feedback.endswith("/practised/")
    page = text(reader, feedback)
    assert "Script A was deliberately damaged." in page
    assert '<progress class="progress" max="2" value="1"' in page
    assert "given to the wrong character" in page
    assert "checks careful reading, not taste" in page
    assert reader.post("/r/go/")["Location"] == reader.address()
    assert "Practice 2 of 2" in text(reader, reader.address())
    page = text(reader, find_damage(reader, right=True)["Location"])
    assert "From now on, your judgments count" in page
    rater = Rater.objects.get()
    assert rater.practised_at is not None
    reader.post("/r/go/")
    assert "Pair 1 of 3" in text(reader, reader.address())
    judge(reader)
    found = services.progress(rater)
    assert (found.judged, found.total) == (1, 3)
    assert list(Assignment.objects.filter(state="practised").values_list("excluded", flat=True)) == [
        "practice",
        "practice",
    ]
    assert study_figures(rater.study).flow.excluded == 0


def test_the_scripts_are_set_as_they_were_read() -> None:
    study = make_study(practice=PRACTICE, seats=1)
    reader = at_desk(with_practice(study, more="She stops -- and waits.\n\n"))
    dash = '<span class="sp-dash">--</span>'
    assert text(reader, reader.address()).count(dash) == 2
    assert text(reader, find_damage(reader, right=True)["Location"]).count(dash) == 2


def test_the_same_form_again_leads_to_the_same_feedback() -> None:
    reader = practising()
    address, sent = reader.address(), reader.answers()
    once, again = reader.post(address, sent), reader.post(address, sent)
    assert (once.status_code, once["Location"]) == (again.status_code, again["Location"])
    assert reader.get(address)["Location"] == once["Location"]
    assert Assignment.objects.filter(state="practised").count() == 1


def test_who_misses_too_many_gets_the_pairs_again_and_may_pass_then() -> None:
    reader = practising()
    find_damage(reader, right=True)
    reader.post("/r/go/")
    page = text(reader, find_damage(reader, right=False)["Location"])
    assert "Not this time" in page
    assert "You found 1 of 2 in this round and need 2." in page
    assert "Start the next round" in page
    assert "You have one more round." in page
    reader.post("/r/go/")
    assert "last round" in text(reader, reader.address())
    for _pair in range(2):
        find_damage(reader, right=True)
        reader.post("/r/go/")
    assert Rater.objects.get().practised_at is not None
    assert reader.held().slot.phase == "main"


def test_how_a_round_went_is_told_of_a_seat_that_was_freed_too() -> None:
    reader = practising()
    find_damage(reader, right=True)
    reader.post("/r/go/")
    feedback = find_damage(reader, right=False)["Location"]
    Seat.objects.update(rater=None)
    assert "You found 1 of 2 in this round and need 2." in text(reader, feedback)


def test_who_fails_the_last_time_is_thanked_and_the_seat_is_free() -> None:
    reader = practising(tries=1)
    study = reader.rater.study
    for _pair in range(2):
        feedback = find_damage(reader, right=False)["Location"]
        reader.post("/r/go/")
    rater = Rater.objects.get()
    assert rater.turned_away_at is not None
    assert not Assignment.objects.filter(state="open").exists()
    page = text(reader, feedback)
    assert "Start the next round" not in page
    assert "That was the last round, so we'll stop here" in page
    assert "FAILED-2" in page
    page = text(reader, "/r/go/")
    assert "so we'll stop here" in page
    assert [code for code in ("DONE-1", "FAILED-2", "LEFT-3") if code in page] == ["FAILED-2"]
    assert reader.get("/r/go/done/")["Location"] == "/r/go/"
    assert reader.post("/r/go/")["Location"] == "/r/go/"
    assert free_seats(study) == {"en": 1}
    assert Seat.objects.get().events.last().detail["reason"] == "practice was not passed"
    assert [row.rater.turned_away_at for row in list_raters(study)] == [rater.turned_away_at]


def test_a_skip_in_practice_finds_nothing_and_is_no_skip_of_the_study() -> None:
    reader = practising(**{"pass": 1})
    assert "You skipped this one" in text(reader, reader.skip()["Location"])
    reader.post("/r/go/")
    find_damage(reader, right=True)
    assert Rater.objects.get().practised_at is not None
    assert services.progress(Rater.objects.get()).skipped == 0


def test_only_the_question_that_decides_is_required() -> None:
    reader = practising(**{"pass": 1})
    page = text(reader, reader.address())
    assert page.count("(optional)") >= 2
    primary = f"choice-{CRITERIA[0][0]}"
    damaged_left = reader.held().slot.first_on_left
    token = {"token": form_token(reader.held())}
    assert reader.post(reader.address(), token)["Location"].endswith("?missing=1")
    sent = reader.post(reader.address(), {**token, primary: "right" if damaged_left else "left"})
    assert "You found it" in text(reader, sent["Location"])
    assert Rater.objects.get().practised_at is None
    reader.post("/r/go/")
    find_damage(reader, right=True)
    reader.post("/r/go/")
    token = {"token": form_token(reader.held())}
    assert reader.post(reader.address(), {**token, primary: "left"})["Location"].endswith("?missing=1")


def test_practice_is_paid_if_the_study_says_so() -> None:
    rule = {**PRACTICE, "pay": "6.00"}
    reader = at_desk(with_practice(make_study(practice=rule, seats=1, pay=PAY)))
    assert "Practice pays EUR 6.00 for each pair you submit." in text(reader, "/r/go/consent/")
    assert "Practice pays EUR 6.00" in text(reader, "/r/go/instructions/")
    find_damage(reader, right=True)
    reader.post("/r/go/")
    reader.skip()
    found = services.rater_earnings(Rater.objects.get())
    assert (found.pairs, found.practice_pairs, str(found.sum)) == (0, 1, "6.00")
    assert "1 practice pair × EUR 6.00" in text(reader, "/r/go/pause/").replace("\N{NO-BREAK SPACE}", " ")
    page = text(reader, "/r/go/statement/")
    assert "Pay per practice pair" in page
    assert "<td>EUR 6.00</td>" in page
    (row,) = services.study_earnings(reader.rater.study)
    assert (row.practice_pairs, row.sum) == (1, found.sum)


def test_unpaid_practice_earns_nothing() -> None:
    reader = at_desk(with_practice(make_study(practice=PRACTICE, seats=1, pay=PAY)))
    find_damage(reader, right=True)
    found = services.rater_earnings(Rater.objects.get())
    assert (found.practice_pairs, found.sum) == (0, 0)
    assert "Pay per practice pair" not in text(reader, "/r/go/statement/")


def test_a_seat_that_is_taken_over_begins_with_practice_again() -> None:
    first = practising()
    find_damage(first, right=True)
    first.post("/r/go/")
    services.free_seat(rater=first.rater, by="test", reason="gone")
    second = at_desk(first.rater.study)
    assert "Practice 1 of 2" in text(second, second.address())
    for _pair in range(2):
        find_damage(second, right=True)
        second.post("/r/go/")
    assert second.held().slot.position == 1
    assert services.progress(second.rater).total == 3


def test_feedback_is_for_who_practised_alone() -> None:
    reader = practising()
    code = reader.held().code
    assert reader.get(f"/r/a/{code}/practised/").status_code == 404
    find_damage(reader, right=True)
    with unguarded():
        Study.objects.update(slug="another")
    other = at_desk(make_study())
    assert other.get(f"/r/a/{code}/practised/").status_code == 404


EXCHANGE = "".join(f"ADA\nThis is number {n}.\n\nBO\nThen comes {n + 1}.\n\n" for n in range(1, 9))
CHINESE_EXCHANGE = "".join(
    f"阿达：这是第{n}盏灯，还亮着。\n阿波：下面该数第{n + 1}盏了。\n" for n in range(1, 9)
)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["cut", "swap", "shuffle"])
def test_what_is_told_of_damage_stands_in_the_undamaged_script(kind: str, language: str) -> None:
    source = (
        f"INT. QUAY - NIGHT\n\n{EXCHANGE}" if language == "en" else f"第1场 码头 夜 外\n\n{CHINESE_EXCHANGE}"
    )
    good = parse(source, language)
    bad, done = damage(good, kind, seed=3)
    pairing = Pairing(first=shown(bad), second=shown(good), worse="first", damage=done.as_json())
    told = explain_damage(pairing)
    lines = [text for _kind, text in read_elements(pairing.second.html)]
    assert told.what
    assert all(line.words in lines for line in told.where)
    found = (len(told.where), len(told.original) > 0, len(told.damaged) > 0)
    if kind == "shuffle":
        assert_parts_are_marked(
            told, read_elements(pairing.second.html), read_elements(pairing.first.html), done
        )
    assert found == {"cut": (4, True, True), "swap": (3, True, True), "shuffle": (2, True, True)}[kind]
    if kind == "shuffle":
        assert "begins with" in told.where[0].about
    if kind == "swap":
        assert "%" not in told.where[0].about
        # The names are marked, and what is said under them.
        for html, places in ((pairing.second.html, told.original), (pairing.first.html, told.damaged)):
            there = [read_elements(html)[at] for at in places]
            assert [kind for kind, _text in there] == ["cue", "dialogue"] * (len(there) // 2)
            assert {text for kind, text in there if kind == "cue"} <= {"ADA", "BO", "阿达", "阿波"}
    else:
        assert all(line.speaker in ("ADA", "BO", "阿达", "阿波") for line in told.where)
    page, places = highlight_elements(pairing.second.html, told.original, "here")
    assert page.count(" data-damage") == len(told.original)
    # A link leads to each place, to the first of what stands together.
    assert places == [f"here-{n}" for n in range(1, len(places) + 1)]
    assert [page.count(f' id="{place}"') for place in places] == [1] * len(places)
    apart = [at for at in told.original if told.original[at] or at - 1 not in told.original]
    assert len(places) == len(apart)
    assert re.sub(r' (data-damage|id)="[^"]*"', "", page) == pairing.second.html


def assert_parts_are_marked(
    told: DamageExplanation, good: list[Element], bad: list[Element], done: Damage
) -> None:
    """Where each beat begins, in both; put together again by the numbers, the damaged script is the other but
    for cues, of which two in a row are one."""
    assert len(told.original) == len(told.damaged) == len(done.places)
    assert list(told.original.values()) == [f"part {n}" for n in range(1, len(done.places) + 1)]
    starts = [*sorted(told.damaged), len(bad)]
    parts = {told.damaged[at]: bad[at:to] for at, to in pairwise(starts)}
    mended = [*bad[: starts[0]], *(line for name in sorted(parts) for line in parts[name])]
    assert [one for one in mended if one[0] != "cue"] == [one for one in good if one[0] != "cue"]


def test_equal_lines_are_told_apart_by_what_follows() -> None:
    """A line that everybody says: it begins a part where more than itself is in common."""
    one = [(n, "", words) for n, words in enumerate(["Yes.", "Rain.", "Yes.", "Snow.", "Hail."])]
    other = [one[2], one[3], one[4], one[0], one[1]]
    assert _parts(one, other) == [(2, 0), (0, 3)]


def shown(script: Script) -> Entry:
    return Entry(text=script.text, html=render_html(script))
