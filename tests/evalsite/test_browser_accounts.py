"""In a browser: an authenticator app and a passkey are set up, and used to sign in."""

import pytest
from playwright.sync_api import expect

from evalsite.accounts import links
from evalsite.core.models import MembershipOffer, Team, User
from tests.browser import NARROW, axe_in_every_theme, overflow, visit
from tests.evalsite.test_second_factor import fresh_code

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long enough phrase"
TYPES = ["totp", "recovery_codes", "webauthn"]


@pytest.fixture
def address(live_server, settings) -> str:
    """The site as on a domain: browsers treat localhost as one, so passkeys work there."""
    settings.PASSKEYS, settings.MFA_SUPPORTED_TYPES = True, TYPES
    User.objects.create_superuser("ada", "ada@example.org", password=PASSWORD)
    return live_server.url


def sign_in(page) -> None:
    page.goto("/staff/login/?next=/staff/account/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_an_authenticator_app(address: str) -> None:
    with visit(address) as context:
        page = context.new_page()
        sign_in(page)
        page.get_by_role("link", name="Set up an app").click()
        page.get_by_text("I can't scan it").click()
        secret = page.locator("code.key").inner_text()
        assert axe_in_every_theme(page) == []
        page.get_by_label("Six-digit code").fill(fresh_code(secret, ahead=-1))
        page.get_by_role("button", name="Turn on").click()
        expect(page.locator(".recovery-codes li")).to_have_count(10)
        page.get_by_role("link", name="Done").click()
        page.get_by_role("button", name="Sign out", exact=True).click()
        sign_in(page)
        assert axe_in_every_theme(page) == []
        page.get_by_label("Code").fill(fresh_code(secret))
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_a_passkey(address: str) -> None:
    with visit(address) as context:
        page = context.new_page()
        tools = context.new_cdp_session(page)
        tools.send("WebAuthn.enable")
        device = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True}
        options = {**device, "isUserVerified": True, "automaticPresenceSimulation": True}
        tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        sign_in(page)
        page.get_by_role("link", name="Add a passkey").click()
        page.get_by_role("button", name="Add passkey").click()
        expect(page.locator(".recovery-codes li")).to_have_count(10)
        page.get_by_role("button", name="Sign out", exact=True).click()
        sign_in(page)
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_role("heading", name="Your account")).to_be_visible()
        page.goto("/staff/account/confirm/?next=/people/")
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_role("heading", name="People")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_hold_on_a_phone_and_for_screen_readers(address: str, language: str) -> None:
    person = User.objects.create_user("bo", "bo@example.org", is_staff=True)
    ada, team = User.objects.get(username="ada"), Team.objects.create(slug="beta", name="Beta")
    MembershipOffer.objects.create(user=ada, team=team, role="owner", email="ada@example.org", by=person)
    pages = [
        "/staff/account/",
        links.link_of(ada, "address", "ada.l@example.org").removeprefix("http://127.0.0.1:8000"),
        "/staff/account/password/",
        "/people/",
        "/people/invite/",
        "/people/teams/",
        f"/people/{person.pk}/",
        f"/people/{person.pk}/link/",
        f"/people/{person.pk}/do/deactivate/",
    ]
    with visit(address, width=NARROW) as context:
        page = context.new_page()
        sign_in(page)
        context.add_cookies([{"name": "django_language", "value": language, "url": address}])
        for each in pages:
            page.goto(each)
            assert overflow(page) <= 0, each
            assert axe_in_every_theme(page) == [], each
