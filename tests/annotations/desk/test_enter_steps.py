"""Desk, pages: points of the consent, conflicts of interest, the example, and Prolific."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from annotations.desk import seats, services
from annotations.desk.practice import practice_minutes
from annotations.models import Assignment, Consent, Entry, ExternalId, Pairing, Rater, SeatEvent, StudyBrief
from annotations.staff.raters.rater_list import list_raters
from evalsite.core.clock import database_now
from tests.annotations.desk.cast import PROFILE, Reader, at_desk, enter, form_token, make_study, newcomer
from tests.annotations.desk.participation_cast import PAY, PRACTICE, judge, text, with_practice

pytestmark = pytest.mark.django_db
CHECKS = {"briefs": [], "system": "human", "damage": ["cut"], "per_seat": 2, "announced": False}
CONSENT = {
    "version": "v1",
    "text": {"en": "We ask you to compare scripts.", "zh": "请您比较两稿剧本。"},
    "approval": {"en": "Board of Letters, no. 77", "zh": "文学伦理委员会第77号"},
    "contact": {"en": "desk@example.org", "zh": "desk@example.org"},
    "machines": "debriefing",
    "measures": {"en": "Reading times.", "zh": "阅读时长。"},
}
WHO = "PROLIFIC_PID=5f3a0b1c2d&STUDY_ID=s7&SESSION_ID=x9"


# Consent


@pytest.mark.parametrize(("language", "said"), [("en", "Board of Letters"), ("zh-hans", "文学伦理委员会")])
def test_the_points_are_shown_and_kept_word_for_word(language: str, said: str) -> None:
    reader = enter(newcomer(make_study(consent=CONSENT, pay=PAY, checks=CHECKS, practice=PRACTICE)))
    reader.client.cookies["django_language"] = language
    page = reader.get("/r/go/consent/")
    reader.post("/r/go/consent/", {"agree": "on"})
    assert Consent.objects.get().training_use is False
    kept = Consent.objects.get().text
    assert CONSENT["text"][language[:2]] in kept
    points = [*page.context["points"].first, *page.context["points"].more]
    assert len(points) == 10
    assert said in kept
    assert ("EUR 12.50" if language == "en" else "12.50 欧元") in kept
    for about, words in points:
        assert f"{about}: {words}" in kept
        assert escape(words) in page.content.decode()


def test_silent_checks_are_told_of_without_a_number() -> None:
    silent = enter(newcomer(make_study(consent=CONSENT, checks=CHECKS)))
    assert "Some pairs may check how carefully you read." in text(silent, "/r/go/consent/")
    assert "2 of the pairs" not in text(silent, "/r/go/consent/")


# Declining


def test_declining_releases_the_seat_and_ends_on_a_friendly_page() -> None:
    codes = {"code": "DONE-1", "left": {"code": "LEFT-3"}}
    reader = enter(newcomer(make_study(seats=1, completion=codes, consent=CONSENT)))
    page = text(reader, "/r/go/consent/")
    assert "I don't want to take part" in page
    assert ">Withdraw</a>" not in page
    page = text(reader, "/r/go/withdraw/")
    assert "Not taking part?" in page
    assert ">Withdraw</a>" not in page
    assert Rater.objects.get().withdrawn_at is None
    assert reader.post("/r/go/withdraw/", {"what": "leave"})["Location"] == "/r/go/"
    page = text(reader, "/r/go/")
    assert "You've chosen not to take part" in page
    assert [code for code in ("DONE-1", "LEFT-3") if code in page] == ["LEFT-3"]
    assert "Erase what I wrote" not in page
    assert seats.free_seats(reader.rater.study) == {"en": 1}


def test_withdraw_is_offered_only_after_consent() -> None:
    reader = enter(newcomer(make_study()))
    reader.post("/r/go/consent/", {"agree": "on"})
    assert ">Withdraw</a>" in text(reader, "/r/go/profile/")
    assert ">Withdraw</a>" in text(reader, "/r/go/consent/")


# Conflicts


def test_scenes_of_a_series_that_one_worked_on_are_never_shown() -> None:
    study = make_study(pairs=4, seats=1, pay=PAY)
    reader = enter(newcomer(study))
    reader.post("/r/go/consent/", {"agree": "on"})
    form = reader.get("/r/go/profile/").context["form"]
    (code,) = [value for value, title in form.fields["conflicts"].choices if title == "The Long Wait 0"]
    reader.post("/r/go/profile/", {**PROFILE, "conflicts": [code]})
    assert Rater.objects.get().conflicts == ["okapiseries0"]
    reader.post("/r/go/instructions/")
    assert "Pair 1 of 2" in text(reader, reader.address())
    shown = []
    while Assignment.objects.filter(state="open").exists():
        shown.append(reader.held().slot.pairing.study_brief.series_slug)
        judge(reader)
    assert shown == ["okapiseries1", "okapiseries1"]
    passed = Assignment.objects.filter(state="skipped")
    assert set(passed.values_list("skip_reason", flat=True)) == {"conflict"}
    assert passed.count() == 2
    page = text(reader, "/r/go/done/")
    assert "You have judged 2 of 2 pairs." in page
    assert "You skipped" not in page
    assert services.rater_earnings(Rater.objects.get()).sum == Decimal("25.00")
    (row,) = list_raters(study)
    assert (row.skipped, row.conflict, row.total) == (0, 2, 2)


def test_what_a_conflict_keeps_from_one_rater_is_there_for_who_takes_the_seat_over() -> None:
    study = make_study(pairs=4, seats=1)
    reader = at_desk(study)
    services.save_profile(rater=reader.rater, profile=PROFILE, series_known=[], conflicts=["okapiseries1"])
    judge(reader)
    services.withdraw(rater=reader.rater, erase=False)
    assert services.progress(at_desk(study).rater).total == 3


def test_erasure_takes_conflicts_too() -> None:
    reader = at_desk(make_study(pairs=4))
    services.save_profile(rater=reader.rater, profile=PROFILE, series_known=[], conflicts=["okapiseries1"])
    judge(reader)
    judge(reader)
    assert Assignment.objects.filter(skip_reason="conflict").exists()
    services.withdraw(rater=Rater.objects.get(), erase=True)
    assert Rater.objects.get().conflicts == []
    assert not Assignment.objects.filter(skip_reason="conflict").exists()


# Instructions


def test_the_example_is_in_the_languages_one_reads() -> None:
    reader = at_desk(make_study(language="zh"))
    page = text(reader, "/r/go/instructions/")
    assert "星期天没有船" in page
    assert "There is no boat" not in page
    assert "<mark>" in page


# Prolific


def shared(study: object) -> str:
    return reverse("rater-shared", args=[seats.shared_link_key(study)])


def test_prolific_s_ids_are_kept_by_the_button_and_not_by_a_look() -> None:
    reader = newcomer(make_study(prolific=True))
    reader.get(f"/r/{reader.secret}/?{WHO}")
    assert not ExternalId.objects.exists()
    assert reader.post(f"/r/{reader.secret}/?{WHO}").status_code == 303
    reader.post(f"/r/{reader.secret}/?PROLIFIC_PID=somebodyelse")
    kept = ExternalId.objects.get()
    assert (kept.provider, kept.participant, kept.study, kept.session) == (
        "prolific",
        "5f3a0b1c2d",
        "s7",
        "x9",
    )


def test_a_study_that_takes_nobody_from_prolific_keeps_nothing() -> None:
    reader = newcomer(make_study())
    assert reader.post(f"/r/{reader.secret}/?{WHO}").status_code == 303
    assert not ExternalId.objects.exists()
    assert Client().get(shared(reader.rater.study)).status_code == 404


@pytest.mark.parametrize(
    "query", ["", "?PROLIFIC_PID=", "?PROLIFIC_PID=%7B%7B%25PID%25%7D%7D", "?STUDY_ID=s7"]
)
def test_an_address_that_does_not_say_who_comes_is_told_so(query: str) -> None:
    answer = Client().get(shared(make_study(prolific=True)) + query)
    assert answer.status_code == 400
    assert "from its Prolific page" in answer.content.decode()


def test_by_the_shared_link_everybody_gets_a_seat_and_the_same_again() -> None:
    study = make_study(prolific=True, seats=2)
    address = f"{shared(study)}?{WHO}"
    one, again, other, third = Client(), Client(), Client(), Client()
    assert one.get(address).status_code == 200
    assert not Rater.objects.exists()
    for browser in (one, again):
        assert browser.post(address)["Location"] == "/r/go/"
        assert browser.get("/r/go/")["Location"] == "/r/go/consent/"
    assert Rater.objects.count() == 1
    welcome = "Welcome back. Everything you did is saved"
    assert f"{welcome}, and you can continue" in again.get(address).content.decode()
    Rater.objects.update(finished_at=database_now())
    assert f"{welcome}." in again.get(address).content.decode()
    assert other.post(address.replace("5f3a0b1c2d", "another1")).status_code == 303
    full = third.get(address.replace("5f3a0b1c2d", "another2"))
    assert "No places left" in full.content.decode()
    assert third.post(address.replace("5f3a0b1c2d", "another2")).status_code == 409
    assert sorted(SeatEvent.objects.values_list("verb", flat=True)) == ["taken", "taken"]


@pytest.mark.parametrize(("state", "words"), [("paused", "is paused"), ("closed", "has closed")])
def test_the_shared_link_of_a_study_that_takes_nobody(state: str, words: str) -> None:
    study = make_study(prolific=True, state=state)
    assert words in Client().get(f"{shared(study)}?{WHO}").content.decode()


def test_erasure_forgets_who_one_is_at_prolific() -> None:
    study = make_study(prolific=True)
    browser = Client()
    browser.post(f"{shared(study)}?{WHO}")
    services.withdraw(rater=Rater.objects.get(), erase=False)
    left = Client().get(f"{shared(study)}?{WHO}")
    assert left.status_code == 410
    page = left.content.decode()
    assert "Erase my contact details" in page
    assert "what I wrote" not in page
    Client().post(f"{shared(study)}?{WHO}", {"what": "erase"})
    assert not ExternalId.objects.exists()
    # Nobody knows them any more, so there is nobody to be told that they have left.
    assert Client().get(f"{shared(study)}?{WHO}").status_code == 200


def test_pay_is_told_before_anything_begins() -> None:
    reader: Reader = newcomer(make_study(pairs=6, pay=PAY, sittings={"pairs": 5, "break_minutes": 15}))
    page = text(reader, f"/r/{reader.secret}/")
    assert "You're paid EUR 12.50 per pair" in page
    assert "about 20 minutes" in page
    assert "a 15-minute break" in page
    assert "There are 6 pairs: about 2 hours and EUR 75.00 in total." in page
    assert "Skipped pairs are not paid." in page


def test_the_link_says_who_invites_and_that_practice_comes_first_unpaid() -> None:
    consent = {**CONSENT, "contact": {"en": "Board of <Letters>, desk@example.org", "zh": "desk@example.org"}}
    study = with_practice(make_study(pairs=6, pay=PAY, practice=PRACTICE, consent=consent, seats=1))
    reader = newcomer(study)
    page = text(reader, f"/r/{reader.secret}/")
    assert "Study contact:" in page
    assert 'Board of &lt;Letters&gt;, <a href="mailto:desk@example.org">desk@example.org</a>' in page
    told = "Before that there is a short practice (up to 2 rounds, about 40 minutes each)."
    assert told in page
    assert "Practice is unpaid." in page
    enter(reader)
    page = text(reader, "/r/go/consent/")
    how_long, _, pay = page.partition("Pay</dt>")
    assert told in how_long
    assert "Practice is unpaid." not in how_long
    assert "Practice is unpaid." in pay
    assert page.count("mailto:desk@example.org") == 1


def test_the_time_for_practice_does_not_depend_on_the_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    study = with_practice(make_study(pairs=6, practice=PRACTICE, seats=1))
    before = practice_minutes(study)
    damaged = set(Pairing.objects.filter(kind="practice").values_list("second", flat=True))

    from_db = Entry.from_db.__func__  # type: ignore[attr-defined]

    def changed(cls: type[Entry], *args: Any, **options: Any) -> Entry:
        entry: Entry = from_db(cls, *args, **options)
        entry.text *= 50 if entry.pk in damaged else 1
        return entry

    monkeypatch.setattr(Entry, "from_db", classmethod(changed))
    assert practice_minutes(study) == before


def test_by_the_shared_link_one_says_what_one_reads_first() -> None:
    study = make_study(prolific=True, seats=2)
    study.seats.filter(number=2).update(languages=["zh"])
    address = f"{shared(study)}?{WHO}"
    browser = Client()
    answer = browser.post(address)
    assert (answer.status_code, answer["Location"]) == (303, f"{address}&again=1")
    page = browser.get(answer["Location"]).content.decode()
    assert 'id="error-reads" role="alert"' in page
    assert "novalidate" in page
    assert not Rater.objects.exists()
    assert browser.post(answer["Location"])["Location"] == answer["Location"]
    assert browser.post(answer["Location"], {"reads": "zh"})["Location"] == "/r/go/"
    assert Rater.objects.get().languages == ["zh"]


def test_whoever_worked_on_every_series_is_told_after_the_profile() -> None:
    study = make_study(pairs=4, seats=1)
    Pairing.objects.filter(slots__position=4).update(kind="check")
    StudyBrief.objects.filter(pairings__kind="check").update(series_slug="another")
    reader = at_desk(study)
    reader.post(f"{reader.address()}", {"token": form_token(reader.held()), "then": "pause"})
    services.save_profile(
        rater=reader.rater, profile=PROFILE, series_known=[], conflicts=["okapiseries0", "okapiseries1"]
    )
    page = text(reader, "/r/go/")
    assert "There's nothing for you to judge" in page
    assert reader.post("/r/go/")["Location"] == "/r/go/"
    assert not Assignment.objects.filter(state="open").exists()


@pytest.mark.parametrize("reads", ["\0", "fr", "en zh"], ids=["nothing", "unknown", "both"])
def test_by_the_shared_link_a_language_that_is_not_offered_finds_no_place(reads: str) -> None:
    study = make_study(prolific=True, seats=2)
    study.seats.filter(number=2).update(languages=["zh"])
    assert Client().post(f"{shared(study)}?{WHO}", {"reads": reads}).status_code == 409
    assert not Rater.objects.exists()
