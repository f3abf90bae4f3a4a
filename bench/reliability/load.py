"""`python -m bench.reliability.load [--raters 500] [--pace 15] [--minutes 5]`: how long raters wait.

A site is started as `make run` starts it. Each rater judges at a pace of their own, 0.7 to 1.3 times `--pace`
seconds for a pair. The raters run on the same machine and share its processors. Exit codes:
4 if an accepted judgment was lost or doubled or something sealed was sent, 1 if the p95 limit was missed.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from math import ceil
from pathlib import Path

from bench.judging_pages import cpu_of
from bench.reliability.crowd import FASTEST, SAVES, Crowd, Ledger, compare
from bench.reliability.site import PAGE, crowd, machine, manage, open_study, write_table
from tests.servers import LiveStack, live_stack_in

LIMIT_MS = 300
LEAST, MOST = 12, 500
SYSTEMS, WORDS = 4, 1000
KINDS = ("pair page", "save", "submission", "other pages", "styles and scripts")
BROKEN, TOO_SLOW = 4, 1


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make load", description="Measure how long raters wait.")
    parser.add_argument("--raters", type=int, default=500, help=f"how many judge at once, up to {MOST}")
    parser.add_argument("--pace", type=float, default=15.0, help="mean seconds for a pair")
    parser.add_argument("--minutes", type=float, default=5.0, help="how long they judge")
    parser.add_argument("--arrive", type=float, default=60.0, help="seconds in which all of them arrive")
    parser.add_argument("--out", type=Path, default=PAGE, help="page with the table to replace")
    options = parser.parse_args(arguments)
    if not LEAST <= options.raters <= MOST or min(options.pace, options.minutes) <= 0:
        parser.error(f"take {LEAST} to {MOST} raters, and a pace and minutes above 0")
    return options


async def judge(visitors: Crowd, options: argparse.Namespace) -> None:
    async def stop() -> None:
        await asyncio.sleep(60 * options.minutes)
        print(f"   {visitors.at_desk} raters judge; they end the pair that they have begun", flush=True)
        visitors.stopping = True

    ending = asyncio.create_task(stop())
    await visitors.judge(min(options.arrive, 30 * options.minutes))
    ending.cancel()


def measure(stack: LiveStack, folder: Path, options: argparse.Namespace) -> tuple[str, Crowd, Ledger, float]:
    """The table, and what it was made of: the crowd, how its ledger holds, and the slowest p95 in ms."""
    pairs = ceil(60 * options.minutes / (FASTEST * options.pace)) + 2
    print(f"A study of {options.raters} seats is frozen and opened", flush=True)
    links = open_study(stack, folder, raters=options.raters, pairs=pairs, systems=SYSTEMS, words=WORDS)
    visitors = crowd(stack.url, links, pace=options.pace, timeout=60)
    print(f"{options.raters} raters judge for {options.minutes:g} minutes", flush=True)
    before, begin = {name: cpu_of(stack.pid(name)) for name in ("web", "postgres")}, time.monotonic()
    own = time.process_time()
    asyncio.run(judge(visitors, options))
    wall = time.monotonic() - begin
    cores = {name: (cpu_of(stack.pid(name)) - cpu) / wall for name, cpu in before.items()}
    cores["these raters"] = (time.process_time() - own) / wall
    ledger = compare(visitors, stack.database_url)
    manage(stack, "verify_study", "crowd")
    slowest = max(percentile(visitors.times[kind], 95) for kind in KINDS)
    return table(visitors, ledger, cores, wall, options), visitors, ledger, slowest


def percentile(seconds: list[float], percent: float) -> float:
    """In milliseconds; 0 where nothing was asked."""
    ordered = sorted(seconds) or [0.0]
    return 1000 * ordered[min(len(ordered) - 1, int(percent / 100 * len(ordered)))]


def table(
    visitors: Crowd, ledger: Ledger, cores: dict[str, float], wall: float, options: argparse.Namespace
) -> str:
    asked = sum(map(len, visitors.times.values()))
    lines = [
        f"Measured {machine()}. {options.raters} raters, {options.pace:g} s for a pair in the mean "
        f"(each rater between {FASTEST} and {2 - FASTEST:.1f} times that), {options.minutes:g} minutes, "
        f"{SAVES} saves for a pair; {asked / wall:.0f} requests per second. "
        "The raters ran on the same machine. "
        f"Load of the machine at the end: {os.getloadavg()[0]:.1f}. "
        f"Processors used: {', '.join(f'{name} {share:.2f}' for name, share in cores.items())}.",
        "",
        "| request | count | median ms | p95 ms | p99 ms | slowest ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for kind in KINDS:
        times = visitors.times[kind]
        figures = " | ".join(f"{percentile(times, share):.0f}" for share in (50, 95, 99, 100))
        lines.append(f"| {kind} | {len(times):,} | {figures} |")
    failed = ", ".join(f"{count} x {what}" for what, count in visitors.failures.items()) or "none"
    lines += ["", f"Failed requests: {failed}. In the database: {ledger}."]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    with tempfile.TemporaryDirectory() as folder, live_stack_in(demo=False) as stack:
        text, visitors, ledger, slowest = measure(stack, Path(folder), options)
    print(text)
    write_table(options.out, "load", text)
    for trouble in [*visitors.leaks[:5], *visitors.unwell[:5]]:
        print(f"error: {trouble}", file=sys.stderr)
    if not ledger.holds or visitors.leaks or visitors.unwell:
        print("error: not all judgments are stored as they were accepted; see above.", file=sys.stderr)
        return BROKEN
    if slowest > LIMIT_MS:
        print(f"error: the slowest p95 is {slowest:.0f} ms, and the limit {LIMIT_MS} ms.", file=sys.stderr)
        return TOO_SLOW
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
