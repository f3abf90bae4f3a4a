"""Desk, browser: controls are where a rater reads: save status, keys, one script on a phone, strengths."""

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from annotations.models import Answer, AnswerChange
from tests.annotations.desk.test_browser_judging import answered, come_in, ready
from tests.annotations.desk.test_browser_saving import saved
from tests.browser import NARROW, WIDE, axe_findings, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SUBMIT = "Submit judgment"
LONG_BRIEF = "document.querySelector('.brief-body').style.minHeight = '150vh'"


def told(page: Page) -> str:
    """What is said of saving and sending in sight, where one is."""
    return str(
        page.evaluate(
            """() => [...document.querySelectorAll("[data-saved], [data-saved-too]")].filter((line) => {
                const box = line.getBoundingClientRect();
                if (!line.checkVisibility() || box.top < 0 || box.bottom > innerHeight) return false;
                const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
                return line.contains(top);
            }).map((line) => line.textContent)[0] ?? "" """
        )
    )


def test_keys_do_nothing_to_what_is_out_of_sight_but_bring_it(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        page.evaluate(LONG_BRIEF)
        left = page.locator('[name="choice-overall"][value="left"]')
        for key in ("1", "s", "j", "m"):
            page.evaluate("window.scrollTo(0, 0)")
            page.keyboard.press(key)
            expect(page.locator('[data-pane="left"] .script')).to_be_in_viewport()
            expect(left).not_to_be_checked()
            expect(page.locator("[data-mark-bar]")).to_be_hidden()
        page.keyboard.press("1")
        expect(left).to_be_checked()
        # With the verdict out of sight below, it is the same, once the focus has left the other questions.
        page.evaluate("document.activeElement.blur()")
        page.locator("#reason").scroll_into_view_if_needed()
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        page.keyboard.press("2")
        expect(left).to_be_checked()
    assert list(AnswerChange.objects.values_list("value", flat=True)) == ["left"]


@pytest.mark.parametrize("width", [{"width": 1440, "height": 700}, NARROW], ids=["1440", "390"])
def test_without_a_connection_the_page_stays_and_says_so_beside_the_button(
    live_server: LiveServer, width: dict[str, int]
) -> None:
    reader = ready()
    with visit(live_server.url, width=width) as context:
        page = come_in(context.new_page(), reader)
        answered(page)
        saved(page)
        page.locator("#reason").scroll_into_view_if_needed()
        assert "Saved" in told(page)
        context.set_offline(True)
        page.locator("#reason").press_sequentially("B drags.")
        expect(page.locator("[data-saved]")).to_have_attribute("data-state", "unsaved")
        assert "Not saved yet: no connection" in told(page)
        page.get_by_role("button", name=SUBMIT).click()
        expect(page.locator("[data-saved]")).to_contain_text("Not submitted")
        assert "Not submitted: no connection" in told(page)
        context.set_offline(False)
        page.evaluate("window.dispatchEvent(new Event('online'))")
        saved(page)
        assert "Saved, but not submitted" in told(page)
        page.get_by_role("button", name=SUBMIT).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    assert reader.rater.assignments.get().reason == "B drags."


def test_a_site_that_does_not_answer_is_not_gone_to(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = context.new_page()
        page.clock.install()
        come_in(page, reader)
        answered(page)
        page.clock.fast_forward(1000)
        saved(page)
        # A connection that swallows everything: no refusal, no answer.
        swallowed: list[Route] = []
        page.route("**/r/a/**", lambda route: swallowed.append(route))
        page.keyboard.press("Control+Enter")
        page.clock.fast_forward(30_000)
        expect(page.locator("[data-saved]")).to_contain_text("Not submitted")
        expect(page.get_by_role("button", name=SUBMIT)).to_be_visible()
        for route in swallowed:
            route.abort()  # or the browser lets it go as the page closes, and it comes after the test
    assert reader.rater.assignments.get().state == "open"


def test_a_strength_goes_with_its_choice_and_can_be_taken_back(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        chosen = page.locator('[name="strength-overall"]:checked')
        page.locator("#scripts").evaluate("node => node.scrollIntoView()")
        for key in ("2", "e"):
            page.keyboard.press(key)
        expect(chosen).to_have_value("3")
        # The focus has moved on to the next question.
        for key in ("g", "1"):
            page.keyboard.press(key)
        expect(chosen).to_have_count(0)
        page.locator(".verdict").get_by_text("clearly").click()
        expect(chosen).to_have_value("2")
        page.locator(".verdict").get_by_text("clearly").click()
        expect(chosen).to_have_count(0)
        page.keyboard.press("q")
        page.keyboard.press("q")
        expect(chosen).to_have_count(0)
        saved(page)
    assert Answer.objects.get().content == {"choice-overall": "left"}


@pytest.mark.parametrize(
    "size", [(390, 844), (390, 440), (844, 390)], ids=lambda size: f"{size[0]}x{size[1]}"
)
def test_a_phone_is_for_the_script(live_server: LiveServer, size: tuple[int, int]) -> None:
    reader = ready(more="\n".join(f"The lamp of floor {number} goes out.\n" for number in range(30)))
    width = {"width": size[0], "height": size[1]}
    with visit(live_server.url, width=width) as context:
        page = come_in(context.new_page(), reader)
        page.locator("[data-o]").nth(12).evaluate("node => node.scrollIntoView({ block: 'center' })")
        free = page.evaluate(
            "judging.foot() - document.querySelector('.tools').getBoundingClientRect().bottom"
        )
        assert free > size[1] - 125
        page.locator("[data-verdict-open]").click()
        page.locator(".verdict").get_by_text("Script B is better").click()
        expect(page.locator("[data-verdict-open]")).to_contain_text("Script B is better")
        # A passage that is pointed at stays in sight while its note is written.
        words = page.locator('[data-pane="left"] [data-o]').nth(12)
        words.evaluate(
            """node => {
                node.scrollIntoView({ block: 'end' });
                getSelection().selectAllChildren(node);
            }"""
        )
        page.locator('[data-mark-class="plot"]').click()
        expect(page.locator("[data-mark-note]")).to_be_focused()
        below = words.evaluate(
            """node => document.querySelector("[data-mark-bar]").getBoundingClientRect().top
                - node.getBoundingClientRect().top"""
        )
        assert below >= 16
        assert words.evaluate("node => node.getBoundingClientRect().top") >= 0
        page.locator("[data-mark-done]").click()
        page.locator('[data-sheet-open="notes"]').click()
        head = page.locator("#sheet-notes .sheet-head").bounding_box()
        assert head
        assert head["y"] >= 0


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["1440", "390"])
def test_type_and_theme_can_be_set_beside_the_scripts(live_server: LiveServer, width: dict[str, int]) -> None:
    reader = ready()
    with visit(live_server.url, width=width) as context:
        page = come_in(context.new_page(), reader)
        address = page.url
        page.locator('[data-sheet-open="display"]').click()
        sheet = page.get_by_role("dialog", name="Text size and theme")
        expect(sheet.get_by_role("button", name="paper")).to_have_attribute("aria-pressed", "true")
        sheet.get_by_role("button", name="dark").click()
        sheet.get_by_role("button", name="very large").click()
        expect(page.locator('html[data-theme="dark"][data-size="huge"]')).to_have_count(1)
        assert axe_findings(page) == []
        page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()
        # The menu of the bar says the same, and another page keeps it.
        page.locator("[data-menu] summary").click()
        menu = page.locator("[data-menu]")
        expect(menu.get_by_role("button", name="dark")).to_have_attribute("aria-pressed", "true")
        menu.get_by_role("button", name="small").click()
        assert page.url == address
        page.reload()
        expect(page.locator('html[data-theme="dark"][data-size="small"]')).to_have_count(1)
