"""Staff: unblinding on screen takes two people, a reason and the study's name."""

import pytest

from evalsite.core.models import AuditEvent
from tests import factories
from tests.annotations.staff.studies.test_study_page import text_of

pytestmark = pytest.mark.django_db
PAGE = "/studies/harbour/unblind/"


@pytest.fixture
def study(tmp_path):
    study = factories.make_study(tmp_path, state="open", briefs=1)
    factories.fill(study, raters=1)
    return study


@pytest.fixture
def closed(study, staff):
    staff.post("/studies/harbour/close/")
    study.refresh_from_db()
    return study


def test_two_people_open_the_seal(closed, staff, other, django_capture_on_commit_callbacks):
    staff.post(PAGE, {"step": "ask", "reason": "All seats are done."})
    seen = text_of(other.get(PAGE))
    assert "mara" in seen
    assert "All seats are done." in seen
    answer = other.post(PAGE, {"step": "confirm", "slug": "harbour"})
    assert answer["Location"] == "/studies/harbour/report/"
    closed.refresh_from_db()
    assert closed.state == "unblinded"
    event = AuditEvent.objects.get(verb="unblind")
    assert (event.who, event.detail["requested_by"]) == ("jonas", "mara")


def test_an_open_study_says_that_it_has_to_be_closed(study, staff):
    assert "Close it before you request unblinding" in text_of(staff.get(PAGE))
    staff.post(PAGE, {"step": "ask", "reason": "curious"})
    assert not study.unblindings.exists()


def test_the_one_who_asked_is_told_why_not(closed, staff):
    staff.post(PAGE, {"step": "ask", "reason": "All seats are done."})
    page = staff.get(PAGE)
    assert "a colleague needs to confirm it" in text_of(page)
    assert b'value="confirm"' not in page.content
    staff.post(PAGE, {"step": "confirm", "slug": "harbour"})
    closed.refresh_from_db()
    assert closed.state == "closed"


def test_a_wrong_name_opens_nothing(closed, staff, other):
    staff.post(PAGE, {"step": "ask", "reason": "All seats are done."})
    answer = other.post(PAGE, {"step": "confirm", "slug": "habour"})
    assert answer.status_code == 422
    assert "not the slug of this study" in text_of(answer)
    closed.refresh_from_db()
    assert closed.state == "closed"


def test_asking_wants_a_reason(closed, staff):
    assert staff.post(PAGE, {"step": "ask", "reason": " "}).status_code == 422
    assert not closed.unblindings.exists()


def test_a_request_is_taken_back(closed, staff):
    staff.post(PAGE, {"step": "ask", "reason": "All seats are done."})
    assert "stays blinded" in text_of(staff.post(PAGE, {"step": "cancel"}, follow=True))
    assert closed.unblindings.get().state == "cancelled"
