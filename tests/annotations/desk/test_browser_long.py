"""Desk, browser: two scripts of 6,000 words are a small page that does not shift while one scrolls."""

import gzip
from typing import Any

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.annotations.desk.test_browser_judging import come_in, ready
from tests.browser import NARROW, WIDE, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SPEECH = (
    "The lamp on the board is lit again and nobody upstairs will say who has been ringing since the spring."
)
PAGE_KB = 300
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map((one) => one.value)))
    .observe({ type: "layout-shift", buffered: true });
"""
SCROLL = """async (narrow) => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const to = narrow ? window : document.querySelector('[data-pane="left"] [data-scroll]');
    for (let step = 0; step < 60; step += 1) { to.scrollBy(0, 150); await frame(); }
    await new Promise((done) => setTimeout(done, 400));
}"""


def scenes(count: int, speeches: int) -> str:
    """`count` scenes of so many speeches of 20 words, cue and action in between."""
    parts = []
    for scene in range(count):
        parts.append(f"INT. FLOOR {scene + 1} - NIGHT\n")
        parts += [f"NORA\n{SPEECH}\n\nShe waits.\n" for _ in range(speeches)]
    return "\n".join(parts) + "\n"


def test_scenes_by_list_and_by_step(live_server: LiveServer) -> None:
    reader = ready(more=scenes(3, 12))
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        assert page.locator('[data-pane="left"] [data-scene-list] option').count() == 4
        page.locator('[data-pane="right"] [data-scroll]').focus()
        page.keyboard.press("]")
        page.keyboard.press("]")
        expect(page.locator('[data-pane="right"] .scene').nth(2)).to_be_in_viewport()
        chosen = page.locator('[data-pane="right"] [data-scene-list] option:checked')
        assert chosen.inner_text() == "3. INT. FLOOR 2 - NIGHT"
        page.get_by_label("Scenes of Script A").select_option("3")
        expect(page.locator('[data-pane="left"] .scene').nth(3)).to_be_in_viewport()
        expect(page.locator("[data-saved]")).to_be_empty()


def test_no_list_where_there_is_one_scene(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        assert page.locator("[data-scenes]:visible").count() == 0


@pytest.mark.slow
@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["1440", "390"])
def test_long_scripts_are_light_and_do_not_shift(live_server: LiveServer, width: dict[str, int]) -> None:
    reader = ready(more=scenes(8, 33))
    with visit(live_server.url, width=width) as context:
        page = come_in(context.new_page(), reader)
        words = len(page.locator('[data-pane="left"] .script').text_content().split())
        assert words >= 6000
        sizes: dict[str, int] = {}

        def note(answer: Any) -> None:
            if answer.request.resource_type != "font":
                content = answer.body()
                sizes[answer.url] = len(gzip.compress(content) if "/static/" in answer.url else content)

        page.on("response", note)
        page.add_init_script(WATCH)
        page.reload(wait_until="load")
        assert sum(sizes.values()) < 1000 * PAGE_KB, sizes
        page.locator(".to-scripts").click()
        page.evaluate(SCROLL, width is NARROW)
        assert page.evaluate("window.shifts.reduce((sum, one) => sum + one, 0)") < 0.01
