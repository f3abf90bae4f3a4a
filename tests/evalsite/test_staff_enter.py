"""Sign-in of staff: `/staff/login/` and `/staff/enter/`."""

import json

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from sesame.utils import get_query_string

from evalsite.core.clock import database_now
from evalsite.core.models import User
from evalsite.core.views import note_demo_progress
from tests.evalsite.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_it_works(user: User, client: Client) -> None:
    link = f"/staff/enter/{get_query_string(user)}"
    page = client.get(link)
    token = page.context["token"]
    assert not signed_in(client), "a look at the link spends nothing"
    response = client.post("/staff/enter/", {"sesame": token})
    assert (response.status_code, response["Location"]) == (303, "/")
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


def behind_proxy(address: str) -> dict[str, str]:
    return {"HTTP_X_FORWARDED_FOR": f"203.0.113.99, {address}", "REMOTE_ADDR": "10.0.0.1"}


def test_a_stranger_locks_out_nobody(user: User, settings) -> None:
    """F5: eleven wrong passwords through a proxy locked out all staff, an hour each time."""
    settings.TRUSTED_PROXIES = 1
    stranger, ada = Client(), Client()
    for name in ("ada", "mara"):
        for _ in range(11):
            sent = {"username": name, "password": "wrong"}
            answer = stranger.post("/staff/login/", sent, **behind_proxy("198.51.100.66"))
        assert answer.status_code == 429
    sent = {"username": "ada", "password": PASSWORD}
    assert stranger.post("/staff/login/", sent, **behind_proxy("198.51.100.66")).status_code == 429
    assert ada.post("/staff/login/", sent, **behind_proxy("203.0.113.7")).status_code == 302
    assert signed_in(ada)


def test_a_right_password_does_not_reset_the_count(user: User, client: Client) -> None:
    right, wrong = {"username": "ada", "password": PASSWORD}, {"username": "ada", "password": "wrong"}
    for _ in range(9):
        client.post("/staff/login/", wrong)
    assert Client().post("/staff/login/", right).status_code == 302
    assert client.post("/staff/login/", wrong).status_code == 429


@pytest.mark.slow
def test_one_address_cannot_try_one_password_on_many_names(user: User, client: Client) -> None:
    for number in range(100):
        client.post("/staff/login/", {"username": f"somebody{number}", "password": "wrong"})
    assert client.post("/staff/login/", {"username": "ada", "password": PASSWORD}).status_code == 429
    assert (
        client.post(
            "/staff/login/", {"username": "ada", "password": PASSWORD}, REMOTE_ADDR="10.0.0.2"
        ).status_code
        == 302
    )


def test_people_may_sign_in_with_their_address(user: User, client: Client) -> None:
    answer = client.post("/staff/login/", {"username": "Ada@example.org", "password": PASSWORD})
    assert answer.status_code == 302
    assert signed_in(client)


def test_nobody_is_sent_elsewhere_after_signing_in(user: User, client: Client) -> None:
    sent = {"username": "ada", "password": PASSWORD, "next": "https://elsewhere.example/"}
    answer = client.post("/staff/login/", sent, follow=True)
    assert answer.redirect_chain == [("/", 302), ("/studies/", 302)]


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


def test_the_links_of_make_run_work(client: Client, capsys) -> None:
    call_command("staff_links", "--url", "http://testserver")
    staff = json.loads(capsys.readouterr().out)["staff"]
    assert [each["name"] for each in staff] == ["mara", "jonas"]
    for each in staff:
        token = client.get(each["link"]).context["token"]
        answer = Client().post("/staff/enter/", {"sesame": token})
        assert (answer.status_code, answer["Location"]) == (303, "/")


@pytest.mark.parametrize("codes", ["required", "off"])
def test_a_link_from_the_console_is_access_by_someone_else(user: User, settings, codes: str) -> None:
    """Where unblinding takes no codes, as under `make run`, everybody comes in by such links."""
    settings.UNBLIND_SECOND_FACTOR = codes
    moment = database_now()
    token = get_query_string(user).removeprefix("?sesame=")
    assert Client().post("/staff/enter/", {"sesame": token}).status_code == 303
    assert user.access_changed_by_other_since(moment) is (codes == "required")


def test_a_link_does_not_pass_the_second_factor(user: User, client: Client) -> None:
    totp.TOTP.activate(user, totp.generate_totp_secret())
    token = get_query_string(user).removeprefix("?sesame=")
    assert client.post("/staff/enter/", {"sesame": token})["Location"] == "/staff/login/code/"
    assert not signed_in(client)
