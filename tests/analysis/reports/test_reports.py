"""Report pages: stored reports: asked for, built once, begun again when a worker was killed."""

import json

import pytest

from analysis.models import Report
from analysis.reports import full_pdfs
from analysis.reports import services as reports
from analysis.reports.stored_reports import record_stored
from analysis.tables import frames
from analysis.tables.exports import plan_of
from annotations.staff.studies.loading import load_study
from evalsite.core.clock import database_now
from tests import factories
from tests.analysis.conftest import build_report
from tests.analysis.render.sample import sample_report
from tests.annotations.blinding.tampering import unguarded
from tests.annotations.staff.studies.test_study_page import text_of

pytestmark = pytest.mark.django_db


def test_it_works(report):
    names = set(report.files.values_list("name", flat=True))
    assert {"report.json", "report.md", "report.html"} < names
    assert json.loads(bytes(report.files.get(name="report.json").content)) == report.results
    assert len(report.data_digest) == 64


def test_sealed_study_has_no_report(tmp_path):
    study = factories.make_study(tmp_path, state="closed")
    with pytest.raises(frames.Sealed, match="harbour is closed"):
        reports.request(study=study, by=None)
    with pytest.raises(frames.Sealed):
        reports.compute(study)
    assert not Report.objects.exists()


def test_asking_twice_gives_the_one_that_waits(unblinded):
    assert reports.request(study=unblinded, by=None) == reports.request(study=unblinded, by=None)
    assert Report.objects.count() == 1


@pytest.mark.slow
def test_built_twice_is_built_once(unblinded):
    report = reports.request(study=unblinded, by=None)
    reports.build(report.code)
    first = list(report.files.values_list("pk", flat=True))
    reports.build(report.code)
    assert list(report.files.values_list("pk", flat=True)) == first


def test_data_that_cannot_be_analysed_is_a_failure_with_a_reason(unblinded, monkeypatch):
    monkeypatch.setattr(reports, "check_unblinded", lambda study: None)
    unblinded.spec["plan"]["level"] = 2
    with unguarded():
        unblinded.save()
    report = reports.request(study=unblinded, by=None)
    reports.build(report.code)
    report.refresh_from_db()
    assert report.state == "failed"
    assert "level" in report.reason


def test_unblinding_asks_for_the_final_report_once(unblinded):
    reports.ensure_final(unblinded.slug)
    reports.ensure_final(unblinded.slug)
    assert [report.kind for report in Report.objects.all()] == ["final"]


def test_sweep_makes_up_for_a_lost_message(unblinded):
    reports.requeue_stale()
    assert Report.objects.get().study == unblinded


def test_a_study_that_nobody_judged_has_a_report_without_numbers(tmp_path):
    study = factories.make_study(tmp_path, state="open", briefs=1)
    factories.unblind(study)
    assert all(row["estimate"] is None for row in build_report(study).results["win_rates"])


def test_secondary_contrasts_of_the_study_file_reach_the_analysis(tmp_path):
    path = factories.write_study(tmp_path)
    contrasts = [["marrow", "people"]]
    path.write_text(f"{path.read_text()}  secondary_contrasts: {contrasts}\n".replace("'", ""))
    study = load_study(path).study
    assert plan_of(study).secondary_contrasts == (("marrow", "people"),)


def test_shares_by_tier_follow_the_rubric_of_the_study(report):
    tiers = report.study.spec["score"]["tiers"]
    assert [dict(tier) for tier in plan_of(report.study).tiers] == tiers
    results = report.results
    shares = [entry for entry in results["tier_shares"] if entry["system"] == results["plan"]["systems"][0]]
    assert {entry["label"] for entry in shares} == {tier["label"]["en"] for tier in tiers}
    assert {entry["rubric"] for entry in shares} == {"tiers-figure@1"}


def test_a_worker_that_ends_three_times_is_a_failure_with_a_reason(unblinded, staff):
    report = reports.request(study=unblinded, by=None)
    for attempt in (1, 2, 3):
        report.refresh_from_db()
        assert report.state == "waiting"
        full_pdfs.take_job(Report.objects.all())
        report.refresh_from_db()
        assert report.attempts == attempt
        reports.requeue_stale()
    report.refresh_from_db()
    assert report.state == "failed"
    assert Report.objects.count() == 1
    assert report.reason.startswith("The worker stopped unexpectedly three times")
    page = f"/studies/{unblinded.slug}/report/"
    assert "The worker stopped unexpectedly three times" in text_of(staff.get(page))
    chinese = {"Accept-Language": "zh-hans"}
    assert "意外终止了三次" in text_of(staff.get(page, headers=chinese))
    record_stored(Report.objects.create(study=unblinded, state="done", results=sample_report()), {})
    Report.objects.filter(pk=report.pk).update(created_at=database_now())
    assert "A newer computation failed: The worker stopped unexpectedly three times" in text_of(
        staff.get(page)
    )
    assert "意外终止了三次" in text_of(staff.get(page, headers=chinese))


def test_the_plan_has_labels_of_the_kinds_of_marks_that_a_study_defines(tmp_path):
    study = factories.make_study(tmp_path)
    assert "mark_labels" not in plan_of(study).to_dict()
    own = {"slug": "tone", "label": {"en": "tone of voice", "zh": "基调"}}
    study.spec["marks"] = {**study.spec["marks"], "kinds": [study.spec["marks"]["kinds"][0], own]}
    assert plan_of(study).to_dict()["mark_labels"] == {"tone": own["label"]}


def test_the_plan_has_the_titles_of_series_and_scenes_that_raters_read(tmp_path):
    study = factories.make_study(tmp_path)
    plan = plan_of(study)
    assert plan.series_labels == {"pier-en": "Longshore"}
    assert plan.item_labels["scene-en-2"] == {"en": "Longshore, scene 2", "zh": "《Longshore》第 2 场"}
    study.main_briefs.filter(slug="scene-en-2").update(content=study.main_briefs[0].content)
    assert plan_of(study).item_labels["scene-en-2"]["en"] == "Longshore, scene 1 (scene-en-2)"
