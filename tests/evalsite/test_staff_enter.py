"""Sign-in of staff: `/staff/login/` and `/staff/enter/`."""

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client
from sesame.utils import get_query_string

from evalsite.core.models import User
from evalsite.core.views import note_demo_progress

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough phrase"


@pytest.fixture
def user() -> User:
    return User.objects.create_user("ada", password=PASSWORD, is_staff=True)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_it_works(user: User, client: Client) -> None:
    link = f"/staff/enter/{get_query_string(user)}"
    page = client.get(link)
    token = page.context["token"]
    response = client.post("/staff/enter/", {"sesame": token})
    assert (response.status_code, response["Location"]) == (303, "/studies/")
    assert signed_in(client)


def test_an_account_without_staff_status_is_told_so_and_can_sign_out(client: Client) -> None:
    client.force_login(User.objects.create_user("bo", password=PASSWORD))
    answer = client.get("/studies/")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "Staff status" in page
    assert 'action="/staff/logout/"' in page
    client.force_login(User.objects.create_superuser("cy", password=PASSWORD))
    assert "open any staff page" in client.get("/admin/core/user/add/").content.decode()


def test_a_look_at_the_link_spends_nothing(user: User, client: Client) -> None:
    link = f"/staff/enter/{get_query_string(user)}"
    for _ in range(2):
        assert client.get(link).status_code == 200
    assert not signed_in(client)


def test_a_link_works_once(user: User) -> None:
    token = get_query_string(user).removeprefix("?sesame=")
    assert Client().post("/staff/enter/", {"sesame": token}).status_code == 303
    late = Client()
    response = late.post("/staff/enter/", {"sesame": token})
    assert response.status_code == 403
    assert "has been used" in response.content.decode()
    assert not signed_in(late)


@pytest.mark.parametrize("token", ["", "nonsense", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_an_unknown_link_is_refused(user: User, client: Client, token: str) -> None:
    assert client.post("/staff/enter/", {"sesame": token}).status_code == 403
    assert not signed_in(client)


def test_the_link_of_somebody_who_left_is_refused(user: User, client: Client) -> None:
    token = get_query_string(user).removeprefix("?sesame=")
    User.objects.update(is_active=False)
    assert client.post("/staff/enter/", {"sesame": token}).status_code == 403


def test_the_button_needs_the_page_it_stands_on(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    token = get_query_string(user).removeprefix("?sesame=")
    assert client.post("/staff/enter/", {"sesame": token}).status_code == 403
    assert not signed_in(client)


def test_signing_in_with_a_password(user: User, client: Client) -> None:
    sent = {"username": "ada", "password": PASSWORD, "next": "/studies/"}
    response = client.post("/staff/login/", sent)
    assert response["Location"] == "/studies/"
    assert signed_in(client)
    client.post("/staff/logout/")
    assert not signed_in(client)


def test_a_wrong_password_says_so_and_keeps_the_name(user: User, client: Client) -> None:
    page = client.post("/staff/login/", {"username": "ada", "password": "wrong"}).content.decode()
    assert "Wrong username or password" in page
    assert 'value="ada"' in page
    assert not signed_in(client)


def test_guessing_is_locked_out(user: User, client: Client) -> None:
    for _ in range(10):
        response = client.post("/staff/login/", {"username": "ada", "password": "wrong"})
    assert response.status_code == 429
    assert "Too many failed attempts" in response.content.decode()
    response = client.post("/staff/login/", {"username": "ada", "password": PASSWORD})
    assert response.status_code == 429
    assert not signed_in(client)
    assert AccessAttempt.objects.exists()


def test_nobody_is_sent_elsewhere_after_signing_in(user: User, client: Client) -> None:
    sent = {"username": "ada", "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post("/staff/login/", sent)["Location"] == "/studies/"


def test_the_sign_in_says_how_far_the_demonstration_is_loaded(client: Client) -> None:
    place = settings.LOCAL.demo_progress
    assert "Loading the demo studies" not in client.get("/staff/login/").content.decode()
    place.parent.mkdir(exist_ok=True)
    place.touch()
    try:
        note_demo_progress(2, 6)
        page = client.get("/staff/login/").content.decode()
        assert "step 2 of 6" in page
        assert 'max="6" value="2"' in page
    finally:
        place.unlink()
    note_demo_progress(3, 6)
    assert not place.exists()
