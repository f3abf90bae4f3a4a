"""Accounts: changes to staff accounts are in the audit trail, where the second person can see them."""

import subprocess
import sys

import pytest
from django.test import Client

from evalsite.core.models import AuditEvent, User
from tests import factories

pytestmark = pytest.mark.django_db


def test_an_account_that_is_made_shows_in_the_trail_and_where_one_confirms(staff: Client, tmp_path) -> None:
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
    event = AuditEvent.objects.get(verb="add account")
    assert (event.who, event.about) == ("mara", "second-self")
    assert "second-self" in staff.get(f"/studies/{study.slug}/unblind/").content.decode()


def test_a_password_that_is_set_for_somebody_is_in_the_audit_trail(staff: Client, jonas: User) -> None:
    staff.post(
        f"/admin/core/user/{jonas.pk}/password/",
        {
            "usable_password": "true",
            "password1": "a long and odd passphrase",
            "password2": "a long and odd passphrase",
        },
    )
    assert AuditEvent.objects.filter(who="mara", verb="change account", about="jonas").exists()


def test_the_web_server_refuses_to_start_without_a_key(tmp_path) -> None:
    """Without a key of its own it would sign sessions and staff links with one that others know."""
    environment = {"EVALSITE_VAR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", "import evalsite.wsgi"], env=environment, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr
