"""Desk, browser: keyboard shortcuts for scores and questions never turn into typed text."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.annotations.desk.test_browser_judging import answered, come_in, press, ready
from tests.browser import axe_findings, hold_time, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_digit_is_taken_at_once_and_the_next_one_makes_a_number_of_both(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = context.new_page()
        hold_time(page)
        come_in(page, reader)
        answered(page)
        a, b = (page.locator(f'[name="score-{side}"]:checked') for side in ("left", "right"))
        a.focus()
        press(page, *"1j8")
        expect(a).to_have_value("1")
        expect(b).to_have_value("8")
        press(page, *"12")
        expect(b).to_have_value("12")
        page.keyboard.press("k")
        page.keyboard.press("1")
        page.keyboard.press("j")
        page.clock.fast_forward(1000)
        expect(b).to_be_focused()
        # Two digits with a pause between them are two numbers.
        page.keyboard.press("1")
        page.clock.fast_forward(1000)
        page.keyboard.press("2")
        expect(b).to_have_value("2")
        page.clock.resume()


def test_no_key_ends_in_the_box_for_the_reason_and_escape_leaves_it(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        answered(page)
        page.locator('[name="score-right"]:checked').focus()
        press(page, *"jj1jm")
        expect(page.locator("#reason")).to_have_value("")
        expect(page.locator('[name="score-right"]:checked')).to_have_value("1")
        page.locator("#reason").focus()
        page.keyboard.press("Escape")
        expect(page.locator('[name="score-right"]:checked')).to_be_focused()


def test_a_score_of_one_digit_can_be_sent_at_once(live_server: LiveServer) -> None:
    reader = ready(single=True)
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        page.keyboard.press("1")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")


def listed_keys(page: Page) -> str:
    return " ".join("".join(row.split()) for row in page.locator("#sheet-keys dt").all_inner_texts())


def test_the_sheet_of_keys_lists_what_works_on_this_page(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        # Opened, closed and opened again, it has its rows once.
        for _ in range(3):
            page.keyboard.press("?")
        rows = page.locator("#sheet-keys dd")
        keys = "1a 2b 3 0 qwe 0–9 g jk s jk m i n ? Esc CtrlEnter"
        assert listed_keys(page) == keys
        expect(rows).to_have_count(len(keys.split()))
        expect(rows.nth(7)).to_have_text("Next or previous question")
        assert axe_findings(page) == []


def test_the_sheet_of_keys_names_those_for_scenes_and_the_score(live_server: LiveServer) -> None:
    reader = ready(single=True, more="\n\nINT. LIFT - DAY\n\nIt stops.\n\n")
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        page.keyboard.press("?")
        assert listed_keys(page) == "0–9 jk m [] i n ? Esc CtrlEnter"
