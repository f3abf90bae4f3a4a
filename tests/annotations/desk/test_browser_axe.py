"""Desk, accessibility: axe finds nothing on any rater page, in both languages, every theme and width."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from annotations.models import Assignment, Rater, Study
from evalsite.core.codes import new_secret
from tests.annotations.blinding.tampering import unguarded
from tests.annotations.desk.cast import Reader, make_study, newcomer
from tests.annotations.desk.test_browser_judging import arriving, choose, come_in, ready
from tests.browser import NARROW, WIDE, axe_findings, axe_in_every_theme, overflow, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def every_page(page: Page, reader: Reader) -> Iterator[str]:
    """Bring up page after page; yields the name of what stands there now."""
    page.goto(f"/r/{new_secret()}/")
    yield "unknown link"
    page.goto("/r/go/")
    yield "signed out"
    page.goto(f"/r/{reader.secret}/")
    yield "link"
    yield from arriving(page, reader)
    page.wait_for_load_state()
    yield "judging"
    choose(page, "choice-overall", "left")
    page.evaluate("document.querySelectorAll('main details').forEach((fold) => { fold.open = true; })")
    page.locator("[data-mark-add]").first.click()
    page.locator("details[data-menu] summary").click()
    yield "judging, chosen, menu open"
    page.locator("details[data-menu] summary").click()
    for sheet in ("brief", "notes"):
        page.locator(f'[data-sheet-open="{sheet}"]').click()
        yield f"judging, {sheet}"
        page.keyboard.press("Escape")
    page.locator('[name="then"][value="next"]').click()
    page.locator("[data-errors]").wait_for()
    yield "judging, sent with gaps"
    address = page.url
    for name in ("pause", "withdraw", "consent", "instructions"):
        page.goto(f"/r/go/{name}/")
        yield f"{name} once more"
    for state in ("submitted", "late", "skipped", "expired"):
        Assignment.objects.update(state=state, submitted_at="2026-01-01T00:00Z")
        page.goto(address)
        yield state
    page.goto("/r/go/")
    yield "desk"
    for state in ("frozen", "paused", "closed"):
        with unguarded():
            Study.objects.update(state=state)
        page.goto("/r/go/")
        yield state
    with unguarded():
        Study.objects.update(state="open")
    Assignment.objects.update(state="submitted")
    page.goto("/r/go/done/")
    yield "thanks"
    Rater.objects.update(withdrawn_at="2026-01-01T00:00Z")
    page.goto("/r/go/")
    yield "withdrawn"
    for address in ("/staff/login/", "/staff/enter/?sesame=x", "/nowhere/"):
        page.goto(address)
        yield address


@pytest.mark.parametrize(
    ("language", "width", "axe"),
    [
        ("en", WIDE, axe_in_every_theme),
        ("zh-hans", NARROW, axe_findings),
        ("en", NARROW, None),
        ("zh-hans", WIDE, None),
    ],
    ids=["en-wide", "zh-narrow", "en-narrow-width-only", "zh-wide-width-only"],
)
def test_every_page(
    live_server: LiveServer,
    language: str,
    width: dict[str, int],
    axe: Callable[[Page], list[str]] | None,
) -> None:
    """axe finds nothing (in English: in any theme), the language is set, and nothing is too wide."""
    reader = newcomer(make_study(pairs=1, language=language[:2]))
    findings, names = [], []
    with visit(live_server.url, width=width, language=language) as context:
        page = context.new_page()
        for name in every_page(page, reader):
            names.append(name)
            findings += [f"{name}: {finding}" for finding in axe(page)] if axe else []
            findings += [f"{name} is wider than its window"] if overflow(page) else []
            assert page.locator("html").get_attribute("lang") == language
    assert findings == []
    assert len(names) == len(set(names)) == 28


@pytest.mark.parametrize(("language", "width"), [("en", WIDE), ("zh-hans", NARROW)], ids=["en", "zh"])
def test_one_script_at_a_time(live_server: LiveServer, language: str, width: dict[str, int]) -> None:
    reader = ready(language[:2], pairs=1, single=True)
    with visit(live_server.url, width=width, language=language) as context:
        page = come_in(context.new_page(), reader)
        assert axe_in_every_theme(page) == []
        assert overflow(page) == 0
