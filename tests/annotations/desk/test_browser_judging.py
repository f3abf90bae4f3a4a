"""Desk, browser: judging a pair by mouse, by keyboard, on a phone in Chinese, and without JavaScript."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from annotations.models import Answer, Assignment, Judgment, Mark, Rater, Score
from tests.annotations.desk.cast import Reader, make_study, newcomer
from tests.browser import NARROW, hold_time, overflow, until, visit

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
    return page


def choose(page: Page, name: str, value: str) -> None:
    page.locator(f'input[name="{name}"][value="{value}"]').check()


def point_at_one(page: Page) -> None:
    """Ask for a row for an error in script A that has no passage."""
    page.get_by_text("Marks", exact=True).first.click()
    page.get_by_role("button", name="Add a mark without a passage").first.click()


def read_on(page: Page, side: str) -> None:
    """Go down a script until more than half of it was measured as seen."""
    for line in page.locator(f'[data-pane="{side}"] [data-o]').all():
        line.scroll_into_view_if_needed()
        line.hover()
    until(page, f"Number(document.querySelector('[name=share-{side}]').value) > 0.5")


def test_by_mouse_from_the_link_to_the_thanks(live_server: LiveServer) -> None:
    reader = newcomer(make_study(pairs=1))
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        page.get_by_text("I have read this and want to take part").click()
        page.get_by_role("button", name="I agree").click()
        for question, answer in (
            ("How long", "6 to 10 years"),
            ("How many", "1 to 5"),
            ("What is your main role", "writer"),
        ):
            page.get_by_role("group", name=question).get_by_text(answer, exact=True).click()
        page.get_by_role("button", name="Save and continue").click()
        page.get_by_role("button", name="Start the first pair").click()
        page.wait_for_url("**/r/a/*/")
        expect(page.get_by_text("Pair 1 of 1")).to_be_visible()
        read_on(page, "left")
        page.locator(".verdict").get_by_text("Script B is better").click()
        page.locator(".verdict").get_by_text("clearly").click()
        for card in page.locator(".criteria .criterion").all():
            card.get_by_text("Too close to call").click()
        page.locator("#field-score-left").get_by_role("radio", name="6 Acceptable").check()
        page.locator("#field-score-right").get_by_role("radio", name="9 Excellent").check()
        point_at_one(page)
        page.get_by_label("Kind of mark 1 in Script A").select_option("plot")
        page.get_by_role("button", name="Submit judgment").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("That was the last pair. Thank you.")
    overall = Judgment.objects.get(criterion__slug="overall")
    assert (overall.choice, overall.strength) == ("right", 2)
    assert Judgment.objects.filter(choice="tie").count() == 3
    assert dict(Score.objects.values_list("side", "value")) == {"left": 6, "right": 9}
    assert Mark.objects.get().side == "left"
    judged = Assignment.objects.get()
    assert judged.layout == "columns"
    assert judged.share_read_left > 0.5
    assert Rater.objects.get().profile["years"] == "6-10"


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what `selector` names has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"Tab never reaches {selector}")


def test_by_keyboard_alone(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url) as context:
        page = context.new_page()
        page.goto(f"/r/{reader.secret}/")
        tab_to(page, "main .btn-primary")
        page.keyboard.press("Enter")
        page.wait_for_url("**/r/a/*/")
        expect(page.get_by_text("Pair 1 of 1")).to_be_visible()
        tab_to(page, '[data-pane="left"] [data-scroll]')
        tab_to(page, '[data-pane="right"] [data-scroll]')
        page.keyboard.press("a")
        expect(page.locator('[name="choice-overall"][value="left"]')).to_be_checked()
        tab_to(page, '[name="strength-overall"]')
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
        for _ in range(3):
            tab_to(page, '.criteria [name^="choice-"]')
            page.keyboard.press("Space")
        for side, steps in (("left", 3), ("right", 2)):
            tab_to(page, f'[name="score-{side}"]')
            page.keyboard.press("Space")
            for _ in range(steps):
                page.keyboard.press("ArrowRight")
        tab_to(page, '[name="then"][value="next"]')
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    assert set(Judgment.objects.values_list("choice", flat=True)) == {"left"}
    assert Judgment.objects.get(criterion__slug="overall").strength == 2
    assert dict(Score.objects.values_list("side", "value")) == {"left": 4, "right": 3}


def test_on_a_phone_in_chinese(live_server: LiveServer) -> None:
    reader = ready("zh")
    with visit(live_server.url, width=NARROW, language="zh-hans") as context:
        page = come_in(context.new_page(), reader)
        left, right = page.locator('[data-pane="left"]'), page.locator('[data-pane="right"]')
        expect(left).to_be_visible()
        expect(right).to_be_hidden()
        page.get_by_role("button", name="剧本 B", exact=True).tap()
        expect(right).to_be_visible()
        expect(left).to_be_hidden()
        assert overflow(page) == 0
        page.locator(".verdict").get_by_text("两稿都不可用").tap()
        expect(page.locator("[data-saved]")).to_contain_text("已保存")
        for card in page.locator(".criteria .criterion").all():
            card.get_by_text("剧本 A 更好").tap()
        page.locator('label:has([name="score-left"][value="2"])').tap()
        page.locator('label:has([name="score-right"][value="1"])').tap()
        assert overflow(page) == 0
        page.get_by_role("button", name="提交评判").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("全部读完了，谢谢您。")
    assert Judgment.objects.get(criterion__slug="overall").choice == "neither"
    assert dict(Score.objects.values_list("side", "value")) == {"left": 2, "right": 1}
    assert Assignment.objects.get().layout == "single"


def test_without_javascript(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url, script=False) as context:
        page = come_in(context.new_page(), reader)
        expect(page.locator(".criteria")).to_be_visible()
        expect(page.get_by_text("Shortcuts", exact=False).first).to_be_hidden()
        for slug in ("character", "dialogue", "format"):
            choose(page, f"choice-{slug}", "right")
        choose(page, "score-left", "5")
        page.locator("#reason").fill("She never lifts the receiver.")
        page.get_by_role("button", name="Submit judgment").click()
        expect(page.get_by_role("alert").first).to_contain_text("Not submitted yet")
        expect(page.locator("#reason")).to_have_value("She never lifts the receiver.")
        expect(page.locator('[name="choice-format"][value="right"]')).to_be_checked()
        choose(page, "choice-overall", "right")
        choose(page, "score-right", "10")
        page.get_by_role("button", name="Submit judgment").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    assert Judgment.objects.filter(choice="right").count() == 4
    assert Assignment.objects.get().reason == "She never lifts the receiver."


def test_without_javascript_a_break_keeps_what_was_chosen(live_server: LiveServer) -> None:
    reader = ready()
    with visit(live_server.url, script=False) as context:
        page = come_in(context.new_page(), reader)
        choose(page, "choice-overall", "tie")
        page.get_by_role("button", name="Save and take a break").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your work is saved")
        page.get_by_role("link", name="Continue reading").click()
        expect(page.locator('[name="choice-overall"][value="tie"]')).to_be_checked()


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
        posts: list[Any] = []
        page.on("request", lambda sent: posts.append(sent) if sent.resource_type == "document" else None)
        for slug in ("overall", "character", "dialogue", "format"):
            choose(page, f"choice-{slug}", "left")
        for side in ("left", "right"):
            choose(page, f"score-{side}", "7")
        page.get_by_role("button", name="Submit judgment").dblclick()
        expect(page.get_by_text("Pair 2 of 2")).to_be_visible()
        assert [sent.method for sent in posts].count("POST") == 1
    assert Judgment.objects.count() == 4


def test_the_back_button_finds_a_plain_page(live_server: LiveServer) -> None:
    reader = ready(pairs=2)
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        first = page.url
        for slug in ("overall", "character", "dialogue", "format"):
            choose(page, f"choice-{slug}", "left")
        for side in ("left", "right"):
            choose(page, f"score-{side}", "7")
        page.get_by_role("button", name="Submit judgment").click()
        expect(page.get_by_text("Pair 2 of 2")).to_be_visible()
        page.go_back()
        page.goto(first)
        expect(page.get_by_role("heading", level=1)).to_have_text("You have judged this pair")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("Pair 2 of 2")).to_be_visible()


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
