"""Desk, pages: theme, font size, language, and the error pages."""

import re

import pytest
from django.test import Client, override_settings
from django.urls import path

from evalsite.urls import urlpatterns

pytestmark = pytest.mark.django_db
LOGIN = "/staff/login/"


def test_it_works(client: Client) -> None:
    assert 'data-theme="system" data-size="medium"' in client.get(LOGIN).content.decode()
    response = client.post("/display/", {"theme": "dark", "next": LOGIN})
    assert (response.status_code, response["Location"]) == (303, LOGIN)
    client.post("/display/", {"size": "large", "next": LOGIN})
    page = client.get(LOGIN).content.decode()
    assert 'data-theme="dark" data-size="large"' in page
    assert re.search(r'value="dark" aria-pressed="true"', page)


@pytest.mark.parametrize("sent", [{"theme": "neon"}, {"size": '"><script>'}, {}])
def test_an_unknown_look_changes_nothing(client: Client, sent: dict[str, str]) -> None:
    assert client.post("/display/", sent).cookies == {}
    client.cookies["theme"] = "neon"
    assert 'data-theme="system"' in client.get(LOGIN).content.decode()


def test_nobody_is_sent_elsewhere(client: Client) -> None:
    assert (
        client.post("/display/", {"theme": "dark", "next": "https://elsewhere.example/"})["Location"] == "/"
    )


def test_a_look_is_not_changed_by_a_get(client: Client) -> None:
    assert client.get("/display/", {"theme": "dark"}).status_code == 405


@pytest.mark.parametrize(("language", "words"), [("en", "Sign in as staff"), ("zh-hans", "工作人员登录")])
def test_language_by_cookie(client: Client, language: str, words: str) -> None:
    client.post("/language/", {"language": language, "next": LOGIN})
    assert client.cookies["django_language"].value == language
    page = client.get(LOGIN).content.decode()
    assert f'<html lang="{language}"' in page
    assert words in page


@pytest.mark.parametrize(("language", "words"), [("en", "Page not found"), ("zh-hans", "找不到页面")])
def test_a_page_that_is_not_there(client: Client, language: str, words: str) -> None:
    client.cookies["django_language"] = language
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert words in response.content.decode()


def _fail(request: object) -> None:
    raise RuntimeError("on purpose")


class Broken:
    urlpatterns = [*urlpatterns, path("broken/", _fail)]
    handler400 = "evalsite.core.views.bad_request"


@override_settings(ROOT_URLCONF=Broken)
def test_a_failure_of_ours_says_so_in_both_languages() -> None:
    response = Client(raise_request_exception=False).get("/broken/")
    assert response.status_code == 500
    page = response.content.decode()
    assert "Something failed on our side" in page
    assert "我们这边出了点问题" in page
    assert "on purpose" not in page


def test_a_request_that_is_not_understood(client: Client) -> None:
    response = client.get(LOGIN, headers={"host": "elsewhere.example"})
    assert response.status_code == 400


@pytest.mark.parametrize("address", [LOGIN, "/nowhere/"])
def test_nothing_inline_and_nothing_from_elsewhere(client: Client, address: str) -> None:
    response = client.get(address)
    page = response.content.decode()
    assert "style-src 'self'" in response["Content-Security-Policy"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    assert not re.search(r'(src|href)="(https?:)?//', page)
