"""Logs: they contain no link that signs somebody in."""

import logging

import pytest
from django.test import Client
from sesame.utils import get_query_string

from annotations.desk import services
from evalsite.core.models import User
from tests.annotations.desk.cast import at_desk, make_study
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db


def test_requests_are_logged_without_the_secrets_of_links(caplog: pytest.LogCaptureFixture) -> None:
    reader = at_desk(make_study())
    link = get_query_string(User.objects.create_user("ada", is_staff=True))
    with caplog.at_level(logging.INFO):
        reader.get(f"/r/{reader.secret}/")
        reader.get(f"/staff/enter/{link}")
        reader.get(reader.address())
    assert "GET /r/***/" in caplog.text
    assert f"GET {reader.address()}" in caplog.text
    assert reader.secret not in caplog.text
    assert link.removeprefix("?sesame=") not in caplog.text


def test_at_the_usual_level_requests_are_not_logged(capfd: pytest.CaptureFixture[str]) -> None:
    at_desk(make_study())
    assert "request_started" not in "".join(capfd.readouterr())


def test_a_refused_visit_leaves_no_id_of_a_recruiting_service(caplog: pytest.LogCaptureFixture) -> None:
    reader = at_desk(make_study(prolific=True))
    services.withdraw(rater=reader.rater, erase=True)
    ids = "PROLIFIC_PID=quincewort&STUDY_ID=medlarwood&SESSION_ID=sloeberry"
    with caplog.at_level(logging.WARNING):
        assert reader.get(f"/r/{reader.secret}/?{ids}").status_code == 410
        assert reader.get(f"/nowhere/?next=x&{ids}").status_code == 404
    assert "/r/***/" in caplog.text
    assert "/nowhere/" in caplog.text
    for told in ("quincewort", "medlarwood", "sloeberry"):
        assert told not in caplog.text


def test_what_staff_search_raters_for_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    client = signed_in(User.objects.create_user("ada", is_staff=True))
    with caplog.at_level(logging.INFO):
        client.get("/studies/harbour/raters/?q=robin.ellery@example.org")
        client.post("/studies/harbour/raters/bulk/?q=robin.ellery@example.org")
        sign_in = Client().get("/studies/harbour/raters/?q=robin.ellery@example.org")["Location"]
        Client().get(sign_in)
    assert "/studies/harbour/raters/?***" in caplog.text
    assert "/staff/login/?next=/studies/harbour/raters/%3F***" in caplog.text
    assert "robin" not in caplog.text
