"""Second factors, and whether someone else could have got hold of an account since a moment."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.management import call_command
from django.db import connection
from django.test import Client

from evalsite.accounts import second_factor
from evalsite.core.account_events import account
from evalsite.core.clock import database_now
from evalsite.core.models import AuditEvent, User
from tests.evalsite.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def fresh_code(secret: str, ahead: int = 0) -> str:
    counter = list(totp.yield_hotp_counters_from_time())[1] + ahead
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


@pytest.fixture
def secret(user: User) -> str:
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret


def changed(user: User, moment) -> bool:
    return user.access_changed_by_other_since(moment)


def test_a_code_works_once(user: User, secret: str) -> None:
    assert second_factor.has_second_factor(user)
    code = fresh_code(secret)
    assert second_factor.check_code(user, code)
    assert not second_factor.check_code(user, code)
    assert second_factor.check_code(user, fresh_code(secret, ahead=1))


def test_a_code_of_somebody_else_or_of_another_time_is_refused(user: User, secret: str) -> None:
    other = User.objects.create_user("bo", is_staff=True)
    assert not second_factor.has_second_factor(other)
    assert not second_factor.check_code(other, fresh_code(secret))
    assert not second_factor.check_code(user, fresh_code(secret, ahead=5))


def test_guessing_codes_is_stopped(user: User, secret: str) -> None:
    wrong = "000000" if fresh_code(secret) != "000000" else "000001"
    for _ in range(10):
        assert not second_factor.check_code(user, wrong)
    assert not second_factor.check_code(user, fresh_code(secret))


def test_a_dump_of_the_database_holds_no_secret(user: User, secret: str, settings) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        assert secret not in cursor.fetchone()[0]
    settings.SECRET_KEY = "another key than the one with which the secret was stored, and long"
    assert not second_factor.check_code(user, fresh_code(secret))


def test_an_account_that_nobody_touched_is_the_persons_own(user: User) -> None:
    moment = database_now()
    assert not changed(user, moment)
    user.refresh_from_db()
    user.first_name = "Ada"
    user.save()
    assert not changed(user, moment)
    assert changed(user, moment - timedelta(days=10))  # younger than the moment


@pytest.mark.parametrize("way", ["set_password", "update", "command", "admin", "mail", "name", "stale"])
def test_a_password_or_address_that_someone_else_sets_is_seen(user: User, way: str, staff: Client) -> None:
    moment, stale = database_now(), User.objects.get(pk=user.pk)
    if way == "set_password":
        user.set_password("another long phrase")
        user.save()
    elif way == "update":
        User.objects.filter(pk=user.pk).update(password="!")
    elif way == "command":
        answers = iter(["another long phrase"] * 2)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("getpass.getpass", lambda *args, **options: next(answers))
            call_command("changepassword", "ada", verbosity=0)
    elif way == "admin":
        sent = {"usable_password": "true", "password1": "a long odd phrase", "password2": "a long odd phrase"}
        assert staff.post(f"/admin/core/user/{user.pk}/password/", sent).status_code == 302
    elif way == "mail":
        user.email = "mara@example.org"
        user.save(update_fields=["email"])
    elif way == "name":
        user.username = "mara-too"
        user.save(update_fields=["username"])
    else:
        user.note_access_changed_by_other()
        stale.save()  # with the moment that it knew before
    assert changed(user, moment)
    user.refresh_from_db()
    if way in ("set_password", "update", "command", "admin"):
        assert user.password_set_at > moment
        assert not user.password_set_by_self


def test_a_change_by_the_person_is_none_by_someone_else(user: User) -> None:
    moment = database_now()
    with user.changes_own_access():
        user.set_password("another long phrase")
        user.email = "new@example.org"
        user.save()
    assert not changed(user, moment)
    user.refresh_from_db()
    assert user.password_set_by_self
    assert user.password_set_at > moment
    user.set_password("and one by someone else")
    user.save()
    assert changed(user, moment)


def test_signing_in_under_a_new_hasher_changes_nothing(user: User, settings) -> None:
    moment, before = database_now(), User.objects.get(pk=user.pk).password
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    assert Client().post("/staff/login/", {"username": "ada", "password": PASSWORD}).status_code == 302
    user.refresh_from_db()
    assert user.password != before
    assert not user.password_set_by_self
    assert not changed(user, moment)
    verbs = AuditEvent.objects.filter(about=account(user.pk)).order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["rehash password", "sign in"]


def test_a_second_factor_that_someone_else_adds_or_removes_is_seen(user: User) -> None:
    moment = database_now()
    totp.TOTP.activate(user, totp.generate_totp_secret())
    assert changed(user, moment)
    moment = database_now()
    assert not changed(user, moment)
    Authenticator.objects.filter(user=user).delete()
    assert changed(user, moment)
