"""The full PDF of a stored report: requested once, made by a worker, retried, offered where it is."""

import io

import pdfplumber
import pytest
from django.core.management import call_command
from django.test import Client

from analysis import tasks
from analysis.models import FullPdf, Report
from analysis.render import report_files
from analysis.reports import full_pdfs
from analysis.reports.report_links import create_report_link
from analysis.reports.stored_reports import record_stored
from analysis.tables import frames
from evalsite.core.clock import database_now
from evalsite.core.models import AuditEvent
from tests import factories
from tests.annotations.blinding.tampering import unguarded
from tests.annotations.staff.studies.test_study_page import text_of
from tests.browser import axe_findings, visit
from tests.factories import locked_by_another_connection

PAGE = "/studies/harbour/report/"
CHINESE = {"Accept-Language": "zh-hans"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def report(stored_report) -> Report:
    return stored_report


def address(report: Report) -> str:
    return f"{PAGE}{report.code}/full-pdf/"


def state(staff: Client, report: Report) -> str:
    return staff.get(f"{address(report)}state/").json()["state"]


def test_it_works(report, staff):
    page = staff.get(PAGE)
    assert "Create full report" in text_of(page)
    assert state(staff, report) == "none"
    answer = staff.post(address(report))
    assert (answer.status_code, answer["Location"]) == (303, f"{PAGE}#full-pdf")
    page = staff.get(PAGE)
    assert f'data-poll="{address(report)}state/"' in page.content.decode()
    assert "Waiting for a worker" in text_of(page)
    assert state(staff, report) == "waiting"
    tasks.build_full_pdf(report.code, "en")
    assert state(staff, report) == "done"
    page = staff.get(PAGE).content.decode()
    assert f"{PAGE}{report.code}/files/report-full.pdf" in page
    assert "KB" in page
    assert "Create full report" not in page
    content = staff.get(f"{PAGE}{report.code}/files/report-full.pdf").content
    with pdfplumber.open(io.BytesIO(content)) as opened:
        assert len(opened.pages) > 2
    verbs = AuditEvent.objects.filter(about="harbour").values_list("verb", "detail__file")
    assert {("ask for full PDF", None), ("download", "report-full.pdf")} <= set(verbs)


@pytest.mark.parametrize(
    ("lang", "text"), [("en", "A newer report has replaced the one"), ("zh-hans", "刚才阅读的报告已更新")]
)
def test_a_page_that_shows_an_older_report_says_so_and_queues_nothing(report, staff, lang, text):
    record_stored(Report.objects.create(study=report.study, state="done", results=report.results), {})
    headers = {"Accept-Language": lang}
    answer = staff.post(address(report), headers=headers)
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert text in text_of(staff.get(PAGE, headers=headers))
    assert not FullPdf.objects.exists()


def test_each_language_has_its_own(report, staff):
    staff.post(address(report), headers=CHINESE)
    assert FullPdf.objects.get().lang == "zh-hans"
    full_pdfs.build_full_pdf(report.code, "zh-hans")
    assert "report-full.zh-hans.pdf" in staff.get(PAGE, headers=CHINESE).content.decode()
    assert "Create full report" in text_of(staff.get(PAGE))


def test_the_page_says_how_long_a_worker_has_been_at_it(report, staff):
    staff.post(address(report))
    FullPdf.objects.update(state="running", started_at=database_now())
    assert "The PDF is being created (" in text_of(staff.get(PAGE))
    assert staff.get(f"{address(report)}state/").json()["seconds"] <= 5


def test_pressed_twice_is_one_job(report, staff, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as sent:
        staff.post(address(report))
        staff.post(address(report))
    assert FullPdf.objects.count() == len(sent) == 1
    full_pdfs.build_full_pdf(report.code, "en")
    made = report.files.get(name="report-full.pdf")
    with django_capture_on_commit_callbacks() as sent:
        staff.post(address(report))
    full_pdfs.build_full_pdf(report.code, "en")
    assert not sent
    assert report.files.get(name="report-full.pdf").pk == made.pk


def test_a_failure_has_a_reason_and_can_be_tried_again(report, staff, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(report_files, "MOST_ON_PAPER", 0)
        staff.post(address(report), headers=CHINESE)
        full_pdfs.build_full_pdf(report.code, "zh-hans")
    page = text_of(staff.get(PAGE, headers=CHINESE))
    assert "无法生成 PDF" in page
    assert "重试" in page
    staff.post(address(report), headers=CHINESE)
    full_pdfs.build_full_pdf(report.code, "zh-hans")
    assert FullPdf.objects.get().state == "done"


def test_an_unexpected_failure_is_logged_and_not_shown_in_detail(report, staff, monkeypatch, caplog):
    monkeypatch.setattr(report_files, "render_full", lambda *args: 1 / 0)
    staff.post(address(report))
    full_pdfs.build_full_pdf(report.code, "en")
    assert "unexpected ZeroDivisionError" in text_of(staff.get(PAGE))
    assert "Try again" in text_of(staff.get(PAGE))
    assert report.code in caplog.text


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_left_is_made_again(report, mara):
    job = full_pdfs.request_full_pdf(report=report, lang="en", by=mara)
    FullPdf.objects.update(state="running", started_at=database_now())
    call_command("sweep")
    job.refresh_from_db()
    assert job.state == "waiting"
    full_pdfs.build_full_pdf(report.code, "en")
    job.refresh_from_db()
    assert job.state == "done", job.reason


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_a_worker_that_ends_three_times_is_a_failure_that_can_be_tried_again(report, staff, lang):
    headers = {"Accept-Language": lang}
    staff.post(address(report), headers=headers)
    for attempt in (1, 2, 3):
        assert FullPdf.objects.get().state == "waiting"
        full_pdfs.take_job(FullPdf.objects.all())
        assert FullPdf.objects.get().attempts == attempt
        full_pdfs.requeue_stale_pdfs()
    assert FullPdf.objects.get().state == "failed"
    reason = {"en": "The worker stopped unexpectedly three times", "zh-hans": "意外终止了三次"}[lang]
    assert reason in FullPdf.objects.get().reason
    assert reason in text_of(staff.get(PAGE, headers=headers))
    staff.post(address(report), headers=headers)
    assert (FullPdf.objects.get().state, FullPdf.objects.get().attempts) == ("waiting", 0)


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_is_making_is_left_alone(report, mara):
    job = full_pdfs.request_full_pdf(report=report, lang="en", by=mara)
    FullPdf.objects.update(state="running", started_at=database_now())
    with locked_by_another_connection(job):
        call_command("sweep")
    job.refresh_from_db()
    assert job.state == "running"


def test_a_sealed_study_has_none(report, staff, mara):
    report.study.state = "closed"
    with unguarded():
        report.study.save()
    assert staff.post(address(report)).status_code == 403
    assert staff.get(f"{address(report)}state/").status_code == 403
    with pytest.raises(frames.Sealed):
        full_pdfs.request_full_pdf(report=report, lang="en", by=mara)
    assert not FullPdf.objects.exists()


def test_only_staff_and_only_by_post(report, staff):
    assert Client().post(address(report))["Location"].startswith("/staff/login/")
    assert Client(enforce_csrf_checks=True).post(address(report)).status_code in (302, 403)
    assert staff.get(address(report)).status_code == 405
    assert staff.post(f"{PAGE}zzz/full-pdf/").status_code == 404
    assert not FullPdf.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_page_turns_by_itself_when_the_pdf_is_ready(live_server, report, tmp_path, staff):
    session = {"name": "sessionid", "value": staff.cookies["sessionid"].value, "url": live_server.url}
    findings = []
    for lang, press, link in (
        ("en", "Create full report", "report-full.pdf"),
        ("zh-hans", "生成完整报告", "report-full.zh-hans.pdf"),
    ):
        with visit(live_server.url, language=lang) as context:
            context.add_cookies([session])
            page = context.new_page()
            page.goto(PAGE)
            page.get_by_role("button", name=press).click()
            page.locator("#full-pdf [data-poll]").wait_for()
            findings += axe_findings(page)
            full_pdfs.build_full_pdf(report.code, lang)
            page.get_by_role("link", name=link, exact=True).wait_for()
            page.locator("#take-away").screenshot(path=tmp_path / f"{lang}.png")
    assert findings == []


def test_public_links_offer_what_is_stored_and_start_nothing(report, mara):
    report.files.filter(name="report.zh-hans.pdf").delete()
    _link, secret = create_report_link(report=report, until=database_now().date(), note="", by=mara)
    page = f"/shared/{secret}/en/"
    text = Client().get(page).content.decode()
    assert "files/report.pdf" in text
    assert "report-full.pdf" not in text
    assert Client().get(f"{page}files/report-full.pdf").status_code == 404
    full_pdfs.request_full_pdf(report=report, lang="en", by=mara)
    full_pdfs.build_full_pdf(report.code, "en")
    assert "files/report-full.pdf" in Client().get(page).content.decode()
    assert Client().get(f"{page}files/report-full.pdf").content.startswith(b"%PDF-1.7")
    chinese = Client().get(f"/shared/{secret}/zh-hans/").content.decode()
    assert "report-full.zh-hans.pdf" not in chinese
    assert "report.zh-hans.pdf" not in chinese


@pytest.mark.slow
def test_a_computed_report_has_the_short_pdf_in_both_languages(tmp_path):
    report = factories.make_unblinded(tmp_path, briefs=1, report=True).reports.get()
    files = {file.name: bytes(file.content) for file in report.files.filter(name__endswith=".pdf")}
    assert set(files) == {"report.pdf", "report.zh-hans.pdf"}
    for content in files.values():
        with pdfplumber.open(io.BytesIO(content)) as opened:
            assert len(opened.pages) == 2
