"""Programs with tokens: of each role in the site's team, and of another team's owner."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from evalsite.api.scopes import OF_ROLE
from evalsite.api.tokens import create_token
from evalsite.core.models import Role, Team, only_team
from tests.factories import member


class Program:
    """A client that sends a token."""

    def __init__(self, secret: str) -> None:
        self.headers = {"Authorization": f"Bearer {secret}"}
        self.client = Client()

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query_params=query, headers=self.headers)

    def post(self, path: str, body: Any = None, *, kind: str = "application/json", **headers: str) -> Any:
        headers = {**self.headers, **headers}
        return self.client.post(f"/api/v1/{path}", body if body is not None else {}, kind, headers=headers)

    def send(self, path: str, fields: dict[str, Any]) -> Any:
        """A form with files."""
        return self.client.post(f"/api/v1/{path}", fields, headers=self.headers)


def program(role: str = Role.OWNER, team: Team | None = None, scopes: list[str] | None = None) -> Program:
    team = team or Team.objects.get(pk=only_team())
    user = member(f"{team.slug}-{role}-{len(scopes or [])}", team, role)
    given = scopes if scopes is not None else list(OF_ROLE[role])
    _token, secret = create_token(user=user, team=team, name="test", scopes=given, by="test")
    return Program(secret)


@pytest.fixture
def owner(db: None) -> Program:
    return program()


@pytest.fixture
def researcher(db: None) -> Program:
    return program(Role.RESEARCHER)


@pytest.fixture
def watcher(db: None) -> Program:
    return program(Role.WATCHER)


@pytest.fixture
def other(db: None) -> Callable[[], Program]:
    """An owner in a second team; called last, because a second team changes what new rows belong to."""

    def make() -> Program:
        return program(team=Team.objects.create(slug="second", name="Second"))

    return make
