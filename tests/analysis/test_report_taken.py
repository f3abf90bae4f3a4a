"""Report pages: tables of the report page, and its methods, as files; and the script that copies them."""

import re

import pytest

from analysis.render import charts, export_table, report_js
from analysis.render.page import build_document
from evalsite.core.models import AuditEvent
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = "/studies/harbour/report/"


@pytest.fixture
def report(tmp_path):
    report = factories.make_unblinded(tmp_path, report=True).reports.get()
    assert report.state == "done", report.reason
    return report


def test_it_works(report, staff):
    """Each is what the page's buttons copy, in the page's language, and taking it away is logged."""
    links = re.findall(rf'href="{PAGE}{report.code}/tables/([^"]+)"', staff.get(PAGE).content.decode())
    tables, papers = (
        build_document(report.results, "en").tables(),
        ["methods.txt", "methods.md", "methods.tex"],
    )
    data = [f"chart-{chart.file.removesuffix('.svg')}.csv" for chart in charts(report.results)]
    saved = [*papers, *data, *(f"{id}.{form}" for id in tables for form in ("csv", "tex"))]
    assert sorted(links) == sorted(saved)
    for name, form in (
        ("mean-scores", "csv"),
        ("win-rates-1", "tex"),
        ("methods", "md"),
        ("chart-flow", "csv"),
    ):
        answer = staff.get(f"{PAGE}{report.code}/tables/{name}.{form}")
        assert answer.content.decode() == export_table(report.results, name, form)
        assert answer["Content-Disposition"] == f'attachment; filename="harbour-{name}.{form}"'
        assert AuditEvent.objects.filter(
            verb="download", who="mara", about="harbour", detail__file=f"{name}.{form}"
        ).exists()
    chinese = staff.get(f"{PAGE}{report.code}/tables/mean-scores.tex", headers={"Accept-Language": "zh-hans"})
    assert "平均分" in chinese.content.decode()
    for name in ("nothing.csv", "mean-scores.exe", "mean-scores.txt", "methods.csv", "chart-no.csv"):
        assert staff.get(f"{PAGE}{report.code}/tables/{name}").status_code == 404
    assert staff.get(f"{PAGE}abcdef/tables/mean-scores.csv").status_code == 404


def test_a_sealed_study_gives_none(staff, tmp_path):
    factories.make_study(tmp_path, state="closed")
    assert staff.get(f"{PAGE}abcdef/tables/mean-scores.csv").status_code == 403


def test_the_script_is_the_reports_own(db, staff):
    answer = staff.get("/studies/report.js")
    assert answer.content.decode() == report_js()
    assert answer["Content-Type"].startswith("text/javascript")
