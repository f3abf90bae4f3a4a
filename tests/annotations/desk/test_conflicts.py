"""Desk, conflicts of interest: a series that a rater worked on is never shown to them again."""

import re

import pytest
from django.test import Client

from annotations.desk import seats, services
from annotations.desk.rater_views import opaque_name
from annotations.models import Answer, Assignment, Judgment, Rater, RaterStatement, Study, StudyBrief
from tests.annotations.desk.cast import PROFILE, Reader, at_desk, enter, make_study, newcomer
from tests.annotations.desk.participation_cast import PRACTICE, find_damage, text, with_practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Reader:
    """Holds the first of four pairs: two of one series, two of another."""
    return at_desk(make_study(pairs=4))


def worked_on(reader: Reader) -> str:
    """The series of the pair that is held."""
    return str(reader.held().slot.pairing.study_brief.series_slug)


def say_so(reader: Reader) -> str:
    return str(reader.skip("worked-on")["Location"])


def declare(reader: Reader, *series: str) -> None:
    codes = [opaque_name(f"series {reader.rater.code}", one) for one in series]
    assert reader.post("/r/go/profile/", {**PROFILE, "conflicts": codes}).status_code == 303


def test_said_on_the_pair_itself_it_gives_the_pair_back(reader: Reader) -> None:
    series, held = worked_on(reader), reader.held()
    assert "I worked on this series" in text(reader, reader.address())
    assert say_so(reader) == reader.address()
    held.refresh_from_db()
    assert (held.state, held.skip_reason) == ("released", "")
    assert Rater.objects.get().conflicts == [series]
    assert worked_on(reader) != series
    found = services.progress(Rater.objects.get())
    assert (found.judged, found.skipped, found.total, found.position) == (0, 0, 2, 1)
    assert "This pair isn't assigned to you" in text(reader, f"/r/a/{held.code}/")
    said = "Thanks for telling us: you worked on The Long Wait 0, so you won't see any more of it."
    assert said in text(reader, reader.address())
    reader.post(reader.address(), reader.answers())
    assert said not in text(reader, reader.address())


def test_it_is_kept_while_the_study_pauses(reader: Reader) -> None:
    series = worked_on(reader)
    Study.objects.update(state="paused")
    assert say_so(reader) == "/r/go/"
    assert Rater.objects.get().conflicts == [series]
    assert not Assignment.objects.filter(state="open").exists()


def test_said_in_the_profile_it_takes_nothing_more_of_the_open_pair(reader: Reader) -> None:
    series, held, sent = worked_on(reader), reader.held(), reader.answers()
    page = text(reader, reader.address())
    assert 'href="/r/go/profile/"' in page
    declare(reader, series)
    assert reader.post(f"/r/a/{held.code}/", sent)["Location"] == "/r/go/"
    held.refresh_from_db()
    assert held.state == "released"
    assert not Judgment.objects.exists()
    reader.post("/r/go/")
    assert worked_on(reader) != series


def test_what_was_given_back_is_passed_over_once_all_else_is_done(reader: Reader) -> None:
    say_so(reader)
    for _pair in range(2):
        reader.post(reader.address(), reader.answers())
    states = Assignment.objects.values_list("state", "skip_reason").order_by("slot__position")
    assert list(states) == [("skipped", "conflict")] * 2 + [("submitted", "")] * 2


def test_the_last_judgment_leads_on_and_not_back_to_what_was_passed_over(reader: Reader) -> None:
    declare(reader, "okapiseries1")
    sent = []
    for _pair in range(2):
        sent.append((reader.address(), reader.answers()))
        reached = reader.post(*sent[-1])["Location"]
    assert reached == "/r/go/done/"
    # The same post again leads where the first one led.
    assert [reader.post(*one)["Location"] for one in sent] == [sent[1][0], reached]


def test_a_mistake_can_be_put_right(reader: Reader) -> None:
    series, held = worked_on(reader), reader.held()
    Answer.objects.create(assignment=held, content={"reason": "So far."}, saved_at=held.opened_at)
    declare(reader, series)
    declare(reader)
    reader.post("/r/go/")
    assert reader.held() == held
    assert "So far." in text(reader, reader.address())


def test_series_of_practice_and_checks_are_asked_for(reader: Reader) -> None:
    StudyBrief.objects.filter(slug="tapirbrief2").update(role="check")
    StudyBrief.objects.filter(slug="tapirbrief3").update(role="practice", series_slug="gnuseries")
    asked = reader.get("/r/go/profile/").context["form"].fields["conflicts"].choices
    assert len(asked) == 3
    declare(reader, "okapiseries1", "gnuseries")
    assert Rater.objects.get().conflicts == ["gnuseries", "okapiseries1"]


def test_what_staff_set_stays_and_the_rater_can_add_to_it() -> None:
    study = make_study(pairs=4)
    place = seats.Place(("en",), ("okapiseries0",))
    (one,) = seats.enrol_all(study=study, places=[place], by="test")
    reader = enter(Reader(one.rater, one.secret, Client()))
    services.give_consent(rater=one.rater, language="en", training_use=False)
    page = text(reader, "/r/go/profile/")
    assert page.count("(set by the study team)") == 1
    assert re.search(r'<input type="checkbox" checked disabled> <span>The Long Wait 0 ', page)
    declare(reader)
    assert Rater.objects.get().conflicts == ["okapiseries0"]
    declare(reader, "okapiseries1")
    assert Rater.objects.get().conflicts == ["okapiseries0", "okapiseries1"]
    declare(reader)
    assert Rater.objects.get().conflicts == ["okapiseries0"], "one's own can be corrected"


@pytest.mark.parametrize(("right", "state"), [(True, "main"), (False, None)])
def test_practice_asks_for_no_more_than_it_can_show(right: bool, state: str | None) -> None:
    """Two practice pairs in one try, both to be found; of one the rater knows the series too well."""
    reader = at_desk(with_practice(make_study(practice={**PRACTICE, "tries": 1}, seats=1), tries=1))
    second = StudyBrief.objects.get(slug="tapirbrief51")
    StudyBrief.objects.filter(pk=second.pk).update(series_slug="gnuseries")
    declare(reader, "gnuseries")
    find_damage(reader, right=right)
    reader.post("/r/go/")
    rater = Rater.objects.get()
    assert (rater.practised_at is not None, rater.turned_away_at is not None) == (right, not right)
    held = Assignment.objects.filter(state="open").first()
    assert (held.slot.phase if held else None) == state
    assert Assignment.objects.get(slot__pairing__study_brief=second).skip_reason == "conflict"


def test_a_practice_pair_of_one_s_own_series_leads_on_without_its_feedback() -> None:
    reader = at_desk(with_practice(make_study(practice=PRACTICE, seats=1)))
    first = reader.held()
    to = say_so(reader)
    first.refresh_from_db()
    assert (first.state, first.skip_reason) == ("practised", "conflict")
    assert to == reader.address()
    assert reader.get(f"/r/a/{first.code}/practised/")["Location"] == "/r/go/"


# What was said before


def test_an_earlier_profile_is_kept_beside_the_new_one(reader: Reader) -> None:
    changed = {**PROFILE, "role": "editor"}
    for sent in (changed, changed):
        reader.post("/r/go/profile/", sent)
    said = RaterStatement.objects.filter(about="profile")
    assert [one.content["profile"] for one in said] == [PROFILE, changed]
    services.withdraw(rater=reader.rater, erase=True)
    assert [one.content for one in said.all()] == [{}, {}]


def test_the_use_for_training_can_be_taken_back(reader: Reader) -> None:
    for sent, allowed in (({"training_use": "on"}, True), ({}, False)):
        assert reader.post("/r/go/consent/", {"what": "training", **sent}).status_code == 303
        assert services.training_use(reader.rater) is allowed
        page = text(reader, "/r/go/consent/")
        assert ('name="training_use" checked' in page) is allowed
    assert [one.content["training_use"] for one in RaterStatement.objects.filter(about="training_use")] == [
        True,
        False,
    ]
    # What was agreed to stands as it was agreed to.
    assert reader.rater.consents.get().training_use is False
    services.withdraw(rater=reader.rater, erase=True)
    assert services.training_use(reader.rater) is False


def test_who_worked_on_every_series_is_told_before_the_instructions() -> None:
    reader = newcomer(make_study(pairs=2))
    reader.post(f"/r/{reader.secret}/")
    services.give_consent(rater=reader.rater, language="en", training_use=False)
    series = list(StudyBrief.objects.values_list("series_slug", flat=True).distinct())
    declare(reader, *series)
    assert "There's nothing for you to judge" in text(reader, "/r/go/")
