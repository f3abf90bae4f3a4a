"""Report pages: what a study's plan tells of the people, the assignments and the scripts behind a report."""

import io
import random
import zipfile

import jsonschema
import pytest

from analysis.render import render_html
from analysis.reports import services as reports
from analysis.stats import load_schema
from analysis.tables import exports
from annotations.desk import services
from annotations.models import Assignment, Rater, Slot
from annotations.staff.studies import exclusions
from annotations.staff.studies.flow import flow_counts, scripts_by_system
from generation.models import Attempt, Brief, Job, Run, Script, System
from generation.runs.queries import script_facts
from tests import exported, factories

pytestmark = pytest.mark.django_db
State = Assignment.State


@pytest.fixture
def finished(tmp_path):
    """Three of four raters judged: one finished, one skipped a pair, one left one open; one was excluded."""
    study = factories.make_study(tmp_path, state="open")
    raters = [services.enrol(study=study, languages=["en"]).rater for _ in range(4)]
    for rater in raters[:3]:
        services.give_consent(rater=rater, language="en", training_use=False)
    for rater, pairs in zip(raters[:3], (None, 1, 1), strict=True):
        factories.judge(rater, rng=random.Random(1), pairs=pairs)
    services.skip(assignment=services.lease_next_assignment(rater=raters[1]), reason="unwell")
    services.lease_next_assignment(rater=raters[2])
    out = Assignment.objects.get(rater=raters[2], state=State.SUBMITTED)
    exclusions.set_excluded(assignment=out, excluded=True, by="console", reason="a rule of the plan")
    factories.unblind(study)
    study.refresh_from_db()
    return study


def test_people_and_assignments_add_up(finished):
    flow = flow_counts(finished)
    assert (flow["invited"], flow["consented"]) == (4, 3)
    assert flow["assigned"] == flow["submitted"] + flow["late"] + flow["skipped"] + flow["expired"]
    assert (flow["skipped"], flow["expired"], flow["late"], flow["excluded"]) == (1, 1, 0, 1)
    assert flow["submitted"] == Assignment.objects.filter(state=State.SUBMITTED).count() == 5


def test_neither_a_lease_that_runs_out_later_nor_simulated_raters_change_it(finished):
    before = flow_counts(finished)
    assert Assignment.objects.filter(state=State.OPEN).update(state=State.EXPIRED) == 1
    Rater.objects.create(study=finished, kind=Rater.Kind.SIMULATED, languages=["en"], secret_hash="x")
    assert flow_counts(finished) == before


def test_the_report_prints_flow_and_scripts_and_a_bundle_keeps_its_plan(finished):
    files = reports.compute(finished, replicates=100)
    results = exports.loads(files["report.json"])
    jsonschema.Draft202012Validator(load_schema()).validate(results)
    told = {(step["step"], step["unit"]): step["count"] for step in results["flow"]}
    assert told["invited", "raters"] == 4
    assert told["assigned", "assignments"] == 7
    assert told["analysed", "raters"] == 2
    rows = [step for step in results["flow"] if step["table"] == "judgments"]
    assert [step["step"] for step in rows] == ["rows", "excluded", "analysed"]
    assert rows[0]["count"] == rows[1]["count"] + rows[2]["count"] == 10
    assert rows[1]["detail"] == {"manual": 2}
    assert told["withdrawn", "raters"] == 0
    missing = results["plan"]["study"]["missing"]
    assert set(missing) == set(factories.SYSTEMS)
    assert sum(facts["submitted"] for facts in missing.values()) == 2 * told["submitted", "assignments"]
    assert sum(facts["skipped"] for facts in missing.values()) == 2
    slots = Slot.objects.filter(seat__study=finished, phase=Slot.Phase.MAIN).count()
    assert sum(facts["submitted"] + facts["missing"] for facts in missing.values()) == 2 * slots
    page = files["report.html"].decode()
    for words in ("Missing judgments by system", "The plan names none.", "excluded by hand deviate from it"):
        assert words in page
    assert "The scripts of people don&#39;t name their writers." in page
    results["plan"]["study"]["planned_exclusions"] = ["Raters who know a writer."]
    results["plan"]["study"]["scripts"]["people"]["writers"] = 2
    page = render_html(results)
    assert "Raters who know a writer." in page
    assert "deviate from it" not in page
    assert "Writers named by the scripts of people: 2." in page
    del results["plan"]["study"]["scripts"]["people"]["writers"]
    results["plan"]["study"]["planned_exclusions"] = []
    scripts = results["plan"]["study"]["scripts"]
    assert {name: facts["scripts"] for name, facts in scripts.items()} == dict.fromkeys(factories.SYSTEMS, 3)
    Assignment.objects.filter(state=State.OPEN).update(state=State.EXPIRED)
    with zipfile.ZipFile(io.BytesIO(exported.bundle_bytes(finished, files))) as archive:
        assert exports.loads(archive.read("plan.json")) == results["plan"]


def test_how_scripts_came_about(finished):
    system = System.objects.get(slug="quillon")
    brief = Brief.objects.get(slug="scene-en-1")
    used = Script.objects.get(system=system, brief=brief)
    run = Run.objects.create(frozen_settings={}, digest="0" * 64)
    job, failed, elsewhere = (
        Job.objects.create(run=run, system=system, brief=each, state=state)
        for each, state in (
            (brief, Job.State.DONE),
            (Brief.objects.get(slug="scene-en-2"), Job.State.FAILED),
            (_another_brief(brief), Job.State.FAILED),
        )
    )
    for one, outcome in ((job, "refused"), (job, "ok"), (failed, "refused"), (elsewhere, "refused")):
        Attempt.objects.create(
            job=one,
            run=run,
            stage="s",
            number=one.attempts.count() + 1,
            outcome=outcome,
            prompt_digest="",
            request={},
        )
    Script.objects.filter(pk=used.pk).update(job=job, redraws=1, writer="w1")
    assert scripts_by_system(finished)["quillon"] == {
        "scripts": 3, "redraws": 1, "failures": 1, "refusals": 2, "writers": 1, "off_format": 0,
    }  # fmt: skip
    assert scripts_by_system(finished)["people"] == {"scripts": 3, "off_format": 0}
    assert script_facts("quillon", [used.digest], [brief.slug])["failures"] == 0


def _another_brief(brief: Brief) -> Brief:
    return Brief.objects.create(
        slug="elsewhere", series=brief.series, language="en", order=99, outline="x", characters=[],
        target_length=10,
    )  # fmt: skip
