"""Desk, accessibility: axe finds nothing on the pages before and after judging."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from annotations.desk import seats
from annotations.desk.seats import free_seats
from annotations.models import Rater, Study
from tests.annotations.desk.cast import PROFILE, Reader, at_desk, make_study, newcomer
from tests.annotations.desk.participation_cast import COMPLETION, DEBRIEFING, PAY, PRACTICE, with_practice
from tests.annotations.desk.test_browser_judging import arriving, choose, come_in
from tests.annotations.desk.test_enter_steps import CHECKS, CONSENT
from tests.browser import NARROW, WIDE, axe_in_every_theme, overflow, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def way_study(language: str) -> Study:
    study = make_study(
        pairs=2,
        language=language,
        consent=CONSENT,
        checks=CHECKS,
        pay=PAY,
        practice={**PRACTICE, "pass": 1, "tries": 1},
        sittings={"pairs": 1, "break_minutes": 15},
        guess={"when": "last", "scripts": 2},
        debriefing=DEBRIEFING,
        completion=COMPLETION,
        prolific=True,
    )
    return with_practice(study, pairs=1, tries=1, language=language)


def send(page: Page, *, right: bool) -> None:
    """Judge the pair on the page; in practice `right` finds the damage, which stands left first."""
    for name in ("overall", "character", "dialogue", "format"):
        value = "right" if right else "left"
        page.locator(f'[name="choice-{name}"][value="{value}"]').check(force=True)
        if (optional := page.locator("details.later:not([open]) > summary")).count():
            optional.click()
    for side in ("left", "right"):
        page.locator(f'[name="score-{side}"][value="7"]').check(force=True)
    page.locator('[name="then"][value="next"]').click()


def every_page(page: Page, reader: Reader) -> Iterator[str]:
    shared = reverse("rater-shared", args=[seats.shared_link_key(reader.rater.study)])
    page.goto(shared)
    yield "not from Prolific"
    page.goto(f"{shared}?PROLIFIC_PID=somebody")
    yield "shared link"
    page.goto(f"/r/{reader.secret}/")
    yield "link with pay"
    yield from arriving(page, reader)
    page.wait_for_url("**/r/a/*/")
    yield "practice"
    send(page, right=True)
    page.wait_for_url("**/practised/")
    yield "feedback"
    page.locator("main .btn-primary").click()
    page.wait_for_url("**/r/a/*/")
    send(page, right=True)
    page.wait_for_url("**/break/")
    yield "break"
    page.goto("/r/go/pause/")
    yield "pause"
    page.goto("/r/go/break/")
    page.locator("main form .btn").click()
    page.wait_for_url("**/r/a/*/")
    send(page, right=False)
    page.wait_for_url("**/guess/")
    yield "guesses"
    page.locator("main .btn-primary").click()
    page.wait_for_url("**/debriefing/")
    yield "debriefing"
    page.locator("main .btn-primary").click()
    page.wait_for_url("**/done/")
    yield "thanks"
    for name in ("statement", "withdraw"):
        page.goto(f"/r/go/{name}/")
        yield name
    page.locator('a[href$="?what=leave"]').click()
    yield "are you sure"
    page.locator('button[value="leave"]').click()
    page.locator("main details summary").click()
    yield "withdrawn"
    Rater.objects.update(withdrawn_at=None, turned_away_at="2026-01-01T00:00Z")
    page.goto("/r/go/")
    yield "turned away"
    Rater.objects.update(turned_away_at=None, finished_at=None)
    page.goto("/r/go/")
    yield "seat passed on"
    while any(free_seats(reader.rater.study).values()):
        newcomer(reader.rater.study)
    page.goto(f"{shared}?PROLIFIC_PID=somebody")
    yield "no seat"


@pytest.mark.parametrize(
    ("language", "width", "theme"),
    [("en", WIDE, "dark"), ("zh-hans", NARROW, "light")],
    ids=["en-wide-dark", "zh-narrow-light"],
)
def test_every_page(live_server: LiveServer, language: str, width: dict[str, int], theme: str) -> None:
    reader = newcomer(way_study(language[:2]))
    findings, names = [], []
    with visit(live_server.url, width=width, language=language, theme=theme) as context:
        page = context.new_page()
        for name in every_page(page, reader):
            names.append(name)
            findings += [f"{name}: {finding}" for finding in axe_in_every_theme(page)]
            findings += [f"{name} is wider than its window"] if overflow(page) else []
    assert findings == []
    assert len(names) == len(set(names)) == 20


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_what_is_missing_is_said_by_the_page_and_has_the_focus(
    live_server: LiveServer, *, script: bool
) -> None:
    """In the page's language, whatever the browser's is, and with no script as well."""
    reader = newcomer(make_study())
    with visit(live_server.url, language="zh-hans", script=script) as context:
        page = come_in(context.new_page(), reader)
        send = page.locator("main form .btn-primary")
        send.click()
        expect(page.get_by_text("如果愿意参加，请先勾选此项。")).to_be_visible()
        expect(page.locator('[name="agree"]')).to_be_focused()
        page.locator('[name="agree"]').check()
        send.click()
        page.locator('[name="years"]').first.check()
        send.click()
        expect(page.locator("#error-credits")).to_have_text("请选择一项。")
        expect(page.locator('[name="credits"]').first).to_be_focused()
        for name in ("credits", "role"):
            page.locator(f'[name="{name}"][value="{PROFILE[name]}"]').check()
        send.click()
        page.wait_for_url("**/instructions/")
        send.click()
        page.wait_for_url("**/r/a/*/")
        page.get_by_text("跳过这一组", exact=True).click()
        page.locator("form[data-skip] button").click()
        expect(page.get_by_text("请选择一个原因。")).to_be_visible()
        expect(page.locator('[name="reason"][type="radio"]').first).to_be_focused()


def test_the_way_to_the_other_questions_opens_with_the_choice(live_server: LiveServer) -> None:
    reader = at_desk(make_study())
    with visit(live_server.url) as context:
        page = come_in(context.new_page(), reader)
        way, told = page.locator('.verdict-end a[href="#questions"]'), page.locator("[data-first]")
        expect(told).to_be_visible()
        expect(way).to_be_hidden()
        choose(page, "choice-overall", "left")
        expect(way).to_be_visible()
        expect(told).to_be_hidden()
