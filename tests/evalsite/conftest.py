"""Fixtures for the tests of the site itself: two members of the staff, and each of them signed in."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from evalsite.core.models import User
from tests.staff_cast import jonas, mara, other, staff

__all__ = ["jonas", "mara", "other", "staff"]
PASSWORD = "a long enough phrase"


@pytest.fixture
def user(db: None) -> User:
    """Ada, whose account is so old that any moment of a test is later."""
    user = User.objects.create_user("ada", "ada@example.org", password=PASSWORD, is_staff=True)
    User.objects.filter(pk=user.pk).update(date_joined=timezone.now() - timedelta(days=9))
    return user


@pytest.fixture
def hung(db: None) -> Iterator[None]:
    """Every statement fails as those of a server that hangs."""

    def fail(*_: object, **__: object) -> None:
        raise OperationalError("the database does not answer in time")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "cursor", fail)
        yield
