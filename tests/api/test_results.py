"""Reports and tables by programs: sealed before unblinding, whole and unchanged after it."""

import csv
import io
import json

import pytest

from analysis.models import Report
from analysis.reports import services as reports
from analysis.tables import exports
from annotations.models import Assignment
from tests import exported, factories

pytestmark = pytest.mark.django_db
HARBOUR = "/api/v1/studies/harbour/"


@pytest.fixture
def unblinded(tmp_path):
    return factories.make_unblinded(tmp_path)


@pytest.mark.parametrize(
    "path",
    [
        "reports/",
        "reports/abc/",
        "reports/abc/files/report.json",
        "tables/",
        "tables/judgments/",
        "tables/judgments.csv",
    ],
)
def test_sealed_is_403_with_the_reason(program, tmp_path, path):
    factories.make_study(tmp_path, state="closed")
    answer = program.get(f"{HARBOUR}{path}")
    assert (answer.status_code, answer.json()["code"]) == (403, "sealed")
    assert "until two people unblind it" in answer.json()["detail"]
    assert program.post(f"{HARBOUR}reports/").status_code == 403


@pytest.mark.slow
def test_a_report_is_computed_and_read(program, unblinded):
    asked = program.post(f"{HARBOUR}reports/")
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    again = program.post(f"{HARBOUR}reports/")
    assert again.json()["code"] == asked.json()["code"]
    waiting = program.get(asked["Location"]).json()
    assert (waiting["results"], waiting["files"]) == (None, [])
    reports.build(asked.json()["code"])
    done = program.get(asked["Location"]).json()
    assert done["state"] == "done"
    stored = Report.objects.get()
    assert done["results"] == stored.results
    assert done["results"]["win_rates"]
    for file in done["files"]:
        got = program.get(file["url"])
        assert (got.status_code, got.content) == (200, bytes(stored.files.get(name=file["name"]).content))
        assert got["Content-Disposition"].startswith("attachment")
    assert program.get(f"{asked['Location']}files/nothing.json").status_code == 404
    (row,) = program.get(f"{HARBOUR}reports/?state=done").json()["results"]
    assert row["code"] == stored.code


@pytest.mark.slow
def test_a_whole_table_is_streamed_as_the_page_gives_it(program, unblinded):
    for form in exports.FORMATS:
        answer = program.get(f"{HARBOUR}tables/judgments.{form}")
        assert answer.streaming
        assert b"".join(answer.streaming_content) == exported.table_bytes(unblinded, "judgments", form)
    assert program.get(f"{HARBOUR}tables/judgments.xlsx").status_code == 404
    assert program.get(f"{HARBOUR}tables/nothing.csv").status_code == 404


def test_a_file_comes_whatever_a_program_accepts(program, unblinded):
    answer = program.get(f"{HARBOUR}tables/judgments.csv", Accept="text/csv")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    refused = program.get(f"{HARBOUR}tables/nothing.csv", Accept="text/csv")
    assert (refused.status_code, refused["Content-Type"]) == (404, "application/problem+json")


def test_the_pages_of_a_table_are_the_whole_table(program, unblinded):
    whole = list(csv.DictReader(io.StringIO(exported.table_bytes(unblinded, "judgments").decode())))
    page, rows = program.get(f"{HARBOUR}tables/judgments/?page_size=10").json(), []
    while True:
        rows += page["results"]
        if page["next"] is None:
            break
        page = program.get(page["next"]).json()
    assert (len(rows), rows) == (36, whole)
    assert program.get(page["previous"]).json()["results"] == whole[20:30]


def test_a_changed_study_is_reported_nowhere(program, unblinded):
    Assignment.objects.filter(pk=Assignment.objects.earliest("pk").pk).update(seconds=1)
    for path in ("tables/judgments/", "tables/judgments.csv"):
        answer = program.get(f"{HARBOUR}{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "changed_after_freezing")


def test_a_watcher_reads_reports_and_no_tables(watcher, unblinded):
    assert watcher.get(f"{HARBOUR}reports/").status_code == 200
    assert watcher.get(f"{HARBOUR}tables/").status_code == 404
    assert watcher.post(f"{HARBOUR}reports/").status_code == 403


@pytest.mark.slow
def test_results_fit_the_schema_of_report_json(program, unblinded):
    import jsonschema

    from analysis.api_schema import FILE

    report = reports.request(study=unblinded, by=None)
    reports.build(report.code)
    results = program.get(f"{HARBOUR}reports/{report.code}/").json()["results"]
    jsonschema.Draft202012Validator(json.loads(FILE.read_text())).validate(results)
