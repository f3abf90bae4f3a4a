"""Staff: the pages of findings, from a draft's first finding to a frozen study, without systems."""

import re
from pathlib import Path

import pytest
from django.test import Client

from annotations import freezing
from annotations.findings import review as findings
from annotations.findings import scanning
from annotations.findings.scanning import text_key
from annotations.freezing import jobs
from annotations.models import Rejection, Study
from annotations.spec.values import from_json
from annotations.staff.findings import findings_page
from annotations.staff.studies import loading
from generation.models import Script, System
from tests.annotations.findings.test_review import LEAK, draft, sample, stands
from tests.annotations.study_files import SYSTEMS, replace_in, write_minimal

pytestmark = pytest.mark.django_db
HOME = "/studies/night-bus/findings/"


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def place_of(study: Study, system: str = "alder", brief: str = "depot") -> str:
    order = findings_page.system_order(study, from_json(study.spec), brief)
    return f"{HOME}scripts/{brief}/{order.index(system) + 1}/"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = write_minimal(tmp_path)
    replace_in(path.parent / "scripts/depot/alder.fountain", "Rain.", f"Rain. {LEAK}")
    return path


def test_it_works_from_the_draft_to_the_frozen_study(staff: Client, path: Path) -> None:
    study = loading.load_study(path).study
    assert "Check texts for giveaways" in text_of(staff.get("/studies/night-bus/"))
    assert "The texts haven't been checked yet" in text_of(staff.get(HOME))
    assert staff.post(f"{HOME}look/").status_code == 303
    total = study.findings.count()
    assert f"Review {total} findings" in text_of(staff.get("/studies/night-bus/"))
    assert f"0 of {total} reviewed" in text_of(staff.get(HOME))
    assert "Review each finding" in text_of(staff.get(HOME))
    page = staff.get(place_of(study))
    # A place that is several findings names them all.
    marked = " ".join(re.findall(r'data-finding="([^"]*)"', text_of(page))).split()
    assert {finding.code for finding in study.findings.all()} <= set(marked)
    for finding in study.findings.all():
        answer = staff.post(f"{HOME}{finding.code}/", {"reason": "said by a robot in the story"})
        assert answer.headers["Location"].startswith(place_of(study))
    assert "Next: preview and freeze the study" in text_of(staff.get(HOME))
    assert staff.post("/studies/night-bus/freeze/").status_code == 303
    assert "This is the record" in text_of(staff.get(HOME))
    for closed in (place_of(study), f"{place_of(study)}reject/", f"{HOME}texts/"):
        assert staff.get(closed).headers["Location"] == HOME


def test_a_script_is_scanned_once_for_its_page(staff: Client, path: Path, monkeypatch) -> None:
    study = loading.load_study(path).study
    staff.post(f"{HOME}look/")
    first = text_of(staff.get(place_of(study)))
    monkeypatch.setattr(scanning, "scan_script", None)
    again = text_of(staff.get(place_of(study)))
    assert re.findall("data-finding=[^>]*", again) == re.findall("data-finding=[^>]*", first) != []


def test_findings_in_texts_that_changed_since_the_check_block_nothing(staff: Client, path: Path) -> None:
    loading.load_study(path)
    staff.post(f"{HOME}look/")
    assert "Can't freeze yet" in text_of(staff.get("/studies/night-bus/"))
    replace_in(path.parent / "scripts/depot/alder.fountain", LEAK, "")
    loading.load_study(path)
    page = text_of(staff.get("/studies/night-bus/"))
    assert "Can't freeze yet" not in page
    assert "Check texts for giveaways" in page
    staff.post(f"{HOME}look/")
    assert "Review each finding" not in text_of(staff.get(HOME)), "there is none"


def test_a_large_draft_is_frozen_by_a_worker(staff: Client, path: Path, monkeypatch) -> None:
    study = loading.load_study(path).study
    monkeypatch.setattr(jobs, "AT_ONCE", 10)
    sent = []
    monkeypatch.setattr(jobs, "enqueue_on_commit", lambda *said: sent.append(said))
    for _twice in range(2):
        assert staff.post("/studies/night-bus/freeze/").status_code == 303
    job = study.freeze_jobs.get()
    assert sent == [("annotations.freeze", job.code)] * 2
    page = text_of(staff.get("/studies/night-bus/"))
    assert "Waiting for a worker to freeze the study" in page
    assert "Freeze</button>" not in page
    jobs.run_freeze(job.code)
    assert "Can't freeze yet" in text_of(staff.get("/studies/night-bus/"))
    for finding in study.findings.all():
        findings.clear_finding(finding=finding, by="una", reason="said aloud")
    assert "Can't freeze yet" not in text_of(staff.get("/studies/night-bus/"))
    staff.post("/studies/night-bus/freeze/")
    for _twice in range(2):
        jobs.run_freeze(study.freeze_jobs.first().code)
    study.refresh_from_db()
    assert study.state == "frozen"
    assert [each.state for each in study.freeze_jobs.all()] == ["done", "failed"]
    assert "data-live" not in text_of(staff.get("/studies/night-bus/"))
    assert 'data-run-state="still"' in text_of(staff.get("/studies/night-bus/freeze/live/"))


def test_accepting_wants_a_reason_and_can_be_taken_back(staff: Client, path: Path) -> None:
    study = loading.load_study(path).study
    findings.request_scan(study=study, by="una")
    finding = study.findings.all()[0]
    assert staff.post(f"{HOME}{finding.code}/", {"reason": " "}).status_code == 422
    staff.post(f"{HOME}{finding.code}/", {"reason": "said aloud", "alike": "on"})
    assert "said aloud" in text_of(staff.get(place_of(study)))
    assert staff.get(f"{HOME}{finding.code}/reopen/").status_code == 405
    staff.post(f"{HOME}{finding.code}/reopen/")
    assert "said aloud" not in text_of(staff.get(place_of(study)))


def test_rejecting_asks_first_and_shows_the_next_sample(staff: Client, tmp_path: Path) -> None:
    _path, study = draft(tmp_path, "refuse")
    second = sample(2, words="Sing, then.")
    place = place_of(study)
    form = text_of(staff.get(f"{place}reject/"))
    assert "until you generate or import one" in form
    key = re.search(r'name="key" value="(\w+)"', form)
    assert key is not None
    given = {"key": key[1], "reason": "alder again"}
    assert "Remove the name of the system" in text_of(staff.post(f"{place}reject/", given))
    answer = staff.post(f"{place}reject/", given | {"reason": "a machine speaks"}, follow=True)
    assert answer.redirect_chain == [(place, 303)]
    assert "Sing, then." in text_of(answer)
    assert stands(study) == second.digest
    # The same form again speaks of a text that is no longer there.
    again = staff.post(f"{place}reject/", given | {"reason": "a machine speaks"}, follow=True)
    assert "was replaced in the meantime" in text_of(again)
    back = staff.post(f"{HOME}rejected/{Rejection.objects.get().code}/back/", follow=True)
    assert "The script is restored" in text_of(back)
    assert not Rejection.objects.exists()


def test_an_empty_place_is_told_and_filled_by_the_next_look(staff: Client, tmp_path: Path) -> None:
    _path, study = draft(tmp_path, "refuse")
    place = place_of(study)
    key = text_key(study, stands(study))
    answer = staff.post(f"{place}reject/", {"key": key, "reason": "a machine speaks"}, follow=True)
    assert "there is no next sample" in text_of(answer)
    page = text_of(staff.get(HOME))
    assert "/generation/new/" in page
    assert 'href="#rejected">Restore script' in page
    assert "Next: preview and freeze" not in page
    before = text_of(staff.get("/studies/night-bus/"))
    missing = "For depot, scripts by 1 of the systems were rejected"
    assert missing in before
    assert f'href="{HOME}#rejected"' in before
    assert "For depot, scripts by 1 of the systems were rejected" in text_of(
        staff.post("/studies/night-bus/freeze/")
    )
    second = sample(2)
    assert "1 gap was filled" in text_of(staff.post(f"{HOME}look/", follow=True))
    assert stands(study) == second.digest
    assert freezing.freeze(study=study, by="una").state == "frozen"


def test_findings_outside_scripts_have_a_page(staff: Client, path: Path) -> None:
    replace_in(path, "title: Night bus", "title: Birch against alder by ChatGPT")
    replace_in(path.parent / "briefs/depot.yaml", "A driver finds", "By birch: a driver finds")
    study = loading.load_study(path).study
    findings.request_scan(study=study, by="una")
    page = text_of(staff.get(f"{HOME}texts/"))
    assert "Study text: title" in page
    assert "Brief depot: outline" in page
    assert "Brief depot" not in text_of(staff.get(f"{HOME}texts/?kind=model"))
    finding = study.findings.get(brief_slug="brief:depot:outline")
    answer = staff.post(f"{HOME}{finding.code}/?open=1", {"reason": "a tree"})
    assert answer.headers["Location"].startswith(f"{HOME}texts/?open=1")


def test_filters_keep_what_is_open_and_of_one_kind(staff: Client, path: Path) -> None:
    study = loading.load_study(path).study
    findings.request_scan(study=study, by="una")
    assert "garage" in text_of(staff.get(HOME))
    assert "garage" not in text_of(staff.get(f"{HOME}?open=1"))
    assert "No findings of this kind" in text_of(staff.get(f"{place_of(study)}?kind=series"))
    assert staff.get(f"{HOME}scripts/depot/4/").status_code == 404
    assert staff.get(f"{HOME}scripts/nowhere/1/").status_code == 404


def test_no_page_tells_a_system(staff: Client, tmp_path: Path) -> None:
    """Every page of a draft with findings and rejections, and what its buttons answer."""
    _path, study = draft(tmp_path)
    sample(2)
    key = text_key(study, stands(study))
    staff.post(f"{place_of(study)}reject/", {"key": key, "reason": "a machine speaks"})
    human = text_key(study, stands(study, "human"))
    staff.post(f"{place_of(study, 'human')}reject/", {"key": human, "reason": "a title above the scene"})
    seen, todo = (
        {},
        [HOME, f"{HOME}texts/", f"{HOME}live/", *(f"{HOME}{f.code}/" for f in study.findings.all())],
    )
    while todo:
        address = todo.pop()
        if address in seen:
            continue
        answer = staff.get(address)
        assert answer.status_code in (200, 405), address
        seen[address] = answer.content.decode() + str(answer.headers)
        todo += re.findall(rf'href="({HOME}[^"?#]*)', seen[address])
    assert len(seen) > 12
    digests = set(Script.objects.values_list("digest", flat=True))
    keys = {str(key) for key in System.objects.values_list("pk", flat=True)}
    for address, said in seen.items():
        assert [name for name in (*SYSTEMS, *digests) if name in said] == [], address
        assert not any(f"/{key}/" in address for key in keys - {"1", "2", "3"})


def test_the_order_of_scripts_is_drawn_for_each_brief_and_stays(tmp_path: Path) -> None:
    """24 briefs: no system has one number throughout, and the numbers are those of the places."""
    study = loading.load_study(write_minimal(tmp_path)).study
    spec = from_json(study.spec)
    orders = [tuple(findings_page.system_order(study, spec, f"scene-{n}")) for n in range(24)]
    # By chance one of six orders each; that all are among two of them is one in 10^10.
    assert len(set(orders)) > 2
    assert all(len({order.index(name) for order in orders}) == 3 for name in SYSTEMS)
    assert orders == [tuple(findings_page.system_order(study, spec, f"scene-{n}")) for n in range(24)]
