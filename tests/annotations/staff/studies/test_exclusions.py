"""Excluding an answer by hand: an event with person, time and reason, while the study is blinded."""

from pathlib import Path

import pytest
from django.urls import reverse

from annotations.errors import WrongState
from annotations.models import Assignment, ExclusionEvent, Study
from annotations.staff.studies import exclusions
from evalsite.core.models import AuditEvent
from tests.factories import fill, make_study, person, unblind

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = make_study(tmp_path, state="open")
    fill(study, raters=2)
    return study


@pytest.fixture
def held(study: Study) -> Assignment:
    return Assignment.objects.filter(rater__study=study, state="submitted", slot__position=2)[0]


def address(held: Assignment) -> str:
    return reverse("study-answer", args=[held.rater.study.slug, held.rater.code, held.slot.position])


def test_it_works(client, held: Assignment) -> None:
    client.force_login(person("una"))
    page = client.get(address(held))
    assert page.status_code == 200
    assert "Exclude the answer" in page.content.decode()
    answer = client.post(address(held), {"reason": "Read aloud to a colleague", "do": "exclude"})
    assert answer.status_code == 303
    event = ExclusionEvent.objects.get()
    assert (event.assignment, event.number, event.excluded) == (held, 1, True)
    assert (event.who, event.role, event.reason) == ("una", "researcher", "Read aloud to a colleague")
    held.refresh_from_db()
    assert held.excluded == "manual"
    line = AuditEvent.objects.get(verb="exclude judgment")
    assert (line.who, line.about) == ("una", held.rater.study.slug)
    assert line.detail == {
        "rater": held.rater.code,
        "position": 2,
        "assignment": held.code,
        "reason": "Read aloud to a colleague",
    }
    rater_page = client.get(reverse("study-rater", args=[held.rater.study.slug, held.rater.code]))
    assert "Read aloud to a colleague" in rater_page.content.decode()


def test_an_answer_is_included_again_by_another_event(client, held: Assignment) -> None:
    exclusions.set_excluded(assignment=held, excluded=True, by="console", reason="a phone rang")
    client.force_login(person("una"))
    assert "Include the answer again" in client.get(address(held)).content.decode()
    client.post(address(held), {"reason": "it was another pair", "do": "include"})
    assert list(ExclusionEvent.objects.values_list("number", "excluded")) == [(1, True), (2, False)]
    held.refresh_from_db()
    assert held.excluded == ""
    assert AuditEvent.objects.filter(verb="include judgment").count() == 1


def test_a_reason_is_required(client, held: Assignment) -> None:
    client.force_login(person("una"))
    assert client.post(address(held), {"reason": " ", "do": "exclude"}).status_code == 422
    assert not ExclusionEvent.objects.exists()


def test_the_same_step_twice_is_refused(client, held: Assignment) -> None:
    client.force_login(person("una"))
    client.post(address(held), {"reason": "a phone rang", "do": "exclude"})
    assert client.post(address(held), {"reason": "a phone rang", "do": "exclude"}).status_code == 409
    assert ExclusionEvent.objects.count() == 1


def test_nothing_is_excluded_after_unblinding(client, study: Study, held: Assignment) -> None:
    unblind(study)
    client.force_login(person("mo"))
    assert "can no longer be excluded" in client.get(address(held)).content.decode()
    assert client.post(address(held), {"reason": "I dislike it", "do": "exclude"}).status_code == 409
    with pytest.raises(WrongState, match="unblinded"):
        exclusions.set_excluded(assignment=held, excluded=True, by="console", reason="no")
    assert not ExclusionEvent.objects.exists()


def test_the_page_tells_no_choice_and_no_text(client, held: Assignment) -> None:
    client.force_login(person("una"))
    body = client.get(address(held)).content.decode()
    assert held.slot.pairing.first.code not in body
    assert "One more." not in body


def test_positions_without_a_submitted_answer_are_404(client, study: Study, held: Assignment) -> None:
    client.force_login(person("una"))
    missing = reverse("study-answer", args=[study.slug, held.rater.code, 99])
    assert client.get(missing).status_code == 404
    assert client.post(missing, {"reason": "no", "do": "exclude"}).status_code == 404
