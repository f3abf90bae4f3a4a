"""Desk, browser: autosave stores typing within a second and shows honestly whether it did."""

import json

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from annotations.models import Answer, AnswerChange
from tests.annotations.desk.hands import stored
from tests.annotations.desk.test_browser_judging import answered, choose, come_in, compose, ready
from tests.browser import hold_time, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_have_attribute("data-state", "saved")


def local_copies(page: Page) -> list[str]:
    return list(page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('answer:'))"))


def test_it_works(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        choose(page, "choice-overall", "left")
        page.locator("#reason").fill("Nora waits.")
        page.locator(".knew").get_by_text("Script B").click()
        saved(page)
        expect(page.locator("[data-saved]")).to_contain_text("Saved")
        page.reload()
        expect(page.locator("#reason")).to_have_value("Nora waits.")
        expect(page.locator(".knew").get_by_label("Script B")).to_be_checked()
        expect(page.locator(".criteria")).to_be_visible()
        assert local_copies(page) == []
    assert Answer.objects.get().content == {
        "choice-overall": "left",
        "reason": "Nora waits.",
        "knew-right": "on",
    }


def test_what_was_answered_before_the_page_s_script_had_come_is_saved(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        late: list[Route] = []
        page.route("**/js/pair*.js", lambda route: late.append(route), times=1)
        with page.expect_request("**/js/pair*.js"):
            page.reload(wait_until="commit")
        choose(page, "choice-overall", "tie")
        choose(page, "choice-overall", "left")
        page.get_by_text("Marks", exact=True).first.click()
        page.get_by_label("Kind of mark 1 in Script A").select_option("plot")
        page.locator("#reason").fill("Nora waits.")
        late.pop().continue_()
        saved(page)
        page.reload()
        expect(page.locator("#reason")).to_have_value("Nora waits.")
    assert Answer.objects.get().content == {
        "choice-overall": "left",
        "mark-left-1-class": "plot",
        "reason": "Nora waits.",
    }
    # Of two choices before it there is the one that stood when it came.
    assert list(AnswerChange.objects.values_list("field", "value")) == [("choice-overall", "left")]


def test_without_a_connection_it_says_so_and_catches_up(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        context.set_offline(True)
        page.locator("#reason").evaluate("node => node.closest('[data-later]').removeAttribute('data-waits')")
        page.locator("#reason").fill("On a train.")
        expect(page.locator("[data-saved]")).to_contain_text(
            "no connection. Your answer is stored in this browser"
        )
        (name,) = local_copies(page)
        kept = json.loads(page.evaluate("name => localStorage.getItem(name)", name))
        # What is kept is the answer and what was measured, and nothing about the scripts.
        assert set(kept) == {"base", "unsure", "fields", "reading", "changes", "rater", "at"}
        assert kept["fields"] == {"reason": "On a train."}
        assert not Answer.objects.exists()
        context.set_offline(False)
        saved(page)
        assert local_copies(page) == []
    assert Answer.objects.get().content["reason"] == "On a train."


def test_the_tab_that_is_behind_shows_the_newer_state(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        first = context.new_page()
        # What is measured of reading is saved as well, after some seconds, and would bring the newer state.
        hold_time(first)
        come_in(first, reader)
        second = context.new_page()
        second.goto(first.url)
        choose(first, "choice-overall", "left")
        first.clock.fast_forward(1000)
        saved(first)
        choose(second, "choice-overall", "tie")
        second.clock.resume()
        expect(second.locator("[data-saved]")).to_have_text("Updated from your other window")
        expect(second.locator('[name="choice-overall"][value="left"]')).to_be_checked()
        choose(second, "choice-overall", "right")
        expect(second.locator("[data-saved]")).to_contain_text("Saved")
    assert Answer.objects.get().content == {"choice-overall": "right"}


def test_a_tab_that_comes_back_into_view_looks_for_newer_state(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        first = come_in(context.new_page(), reader)
        second = context.new_page()
        second.goto(first.url)
        choose(second, "choice-overall", "neither")
        saved(second)
        first.evaluate("window.dispatchEvent(new Event('focus'))")
        expect(first.locator('[name="choice-overall"][value="neither"]')).to_be_checked()


def test_nothing_is_sent_while_an_input_method_composes(live_server: LiveServer) -> None:
    reader = ready("zh")
    with visit(live_server.url, language="zh-hans") as context:
        page = context.new_page()
        hold_time(page)
        come_in(page, reader)
        choose(page, "choice-overall", "left")
        page.clock.fast_forward(1000)
        saved(page)
        page.locator("#reason").focus()
        assert [fields["reason"] for fields in compose(page, "ren'wu", "人物")] == ["人物"]
    assert Answer.objects.get().content["reason"] == "人物"


def test_leaving_by_the_language_switch_loses_nothing(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = context.new_page()
        hold_time(page)
        come_in(page, reader)
        choose(page, "choice-overall", "left")
        # Within the half second after which it would be saved.
        page.get_by_role("button", name="中文").click()
        expect(page.get_by_role("button", name="提交评判")).to_be_visible()
        expect(page.locator('[name="choice-overall"][value="left"]')).to_be_checked()
        page.clock.resume()
        saved(page)
    assert Answer.objects.get().content == {"choice-overall": "left"}


def test_a_form_that_is_sent_during_a_save_waits_for_it(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        under_way: list[Route] = []
        page.route("**/answer/", lambda route: under_way.append(route), times=1)
        with page.expect_request("**/answer/"):
            choose(page, "choice-overall", "left")
        choose(page, "choice-overall", "right")
        page.get_by_role("button", name="Submit judgment").click(no_wait_after=True)
        under_way.pop().continue_()
        page.locator("[data-errors]").wait_for()
        expect(page.locator('[name="choice-overall"][value="right"]')).to_be_checked()
    assert Answer.objects.get().content == {"choice-overall": "right"}


def test_what_was_written_without_a_connection_stands_beside_what_another_device_saved(
    live_server: LiveServer,
) -> None:
    reader = ready()
    with visit(live_server.url) as here, visit(live_server.url) as there:
        first = come_in(here.new_page(), reader)
        choose(first, "choice-overall", "left")
        saved(first)
        second = come_in(there.new_page(), reader)
        here.set_offline(True)
        first.locator("#reason").fill("On the train: B drags.")
        first.locator('[name="choice-overall"][value="tie"]').check()
        expect(first.locator("[data-saved]")).to_contain_text("no connection")
        first.get_by_role("button", name="Submit judgment").click()
        expect(first.locator("[data-saved]")).to_contain_text("Not submitted: no connection")
        second.locator("#reason").fill("At home: A is alive.")
        choose(second, "choice-overall", "right")
        saved(second)
        here.set_offline(False)
        expect(first.locator("[data-saved]")).to_contain_text("your text is below the text from that window")
        expect(first.locator("#reason")).to_have_value("At home: A is alive.\n\nOn the train: B drags.")
        # The choice of the device that was in touch stands, and nothing was sent.
        expect(first.locator('[name="choice-overall"][value="right"]')).to_be_checked()
        saved(first)
        second.evaluate("window.dispatchEvent(new Event('focus'))")
        expect(second.locator("#reason")).to_have_value("At home: A is alive.\n\nOn the train: B drags.")
        # Where the scripts stood is no part of an answer.
        assert stored(first) in ([], ["places"])
    assert Answer.objects.get().content["choice-overall"] == "right"


def test_joined_words_that_are_too_long_are_all_there_and_not_sent_before_they_are_shortened(
    live_server: LiveServer,
) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        first = context.new_page()
        hold_time(first)
        come_in(first, reader)
        answered(first)
        first.clock.fast_forward(1000)
        saved(first)
        second = context.new_page()
        second.goto(first.url)
        # Otherwise the second page may have the first one's words before it has its own.
        second.route("**/answer/", lambda route: route.abort())
        first.locator("#reason").fill("a" * 3000)
        with first.expect_response("**/answer/"):
            first.clock.fast_forward(1000)
        saved(first)
        second.locator("#reason").fill("b" * 3000)
        second.unroute("**/answer/")
        second.clock.resume()
        second.evaluate("window.dispatchEvent(new Event('online'))")
        both = "a" * 3000 + "\n\n" + "b" * 3000
        expect(second.locator("#reason")).to_have_value(both)
        expect(second.locator("#error-reason")).to_contain_text("2002 characters too long")
        saved(second)
        assert Answer.objects.get().content["reason"] == both
        second.get_by_role("button", name="Submit judgment").click()
        expect(second.locator("#reason")).to_be_focused()
        second.locator("#reason").fill("a" * 4000)
        expect(second.locator("#error-reason")).to_have_count(0)
        second.get_by_role("button", name="Submit judgment").click()
        expect(second.get_by_role("heading", level=1)).to_contain_text("Thank you")
    assert reader.rater.assignments.get().reason == "a" * 4000


def test_changes_in_different_places_are_joined(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        first = come_in(context.new_page(), reader)
        choose(first, "choice-overall", "left")
        saved(first)
        second = context.new_page()
        second.goto(first.url)
        choose(second, "choice-format", "tie")
        saved(second)
        first.locator("#reason").fill("Nora waits.")
        expect(first.locator('[name="choice-format"][value="tie"]')).to_be_checked()
        saved(first)
    assert Answer.objects.get().content == {
        "choice-overall": "left",
        "choice-format": "tie",
        "reason": "Nora waits.",
    }


def test_a_save_whose_answer_got_lost_is_not_taken_for_another_pages(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)

        def lose(route: Route) -> None:
            route.fetch()
            route.abort()

        page.route("**/answer/", lose)
        choose(page, "choice-overall", "left")
        expect(page.locator("[data-saved]")).to_contain_text("no connection")
        page.unroute("**/answer/")
        choose(page, "choice-overall", "right")
        saved(page)
        expect(page.locator('[name="choice-overall"][value="right"]')).to_be_checked()
    assert Answer.objects.get().content == {"choice-overall": "right"}
