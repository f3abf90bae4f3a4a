"""Sign-in with OpenID Connect, against a small provider of our own that speaks real HTTP."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from evalsite.accounts import links
from evalsite.core.clock import database_now
from evalsite.core.models import User

pytestmark = pytest.mark.django_db
CLIENT = "evalsite-test"


class Provider(ThreadingHTTPServer):
    """A browser that is sent to it has signed in as `person`."""

    person: dict[str, Any]

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        issuer = self.server.issuer
        if self.path == "/.well-known/openid-configuration":
            self.answer(
                {
                    "issuer": issuer,
                    "authorization_endpoint": f"{issuer}/authorize",
                    "token_endpoint": f"{issuer}/token",
                    "userinfo_endpoint": f"{issuer}/userinfo",
                    "jwks_uri": f"{issuer}/keys",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                }
            )
        else:
            self.answer(self.server.person)

    def do_POST(self) -> None:
        given = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if given.get("code") != ["right"] or "code_verifier" not in given:
            self.answer({"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        claims = {"iss": self.server.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, **self.server.person}
        token = jwt.encode(claims, "the provider's own secret, for tests only", algorithm="HS256")
        self.answer({"access_token": "a", "token_type": "Bearer", "id_token": token})

    def answer(self, value: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def provider(settings) -> Iterator[Provider]:
    server = Provider(("127.0.0.1", 0), Answers)
    server.person = {"sub": "4711", "email": "ada@example.org", "email_verified": True}
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    app = {
        "provider_id": "oidc",
        "name": "Institute",
        "client_id": CLIENT,
        "secret": "shared",
        "settings": {"server_url": server.issuer},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    settings.OIDC_NAME = "Institute"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", "Ada@example.org", is_staff=True)


def come(client: Client, code: str = "right"):
    begun = client.get("/staff/login/openid/oidc/?next=/staff/account/")
    assert begun.status_code == 302, begun.content.decode()
    asked = parse_qs(urlsplit(begun["Location"]).query)
    assert asked["redirect_uri"][0].endswith("/staff/login/openid/oidc/callback/")
    return client.get("/staff/login/openid/oidc/callback/", {"code": code, "state": asked["state"][0]})


def test_somebody_with_an_account_signs_in(provider: Provider, ada: User, client: Client) -> None:
    assert "Sign in with Institute" in client.get("/staff/login/").content.decode()
    moment = database_now()
    assert come(client)["Location"] == "/staff/account/"
    assert client.get("/staff/account/").context["person"] == ada
    assert ada.access_changed_by_other_since(moment), "the operator of the provider can sign in from now on"
    moment = database_now()
    assert come(Client())["Location"] == "/staff/account/"
    assert not ada.access_changed_by_other_since(moment)
    assert SocialAccount.objects.count() == 1


def test_the_second_factor_is_asked_for_all_the_same(provider: Provider, ada: User, client: Client) -> None:
    totp.TOTP.activate(ada, totp.generate_totp_secret())
    assert come(client)["Location"] == "/staff/login/code/"
    assert client.get("/staff/account/").status_code == 302


@pytest.mark.parametrize(
    ("person", "active"),
    [
        ({"sub": "1", "email": "eve@example.org", "email_verified": True}, True),
        ({"sub": "1", "email": "ada@example.org", "email_verified": False}, True),
        ({"sub": "1", "email": "ada@example.org"}, True),
        ({"sub": "1", "email": "ada@example.org", "email_verified": True}, False),
    ],
)
def test_others_are_refused_and_get_no_account(
    provider: Provider, ada: User, client: Client, person: dict[str, Any], active: bool
) -> None:
    provider.person = person
    User.objects.update(is_active=active)
    answer = come(client)
    assert answer.status_code == 403
    assert "Ask an admin or an owner" in answer.content.decode()
    assert User.objects.count() == 1
    assert not SocialAccount.objects.exists()
    assert "_auth_user_id" not in client.session


def test_an_address_that_an_account_set_itself_connects_nothing(
    provider: Provider, ada: User, client: Client
) -> None:
    squatter = User.objects.create_user("rey", is_staff=True)
    links.confirm_address(squatter, "prof@example.org")
    provider.person = {"sub": "1", "email": "prof@example.org", "email_verified": True}
    answer = come(client)
    assert answer.status_code == 403
    assert "ask an admin to clear it" in answer.content.decode()
    assert not SocialAccount.objects.exists()


def test_an_account_that_was_deactivated_later_is_refused(
    provider: Provider, ada: User, client: Client
) -> None:
    come(client)
    User.objects.update(is_active=False)
    assert come(Client()).status_code == 403


def test_a_wrong_code_or_a_forged_answer_is_refused(provider: Provider, ada: User, client: Client) -> None:
    assert come(client, code="wrong").status_code == 403
    forged = client.get("/staff/login/openid/oidc/callback/", {"code": "right", "state": "forged"})
    assert forged.status_code == 403
    assert "_auth_user_id" not in client.session


def test_nobody_connects_a_second_account(provider: Provider, ada: User, client: Client) -> None:
    begun = client.get("/staff/login/openid/oidc/?process=connect")
    if begun.status_code == 302 and "state" in begun["Location"]:
        state = parse_qs(urlsplit(begun["Location"]).query)["state"][0]
        begun = client.get("/staff/login/openid/oidc/callback/", {"code": "right", "state": state})
    assert begun.status_code in (302, 403)
    assert not SocialAccount.objects.exists()


def test_without_configuration_there_is_no_such_sign_in(client: Client) -> None:
    assert "Sign in with" not in client.get("/staff/login/").content.decode()
    assert client.get("/staff/login/openid/oidc/").status_code == 404


def test_a_provider_that_is_down_gives_a_page_that_says_so(
    provider: Provider, ada: User, client: Client, settings
) -> None:
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"] = {"server_url": "http://127.0.0.1:9"}
    answer = client.get("/staff/login/openid/oidc/")
    assert answer.status_code == 502
    assert "did not answer" in answer.content.decode()
