"""Teams: reports, tables, cases and the API of results, for the members of the study's team."""

import re

import pytest
from django.test import Client

from analysis.reports import services as reports
from analysis.reports.report_links import create_report_link
from analysis.tables import frames
from evalsite.core.clock import database_now
from evalsite.core.models import Membership, Notification, Role, Team, User, only_team
from generation.models import Script
from tests import factories
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
PAGE = "/studies/harbour/report/"


@pytest.fixture
def ours() -> Team:
    return Team.objects.get(pk=only_team())


@pytest.fixture
def theirs(ours) -> Team:
    return Team.objects.create(slug="theirs", name="Theirs")


def client_of(team: Team, role: str) -> Client:
    return signed_in(factories.member(f"{team.slug}-{role}", team, role=role))


@pytest.mark.slow
def test_watchers_read_the_report_and_no_single_judgments(report, ours):
    watcher, researcher = client_of(ours, Role.WATCHER), client_of(ours, Role.RESEARCHER)
    page, full = (client.get(PAGE).content.decode() for client in (watcher, researcher))
    for part in ("cases/", "bundle.zip", "tables/judgments.csv", "compute/"):
        assert (f"{PAGE}{part}" in page, f"{PAGE}{part}" in full) == (part == "compute/", True), part
    assert "Compute again" in full
    assert "Compute again" not in page
    names = set(re.findall(rf'href="({PAGE}{report.code}/files/[^"]+)"', page))
    assert {name.rsplit("/", 1)[1] for name in names} >= {"report.html", "report.json"}
    assert all(watcher.get(name).status_code == 200 for name in names)


def test_the_api_gives_results_to_watchers_and_rows_to_researchers(report, ours, theirs):
    api = "/api/v1/studies/harbour/"
    expected = {
        Role.OWNER: (200, 200, 200), Role.RESEARCHER: (200, 200, 200), Role.WATCHER: (200, 404, 404),
        Role.REVIEWER: (404, 404, 404),
    }  # fmt: skip
    for team in (ours, theirs):
        for role, codes in expected.items():
            client = client_of(team, role)
            found = tuple(
                client.get(f"{api}{part}").status_code
                for part in (f"reports/{report.code}/", "tables/judgments/", "raters/")
            )
            assert found == (codes if team == ours else (404, 404, 404)), (team, role)
            listed = client.get("/api/v1/studies/").json()["results"]
            assert bool(listed) == (team == ours and role != Role.REVIEWER)


def test_the_report_of_one_study_is_not_at_another(report, ours, theirs, tmp_path):
    """The code of a report of ours, under a study of theirs."""
    study = factories.make_study(tmp_path / "theirs", state="open", team=theirs, word="zarquon")
    factories.unblind(study, [factories.member("una2", theirs), factories.member("dov2", theirs)])
    owner = client_of(theirs, Role.OWNER)
    for part in (f"{report.code}/files/report.json", f"{report.code}/full-pdf/state/"):
        assert owner.get(f"/studies/{study.slug}/report/{part}").status_code == 404
    assert owner.get(f"/api/v1/studies/{study.slug}/reports/{report.code}/").status_code == 404
    until = database_now().date()
    link, _secret = create_report_link(report=report, until=until, note="", by=User.objects.first())
    assert owner.post(f"/studies/{study.slug}/report/links/{link.code}/end/").status_code == 404
    link.refresh_from_db()
    assert link.ended_at is None


def test_public_links_stay_public(report, theirs):
    until = database_now().date()
    _link, secret = create_report_link(report=report, until=until, note="", by=User.objects.first())
    for client in (Client(), client_of(theirs, Role.REVIEWER)):
        assert client.get(f"/shared/{secret}/en/").status_code == 200


@pytest.mark.slow
def test_members_of_the_team_are_notified_of_the_report(report, ours, theirs):
    Notification.objects.all().delete()
    people = [factories.member(role, ours, role=role) for role in Role.values]
    factories.member("stranger", theirs)
    gone = factories.member("gone", ours)
    Membership.objects.filter(user=gone).update(team=theirs)
    reports.build(reports.request(study=report.study, by=None).code)
    told = {row.user.username for row in Notification.objects.all()}
    assert told == {person.username for person in people[:3]} | {"una", "dov"}
    Notification.objects.all().delete()
    reports.build(reports.request(study=report.study, by=gone).code)
    assert not Notification.objects.exists()


def test_a_script_with_the_same_text_for_another_brief_is_not_in_the_table(report, theirs):
    """The table took the writer of whatever script had the same text and system."""
    script = Script.objects.filter(system__slug="people").first()
    brief = script.brief
    series = brief.series
    series.pk, series.slug, series.team = None, "their-series", theirs
    series.save()
    brief.pk, brief.slug, brief.series = None, "their-brief", series
    brief.save()
    script.pk, script.brief, script.writer = None, brief, "zarquon"
    script.save()
    assert "zarquon" not in set(frames.scripts(report.study).frame()["writer"])
