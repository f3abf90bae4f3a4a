"""All benchmarks run at a tiny size, as `make bench` runs them, so that none breaks unnoticed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import FROM_TESTS

ROOT = Path(__file__).resolve().parents[2]
RESULTS = {
    "generation": ["bare aiohttp client", "the client of runs", "a run's worker", "planning 16 jobs"],
    "judging": ["judging, page and submission", "save", "bare view, page and stored form"],
    "large_study": ["freeze, by the worker", "open: study, p95", "verify_study"],
    "pathological": ["en parse", "zh house", "zh measures", "en scan"],
    "reading": ["read_tables: CPU", "tables_from_frames: CPU"],
    "statistics": ["whole report on 1M judgments: CPU", "statsmodels two-way GLM, 1M: peak"],
    "synthesis": ["import, 60 scenes", "export, 60 scenes, peak memory"],
}


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "bench.run", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in FROM_TESTS},
        capture_output=True,
        text=True,
        timeout=580,
        check=False,
    )


@pytest.mark.slow  # starts the whole stack twice, and a browser
def test_all_benchmarks_run_one_after_the_other_and_print_their_results() -> None:
    done = run("--tiny")
    assert done.returncode == 0, done.stderr
    printed = dict(part.split("\n", 1) for part in done.stdout.split("== ")[1:])
    assert printed.keys() == RESULTS.keys()
    assert [one for name, results in RESULTS.items() for one in results if one not in printed[name]] == []


def test_an_unknown_name_is_wrong_usage() -> None:
    done = run("nothing")
    assert (done.returncode, done.stderr[:28]) == (2, "error: no benchmark nothing.")
