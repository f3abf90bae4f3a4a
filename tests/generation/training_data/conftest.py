"""Who looks at the pages of synthesis."""

import pytest
from django.test import Client

from evalsite.core.models import User
from tests.factories import person


@pytest.fixture
def researcher(client: Client, db: None) -> Client:
    client.force_login(person("rae"))
    return client


@pytest.fixture
def admin(client: Client, db: None) -> Client:
    client.force_login(person("una", role=User.Role.ADMIN))
    return client
