"""Findings: decisions, rejected scripts and their replacements, and taking a rejection back."""

import threading
from pathlib import Path

import pytest
from django.db import connection

from annotations import freezing
from annotations.desk.services import WrongState
from annotations.findings import rejections
from annotations.findings import review as findings
from annotations.findings.rejections import NamesSystem, NoDesignLeft, NoLongerThere
from annotations.findings.scanning import text_key
from annotations.models import DraftScan, Entry, LeakFinding, Rejection, Study, StudyBrief
from annotations.spec.values import from_json
from annotations.staff.studies import loading
from evalsite.core.errors import InputErrors
from evalsite.core.models import AuditEvent
from generation.models import Brief, Script, System
from tests.annotations.study_files import SCRIPT, replace_in, write_minimal
from tests.factories import add_script

pytestmark = pytest.mark.django_db
LEAK = "As an AI language model, I cannot write this."


def draft(folder: Path, plan: str = "", briefs: int = 2) -> tuple[Path, Study]:
    """The least study, as a draft, with boilerplate in alder's script for the depot."""
    path = write_minimal(folder)
    replace_in(path.parent / "scripts/depot/alder.fountain", "Rain.", f"Rain. {LEAK}")
    if plan:
        replace_in(path, "these-series", f"these-series, missing_script: {plan}")
    study = loading.load_study(path).study
    findings.request_scan(study=study, by="una")
    return path, study


def sample(number: int, words: str = "", system: str = "alder") -> Script:
    text = SCRIPT.format(seat=40 + number, words=f"Sample {number}. {words}").partition("\n")[2]
    brief, row = Brief.objects.get(slug="depot"), System.objects.get(slug=system)
    return add_script(brief=brief, system=row, text=text, sample=number).script


def stands(study: Study, system: str = "alder", brief: str = "depot") -> str:
    study.refresh_from_db()
    return str(study.spec["materials"]["scripts"].get(brief, {}).get(system, ""))


def reject(study: Study, system: str = "alder", reason: str = "it says that it is a machine"):
    key = text_key(study, stands(study, system))
    return rejections.reject_script(study=study, brief="depot", key=key, by="una", reason=reason)


def test_the_next_sample_by_number_takes_the_place_and_is_looked_through(tmp_path: Path) -> None:
    _path, study = draft(tmp_path)
    old, before = stands(study), study.spec_digest
    found = study.findings.count()
    assert found > 0
    sample(7)
    third = sample(3, words="I am ChatGPT.")
    left = reject(study)
    assert stands(study) == third.digest
    assert (left.replaced, left.dropped) == (True, False)
    row = Rejection.objects.get()
    assert (row.script_digest, row.next_digest) == (old, third.digest)
    assert len(row.found) == found
    assert study.spec_digest not in ("", before)
    assert from_json(study.spec).digest == study.spec_digest
    assert {f.kind for f in study.findings.all()} == {"model"}
    assert findings.is_scanned(study)


def test_a_chain_of_three_and_back(tmp_path: Path) -> None:
    _path, study = draft(tmp_path)
    first = stands(study)
    others = [sample(number).digest for number in (2, 3, 4)]
    for expected in others:
        reject(study)
        assert stands(study) == expected
    one, two, three = Rejection.objects.order_by("pk")
    assert rejections.revocable_rejections(study) == {three.code}
    with pytest.raises(NoLongerThere):
        rejections.take_back_rejection(rejection=one, by="una")
    for row, expected in ((three, others[1]), (two, others[0]), (one, first)):
        rejections.take_back_rejection(rejection=row, by="una")
        assert stands(study) == expected
    assert not Rejection.objects.exists()
    # What had been found there is found again.
    assert study.findings.filter(kind="boilerplate").exists()
    assert AuditEvent.objects.filter(verb="take rejection back").count() == 3


def test_a_sample_that_another_system_shows_does_not_take_the_place(tmp_path: Path) -> None:
    _path, study = draft(tmp_path)
    birch = Script.objects.get(brief__slug="depot", system__slug="birch")
    alder = System.objects.get(slug="alder")
    add_script(brief=birch.brief, system=alder, text=birch.text, sample=2)
    third = sample(3)
    reject(study)
    assert stands(study) == third.digest


def test_none_left_loss_leaves_a_script_that_counts_as_lost(tmp_path: Path) -> None:
    _path, study = draft(tmp_path, "loss")
    left = reject(study)
    assert (left.replaced, left.dropped) == (False, False)
    assert stands(study) == ""
    assert rejections.missing_scripts(from_json(study.spec)) == {"depot": 1}
    assert freezing.freeze(study=study, by="una").state == "frozen"
    assert set(StudyBrief.objects.values_list("slug", flat=True)) == {"depot", "garage"}
    assert Entry.objects.count() == 5


def test_none_left_refuse_leaves_the_draft_without_it(tmp_path: Path) -> None:
    _path, study = draft(tmp_path, "refuse")
    left = reject(study)
    assert (left.replaced, left.dropped) == (False, False)
    assert stands(study) == ""
    assert rejections.missing_scripts(from_json(study.spec)) == {"depot": 1}
    with pytest.raises(InputErrors, match="For depot, scripts by 1 of the systems were rejected"):
        freezing.freeze(study=study, by="una")
    rejections.take_back_rejection(rejection=left.rejection, by="una")
    assert stands(study) != ""
    assert rejections.missing_scripts(from_json(study.spec)) == {}


def test_none_left_drop_leaves_the_brief_out_for_all(tmp_path: Path) -> None:
    path, study = draft(tmp_path, "drop")
    before = study.spec
    left = reject(study)
    assert (left.replaced, left.dropped) == (False, True)
    study.refresh_from_db()
    assert set(study.spec["materials"]["briefs"]) == set(study.spec["materials"]["scripts"]) == {"garage"}
    assert not study.findings.filter(brief_slug__contains="depot").exists()
    assert loading.load_study(path).outcome == "unchanged"
    # The last brief cannot go as well.
    key = text_key(study, stands(study, brief="garage"))
    with pytest.raises(NoDesignLeft):
        rejections.reject_script(study=study, brief="garage", key=key, by="una", reason="a machine")
    rejections.take_back_rejection(rejection=left.rejection, by="una")
    study.refresh_from_db()
    assert study.spec == before


def test_loading_the_file_again_does_not_bring_it_back(tmp_path: Path) -> None:
    path, study = draft(tmp_path)
    second = sample(2)
    reject(study)
    again = loading.load_study(path)
    assert (again.outcome, again.kept_out) == ("unchanged", ("depot",))
    replace_in(path, "title: Night bus", "title: Last bus")
    changed = loading.load_study(path)
    assert changed.changed == ("title.en",)
    assert stands(study) == second.digest
    # A mended file is another text.
    replace_in(path.parent / "scripts/depot/alder.fountain", LEAK, "")
    mended = loading.load_study(path)
    assert (mended.outcome, mended.kept_out) == ("updated", ())
    assert stands(study) != second.digest
    assert rejections.revocable_rejections(study) == set()


def test_people_are_rejected_by_the_same_rule(tmp_path: Path) -> None:
    _path, study = draft(tmp_path)
    second = sample(2, system="human")
    reject(study, "human")
    assert stands(study, "human") == second.digest


@pytest.mark.parametrize("reason", ["alder again", "Birch?", "no HUMAN writes so"])
def test_the_reason_names_no_system(tmp_path: Path, reason: str) -> None:
    _path, study = draft(tmp_path)
    with pytest.raises(NamesSystem):
        reject(study, reason=reason)
    with pytest.raises(WrongState, match="with a reason"):
        reject(study, reason=" ")
    assert not Rejection.objects.exists()


def test_the_trail_tells_no_system_and_no_digest(tmp_path: Path) -> None:
    _path, study = draft(tmp_path)
    sample(2)
    reject(study)
    reject(study)
    said = str(list(AuditEvent.objects.filter(verb="reject script").values()))
    assert "'brief': 'depot'" in said
    told = {*Script.objects.values_list("digest", flat=True), *System.objects.values_list("slug", flat=True)}
    assert [secret for secret in told if secret in said] == []
    assert all(secret not in str(list(LeakFinding.objects.values())) for secret in told)


def test_nothing_of_it_outside_a_draft(tmp_path: Path) -> None:
    path = write_minimal(tmp_path)
    study = loading.load_study(path).study
    freezing.freeze(study=study, by="una")
    for refused in (
        lambda: reject(study),
        lambda: findings.request_scan(study=study, by="una"),
        lambda: rejections.take_back_rejection(rejection=Rejection(study=study), by="una"),
        lambda: findings.reopen_finding(finding=LeakFinding(study=study), by="una"),
    ):
        with pytest.raises(WrongState, match="in a draft"):
            refused()


def test_what_was_accepted_can_be_opened_again(tmp_path: Path) -> None:
    _path, study = draft(tmp_path)
    finding = study.findings.all()[0]
    findings.clear_finding(finding=finding, by="una", reason="said aloud")
    findings.reopen_finding(finding=finding, by="dov")
    assert study.findings.get(code=finding.code).cleared_at is None
    assert AuditEvent.objects.filter(verb="open finding again", who="dov").count() == 1


def test_a_large_draft_is_looked_through_by_a_worker(
    tmp_path: Path, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    path = write_minimal(tmp_path)
    replace_in(path.parent / "scripts/depot/alder.fountain", "Rain.", f"Rain. {LEAK}")
    study = loading.load_study(path).study
    monkeypatch.setattr(findings, "AT_ONCE", 10)
    sent = []
    monkeypatch.setattr(findings, "enqueue_on_commit", lambda *said: sent.append(said))
    look = findings.request_scan(study=study, by="una")
    assert (look.ended_at, look.total > 10, study.findings.count()) == (None, True, 0)
    assert sent == [("annotations.look_through", "night-bus")]
    # Asked again while it is under way, nothing is sent.
    findings.request_scan(study=study, by="una")
    assert len(sent) == 1
    for _twice in range(2):
        findings.run_scan(study.slug)
    look.refresh_from_db()
    assert (look.done, findings.is_scanned(study)) == (look.total, True)
    count = study.findings.count()
    assert count > 0
    # A changed draft is not looked through yet.
    sample(2)
    DraftScan.objects.update(spec_digest="0" * 64)
    reject(study)
    assert not findings.is_scanned(study)


def test_a_worker_looks_through_a_large_draft_before_anybody_asks(
    tmp_path: Path, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    path, sent = write_minimal(tmp_path), []
    monkeypatch.setattr(findings, "enqueue_on_commit", lambda *said: sent.append(said))
    with django_capture_on_commit_callbacks(execute=True):
        study = loading.load_study(path).study
    assert (sent, DraftScan.objects.exists()) == ([], False)
    monkeypatch.setattr(findings, "AT_ONCE", 10)
    path.write_text(path.read_text().replace("seats:", "seed: 5\nseats:"))
    with django_capture_on_commit_callbacks(execute=True):
        assert loading.load_study(path).outcome == "updated"
    assert sent == [("annotations.look_through", study.slug)]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_reject_at_once_one_is_told_that_it_is_gone(tmp_path: Path) -> None:
    _path, study = draft(tmp_path)
    second = sample(2)
    sample(3)
    key, said, gate = text_key(study, stands(study)), [], threading.Barrier(2)

    def run() -> None:
        gate.wait(timeout=120)
        try:
            rejections.reject_script(study=study, brief="depot", key=key, by="una", reason="a machine speaks")
            said.append("done")
        except NoLongerThere:
            said.append("gone")
        finally:
            connection.close()

    both = [threading.Thread(target=run) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(timeout=300)
    assert sorted(said) == ["done", "gone"]
    assert stands(study) == second.digest
    assert Rejection.objects.count() == 1
