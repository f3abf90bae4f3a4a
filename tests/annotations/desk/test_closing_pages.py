"""Desk, pages: breaks, pay, guesses, debriefing, completion code, statement, leaving."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import unquote

import pytest
from django.db.models import F
from django.test import Client

from annotations.desk import services
from annotations.models import Assignment, Guess, Mark, Pairing, Rater, Study
from evalsite.core.models import User
from tests.annotations.blinding.tampering import unguarded
from tests.annotations.desk.cast import Reader, at_desk, form_token, make_study
from tests.annotations.desk.participation_cast import COMPLETION, DEBRIEFING, PAY, judge, text
from tests.annotations.desk.test_enter_steps import CONSENT
from tests.factories import person

pytestmark = pytest.mark.django_db


def to_the_end(reader: Reader) -> str:
    """Judge all there is; where the last one leads."""
    while Assignment.objects.filter(rater=reader.rater, state="open").exists():
        at = judge(reader)["Location"]
    return at


# Breaks, pace and pay


def test_after_so_many_pairs_a_break_is_proposed_and_going_on_is_allowed() -> None:
    reader = at_desk(make_study(pairs=4, sittings={"pairs": 2, "break_minutes": 15}, pay=PAY))
    assert judge(reader)["Location"] == reader.address()
    assert judge(reader)["Location"] == "/r/go/break/"
    page = text(reader, "/r/go/break/")
    assert "You have judged 2 pairs in this sitting." in page
    assert "15 minutes of the break left" in page
    assert "EUR 25.00" in page
    assert reader.get("/r/go/")["Location"] == "/r/go/break/"
    assert reader.post("/r/go/", {"rested": "1"})["Location"] == reader.address()
    assert reader.get("/r/go/break/")["Location"] == "/r/go/"


def test_a_break_that_was_long_enough_is_not_proposed_again() -> None:
    reader = at_desk(make_study(pairs=3, sittings={"pairs": 1, "break_minutes": 15}))
    judge(reader)
    Assignment.objects.update(submitted_at=F("submitted_at") - timedelta(minutes=16))
    assert reader.post("/r/go/")["Location"] == reader.address()


def test_time_left_goes_by_the_rater_s_own_pace_from_three_pairs_up() -> None:
    reader = at_desk(make_study(pairs=5, pay=PAY))
    judge(reader)
    assert "4 pairs · about 80 minutes" in text(reader, "/r/go/pause/")
    judge(reader)
    judge(reader)
    for number, seconds in enumerate((300, 600, 6000)):
        one = Assignment.objects.filter(state="submitted").order_by("pk")[number]
        Assignment.objects.filter(pk=one.pk).update(seconds=seconds)
    page = text(reader, "/r/go/pause/")
    assert "2 pairs · about 20 minutes" in page
    assert "at your current pace, about 10 minutes per pair" in page


def test_what_was_sent_is_paid_for_and_a_skip_neither_costs_nor_pays() -> None:
    reader = at_desk(make_study(pairs=4, pay=PAY))
    judge(reader)
    judge(reader)
    reader.skip()
    late = Assignment.objects.filter(state="submitted").first()
    Assignment.objects.filter(pk=late.pk).update(state="late", excluded="late")
    found = services.rater_earnings(Rater.objects.get())
    assert (found.pairs, found.sum, found.currency) == (2, Decimal("25.00"), "EUR")


def test_the_statement_says_what_was_done_and_nothing_of_scripts() -> None:
    reader = at_desk(make_study(pairs=3, pay=PAY))
    judge(reader)
    page = text(reader, "/r/go/statement/")
    for words in (reader.rater.code, "EUR 12.50", "Two drafts of a scene"):
        assert words in page
    assert "tapir" not in page
    made = reader.get("/r/go/statement.pdf")
    assert made["Content-Type"] == "application/pdf"
    assert made.content.startswith(b"%PDF")


def test_without_pay_there_is_no_statement() -> None:
    reader = at_desk(make_study())
    assert reader.get("/r/go/statement/").status_code == 404
    assert reader.get("/r/go/statement.pdf").status_code == 404


# Guesses and the end


def test_guesses_are_asked_for_once_at_the_end() -> None:
    reader = at_desk(
        make_study(guess={"when": "last", "scripts": 4}, debriefing=DEBRIEFING, completion=COMPLETION)
    )
    assert to_the_end(reader) == "/r/go/guess/"
    sample = Rater.objects.get().guess_sample
    assert len({tuple(place) for place in sample}) == 4
    page = text(reader, "/r/go/guess/")
    assert page.count('class="script ') == 4
    assert reader.get("/r/go/debriefing/")["Location"] == "/r/go/"
    assert reader.get("/r/go/done/")["Location"] == "/r/go/"
    sent = {"origin-1": "human", "confidence-1": "3", "origin-2": "unsure", "confidence-2": "2"}
    assert reader.post("/r/go/guess/", sent)["Location"] == "/r/go/debriefing/"
    kept = {(one.assignment.code, one.side): (one.origin, one.confidence) for one in Guess.objects.all()}
    assert kept == {tuple(sample[0]): ("human", 3), tuple(sample[1]): ("unsure", None)}
    assert "written by machines" in text(reader, "/r/go/debriefing/")
    assert Rater.objects.get().debriefed_at is None
    assert reader.post("/r/go/debriefing/")["Location"] == "/r/go/"
    page = text(reader, "/r/go/done/")
    assert COMPLETION["code"] in page
    assert COMPLETION["url"] in page


def test_guesses_are_locked() -> None:
    reader = at_desk(make_study(pairs=1, guess={"when": "last", "scripts": 6}))
    to_the_end(reader)
    reader.post("/r/go/guess/", {"origin-1": "human"})
    reader.post("/r/go/guess/", {"origin-1": "machine", "origin-2": "machine"})
    assert list(Guess.objects.values_list("origin", flat=True)) == ["human"]


def test_every_guess_may_stay_open_and_a_wrong_one_is_refused() -> None:
    reader = at_desk(make_study(pairs=1, guess={"when": "last", "scripts": 6}))
    to_the_end(reader)
    refused = reader.post("/r/go/guess/", {"origin-1": "a ghost"})
    assert refused["Location"] == "/r/go/guess/?again=1"
    assert reader.get(refused["Location"]).context["form"].errors
    assert Rater.objects.get().guessed_at is None
    # What was chosen can be left open again, with no script in the page.
    page = text(reader, "/r/go/guess/")
    assert page.count('value="" checked') == page.count('class="script ') == 2
    left = {"origin-1": "", "confidence-1": "2", "origin-2": ""}
    assert reader.post("/r/go/guess/", left)["Location"] == "/r/go/done/"
    assert not Guess.objects.exists()
    assert Rater.objects.get().guessed_at is not None


def test_who_was_done_may_guess_while_the_study_pauses_and_not_after_closing() -> None:
    reader = at_desk(
        make_study(
            pairs=1, guess={"when": "last", "scripts": 6}, debriefing=DEBRIEFING, completion=COMPLETION
        )
    )
    to_the_end(reader)
    Study.objects.update(state="paused")
    page = text(reader, "/r/go/")
    assert "/r/go/guess/" in page
    assert "/r/go/debriefing/" not in page
    assert reader.get("/r/go/debriefing/").status_code == 303
    assert COMPLETION["code"] not in text(reader, "/r/go/done/")
    Study.objects.update(state="closed")
    assert COMPLETION["code"] in text(reader, "/r/go/done/")
    assert "/r/go/guess/" not in text(reader, "/r/go/")
    assert reader.post("/r/go/guess/", {"origin-2": "human"})["Location"] == "/r/go/"
    assert not Guess.objects.exists()
    assert "/r/go/guess/" not in text(reader, "/r/go/")
    assert "written by machines" in text(reader, "/r/go/debriefing/")


def test_nobody_guesses_of_what_has_been_unblinded_or_of_a_part_of_the_work() -> None:
    reader, late = (
        at_desk(study) for study in [make_study(pairs=1, guess={"when": "last", "scripts": 6})] * 2
    )
    to_the_end(reader)
    Study.objects.update(state="closed")
    assert "/r/go/guess/" not in text(late, "/r/go/")
    Study.objects.update(state="unblinded")
    assert "/r/go/guess/" not in text(reader, "/r/go/")
    assert reader.get("/r/go/guess/")["Location"] == "/r/go/"
    assert reader.post("/r/go/guess/", {"origin-1": "human"})["Location"] == "/r/go/"
    assert not Guess.objects.exists()


def test_a_script_that_one_knew_is_not_guessed_about() -> None:
    reader = at_desk(make_study(pairs=1, guess={"when": "last", "scripts": 6}))
    code = reader.held().code
    reader.post(reader.address(), reader.answers(knew_left="on"))
    assert Rater.objects.get().guess_sample == [[code, "right"]]


def test_a_changed_answer_decides_anew_which_scripts_one_knew() -> None:
    reader = at_desk(make_study(pairs=1, guess={"when": "last", "scripts": 6}))
    held = reader.held()
    reader.post(reader.address(), reader.answers(knew_left="on"))
    answers = {key: value for key, value in services.current_fields(held).items() if key != "knew-left"}
    sent = {"token": form_token(held), "revision": "0", **answers, "knew-right": "on"}
    assert reader.post(f"/r/a/{held.code}/change/", sent).status_code == 303
    assert Rater.objects.get().guess_sample == [[held.code, "left"]]
    assert text(reader, "/r/go/guess/").count('class="script ') == 1
    drawn_again = sent | {"revision": "1", "knew-left": "on"}
    assert reader.post(f"/r/a/{held.code}/change/", drawn_again).status_code == 303
    assert Rater.objects.get().guess_sample == []
    assert reader.get("/r/go/guess/")["Location"] == "/r/go/"


def test_asked_each_time_the_pair_s_own_scripts_come_after_it() -> None:
    reader = at_desk(make_study(pairs=2, guess={"when": "each"}))
    code = reader.held().code
    at = judge(reader)["Location"]
    assert at == f"/r/a/{code}/guess/"
    assert text(reader, at).count('class="script ') == 2
    assert reader.post(at, {"origin-2": "machine", "confidence-2": "1"})["Location"] == reader.address()
    (kept,) = Guess.objects.all()
    assert (kept.assignment.code, kept.side, kept.confidence) == (code, "right", 1)
    assert reader.get(at)["Location"] == "/r/go/"


@pytest.mark.parametrize("kind", ["check", "repeat", "same"])
def test_asked_each_time_it_is_asked_of_checks_and_repeats_as_well(kind: str) -> None:
    reader = at_desk(make_study(pairs=2, guess={"when": "each"}))
    code = reader.held().code
    Pairing.objects.filter(slots__position=1).update(kind=kind)
    assert judge(reader)["Location"] == f"/r/a/{code}/guess/"


@pytest.mark.parametrize("taken", [False, True])
def test_who_sends_one_more_pair_after_the_seat_was_freed_has_finished_nothing(taken: bool) -> None:
    study = make_study(
        seats=1, completion=COMPLETION, guess={"when": "last", "scripts": 4}, debriefing=DEBRIEFING
    )
    reader = at_desk(study)
    address, sent = reader.address(), reader.answers()
    services.free_seat(rater=reader.rater, by="test", reason="no answer")
    if taken:
        at_desk(study)
    assert reader.post(address, sent).status_code == 303
    rater = Rater.objects.get(pk=reader.rater.pk)
    assert rater.assignments.get().state == ("late" if taken else "submitted")
    assert (rater.finished_at, rater.guess_sample) == (None, [])
    assert COMPLETION["code"] not in text(reader, "/r/go/done/")


# Leaving

WAYS = {**COMPLETION, "practice_failed": {"code": "FAILED-2"}, "left": {"code": "LEFT-3", "url": ""}}


def test_who_does_not_finish_gets_the_code_for_that_and_who_finished_does_not() -> None:
    study = make_study(pairs=1, seats=2, completion=WAYS)
    reader, other = at_desk(study), at_desk(study)
    to_the_end(reader)
    assert "LEFT-3" not in text(reader, "/r/go/done/")
    reader.post("/r/go/withdraw/", {"what": "leave"})
    page = reader.get("/r/go/").content.decode()
    assert "You have withdrawn from this study" in page
    assert "LEFT-3" not in page
    study.spec["consent"]["version"] = "not agreed to yet"
    with unguarded():
        study.save()
    other.post("/r/go/withdraw/", {"what": "leave"})
    page = other.get("/r/go/").content.decode()
    assert "LEFT-3" in page
    assert COMPLETION["code"] not in page


def test_a_code_alone_says_what_to_do_with_it() -> None:
    reader = at_desk(make_study(pairs=1, pay=PAY, completion={"code": "QUINCE7"}, consent=CONSENT))
    to_the_end(reader)
    assert "send this code to the person who invited you" in text(reader, "/r/go/done/")
    assert 'send it to: <a href="mailto:desk@example.org">' in text(reader, "/r/go/statement/")
    with unguarded():
        Study.objects.update(spec=Study.objects.get().spec | {"completion": COMPLETION})
    assert "send this code" not in text(reader, "/r/go/done/")


def test_words_can_be_erased_after_leaving_by_the_link() -> None:
    reader = at_desk(make_study(pairs=2, pay=PAY, debriefing=DEBRIEFING))
    reader.post(
        reader.address(),
        reader.answers(reason="too long", mark_left_1_class="plot", mark_left_1_note="hole"),
    )
    reader.post("/r/go/withdraw/", {"what": "leave"})
    browser, link = Client(), f"/r/{reader.secret}/"
    page = browser.get(link)
    assert page.status_code == 410
    assert "Erase what I wrote" in page.content.decode()
    assert Rater.objects.get().profile != {}
    page = browser.post(link, {"what": "erase"})
    assert page.status_code == 410
    assert "everything you wrote have been erased" in page.content.decode()
    assert "Erase what I wrote" not in page.content.decode()
    assert Rater.objects.get().profile == {}
    assert not Assignment.objects.exclude(reason="").exists()
    assert not Mark.objects.exclude(note="").exists()
    # What stays open: the statement and the debriefing.
    for what in ("statement", "debriefing"):
        fresh = Client()
        assert f'value="{what}"' in fresh.get(link).content.decode()
        assert fresh.post(link, {"what": what})["Location"] == f"/r/go/{what}/"
        assert fresh.get(f"/r/go/{what}/").status_code == 200
        assert fresh.get("/r/go/consent/").status_code == 410


def test_the_debriefing_stays_open_when_the_study_has_closed() -> None:
    reader = at_desk(make_study(debriefing=DEBRIEFING))
    assert reader.get("/r/go/debriefing/").status_code == 303
    Study.objects.update(state="closed")
    assert "What the study was about" in text(reader, "/r/go/")
    assert "written by machines" in text(reader, "/r/go/debriefing/")


def test_the_proof_of_completion_can_be_had_when_the_study_has_closed() -> None:
    reader = at_desk(make_study(pairs=1, completion=COMPLETION))
    to_the_end(reader)
    Study.objects.update(state="closed")
    assert "/r/go/done/" in text(reader, "/r/go/")
    assert COMPLETION["code"] in text(reader, "/r/go/done/")


def test_one_script_at_a_time_is_called_a_script() -> None:
    reader = at_desk(make_study(single=True, pairs=2, pay=PAY, design={"kind": "single"}))
    assert "2 scripts" in text(reader, "/r/go/pause/")
    page = text(reader, "/r/go/pause/") + text(reader, "/r/go/instructions/")
    assert "of 2 scripts" in page
    assert " pair" not in page.lower().replace("pairs done, judged", "")
    assert "for each script" in text(reader, "/r/go/consent/") + page


# The accounts


def test_sums_are_for_admins_alone() -> None:
    reader = at_desk(make_study(pay=PAY, prolific=True))
    judge(reader)
    path = "/studies/zebrastudy/pay/"
    admin, researcher = Client(), Client()
    for client, role in ((admin, User.Role.ADMIN), (researcher, User.Role.RESEARCHER)):
        client.force_login(person(role, role=role), backend="django.contrib.auth.backends.ModelBackend")
    page = admin.get(path).content.decode()
    assert "EUR\N{NO-BREAK SPACE}12.50" in page
    assert "{{%PROLIFIC_PID%}}" in page
    table = admin.get("/studies/zebrastudy/pay.csv").content.decode().splitlines()
    assert table[1].startswith(f"zebrastudy,{reader.rater.code},1,12.50,12.50,EUR,")
    assert researcher.get(path).status_code == 404
    assert researcher.get("/studies/zebrastudy/pay.csv").status_code == 404


def test_leaving_is_asked_once_more_and_says_what_stays_and_what_goes() -> None:
    reader = at_desk(make_study(pairs=1, seats=2, pay=PAY, completion=COMPLETION, debriefing=DEBRIEFING))
    to_the_end(reader)
    page = text(reader, "/r/go/withdraw/")
    assert 'name="what"' not in page
    leave, erase = (text(reader, f"/r/go/withdraw/?what={what}") for what in ("leave", "erase"))
    assert "your completion code" in leave
    assert "the option to erase what you wrote" in leave
    assert "goes to someone else" not in leave
    assert "the option to erase what you wrote" not in erase
    assert "including private notes" in erase
    assert Rater.objects.get(pk=reader.rater.pk).withdrawn_at is None
    reader.post("/r/go/withdraw/", {"what": "leave"})
    page = text(reader, "/r/go/")
    assert COMPLETION["code"] in page
    assert '<span class="brand" lang="en">Two drafts of a scene</span>' in page


def test_somebody_whose_seat_was_freed_is_told_so_and_not_debriefed() -> None:
    reader = at_desk(
        make_study(debriefing=DEBRIEFING, pay=PAY, consent={**CONSENT, "contact": {"en": "desk@example.org"}})
    )
    judge(reader)
    address = reader.address()
    services.free_seat(rater=reader.rater, by="test", reason="no answer")
    page = text(reader, f"/r/{reader.secret}/")
    assert "where you left off" not in page
    page = text(reader, "/r/go/")
    assert "Your place was given to someone else" in page
    assert "The 1 pair you judged stays in the study and counts. You have earned EUR 12.50." in page
    assert "desk@example.org" in page
    assert "given to another rater" in text(reader, address)
    assert reader.get("/r/go/debriefing/")["Location"] == "/r/go/"
    assert reader.post("/r/go/")["Location"] == "/r/go/"


@pytest.mark.parametrize(
    ("language", "sum_", "name"), [("en", "EUR 12.50", "statement-"), ("zh-hans", "12.50 欧元", "劳务")]
)
def test_the_statement_says_who_pays_whom(language: str, sum_: str, name: str) -> None:
    payer = {"en": "Quince House, Harbour Road 1", "zh": "榅桲工作室"}
    reader = at_desk(make_study(pairs=2, pay={**PAY, "payer": payer}))
    judge(reader)
    assert "/r/go/statement/" in text(reader, "/r/go/pause/")
    reader.client.cookies["django_language"] = language
    page = text(reader, "/r/go/statement/")
    assert payer[language[:2]] in page
    assert f"<td>{sum_}</td>" in page
    lines = (
        ["Payee (name)", "Address", "Account", "Date and signature"]
        if language == "en"
        else ["姓名", "身份证号", "开户行与账号", "联系电话", "日期与签名"]
    )
    assert [f"<dt>{line}</dt>" in page for line in lines] == [True] * len(lines)
    assert page.count("<dd></dd>") == len(lines)
    assert (" 年 " in page) == (language != "en")
    assert ("the person who invited you" if language == "en" else "发给邀请您的人") in page
    assert name in unquote(reader.get("/r/go/statement.pdf")["Content-Disposition"])
