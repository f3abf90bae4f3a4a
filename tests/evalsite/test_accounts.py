"""Accounts: changes to staff accounts are in the audit trail, where the second person can see them."""

import subprocess
import sys
from datetime import timedelta

import pytest
import sesame.utils
from django.db.models import F
from django.test import Client
from django.utils import timezone

from evalsite.core import account_events
from evalsite.core.account_events import account, account_lines
from evalsite.core.models import AuditEvent, FailedSignIns, Role, User
from tests import factories

pytestmark = pytest.mark.django_db


def lines(user: User) -> list[tuple[str, str, dict]]:
    """Who did what to an account, with the details."""
    found = AuditEvent.objects.filter(about=account(user.pk)).order_by("pk")
    return [(line.who, line.verb, line.detail) for line in found]


def test_an_account_that_is_made_shows_in_the_trail_and_where_one_confirms(
    staff: Client, mara: User, tmp_path
) -> None:
    study = factories.make_study(tmp_path)
    made = staff.post(
        "/admin/core/user/add/",
        {
            "username": "second-self",
            "usable_password": "true",
            "password1": "a long and odd passphrase",
            "password2": "a long and odd passphrase",
            "role": "researcher",
            "is_staff": "on",
        },
    )
    assert made.status_code == 302
    event = AuditEvent.objects.get(verb="add account", who="mara")
    assert event.about == account(User.objects.get(username="second-self").pk)
    assert event.detail == {"by": account(mara.pk), "role": "researcher", "rights": ["is_staff"]}
    assert "second-self" in staff.get(f"/studies/{study.slug}/unblind/").content.decode()
    assert "second-self" in staff.get("/admin/core/auditevent/").content.decode()


def test_a_password_that_is_set_for_somebody_is_in_the_audit_trail(
    staff: Client, mara: User, jonas: User
) -> None:
    since = timezone.now()
    staff.post(
        f"/admin/core/user/{jonas.pk}/password/",
        {
            "usable_password": "true",
            "password1": "a long and odd passphrase",
            "password2": "a long and odd passphrase",
        },
    )
    (line,) = account_lines(jonas, since)
    assert (line.who, line.verb, line.detail) == ("mara", "set password", {"by": account(mara.pk)})


def test_rights_that_a_command_changes_are_in_the_trail(jonas: User) -> None:
    since = timezone.now()
    jonas.is_superuser, jonas.role, jonas.email = True, User.Role.ADMIN, "jonas@example.org"
    jonas.save()
    jonas.is_active = False
    jonas.save(update_fields=["is_active"])
    membership = jonas.memberships.get()
    membership.role = Role.OWNER
    membership.save()
    membership.delete()
    told = [(line.who, line.verb, line.detail) for line in account_lines(jonas, since)]
    assert told == [
        ("console", "change account", {"by": "", "changed": ["role=admin", "is_superuser=True", "email"]}),
        ("console", "deactivate account", {"by": ""}),
        ("console", "set team role", {"by": "", "team": "team", "role": "owner"}),
        ("console", "remove team role", {"by": "", "team": "team"}),
    ]
    assert "example.org" not in str(list(AuditEvent.objects.values()))


def test_an_account_that_is_removed_is_in_the_trail(jonas: User) -> None:
    key = jonas.pk
    jonas.delete()
    assert AuditEvent.objects.filter(verb="remove account", about=account(key)).exists()


def test_saving_an_account_without_a_change_writes_nothing(jonas: User) -> None:
    count = AuditEvent.objects.count()
    jonas.save()
    User.objects.get(pk=jonas.pk).save(update_fields=["last_login"])
    assert AuditEvent.objects.count() == count


def test_sign_ins_are_in_the_trail(jonas: User) -> None:
    jonas.set_password("a long and odd passphrase")
    jonas.save()
    Client().post("/staff/login/", {"username": "jonas", "password": "a long and odd passphrase"})
    assert lines(jonas)[-1] == ("jonas", "sign in", {})
    token = sesame.utils.get_token(User.objects.get(pk=jonas.pk))
    Client().get("/staff/enter/", {"sesame": token})
    assert lines(jonas)[-1][1] == "sign in", "looking at a link uses nothing"
    Client().post("/staff/enter/", {"sesame": token})
    assert [line[1] for line in lines(jonas)[-2:]] == ["use one-time link", "sign in"]


def test_failed_sign_ins_are_counted_by_the_hour(jonas: User, settings) -> None:
    settings.AXES_ENABLED = False
    count = AuditEvent.objects.count()
    for name in ("jonas", "jonas", "nobody", "no\0body", ""):
        Client().post("/staff/login/", {"username": name, "password": "wrong"})
    account_events.record_failed_sign_ins()
    assert AuditEvent.objects.count() == count, "the hour is not over"
    FailedSignIns.objects.update(hour=F("hour") - timedelta(hours=1))
    account_events.record_failed_sign_ins()
    account_events.record_failed_sign_ins()
    found = (
        AuditEvent.objects.filter(verb="failed sign-ins").order_by("pk").values_list("about", "detail__count")
    )
    assert list(found) == [("", 1), (account(jonas.pk), 2)]


def test_the_web_server_refuses_to_start_without_a_key(tmp_path) -> None:
    """Without a key of its own it would sign sessions and staff links with one that others know."""
    environment = {"EVALSITE_VAR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", "import evalsite.wsgi"], env=environment, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr
