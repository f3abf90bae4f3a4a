"""Desk, browser: an open page notices that its pair has ended, and still leads on."""

import re

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from annotations.desk import services
from annotations.models import Answer, Study
from tests.annotations.desk.test_browser_judging import answered, choose, come_in, ready
from tests.annotations.desk.test_browser_saving import saved
from tests.browser import hold_time, until, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BREAK = "Save and take a break"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()
    expect(page.locator("form[data-judge]")).to_have_count(0)


@pytest.mark.parametrize("name", ["Submit judgment", BREAK, "Skip"])
def test_after_the_seat_was_freed_every_button_leads_on(live_server: LiveServer, name: str) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        answered(page)
        saved(page)
        services.free_seat(rater=reader.rater, by="jo", reason="silent")
        choose(page, "choice-overall", "right")
        expect(page.locator("[data-saved]")).to_contain_text("this pair is closed")
        if name == "Skip":
            page.get_by_text("Skip this pair").click()
            page.locator('[name="reason"][type="radio"]').first.check()
        press(page, name)


def test_a_break_is_taken_from_a_page_whose_pair_was_sent_in_another_one(live_server: LiveServer) -> None:
    reader = ready(pairs=2)
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        other = context.new_page()
        other.goto(page.url)
        answered(other)
        other.get_by_role("button", name="Submit judgment").click()
        expect(other.get_by_text("Pair 1 submitted")).to_be_visible()
        choose(page, "choice-overall", "tie")
        expect(page.locator("[data-saved]")).to_contain_text("this pair is closed")
        press(page, BREAK)
        expect(page).to_have_url(re.compile("/pause/$"))


def test_after_a_pause_what_is_typed_next_is_saved(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        answered(page)
        saved(page)
        Study.objects.update(state="paused")
        page.locator("#reason").fill("B drags.")
        expect(page.locator("[data-saved]")).to_contain_text("the study is paused")
        Study.objects.update(state="open")
        page.locator("#reason").press_sequentially(" A lives.")
        saved(page)
        assert Answer.objects.get().content["reason"].strip() in ("B drags. A lives.", "A lives.B drags.")
        Study.objects.update(state="paused")
        choose(page, "choice-overall", "right")
        expect(page.locator("[data-saved]")).to_contain_text("the study is paused")
        press(page, "Submit judgment")
    assert Answer.objects.get().content["choice-overall"] == "right"


def stopped(page: Page, address: str) -> None:
    """The next form that goes there is stopped on its way, as by the browser's stop button."""

    gone: list[str] = []

    def stop(route: Route) -> None:
        if not gone and route.request.method == "POST" and route.request.is_navigation_request():
            gone.append(route.request.url)
            route.abort("aborted")
        else:
            route.continue_()

    page.route(address, stop)


def test_a_page_that_was_stopped_while_it_was_sent_saves_and_sends_again(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        answered(page)
        saved(page)
        stopped(page, "**/r/a/*/")
        with page.expect_event("requestfailed"):
            page.get_by_role("button", name="Submit judgment").click()
        page.locator("#reason").fill("Still here.")
        saved(page)
        assert Answer.objects.get().content["reason"] == "Still here."
        press(page, "Submit judgment")
    assert reader.rater.assignments.get().reason == "Still here."


def test_any_form_can_be_sent_again_some_time_after_it_was_stopped(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        page.goto("/r/go/profile/")
        hold_time(page)
        stopped(page, "**/profile/")
        with page.expect_event("requestfailed"):
            page.locator("main .btn-primary").click()
        page.clock.run_for(16_000)
        page.locator("main .btn-primary").click()
        page.wait_for_url("**/profile/?again=1")


def test_after_leaving_elsewhere_nothing_more_is_kept_and_the_page_says_that_one_has_left(
    live_server: LiveServer,
) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        answered(page)
        saved(page)
        services.withdraw(rater=reader.rater, erase=True)
        page.locator("#reason").fill("Too late.")
        expect(page.get_by_role("heading", level=1)).to_have_text("You have withdrawn from this study")
        until(page, "!Object.keys(localStorage).some((name) => name.startsWith('answer:'))")
    assert not Answer.objects.exists()
