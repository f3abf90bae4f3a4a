"""A team with people of each role, their tokens, and a program that uses one."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from evalsite.api import tokens
from evalsite.api.models import Token
from evalsite.api.scopes import OF_ROLE
from evalsite.core.models import Role, Team, User, only_team
from tests import factories
from tests.staff_cast import jonas

__all__ = ["jonas"]


@dataclass
class Program:
    """A client without cookies that sends a token."""

    token: Token
    secret: str

    def get(self, path: str, **headers: str) -> HttpResponse:
        return Client().get(path, headers=self._headers(headers))

    def post(
        self, path: str, body: Any = None, *, media_type: str = "application/json", **headers: str
    ) -> HttpResponse:
        data = body if isinstance(body, str | bytes) else json.dumps(body or {})
        return Client().post(path, data, content_type=media_type, headers=self._headers(headers))

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"} | {
            name.replace("_", "-"): value for name, value in more.items()
        }


def program_of(user: User, *scopes: str, team: Team | None = None, days: int = 1) -> Program:
    team = team or Team.objects.get(pk=only_team())
    role = user.memberships.get(team=team).role
    wanted = scopes or OF_ROLE[role]
    return Program(
        *tokens.create_token(user=user, team=team, name="test", scopes=wanted, days=days, by="test")
    )


@pytest.fixture
def lin(db) -> User:
    """A researcher of the only team."""
    return factories.person("lin")


@pytest.fixture
def program(lin) -> Program:
    return program_of(lin)


@pytest.fixture
def watcher(db) -> Program:
    team = Team.objects.get(pk=only_team())
    return program_of(factories.member("wen", team, role=Role.WATCHER))
