"""The cast of the staff's pages: an admin, a researcher, and each of them signed in."""

import pytest
from django.test import Client

from evalsite.core.models import User
from tests import factories


@pytest.fixture
def mara(db) -> User:
    return factories.person("mara", role=User.Role.ADMIN)


@pytest.fixture
def jonas(db) -> User:
    return factories.person("jonas")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def staff(mara) -> Client:
    return signed_in(mara)


@pytest.fixture
def other(jonas) -> Client:
    return signed_in(jonas)
