"""Report pages: the report of an unblinded study, while it is computed, when it failed, and to take away."""

import io
import json
import re
import zipfile

import pytest

from analysis.render import charts, export_table, render_fragment, report_js
from analysis.render.page import build_document
from analysis.reports import services as reports
from evalsite.core.models import AuditEvent
from tests import factories
from tests.annotations.blinding.tampering import unguarded
from tests.annotations.staff.studies.test_study_page import text_of

pytestmark = pytest.mark.django_db
PAGE = "/studies/harbour/report/"
PASSAGES = f"{PAGE}cases/passages/"


def test_it_works(report, staff):
    answer = staff.get(PAGE)
    plots = f"/studies/harbour/report/{report.code}/files/plots/"
    tables = f"/studies/harbour/report/{report.code}/tables/"
    page = answer.content.decode()
    assert render_fragment(report.results, plots, tables_url=tables, passages_url=PASSAGES) in page
    assert answer.content.decode().count("<h1") == 1


def test_the_section_on_errors_leads_to_the_marked_passages(report, staff):
    page = staff.get(PAGE).content.decode()
    section = page[page.index('id="rep-which-errors-section"') :]
    section = section[: section.index("</section>")]
    assert f'href="{PASSAGES}"' in section


def test_chinese_is_the_same_report_in_chinese(report, staff):
    answer = staff.get(PAGE, headers={"Accept-Language": "zh-hans"})
    plots = f"/studies/harbour/report/{report.code}/files/plots/zh-hans/"
    tables = f"/studies/harbour/report/{report.code}/tables/"
    page = answer.content.decode()
    assert render_fragment(report.results, plots, "zh-hans", tables_url=tables, passages_url=PASSAGES) in page


def test_every_plot_of_the_page_is_served(report, staff):
    sources = re.findall(r'src="(/studies/harbour/report/[^"]+)"', staff.get(PAGE).content.decode())
    assert sources
    for source in sources:
        answer = staff.get(source)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")


@pytest.mark.parametrize("state", ["draft", "frozen", "open", "paused", "closed"])
def test_a_sealed_study_says_what_is_missing(staff, tmp_path, state):
    factories.make_study(tmp_path, state=state)
    answer = staff.get(PAGE)
    assert answer.status_code == 403
    assert "until two people have unblinded it together" in text_of(answer)
    files = ("report.pdf", "report.zh-hans.pdf", "plots/zh-hans/forest-en.svg")
    for path in ("links/", "abcdef/tables/mean-scores.csv", *(f"abcdef/files/{name}" for name in files)):
        assert staff.get(f"{PAGE}{path}").status_code == 403


def test_while_it_is_computed_the_page_waits(unblinded, staff):
    waiting = reports.request(study=unblinded, by=None)
    answer = staff.get(PAGE)
    assert "The report is being computed" in text_of(answer)
    assert b'http-equiv="refresh"' not in answer.content
    assert staff.get(f"{PAGE}state/").json() == {"code": waiting.code, "state": "waiting"}
    reports.build(waiting.code)
    assert staff.get(f"{PAGE}state/").json() == {"code": waiting.code, "state": "done"}


def test_a_failure_says_why_and_can_be_tried_again(unblinded, staff):
    unblinded.spec["plan"]["level"] = 2
    with unguarded():
        unblinded.save()
    reports.build(reports.request(study=unblinded, by=None).code)
    seen = text_of(staff.get(PAGE))
    assert "could not be computed" in seen
    assert "the stored plan of the study was changed after freezing" in seen
    unblinded.spec["plan"]["level"] = 0.95
    with unguarded():
        unblinded.save()
    staff.post(f"{PAGE}compute/")
    again = unblinded.reports.first()
    assert (again.kind, again.state) == ("final", "waiting")


def test_right_after_unblinding_the_page_waits_for_the_report_and_has_no_button(unblinded, staff):
    """A worker asks for the report of an unblinded study. Until it has, there is no row."""
    assert not unblinded.reports.exists()
    answer = staff.get(PAGE)
    assert "The report is being computed" in text_of(answer)
    assert "no report yet" not in text_of(answer)
    assert f"{PAGE}compute/" not in answer.content.decode()
    state = staff.get(f"{PAGE}state/").json()
    assert f'data-code="{state["code"]}" data-state="{state["state"]}"' in answer.content.decode()


@pytest.mark.slow
def test_every_table_can_be_taken_away_and_is_logged(report, staff):
    for name in ("judgments", "scores", "marks", "raters", "assignments", "scripts"):
        for form in ("csv", "jsonl", "parquet"):
            answer = staff.get(f"{PAGE}tables/{name}.{form}")
            assert answer.status_code == 200
            assert answer["Content-Disposition"] == f'attachment; filename="{name}.{form}"'
    logged = AuditEvent.objects.filter(verb="download", who="mara", about="harbour")
    assert logged.count() == 18
    assert logged.filter(detail__file="judgments.csv").exists()


def test_the_bundle_holds_the_report_that_is_shown(report, staff):
    answer = staff.get(f"{PAGE}bundle.zip")
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        assert json.loads(archive.read("report/report.json")) == report.results
        assert {"judgments.csv", "plan.json", "study.json", "README.txt"} < set(archive.namelist())


def test_what_there_is_not_is_404(report, staff):
    for path in ("tables/passwords.csv", "tables/judgments.exe", "abcdef/files/report.json"):
        assert staff.get(f"{PAGE}{path}").status_code == 404


def test_the_style_sheet_is_the_reports_own(db, staff):
    from analysis.render import report_css

    assert staff.get("/studies/report.css").content.decode() == report_css()


def test_tables_and_methods_are_copied_as_files(report, staff):
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
    for name in (
        "nothing.csv",
        "mean-scores.exe",
        "mean-scores.txt",
        "methods.csv",
        "chart-no.csv",
        "chart-flow.tex",
    ):
        assert staff.get(f"{PAGE}{report.code}/tables/{name}").status_code == 404
    assert staff.get(f"{PAGE}abcdef/tables/mean-scores.csv").status_code == 404


def test_the_script_is_the_reports_own(db, staff):
    answer = staff.get("/studies/report.js")
    assert answer.content.decode() == report_js()
    assert answer["Content-Type"].startswith("text/javascript")
