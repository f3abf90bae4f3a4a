"""Exclusions by hand in exports and in the report, which lists them and gives the result with them."""

import csv
import io
import json
from pathlib import Path

import pytest

from analysis.reports import services as reports
from analysis.tables import exports, frames
from annotations.blinding.seal import SealedEntry
from annotations.models import Assignment, Study
from annotations.staff.studies import exclusions
from evalsite.core.spreadsheets import safe_cell
from tests import exported
from tests.factories import fill, make_study, person, unblind

pytestmark = pytest.mark.django_db
REASON = "=The rater's child, aged four, pressed the buttons"


@pytest.fixture
def excluded(tmp_path: Path) -> Assignment:
    study = make_study(tmp_path, state="open", languages=["en"], briefs=4)
    fill(study)
    people = [person("una"), person("dov")]
    sealed = dict(SealedEntry.objects.values_list("entry_code", "system_slug"))
    rows = Assignment.objects.filter(rater__study=study, state="submitted").order_by("code")
    held, other = [
        row for row in rows if {sealed[e.code] for e in row.slot.sides.values()} == {"quillon", "people"}
    ][:2]
    exclusions.set_excluded(assignment=held, excluded=True, by=people[0], reason=REASON)
    exclusions.set_excluded(assignment=other, excluded=True, by=people[0], reason="wrong person")
    exclusions.set_excluded(assignment=other, excluded=False, by="console", reason="it was the right person")
    unblind(study, people)
    return held


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


@pytest.mark.slow
def test_exports_have_the_events_and_the_reason_of_each(excluded: Assignment) -> None:
    files = exported.export_files(excluded.rater.study)
    events = read(files["exclusions.csv"])
    assert [(row["event"], row["excluded"], row["role"]) for row in events] == [
        ("1", "true", "researcher"),
        ("1", "true", "researcher"),
        ("2", "false", "console"),
    ]
    assert events[0]["assignment"] == excluded.code
    assert events[0]["rater"] == excluded.rater.code
    assert events[0]["reason"] == safe_cell(REASON)
    assert "una" not in files["exclusions.csv"].decode()
    out = {row["assignment"] for row in read(files["judgments.csv"]) if row["excluded"] == "manual"}
    assert out == {excluded.code}
    assert {row["assignment"] for row in read(files["scores.csv"]) if row["excluded"]} == out


def test_without_events_there_is_no_such_table(unblinded: Study) -> None:
    assert "exclusions" not in frames.available_tables(unblinded)
    assert "exclusions" not in exports.plan_of(unblinded).to_dict()["study"]


@pytest.mark.slow
def test_the_report_lists_them_and_gives_the_result_with_them(excluded: Assignment) -> None:
    study: Study = excluded.rater.study
    files = reports.compute(study, replicates=100, full_markdown=True)
    results = json.loads(files["report.json"])
    listed = results["plan"]["study"]["exclusions"]
    assert [(event["excluded"], event["role"]) for event in listed] == [
        (True, "researcher"),
        (True, "researcher"),
        (False, "console"),
    ]
    assert listed[0]["reason"] == REASON
    rows = [row for row in results["sensitivity"] if row["rule"] == "with_manual"]
    assert {(row["criterion"], row["system"]): row["left_out"] for row in rows} == {
        ("overall", "quillon"): 1,
        ("overall", "marrow"): 0,
        ("dialogue", "quillon"): 1,
        ("dialogue", "marrow"): 0,
    }
    page = files["report.html"].decode()
    assert "Answers excluded by hand" in page
    assert "child, aged four" in page
    assert "una" not in json.dumps(listed)
    assert "Answers excluded by hand" in files["report-full.md"].decode()
    (source,) = [one for one in results["inputs"] if one["table"] == "judgments"]
    assert source["left_out"] == {"excluded: manual": 2}
