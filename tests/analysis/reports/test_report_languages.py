"""Files of a report in the reader's language: PDFs are stored in both, charts drawn where they are not."""

import re

import pytest

from analysis.models import Report
from evalsite.core.models import AuditEvent
from tests.annotations.staff.studies.test_study_page import text_of

pytestmark = pytest.mark.django_db
PAGE = "/studies/harbour/report/"
CHINESE = {"Accept-Language": "zh-hans"}


@pytest.fixture
def report(stored_report):
    return stored_report


def test_it_works(report, staff):
    assert f"{PAGE}{report.code}/files/report.pdf" in staff.get(PAGE).content.decode()
    answer = staff.get(f"{PAGE}{report.code}/files/report.pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="harbour-report.pdf"'
    assert answer.content == b"%PDF stored"
    assert AuditEvent.objects.filter(verb="download", detail__file="report.pdf").exists()


def test_a_chinese_page_has_chinese_charts_and_a_chinese_pdf(report, staff):
    page = staff.get(PAGE, headers=CHINESE).content.decode()
    sources = re.findall(rf'src="({PAGE}[^"]+\.svg)"', page)
    assert sources
    for source in sources:
        answer = staff.get(source)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
        assert 'lang="zh-Hans"' in answer.content.decode()
    made = f"{PAGE}{report.code}/files/report.zh-hans.pdf"
    assert made in page
    assert staff.get(made).content == b"%PDF zh"
    assert report.files.count() == 3


@pytest.mark.parametrize("file", ["report.zh-hans.html", "report.zh-hans.md", "report-full.zh-hans.md"])
def test_a_chinese_page_offers_the_report_in_chinese(report, staff, file):
    name = f"{PAGE}{report.code}/files/{file}"
    assert name in staff.get(PAGE, headers=CHINESE).content.decode()
    answer = staff.get(name)
    assert answer["Content-Disposition"] == f'attachment; filename="harbour-{file}"'
    assert "评测报告" in answer.content.decode() or "胜率" in answer.content.decode()


def test_a_report_stored_before_there_was_a_chart_has_it_all_the_same(report, staff):
    page = staff.get(PAGE).content.decode()
    [source, *_] = re.findall(rf'src="({PAGE}[^"]+\.svg)"', page)
    assert 'lang="en"' in staff.get(source).content.decode()


def test_a_missing_pdf_is_not_offered_and_the_page_says_what_to_do(report, staff):
    report.files.filter(name__endswith=".pdf").delete()
    for headers, name, said in (
        ({}, "report.pdf", "could not be created with the report"),
        (CHINESE, "report.zh-hans.pdf", "计算报告时未能生成"),
    ):
        page = staff.get(PAGE, headers=headers)
        assert f"/files/{name}" not in page.content.decode()
        assert said in text_of(page)
        assert staff.get(f"{PAGE}{report.code}/files/{name}").status_code == 404


def test_what_there_is_not_is_404(report, staff):
    names = (
        "plots/zh-hans/no.svg",
        "plots/fr/forest-en.svg",
        "report.fr.pdf",
        "plots/zh-hans/",
        "plots/no.svg",
        "x",
        "a.svg",
    )
    for name in names:
        assert staff.get(f"{PAGE}{report.code}/files/{name}").status_code == 404
    Report.objects.update(state=Report.State.RUNNING)
    assert staff.get(f"{PAGE}{report.code}/files/report.zh-hans.pdf").status_code == 404
