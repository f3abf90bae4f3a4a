"""Desk, browser: judging one script at a time, with JavaScript and without."""

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from annotations.desk import services
from annotations.models import Assignment, Judgment, Mark, Score
from tests.annotations.desk.cast import Reader, make_study, newcomer
from tests.annotations.desk.test_browser_judging import choose, come_in
from tests.annotations.desk.test_browser_marks import drag
from tests.annotations.desk.test_browser_saving import saved
from tests.browser import visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def ready_for_one(more: str = "") -> Reader:
    reader = newcomer(make_study(pairs=1, single=True, more=more))
    services.give_consent(rater=reader.rater, language="en", training_use=False)
    services.save_profile(rater=reader.rater, profile={"years": "0-2"}, series_known=[])
    services.mark_instructed(rater=reader.rater)
    return reader


def test_one_script_with_the_mouse(live_server: LiveServer) -> None:
    reader = ready_for_one()
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        drag(page, "left", "Which floor")
        page.get_by_role("button", name="plot").click()
        page.get_by_label("Comment (optional)").fill("she knows")
        page.keyboard.press("Enter")
        page.get_by_role("radio", name="9 Excellent").check()
        page.get_by_text("Yes, I had read it").click()
        saved(page)
        page.reload()
        expect(page.get_by_role("radio", name="9 Excellent")).to_be_checked()
        page.get_by_role("button", name="Submit judgment").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    mark = Mark.objects.get()
    text = mark.assignment.slot.left.text
    assert (text[mark.start : mark.end], mark.scene, mark.note) == ("Which floor", 1, "she knows")
    assert Score.objects.get().value == 9
    judged = Assignment.objects.get()
    assert (judged.knew_left, judged.knew_right, judged.read_right_s) == (True, None, None)
    assert not Judgment.objects.exists()


def test_one_script_without_javascript(live_server: LiveServer) -> None:
    reader = ready_for_one()
    with visit(live_server.url, script=False) as context:
        page = come_in(context.new_page(), reader)
        choose(page, "score-left", "4")
        page.locator("summary", has_text="Marks").click()
        page.get_by_label("Kind of mark 2 in Script").select_option("pacing")
        page.get_by_role("button", name="Submit judgment").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    assert (Score.objects.get().value, Mark.objects.get().error_class) == (4, "pacing")
