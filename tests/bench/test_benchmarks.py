"""Every benchmark runs at a tiny size, so that none breaks unnoticed."""

import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import bench
from bench.run import NO_BENCHMARKS
from evalsite.local.testing import FROM_TESTS

ROOT = Path(__file__).resolve().parents[2]
RESULTS = {
    "generation": ["bare aiohttp client", "the client of runs", "a run's worker", "planning 16 jobs"],
    "judging": ["judging, page and submission", "save", "bare view, page and stored form"],
    "large_study": ["freeze, by the worker", "open: study, p95", "verify_study"],
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


def test_every_benchmark_is_run_here() -> None:
    modules = {module.name for module in pkgutil.iter_modules(bench.__path__)}
    assert modules - NO_BENCHMARKS == set(RESULTS)


# These start the whole stack, and judging a browser.
SLOW = ("judging", "large_study")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in RESULTS]
)
def test_a_benchmark_runs_and_prints_its_results(name: str) -> None:
    done = run("--tiny", name)
    assert done.returncode == 0, done.stderr
    assert [result for result in RESULTS[name] if result not in done.stdout] == []


def test_an_unknown_name_is_wrong_usage() -> None:
    done = run("nothing")
    assert (done.returncode, done.stderr[:28]) == (2, "error: no benchmark nothing.")
