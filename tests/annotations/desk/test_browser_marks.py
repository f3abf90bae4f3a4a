"""Desk, browser: a rater marks errors by selecting a passage with mouse, keys or touch."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from annotations.models import Answer, Entry
from generation.screenplay import Script, render_html
from tests.annotations.desk import cast
from tests.annotations.desk.hands import Mouse, line
from tests.annotations.desk.test_browser_judging import choose, come_in, compose, press, ready
from tests.annotations.desk.test_browser_saving import saved
from tests.browser import NARROW, axe_findings, hold_time, overflow, until, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LINE = "I was hoping that you would know."


def content() -> dict[str, str]:
    return dict(Answer.objects.get().content)


def marked(side: str, number: int = 1) -> tuple[str, str, str]:
    """(class, marked text, note) of a saved mark."""
    fields = content()
    name = f"mark-{side}-{number}"
    code = Answer.objects.get().assignment.slot.sides[side].code
    text = Entry.objects.get(code=code).text
    place = slice(int(fields[f"{name}-start"]), int(fields[f"{name}-end"]))
    return fields[f"{name}-class"], text[place], fields.get(f"{name}-note", "")


def highlighted(page: Page, kind: str) -> list[str]:
    look = ["plot", "character", "pacing"].index(kind)
    return list(page.evaluate("look => [...CSS.highlights.get(`mark-${look}`)].map(String)", look))


def drag(page: Page, side: str, words: str) -> None:
    """Select words of one line with the mouse."""
    Mouse(page).select(line(page, side, words), words)


def test_with_the_mouse(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        drag(page, "right", "hoping that")
        page.get_by_role("button", name="character").click()
        page.get_by_label("Comment (optional)").fill("she would not")
        page.get_by_role("button", name="Done").click()
        saved(page)
        assert marked("right") == ("character", "hoping that", "she would not")
        assert highlighted(page, "character") == ["hoping that"]
        page.reload()
        assert highlighted(page, "character") == ["hoping that"]
        expect(page.locator("[data-marks-count]").last).to_have_text("1")
        page.locator('[data-marks="right"] summary').click()
        page.get_by_label("Kind of mark 1 in Script B").select_option("pacing")
        saved(page)
        assert highlighted(page, "pacing") == ["hoping that"]
        box = page.locator('[data-pane="right"] [data-o]', has_text=LINE).first
        box.click(position={"x": 110, "y": 8})
        page.locator("[data-mark-drop]").click()
        saved(page)
        assert highlighted(page, "pacing") == []
    assert content() == {}


def test_a_script_with_older_markup_looks_the_same_and_takes_marks(
    live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def render(parsed: Script) -> str:
        html = render_html(parsed)
        return cast.with_older_markup(html) if "the first of" in parsed.text else html

    monkeypatch.setattr(cast, "render_html", render)
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        assert page.locator('[data-pane="left"] .sp-speech').count() == 0
        assert page.locator('[data-pane="right"] .sp-speech').count() == 3
        tops = [
            page.locator(f'[data-pane="{side}"] [data-o]').evaluate_all(
                "all => all.map(one => one.getBoundingClientRect().bottom)"
            )
            for side in ("left", "right")
        ]
        assert tops[0] == pytest.approx(tops[1], abs=3)
        drag(page, "right", "does not move")
        page.get_by_role("button", name="plot").click()
        saved(page)
        assert marked("right") == ("plot", "does not move", "")
        page.keyboard.press("Escape")
        page.locator('[data-pane="right"] [data-scroll]').focus()
        press(page, "j", "j", "Shift+J", "m", "Enter", "Escape")
        saved(page)
        assert (
            marked("right", 2)[1]
            == "A board of lamps. One of them lights. NORA looks at it and does not move.\nNORA"
        )


def test_without_highlights_marks_stand_in_the_text_and_places_stay_right(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        context.add_init_script("delete globalThis.Highlight")
        page = come_in(context.new_page(), reader)
        for number, words in ((1, "hoping that"), (2, "would")):
            drag(page, "right", words) if number == 1 else page.locator("mark").evaluate(
                """node => {
                    const after = node.nextSibling, at = after.data.indexOf("would");
                    getSelection().setBaseAndExtent(after, at, after, at + 5);
                }"""
            )
            page.get_by_role("button", name="character").click()
            page.get_by_role("button", name="Done").click()
            saved(page)
            assert marked("right", number)[:2] == ("character", words)
        assert page.locator("mark.mark-1").all_inner_texts() == ["hoping that", "would"]
        page.locator('[data-marks="right"] summary').click()
        page.get_by_label("Kind of mark 1 in Script B").select_option("pacing")
        assert page.locator("mark").evaluate_all(
            "all => all.map(one => [one.className, one.textContent])"
        ) == [
            ["mark-2", "hoping that"],
            ["mark-1", "would"],
        ]
        page.locator('[data-marks="right"] [data-mark-place]').first.click()
        expect(page.locator('[data-pane="right"] [data-o]:focus')).to_have_text(LINE)


def test_by_keys_alone(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        page.locator('[data-pane="left"] [data-scroll]').focus()
        page.keyboard.press("s")
        press(page, "j", "j", "j", "m", "Tab", "Tab", "Enter")
        page.keyboard.type("mb 1 2")
        page.keyboard.press("Enter")
        saved(page)
        assert marked("right") == ("pacing", "NORA", "mb 1 2")
        expect(page.locator('[data-pane="right"] [data-o]:focus')).to_have_text("NORA")
        page.keyboard.press("Shift+J")
        page.keyboard.press("Shift+J")
        page.keyboard.press("m")
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        saved(page)
        assert marked("right", 2) == ("plot", "NORA\nto herself\nNot again.", "")
        page.keyboard.press("n")
        page.keyboard.type("just between us")
        page.keyboard.press("Escape")
        expect(page.locator("#note")).to_be_hidden()
        page.keyboard.press("i")
        expect(page.get_by_role("dialog", name="Brief")).to_contain_text("Nora takes a call")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
        assert axe_findings(page) == []
        page.keyboard.press("Escape")
        saved(page)
    assert content()["note"] == "just between us"


def test_by_touch_in_chinese(live_server: LiveServer) -> None:
    """The long press itself is the system's; what it leaves is a selection."""
    reader = ready("zh")
    with visit(live_server.url, width=NARROW, language="zh-hans") as context:
        page = come_in(context.new_page(), reader)
        page.get_by_role("button", name="剧本 B", exact=True).tap()
        page.locator('[data-pane="right"] .sp-dialogue').first.evaluate(
            """node => {
                node.scrollIntoView({ block: "center" });
                getSelection().setBaseAndExtent(node.firstChild, 1, node.firstChild, 4);
            }"""
        )
        page.get_by_role("button", name="节奏").tap()
        assert overflow(page) == 0
        assert axe_findings(page) == []
        bar = page.locator("[data-mark-bar]").bounding_box()
        assert bar
        assert bar["y"] + bar["height"] <= NARROW["height"]
        page.get_by_role("button", name="完成").tap()
        saved(page)
        until(page, "Number(document.querySelector('[name=share-right]').value) > 0.5")
    assert marked("right")[:2] == ("pacing", "趟车还")


def test_a_note_is_not_saved_in_the_middle_of_a_composition(live_server: LiveServer) -> None:
    reader = ready("zh")
    with visit(live_server.url, language="zh-hans") as context:
        page = context.new_page()
        hold_time(page)
        come_in(page, reader)
        page.locator('[data-pane="left"] [data-scroll]').focus()
        press(page, "j", "m", "Enter")
        page.clock.fast_forward(1000)
        saved(page)
        assert [fields["mark-left-1-note"] for fields in compose(page, "jie'zou", "节奏")] == ["节奏"]


def test_how_much_was_read_and_what_first(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = context.new_page()
        hold_time(page)
        come_in(page, reader)
        # A mouse that rests on a script reads nothing, and what rushes past was not read.
        page.locator('[data-pane="left"]').hover()
        page.clock.run_for(800)
        assert page.locator('[name="share-left"]').input_value() in ("", "0")
        page.clock.run_for(4200)
        assert page.locator('[name="read-first"]').input_value() == ""
        assert page.locator('[name="read-left"]').input_value() == "2.5"
        assert float(page.locator('[name="share-left"]').input_value()) > 0.5
        for side, seconds in (("right", 5), ("left", 3)):
            page.locator(f'[data-pane="{side}"] .sp-heading').click()
            page.clock.run_for(1000 * seconds)
        page.clock.run_for(100_000)
        choose(page, "choice-overall", "left")
        page.clock.resume()
        saved(page)
        # Nothing more is measured from here on.
        page.clock.pause_at(1_000_000)
        found = Answer.objects.get().reading
        assert (found["read-first"], found["switches"]) == ("right", 1)
        assert found["share-right"] > 0.5
        assert found["read-right"] >= 5
        # A minute without any movement is the most that counts as reading.
        assert 60 <= found["seconds"] <= 80
        page.reload()
        assert float(page.locator('[name="read-right"]').input_value()) == found["read-right"]
