"""Staff: a study's page, blind, and the one primary button that moves it on."""

import random
import re

import pytest

from annotations.desk import services
from annotations.models import Assignment, Slot
from annotations.staff.studies import study_states
from annotations.staff.studies.loading import load_study
from evalsite.core.models import AuditEvent
from tests import factories

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    """What a reader sees, in one line."""
    page = re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.S)
    return " ".join(page.split())


def primary_buttons(answer) -> list[str]:
    found = re.findall(r'class="btn btn-primary"[^>]*>(.*?)</(?:a|button)>', answer.content.decode(), re.S)
    return [" ".join(re.sub(r"<[^>]+>", "", text).split()) for text in found]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "button"),
    [
        ("draft", ["Check texts for giveaways"]),
        ("frozen", ["Open for judging"]),
        ("open", ["Invite raters"]),
        ("paused", ["Resume"]),
        ("closed", ["Request unblinding"]),
    ],
)
def test_each_state_has_its_next_step(staff, tmp_path, state, button):
    factories.make_study(tmp_path, state=state)
    answer = staff.get("/studies/harbour/")
    assert answer.status_code == 200
    assert primary_buttons(answer) == button


def test_an_unblinded_study_leads_to_its_report(staff, tmp_path):
    factories.make_unblinded(tmp_path, briefs=1)
    assert primary_buttons(staff.get("/studies/harbour/")) == ["View report"]


def test_when_everything_is_judged_closing_is_next(staff, tmp_path):
    study = factories.make_study(tmp_path, state="open", briefs=1)
    factories.fill(study)
    assert primary_buttons(staff.get("/studies/harbour/")) == ["Close the study"]


def test_from_draft_to_closed(staff, tmp_path):
    study, opened = factories.make_study(tmp_path, state="draft"), []
    for path, state in [
        ("freeze", "frozen"),
        ("thaw", "draft"),
        ("freeze", "frozen"),
        ("open", "open"),
        ("pause", "paused"),
        ("open", "open"),
        ("close", "closed"),
    ]:
        assert staff.post(f"/studies/harbour/{path}/").status_code == 303
        study.refresh_from_db()
        assert study.state == state
        opened.append(study.opened_at)
    said = (
        AuditEvent.objects.filter(about="harbour", who="mara").order_by("pk").values_list("verb", flat=True)
    )
    assert list(said) == ["freeze", "make a draft again", "freeze", "open", "pause", "open", "close"]
    assert opened[:3] == [None] * 3
    assert len(set(opened[3:])) == 1
    assert study.closed_at is not None


def test_closing_asks_first(staff, tmp_path):
    study = factories.make_study(tmp_path, state="open")
    assert "can't be reopened" in text_of(staff.get("/studies/harbour/close/"))
    study.refresh_from_db()
    assert study.state == "open"


def test_a_step_that_came_too_late_says_how_things_stand(staff, tmp_path):
    factories.make_study(tmp_path, state="closed")
    answer = staff.post("/studies/harbour/open/", follow=True)
    assert "possible while the study is closed." in text_of(answer)


def test_figures_below_twenty_judgments_keep_side_and_agreement_back(staff, tmp_path):
    study = factories.make_study(tmp_path, state="open", seats=12)
    rater = services.enrol(study=study, languages=["en"], by="test").rater
    factories.judge(rater, rng=random.Random(1))
    assert (
        text_of(staff.get("/studies/harbour/")).count("after 20 judgments") == 3
    )  # the lead, and both figures
    factories.fill(study, raters=6)
    text = text_of(staff.get("/studies/harbour/"))
    assert text.count("after 20 judgments") == 1
    assert re.search(r"Left script chosen \d+%", text)
    assert re.search(r"Raw agreement \d+%", text)


def test_a_closed_study_promises_no_further_judgments_and_no_time_is_zero(staff, tmp_path):
    study = factories.make_study(tmp_path, state="open", seats=12)
    rater = services.enrol(study=study, languages=["en"], by="test").rater
    factories.judge(rater, rng=random.Random(1), pairs=1)
    Assignment.objects.filter(rater=rater).update(seconds=20)
    staff.post("/studies/harbour/close/", {"confirm": "harbour"})
    text = text_of(staff.get("/studies/harbour/"))
    assert "Left script chosen too few (1)" in text
    assert "Median time per pair under 1 min" in text
    assert "Minutes under 1" in text_of(staff.get(f"/studies/harbour/raters/{rater.code}/"))


def test_the_stored_draw_is_audited_and_once_unblinded_made_again(staff, tmp_path):
    study = factories.make_study(tmp_path, state="open")
    page = text_of(staff.get("/studies/harbour/"))
    assert "order of the 18 slots are balanced" in page
    assert "Draw nonce" not in page
    factories.unblind(study)
    page = text_of(staff.get("/studies/harbour/"))
    assert "all 18 slots match" in page
    assert f"Draw nonce {study.draw_nonce}" in page
    slot = Slot.objects.filter(seat__study=study).first()
    Slot.objects.filter(pk=slot.pk).update(first_on_left=not slot.first_on_left)
    assert "The repeated draw differs from the stored slots" in text_of(staff.get("/studies/harbour/"))


def test_the_plan_tells_exclusions_and_rights(staff, tmp_path):
    path = factories.write_study(tmp_path)
    path.write_text(path.read_text() + "  exclusions: [Who reads in a minute]\nrights: redistribute\n")
    load_study(path)
    page = text_of(staff.get("/studies/harbour/"))
    assert "Exclusions Who reads in a minute" in page
    assert "Script rights may be redistributed" in page
    assert "Result is about these series only" in page


def test_a_link_is_shown_once(staff, tmp_path):
    study = factories.make_study(tmp_path, state="open")
    answer = staff.post("/studies/harbour/enrol/", {"languages": "en"}, follow=True)
    link = re.search(r"http://testserver(/r/[\w-]{43}/)", answer.content.decode())
    assert staff.get(link[1]).status_code == 200
    assert "/r/" not in staff.get("/studies/harbour/").content.decode()
    assert study.raters.get().code in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_a_full_study_says_that_no_seat_is_free(staff, tmp_path):
    study = factories.make_study(tmp_path, state="open", briefs=1)
    factories.fill(study)
    answer = staff.post("/studies/harbour/enrol/", {"languages": "en"}, follow=True)
    assert "No seat with these languages is free" in text_of(answer)


def test_a_new_link_ends_the_old_one(staff, tmp_path):
    study = factories.make_study(tmp_path, state="open")
    enrolment = services.enrol(study=study, languages=["en"], by="test")
    path = f"/studies/harbour/raters/{enrolment.rater.code}/link/"
    assert "All earlier links stop working" in text_of(staff.get(path))
    assert staff.get(f"/r/{enrolment.secret}/").status_code == 200
    assert "/r/" in staff.post(path, follow=True).content.decode()
    assert staff.get(f"/r/{enrolment.secret}/").status_code == 404


def test_freeing_a_seat_wants_a_reason_and_lets_somebody_else_go_on(staff, tmp_path):
    study = factories.make_study(tmp_path, state="open")
    rater = services.enrol(study=study, languages=["en"], by="test").rater
    factories.judge(rater, rng=random.Random(1), pairs=1)
    path = f"/studies/harbour/raters/{rater.code}/leave/"
    assert staff.post(path, {"reason": " "}).status_code == 422
    answer = staff.post(path, {"reason": "fell ill", "erase": "on"}, follow=True)
    assert "The rest of the seat is free" in text_of(answer)
    rater.refresh_from_db()
    assert rater.withdrawn_at is not None
    assert study.seats.get(number=1).rater is None
    assert rater.assignments.get().judgments.count() == 2


def test_findings_with_the_same_words_are_cleared_by_one_rule(staff, tmp_path):
    study = factories.make_study(tmp_path, state="draft", extra="As an AI language model, I am ChatGPT.")
    staff.post("/studies/harbour/freeze/")
    first = study.findings.first()
    alike = study.findings.filter(kind=first.kind, excerpt=first.excerpt)
    staff.post(f"/studies/harbour/findings/{first.code}/", {"reason": "a robot", "alike": "on"})
    assert not alike.filter(cleared_at__isnull=True).exists()
    assert study.findings.filter(cleared_at__isnull=True).count() == study.findings.count() - alike.count()


def test_an_amendment_is_added_and_never_replaces(staff, tmp_path):
    factories.make_study(tmp_path)
    assert staff.post("/studies/harbour/amend/", {"text": "  "}).status_code == 422
    staff.post("/studies/harbour/amend/", {"text": "Two raters more, for two fell ill."})
    assert "Two raters more" in text_of(staff.get("/studies/harbour/"))


def test_opening_a_button_s_address_explains_what_to_do(staff, db):
    """The way back from signing in leads there when a session ended before a button was pressed."""
    answer = staff.get("/studies/harbour/pause/")
    assert answer.status_code == 405
    assert "Nothing was changed" in text_of(answer)
    assert int(answer["Content-Length"]) == len(answer.content)


def test_the_trail_shows_the_newest_and_all_on_request(staff, tmp_path):
    study = factories.make_study(tmp_path)
    for number in range(15):
        study_states.amend(study=study, by="mara", text=f"Amendment {number} of fifteen")
    page = text_of(staff.get("/studies/harbour/"))
    assert "5 earlier events" in page  # 15 amendments, loading and freezing, less the 12 that are shown
    assert "created the study" not in page
    assert "created the study" in text_of(staff.get("/studies/harbour/?trail=all"))
