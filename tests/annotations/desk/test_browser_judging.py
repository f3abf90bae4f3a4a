"""Desk, browser: the judging page: what waits for the overall choice, keys, two presses, the look.

Whole studies by mouse, by keyboard, on a phone and without JavaScript: `test_browser_whole_study.py`.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from annotations.models import Answer, Judgment
from tests.annotations.desk.cast import Reader, make_study, newcomer
from tests.browser import hold_time, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def ready(language: str = "en", pairs: int = 1, **changes: Any) -> Reader:
    """A rater who has agreed and read the instructions, so that the link leads to the first pair."""
    from annotations.desk import services

    reader = newcomer(make_study(language=language, pairs=pairs, **changes))
    services.give_consent(rater=reader.rater, language="en", training_use=False)
    services.save_profile(rater=reader.rater, profile={"years": "0-2"}, series_known=[])
    services.mark_instructed(rater=reader.rater)
    return reader


def come_in(page: Page, reader: Reader) -> Page:
    page.goto(f"/r/{reader.secret}/")
    page.locator("main .btn-primary").click()
    # Loaded means that the page's scripts have run: nobody types faster than that.
    page.wait_for_url(lambda url: reader.secret not in url)
    page.mouse.move(0, 0)  # A pointer that rests on a script would make it the one that keys are about.
    return page


def arriving(page: Page, reader: Reader) -> Iterator[str]:
    """The pages between the link and the first pair, by name."""
    come_in(page, reader)
    yield "consent"
    page.locator('[name="agree"]').check()
    page.locator("main .btn-primary").click()
    yield "profile"
    for name in ("years", "credits", "role"):
        page.locator(f'[name="{name}"]').first.check()
    page.locator("main .btn-primary").click()
    yield "instructions"
    page.locator("main .btn-primary").click()


def compose(page: Page, letters: str, text: str) -> list[dict[str, str]]:
    """Write with an input method in what has the focus; the fields that were sent, none before its end."""
    sent: list[dict[str, str]] = []
    page.on(
        "request", lambda request: request.post_data and sent.append(json.loads(request.post_data)["fields"])
    )
    keyboard = page.context.new_cdp_session(page)
    length = len(letters)
    keyboard.send(
        "Input.imeSetComposition", {"text": letters, "selectionStart": length, "selectionEnd": length}
    )
    page.clock.fast_forward(10_000)
    assert sent == []
    keyboard.send("Input.insertText", {"text": text})
    with page.expect_response("**/answer/"):
        page.clock.fast_forward(1000)
    return sent


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def choose(page: Page, name: str, value: str) -> None:
    page.locator(f'input[name="{name}"][value="{value}"]').check()


def answered(page: Page) -> None:
    for slug in ("overall", "character", "dialogue", "format"):
        choose(page, f"choice-{slug}", "left")
    for side in ("left", "right"):
        choose(page, f"score-{side}", "7")


def point_at_one(page: Page) -> None:
    """Ask for a row for an error in script A that has no passage."""
    page.get_by_text("Marks", exact=True).first.click()
    page.get_by_role("button", name="Add a mark without a passage").first.click()


def test_the_other_questions_wait_for_the_overall_choice(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        expect(page.locator(".criteria")).to_be_hidden()
        expect(page.locator(".verdict .strength")).to_be_hidden()
        choose(page, "choice-overall", "tie")
        expect(page.locator(".criteria")).to_be_visible()
        expect(page.locator(".verdict .strength")).to_be_hidden()
        choose(page, "choice-overall", "left")
        expect(page.locator(".verdict .strength")).to_be_visible()


def test_keys_are_dead_in_text_and_where_they_are_switched_off(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        left, right = (page.locator(f'[name="choice-overall"][value="{side}"]') for side in ("left", "right"))
        page.keyboard.press("1")
        expect(left).to_be_checked()
        page.locator("#reason").click()
        page.keyboard.type("2b or not 2b")
        expect(page.locator("#reason")).to_have_value("2b or not 2b")
        expect(left).to_be_checked()
        page.get_by_role("button", name="Shortcuts").click()
        page.get_by_text("Keyboard shortcuts on").click()
        page.keyboard.press("2")
        expect(left).to_be_checked()
        page.get_by_text("Keyboard shortcuts on").click()
        page.keyboard.press("2")
        expect(right).to_be_checked()


def test_two_presses_are_one_judgment(live_server: LiveServer) -> None:
    reader = ready(pairs=2)
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        sent: list[Any] = []
        page.on("request", lambda request: sent.append(request))
        answered(page)
        # A third press when the form has just gone out, before the next page comes.
        page.evaluate("""document.addEventListener("submit", (event) => {
            if (!event.defaultPrevented) setTimeout(() => event.submitter.click());
        })""")
        page.get_by_role("button", name="Submit judgment").dblclick()
        expect(page.get_by_text("Pair 2 of 2")).to_be_visible()
        posts = [request.resource_type for request in sent if request.method == "POST"]
        assert (posts.count("document"), posts[-1]) == (1, "document")
    assert Judgment.objects.count() == 4


def test_theme_and_size_stay(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url, theme="system") as context:
        page = context.new_page()
        # What we record of reading is saved as well, after some seconds.
        hold_time(page)
        come_in(page, reader)
        script = page.locator('[data-pane="left"] .script')
        before = script.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
        page.locator("summary", has_text="Text size and theme").click()
        page.get_by_role("button", name="dark", exact=True).click()
        page.get_by_role("button", name="large", exact=True).click()
        page.reload()
        root = page.locator("html")
        expect(root).to_have_attribute("data-theme", "dark")
        after = page.locator('[data-pane="left"] .script').evaluate(
            "node => parseFloat(getComputedStyle(node).fontSize)"
        )
        assert after == pytest.approx(before * 1.125)
        assert Answer.objects.count() == 0
