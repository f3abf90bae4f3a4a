"""Desk, browser: pages, bars, scrolling together, whole words, one key per answer, the summary."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from annotations.models import Judgment, Mark
from tests.annotations.desk.cast import Reader, at_desk, make_study
from tests.annotations.desk.test_browser_judging import answered, choose, come_in, press, ready
from tests.annotations.desk.test_browser_saving import saved
from tests.browser import NARROW, axe_findings, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LAPTOP = {"width": 1366, "height": 768}
SUMMARY = "[data-summary]"
LONG = "\n".join(
    f"Lamp {n} goes out and NORA counts the lamps that are left, one after the other.\n" for n in range(90)
)


def long_reader(language: str = "en") -> Reader:
    return at_desk(make_study(language=language, more=LONG if language == "en" else "△ 灯灭了。\n" * 90))


def scroll(page: Page, side: str, share: float) -> None:
    page.locator(f'[data-pane="{side}"] [data-scroll]').evaluate(
        "(node, share) => { node.scrollTop = share * (node.scrollHeight - node.clientHeight); }", share
    )


def test_page_and_position_follow_the_scroll(live_server: LiveServer) -> None:
    reader = long_reader()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        label, bar = page.locator('[data-pages-in="left"]'), page.locator('[data-read="left"]')
        expect(label).to_contain_text("Page 1 of 6 · 5⅜ pages")
        assert bar.evaluate("bar => bar.value") == 0
        scroll(page, "left", 0.5)
        expect(label).to_contain_text("Page 3 of 6")
        assert bar.evaluate("bar => bar.value") == pytest.approx(0.5, abs=0.05)
        scroll(page, "left", 1)
        expect(label).to_contain_text("Page 6 of 6")
        expect(page.locator('[data-pane="left"] [data-page]')).to_have_count(5)
        # The numbers are no part of the text that marks point into.
        assert "2." not in page.locator('[data-pane="left"] .script').inner_text()
        assert page.locator('[data-pages-in="right"]').inner_text().startswith("Page 1 of 6")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_bars_take_a_quarter_of_a_laptop_at_most(live_server: LiveServer, language: str) -> None:
    reader = long_reader(language[:2])
    with visit(live_server.url, width=LAPTOP, language=language) as context:
        page = come_in(context.new_page(), reader)
        page.evaluate("globalThis.judging.toScripts()")
        for value in (None, "left"):
            if value:
                choose(page, "choice-overall", value)
            box = page.locator('[data-pane="left"] [data-scroll]').bounding_box()
            foot = page.locator(".verdict").bounding_box()
            assert box
            assert foot
            script = min(box["y"] + box["height"], foot["y"]) - max(box["y"], 0)
            assert LAPTOP["height"] - script <= LAPTOP["height"] / 4
        assert axe_findings(page) == []


def test_scripts_scroll_together_on_demand_and_the_browser_remembers(live_server: LiveServer) -> None:
    reader = long_reader()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        right = page.locator('[data-pane="right"] [data-scroll]')
        scroll(page, "left", 0.5)
        expect(page.locator('[data-pages-in="left"]')).to_contain_text("Page 3")
        assert right.evaluate("node => node.scrollTop") == 0
        toggle = page.get_by_role("button", name="Scroll together")
        toggle.click()
        scroll(page, "left", 1)
        expect(page.locator('[data-pages-in="right"]')).to_contain_text("Page 6")
        page.reload()
        expect(toggle).to_have_attribute("aria-pressed", "true")
        scroll(page, "right", 1)
        expect(page.locator('[data-pages-in="left"]')).to_contain_text("Page 6")
        toggle.click()
        scroll(page, "right", 0)
        expect(page.locator('[data-pages-in="right"]')).to_contain_text("Page 1")
        expect(page.locator('[data-pages-in="left"]')).to_contain_text("Page 6")


@pytest.mark.parametrize(
    ("language", "line", "start", "end", "found"),
    [
        ("en", ".sp-dialogue", 1, 6, "Not again"),
        ("zh-hans", ".sp-dialogue", 1, 3, "趟车"),
    ],
)
def test_a_mark_takes_whole_words(
    live_server: LiveServer, language: str, line: str, start: int, end: int, found: str
) -> None:
    reader = ready(language[:2])
    with visit(live_server.url, language=language) as context:
        page = come_in(context.new_page(), reader)
        page.locator(f'[data-pane="left"] {line}').first.evaluate(
            "(node, [a, b]) => getSelection().setBaseAndExtent(node.firstChild, a, node.firstChild, b)",
            [start, end],
        )
        page.locator('[data-mark-class="plot"]').click()
        saved(page)
        page.evaluate("document.querySelectorAll('main details').forEach((fold) => { fold.open = true; })")
        expect(page.locator('[data-pane="left"] [data-mark-place]').first).to_have_text(found)


def test_one_key_per_answer_to_the_end(live_server: LiveServer) -> None:
    reader = ready(pairs=2)
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        page.keyboard.press("s")
        # Overall and how much, three more questions, of which one says how much, and two scores.
        press(page, *"1q2w30")
        page.keyboard.press("8")
        page.keyboard.press("7")
        expect(page.locator('[name="then"][value="next"]')).to_be_focused()
        expect(page.locator(SUMMARY)).to_contain_text("Overall: Script A, slightly")
        expect(page.locator(SUMMARY)).to_contain_text("Scores 8/7")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Pair 1 submitted")).to_be_visible()
    rows = Judgment.objects.order_by("pk").values_list("choice", "strength")
    assert list(rows) == [("left", 1), ("right", 2), ("tie", None), ("neither", None)]


def test_the_mouse_moves_neither_focus_nor_page(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        choose(page, "choice-overall", "left")
        option = page.locator('[name="choice-dialogue"][value="left"]')
        option.scroll_into_view_if_needed()
        before = page.evaluate("scrollY")
        option.click()
        expect(option).to_be_focused()
        assert page.evaluate("scrollY") == before


def test_the_summary_says_what_will_be_submitted_in_chinese(live_server: LiveServer) -> None:
    reader = ready("zh")
    with visit(live_server.url, language="zh-hans") as context:
        page = come_in(context.new_page(), reader)
        expect(page.locator(SUMMARY)).to_contain_text("综合：未作答")
        choose(page, "choice-overall", "left")
        choose(page, "strength-overall", "2")
        choose(page, "choice-dialogue", "neither")
        choose(page, "score-left", "7")
        expect(page.locator(SUMMARY)).to_contain_text("综合：剧本 A（明显好）")
        expect(page.locator(SUMMARY)).to_contain_text("台词：都不可用")
        expect(page.locator(SUMMARY)).to_contain_text("评分 7/–")


@pytest.mark.parametrize("width", [LAPTOP, NARROW], ids=["1366", "390"])
def test_links_to_what_is_missing_open_it(live_server: LiveServer, width: dict[str, int]) -> None:
    reader = ready()
    with visit(live_server.url, width=width) as context:
        page = come_in(context.new_page(), reader)
        page.keyboard.press("Control+Enter")
        page.locator("[data-errors]").wait_for()
        page.locator("[data-errors]").get_by_role("link", name="Dialogue").click()
        expect(page.locator('[name="choice-dialogue"]').first).to_be_focused()
        page.locator("[data-errors]").get_by_role("link", name="Overall").click()
        expect(page.locator('[name="choice-overall"]').first).to_be_focused()
        expect(page.locator('.verdict [name="choice-overall"]').first).to_be_in_viewport()


def test_severity_and_good_lines(live_server: LiveServer) -> None:
    kinds = [{"slug": "logic", "label": {"en": "logic", "zh": "逻辑"}}]
    reader = at_desk(make_study(marks={"kinds": kinds, "severity": True, "good_lines": True}))
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        press(page, "s", "j", "m")
        page.get_by_role("button", name="logic").click()
        bar = page.locator("[data-mark-bar]")
        bar.get_by_label("severity").select_option("major")
        bar.get_by_role("button", name="Done").click()
        expect(bar).to_be_hidden()
        page.locator('[data-pane="left"] [data-scroll]').click()  # Brings the pointer along.
        press(page, "j", "m")
        page.get_by_role("button", name="good line").click()
        expect(bar.get_by_label("severity")).to_be_hidden()
        saved(page)
        assert axe_findings(page) == []
        answered(page)
        expect(page.locator(SUMMARY)).to_contain_text("2 marks")
        page.locator('[name="then"][value="next"]').click()
        expect(page.get_by_text("Pair 1 submitted")).to_be_visible()
    rows = Mark.objects.values_list("error_class", "severity")
    assert sorted(rows) == [("good-line", ""), ("logic", "major")]


def test_the_last_answer_is_changed_in_the_browser(live_server: LiveServer) -> None:
    reader = at_desk(make_study(pairs=2))
    reader.post(reader.address(), reader.answers())
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        page.get_by_role("link", name="Change my last answer").click()
        expect(page.locator('[name="choice-overall"][value="left"]')).to_be_checked()
        assert axe_findings(page) == []
        choose(page, "choice-overall", "right")
        page.get_by_role("button", name="Save change").click()
        expect(page.get_by_text("Your answer was changed.")).to_be_visible()
    assert Judgment.objects.current().get(criterion__slug="overall").choice == "right"
