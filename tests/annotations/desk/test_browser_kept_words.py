"""Desk, browser: typed words survive expired leases, other windows, skips and input methods."""

import json

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from annotations.models import Answer, AnswerChange, Assignment, Study
from tests.annotations.blinding.tampering import unguarded
from tests.annotations.desk.cast import enter
from tests.annotations.desk.test_browser_judging import choose, come_in, press, ready
from tests.annotations.desk.test_browser_saving import local_copies, saved
from tests.browser import until, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def show_questions(page: Page) -> None:
    page.locator("#reason").evaluate("node => node.closest('[data-later]').removeAttribute('data-waits')")


def test_a_note_that_is_composed_when_one_clicks_elsewhere_is_kept(live_server: LiveServer) -> None:
    reader = ready("zh")
    with visit(live_server.url, language="zh-hans") as context:
        page = come_in(context.new_page(), reader)
        page.locator('[data-pane="left"] [data-scroll]').focus()
        press(page, "j", "m", "Enter")
        page.keyboard.insert_text("太")
        keyboard = context.new_cdp_session(page)
        keyboard.send("Input.imeSetComposition", {"text": "快了", "selectionStart": 2, "selectionEnd": 2})
        page.locator('[data-pane="right"] .sp-heading').click()
        expect(page.locator('[name="mark-left-1-note"]')).to_have_value("太快了")
        saved(page)
    assert Answer.objects.get().content["mark-left-1-note"] == "太快了"


def test_a_change_that_was_not_saved_is_still_there_after_a_reload(live_server: LiveServer) -> None:
    reader = ready(pairs=2)
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        sent = enter(reader).held()
        assert reader.post(reader.address(), reader.answers()).status_code == 303
        page.goto(f"/r/a/{sent.code}/change/")
        page.locator("#reason").fill("better words")
        page.route(
            "**/change/",
            lambda route, request: route.abort() if request.method == "POST" else route.continue_(),
        )
        page.get_by_role("button", name="Save change").click()
        page.wait_for_timeout(300)
        page.unroute_all()
        page.goto(f"/r/a/{sent.code}/change/")
        expect(page.locator("#reason")).to_have_value("better words")
        expect(page.get_by_text("Your unsaved changes have been restored.")).to_be_visible()
        page.get_by_role("link", name="Cancel").click()
        page.goto(f"/r/a/{sent.code}/change/")
        expect(page.locator("#reason")).to_have_value("")
        expect(page.get_by_text("Your unsaved changes have been restored.")).to_be_hidden()
        page.locator("#reason").fill("best words")
        page.get_by_role("button", name="Save change").click()
        page.wait_for_url("**changed=1")
        until(page, "!Object.keys(localStorage).some((name) => name.startsWith('answer:'))")
    sent.refresh_from_db()
    assert sent.reason == "best words"


def test_what_is_typed_after_the_lease_ran_out_is_saved_while_nobody_else_has_the_pair(
    live_server: LiveServer,
) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        choose(page, "choice-overall", "left")
        saved(page)
        Assignment.objects.update(state="expired")
        with page.expect_response("**/answer/"):
            page.locator("#reason").fill("first words")
        with page.expect_response("**/answer/"):
            page.locator("#reason").fill("first words and more")
        saved(page)
    assert Answer.objects.get().content["reason"] == "first words and more"
    assert Assignment.objects.get().state == "open"


def test_what_the_site_takes_no_more_is_kept_in_the_browser_and_said_to_be_unsaved(
    live_server: LiveServer,
) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        Assignment.objects.update(state="released")
        choose(page, "choice-overall", "left")
        expect(page.locator("[data-saved]")).to_contain_text("Not saved: this pair is closed")
        page.locator("#reason").fill("typed after that")
        (name,) = local_copies(page)
        kept = json.loads(page.evaluate("name => localStorage.getItem(name)", name))
        assert kept["fields"]["reason"] == "typed after that"
        # Given back to the same rater, it is all there.
        Assignment.objects.update(state="open")
        page.reload()
        expect(page.locator("#reason")).to_have_value("typed after that")
        saved(page)


def test_the_longest_answer_is_saved(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        show_questions(page)
        page.locator("#reason").fill("长" * 3900)
        page.locator("#note").evaluate("(node, text) => { node.value = text; }", "短" * 3900)
        page.evaluate(
            """() => { for (let row = 1; row <= 15; row += 1) for (const side of ["left", "right"]) {
                const said = { class: "plot", note: "错".repeat(600) };
                for (const [part, value] of Object.entries(said)) {
                    const input = document.createElement("input");
                    Object.assign(input, { name: `mark-${side}-${row}-${part}`, value });
                    judging.form.append(input);
                }
            } }"""
        )
        page.locator("#reason").press("End")
        page.locator("#reason").press_sequentially("。")
        saved(page)
    assert len(Answer.objects.get().content["note"]) == 3900


def test_another_study_in_the_same_browser_takes_nothing_of_the_first(live_server: LiveServer) -> None:
    first = ready()
    with unguarded():
        Study.objects.update(slug="before")
    second = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), first)
        page.route("**/answer/", lambda route: route.abort())
        show_questions(page)
        page.locator("#reason").fill("On a train.")
        expect(page.locator("[data-saved]")).to_contain_text("no connection")
        context.clear_cookies(name="rater")
        other = come_in(context.new_page(), second)
        choose(other, "choice-overall", "left")
        saved(other)
        kept = [other.evaluate("name => localStorage.getItem(name)", name) for name in local_copies(other)]
        assert any("On a train." in one for one in kept)


def test_two_windows_without_a_connection_each_keep_their_words(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        one = come_in(context.new_page(), reader)
        two = context.new_page()
        two.goto(one.url)
        for page, words in ((one, "Of the first."), (two, "Of the second.")):
            page.route("**/answer/", lambda route: route.abort())
            show_questions(page)
            page.locator("#reason").fill(words)
            expect(page.locator("[data-saved]")).to_contain_text("no connection")
        address = one.url
        one.close()
        two.close()
        page = context.new_page()
        page.goto(address)
        saved(page)
        reason = page.locator("#reason").input_value()
        assert "Of the first." in reason
        assert "Of the second." in reason
        # What other windows left goes once it was looked at again.
        until(page, "!Object.keys(localStorage).some((name) => name.startsWith('answer:'))")


def test_what_changed_just_before_a_skip_is_kept(live_server: LiveServer) -> None:
    reader = ready(pairs=2)
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        page.get_by_text("Skip this pair").click()
        page.get_by_text("I can't judge this kind of scene").click()
        choose(page, "choice-overall", "tie")
        page.get_by_role("button", name="Skip").click()
        expect(page.get_by_text("Pair 2 of 2")).to_be_visible()
    assert list(AnswerChange.objects.values_list("value", flat=True)) == ["tie"]


def test_who_opens_another_personal_link_is_told_how_to_go_on_with_the_first(live_server: LiveServer) -> None:
    first = ready()
    with unguarded():
        Study.objects.update(slug="before")
    second = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), first)
        come_in(context.new_page(), second)
        choose(page, "choice-overall", "left")
        expect(page.locator("[data-saved]")).to_contain_text("open your personal link again")
        again = context.new_page()
        again.goto(page.url)
        expect(again.get_by_role("heading", level=1)).to_have_text("Please open your personal link again")
        come_in(again, first)
        saved(page)
    assert Answer.objects.get(assignment__rater=first.rater).content == {"choice-overall": "left"}
