"""Desk, browser: position on the judging page: gaps, jumps, the bar at the foot."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.annotations.desk.cast import at_desk, make_study
from tests.annotations.desk.test_browser_judging import answered, choose, come_in, ready
from tests.annotations.desk.test_browser_long import scenes
from tests.browser import NARROW, WIDE, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = pytest.mark.parametrize("width", [NARROW, WIDE], ids=["390", "1440"])
ATTENDED = """() => new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => done(judging.attended())));
})"""


@contextmanager
def at_long_pair(live_server: LiveServer, width: dict[str, int]) -> Iterator[Page]:
    reader = ready(more=scenes(3, 12))
    with visit(live_server.url, width=width) as context:
        yield come_in(context.new_page(), reader)


def top_of(page: Page, selector: str) -> float:
    return float(page.locator(selector).first.evaluate("node => node.getBoundingClientRect().top"))


def height_of(page: Page, selector: str) -> float:
    return float(page.locator(selector).first.evaluate("node => node.offsetHeight"))


@SIZES
def test_a_gap_leads_to_its_place_and_scripts_stay_where_they_were(
    live_server: LiveServer, width: dict[str, int]
) -> None:
    with at_long_pair(live_server, width) as page:
        if width is NARROW:
            page.locator('[data-show="right"]').click()
        else:
            page.locator('[data-pane="right"] [data-scroll]').evaluate("node => { node.scrollTop = 420; }")
        choose(page, "choice-overall", "left")
        choose(page, "choice-character", "left")
        page.get_by_role("button", name="Submit judgment").click()
        page.wait_for_url("**/?missing=1")
        gap = page.locator(".questions .faulty").first
        expect(gap.locator("input").first).to_be_focused()
        expect(gap).to_be_in_viewport(ratio=1)
        if width is NARROW:
            expect(page.locator('[data-show="right"]')).to_have_attribute("aria-pressed", "true")
        else:
            there = page.locator('[data-pane="right"] [data-scroll]').evaluate("node => node.scrollTop")
            assert there == 420
            # The page put it there: nobody has turned to a script yet.
            assert page.evaluate(ATTENDED) == ""


@SIZES
def test_an_error_without_its_kind_leads_to_its_script(
    live_server: LiveServer, width: dict[str, int]
) -> None:
    with at_long_pair(live_server, width) as page:
        if width is WIDE:
            page.locator('[data-pane="left"] [data-scroll]').evaluate("node => { node.scrollTop = 420; }")
        answered(page)
        if width is NARROW:
            page.locator('[data-show="right"]').click()
        there = page.locator('[data-pane="right"]')
        there.locator("summary").click()
        there.get_by_role("button", name="Add a mark without a passage").click()
        there.get_by_label("Comment on mark 1 in Script B").fill("She knows it already.")
        page.get_by_role("button", name="Submit judgment").click()
        page.wait_for_url("**/?missing=1")
        kind = there.get_by_label("Kind of mark 1 in Script B")
        expect(kind).to_be_focused()
        expect(kind).to_be_in_viewport()
        if width is WIDE:
            left = page.locator('[data-pane="left"] [data-scroll]')
            assert left.evaluate("node => node.scrollTop") == 420


def test_where_the_overall_choice_is_missing_the_scripts_are_in_view(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        page.get_by_role("button", name="Submit judgment").click()
        page.wait_for_url("**/?missing=1")
        expect(page.locator('[name="choice-overall"]').first).to_be_focused()
        expect(page.locator(".verdict")).to_be_in_viewport(ratio=1)
        assert 0 <= top_of(page, ".panes") < 80


@SIZES
def test_a_jump_to_the_questions_cuts_nothing_and_is_not_offered_there(
    live_server: LiveServer, width: dict[str, int]
) -> None:
    with at_long_pair(live_server, width) as page:
        page.locator(".to-scripts").click()
        if width is NARROW:
            page.locator("[data-verdict-open]").click()
        choose(page, "choice-overall", "left")
        link = page.get_by_role("link", name="Other questions")
        link.click()
        expect(link).to_be_hidden()
        assert 0 <= top_of(page, "#questions > :not([hidden])") < 60
        # Of the choice above nothing is left in sight, and nothing cut.
        assert page.locator(".verdict").evaluate("node => node.getBoundingClientRect().bottom") <= 1


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("breadth", [1440, 1280, 1024])
def test_the_bar_is_one_row_at_every_size_of_type(
    live_server: LiveServer, breadth: int, language: str
) -> None:
    """And whatever is said of saving; it lies over neither script, nor over what is pointed at."""
    reader = ready(more=scenes(3, 12))
    width = {"width": breadth, "height": 900}
    with visit(live_server.url, width=width, language=language) as context:
        page = come_in(context.new_page(), reader)
        page.locator(".to-scripts").click()
        choose(page, "choice-overall", "left")
        for size in ("small", "medium", "large", "huge"):
            page.evaluate("size => { document.documentElement.dataset.size = size; }", size)
            high = height_of(page, ".verdict")
            assert high < 130
            tops = page.locator(".verdict .option").evaluate_all(
                "all => all.map((one) => Math.round(one.getBoundingClientRect().top))"
            )
            assert len(set(tops)) == 1
            foot = page.locator(".pane").first.evaluate("node => node.getBoundingClientRect().bottom")
            assert foot <= top_of(page, ".verdict")
            for name in ("offline", "joinedLong"):
                page.evaluate(
                    """name => {
                        const line = document.querySelector("[data-saved]");
                        line.textContent = line.dataset[`text${name[0].toUpperCase()}${name.slice(1)}`];
                    }""",
                    name,
                )
                assert height_of(page, ".verdict") == high


def test_a_score_s_bar_is_one_row_at_every_size_of_type(live_server: LiveServer) -> None:
    reader = ready(single=True, more=scenes(3, 12))
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        page.locator(".to-scripts").click()
        for size in ("medium", "huge"):
            page.evaluate("size => { document.documentElement.dataset.size = size; }", size)
            foot = page.locator(".pane").first.evaluate("node => node.getBoundingClientRect().bottom")
            assert foot <= top_of(page, ".verdict")


def test_a_phone_s_bar_leads_to_the_score_and_no_further(live_server: LiveServer) -> None:
    reader = ready(single=True, more=scenes(3, 12))
    with visit(live_server.url, width=NARROW) as context:
        page = come_in(context.new_page(), reader)
        page.locator(".to-scripts").click()
        to_score = page.get_by_role("link", name="Score ↓")
        to_score.click()
        expect(page.locator("#field-score-left")).to_be_in_viewport(ratio=1)
        expect(to_score).to_be_hidden()
        page.locator(".print-link").scroll_into_view_if_needed()
        expect(page.get_by_role("link", name="End of the form")).to_be_hidden()
        expect(to_score).to_be_hidden()


def test_cards_of_questions_line_up_and_hold_no_empty_place(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        choose(page, "choice-overall", "left")
        cards = page.locator(".criteria .criterion")
        before = cards.first.evaluate("node => node.offsetHeight")
        choose(page, "choice-dialogue", "tie")
        assert cards.first.evaluate("node => node.offsetHeight") == before
        choose(page, "choice-dialogue", "right")
        cards.last.locator("summary").click()
        rows = cards.evaluate_all(
            """all => all.map((card) => [...card.querySelectorAll(".option, summary")]
                .filter((one) => one.offsetParent && !one.closest(".strength"))
                .map((one) => Math.round(one.getBoundingClientRect().top)))"""
        )
        assert rows[0] == rows[1] == rows[2]


def test_without_javascript_it_is_said_and_links_lead_to_scripts_and_questions(
    live_server: LiveServer,
) -> None:
    reader = at_desk(make_study(pairs=1))
    with visit(live_server.url, width=NARROW, script=False) as context:
        page = come_in(context.new_page(), reader)
        expect(page.get_by_text("JavaScript is off in this browser")).to_be_visible()
        for name, to in (("Script A", "#name-left"), ("Script B", "#name-right"), ("Questions", "#verdict")):
            page.get_by_role("navigation", name="On this page").get_by_role("link", name=name).click()
            expect(page.locator(to)).to_be_in_viewport()
        page.goto("/r/go/instructions/")
        page.get_by_text("How the page works").click()
        expect(page.get_by_text("JavaScript is off in this browser")).to_be_visible()
        expect(page.get_by_text("Your answers are saved as you work")).to_be_hidden()
    with visit(live_server.url, width=NARROW) as context:
        page = come_in(context.new_page(), reader)
        expect(page.get_by_text("JavaScript is off")).to_be_hidden()
        expect(page.get_by_role("navigation", name="On this page")).to_have_count(0)
