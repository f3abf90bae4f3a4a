"""`manage.py account_link`: the way back in for a person who can't be helped in the browser."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.management import CommandError, call_command

from evalsite.core.clock import database_now
from evalsite.core.models import User
from tests.evalsite.test_people import choose_password

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(user: User) -> User:
    totp.TOTP.activate(user, totp.generate_totp_secret())
    return user


def test_it_works(user: User, capsys) -> None:
    moment = database_now()
    call_command("account_link", "ada")
    assert user.access_changed_by_other_since(moment)
    assert choose_password(capsys.readouterr().out.strip())["Location"] == "/staff/login/code/"
    call_command("account_link", "ada", "--remove-second-factor")
    assert not Authenticator.objects.exists()
    assert choose_password(capsys.readouterr().out.strip(), "another long phrase")["Location"] == "/"


def test_an_unknown_or_closed_account_is_refused(user: User, capsys) -> None:
    User.objects.update(is_active=False)
    for name, why in (("bo", "no account bo"), ("ada", "is deactivated")):
        with pytest.raises(CommandError, match=why) as refused:
            call_command("account_link", name)
        assert refused.value.returncode == 1
    assert capsys.readouterr().out == ""
