"""Findings: warnings hold until they are accepted with a reason, also when freezing."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils.translation import override

from analysis.planner.forms import expected_half_width
from annotations.findings.warnings import accept_warnings, open_warnings
from annotations.freezing import jobs
from annotations.models import AcceptedWarning, FreezeJob, Study
from annotations.staff.studies.faults import faults_of
from annotations.staff.studies.loading import load_study
from evalsite.core.models import AuditEvent
from generation.models import Script
from tests.annotations.study_files import replace_in
from tests.factories import make_study, person, write_study

pytestmark = pytest.mark.django_db
SYSTEMS = ("zarquonic", "brimfold", "ostlerine")


@pytest.fixture
def draft(tmp_path) -> Study:
    """One of three scripts of a brief is far longer than the target and the others."""
    study = make_study(
        tmp_path, state="draft", slug="harbour", systems=("zarquonic", "brimfold", "ostlerine")
    )
    script = Script.objects.filter(system__slug="zarquonic").order_by("pk").first()
    Script.objects.filter(pk=script.pk).update(length=4036)
    return study


def test_a_length_that_stands_out_is_a_warning_that_names_no_system(draft):
    (warning,) = open_warnings(draft)
    assert "has 4,036 words; the target is 60." in warning.message
    assert "zarquonic" not in warning.message + warning.key


def test_the_pages_show_it_until_it_is_accepted_and_keep_it_afterwards(staff, draft):
    assert "4,036 words" in staff.get("/studies/harbour/").content.decode()
    refused = staff.post("/studies/harbour/freeze/")
    assert refused.status_code == 409
    page = refused.content.decode()
    assert "1 warning hasn't been accepted." in page
    assert page.count("4,036 words") == 1
    assert page.count('name="reason"') == 1
    assert "error:" not in page
    assert "Fix:" not in page
    (warning,) = open_warnings(draft)
    staff.post("/studies/harbour/warnings/", {"warning": warning.key, "reason": " "})
    assert open_warnings(draft)
    staff.post("/studies/harbour/warnings/", {"warning": warning.key, "reason": "It is a long scene."})
    assert open_warnings(draft) == []
    row = AcceptedWarning.objects.get()
    staff.post(f"/studies/harbour/warnings/{row.pk}/reopen/")
    assert open_warnings(draft)
    staff.post("/studies/harbour/freeze/", {"reason": "Seen, and kept."})
    draft.refresh_from_db()
    assert draft.state == "frozen"
    frozen = staff.get("/studies/harbour/").content.decode()
    assert "Accepted warnings" in frozen
    assert "Seen, and kept." in frozen
    verbs = list(AuditEvent.objects.filter(about="harbour").values_list("verb", flat=True))
    assert (verbs.count("accept warning"), verbs.count("reopen warning")) == (2, 1)


def test_another_length_is_another_warning(draft):
    accept_warnings(study=draft, by="rae", reason="A long scene.")
    Script.objects.filter(length=4036).update(length=5000)
    assert len(open_warnings(draft)) == 1


def test_a_frozen_study_lists_only_acceptances_of_warnings_that_held(staff, draft):
    accept_warnings(study=draft, by="rae", reason="A long scene.")
    Script.objects.filter(length=4036).update(length=5000)
    staff.post("/studies/harbour/freeze/", {"reason": "It is longer now."})
    draft.refresh_from_db()
    assert draft.state == "frozen"
    assert [row.params["length"] for row in AcceptedWarning.objects.all()] == [5000]
    page = staff.get("/studies/harbour/").content.decode()
    assert "5,000 words" in page
    assert "4,036 words" not in page
    dropped = AuditEvent.objects.get(verb="drop outdated warning")
    assert (dropped.about, dropped.detail["kind"]) == ("harbour", "length")


def test_freezing_by_command_names_warnings_and_needs_a_reason(draft):
    with pytest.raises(CommandError) as refused:
        call_command("freeze_study", "harbour", stdout=StringIO())
    assert "4,036 words" in str(refused.value)
    assert "accept_findings" in str(refused.value)
    call_command("freeze_study", "harbour", accept_warnings="A long scene.", stdout=StringIO())
    draft.refresh_from_db()
    assert draft.state == "frozen"


def test_a_refusal_by_a_worker_is_stored_without_a_language(draft):
    person("rae")
    job = FreezeJob.objects.create(study=draft, requested_by="rae", spec_digest=draft.spec_digest)
    with override("zh-hans"):
        jobs.run_freeze(job.code)
    stored = json.loads(json.dumps(FreezeJob.objects.get().errors))
    assert not re.search("[\u3400-\u9fff]", json.dumps(stored, ensure_ascii=False))
    with override("en"):
        (fault,) = faults_of(stored, draft)
        assert "4,036 words; the target is 60" in fault.message
    with override("zh-hans"):
        (fault,) = faults_of(stored, draft)
        assert "4,036" in fault.message
        assert "words" not in fault.message


def test_accept_findings_accepts_warnings_too(draft):
    said = StringIO()
    call_command("accept_findings", "harbour", reason="A long scene.", stdout=said)
    assert "warnings: 1" in said.getvalue()
    call_command("freeze_study", "harbour", stdout=StringIO())


def load_series(folder: Path, count: int, **options: object) -> Study:
    """A draft that generalizes to other series, with `count` series of two scenes each."""
    file = write_study(folder, briefs=2 * count, **options)
    replace_in(file, "these-series", "series")
    for place, path in enumerate(sorted((folder / "briefs").glob("*.yaml"))):
        replace_in(path, "slug: pier-en", f"slug: pier-{place % count}")
    return load_study(file).study


def test_few_series_are_a_warning_with_the_half_width_to_expect(tmp_path, staff):
    study = load_series(tmp_path, 4)
    (warning,) = open_warnings(study)
    width = expected_half_width(6, 8, 4, 3, None, 0.95)
    assert 15 < width < 45
    assert f"At a win rate of 50%, expect an interval of ±{width} percentage points." in warning.message
    assert "Only 4 series in English" in staff.get("/studies/harbour/").content.decode()
    with override("zh-hans"):
        assert "英文只有 4 部剧集" in warning.message
    with pytest.raises(CommandError, match="Only 4 series in English"):
        call_command("freeze_study", "harbour", stdout=StringIO())
    call_command("freeze_study", "harbour", accept_warnings="A pilot.", stdout=StringIO())
    study.refresh_from_db()
    assert study.state == "frozen"
    assert AuditEvent.objects.get(verb="accept warning").detail["kind"] == "few_series"


def test_below_four_series_a_result_about_other_series_is_refused(tmp_path, staff):
    study = load_series(tmp_path, 3)
    accept_warnings(study=study, by="rae", reason="A pilot.")
    with pytest.raises(CommandError, match="Fix: write generalize_to: these-series, or add series"):
        call_command("freeze_study", "harbour", stdout=StringIO())
    page = staff.post("/studies/harbour/freeze/").content.decode()
    assert "With fewer than 4 series, the result can only be about these series." in page
    assert "Choose “these series only”" in page


def test_eight_series_or_these_series_only_give_no_warning(tmp_path):
    assert open_warnings(load_series(tmp_path, 8)) == []
    study = make_study(tmp_path, state="draft", slug="other")
    assert open_warnings(study) == []
