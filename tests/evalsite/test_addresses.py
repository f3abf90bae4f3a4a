"""Mail addresses of accounts: which ones count, and whom an invitation by address reaches."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from evalsite.accounts import links, tasks
from evalsite.core.models import AuditEvent, MembershipOffer, Role, Team, User
from tests.factories import member
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
PROF = "prof.new@example.org"


@pytest.fixture
def beta(mara: User) -> Team:
    return Team.objects.create(slug="beta", name="Beta")


@pytest.fixture
def owner(beta: Team) -> Client:
    return signed_in(member("owner", beta, Role.OWNER))


@pytest.fixture
def rey(mara: User) -> User:
    return member("rey", Team.objects.get(slug="team"), Role.REVIEWER)


@pytest.fixture(autouse=True)
def mails(settings, monkeypatch):
    monkeypatch.setattr("evalsite.core.enqueue.transaction.on_commit", lambda call: call())
    monkeypatch.setattr("evalsite.celery.app.send_task", lambda name, args: tasks.mail_link(*args))
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    return mail.outbox


def invite(client: Client, team: Team, email: str = PROF) -> str:
    sent = {"name": "Prof New", "email": email, "role": "owner", "team": team.pk}
    answer = client.post("/people/invite/", sent, follow=True)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def set_address(person: User, email: str, **also: str) -> str:
    sent = {"first_name": "Prof New", "email": email, **also}
    answer = signed_in(User.objects.get(pk=person.pk)).post("/staff/account/details/", sent, follow=True)
    person.refresh_from_db()
    return answer.content.decode()


def link_of(message) -> str:
    return re.search(r"http://[^/]+(/\S+)", message.body)[1]


def test_an_address_changes_when_its_link_is_opened(rey: User, mails) -> None:
    assert "Your address changes when you open it" in set_address(rey, PROF)
    assert (rey.email, rey.first_name) == ("", "Prof New")
    assert [each.to for each in mails] == [[PROF]]
    link, own = link_of(mails[0]), signed_in(rey)
    assert signed_in(User.objects.get(username="mara")).post(link).status_code == 403
    assert PROF in own.get(link).content.decode()
    rey.refresh_from_db()
    assert rey.email == "", "mail scanners open links"
    assert own.post(link).status_code == 303
    rey.refresh_from_db()
    assert (rey.email, rey.email_set_by_self, rey.email_confirmed_at is not None) == (PROF, True, True)
    assert own.post(link).status_code == 403, "a link works once"
    assert AuditEvent.objects.filter(verb="change account", about=f"user:{rey.pk}").exists()


def test_a_link_expires(rey: User, mails, monkeypatch) -> None:
    set_address(rey, PROF)
    later = (timezone.now() + timedelta(days=3, minutes=1)).timestamp()
    token = link_of(mails[0]).split("/")[-2]
    assert links.read_address(rey, token) == PROF
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert links.read_address(rey, token) is None


def test_an_unchanged_address_is_confirmed_by_a_link_too(rey: User, mails) -> None:
    User.objects.filter(pk=rey.pk).update(email="rey@example.org")
    assert "Open it to confirm" in set_address(rey, "rey@example.org", confirm="1")
    signed_in(rey).post(link_of(mails[0]))
    rey.refresh_from_db()
    assert rey.email_confirmed_at
    assert not rey.email_set_by_self, "an admin set it"
    User.objects.filter(pk=rey.pk).update(email="else@example.org")
    rey.refresh_from_db()
    assert rey.email_confirmed_at is None, "a confirmation belongs to one address"


def test_a_claimed_address_gets_no_invitation(rey: User, owner: Client, beta: Team, settings) -> None:
    """A reviewer took the address of a person who was to become an owner of another team."""
    settings.MAILERS = {"default": {"BACKEND": links.DUMMY}}
    set_address(rey, PROF)
    assert (rey.email, rey.email_confirmed_at) == (PROF, None)
    invite(owner, beta)
    rey.refresh_from_db()
    invited = User.objects.get(email=PROF)
    assert (rey.email, invited.username, invited.team_roles) == ("", "prof-new", {beta.pk: "owner"})
    assert list(rey.memberships.values_list("team__slug", flat=True)) == ["team"]
    assert not rey.access_changed_by_other_since(rey.date_joined), "no one else can sign in as rey"


@pytest.mark.parametrize("mailer", ["locmem", "dummy"])
def test_a_membership_starts_when_the_person_accepts(
    rey: User, owner: Client, beta: Team, mails, settings, mailer: str
) -> None:
    settings.MAILERS["default"]["BACKEND"] = f"django.core.mail.backends.{mailer}.EmailBackend"
    User.objects.filter(pk=rey.pk).update(email=PROF)
    pages = [invite(owner, beta), invite(owner, beta, "someone@example.org").replace("someone@", "prof.new@")]
    secret = re.compile(r'value="[^"]{30,}"|nonce="[^"]+"')
    assert secret.sub("", pages[0]) == secret.sub("", pages[1]), "the answer is the same"
    assert "rey" not in owner.get("/people/").content.decode()
    assert PROF in owner.get("/people/").content.decode()
    assert owner.get(f"/people/{rey.pk}/").status_code == 404
    own, offer = signed_in(rey), MembershipOffer.objects.get()
    assert own.get("/staff/account/").context["offers"].get() == offer
    if mailer == "locmem":
        assert (mails[0].to, "/staff/account/" in mails[0].body) == ([PROF], True)
        own.post(f"/staff/account/teams/{offer.pk}/", {"accept": 1})
        links.confirm_address(User.objects.get(pk=rey.pk), PROF)
    assert beta.pk not in User.objects.get(pk=rey.pk).team_roles
    assert owner.post(f"/staff/account/teams/{offer.pk}/", {"accept": 1}).status_code == 404
    assert own.post(f"/staff/account/teams/{offer.pk}/", {"accept": 1}).status_code == 303
    assert User.objects.get(pk=rey.pk).team_roles[beta.pk] == "owner"
    line = AuditEvent.objects.filter(verb="set team role", about=f"user:{rey.pk}").latest("pk")
    assert (line.who, line.detail["team"]) == ("rey", "beta")


def test_an_offer_ends_when_declined_withdrawn_or_its_maker_left(
    rey: User, owner: Client, beta: Team
) -> None:
    User.objects.filter(pk=rey.pk).update(email=PROF)
    own = signed_in(rey)
    for client, address in ((own, "/staff/account/teams/{}/"), (owner, "/people/invite/{}/withdraw/")):
        invite(owner, beta)
        assert client.post(address.format(MembershipOffer.objects.get().pk)).status_code == 303
        assert not MembershipOffer.objects.exists()
    assert AuditEvent.objects.filter(verb="end invitation", about=f"user:{rey.pk}").count() == 2
    invite(owner, beta)
    User.objects.filter(username="owner").update(is_active=False)
    answer = own.post(f"/staff/account/teams/{MembershipOffer.objects.get().pk}/", {"accept": 1}, follow=True)
    assert "no longer valid" in answer.content.decode()
    assert beta.pk not in User.objects.get(pk=rey.pk).team_roles
