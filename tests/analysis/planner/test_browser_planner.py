"""Planner, browser: axe finds nothing, and the button simulates until all is drawn."""

import os
import re

import pytest
from playwright.sync_api import expect

from evalsite.core.models import User
from tests import factories
from tests.analysis.planner.test_planner import address
from tests.annotations.staff.test_browser_staff import LOOKS, desk, look_at
from tests.browser import axe_findings, overflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

__all__ = ["desk"]


@pytest.mark.parametrize("looks", LOOKS)
def test_every_page_is_sound(desk, live_server, looks, monkeypatch):
    monkeypatch.setattr("analysis.planner.forms.STUDIES", 10)
    monkeypatch.setattr("analysis.planner.answer.MOST_AT_A_TIME", 5)
    mara = factories.person("mara", role=User.Role.ADMIN)
    for lang, width in looks:
        page = desk(mara, lang, width)
        needed, refused = address(raters="", scenes="", series=8, win_rate=70), address(claim="equivalent")
        look_at(page, live_server.url + needed, f"planner-needed-{lang}-{width}")
        if width < 600:
            look_at(page, live_server.url + refused, f"planner-refused-{lang}-{width}")
        page.goto(live_server.url + address(margin=10))
        page.locator("[data-planner] .btn-primary").click()
        expect(page.locator("[data-done]")).to_have_text("10")
        expect(page.locator("[data-planner] .btn-primary")).to_be_hidden()
        expect(page.locator("#chart")).to_have_attribute("src", re.compile("&token=.+"))
        page.locator("#chart").evaluate("image => image.decode()")
        page.locator("details:not(.menu) > summary").last.click()
        assert page.evaluate("document.querySelector('#chart').naturalWidth") == 480
        _look_again(page, f"planner-simulated-{lang}-{width}")


def _look_again(page, name):
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    assert axe_findings(page) == [], name
    assert overflow(page) <= 0, name
    assert page.problems == []
