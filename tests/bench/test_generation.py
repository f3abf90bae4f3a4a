"""The benchmark of generation, run at a tiny size so that it cannot break unnoticed."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_it_runs_and_prints_its_results():
    sizes = ["--requests", "16", "--in-flight", "8", "--slow", "0.05", "--repeats", "1", "--planned", "16"]
    done = subprocess.run(
        [sys.executable, "-m", "bench.generation", *sizes],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name in ("bare aiohttp client", "the client of runs", "a run's worker", "planning 16 jobs"):
        assert name in done.stdout
