"""Tokens: who gets in with one, what it can do, and when it ends."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from evalsite.api import tokens
from evalsite.api.models import Token
from evalsite.api.scopes import OF_ROLE
from evalsite.core.models import AuditEvent, Membership, Role, Team, User, only_team
from tests import factories
from tests.api.conftest import Program, program_of
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
STUDIES = "/api/v1/studies/"


def test_a_token_reads_what_its_person_sees(program, tmp_path):
    factories.make_study(tmp_path, state="draft")
    assert [row["slug"] for row in program.get(STUDIES).json()["results"]] == ["harbour"]


def test_only_a_hash_is_stored(program):
    stored = Token.objects.values().get()
    assert program.secret.startswith("evs_")
    assert program.secret not in str(stored)
    assert program.secret.startswith(stored["prefix"])


@pytest.mark.parametrize("secret", ["", "evs_", "evs_wrong", "x" * 5000, "evs_é"])
def test_a_wrong_token_is_401_and_asks_for_one(db, secret):
    answer = Client().get(STUDIES, headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_no_token_is_401(db):
    answer = Client().get(STUDIES)
    assert answer.status_code == 401
    assert "Authorization: Bearer" in answer.json()["detail"]


def test_a_wrong_token_is_refused_also_with_a_session(lin):
    answer = signed_in(lin).get(STUDIES, headers={"Authorization": "Bearer evs_wrong"})
    assert answer.status_code == 401


def expire(program: Program, lin: User) -> None:
    Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def revoke(program: Program, lin: User) -> None:
    tokens.revoke_token(token=program.token, by="test")


def deactivate(program: Program, lin: User) -> None:
    lin.is_active = False
    lin.save()


def deactivate_in_sql(program: Program, lin: User) -> None:
    User.objects.filter(pk=lin.pk).update(is_active=False)


def leave_staff(program: Program, lin: User) -> None:
    lin.is_staff = False
    lin.save()


def leave_team(program: Program, lin: User) -> None:
    lin.memberships.get().delete()


def lower_role(program: Program, lin: User) -> None:
    membership = lin.memberships.get()
    membership.role = Role.WATCHER
    membership.save()


def lower_role_in_sql(program: Program, lin: User) -> None:
    lin.memberships.update(role=Role.WATCHER)


def delete_person(program: Program, lin: User) -> None:
    lin.delete()


ENDS = [
    expire, revoke, deactivate, deactivate_in_sql, leave_staff, leave_team, lower_role, lower_role_in_sql,
    delete_person,
]  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_a_token_ends(program, lin, end):
    assert program.get(STUDIES).status_code == 200
    end(program, lin)
    assert program.get(STUDIES).status_code == 401


@pytest.mark.parametrize("end", [deactivate, leave_team, lower_role])
def test_an_ended_token_does_not_come_back(program, lin, end):
    end(program, lin)
    User.objects.filter(pk=lin.pk).update(is_active=True)
    lin.memberships.all().delete()
    Membership.objects.create(user=User.objects.get(pk=lin.pk), team_id=only_team(), role=Role.RESEARCHER)
    assert program.get(STUDIES).status_code == 401


def test_a_missing_scope_is_403_and_named(lin):
    answer = program_of(lin, "results:read").get(STUDIES)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert "studies:read" in answer.json()["detail"]


def test_reading_does_not_allow_writing(lin, tmp_path):
    study = factories.make_study(tmp_path, state="open")
    assert program_of(lin, "studies:read").post(f"{STUDIES}harbour/close/").status_code == 403
    study.refresh_from_db()
    assert study.state == "open"


def test_a_scope_gives_no_more_than_the_role(lin, tmp_path):
    """A token whose scopes are above the role, as after a change in the database."""
    factories.make_study(tmp_path, state="open")
    lower_role_in_sql(program_of(lin), lin)
    Token.objects.update(role=Role.WATCHER)
    weak = program_of(User.objects.get(pk=lin.pk))
    Token.objects.update(scopes=list(OF_ROLE[Role.OWNER]))
    assert weak.get(f"{STUDIES}harbour/").status_code == 200
    assert weak.post(f"{STUDIES}harbour/close/").status_code == 404
    assert weak.get(f"{STUDIES}harbour/raters/").status_code == 404


def test_a_token_sees_one_team_alone(lin, tmp_path):
    """A person in two teams: the token is for one of them."""
    second = Team.objects.create(slug="second", name="Second")
    only = Team.objects.get(slug="team")
    Membership.objects.create(user=lin, team=second, role=Role.OWNER)
    factories.make_study(tmp_path, state="open", team=only)
    elsewhere = program_of(User.objects.get(pk=lin.pk), team=second)
    assert elsewhere.get(STUDIES).json()["results"] == []
    assert elsewhere.get(f"{STUDIES}harbour/").status_code == 404
    assert elsewhere.post(f"{STUDIES}harbour/close/").status_code == 404
    assert program_of(User.objects.get(pk=lin.pk), team=only).get(f"{STUDIES}harbour/").status_code == 200


def test_too_many_requests_are_429(program, settings):
    settings.API_REQUESTS_PER_MINUTE = 2
    answers = [program.get(STUDIES) for _ in range(7)]
    refused = [answer for answer in answers if answer.status_code == 429]
    # A minute may end between them.
    assert refused
    assert 1 <= int(refused[0]["Retry-After"]) <= 60
    assert refused[0].json()["status"] == 429


def test_second_factor_is_needed_where_the_role_needs_one(db, settings):
    owner = factories.member("orla", Team.objects.get(pk=only_team()), role=Role.OWNER)
    program = program_of(owner)
    settings.REQUIRE_SECOND_FACTOR = True
    assert program.get(STUDIES).json()["code"] == "second_factor_missing"
    page = signed_in(owner).get("/staff/account/tokens/new/")
    assert page.status_code == 302


def test_last_use_is_stored_to_the_minute(program):
    program.get(STUDIES)
    used = Token.objects.get().last_used_at
    assert (used.second, used.microsecond) == (0, 0)


# The command


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("create_token", *words, stdout=out)
    return out.getvalue().strip()


def test_the_command_prints_a_token_that_works(lin):
    secret = run("lin", "--scope", "studies:read", "studies:write", "--days", "2")
    token = Token.objects.get()
    assert token.scopes == ["studies:read", "studies:write"]
    assert timedelta(days=1) < token.expires_at - timezone.now() <= timedelta(days=2)
    assert Program(token, secret).get(STUDIES).status_code == 200
    line = AuditEvent.objects.get(verb="create API token")
    assert (line.who, line.about) == ("console", f"user:{lin.pk}")
    assert secret not in str(line.detail)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("nobody", "--scope", "studies:read"), "no account nobody"),
        (("lin",), "choose from studies:read, studies:write"),
        (("lin", "--scope", "all"), "no scope all"),
        (("lin", "--scope", "studies:read", "--days", "0"), "1 to 366"),
        (("lin", "--scope", "studies:read", "--team", "none"), "no team none"),
    ],
)
def test_the_command_refuses(lin, words, text):
    with pytest.raises(CommandError, match=text):
        run(*words)


def test_the_command_needs_one_team_of_several(lin):
    Team.objects.create(slug="second", name="Second")
    with pytest.raises(CommandError, match="--team"):
        run("lin", "--scope", "studies:read")
    assert run("lin", "--scope", "studies:read", "--team", "team")


def test_a_watcher_gets_no_writing_scope(watcher):
    with pytest.raises(CommandError, match="can't give studies:write"):
        run("wen", "--scope", "studies:write")


# The pages


def test_the_form_proposes_the_current_team_and_names_each_scope_once(lin):
    browser, own = signed_in(lin), lin.memberships.get()
    page = browser.get("/staff/account/tokens/new/").content.decode()
    assert f'<input type="hidden" name="membership" value="{own.pk}"' in page
    assert page.count("studies:read") == 2  # The box's value and its label.
    first = Membership.objects.create(
        user=lin, team=Team.objects.create(slug="a-lab", name="A lab"), role=Role.OWNER
    )
    for membership in (own, first):
        browser.post("/team/", {"team": membership.team.slug})
        page = browser.get("/staff/account/tokens/new/").content.decode()
        assert f'<option value="{membership.pk}" selected>' in page


def test_a_token_is_created_shown_once_and_revoked(lin):
    browser = signed_in(lin)
    assert "You have no tokens" in browser.get("/staff/account/tokens/").content.decode()
    fields = {
        "name": "nightly",
        "membership": lin.memberships.get().pk,
        "scopes": ["studies:read"],
        "days": 30,
    }
    shown = browser.post("/staff/account/tokens/new/", fields, follow=True).content.decode()
    token = Token.objects.get()
    assert token.prefix in shown
    secret = shown.split('id="fresh" value="')[1].split('"')[0]
    assert Program(token, secret).get(STUDIES).status_code == 200
    assert secret not in browser.get("/staff/account/tokens/").content.decode()
    address = f"/staff/account/tokens/{token.code}/revoke/"
    assert "Revoke the token nightly?" in browser.get(address).content.decode()
    browser.post(address)
    assert Program(token, secret).get(STUDIES).status_code == 401
    verbs = AuditEvent.objects.filter(verb__contains="API token").order_by("pk").values_list("verb", "who")
    assert list(verbs) == [("create API token", "lin"), ("revoke API token", "lin")]


def test_the_form_names_what_is_missing(lin):
    answer = signed_in(lin).post("/staff/account/tokens/new/", {"days": 30})
    assert answer.status_code == 422
    assert Token.objects.count() == 0


def test_nobody_revokes_or_sees_a_token_of_someone_else(program, jonas):
    browser = signed_in(jonas)
    assert program.token.prefix not in browser.get("/staff/account/tokens/").content.decode()
    assert browser.post(f"/staff/account/tokens/{program.token.code}/revoke/").status_code == 404
    assert program.get(STUDIES).status_code == 200


def test_the_pages_are_in_chinese(program, lin):
    browser = signed_in(lin)
    browser.cookies["django_language"] = "zh-hans"
    for path in ("", "new/", f"{program.token.code}/revoke/"):
        assert "令牌" in browser.get(f"/staff/account/tokens/{path}").content.decode()
