"""Public links to a report: made by admins, read without an account until they expire or are ended."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from analysis.models import ReportLink
from analysis.reports import services as reports
from analysis.reports.report_links import create_report_link
from evalsite.core.clock import database_now
from evalsite.core.logs import without_secrets
from evalsite.core.models import AuditEvent

pytestmark = pytest.mark.django_db
LINKS = "/studies/harbour/report/links/"


def in_days(days: int):
    return database_now().date() + timedelta(days=days)


def address_made(staff: Client) -> str:
    """The path of a new link, read from the page that shows it once."""
    made = staff.post(LINKS, {"until": in_days(30).isoformat(), "note": "For the board"})
    assert made.status_code == 303
    found = re.search(r'value="(http://[^"]+/shared/[^"]+)"', staff.get(made["Location"]).content.decode())
    assert found is not None
    assert "/shared/" not in staff.get(LINKS).content.decode(), "shown again"
    return urlsplit(found[1]).path


def page_of(path: str, lang: str = "en"):
    return Client().get(f"{path}{lang}/")


@pytest.mark.slow
def test_anyone_reads_the_report_and_its_files_in_both_languages(report, staff):
    path = address_made(staff)
    (link,) = ReportLink.objects.all()
    secret = path.split("/")[2]
    assert len(secret) >= 43
    assert secret not in link.secret_hash
    assert Client().get(path, headers={"Accept-Language": "zh-hans"})["Location"] == "zh-hans/"
    for lang in ("en", "zh-hans"):
        page = page_of(path, lang)
        text = page.content.decode()
        assert page.status_code == 200
        assert report.code in text
        assert f'lang="{lang}"' in text
        assert not page.cookies
        assert page["Referrer-Policy"] == "no-referrer"
        assert "noindex" in page["X-Robots-Tag"]
        assert "no-store" in page["Cache-Control"]
        assert "<form" not in text
        assert not re.search(r'href="/(studies/(?!report\.css)|generation/|api/|admin/)', text)
        taken = set(re.findall(r'(?:src|href)="[^"]*?((?:files|tables)/[^"]+)"', text))
        html = "report.html" if lang == "en" else f"report.{lang}.html"
        assert {f"files/{name}" for name in (html, "report.json")} < taken
        sample = [name for name in sorted(taken) if not name.endswith(".pdf")][:6]
        answers = [Client().get(f"{path}{lang}/{name}") for name in sample]
        assert {answer.status_code for answer in answers} == {200}
        assert {answer["Referrer-Policy"] for answer in answers} == {"no-referrer"}


@pytest.mark.slow
def test_a_link_keeps_the_report_of_its_moment(report, staff):
    path = address_made(staff)
    later = reports.request(study=report.study, by=None, kind="rerun")
    reports.build(later.code)
    text = page_of(path).content.decode()
    assert report.code in text
    assert later.code not in text


def test_a_link_ends_at_once_after_a_confirmation(report, staff):
    path = address_made(staff)
    end = f"{LINKS}{ReportLink.objects.get().code}/end/"
    assert end in staff.get(LINKS).content.decode()
    assert "Disable public link" in staff.get(end).content.decode()
    assert page_of(path).status_code == 200
    assert staff.post(end)["Location"] == LINKS
    for address in (path, f"{path}en/", f"{path}en/files/report.json", f"{path}en/tables/win_rates.csv"):
        gone = Client().get(address)
        assert (gone.status_code, gone["Referrer-Policy"]) == (410, "no-referrer")
    assert "This link no longer works" in page_of(path).content.decode()
    assert "此链接已失效" in page_of(path, "zh-hans").content.decode()
    staff.post(end)
    logged = AuditEvent.objects.filter(about="harbour", who="mara", verb__contains="report link")
    assert [event.verb for event in logged.order_by("pk")] == ["make report link", "end report link"]


def test_a_link_expires_after_its_last_day(report, mara):
    link, secret = create_report_link(report=report, until=in_days(1), note="", by=mara)
    assert page_of(f"/shared/{secret}/").status_code == 200
    ReportLink.objects.update(expires_at=database_now())
    assert page_of(f"/shared/{secret}/").status_code == 410
    assert (link.expires_at.date(), link.expires_at.hour) == (in_days(2), 0)


def test_an_unknown_secret_is_not_found(db):
    answer = Client().get(f"/shared/{'a' * 43}/")
    assert answer.status_code == 404
    assert "noindex" in answer["X-Robots-Tag"]
    assert "No report at this address" in answer.content.decode()


def test_other_files_and_other_languages_are_not_found(report, mara):
    _link, secret = create_report_link(report=report, until=in_days(1), note="", by=mara)
    for name in ("en/files/judgments.csv", "en/files/bundle.zip", "en/tables/judgments.csv"):
        assert Client().get(f"/shared/{secret}/{name}").status_code == 404


def test_only_admins_make_and_end_links(report, mara, other):
    link, _secret = create_report_link(report=report, until=in_days(1), note="", by=mara)
    for address in (LINKS, f"{LINKS}{link.code}/end/"):
        assert other.get(address).status_code == 404
        assert other.post(address, {"until": in_days(1).isoformat()}).status_code == 404
        assert Client().get(address)["Location"].startswith("/staff/login/")
    assert LINKS not in other.get("/studies/harbour/report/").content.decode()
    assert ReportLink.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize("until", ["", "tomorrow", "2020-01-01", "2999-01-01"])
def test_a_date_that_does_not_do_is_refused(report, staff, until):
    answer = staff.post(LINKS, {"until": until})
    assert answer.status_code == 422
    assert not ReportLink.objects.exists()


def test_logs_hold_no_secret_of_a_link():
    assert without_secrets(f"GET /shared/{'a' * 43}/en/ 200") == "GET /shared/***/en/ 200"
