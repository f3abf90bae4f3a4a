"""Desk, browser: a phone with a touch screen. What is tapped is stored, and nothing gets lost on the way."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from annotations.models import Answer
from tests.annotations.desk.cast import Reader, at_desk, make_study
from tests.annotations.desk.participation_cast import judge
from tests.annotations.desk.test_browser_judging import come_in
from tests.annotations.desk.test_browser_saving import saved
from tests.browser import NARROW, until, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
QUESTIONS = ("character", "dialogue", "format")


@pytest.fixture
def reader(live_server: LiveServer) -> Reader:
    return at_desk(make_study(language="zh", more="△ 灯灭了。\n" * 90))


@pytest.fixture
def phone(live_server: LiveServer, reader: Reader) -> Iterator[Page]:
    with visit(live_server.url, width=NARROW, language="zh-hans", mobile=True) as context:
        yield come_in(context.new_page(), reader)


def answer_first(page: Page) -> None:
    """Open the questions at the foot of the screen and answer the first one."""
    page.locator("[data-verdict-open]").tap()
    page.locator('label:has([name="choice-overall"][value="left"])').tap()


def tap_each(page: Page, value: str) -> None:
    """Tap an option of every other question, and check that it stays where it was tapped."""
    for slug in QUESTIONS:
        option = page.locator(f'label:has([name="choice-{slug}"][value="{value}"])')
        option.scroll_into_view_if_needed()
        page.wait_for_timeout(100)
        box = option.bounding_box()
        assert box
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert option.bounding_box() == box
    saved(page)
    content = Answer.objects.get().content
    assert [content.get(f"choice-{slug}") for slug in QUESTIONS] == [value] * len(QUESTIONS)


@pytest.mark.parametrize("value", ["left", "right"])
def test_the_option_tapped_after_the_jump_is_stored(phone: Page, value: str) -> None:
    answer_first(phone)
    phone.get_by_role("link", name="其余问题").tap()
    expect(phone.locator("#questions")).to_be_in_viewport()
    expect(phone.locator("[data-verdict-open]")).to_have_attribute("aria-expanded", "false")
    tap_each(phone, value)


def test_the_option_tapped_after_scrolling_is_stored(phone: Page) -> None:
    answer_first(phone)
    phone.evaluate("document.querySelector('#questions').scrollIntoView({ behavior: 'instant' })")
    tap_each(phone, "left")


def test_a_tap_on_the_script_closes_the_questions(phone: Page) -> None:
    answer_first(phone)
    phone.locator('[data-pane="left"] [data-o]').first.tap()
    expect(phone.locator("[data-verdict-open]")).to_have_attribute("aria-expanded", "false")


def press(page: Page, side: str) -> None:
    """Tap where the button is: `Locator.tap` scrolls what sticks to the top of the window."""
    box = page.locator(f'[data-show="{side}"]').bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(f'[data-pane="{side}"]')).to_be_visible()


def test_each_script_keeps_its_place(phone: Page) -> None:
    press(phone, "right")
    phone.locator('[data-pane="right"]').evaluate("node => node.scrollIntoView()")
    phone.evaluate("window.scrollTo({ top: 1900, behavior: 'instant' })")
    for _ in range(2):
        press(phone, "left")
        expect(phone.locator('[data-pane="left"] [data-o]').first).to_be_in_viewport()
        assert phone.evaluate("window.scrollY") < 1000
        press(phone, "right")
        assert phone.evaluate("window.scrollY") == pytest.approx(1900, abs=2)


def select(page: Page, selector: str) -> None:
    """What a long press leaves: a selection."""
    page.locator(selector).evaluate(
        """node => {
            node.scrollIntoView({ block: "center" });
            getSelection().setBaseAndExtent(node.firstChild, 1, node.firstChild, 4);
        }"""
    )
    expect(page.locator("[data-mark-bar]")).to_be_visible()


def overlap(page: Page, selector: str) -> bool:
    return bool(
        page.evaluate(
            """selector => {
                const bar = document.querySelector("[data-mark-bar]").getBoundingClientRect();
                const other = document.querySelector(selector).getBoundingClientRect();
                return bar.top < other.bottom - 1 && other.top < bar.bottom - 1;
            }""",
            selector,
        )
    )


def test_closing_the_mark_bar_clears_the_selection(phone: Page) -> None:
    select(phone, '[data-pane="left"] .sp-dialogue >> nth=0')
    assert not overlap(phone, "[data-slim]")
    phone.locator("[data-mark-close]").tap()
    expect(phone.locator("[data-mark-bar]")).to_be_hidden()
    # Longer than the bar waits for a selection to settle.
    phone.wait_for_timeout(600)
    expect(phone.locator("[data-mark-bar]")).to_be_hidden()
    assert phone.evaluate("getSelection().isCollapsed")


def test_the_mark_bar_never_covers_the_questions(phone: Page) -> None:
    select(phone, '[data-pane="left"] [data-o] >> nth=-1')
    for selector in ("[data-slim]", ".verdict", ".questions", ".send"):
        phone.locator(selector).evaluate("node => node.scrollIntoView({ block: 'center' })")
        phone.wait_for_timeout(100)
        assert not overlap(phone, ".send"), selector
        assert not overlap(phone, ".questions"), selector


SAVED_LINES = """() => [...document.querySelectorAll(".saved")].filter((line) => {
    const box = line.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    return line.textContent && line.checkVisibility({ opacityProperty: true, visibilityProperty: true })
        && box.height > 1 && box.top < innerHeight && box.bottom > 0
        && line.contains(document.elementFromPoint(x, y));
}).length"""


def test_what_is_saved_stands_once_on_the_screen(phone: Page) -> None:
    answer_first(phone)
    saved(phone)
    assert phone.evaluate(SAVED_LINES) == 1
    phone.get_by_role("link", name="其余问题").tap()
    for selector in ("[data-slim]", ".questions", "#reason", ".send"):
        phone.locator(selector).evaluate("node => node.scrollIntoView({ block: 'center' })")
        phone.wait_for_timeout(200)
        assert phone.evaluate(SAVED_LINES) == 1, selector
    phone.locator("#reason").tap()
    phone.wait_for_timeout(200)
    assert phone.evaluate(SAVED_LINES) == 1


def test_the_page_for_a_change_leads_to_the_questions(phone: Page, reader: Reader) -> None:
    judge(reader)
    phone.goto("/r/go/change/")
    phone.get_by_role("link", name="直接看问题").tap()
    for options in (".verdict .question", ".criteria .question"):
        expect(phone.locator(f"{options} .option").first).to_be_in_viewport()


def test_marking_by_touch_leaves_the_keyboard_down(phone: Page) -> None:
    select(phone, '[data-pane="left"] .sp-dialogue >> nth=0')
    phone.locator("[data-mark-class]").first.tap()
    expect(phone.locator("[data-mark-note]")).to_be_visible()
    assert not phone.evaluate("document.activeElement.matches('input, textarea, select')")
    phone.locator("[data-mark-note]").tap()
    phone.keyboard.insert_text("太快")
    phone.locator("[data-mark-done]").tap()
    saved(phone)
    assert Answer.objects.get().content["mark-left-1-note"] == "太快"
    until(phone, "document.querySelector('[data-mark-bar]').hidden")


def test_a_missing_answer_is_named_below_the_question_and_its_link_opens_the_question(phone: Page) -> None:
    phone.locator('.send button[value="next"]').tap()
    link = phone.locator('[data-errors] a[href="#field-choice-overall"]')
    link.tap()
    question = phone.locator("#field-choice-overall")
    expect(phone.locator("[data-verdict-open]")).to_have_attribute("aria-expanded", "true")
    expect(question).to_be_in_viewport(ratio=1)
    error, close = (
        phone.locator(each).bounding_box() for each in ("#error-choice-overall", "[data-verdict-close]")
    )
    assert error
    assert close
    assert error["x"] + error["width"] <= close["x"] or error["y"] >= close["y"] + close["height"]
