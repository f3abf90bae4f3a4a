"""Core: what people and the log are told when the database does not answer."""

import logging

import pytest
from django.db import OperationalError
from django.test import Client

from evalsite.core import checks
from evalsite.core.logs import ShortOutages


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_page_says_what_happened_to_the_form(hung: None, method: str) -> None:
    client = Client(raise_request_exception=False)
    answer = getattr(client, method)(f"/r/{'a' * 43}/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    text = answer.content.decode()
    assert "send it again" in text
    assert "重新提交" in text


@pytest.mark.parametrize(
    ("error", "traceback"), [(OperationalError("gone\naway"), False), (ValueError("x"), True)]
)
def test_an_outage_takes_one_line_of_the_log(error: Exception, traceback: bool) -> None:
    record = logging.LogRecord(
        "django.request",
        logging.ERROR,
        "",
        0,
        "%s: %s",
        ("Service Unavailable", "/r/"),
        (type(error), error, None),
    )
    assert ShortOutages().filter(record)
    assert bool(record.exc_info) == traceback
    if not traceback:
        assert record.getMessage() == "Service Unavailable: /r/: gone away"


@pytest.mark.parametrize(("two", "ids"), [(True, []), (False, ["evalsite.W001"])])
def test_one_role_for_all_is_warned_of(settings, two: bool, ids: list[str]) -> None:
    settings.TWO_DATABASE_ROLES = two
    assert [each.id for each in checks.two_database_roles(None)] == ids
