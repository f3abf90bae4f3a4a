"""A small cast: a brief in each language, taken from the demonstration; a fake server; runs of any system."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from evalsite.core.models import User
from generation.backends.looping import Loop
from generation.backends.server import FakeServer
from generation.briefs.files import read_brief
from generation.models import Brief, Run
from generation.pipelines import SystemSpec, find_system
from generation.runs.services import plan_run
from generation.services import store_briefs
from tests.factories import person
from tests.staff_cast import signed_in

BRIEFS = Path(__file__).resolve().parents[2] / "examples/briefs"


@pytest.fixture
def en_brief(db: None) -> Brief:
    return store_briefs([read_brief(sorted((BRIEFS / "en").glob("*.yaml"))[0])])[0].brief


@pytest.fixture
def zh_brief(db: None) -> Brief:
    return store_briefs([read_brief(sorted((BRIEFS / "zh").glob("*.yaml"))[0])])[0].brief


@pytest.fixture
def researcher(client: Client, db: None) -> Client:
    client.force_login(person("rae"))
    return client


@pytest.fixture
def admin(client: Client, db: None) -> Client:
    client.force_login(person("ada", role=User.Role.ADMIN))
    return client


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    client.force_login(person("rae", role=User.Role.ADMIN))
    return client


def session_of(user: User, url: str) -> list[dict[str, str]]:
    """The cookies of a browser in which this person is signed in."""
    client = signed_in(user)
    name = settings.SESSION_COOKIE_NAME
    return [{"name": name, "value": client.cookies[name].value, "url": url}]


@pytest.fixture
def loop() -> Iterator[Loop]:
    with Loop() as running:
        yield running


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


def fake(name: str = "fake-direct", *, tries: int = 3, retries: int = 6, **behaviour: object) -> SystemSpec:
    """A shipped system on the fake backend, behaving as told."""
    spec = find_system(name)
    return replace(spec, tries=tries, retries=retries, backend=replace(spec.backend, **behaviour))


def planned(brief: Brief, *specs: SystemSpec, **settings: object) -> Run:
    return plan_run(specs=specs, briefs=[brief], wake=False, **settings).run


@pytest.fixture
def keys_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Configure keys by name with the addresses that may receive them, all with the same value."""

    def write(addresses: dict[str, list[str]], value: str = "sk-for-tests-only-1234") -> Path:
        monkeypatch.setenv("KEY_OF_TESTS", value)
        hosts = {name: [url.removesuffix("/v1") for url in urls] for name, urls in addresses.items()}
        path = tmp_path / "keys.yaml"
        path.write_text(
            "".join(f"{name}: {{variable: KEY_OF_TESTS, hosts: {urls!r}}}\n" for name, urls in hosts.items())
        )
        monkeypatch.setenv("API_KEYS_FILE", str(path))
        return path

    return write
