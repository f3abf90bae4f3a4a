"""What a judgment costs the server and how long raters wait, over HTTP on a stack of its own.

A cycle is two requests: the page of a pair, and the post that submits it. CPU is that of the web processes
and of PostgreSQL, which other work on the machine hardly lengthens. The least that a page can cost is
measured as well: `/healthz` of the same stack, and a bare view in one process (`judging_long`).
"""

import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench import judging_long, judging_rows, judging_study, size
from bench.judging_pages import Connection, Times, cpu_of, cycle, p95
from bench.results import Result
from tests.servers import LiveStack, live_stack_in

AT_ONCE = size(16, 2)
CYCLES = size(20, 2)
CROWD = size(200, 4)
EVERY_S, WITHIN_S = size(14.0, 0.5), size(7.0, 0.2)
ROUNDS = size(2, 1)
AGAIN = size(200, 2)
"""How often one page is asked for, or one answer saved, to see what that costs."""
Entry = tuple[str, dict[str, str]]
"""Where a rater's open pair is, and the cookies that open it."""


def main() -> list[Result]:
    with live_stack_in(demo=False) as stack:
        judging_long.set_up_django(stack)
        results = _full_speed(stack)
        results += _crowd(stack)
        results += judging_rows.measure(stack)
        return results + judging_long.measure(stack)


def _full_speed(stack: LiveStack) -> list[Result]:
    """Raters without a pause, on pairs that are mostly new to the process that shows them."""
    enter = _study("short", seats=AT_ONCE + 1, scenes=size(40, 8), systems=size(4, 2))
    one, *raters = [enter() for _ in range(AT_ONCE + 1)]
    least = _cpu_of_each(stack, lambda ask: ask("GET", "/healthz"), AGAIN)
    cycle(Connection(stack.url, one[1], defaultdict(list)), one[0], 0, lambda: None)
    times: Times = defaultdict(list)
    sizes: list[int] = []
    web, database, begin = cpu_of(stack.pid("web")), cpu_of(stack.pid("postgres")), time.monotonic()

    def judge(rater: Entry) -> None:
        path, cookies = rater
        visit = Connection(stack.url, cookies, times)
        for _ in range(CYCLES):
            if path.startswith("/r/a/"):
                path = cycle(visit, path, 0, lambda: None)
        sizes.extend(visit.page_sizes)

    _at_once(judge, raters)
    wall, count = time.monotonic() - begin, len(times["submission"])
    web = 1000 * (cpu_of(stack.pid("web")) - web) / count
    database = 1000 * (cpu_of(stack.pid("postgres")) - database) / count
    return [
        Result("healthz, one request", least, "ms CPU"),
        Result("judging, page and submission", web + database, "ms CPU", (web + database) / least, "healthz"),
        Result("judging, of it PostgreSQL", database, "ms CPU"),
        Result(f"judging, {AT_ONCE} raters at once", count / wall, "cycles/s"),
        Result(f"judging, page, p95 of {len(times['page'])}", 1000 * p95(times["page"]), "ms wall"),
        Result("judging, page over the wire", sum(sizes) / len(sizes) / 1000, "kB"),
        Result("memory after it, all processes", _memory_mb(stack), "MB PSS"),
    ]


def _crowd(stack: LiveStack) -> list[Result]:
    """Many raters at an ordinary pace, all of them at the start, and what one page or save costs."""
    seats, systems, pairings = 2 * CROWD + 1, size(4, 2), size(6, 1)
    enter = _study("crowd", seats=seats, scenes=size(6, 4), systems=systems, per_pairing=seats // pairings)
    paced, opening = [enter() for _ in range(CROWD)], [enter() for _ in range(CROWD)]
    simple, full = enter(), _study("six", seats=2, scenes=2, criteria=6)()
    opened: Times = defaultdict(list)

    def look(number: int) -> None:
        time.sleep(WITHIN_S * number / CROWD)
        path, cookies = opening[number]
        Connection(stack.url, cookies, opened).ask("page", "GET", path)

    _at_once(look, range(CROWD))
    times: Times = defaultdict(list)
    before = _server_cpu(stack)

    def judge(number: int) -> None:
        path, cookies = paced[number]
        visit = Connection(stack.url, cookies, times)
        time.sleep(EVERY_S * number / CROWD)
        for _ in range(ROUNDS):
            begin = time.monotonic()
            if path.startswith("/r/a/"):
                path = cycle(visit, path, 3, lambda: time.sleep(EVERY_S / 5))
            time.sleep(max(0.0, EVERY_S - (time.monotonic() - begin)))

    _at_once(judge, range(CROWD))
    spent = 1000 * (_server_cpu(stack) - before) / len(times["submission"])
    slowest = max(p95(found) for found in times.values())
    one, six = (_page_cost(stack, rater) for rater in (simple, full))
    return [
        Result(f"{CROWD} raters within {WITHIN_S:.0f} s, page, p95", 1000 * p95(opened["page"]), "ms wall"),
        Result(f"{CROWD} raters, a cycle with 3 saves", spent, "ms CPU"),
        Result(f"{CROWD} raters, slowest kind of request, p95", 1000 * slowest, "ms wall"),
        Result("page, one criterion", one, "ms CPU"),
        Result("page, six criteria, scores and marks", six, "ms CPU", six / one, "one criterion"),
        Result("save", _save_cost(stack, full), "ms CPU"),
    ]


def _page_cost(stack: LiveStack, rater: Entry) -> float:
    path, cookies = rater
    return _cpu_of_each(stack, lambda ask: ask("GET", path), AGAIN, cookies)


def _save_cost(stack: LiveStack, rater: Entry) -> float:
    path, cookies = rater
    text, _ = Connection(stack.url, cookies, defaultdict(list)).ask("page", "GET", path)
    token = re.findall(r'name="token" value="(\w+)"', text)[0]
    number = 0

    def save(ask: Callable[..., Any]) -> None:
        nonlocal number
        body = f'{{"token": "{token}", "revision": {number}, "fields": {{"reason": "{number}"}}}}'
        ask("POST", f"{path}answer/", body.encode(), "application/json")
        number += 1

    return _cpu_of_each(stack, save, AGAIN, cookies)


def _cpu_of_each(
    stack: LiveStack, work: Callable[..., Any], count: int, cookies: dict[str, str] | None = None
) -> float:
    """Milliseconds of the server's CPU for each of `count` times that the work asks once."""
    visit = Connection(stack.url, cookies or {}, defaultdict(list))

    def ask(*request: Any) -> None:
        visit.ask("", *request)

    work(ask)
    before = _server_cpu(stack)
    for _ in range(count):
        work(ask)
    # At a tiny size it may be less than the kernel counts.
    return max(1000 * (_server_cpu(stack) - before) / count, 0.01)


def _server_cpu(stack: LiveStack) -> float:
    return cpu_of(stack.pid("web")) + cpu_of(stack.pid("postgres"))


def _memory_mb(stack: LiveStack) -> float:
    """Proportional set size of all processes, as far as the kernel says."""
    total = 0
    for pid in stack.family():
        try:
            found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        except OSError:
            continue
        total += int(found[1]) if found else 0
    return total / 1024


def _at_once(work: Callable[[Any], None], many: Any) -> None:
    with ThreadPoolExecutor(len(many)) as pool:
        list(pool.map(work, many))


def _study(slug: str, **options: Any) -> Callable[[], Entry]:
    """An open study: gives a function that enrols one more rater and opens the first pair."""
    with tempfile.TemporaryDirectory() as folder:
        study = judging_long.open_study(judging_study.write(Path(folder), slug=slug, **options))
    return lambda: judging_long.enter(study)
