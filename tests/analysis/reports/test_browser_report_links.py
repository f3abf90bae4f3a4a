"""In a browser: the codebook, the page of public links and the shared report, in both languages."""

from datetime import timedelta

import pytest

from analysis.reports.report_links import create_report_link, end_report_link
from evalsite.core.clock import database_now
from tests import factories
from tests.browser import NARROW, WIDE, axe_findings, visit

REPORT = "/studies/harbour/report/"


@pytest.mark.django_db(transaction=True)
def test_the_pages_fit_and_are_accessible(live_server, tmp_path, mara, staff):
    report = factories.make_unblinded(tmp_path, report=True).reports.get()
    until = database_now().date() + timedelta(days=30)
    link, secret = create_report_link(report=report, until=until, note="For the board", by=mara)
    ended, gone = create_report_link(report=report, until=until, note="", by=mara)
    end_report_link(link=ended, by=mara)
    session = staff.cookies["sessionid"].value
    findings = []
    for language in ("en", "zh-hans"):
        public = [f"/shared/{each}/{language}/" for each in (secret, gone)]
        pages = [f"{REPORT}codebook/", f"{REPORT}links/", f"{REPORT}links/{link.code}/end/", *public]
        for width in (WIDE, NARROW):
            with visit(live_server.url, width=width, language=language) as context:
                context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
                page = context.new_page()
                for path in pages:
                    page.goto(path)
                    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
                    findings += axe_findings(page)
    assert findings == []


@pytest.mark.django_db(transaction=True)
def test_a_reader_needs_no_cookie_and_no_script(live_server, tmp_path, mara):
    report = factories.make_unblinded(tmp_path, report=True).reports.get()
    until = database_now().date() + timedelta(days=1)
    _link, secret = create_report_link(report=report, until=until, note="", by=mara)
    with visit(live_server.url, script=False) as context:
        context.clear_cookies()
        page = context.new_page()
        page.goto(f"/shared/{secret}/")
        page.get_by_role("link", name="中文").click()
        assert page.url.endswith("/zh-hans/")
        assert page.locator("html").get_attribute("lang") == "zh-hans"
        with page.expect_download() as saved:
            page.get_by_role("link", name="report.json").click()
        assert saved.value.suggested_filename == "harbour-report.json"
        assert context.cookies() == []
