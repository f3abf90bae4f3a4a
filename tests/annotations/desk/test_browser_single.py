"""Desk, browser: judging one script at a time without JavaScript. With it: `test_browser_whole_study.py`."""

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from annotations.models import Mark, Score
from tests.annotations.desk.test_browser_judging import choose, come_in, ready
from tests.browser import visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_one_script_without_javascript(live_server: LiveServer) -> None:
    reader = ready(single=True)
    with visit(live_server.url, script=False) as context:
        page = come_in(context.new_page(), reader)
        choose(page, "score-left", "4")
        page.locator("summary", has_text="Marks").click()
        page.get_by_label("Kind of mark 2 in Script").select_option("pacing")
        page.get_by_role("button", name="Submit judgment").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    assert (Score.objects.get().value, Mark.objects.get().error_class) == (4, "pacing")
