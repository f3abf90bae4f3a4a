"""Desk, judging page: typed dashes do not break over lines, and mark offsets stay correct."""

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from annotations.desk.answers import element_spans
from annotations.desk.pair_page import html_for_browser
from annotations.models import Mark
from generation.screenplay import parse, render_html
from tests.annotations.desk.test_browser_judging import answered, come_in, ready
from tests.browser import visit

LINE = "She looks up -- and down, and waits -- for nothing."
PARTED = """() => {
    const lines = new Set();
    const pane = document.querySelector('[data-pane="left"]');
    for (const dash of pane.querySelectorAll(".sp-dash")) {
        const text = dash.previousSibling;
        for (let width = 120; width < 400; width += 4) {
            pane.querySelector(".script").style.width = width + "px";
            const before = document.createRange();
            before.setStart(text, text.length - 2);
            before.setEnd(text, text.length - 1);
            const boxes = [before, dash].flatMap((one) => [...one.getClientRects()]);
            if (new Set(boxes.map((box) => Math.round(box.top))).size > 1) lines.add(width);
        }
    }
    pane.querySelector(".script").style.width = "";
    return [...lines];
}"""


def test_only_spaces_change_and_dashes_stand_apart() -> None:
    html = render_html(parse(f"INT. ROOM - DAY\n\n{LINE}\n", "en"))
    shown = html_for_browser(html)
    assert shown.count('<span class="sp-dash">--</span>') == 2
    plain = shown.replace('<span class="sp-dash">--</span>', "--")
    assert element_spans(plain) == element_spans(html)
    assert plain.replace("\N{NO-BREAK SPACE}", " ") == html


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_mark_after_a_dash_has_its_own_place(live_server: LiveServer) -> None:
    reader = ready(more=f"{LINE}\n\n")
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        assert page.locator(".sp-dash").count() == 4
        assert page.evaluate(PARTED) == []
        page.evaluate(
            """() => {
                const line = document.querySelector('[data-pane="left"] .sp-dash').parentElement;
                const range = document.createRange();
                range.setStart(line.querySelector(".sp-dash").firstChild, 0);
                range.setEnd(line.childNodes[2], 9);
                getSelection().removeAllRanges();
                getSelection().addRange(range);
            }"""
        )
        page.locator('[data-mark-class="plot"]').click()
        page.locator("[data-mark-done]").click()
        answered(page)
        page.get_by_role("button", name="Submit judgment").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    mark = Mark.objects.get()
    assert mark.assignment.slot.left.text[mark.start : mark.end] == "-- and down"
