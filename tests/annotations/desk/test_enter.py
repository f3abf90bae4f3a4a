"""Desk, pages: `/r/<secret>/`, the personal link that opens a rater's session."""

import json

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from annotations.desk import services
from annotations.models import Answer, Assignment
from evalsite.core.codes import new_secret
from tests.annotations.desk.cast import at_desk, enter, make_study, newcomer

pytestmark = pytest.mark.django_db


def test_a_look_at_the_link_spends_nothing_and_its_button_leads_on() -> None:
    reader = newcomer(make_study())
    response = reader.get(f"/r/{reader.secret}/")
    assert response.status_code == 200
    assert "rater" not in response.cookies
    assert reader.get("/r/go/").status_code == 403
    assert reader.post(f"/r/{reader.secret}/")["Location"] == "/r/go/"
    assert reader.get("/r/go/")["Location"] == "/r/go/consent/"


def test_the_button_needs_the_page_it_stands_on() -> None:
    reader = newcomer(make_study(), csrf=True)
    response = reader.post(f"/r/{reader.secret}/")
    assert response.status_code == 403
    assert "Nothing was changed" in response.content.decode()


def test_an_unknown_link_says_nothing_of_any_study() -> None:
    study = make_study()
    response = Client().get(f"/r/{new_secret()}/")
    assert response.status_code == 404
    assert study.title["en"] not in response.content.decode()
    assert Client().post(f"/r/{new_secret()}/").status_code == 404


def test_the_cookie_is_for_raters_pages_alone_and_no_script_reads_it() -> None:
    cookie = enter(newcomer(make_study())).client.cookies["rater"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/r/", True, "Lax")
    assert not Session.objects.exists()


def test_a_cookie_that_somebody_changed_opens_nothing() -> None:
    study = make_study()
    reader, other = enter(newcomer(study)), newcomer(study)
    signed = reader.client.cookies["rater"].value
    reader.client.cookies["rater"] = signed.replace(reader.rater.code, other.rater.code)
    assert reader.get("/r/go/").status_code == 403
    reader.client.cookies["rater"] = signed
    assert reader.get("/r/go/").status_code == 303


def test_coming_back_leads_to_the_pair_that_was_left() -> None:
    reader = at_desk(make_study())
    code = reader.held().code
    reader.client = Client()
    enter(reader)
    assert reader.get("/r/go/")["Location"] == f"/r/a/{code}/"
    assert Assignment.objects.count() == 1


def test_other_methods_are_refused() -> None:
    reader = newcomer(make_study())
    assert reader.client.delete(f"/r/{reader.secret}/").status_code == 405


def test_a_new_link_ends_what_the_old_one_had_opened() -> None:
    reader = at_desk(make_study())
    address, sent = reader.address(), reader.answers()
    secret = services.reissue_link(rater=reader.rater, by="una")
    assert reader.get(address).status_code == 403
    assert reader.post(address, sent).status_code == 403
    saved = json.dumps({"token": sent["token"], "revision": 0, "fields": {"reason": "x"}})
    assert reader.post(f"{address}answer/", saved, content_type="application/json").status_code == 403
    assert not Answer.objects.exists()
    assert Assignment.objects.get().state == "open"
    reader.secret = secret
    enter(reader)
    assert reader.post(address, sent).status_code == 303
    assert Assignment.objects.get(code=address.split("/")[3]).state == "submitted"
