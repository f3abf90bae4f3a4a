"""Teams: people reach studies of their own teams, as far as their role goes, and see nothing of others."""

import re
from itertools import product

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from annotations.mailing import notices, outbox
from annotations.mailing.invitation_list import read_text
from annotations.mailing.inviting import invite
from annotations.models import LeakFinding, Mail, Study
from annotations.staff.studies import inactivity, managing, study_states
from evalsite.core.clock import database_now
from evalsite.core.codes import random_code
from evalsite.core.models import Membership, Notification, Role, Team, User, only_team, record
from evalsite.core.notifications import notify
from tests import factories
from tests.invariants.addresses import study_address
from tests.invariants.permissions import API, STUDIES
from tests.smtp_server import smtp_server
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
WORD = "zarquon"
"""Part of every text of the other team."""


@pytest.fixture
def ours() -> Team:
    return Team.objects.get(pk=only_team())


@pytest.fixture
def theirs(ours) -> Team:
    return Team.objects.create(slug=f"{WORD}-team", name=f"Team {WORD}")


def people_of(team: Team) -> dict[str, Client]:
    """A person in each role of the team, signed in."""
    return {role: signed_in(factories.member(f"{team.slug}-{role}", team, role=role)) for role in Role.values}


@pytest.fixture
def unblinded(tmp_path, ours) -> Study:
    """A study of ours with something at each address."""
    study = factories.make_unblinded(tmp_path, report=True)
    assert study.team == ours
    return study


# Every address about a study


def answer_of(client: Client, method: str, address: str) -> tuple[int, str]:
    answer = client.get(address) if method == "GET" else client.post(address)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, body.decode("utf-8", "replace")


@pytest.mark.parametrize(
    "roles", [[Role.OWNER], pytest.param([*Role.values], marks=pytest.mark.slow)], ids=["owner", "all"]
)
def test_a_study_of_another_team_is_like_one_that_does_not_exist(unblinded, theirs, roles):
    """Before there were teams, each of these answers was the study's page or what it did."""
    members = people_of(theirs)
    people = {role: members[role] for role in roles}
    people["superuser of no team"] = signed_in(
        factories.member("root", theirs, is_superuser=True, role=Role.OWNER)
    )
    User.objects.get(username="root").memberships.all().delete()
    routes = [route for route in STUDIES | API if "<slug:slug>" in route]
    addresses = {route: study_address(route, unblinded) for route in routes}
    wrong = []
    for route, method in product(routes, ("GET", "POST")):
        address = addresses[route]
        unknown = address.replace(f"/{unblinded.slug}/", "/no-such-study/")
        for who, client in people.items():
            status, body = answer_of(client, method, address)
            expected, other = answer_of(client, method, unknown)
            same = _plain(body, unblinded.slug) == _plain(other, "no-such-study")
            if not (status in (404, 405) and status == expected and same):
                wrong.append((who, method, address, status, expected, same))
    assert wrong == []


def _plain(body: str, slug: str) -> str:
    """Without what is another on each page: tokens, and the address itself in the form for the language."""
    return re.sub(r'(value="[^"]*"|nonce-\w+)', "", body.replace(slug, "SLUG"))


# Nothing of the other team on any page


@pytest.fixture
def other_study(tmp_path, theirs) -> Study:
    """A closed study of the other team: the word is in its texts, its people, raters, mails and trail."""
    study = factories.make_study(tmp_path / "theirs", state="open", team=theirs, word=WORD)
    factories.fill(study, raters=2)
    rows = read_text(f"label,mail,languages\n{WORD} Rater,{WORD}@example.org,en").rows
    invite(study=study, rows=rows, code=random_code(16), by=f"{WORD}-owner", send=False)
    study_states.amend(study=study, by=f"{WORD}-owner", text=f"An amendment of {WORD}")
    LeakFinding.objects.create(study=study, brief_slug=f"{WORD}-scene-en-1", kind="model", excerpt=WORD)
    # Lines on a brief whose slug is that of a study of ours.
    record(who=f"{WORD}-owner", verb="load brief (created)", about="harbour", series=WORD)
    record(who=f"{WORD}-owner", verb="download", about="harbour", format="docx", system=WORD)
    return study


LISTS = (
    "/studies/", "/studies/?archived=1", f"/studies/?q={WORD}", "/studies/new/", "/studies/new/file/",
    "/studies/harbour/", "/studies/harbour/?trail=all", "/studies/harbour/unblind/",
    "/studies/harbour/raters/", "/studies/harbour/duplicate/", "/studies/new/file/?study=harbour",
    "/api/v1/studies/", "/api/v1/studies/harbour/", "/notifications/", "/planning/", "/admin/",
    "/admin/core/auditevent/",
)  # fmt: skip


@pytest.mark.slow
def test_no_page_shows_anything_of_another_team(tmp_path, ours, theirs, other_study):
    factories.make_study(tmp_path / "ours", state="closed", team=ours)
    root = factories.member("root", ours, role=Role.OWNER, is_superuser=True)
    factories.member(f"{WORD}-owner", theirs, role=Role.OWNER)
    record(who="console", verb="add account", about=f"{WORD}-owner")
    clients = [signed_in(root), *people_of(ours).values()]
    for client in clients:
        for address in LISTS:
            answer = client.get(address)
            body = answer.content.decode().replace(f'value="{WORD}"', "")
            if address == "/admin/core/auditevent/":  # accounts belong to the site
                body = body.replace(f"{WORD}-owner", "")
            assert WORD not in body.replace(f"q={WORD}", ""), (address, answer.status_code)
    page = signed_in(root).get("/studies/").content.decode()
    assert "/studies/harbour/" in page
    their_page = signed_in(User.objects.get(username=f"{WORD}-owner")).get("/studies/").content.decode()
    assert f"/studies/{WORD}-harbour/" in their_page
    assert 'href="/studies/harbour/"' not in their_page


def test_a_person_without_a_team_sees_no_study(unblinded):
    root = User.objects.create_superuser("root")
    root.memberships.all().delete()
    page = signed_in(root).get("/studies/").content.decode()
    assert unblinded.slug not in page
    assert "You aren't in a team yet." in " ".join(page.replace("&#x27;", "'").split())


# Two teams of one person


@pytest.fixture
def both(ours, theirs) -> User:
    """Researcher in ours, watcher in theirs."""
    user = factories.member("bo", ours)
    Membership.objects.create(user=user, team=theirs, role=Role.WATCHER)
    return User.objects.get(pk=user.pk)


def test_someone_in_two_teams_switches_between_them(tmp_path, ours, both, other_study):
    mine = factories.make_study(tmp_path / "ours", state="draft", team=ours)
    client = signed_in(both)
    page = client.get("/studies/").content.decode()
    assert f'<option value="{WORD}-team">' in page
    assert f"/studies/{mine.slug}/" in page
    assert f"/studies/{other_study.slug}/" not in page
    assert client.get(f"/studies/{other_study.slug}/").status_code == 200
    assert client.post("/team/", {"team": f"{WORD}-team"})["Location"] == "/"
    page = client.get("/studies/").content.decode()
    assert f"/studies/{other_study.slug}/" in page
    assert f'href="/studies/{mine.slug}/"' not in page
    assert 'href="/studies/new/"' not in page
    assert client.get("/studies/new/").status_code == 404
    assert client.get(f"/studies/{mine.slug}/edit/").status_code == 200
    assert client.post(f"/studies/{other_study.slug}/amend/", {"text": "x"}).status_code == 404


@pytest.mark.slow
def test_a_study_file_stays_in_the_team_of_its_study(tmp_path, ours, both, other_study):
    """Also while its author works in another team."""
    Membership.objects.filter(user=both).update(role=Role.RESEARCHER)
    theirs = managing.duplicate_study(study=other_study, slug="second", title={"en": "Second"}, by="test")
    client = signed_in(both)
    page = client.get(f"/studies/new/file/?study={theirs.slug}").content.decode()
    assert f'name="study" value="{theirs.slug}"' in page
    text = managing_file(theirs).replace("Second", "Third", 1)
    sent = {"step": "make", "text": text, "name": "x.yaml", "study": theirs.slug}
    assert client.post("/studies/new/file/", sent).status_code == 303
    theirs.refresh_from_db()
    assert (theirs.title, theirs.team) == ({"en": "Third"}, other_study.team)
    for query in ("study=%00", "study=../x"):
        assert client.get(f"/studies/new/file/?{query}").status_code == 404
    assert client.get("/studies/?q=a%00").status_code == 200


@pytest.mark.parametrize("team", ["elsewhere", "", "x" * 5000, "a\x00b"])
def test_nobody_switches_to_a_team_of_others(both, team):
    Team.objects.create(slug="elsewhere", name="Elsewhere")
    assert signed_in(both).post("/team/", {"team": team}).status_code == 404


def test_with_one_team_there_is_nothing_to_switch(ours):
    for client in people_of(ours).values():
        assert "team-switch" not in client.get("/help/").content.decode()


def test_reviewers_are_led_past_studies(ours):
    client = people_of(ours)[Role.REVIEWER]
    start = client.get("/", follow=True)
    assert start.status_code == 200
    assert start.redirect_chain[0][0].startswith("/generation/")
    assert 'href="/studies/"' not in client.get("/help/").content.decode()
    assert 'href="/studies/"' not in client.get("/studies/").content.decode()


# What watchers and researchers are offered


PAGES = ("/studies/harbour/", "/studies/harbour/report/", "/studies/")


@pytest.mark.slow
def test_no_link_that_a_watcher_is_offered_is_refused(unblinded, ours):
    watcher = people_of(ours)[Role.WATCHER]
    for page in PAGES:
        body = watcher.get(page).content.decode()
        links = set(re.findall(r'(?:href|data-live|data-poll)="(/[^"#]*)"', body))
        assert [link for link in links if watcher.get(link).status_code not in (200, 302)] == [], page


def test_a_watcher_is_offered_no_form_that_is_refused(unblinded, ours):
    people = people_of(ours)
    watcher, owner = people[Role.WATCHER], people[Role.OWNER]
    for page in PAGES:
        body = watcher.get(page).content.decode()
        posts = set(re.findall(r'action="(/[^"#]*)"', body)) & set(
            re.findall(r'action="(/[^"#]*)"[^>]*>(?:(?!</form>).)*<button', body, re.DOTALL)
        )
        assert posts == {"/language/", "/display/", "/staff/logout/"}, page
    assert "/delete/" not in people[Role.RESEARCHER].get(f"/studies/{unblinded.slug}/").content.decode()
    assert "/report/links/" in owner.get(f"/studies/{unblinded.slug}/report/").content.decode()


def test_watchers_of_a_draft_see_that_it_is_being_prepared(tmp_path, ours):
    study = factories.make_study(tmp_path, state="draft")
    body = people_of(ours)[Role.WATCHER].get(f"/studies/{study.slug}/").content.decode()
    assert "still being prepared" in body
    assert "/preview/" not in body
    assert "Audit trail" not in body


# Files and names


def test_a_slug_of_another_team_is_only_said_to_be_taken(tmp_path, ours, other_study):
    own = factories.make_study(tmp_path / "ours", state="draft", team=ours)
    client = people_of(ours)[Role.RESEARCHER]
    fields = {"slug": other_study.slug, "title_en": "Mine"}
    for page in ("duplicate", "rename"):
        answer = client.post(f"/studies/{own.slug}/{page}/", fields)
        assert answer.status_code == 422
        assert "This slug is taken on this site." in answer.content.decode()
    text = managing_file(own).replace(f"slug: {own.slug}", f"slug: {other_study.slug}", 1)
    answer = client.post("/studies/new/file/", {"step": "make", "text": text, "name": "mine.yaml"})
    assert answer.status_code == 422
    body = answer.content.decode()
    assert f"The slug {other_study.slug} is taken on this site." in body
    assert other_study.get_state_display() not in re.sub(
        r"<textarea.*?</textarea>", "", body, flags=re.DOTALL
    )
    other_study.refresh_from_db()
    assert other_study.state == Study.State.OPEN


def managing_file(study: Study) -> str:
    from annotations.spec.values import from_json
    from annotations.staff.study_form import new_study

    return new_study.build_study_file(new_study.study_file_values(from_json(study.spec)))


def test_a_study_file_uses_nothing_of_another_team(tmp_path, ours, other_study):
    own = factories.make_study(tmp_path / "ours", state="draft", team=ours)
    client = people_of(ours)[Role.RESEARCHER]
    text = managing_file(own).replace(f"slug: {own.slug}", "slug: borrowed", 1)

    def refused(text: str) -> str:
        answer = client.post("/studies/new/file/", {"step": "make", "text": text, "name": "mine.yaml"})
        assert answer.status_code == 422
        return answer.content.decode()

    brief = text.replace("- scene-en-1\n", f"- scene-en-1\n  - {WORD}-scene-en-1\n", 1)
    assert f"There is no stored brief {WORD}-scene-en-1." in refused(brief)
    series = re.sub(r"^briefs:\n(?:  - .*\n)+", f"briefs:\n  - series: {WORD}-pier-en\n", text, flags=re.M)
    assert f"Series {WORD}-pier-en has no stored briefs." in refused(series)
    system = text.replace("quillon", f"{WORD}-quillon")
    assert f"The slug {WORD}-quillon is taken on this site." in refused(
        system.replace("missing_script: refuse", "missing_script: loss")
    ) or "has no script" in refused(system)
    assert not Study.objects.filter(slug="borrowed").exists()


def test_the_form_offers_briefs_and_systems_of_the_current_team(tmp_path, ours, both, other_study):
    factories.make_study(tmp_path / "ours", state="draft", team=ours)
    Membership.objects.filter(user=both).update(role=Role.RESEARCHER)
    client = signed_in(both)
    page = client.get("/studies/new/").content.decode()
    assert "scene-en-1" in page
    assert "quillon" in page
    assert f"{WORD}-scene" not in page
    assert f"{WORD}-quillon" not in page
    client.post("/team/", {"team": f"{WORD}-team"})
    page = client.get("/studies/new/").content.decode()
    assert f"{WORD}-quillon" in page
    assert 'value="brief:scene-en-1"' not in page


def test_copies_and_previews_stay_in_the_team(other_study, theirs):
    copy = managing.duplicate_study(study=other_study, slug="copy", title={"en": "Copy"}, by="test")
    assert copy.team == theirs
    client = people_of(theirs)[Role.RESEARCHER]
    assert client.get("/studies/copy/preview/", follow=True).status_code == 200
    assert client.get("/studies/copy/preview/r/go/consent/").status_code == 200


def test_load_study_asks_for_a_team_on_a_site_with_several(tmp_path, ours, theirs):
    file = factories.write_study(tmp_path)
    with pytest.raises(CommandError, match=f"several teams: .*{WORD}-team.*--team"):
        call_command("load_study", str(file))
    with pytest.raises(CommandError, match="there is no team nowhere"):
        call_command("load_study", str(file), team="nowhere")
    call_command("load_study", str(file), team=theirs.slug)
    assert Study.objects.get().team == theirs


# Notifications and mails


def test_only_the_team_is_notified(other_study, theirs, ours):
    people_of(ours)
    people_of(theirs)
    Study.objects.filter(pk=other_study.pk).update(opened_at="2020-01-01T00:00Z")
    other_study.raters.first().assignments.update(submitted_at="2020-01-01T00:00Z")
    for rater in other_study.raters.all():
        rater.assignments.update(submitted_at="2020-01-01T00:00Z")
    inactivity.notify_of_inactive_studies()
    told = {row.user.username for row in Notification.objects.all()}
    assert told == {f"{theirs.slug}-owner", f"{theirs.slug}-researcher"}


def test_whoever_has_left_the_team_reads_no_notification_of_it(other_study, theirs, ours, settings):
    user = factories.member("bo", theirs, email="bo@example.org")
    notify([user], "study-full", other_study.slug, title=other_study.title)
    client = signed_in(user)
    assert WORD in client.get("/notifications/").content.decode()
    Membership.objects.filter(user=user).update(team=ours)
    with smtp_server() as box:
        settings.MAILERS = box.mailers
        notices.queue_notices()
        outbox.send_due()
        assert box.recipients() == []
    page = client.get("/notifications/").content.decode()
    assert WORD not in page
    assert "badge-count" not in page
    assert client.post(f"/notifications/{Notification.objects.get().pk}/").status_code == 404


def test_an_owner_of_another_team_decides_about_no_mail(other_study, theirs, ours):
    user = factories.member("bo", theirs, email="bo@example.org")
    notify([user], "study-full", other_study.slug, title=other_study.title)
    texts = {"en": {"subject": WORD, "body": WORD}}
    code = f"notice{Notification.objects.get().pk}"
    outbox.queue(study=None, kind="notice", texts=texts, by="system", users=[user], code=code)
    Mail.objects.update(state=Mail.State.UNKNOWN, ended_at=database_now())
    address = f"/notifications/mails/{Mail.objects.get().code}/"
    for team, sees in ((ours, False), (theirs, True)):
        owner = people_of(team)[Role.OWNER]
        assert (address in owner.get("/notifications/").content.decode()) is sees
        assert owner.post(address, {"do": "sent"}).status_code == (303 if sees else 404)


def test_someone_of_another_team_cannot_unblind(other_study, ours, theirs):
    from annotations.blinding import unblinders, unblinding

    study_states.transition(study=other_study, verb="close", by="test")
    stranger, watcher = factories.member("bo", ours), factories.member("wu", theirs, role=Role.WATCHER)
    for user in (stranger, watcher):
        with pytest.raises(unblinders.NotStaff):
            unblinding.request(study=other_study, by=user, reason="curious")
    asked = unblinding.request(study=other_study, by=factories.member("una", theirs), reason="done")
    with pytest.raises(unblinders.NotStaff):
        unblinding.confirm(request=asked, by=stranger)
    assert {row.user.username for row in Notification.objects.all()} == set()


def test_raters_of_another_team_are_no_ones_here(other_study, ours):
    """A code of another study, under the address of an own one."""
    rater = other_study.raters.first()
    client = people_of(ours)[Role.OWNER]
    assert client.get(f"/studies/{other_study.slug}/raters/{rater.code}/").status_code == 404
