"""Whole site: with three teams and twelve studies, no one sees rows of another team or sealed identities.

Each text that a team wrote holds its word. Everyone follows every link that they get, as in a browser; owners
and admins also try all addresses that owners of other teams were given. Pages, API answers, files, mails,
messages to webhooks and log lines are searched.
"""

import json
import logging
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve

from annotations.blinding import unblinding
from annotations.mailing import notices, outbox
from annotations.models import Study
from annotations.staff.studies import inactivity
from evalsite.core.models import Notification, Role, User
from evalsite.webhooks.models import Delivery, EventType
from tests.invariants import three_teams
from tests.invariants.crawler import BASE, LINK, headers_of, text_of
from tests.invariants.test_doors import PLAN
from tests.invariants.three_teams import Site, TeamRows
from tests.smtp_server import smtp_server

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
API_START = (
    "/api/v1/studies/",
    *(f"/api/v1/{rows}/" for rows in ("briefs", "series", "systems", "scripts", "runs")),
)
START = (
    "/",
    "/notifications/",
    "/planning/",
    "/generation/review/",
    "/people/",
    "/admin/",
    *API_START,
)
SKIPPED = re.compile(r"^/(static|help|r|shared|language|display|admin/jsi18n|staff/log(in|out))/")
EACH = 4
"""Pages of one kind that are opened, with a query and without: one of each study of a team."""


@dataclass(frozen=True)
class Given:
    """An answer, without the address that was asked for, which is no news."""

    path: str
    status: int
    text: str


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Site]:
    """One for all tests of this module, which change nothing."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield three_teams.build_site(tmp_path_factory.mktemp("teams"))
        transaction.set_rollback(True)


@contextmanager
def logged() -> Iterator[list[str]]:
    handler, root = Lines(), logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler.lines
    finally:
        root.removeHandler(handler)


def get(client: Client, path: str) -> tuple[Given, list[str]]:
    """The answer, and where it leads to."""
    response = client.get(path)
    text = text_of(response)
    links = [*filter(None, [response.headers.get("Location")]), *map(unescape, LINK.findall(text))]
    text = f"{headers_of(response)}\n{text}"
    if len(path) > 1:
        for typed in {path, path.replace("&", "&amp;")}:
            text = text.replace(typed, "")
    return Given(path, response.status_code, text), links


def crawl(client: Client, start: Iterable[str]) -> Iterator[Given]:
    """What the links lead to, from page to page."""
    waiting, seen, opened = deque(start), set(start), Counter[tuple[str, bool]]()
    while waiting:
        path = waiting.popleft()
        given, links = get(client, path)
        yield given
        for link in links:
            target = address_within(path, link)
            if target is None or target in seen or SKIPPED.match(target):
                continue
            seen.add(target)
            kind = (kind_of(target), "?" in target)
            opened[kind] += 1
            if opened[kind] <= EACH:
                waiting.append(target)


def address_within(page: str, link: str) -> str | None:
    if not link.startswith(("/", "?", BASE)):
        return None
    parts = urlsplit(urljoin(BASE + page, link))
    return parts.path + (f"?{parts.query}" if parts.query else "")


def kind_of(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).route
    except Resolver404:
        return "nothing"


def api_addresses(studies: Iterable[Study]) -> list[str]:
    return [
        f"/api/v1/studies/{study.slug}/{page}"
        for study in studies
        for page in (
            *("", "watch/", "raters/", "reports/", "tables/", "tables/judgments/", "tables/judgments.csv"),
            *("freeze/", "findings/", "warnings/"),
        )
    ]


def given_to(site: Site, rows: TeamRows, role: str) -> list[Given]:
    """What someone is given who follows all links, and the log of it. Each is led there once."""
    key = (rows.word, role)
    if key not in site.given:
        with logged() as lines:
            site.given[key] = list(crawl(rows.people[role], [*START, *api_addresses(rows.studies.values())]))
        site.given[key].append(Given("the log", 200, "\n".join(lines)))
    return site.given[key]


def leaks(site: Site, given: Iterable[Given], foreign: set[str]) -> list[str]:
    """Where something of another team, or what would undo a seal, is in an answer."""
    words = re.compile("|".join(map(re.escape, sorted(foreign | site.secrets, key=len, reverse=True))))
    found = []
    for each in given:
        found += [f"{each.path} tells {word}" for word in sorted(set(words.findall(each.text)))]
        if each.status >= 500:
            found.append(f"{each.path}: {each.status}")
        systems = next((names for slug, names in site.sealed.items() if f"/{slug}/" in each.path), set())
        if not PLAN.match(each.path):
            found += [f"{each.path} names {name}" for name in systems if name in each.text]
    return found


def others(site: Site, rows: TeamRows, *, names: bool = True) -> set[str]:
    return {word for other in site.teams if other is not rows for word in other.markers(names=names)}


@pytest.mark.parametrize("role", Role.values)
def test_links_lead_to_nothing_of_another_team_or_of_a_seal(site, role):
    for rows in site.teams:
        given = given_to(site, rows, role)
        assert len(given) > (30 if role == Role.REVIEWER else 60)
        assert leaks(site, given, others(site, rows)) == []
        if role == Role.OWNER:
            assert any(rows.word in each.text for each in given)


def test_an_admin_without_a_team_is_led_to_nothing_of_any(site):
    every = {word for rows in site.teams for word in rows.markers(names=False)}
    studies = [study for rows in site.teams for study in rows.studies.values()]
    given = list(crawl(site.admin, [*START, *api_addresses(studies)]))
    assert len(given) > 30
    assert leaks(site, given, every) == []


def test_addresses_that_another_team_was_given_lead_to_nothing(site):
    """Links that were passed on, or typed."""
    for rows in site.teams:
        own = [each for each in given_to(site, rows, Role.OWNER) if each.path.startswith("/")]
        paths = [each.path for each in own if any(word in each.text + each.path for word in rows.markers())]
        assert len(paths) > 60
        tries = [(other.people[Role.OWNER], True) for other in site.teams if other is not rows]
        for client, names in [*tries, (site.admin, False)]:
            given = [get(client, path)[0] for path in paths]
            assert leaks(site, given, rows.markers(names=names)) == []


def test_a_token_opens_nothing_of_another_team(site):
    studies = [study for rows in site.teams for study in rows.studies.values()]
    for rows in site.teams:
        program = Client(headers={"Authorization": f"Bearer {rows.token}"})
        given = list(crawl(program, [*API_START, *api_addresses(studies)]))
        assert len(given) > 100
        assert leaks(site, given, others(site, rows)) == []
        assert sum(rows.word in each.text for each in given) > 20


def test_webhooks_get_the_events_of_the_own_team_alone(site):
    for rows in site.teams:
        sent = Delivery.objects.filter(endpoint__team=rows.team)
        assert set(sent.values_list("type", flat=True)) >= {EventType.STUDY_OPENED, EventType.RATER_FINISHED}
        given = [Given(f"/{each.data.get('study')}/", 200, json.dumps(each.data)) for each in sent]
        assert leaks(site, given, others(site, rows)) == []


def test_mails_reach_the_own_team_alone(site, settings):
    with smtp_server() as box, logged() as lines:
        settings.MAILERS = box.mailers
        Study.objects.filter(state=Study.State.OPEN).update(opened_at="2020-01-01T00:00Z")
        for rows in site.teams:
            for study in rows.studies.values():
                for rater in study.raters.all():
                    rater.assignments.update(submitted_at="2020-01-01T00:00Z")
            if "closed" in rows.studies:
                study, by = rows.studies["closed"], rows.users[Role.RESEARCHER]
                # Accounts that are younger than the freezing cannot unblind a study without named unblinders.
                User.objects.filter(pk=by.pk).update(date_joined=study.created_at)
                unblinding.request(study=study, by=by, reason=rows.word)
        inactivity.notify_of_inactive_studies()
        inactivity.notify_of_full_studies()
        notices.queue_notices()
        outbox.send_due()
        taken = list(box.taken)
    assert Notification.objects.filter(kind="study-inactive").exists()
    for rows in site.teams:
        own = [mail for mail in taken if rows.name in mail.recipient or rows.word in mail.recipient]
        assert own
        given = [Given(mail.recipient, 200, f"{mail.message}\n{mail.body}") for mail in own]
        assert leaks(site, given, others(site, rows)) == []
    known = re.compile("|".join((*three_teams.WORDS, *three_teams.NAMES)))
    assert [mail.recipient for mail in taken if not known.search(mail.recipient)] == []
    assert leaks(site, [Given("the log", 200, "\n".join(lines))], set()) == []
