"""The head of the audit trail in what a study publishes, and `verify_log` with it."""

import io
import json
import re
import zipfile

import pdfplumber
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from analysis.reports import services as reports
from analysis.stats import Plan, analyse, read_tables
from analysis.tables import exports
from annotations.models import Study
from evalsite.core.audit_chain import head
from evalsite.core.models import AuditEvent, record
from tests.analysis.conftest import build_report
from tests.analysis.render.test_pdf import EXAMPLE

pytestmark = pytest.mark.django_db


def cut_off(sequence: int) -> None:
    head()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_auditevent DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM core_auditevent WHERE sequence >= %s", [sequence])
        cursor.execute("ALTER TABLE core_auditevent ENABLE TRIGGER USER")


@pytest.mark.slow
def test_every_form_of_a_report_has_it(unblinded: Study) -> None:
    files = reports.compute(unblinded, replicates=20, full_pdf=True)
    printed = json.loads(files["report.json"])["audit_head"]
    line = AuditEvent.objects.get(sequence=printed["sequence"])
    assert (line.about, line.digest) == (unblinded.slug, printed["digest"])
    told = f"{printed['sequence']}:{printed['digest']}"
    assert told in files["report.html"].decode()
    assert told in files["report.md"].decode()
    for name in ("report.pdf", "report-full.pdf"):
        with pdfplumber.open(io.BytesIO(files[name])) as pdf:
            letters = "".join(char["text"] for page in pdf.pages for char in page.chars)
        assert told in re.sub(r"[\s\u200b]", "", letters), name


@pytest.mark.slow
def test_exports_and_the_bundle_have_it_and_it_shows_what_was_cut_off(unblinded: Study, tmp_path) -> None:
    call_command("bundle", unblinded.slug, "--out", str(tmp_path / "bundle.zip"))
    call_command("export_study", unblinded.slug, "--out", str(tmp_path / "out"))
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        (tmp_path / "report.json").write_bytes(archive.read("report/report.json"))
        plan = Plan.from_json(archive.read("plan.json").decode())
    assert plan.study["audit_head"] == json.loads((tmp_path / "report.json").read_text())["audit_head"]
    files = [tmp_path / name for name in ("bundle.zip", "report.json", "out/plan.json", "out/study.json")]
    for file in files:
        call_command("verify_log", "--head", str(file))
    cut_off(plan.study["audit_head"]["sequence"])
    record(who="console", verb="open", about="another")
    for file in files:
        with pytest.raises(
            CommandError, match=r"error: (the trail had line|line .* was replaced)"
        ) as refused:
            call_command("verify_log", "--head", str(file))
        assert refused.value.returncode == 4


def test_a_stored_report_shows_what_was_cut_off(unblinded: Study) -> None:
    report = build_report(unblinded)
    call_command("verify_log")
    cut_off(report.results["audit_head"]["sequence"])
    with pytest.raises(CommandError, match=f"report {report.code}:1:1: error: the trail had line"):
        call_command("verify_log")


def test_reading_a_study_changes_no_report(unblinded: Study) -> None:
    before = exports.plan_of(unblinded).study["audit_head"]
    record(who="una", verb="download", about=unblinded.slug)
    assert exports.plan_of(unblinded).study["audit_head"] == before
    record(who="una", verb="amend", about=unblinded.slug, text="One more rule.")
    assert exports.plan_of(unblinded).study["audit_head"] != before


@pytest.mark.slow
def test_a_report_from_tables_alone_has_none() -> None:
    tables = read_tables(EXAMPLE / "judgments.csv")
    plan = Plan.from_json((EXAMPLE / "plan.json").read_text("utf-8"), "plan.json")
    assert "audit_head" not in plan.study
    assert analyse(tables, plan, seed=1, replicates=10).to_dict()["audit_head"] is None


@pytest.mark.parametrize("wrong", [{"sequence": 0, "digest": "a"}, {"digest": "a"}, "a", {"sequence": 1}])
def test_a_plan_with_another_head_is_refused(wrong: object) -> None:
    with pytest.raises(Exception, match="audit_head"):
        Plan.from_json(json.dumps({"study": {"audit_head": wrong}}))
