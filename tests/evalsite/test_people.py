"""The page People: invitations, roles, links, and who may do what about whose account."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from evalsite.accounts import links, people, tasks
from evalsite.core.clock import database_now
from evalsite.core.models import Membership, Role, Team, User
from tests.factories import member
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
PASSWORD = "an odd and long phrase"


@pytest.fixture
def team(mara: User) -> Team:
    return Team.objects.get()


@pytest.fixture(autouse=True)
def no_mail(settings) -> None:
    settings.MAILERS = {"default": {"BACKEND": links.DUMMY}}


@pytest.fixture
def mails(no_mail: None, settings, monkeypatch):
    monkeypatch.setattr("evalsite.celery.app.send_task", lambda name, args: tasks.mail_link(*args))
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    return mail.outbox


def invite(client: Client, **given: str) -> User:
    sent = {"name": "Bo Lin", "email": "bo.lin@example.org", "role": "watcher", **given}
    answer = client.post("/people/invite/", sent)
    assert answer.status_code == 303, answer.content.decode()
    return User.objects.get(email=sent["email"])


def link_on(client: Client, address: str = "/people/invite/") -> str:
    page = client.get(address)
    assert page.context["fresh"]
    assert page.context["fresh"] in page.content.decode()
    assert not client.get(address).context["fresh"], "a link is displayed once"
    return page.context["fresh"]


def choose_password(link: str, password: str = PASSWORD, client: Client | None = None):
    client = client or Client()
    page = client.get(link.removeprefix("http://127.0.0.1:8000"), follow=True)
    if page.status_code != 200:
        return page
    return client.post(page.request["PATH_INFO"], {"new_password1": password, "new_password2": password})


def test_an_invited_person_chooses_a_password_and_is_signed_in(staff: Client, team: Team) -> None:
    page = staff.get("/people/invite/").content.decode()
    assert 'name="team"' not in page
    person = invite(staff)
    assert (person.username, person.first_name, person.is_staff) == ("bo-lin", "Bo Lin", True)
    assert person.team_roles == {team.pk: "watcher"}
    link = link_on(staff)
    client = Client()
    for _ in range(2):
        assert client.get(link, follow=True).status_code == 200  # a look spends nothing
    answer = choose_password(link, client=client)
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert client.get("/staff/account/").status_code == 200
    assert User.objects.get(pk=person.pk).email_confirmed_at is None, "the link was copied"
    assert Client().post("/staff/login/", {"username": "bo-lin", "password": PASSWORD}).status_code == 302
    spent = choose_password(link)
    assert spent.status_code == 403
    assert "ask an admin or an owner" in spent.content.decode()


def test_an_invitation_goes_by_mail_where_the_server_has_mail(
    staff: Client, team: Team, mails, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        person = invite(staff)
    assert not staff.get("/people/invite/").context["fresh"]
    assert mails[0].to == ["bo.lin@example.org"]
    link = next(line for line in mails[0].body.splitlines() if line.startswith("http"))
    assert choose_password(link).status_code == 303
    assert User.objects.get(pk=person.pk).email_confirmed_at, "the link came by mail"


def test_a_forgotten_password_is_replaced_by_mail(
    staff: Client, team: Team, mails, django_capture_on_commit_callbacks
) -> None:
    person = invite(staff)
    links.confirm_address(person, person.email)
    User.objects.filter(pk=person.pk).update(date_joined=timezone.now() - timedelta(days=9))
    moment = database_now()
    mails.clear()
    pages = []
    with django_capture_on_commit_callbacks(execute=True):
        for address in ("bo.lin@example.org", "nobody@example.org"):
            pages.append(Client().post("/staff/forgotten/", {"email": address}).content.decode())
    assert "on its way" in pages[0]
    assert "on its way" in pages[1], "it does not tell who has an account"
    assert [each.to for each in mails] == [["bo.lin@example.org"]]
    link = next(line for line in mails[0].body.splitlines() if line.startswith("http"))
    assert choose_password(link).status_code == 303
    assert not person.access_changed_by_other_since(moment), "the person asked for it"


def test_a_link_to_an_address_that_someone_else_typed_is_someone_elses(
    jonas: User, mails, django_capture_on_commit_callbacks
) -> None:
    """Typed before a study is frozen and used after it, the address would open another account."""
    User.objects.filter(pk=jonas.pk).update(date_joined=timezone.now() - timedelta(days=9))
    User.objects.filter(pk=jonas.pk).update(email="mara-too@example.org", email_set_by_self=True)
    moment = database_now()
    with django_capture_on_commit_callbacks(execute=True):
        Client().post("/staff/forgotten/", {"email": "mara-too@example.org"})
    assert not jonas.access_changed_by_other_since(moment), "a stranger who asks for a mail blocks no one"
    link = next(line for line in mails[0].body.splitlines() if line.startswith("http"))
    assert choose_password(link).status_code == 303
    assert jonas.access_changed_by_other_since(moment)


def test_mails_to_one_address_are_limited(staff: Client, team: Team, mails) -> None:
    for _ in range(5):
        assert Client().post("/staff/forgotten/", {"email": "bo@example.org"}).status_code == 200
    assert Client().post("/staff/forgotten/", {"email": "bo@example.org"}).status_code == 429


def test_without_mail_the_page_says_whom_to_ask(client: Client) -> None:
    assert "Ask an admin or an owner" in client.get("/staff/forgotten/").content.decode()


def test_a_link_by_a_colleague_changes_access_when_made_and_when_used(
    staff: Client, jonas: User, team: Team
) -> None:
    """Made before a study is frozen and used after it, it would give one person two accounts."""
    User.objects.filter(pk=jonas.pk).update(date_joined=timezone.now() - timedelta(days=9))
    moment = database_now()
    assert staff.get(f"/people/{jonas.pk}/link/").status_code == 200
    assert not jonas.access_changed_by_other_since(moment)
    staff.post(f"/people/{jonas.pk}/link/")
    assert jonas.access_changed_by_other_since(moment)
    link, frozen = link_on(staff, f"/people/{jonas.pk}/"), database_now()
    assert not jonas.access_changed_by_other_since(frozen)
    assert choose_password(link).status_code == 303
    assert jonas.access_changed_by_other_since(frozen)


def test_a_link_does_not_pass_the_second_factor(staff: Client, jonas: User, team: Team) -> None:
    totp.TOTP.activate(jonas, totp.generate_totp_secret())
    staff.post(f"/people/{jonas.pk}/link/")
    client = Client()
    answer = choose_password(link_on(staff, f"/people/{jonas.pk}/"), client=client)
    assert answer["Location"] == "/staff/login/code/"
    assert "_auth_user_id" not in client.session


def test_removing_a_second_factor_is_asked_about_and_noted(staff: Client, jonas: User, team: Team) -> None:
    totp.TOTP.activate(jonas, totp.generate_totp_secret())
    moment = database_now()
    assert "audit trail" in staff.get(f"/people/{jonas.pk}/do/second-factor/").content.decode()
    assert Authenticator.objects.exists()
    staff.post(f"/people/{jonas.pk}/do/second-factor/")
    assert not Authenticator.objects.exists()
    assert jonas.access_changed_by_other_since(moment)


def test_deactivating_and_signing_out_end_sessions_at_once(staff: Client, jonas: User, team: Team) -> None:
    client = signed_in(jonas)
    staff.post(f"/people/{jonas.pk}/do/sessions/")
    assert client.get("/staff/account/").status_code == 302
    client = signed_in(User.objects.get(pk=jonas.pk))
    assert client.get("/staff/account/").status_code == 200
    staff.post(f"/people/{jonas.pk}/do/deactivate/")
    assert client.get("/staff/account/").status_code == 302
    staff.post(f"/people/{jonas.pk}/do/reactivate/")
    assert User.objects.get(pk=jonas.pk).is_active


def test_the_last_owner_and_the_last_admin_stay(staff: Client, mara: User, jonas: User, team: Team) -> None:
    answer = staff.post(f"/people/{mara.pk}/role/", {"team": team.pk, "role": "watcher"}, follow=True)
    assert "last owner" in answer.content.decode()
    answer = staff.post(f"/people/{mara.pk}/do/no-admin/", follow=True)
    assert "last admin" in answer.content.decode()
    assert User.objects.get(pk=mara.pk).is_admin
    staff.post(f"/people/{jonas.pk}/do/admin/")
    other = signed_in(User.objects.get(pk=jonas.pk))
    answer = other.post(f"/people/{mara.pk}/do/deactivate/", follow=True)
    assert "last owner" in answer.content.decode()
    other.post(f"/people/{jonas.pk}/role/", {"team": team.pk, "role": "owner"})
    assert "deactivated" in other.post(f"/people/{mara.pk}/do/deactivate/", follow=True).content.decode()
    assert not User.objects.get(pk=mara.pk).is_active
    assert (
        "your own account" in other.post(f"/people/{jonas.pk}/do/deactivate/", follow=True).content.decode()
    )


def test_an_owner_manages_their_team_alone(staff: Client, mara: User, team: Team) -> None:
    second = Team.objects.create(slug="second", name="Second")
    owner, theirs = member("owner", second, Role.OWNER), member("theirs", second, Role.WATCHER)
    stranger, both = member("stranger", team, Role.RESEARCHER), member("both", second, Role.WATCHER)
    Membership.objects.create(user=both, team=team, role=Role.WATCHER)
    client = signed_in(owner)
    page = client.get("/people/").content.decode()
    assert "theirs" in page
    assert "stranger" not in page
    assert "mara" not in page
    assert client.get(f"/people/{stranger.pk}/").status_code == 404
    for person in (stranger, mara, both):
        for action in ("link/", "do/deactivate/", "do/second-factor/", "do/sessions/"):
            assert client.post(f"/people/{person.pk}/{action}").status_code == 404
    for person in (owner, theirs):
        assert client.post(f"/people/{person.pk}/do/admin/").status_code == 404
    refused = client.post(f"/people/{theirs.pk}/role/", {"team": team.pk, "role": "owner"})
    assert refused.status_code == 404
    assert client.post(f"/people/{theirs.pk}/role/", {"team": second.pk, "role": "owner"}).status_code == 303
    sent = {"name": "X", "email": "x@example.org", "role": "owner", "team": team.pk}
    assert client.post("/people/invite/", sent).status_code == 422
    assert client.get("/people/teams/").status_code == 404
    assert User.objects.get(pk=theirs.pk).team_roles == {second.pk: "owner"}


def test_a_researcher_is_not_led_to_the_page(team: Team) -> None:
    client = signed_in(member("kai", team, Role.RESEARCHER))
    assert "/people/" not in client.get("/staff/account/").content.decode()


def test_an_admin_makes_and_renames_teams(staff: Client, mara: User, team: Team) -> None:
    staff.post("/people/teams/", {"name": "Second lab"})
    made = Team.objects.get(slug="second-lab")
    assert User.objects.get(pk=mara.pk).team_roles[made.pk] == "owner"
    staff.post("/people/teams/second-lab/", {"name": "Another lab"})
    made.refresh_from_db()
    assert made.name == "Another lab"


def test_an_invitation_proposes_the_team_one_works_in(staff: Client, team: Team) -> None:
    staff.post("/people/teams/", {"name": "Another lab"})
    form = staff.get("/people/invite/").context["form"]
    assert form["team"].value() == team.pk
    made = Team.objects.get(slug="another-lab")
    staff.post("/team/", {"team": made.slug})
    assert staff.get("/people/invite/").context["form"]["team"].value() == made.pk


@pytest.mark.django_db(transaction=True)
def test_two_owners_cannot_leave_at_the_same_time() -> None:
    team = Team.objects.create(slug="pair", name="Pair")
    first, second = member("first", team, Role.OWNER), member("second", team, Role.OWNER)

    def demote(person: User, by: User) -> bool:
        try:
            people.change_role(person=person, team=team, role=Role.WATCHER)
        except people.NotPossible:
            return False
        return True

    assert sorted(at_once(lambda: demote(first, second), lambda: demote(second, first))) == [False, True]
    assert team.memberships.filter(role=Role.OWNER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_link_that_two_browsers_use_at_once_works_once() -> None:
    person = User.objects.create_user("bo", is_staff=True)
    link = links.password_link(person, links.BY_COLLEAGUE)
    clients = [Client(), Client()]
    addresses = [client.get(link, follow=True).request["PATH_INFO"] for client in clients]

    def use(client: Client, address: str, password: str) -> int:
        sent = {"new_password1": password, "new_password2": password}
        return client.post(address, sent).status_code

    codes = at_once(
        lambda: use(clients[0], addresses[0], PASSWORD), lambda: use(clients[1], addresses[1], PASSWORD * 2)
    )
    assert sorted(codes) == [303, 403]


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What the calls return, each in a thread with a separate connection, started together."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        gate.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
