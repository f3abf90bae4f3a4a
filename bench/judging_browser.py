"""One page in Chromium: its size, its first text on a slow processor, whether it moves, how it scrolls."""

import shutil
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench import size

NAMES = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
THROTTLE = 4
RUNS = size(3, 1)
WATCH = """
window.shifts = []; window.tasks = [];
new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map((one) => one.value)))
    .observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: "longtask", buffered: true });
"""
SCROLL = """async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    for (const side of ["left", "right"]) {
        const to = document.querySelector(`[data-pane="${side}"] [data-scroll]`);
        for (let step = 0; step < 120; step += 1) { to.scrollBy(0, 200); await frame(); }
    }
    await new Promise((done) => setTimeout(done, 400));
}"""
FIRST = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


class NoBrowser(Exception):
    """This machine has none."""


@dataclass
class Seen:
    """Bytes without fonts (as they are, and as they came over the wire); milliseconds; shares of the window.

    What takes time is the least of `RUNS` runs: other work on the machine only adds to it. `task` is the
    longest one of a scroll, 0 where none took 50 ms; `task_slow_ms` the same on the slowed processor.
    """

    bytes: int
    wire: int
    first_ms: float
    shift: float
    task_ms: float
    task_slow_ms: float


def look(base: str, path: str, cookies: dict[str, str]) -> Seen:
    """Load the page in a fresh browser with an empty cache, several times."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise NoBrowser(f"none of {', '.join(NAMES)} is on the path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        runs = [_once(browser, base, path, cookies) for _ in range(RUNS)]
        browser.close()
    return Seen(
        bytes=runs[0].bytes,
        wire=runs[0].wire,
        first_ms=min(run.first_ms for run in runs),
        shift=max(run.shift for run in runs),
        task_ms=min(run.task_ms for run in runs),
        task_slow_ms=min(run.task_slow_ms for run in runs),
    )


def _once(browser: Browser, base: str, path: str, cookies: dict[str, str]) -> Seen:
    context = browser.new_context(base_url=base, viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    fonts, wire = set[str](), dict[str, int]()
    sizes: dict[str, int] = {}

    def loaded(event: dict[str, Any]) -> None:
        wire[event["requestId"]] = int(event["encodedDataLength"])

    def answered(event: dict[str, Any]) -> None:
        if event["type"] == "Font":
            fonts.add(event["requestId"])

    def data(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = sizes.get(event["requestId"], 0) + int(event["dataLength"])

    session.on("Network.loadingFinished", loaded)
    session.on("Network.responseReceived", answered)
    session.on("Network.dataReceived", data)
    session.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
    page.goto(path, wait_until="load")
    page.wait_for_timeout(500)
    first = page.evaluate(FIRST)
    slow = _scroll(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    task = _scroll(page)
    shift = page.evaluate("window.shifts.reduce((sum, one) => sum + one, 0)")
    context.close()
    seen = Seen(0, 0, first, shift, task, slow)
    seen.bytes = sum(size for number, size in sizes.items() if number not in fonts)
    seen.wire = sum(size for number, size in wire.items() if number not in fonts)
    return seen


def _scroll(page: Page) -> float:
    """Both scripts to their ends, frame by frame; the longest task of it."""
    page.wait_for_timeout(300)
    page.evaluate(
        """() => {
            window.tasks.length = 0;
            document.querySelectorAll("[data-scroll]").forEach((pane) => pane.scrollTo(0, 0));
        }"""
    )
    page.evaluate(SCROLL)
    return float(page.evaluate("Math.max(0, ...window.tasks)"))
