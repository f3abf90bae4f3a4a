"""A real browser for tests: Chromium where the machine has one, else a skip that says so.

The headless shell is the same engine without windows, and takes half the processor time.

One Playwright per process, whoever asks, because two of them in one process fail.
"""

import atexit
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
WIDE = {"width": 1440, "height": 900}
THEMES = ("paper", "light", "dark")
NARROW = {"width": 390, "height": 844}
PATIENCE_MS = 30_000
"""For a machine that does ten other things; nothing waits longer than it has to."""


@cache
def chromium() -> Browser:
    """The one browser of this process; skips the test that asks where there is none."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no browser on the path: none of {', '.join(NAMES)} (apt-get install {NAMES[0]})")
    expect.set_options(timeout=PATIENCE_MS)
    playwright = sync_playwright().start()
    browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    atexit.register(playwright.stop)
    return browser


@contextmanager
def visit(
    base: str,
    *,
    width: dict[str, int] = WIDE,
    language: str = "en",
    theme: str = "paper",
    script: bool = True,
    mobile: bool = False,
) -> Iterator[BrowserContext]:
    """A fresh visitor. On leaving, whatever its pages complained about in the console fails the test."""
    context = chromium().new_context(
        base_url=base,
        viewport=width,
        java_script_enabled=script,
        has_touch=width is NARROW,
        is_mobile=mobile,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies(
        [
            {"name": "django_language", "value": language, "url": base},
            {"name": "theme", "value": theme, "url": base},
        ]
    )
    complaints: list[str] = []
    context.on("console", lambda message: _note(complaints, message))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    try:
        yield context
        for page in context.pages:
            # A save that is under way when the database is emptied would be a deadlock.
            page.locator('[data-state="saving"]').wait_for(state="detached")
    finally:
        # A page sends on leaving what it has measured: nothing comes after the test.
        context.set_offline(True)
        context.close()
    assert complaints == []


def until(page: Page, what: str) -> None:
    """Wait until an expression holds.

    `wait_for_function` has the page evaluate it from the second look on, which its policy forbids.
    """
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(what):
        assert time.monotonic() < deadline, what
        page.wait_for_timeout(20)


def _note(complaints: list[str], message: Any) -> None:
    # A refusal is a status that the test means to see; everything else is a fault, a broken CSP above all.
    if message.type == "error" and "Failed to load resource" not in message.text:
        complaints.append(message.text)


def hold_time(page: Page) -> None:
    """Time stands still on the page from now on: `page.clock` says how far it goes, and when it goes on."""
    page.clock.install(time=0)
    page.clock.pause_at(1000)


# Only what is wrong comes back: everything that axe looked at would be megabytes a page.
RUN_AXE = """async (only) => {
    const options = only ? { runOnly: only } : {};
    const { violations } = await axe.run(document, { ...options, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => [id, node.html, node.failureSummary]));
}"""


def axe_findings(page: Page, only: list[str] | None = None) -> list[str]:
    """What axe finds on the page as it stands: rule, place, why. `only` names the rules to run."""
    _wait_for_styles(page)
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"{AXE_SCRIPT}; null")
    found = page.evaluate(RUN_AXE, only)
    return [f"{page.url} {rule}: {html[:160]} {why}" for rule, html, why in found]


def axe_in_every_theme(page: Page) -> list[str]:
    """What axe finds on the page as it stands, and of contrast alone in the other themes."""
    findings = axe_findings(page)
    before = page.locator("html").get_attribute("data-theme")
    for theme in THEMES:
        if theme != before:
            page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
            findings += [f"{theme}: {finding}" for finding in axe_findings(page, ["color-contrast"])]
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", before)
    return findings


def _wait_for_styles(page: Page) -> None:
    """Before all of them are there, a page is as wide as it likes. After a click it may only have begun."""
    page.wait_for_load_state()


def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    _wait_for_styles(page)
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
