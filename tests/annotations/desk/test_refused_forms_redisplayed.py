"""Desk, refused forms: the page shows again what was sent, and the site stores none of it."""

import base64
import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from annotations.desk import services
from tests.annotations.desk.cast import Reader, at_desk, enter, make_study, newcomer

pytestmark = pytest.mark.django_db
GAPS = {"years": "21+", "role": "editor"}


def agreed() -> Reader:
    reader = enter(newcomer(make_study()))
    services.give_consent(rater=reader.rater, language="en", training_use=False)
    return reader


def test_it_works() -> None:
    reader = agreed()
    response = reader.post("/r/go/profile/", GAPS)
    assert (response.status_code, response["Location"]) == (303, "/r/go/profile/?again=1")
    for _loaded_again in range(2):
        page = reader.get("/r/go/profile/?again=1").content.decode()
        assert "Please answer the marked questions." in page
        assert re.search(r'name="years" value="21\+"[^>]* checked', page)
    assert "Please answer the marked" not in reader.get("/r/go/profile/").content.decode()
    assert not Session.objects.exists()


def test_it_goes_back_to_the_page_of_this_form_and_this_rater_alone() -> None:
    reader = agreed()
    reader.post("/r/go/profile/", GAPS)
    kept = reader.client.cookies["sent"]
    assert (kept["path"], kept["httponly"], kept["samesite"]) == ("/r/go/profile/", True, "Lax")
    assert 0 < kept["max-age"] <= 3600
    other = newcomer(reader.rater.study)
    other.client = Client()
    enter(other)
    services.give_consent(rater=other.rater, language="en", training_use=False)
    other.client.cookies["sent"] = kept.value
    assert "checked" not in other.get("/r/go/profile/?again=1").content.decode()


@pytest.mark.parametrize("forged", ["", "x", base64.b64encode(b"years=21%2B").decode()])
def test_what_the_site_did_not_keep_itself_is_not_shown(forged: str) -> None:
    reader = agreed()
    reader.client.cookies["sent"] = forged
    assert reader.get("/r/go/profile/?again=1").status_code == 200


def test_a_form_that_is_longer_than_a_cookie_is_asked_for_again_empty() -> None:
    reader = at_desk(make_study())
    response = reader.post("/r/go/profile/", {"years": "x" * 100_000})
    assert response.status_code == 303
    page = reader.get(response["Location"])
    assert page.status_code == 200
    assert "Please answer the marked questions." in page.content.decode()
