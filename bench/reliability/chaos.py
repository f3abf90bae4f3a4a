"""`python -m bench.reliability.chaos [--raters 30] [--rounds 3] [--seed 1]`: break things while raters judge.

In each round every kind of fault happens once, in an order drawn from the seed. A fault counts only if it has
proven that it took effect, and ends when raters' submissions are accepted again. Exit codes: 4 if an accepted
judgment was lost or doubled, something sealed was sent or a check of the database fails; 1 if fewer faults or
kinds than wanted have counted.
"""

import argparse
import asyncio
import contextlib
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import psycopg

from bench.reliability.crowd import FASTEST, Ledger, compare
from bench.reliability.faults import FAKES_TIME, FAULTS, MOUNTS, NotProven, Site
from bench.reliability.proxy import Relay
from bench.reliability.site import PAGE, STUDY, crowd, machine, manage, open_study, write_table
from tests.servers import free_port, live_stack_in

PATIENCE_S = 10.0
"""How long a rater waits for an answer before the form is sent again."""
RECOVERY_S = 60.0
FAULT_S = 15.0
"""No less than what a fault and the recovery take in the mean, so that raters do not run out of pairs."""
SYSTEMS, WORDS = 2, 300
DISK_MB = 1500
LIBRARIES = Path("/usr/lib")
BROKEN, TOO_FEW = 4, 1


@dataclass(frozen=True)
class Trial:
    """A fault that was tried: its proof or why it does not count, and the seconds until raters went on."""

    kind: str
    proof: str = ""
    refused: str = ""
    recovery: float = 0.0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description="Break things while raters judge.")
    parser.add_argument("--raters", type=int, default=30)
    parser.add_argument("--pace", type=float, default=6.0, help="mean seconds for a pair")
    parser.add_argument("--rounds", type=int, default=3, help="how often each kind of fault happens")
    parser.add_argument("--only", action="append", default=[], metavar="WORDS", help="kinds with these words")
    parser.add_argument("--seed", type=int, default=1, help="of the order of the faults")
    parser.add_argument("--least", type=int, default=60, help="faults that have to count")
    parser.add_argument("--least-kinds", type=int, default=12, help="kinds that have to count")
    parser.add_argument("--out", type=Path, default=PAGE, help="page with the table to replace")
    options = parser.parse_args(arguments)
    if min(options.raters, options.rounds, options.pace) <= 0:
        parser.error("take at least one rater and one round, and a pace above 0")
    return options


def small_disk(folder: Path) -> Path | None:
    """A small file system that this process and its children alone see; None where we may not mount one."""
    try:
        os.unshare(os.CLONE_NEWNS)
    except PermissionError:
        return None
    folder.mkdir()
    size = f"size={DISK_MB}m"
    commands = (["mount", "--make-rprivate", "/"], ["mount", "-t", "tmpfs", "-o", size, "none", str(folder)])
    done = [subprocess.run(command, capture_output=True, check=False).returncode for command in commands]
    return folder if not any(done) else None


def faked_clock(file: Path) -> dict[str, str]:
    """The environment of processes whose clock is off as the file says; empty without libfaketime."""
    found = sorted(LIBRARIES.glob("*/faketime/libfaketime.so.1"))
    if not found:
        return {}
    file.write_text("+0")
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


async def run(site: Site, plan: list[str], arrive: float) -> list[Trial]:
    """All faults of the plan while the crowd judges; returns when the raters have ended their pairs."""
    server = await asyncio.start_server(site.relay.serve, "127.0.0.1", int(site.crowd.url.rsplit(":", 1)[1]))
    judging = asyncio.create_task(site.crowd.judge(arrive))
    trials: list[Trial] = []
    try:
        await site.wait(lambda: len(site.crowd.accepted) >= len(site.crowd.links), "raters judge", 120)
        for number, kind in enumerate(plan, start=1):
            trials.append(await try_fault(site, kind))
            last = trials[-1]
            told = last.proof or f"does not count: {last.refused}"
            print(f"{number:3} {kind}: {told}; {last.recovery:.1f} s until raters go on", flush=True)
    finally:
        site.crowd.stopping = True
        await judging
        server.close()
    return trials


async def try_fault(site: Site, kind: str) -> Trial:
    if site.crowd.at_desk < len(site.crowd.links):
        raise RuntimeError(f"only {site.crowd.at_desk} raters judge: {site.crowd.unwell[:3]}")
    proof, refused = "", ""
    site.end()
    try:
        proof = await FAULTS[kind](site)
    except (NotProven, RuntimeError, OSError, psycopg.Error) as reason:
        refused = str(reason) or type(reason).__name__
    begun = time.monotonic()
    while not (taken := [each.ended for each in site.crowd.accepted[-200:] if each.begun > site.over]):
        if time.monotonic() - begun > RECOVERY_S:
            raise RuntimeError(f"{kind}: no submission is accepted {RECOVERY_S:.0f} s after the fault")
        await asyncio.sleep(0.05)
    while '"ok", "broker": "ok"' not in (await site.get("/readyz"))[1]:
        if time.monotonic() - begun > RECOVERY_S:
            raise RuntimeError(f"{kind}: the site is not ready {RECOVERY_S:.0f} s after the fault")
        await asyncio.sleep(0.1)
    return Trial(kind, proof, refused, min(taken) - site.over)


@contextlib.contextmanager
def broken_site(options: argparse.Namespace) -> Iterator[Site]:
    """A site in an open study whose raters come through a relay."""
    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="evalsite-")))
        if disk := small_disk(folder / "disk"):
            opened.callback(subprocess.run, ["umount", "--lazy", str(disk)], check=False)
        clock = faked_clock(folder / "clock")
        stack = opened.enter_context(live_stack_in(disk or folder, demo=False, **clock))
        faults = options.rounds * len(planned(options, disk, clock))
        pairs = ceil((30 + FAULT_S * faults) / (FASTEST * options.pace))
        print(f"A study of {pairs} pairs for each rater is frozen and opened", flush=True)
        study = folder / "study"
        study.mkdir()
        links = open_study(stack, study, raters=options.raters, pairs=pairs, systems=SYSTEMS, words=WORDS)
        visitors = crowd(f"http://127.0.0.1:{free_port()}", links, pace=options.pace, timeout=PATIENCE_S)
        relay = Relay(lambda: asyncio.open_connection("127.0.0.1", stack.port))
        clock_file = folder / "clock" if clock else None
        yield Site(stack, visitors, relay, random.Random(options.seed), clock_file, disk)


def planned(options: argparse.Namespace, disk: object, clock: object) -> list[str]:
    """The kinds of fault of a round that can happen here."""
    kinds = [kind for kind in FAULTS if not options.only or any(words in kind for words in options.only)]
    missing = [
        (MOUNTS, "root, to mount a small file system", disk),
        (FAKES_TIME, "the package libfaketime", clock),
    ]
    for name, needed, there in missing:
        if not there and any(kind.startswith(name) for kind in kinds):
            print(f"left out: {name}: needs {needed}", flush=True)
            kinds = [kind for kind in kinds if not kind.startswith(name)]
    return kinds


def check(site: Site, ledger: Ledger) -> list[str]:
    """Everything that must hold in the end and does not."""
    faults = [] if ledger.holds else [f"judgments differ: {ledger}"]
    faults += site.crowd.leaks[:5] + site.crowd.unwell[:5]
    secrets = re.compile("|".join(map(re.escape, site.crowd.secrets)))
    for log in sorted((site.stack.var / "log").glob("*.log*")):
        if secrets.search(log.read_text(errors="replace")):
            faults.append(f"{log.name} holds a rater's link")
    for command in (["verify_study", STUDY], ["verify_log"]):
        try:
            manage(site.stack, *command)
        except RuntimeError as error:
            faults.append(str(error))
    return faults


def table(trials: list[Trial], site: Site, ledger: Ledger, faults: list[str], wall: float) -> str:
    by_kind: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        if trial.proof:
            by_kind[trial.kind].append(trial)
    counted = sum(map(len, by_kind.values()))
    lines = [
        f"Measured {machine()}. {counted} faults of {len(by_kind)} kinds in {wall / 60:.0f} minutes, while "
        f"{len(site.crowd.links)} raters judged at {site.crowd.pace:g} s for a pair. "
        f"{len(trials) - counted} more were tried and did not count.",
        "",
        "| fault | times | proof (of the last one) | slowest recovery s |",
        "| --- | ---: | --- | ---: |",
    ]
    for kind in FAULTS:
        if found := by_kind[kind]:
            slowest = max(each.recovery for each in found)
            lines.append(f"| {kind} | {len(found)} | {found[-1].proof} | {slowest:.1f} |")
    failed = ", ".join(f"{count} x {what}" for what, count in sorted(site.crowd.failures.items())) or "none"
    checks = "; ".join(faults) if faults else "`verify_study` and `verify_log` hold, nothing leaked"
    lines += ["", f"{ledger}; {checks}. Failed requests, which raters sent again: {failed}."]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    with broken_site(options) as site:
        kinds = planned(options, site.disk, site.clock)
        plan = [kind for _ in range(options.rounds) for kind in site.chance.sample(kinds, len(kinds))]
        print(f"{options.raters} raters, {len(plan)} faults of {len(kinds)} kinds", flush=True)
        begun = time.monotonic()
        trials = asyncio.run(run(site, plan, 3 * options.pace))
        wall = time.monotonic() - begun
        ledger = compare(site.crowd, site.stack.database_url)
        faults = check(site, ledger)
    text = table(trials, site, ledger, faults, wall)
    print(text)
    write_table(options.out, "chaos", text)
    for trouble in faults:
        print(f"error: {trouble}", file=sys.stderr)
    if faults:
        return BROKEN
    proven = [trial.kind for trial in trials if trial.proof]
    if len(proven) < options.least or len({*proven}) < options.least_kinds:
        print(f"error: {len(proven)} faults of {len({*proven})} kinds counted.", file=sys.stderr)
        return TOO_FEW
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
