"""A researcher who is signed in."""

import pytest
from django.test import Client

from tests.factories import person


@pytest.fixture
def rae() -> Client:
    client = Client()
    client.force_login(person("rae"))
    return client
