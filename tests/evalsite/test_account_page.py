"""A person's own account: password, second factors, sessions; and the required second factor."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client, RequestFactory

from evalsite.accounts import links, second_factor
from evalsite.core.clock import database_now
from evalsite.core.models import User
from tests.evalsite.conftest import PASSWORD
from tests.evalsite.test_second_factor import fresh_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(user: User) -> Client:
    client = Client()
    assert sign_in(client).status_code == 302
    return client


def sign_in(client: Client, password: str = PASSWORD):
    return client.post("/staff/login/", {"username": "ada", "password": password, "next": "/staff/account/"})


def set_up(client: Client) -> str:
    page = client.get("/staff/account/authenticator/")
    secret = page.context["form"].secret
    answer = client.post("/staff/account/authenticator/", {"code": fresh_code(secret, ahead=-1)})
    assert answer["Location"] == "/staff/account/recovery-codes/"
    return secret


def test_setting_up_an_app_and_signing_in_with_it(ada: Client, user: User) -> None:
    moment = database_now()
    secret = set_up(ada)
    codes = ada.get("/staff/account/recovery-codes/").context["unused_codes"]
    assert len(codes) == 10
    assert ada.get("/staff/account/recovery-codes/download/").content.decode().split() == codes
    assert not user.access_changed_by_other_since(moment)
    client = Client()
    assert sign_in(client)["Location"] == "/staff/login/code/"
    assert client.get("/studies/").status_code == 302
    assert "This code is wrong" in client.post("/staff/login/code/", {"code": "12"}).content.decode()
    code = fresh_code(secret)
    assert client.post("/staff/login/code/", {"code": code})["Location"] == "/staff/account/"
    assert client.get("/studies/").status_code == 200
    again = Client()
    sign_in(again)
    assert again.post("/staff/login/code/", {"code": code}).status_code == 200, "a code works once"
    assert again.post("/staff/login/code/", {"code": codes[0]}).status_code == 302
    last = Client()
    sign_in(last)
    assert last.post("/staff/login/code/", {"code": codes[0]}).status_code == 200


def test_confirming_counts_for_a_while(ada: Client, user: User) -> None:
    secret = set_up(ada)
    codes = ada.get("/staff/account/recovery-codes/").context["unused_codes"]
    assert not recently(ada, user)
    page = ada.get("/staff/account/confirm/?next=/studies/", follow=True)
    assert page.request["PATH_INFO"] == "/staff/account/confirm/code/"
    wrong = ada.post("/staff/account/confirm/code/", {"code": codes[0], "next": "/studies/"})
    assert wrong.status_code == 200
    assert not recently(ada, user)
    sent = {"code": fresh_code(secret), "next": "/studies/"}
    assert ada.post("/staff/account/confirm/code/", sent)["Location"] == "/studies/"
    assert recently(ada, user)
    assert not recently(ada, user, timedelta(0))
    assert not recently(ada, User.objects.create_user("bo", is_staff=True))
    sent = {"code": fresh_code(secret, ahead=1), "next": "https://elsewhere.example/"}
    assert "elsewhere" not in ada.post("/staff/account/confirm/code/", sent)["Location"]


def recently(client: Client, user: User, within: timedelta = timedelta(minutes=5)) -> bool:
    request = RequestFactory().get("/")
    request.user, request.session = user, client.session
    return second_factor.confirmed_recently(request, within)


def test_without_a_second_factor_confirming_leads_to_the_account(ada: Client) -> None:
    page = ada.get("/staff/account/confirm/?next=/studies/", follow=True)
    assert "You need a second factor for this" in page.content.decode()


def test_an_old_session_asks_for_the_password_before_it_changes_the_second_factor(
    ada: Client, monkeypatch
) -> None:
    session = ada.session
    session["account_authentication_methods"][0]["at"] -= 600
    session.save()
    answer = ada.get("/staff/account/authenticator/")
    assert answer["Location"].startswith("/staff/account/confirm/password/")
    sent = {"password": "wrong", "next": "/staff/account/authenticator/"}
    assert "This password is wrong" in ada.post("/staff/account/confirm/password/", sent).content.decode()
    answer = ada.post("/staff/account/confirm/password/", sent | {"password": PASSWORD})
    assert answer["Location"] == "/staff/account/authenticator/"
    set_up(ada)


def test_the_required_second_factor(ada: Client, user: User, settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    assert ada.get("/studies/").status_code == 200, "a researcher needs none"
    User.objects.filter(pk=user.pk).update(role="admin")
    assert ada.get("/studies/")["Location"] == "/staff/account/#factors"
    assert ada.get("/api/v1/studies/").status_code == 403
    assert ada.post("/people/invite/", {}).status_code == 302
    assert ada.get("/staff/account/").content.decode().count("Set one up to continue") == 1
    set_up(ada)
    assert ada.get("/studies/").status_code == 200


def test_a_raters_page_needs_no_account_middleware(ada: Client, user: User, settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    User.objects.filter(pk=user.pk).update(role="admin")
    assert ada.get("/r/nothing-here-that-is-a-link-of-a-rater-at-all/").status_code == 404


def test_changing_the_password_signs_out_elsewhere(ada: Client, user: User) -> None:
    elsewhere = Client()
    sign_in(elsewhere)
    assert len(ada.get("/staff/account/").context["sessions"]) == 2
    moment = database_now()
    sent = {
        "old_password": "wrong",
        "new_password1": "odd and long words",
        "new_password2": "odd and long words",
    }
    assert ada.post("/staff/account/password/", sent).status_code == 422
    assert ada.post("/staff/account/password/", sent | {"old_password": PASSWORD}).status_code == 303
    assert ada.get("/staff/account/").status_code == 200
    assert elsewhere.get("/staff/account/").status_code == 302
    user.refresh_from_db()
    assert user.password_set_by_self
    assert not user.access_changed_by_other_since(moment)
    assert len(ada.get("/staff/account/").context["sessions"]) == 1


def test_signing_out_elsewhere(ada: Client, user: User) -> None:
    elsewhere = Client()
    sign_in(elsewhere)
    ada.post("/staff/account/sessions/end/")
    assert elsewhere.get("/staff/account/").status_code == 302
    page = ada.get("/staff/account/")
    assert page.status_code == 200
    assert "this browser" in page.content.decode()


def test_an_address_belongs_to_one_account(ada: Client, user: User, settings) -> None:
    settings.MAILERS = {"default": {"BACKEND": links.DUMMY}}
    User.objects.create_user("bo", "bo@example.org", is_staff=True)
    moment = database_now()
    taken = ada.post("/staff/account/details/", {"first_name": "Ada", "email": "BO@example.org"})
    assert taken.status_code == 422
    sent = {"first_name": "Ada L", "email": "ada.l@example.org"}
    assert ada.post("/staff/account/details/", sent).status_code == 303
    user.refresh_from_db()
    assert (user.first_name, user.email) == ("Ada L", "ada.l@example.org")
    assert not user.access_changed_by_other_since(moment)


def test_removing_the_app_removes_the_recovery_codes(ada: Client, user: User) -> None:
    set_up(ada)
    assert ada.get("/staff/account/authenticator/remove/").status_code == 200
    assert Authenticator.objects.filter(user=user).count() == 2
    ada.post("/staff/account/authenticator/remove/")
    assert not Authenticator.objects.filter(user=user).exists()


def test_a_server_without_a_domain_offers_no_passkeys(ada: Client) -> None:
    assert "Add a passkey" not in ada.get("/staff/account/").content.decode()
    for address in ("passkeys/add/", "passkeys/1/remove/", "confirm/passkey/"):
        assert ada.get(f"/staff/account/{address}").status_code == 404
