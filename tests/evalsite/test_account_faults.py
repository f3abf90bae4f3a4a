"""Malformed requests to the pages of accounts are refused, and never an error of the server."""

import itertools
import json

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from evalsite.core.models import User
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough phrase"
SIGNED = {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"}
CREDENTIALS = [
    "", "x", "1", "[]", "{}", "null", "NaN", '"text"', "[" * 5000,
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}),
    json.dumps({"id": "AA", "rawId": "!!", "type": "public-key", "response": []}),
    json.dumps({"id": 1, "rawId": None, "response": {"clientDataJSON": "AA", "attestationObject": "AA"}}),
    json.dumps({"rawId": "AA", "type": "public-key", "response": SIGNED}),
    json.dumps({"rawId": "AA", "type": "public-key", "response": {**SIGNED, "attestationObject": "oA"}}),
]  # fmt: skip
VALUES = ["", "\x00", "x" * 5000, "\ud800", "-1", "99999999999999999999", "é", "' OR 1=1 --"]


@pytest.fixture(params=[False, True], ids=["address", "domain"])
def domain(request, settings) -> bool:
    settings.PASSKEYS = request.param
    settings.MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", *(["webauthn"] if request.param else [])]
    return request.param


@pytest.mark.slow
def test_passkeys_that_are_none(domain: bool, settings) -> None:
    user = User.objects.create_user("ada", password=PASSWORD, is_staff=True)
    totp.TOTP.activate(user, totp.generate_totp_secret())
    # What is looked at here are faults, not the limit.
    settings.ACCOUNT_RATE_LIMITS = False
    signed_in, half = Client(), Client()
    signed_in.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    half.post("/staff/login/", {"username": "ada", "password": PASSWORD})
    for value in CREDENTIALS:
        for client, address in (
            (half, "/staff/login/code/"),
            (signed_in, "/staff/account/confirm/passkey/"),
            (signed_in, "/staff/account/passkeys/add/"),
        ):
            client.get(address)  # begins the ceremony
            answer = client.post(address, {"credential": value, "name": "x"})
            assert answer.status_code < 500, (address, value[:60])
    assert half.get("/studies/").status_code == 302


def test_forms_and_addresses() -> None:
    admin = factories.person("root", role=User.Role.ADMIN)
    staff, stranger = Client(), Client()
    staff.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
    person = factories.person("bo")
    posts = {
        "/staff/login/": ("username", "password", "next"),
        "/staff/login/code/": ("code",),
        "/staff/enter/": ("sesame",),
        "/staff/forgotten/": ("email",),
        "/staff/account/details/": ("first_name", "email"),
        "/staff/account/password/": ("old_password", "new_password1", "new_password2"),
        "/staff/account/authenticator/": ("code",),
        "/staff/account/confirm/code/": ("code", "next"),
        "/staff/account/confirm/password/": ("password", "next"),
        "/people/invite/": ("name", "email", "team", "role"),
        "/people/teams/": ("name",),
        f"/people/{person.pk}/role/": ("team", "role"),
    }
    for client, (address, fields), value in itertools.product((stranger, staff), posts.items(), VALUES):
        sent = dict.fromkeys(fields, value.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
        assert client.post(address, sent).status_code < 500, (address, value[:20])
    gets = [
        "/people/99999999999999999999/",
        "/people/99999999999999999999/do/deactivate/",
        f"/people/{person.pk}/do/nothing/",
        f"/people/{person.pk}/leave/nowhere/",
        "/staff/password/%00/x/",
        "/staff/password/!!!/set-password/",
        "/staff/password/OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5/a-b/",
        "/staff/account/passkeys/99999999999999999999/remove/",
        "/staff/login/openid/nobody/",
        "/staff/login/openid/oidc/callback/?state=x&code=%00",
        "/staff/enter/?sesame=%00",
    ]
    for client, address in itertools.product((stranger, staff), gets):
        assert client.get(address).status_code < 500, address
