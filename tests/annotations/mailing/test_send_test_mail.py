"""`manage.py send_test_mail ADDRESS`: whether the site can send mail."""

import pytest
from django.core.management import CommandError, call_command

from annotations.mailing import outbox
from tests.smtp_server import smtp_server


def refusal(*arguments: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as error:
        call_command("send_test_mail", *arguments)
    return error.value.returncode, str(error.value)


def test_it_works(mailbox, capsys):
    call_command("send_test_mail", "jonas@example.org")
    assert mailbox.recipients() == ["jonas@example.org"]
    assert "took the message for jonas@example.org" in capsys.readouterr().out


def test_no_address():
    code, text = refusal("jonas")
    assert code == 2
    assert "Fix: give one such as name@example.org." in text


def test_no_server_is_set(settings):
    settings.MAILERS = {"default": {"BACKEND": outbox.DUMMY}}
    code, text = refusal("jonas@example.org")
    assert code == 1
    assert "EMAIL_HOST is not set" in text


def test_a_server_that_does_not_answer(settings):
    with smtp_server() as box:
        settings.MAILERS = box.mailers
    code, text = refusal("jonas@example.org")
    assert code == 3
    assert "Fix: check the EMAIL_ settings." in text
