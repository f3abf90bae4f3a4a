"""A stored report is shown only if the audit trail has its digests: then the platform computed it."""

import pytest
from django.db import connection
from django.test import Client

from analysis.models import Report, ReportFile
from analysis.reports import report_link_views, stored_reports
from analysis.reports.report_links import create_report_link
from annotations.models import Study
from evalsite.core.clock import database_now
from evalsite.core.models import User
from tests import factories
from tests.analysis.render.sample import sample_report
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
PAGE = "/studies/harbour/report/"


@pytest.fixture
def report(stored_report: Report) -> Report:
    """The report, whose code other tests have: what the process has rendered of it is forgotten."""
    for rendered in (stored_reports._page, stored_reports._charts, report_link_views._fragment):
        rendered.cache_clear()
    return stored_report


@pytest.fixture
def client_of_owner(report: Report) -> Client:
    return signed_in(factories.person("mara", role=User.Role.ADMIN))


def change_results() -> None:
    """As the application's role can."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE analysis_report SET results = jsonb_set(results, '{seed}', '12345')")


def test_what_was_stored_is_shown(report: Report, client_of_owner: Client) -> None:
    assert client_of_owner.get(PAGE).status_code == 200
    assert client_of_owner.get(f"{PAGE}{report.code}/files/report.pdf").content == b"%PDF stored"
    assert client_of_owner.get(f"/api/v1/studies/harbour/reports/{report.code}/").status_code == 200


def test_changed_results_are_not_shown(report: Report, client_of_owner: Client) -> None:
    _link, secret = create_report_link(
        report=report, until=database_now().date(), note="", by=User.objects.get(username="mara")
    )
    change_results()
    page = client_of_owner.get(PAGE)
    assert page.status_code == 409
    assert f"the results of report {report.code}" in page.content.decode()
    assert client_of_owner.get(f"{PAGE}{report.code}/files/report.zh-hans.html").status_code == 409
    assert client_of_owner.get(f"/api/v1/studies/harbour/reports/{report.code}/").status_code == 409
    assert Client().get(f"/shared/{secret}/en/").status_code == 410


def test_a_changed_file_is_not_handed_out(report: Report, client_of_owner: Client) -> None:
    ReportFile.objects.filter(name="report.pdf").update(content=b"%PDF other")
    assert client_of_owner.get(f"{PAGE}{report.code}/files/report.pdf").status_code == 409
    assert client_of_owner.get(f"{PAGE}bundle.zip").status_code == 409


def test_a_report_that_nobody_computed_is_not_shown(report: Report, client_of_owner: Client) -> None:
    Report.objects.create(study=Study.objects.get(), state="done", results=sample_report())
    assert client_of_owner.get(PAGE).status_code == 409
