"""How many pairs a second are judged over HTTP by sixteen raters at once, on a stack of its own.

A pair is two requests: the post that submits it, and the page with the next pair. Beside it stands `/healthz`
of the same stack, which asks the database nothing, asked by as many at once. Then what a rater waits for
where scripts are long: `judging_long`.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from bench import judging_long, size
from bench.results import Result
from evalsite.local.testing import FROM_TESTS, LiveStack, live_stack_in

AT_ONCE = size(16, 2)
PROBES = size(1600, 16)


def main() -> list[Result]:
    with live_stack_in(demo=False) as stack:
        _manage(stack, "load_study", "examples/demo.yaml", "--open")
        health = _health_per_second(stack)
        pairs, seconds, slowest = _judge(stack)
        more = judging_long.measure(stack)
    return [
        Result("healthz, 16 at once", health, "requests/s"),
        Result("judging, 16 raters at once", pairs / seconds, "pairs/s", pairs / seconds / health, "healthz"),
        Result("judging, slowest of 16 raters' pairs", 1000 * slowest, "ms"),
        *more,
    ]


def _judge(stack: LiveStack) -> tuple[int, float, float]:
    """Pairs judged, seconds from the first to the last of them, and the longest silence of any rater."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "accepted.jsonl"
        log.touch()
        times: list[float] = []
        crowd = subprocess.Popen(
            [sys.executable, "manage.py", "simulate_raters", "demo", "--raters", str(AT_ONCE), "--seed", "1",
             "--accepted", str(log)],
            env=_environment(stack),
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        seen: list[str] = []
        while crowd.poll() is None or len(seen) < len(log.read_text().splitlines()):
            lines = log.read_text().splitlines()
            times += [time.monotonic()] * (len(lines) - len(seen))
            seen = lines
            time.sleep(0.005)
    if crowd.returncode != 0:
        raise RuntimeError("the simulation failed")
    return len(times), times[-1] - times[0], _longest_silence(seen, times)


def _longest_silence(lines: list[str], times: list[float]) -> float:
    last: dict[str, float] = {}
    longest = 0.0
    for line, moment in zip(lines, times, strict=True):
        rater = json.loads(line)["rater"]
        longest = max(longest, moment - last.get(rater, moment))
        last[rater] = moment
    return longest


def _health_per_second(stack: LiveStack) -> float:
    def ask(count: int) -> None:
        with httpx.Client(base_url=stack.url) as client:
            for _ in range(count):
                client.get("/healthz").raise_for_status()

    return PROBES / _seconds(lambda: _at_once(ask, PROBES // AT_ONCE))


def _at_once(work: Callable[[int], None], each: int) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for future in [pool.submit(work, each) for _ in range(AT_ONCE)]:
            future.result()


def _seconds(work: Callable[[], None]) -> float:
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def _environment(stack: LiveStack) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in FROM_TESTS}
    return {**kept, "EVALSITE_VAR": str(stack.var)}


def _manage(stack: LiveStack, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=_environment(stack),
        check=True,
        stdout=subprocess.DEVNULL,
    )
