"""Whole site: every address in every role, by GET and by POST, against the table in `permissions.py`.

The site has two teams. The first has an unblinded study with its report, an open study with a rater in the
middle of it, and rows of every kind below /generation/.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
import yaml
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from analysis.models import Report
from analysis.planner import answer as planner_answer
from analysis.reports.report_links import create_report_link
from annotations import freezing
from annotations.desk import seats, services
from annotations.mailing import outbox
from annotations.models import Mail, Study
from annotations.staff.studies import study_states
from annotations.staff.studies.loading import load_study
from evalsite.api.tokens import create_token
from evalsite.core.clock import database_now
from evalsite.core.models import AuditEvent, MembershipOffer, Notification, Role, Team, User
from evalsite.core.notifications import notify
from evalsite.webhooks.endpoints import add_endpoint
from evalsite.webhooks.models import TEST_EVENT
from evalsite.webhooks.outbox import send_test
from tests import factories
from tests.analysis.planner.test_planner import PLAN
from tests.generation import two_teams
from tests.invariants.addresses import fill_route, study_address
from tests.invariants.permissions import API_GENERATION, GENERATION, PERMISSIONS, ROLES, STUDIES, routes
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
REFUSED_FORMS = (400, 409, 410, 415, 422)
"""The form names what is missing, or why the row does not allow it now."""
SIGN_IN = ("/staff/login/", "/admin/login/")


@dataclass(frozen=True)
class Site:
    generation: two_teams.Site
    unblinded: Study
    parts: dict[str, dict[str, object]]
    """The parts of all other addresses, by how an address begins."""
    sent: dict[str, dict[str, object]]
    """Fields without which an address answers 404; other forms are sent empty."""
    people: dict[str, Client]

    def address(self, route: str) -> str:
        if route in GENERATION or route in API_GENERATION:
            return self.generation.address(route)
        if route in STUDIES or route.startswith("api/v1/studies/"):
            return study_address(route, self.unblinded)
        parts = next((given for start, given in self.parts.items() if route.startswith(start)), {})
        query = f"?{urlencode(PLAN)}" if route.startswith("planning/") else ""
        return fill_route(route, parts) + query


@pytest.fixture
def site(tmp_path, settings, monkeypatch) -> Site:
    monkeypatch.setattr(planner_answer, "MOST_AT_A_TIME", 1)
    settings.STAFF_MAY_JUDGE = False
    settings.PASSKEYS, settings.MFA_SUPPORTED_TYPES = True, ["totp", "recovery_codes", "webauthn"]
    unblinded = factories.make_unblinded(tmp_path / "unblinded", report=True)
    study = recruiting_study(tmp_path)
    generation = two_teams.build_site()
    rater, secret, pair = rater_at_work(study)
    people = people_of(generation) | {"rater": rater}
    researcher, owner = (User.objects.get(username=name) for name in ("first-researcher", "plain-owner"))
    notification, mail = notice_to(owner, study)
    invited = {"user": User.objects.get(username="account"), "team_id": generation.first, "by": owner}
    offer = MembershipOffer.objects.create(**invited, role=Role.WATCHER, email="account@example.org").pk
    report = Report.objects.get(study=unblinded)
    _link, shared_secret = create_report_link(report=report, until=database_now().date(), note="", by=owner)
    shared = {"secret": shared_secret, "lang": "en"}
    line = AuditEvent.objects.earliest("pk").pk
    webhook, _secret = add_endpoint(
        team=study.team_id, url="https://hooks.example.org/", events=["study.closed"], by="test"
    )
    send_test(webhook, TEST_EVENT, {})
    message = webhook.deliveries.get().code
    token, _secret = create_token(
        user=owner,
        team=Team.objects.get(pk=generation.first),
        name="test",
        scopes=["studies:read"],
        by="test",
    )
    parts: dict[str, dict[str, object]] = {
        "team/webhooks/": {"code": webhook.code, "message": message},
        "people/teams/": {"team": "second"},
        "people/": {"account": researcher.pk, "action": "sessions", "team": "team", "offer": offer},
        "notifications/mails/": {"code": mail.code},
        "notifications/": {"key": notification.pk},
        "help/": {"page": "accounts", "path": "report-en-1440.webp"},
        "staff/account/tokens/": {"code": token.code},
        "staff/": {"provider_id": "none", "uidb64": "MQ", "token": "set-password", "pk": 1, "offer": offer},
        "r/": {"code": pair, "door": seats.shared_link_key(study), "secret": secret},
        "shared/<slug:secret>/<slug:lang>/tables/": shared | {"name": "methods", "form": "txt"},
        "shared/": shared | {"name": "report.json"},
        "admin/core/auditevent/": {"object_id": line},
        "admin/r/": {"content_type_id": 1, "object_id": 1},
        "admin/": {"id": researcher.pk, "object_id": researcher.pk, "app_label": "core", "url": "nothing/"},
    }
    sent: dict[str, dict[str, object]] = {
        "team/": {"team": "team"},
        "people/<int:account>/role/": {"team": generation.first, "role": Role.WATCHER},
    }
    return Site(generation, unblinded, parts, sent, people)


def recruiting_study(folder: Path) -> Study:
    """An open study with a shared recruiting address."""
    (folder / "open").mkdir()
    path = factories.write_study(folder / "open", slug="quay", systems=("weir", "sluice", "people"))
    more = {"prolific": True, "completion": {"code": "QUINCE", "url": "https://recruiter.example/done"}}
    path.write_text(path.read_text() + yaml.safe_dump(more))
    study = load_study(path).study
    freezing.freeze(study=study, by="test")
    study_states.transition(study=study, verb="open", by="test")
    return study


def rater_at_work(study: Study) -> tuple[Client, str, str]:
    """A rater's browser, the secret of the link that it opened, and the code of the open pair."""
    enrolment = services.enrol(study=study, languages=["en"], by="test")
    browser = Client()
    assert browser.post(f"/r/{enrolment.secret}/").status_code in (302, 303)
    pair = services.lease_next_assignment(rater=enrolment.rater)
    assert pair is not None
    return browser, enrolment.secret, pair.code


def people_of(made: two_teams.Site) -> dict[str, Client]:
    first, second = Team.objects.get(pk=made.first), Team.objects.get(pk=made.second)
    account = User.objects.create_user("account")
    owner = factories.member("plain-owner", first, role=Role.OWNER)
    outsider = factories.member("plain-outsider", second, role=Role.OWNER)
    own = {role: made.people[f"first {role}"] for role in (Role.REVIEWER, Role.WATCHER, Role.RESEARCHER)}
    return {
        "anonymous": Client(),
        "account": signed_in(account),
        **own,
        "owner": signed_in(owner),
        "admin": made.people[two_teams.NOBODY],
        "outsider": signed_in(outsider),
    }


def notice_to(owner: User, study: Study) -> tuple[Notification, Mail]:
    """A notification, and a mail about it in the state `unknown`."""
    notify([owner], "study-full", study.slug, title=study.title)
    row = Notification.objects.get(user=owner)
    texts = {"en": {"subject": "s", "body": "b"}}
    outbox.queue(study=None, kind="notice", texts=texts, by="system", users=[owner], code=f"notice{row.pk}")
    Mail.objects.update(state=Mail.State.UNKNOWN, ended_at=database_now())
    return row, Mail.objects.get()


def outcome(answer: HttpResponse) -> str:
    """The letter of `permissions.py` for an answer; its status, where none fits."""
    status = answer.status_code
    if status in (301, 302, 303, 307):
        return "s" if answer["Location"].startswith(SIGN_IN) else "y"
    if status < 300 or status in REFUSED_FORMS:
        return "y"
    return {404: "-", 401: "x", 403: "x", 405: "n"}.get(status, f"({status})")


@contextmanager
def undone() -> Iterator[None]:
    """Whatever changes rows is taken back."""
    point = transaction.savepoint_create()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def ask(client: Client, method: str, address: str, sent: dict[str, object]) -> str:
    """What the request is answered; rows and the browser's cookies stay as they were."""
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    with undone():
        answer = outcome(getattr(client, method)(address, sent))
    client.cookies = SimpleCookie(cookies)
    return answer


def test_every_address_has_a_row_in_the_table():
    assert set(routes()) == set(PERMISSIONS)
    assert {len(letters) for row in PERMISSIONS.values() for letters in row} == {len(ROLES)}


@pytest.mark.slow
def test_every_address_answers_each_role_as_the_table_says(site):
    wrong = []
    for client in site.people.values():
        client.raise_request_exception = False
    for route, expected in PERMISSIONS.items():
        for method, letters in zip(("get", "post"), expected, strict=True):
            with undone():
                address, sent = site.address(route), site.sent.get(route, {})
                found = "".join(ask(site.people[role], method, address, sent) for role in ROLES)
            if found != letters:
                wrong.append(f"{method} {route}: {found}, not {letters}")
    assert wrong == []
