"""Desk, pages: consent, profile and instructions, and what `/r/go/` leads to."""

import pytest
from django.test import Client
from msgspec import convert

from annotations.desk import services
from annotations.desk.consent import ConsentTerms, Points, agreed_text, stored_points
from annotations.models import Assignment, Consent, Rater, Study
from tests.annotations.blinding.tampering import unguarded
from tests.annotations.desk.cast import PROFILE, at_desk, enter, make_study, newcomer
from tests.annotations.desk.participation_cast import PAY

pytestmark = pytest.mark.django_db
PAGES = ["", "consent/", "profile/", "instructions/", "pause/", "done/", "withdraw/"]


def test_it_works() -> None:
    reader = enter(newcomer(make_study()))
    assert reader.get("/r/go/")["Location"] == "/r/go/consent/"
    assert reader.post("/r/go/consent/", {"agree": "on", "training_use": "on"})["Location"] == "/r/go/"
    assert reader.get("/r/go/")["Location"] == "/r/go/profile/"
    assert reader.post("/r/go/profile/", PROFILE)["Location"] == "/r/go/"
    assert reader.get("/r/go/")["Location"] == "/r/go/instructions/"
    response = reader.post("/r/go/instructions/")
    assert (response.status_code, response["Location"]) == (303, reader.address())
    assert reader.get("/r/go/")["Location"] == reader.address()
    assert reader.get(reader.address()).status_code == 200


def test_no_consent_without_the_tick() -> None:
    reader = enter(newcomer(make_study()))
    response = reader.post("/r/go/consent/", {"training_use": "on"})
    assert response["Location"] == "/r/go/consent/?again=1"
    page = reader.get(response["Location"]).content.decode()
    assert 'id="error-agree" role="alert">Please tick this box' in page
    assert page.count("autofocus") == 1
    assert 'role="alert"' not in reader.get("/r/go/consent/").content.decode()
    assert not Consent.objects.exists()


def test_a_new_version_of_the_text_is_asked_for_again() -> None:
    study = make_study()
    reader = at_desk(study)
    study.spec["consent"]["version"] = "v2"
    with unguarded():
        study.save()
    assert reader.get("/r/go/")["Location"] == "/r/go/consent/"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_it_is_read_again_as_it_was_and_what_has_changed_stands_apart(language: str) -> None:
    reader = enter(newcomer(make_study(pairs=4, pay=PAY)))
    reader.client.cookies["django_language"] = language
    asked = reader.get("/r/go/consent/").context["points"]
    reader.post("/r/go/consent/", {"agree": "on"})
    reader.client.cookies["django_language"] = "en"
    page = reader.get("/r/go/consent/")
    assert (page.context["points"], page.context["changed"]) == (asked, "")
    services.save_profile(rater=reader.rater, profile=PROFILE, series_known=[], conflicts=["okapiseries0"])
    page = reader.get("/r/go/consent/")
    assert page.context["points"] == asked
    assert ("4 pairs" if language == "en" else "共 4 组") in asked.first[1][1]
    assert f'<dl class="points" lang="{"en" if language == "en" else "zh-Hans"}">' in page.content.decode()
    assert "You agreed to this on" in page.content.decode()
    assert "Remaining: 2 pairs of about 20 minutes each" in page.content.decode()
    assert "EUR 25.00 in total for 2 pairs." in page.content.decode()


def test_consent_is_stored_as_codes_beside_the_full_text() -> None:
    at_desk(make_study(pairs=4, pay=PAY))
    consent = Consent.objects.get()
    task, length, pay, leaving = consent.terms["first"]
    assert task == {"about": "task", "statements": [{"code": "task_pair", "params": {}}]}
    assert length["statements"][0]["params"] == {"tasks": 4, "minutes": 20, "single": False}
    assert [each["code"] for each in pay["statements"]] == ["pay_each", "pay_total", "skipped_unpaid"]
    assert leaving["about"] == "leaving"
    assert consent.text == agreed_text(convert(consent.terms, ConsentTerms), consent.language)


def test_a_consent_that_would_read_differently_today_is_shown_as_it_was_given() -> None:
    at_desk(make_study(pay=PAY))
    consent = Consent.objects.get()
    points, _text = stored_points(consent)
    assert "Pay" in dict(points.first)
    consent.text = "Pay: EUR 5.\n\nWords of an earlier release."
    assert stored_points(consent) == (Points([], []), consent.text)


def test_a_profile_is_kept_in_bands_with_the_series_known() -> None:
    reader = enter(newcomer(make_study()))
    reader.post("/r/go/consent/", {"agree": "on"})
    page = reader.get("/r/go/profile/").content.decode()
    assert "The Long Wait 1" in page
    assert "okapi" not in page
    (code,) = [value for value, title in _choices(reader) if title == "The Long Wait 1"]
    reader.post("/r/go/profile/", {**PROFILE, "series_known": [code]})
    rater = Rater.objects.get()
    assert rater.profile == PROFILE
    assert rater.series_known == ["okapiseries1"]


def _choices(reader: object) -> list[tuple[str, str]]:
    form = reader.get("/r/go/profile/").context["form"]  # type: ignore[attr-defined]
    return list(form.fields["series_known"].choices)


@pytest.mark.parametrize("missing", ["years", "credits", "role"])
def test_a_profile_with_a_gap_comes_back_with_what_was_chosen(missing: str) -> None:
    reader = enter(newcomer(make_study()))
    reader.post("/r/go/consent/", {"agree": "on"})
    sent = {name: value for name, value in PROFILE.items() if name != missing}
    response = reader.post("/r/go/profile/", sent)
    assert response["Location"] == "/r/go/profile/?again=1"
    page = reader.get(response["Location"]).content.decode()
    assert f'id="error-{missing}"' in page
    assert page.count(" checked") == len(sent)
    assert "novalidate" in page
    assert page.split(" autofocus")[0].rpartition('name="')[2].startswith(missing)
    assert page.count(" autofocus") == 1
    assert Rater.objects.get().profile == {}


def test_profile_and_instructions_wait_for_consent() -> None:
    reader = enter(newcomer(make_study()))
    for page in ("profile/", "instructions/"):
        assert reader.get(f"/r/go/{page}")["Location"] == "/r/go/consent/"
        assert reader.post(f"/r/go/{page}", PROFILE)["Location"] == "/r/go/consent/"
    assert Rater.objects.get().instructed_at is None


def test_without_a_session_one_is_asked_to_open_the_link() -> None:
    make_study()
    for page in PAGES:
        response = Client().get(f"/r/go/{page}")
        assert response.status_code == 403
        assert "personal link" in response.content.decode()


def test_no_look_changes_anything_and_a_withdrawn_rater_sees_one_page_everywhere() -> None:
    reader = at_desk(make_study())
    Assignment.objects.update(state="expired")
    before = list(Rater.objects.values()), list(Assignment.objects.values())
    for page in PAGES:
        reader.get(f"/r/go/{page}")
        assert (list(Rater.objects.values()), list(Assignment.objects.values())) == before, page
    services.withdraw(rater=reader.rater, erase=False)
    for page in PAGES:
        response = reader.get(f"/r/go/{page}")
        assert response.status_code == 410
        assert "withdrawn from this study" in response.content.decode()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("frozen", "has not started yet"),
        ("paused", "The study is paused"),
        ("closed", "The study has closed"),
        ("unblinded", "The study has closed"),
    ],
)
def test_a_study_that_takes_nothing_says_so(state: str, words: str) -> None:
    reader = at_desk(make_study())
    with unguarded():
        Study.objects.update(state=state)
    response = reader.get("/r/go/")
    assert response.status_code == 200
    assert words in response.content.decode()
    assert reader.post("/r/go/")["Location"] == "/r/go/"


def test_a_pair_that_went_back_is_taken_again_by_a_button() -> None:
    reader = at_desk(make_study())
    code = reader.held().code
    Assignment.objects.update(state="expired")
    assert "Read the next pair" in reader.get("/r/go/").content.decode()
    assert reader.post("/r/go/")["Location"] == f"/r/a/{code}/"


def test_thanks_come_after_the_last_pair_only() -> None:
    reader = at_desk(make_study(pairs=1))
    assert reader.get("/r/go/done/")["Location"] == "/r/go/"
    response = reader.post(reader.address(), reader.answers())
    assert response["Location"] == "/r/go/done/"
    assert "You have judged 1 of 1 pairs." in reader.get("/r/go/done/").content.decode()
    assert reader.get("/r/go/")["Location"] == "/r/go/done/"


def test_a_break_says_that_all_is_kept_and_what_is_not_sent_yet() -> None:
    reader = at_desk(make_study())
    page = reader.get("/r/go/pause/").content.decode()
    assert "You have judged 0 of 3 pairs" in page
    assert "You haven't entered anything yet." in page
    assert "is saved but not submitted" not in page
    assert "reserved for you for 90 minutes" in page
    services.save_answer(assignment=reader.held(), fields={"note": "Mind the lamp."}, revision=0)
    page = reader.get("/r/go/pause/").content.decode()
    assert "Pair 1 is saved but not submitted." in page
    assert "You haven't entered anything yet." not in page
    Assignment.objects.update(state="expired")
    assert "not submitted" not in reader.get("/r/go/pause/").content.decode()


def test_texts_of_the_study_come_in_the_language_of_the_page() -> None:
    reader = at_desk(make_study())
    reader.post("/language/", {"language": "zh-hans", "next": "/r/go/instructions/"})
    page = reader.get("/r/go/instructions/").content.decode()
    assert '<html lang="zh-hans"' in page
    assert "请把两稿都读完。" in page
    assert "一场戏的两稿" in page
