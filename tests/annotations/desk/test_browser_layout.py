"""Desk, browser: the layout of the judging page stays still and keeps both scripts in reach."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.annotations.desk.test_browser_judging import choose, come_in, point_at_one, ready
from tests.annotations.desk.test_browser_saving import saved
from tests.browser import NARROW, WIDE, overflow, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = pytest.mark.parametrize("width", [NARROW, WIDE], ids=["390", "1440"])


def boxes(page: Page, selector: str) -> list[object]:
    return [label.bounding_box() for label in page.locator(selector).all()]


@SIZES
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_choosing_moves_nothing_under_the_finger(
    live_server: LiveServer, width: dict[str, int], language: str
) -> None:
    reader = ready(language[:2])
    with visit(live_server.url, width=width, language=language) as context:
        page = come_in(context.new_page(), reader)
        if width is NARROW:
            page.locator("[data-verdict-open]").click()
        before = boxes(page, ".verdict .question .option")
        assert len(before) == 4
        for value in ("left", "tie", "right"):
            choose(page, "choice-overall", value)
            assert boxes(page, ".verdict .question .option") == before
        expect(page.locator(".verdict .strength")).to_be_visible()
        for number in ("1", "3"):
            choose(page, "strength-overall", number)
            assert boxes(page, ".verdict .question .option") == before


@SIZES
def test_where_a_choice_stood_no_strength_appears(live_server: LiveServer, width: dict[str, int]) -> None:
    reader = ready()
    with visit(live_server.url, width=width) as context:
        page = come_in(context.new_page(), reader)
        if width is NARROW:
            page.locator("[data-verdict-open]").click()
        spot = page.locator(".verdict .question .option").first.bounding_box()
        assert spot
        for _ in range(2):
            page.mouse.click(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
        expect(page.locator('[name="choice-overall"][value="left"]')).to_be_checked()
        expect(page.locator('[name="strength-overall"]:checked')).to_have_count(0)


@SIZES
def test_a_link_leads_past_the_brief(live_server: LiveServer, width: dict[str, int]) -> None:
    reader = ready()
    with visit(live_server.url, width=width) as context:
        page = come_in(context.new_page(), reader)
        expect(page.locator(".brief")).to_have_attribute("open", "")
        page.get_by_role("link", name="Go to scripts").click()
        expect(page.locator('[data-pane="left"] .script')).to_be_in_viewport()
        expect(page.locator(".brief")).to_have_attribute("open", "")
        profiles = page.locator("[data-profile][open]")
        expect(profiles).to_have_count(0 if width is NARROW else page.locator("[data-profile]").count())


def test_without_javascript_profiles_stand_open_on_a_phone(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url, width=NARROW, script=False) as context:
        page = come_in(context.new_page(), reader)
        expect(page.locator("[data-profile][open]")).not_to_have_count(0)


def test_what_was_missing_is_said_no_longer_once_it_is_there(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        choose(page, "choice-overall", "left")
        point_at_one(page)
        page.get_by_label("Comment on mark 1 in Script A").fill("too slow")
        page.get_by_role("button", name="Submit judgment").click()
        page.wait_for_url("**/?missing=1")
        said = page.locator("[data-errors] li:not([data-repaired])")
        expect(said).to_have_count(6)
        expect(page.locator("#error-choice-format")).to_be_visible()
        page.locator("#field-choice-format").scroll_into_view_if_needed()
        before = boxes(page, "#field-choice-format .option")
        # What is said of a gap stands beside the question's name, and leaves no gap when it goes.
        error = page.locator("#error-choice-format").bounding_box()
        label = page.locator("#field-choice-format .label").bounding_box()
        assert error
        assert label
        assert abs(error["y"] - label["y"]) < 4
        choose(page, "choice-format", "tie")
        expect(page.locator("#error-choice-format")).to_be_hidden()
        assert boxes(page, "#field-choice-format .option") == before
        expect(said).to_have_count(5)
        page.get_by_label("Kind of mark 1 in Script A").select_option("pacing")
        expect(said).to_have_count(4)
        for slug in ("character", "dialogue"):
            choose(page, f"choice-{slug}", "right")
        for side in ("left", "right"):
            choose(page, f"score-{side}", "7")
        expect(page.locator("[data-errors]")).to_contain_text("All done: you can submit now")
        expect(page.locator("form .error:visible")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_phone_s_head_is_one_row_and_what_is_saved_stays_in_sight(
    live_server: LiveServer, language: str
) -> None:
    reader = ready(single=True)
    with visit(live_server.url, width=NARROW, language=language) as context:
        page = come_in(context.new_page(), reader)
        head = page.locator(".bar").bounding_box()
        assert head
        assert head["height"] < 60
        for button in page.locator(".bar button:visible, .bar summary:visible").all():
            box = button.bounding_box()
            assert box
            assert min(box["width"], box["height"]) >= 44
        choose(page, "score-left", "7")
        saved(page)
        for where in ("h1", ".script", "#field-score-left", "#reason"):
            page.locator(where).first.scroll_into_view_if_needed()
            expect(page.locator("[data-saved]")).to_be_in_viewport(ratio=1)
        assert overflow(page) == 0


def test_sending_by_keys_is_dead_where_keys_are_off_and_while_composing(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        choose(page, "choice-overall", "left")
        page.locator("#reason").focus()
        composing = (
            "new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, isComposing: true, bubbles: true})"
        )
        page.evaluate(f"document.querySelector('#reason').dispatchEvent({composing})")
        page.get_by_role("button", name="Shortcuts").click()
        page.get_by_text("Keyboard shortcuts on").click()
        page.locator("#reason").focus()
        page.keyboard.press("Control+Enter")
        expect(page.locator("[data-saved]")).to_have_attribute("data-state", "saved")
        assert "missing" not in page.url
        page.get_by_role("button", name="Shortcuts").click()
        page.get_by_text("Keyboard shortcuts on").click()
        page.keyboard.press("Control+Enter")
        page.locator("[data-errors]").wait_for()


SMALL = """[...document.querySelectorAll(
    'main :is(button, a, summary, select, textarea, input[type=text], label.option, label.check)'
)].filter((node) => node.offsetParent).filter((node) => {
    const box = node.getBoundingClientRect();
    return box.width < 44 || box.height < 43.5;
}).map((node) => node.outerHTML.slice(0, 80))"""


def test_whatever_is_touched_is_44_pixels(live_server: LiveServer) -> None:
    reader = ready("zh")
    with visit(live_server.url, width=NARROW, language="zh-hans") as context:
        page = come_in(context.new_page(), reader)
        choose(page, "choice-overall", "left")
        page.locator('[data-marks="left"] summary').tap()
        page.locator("[data-mark-add]").first.tap()
        assert page.evaluate(SMALL) == []
