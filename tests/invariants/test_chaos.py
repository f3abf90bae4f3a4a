"""Whole site: short runs of `make chaos` and `make load`; no judgment is lost, doubled or leaked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from evalsite.local.paths import REPOSITORY
from tests.servers import FROM_TESTS

pytestmark = pytest.mark.slow

KINDS = ("web worker killed", "reset", "COMMIT", "connections to PostgreSQL ended", "twice")
MARKERS = "# Page\n\n<!-- begin {name} -->\n\nearlier\n\n<!-- end {name} -->\n\nThe end.\n"


def run(name: str, page: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    page.write_text(MARKERS.format(name=name))
    return subprocess.run(
        [sys.executable, "-m", f"bench.reliability.{name}", "--out", str(page), *options],
        cwd=REPOSITORY,
        env={key: value for key, value in os.environ.items() if key not in FROM_TESTS},
        capture_output=True,
        text=True,
        timeout=840,
        check=False,
    )


def test_faults_while_raters_judge(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    only = [part for kind in KINDS for part in ("--only", kind)]
    few = ["--raters", "6", "--pace", "2", "--rounds", "1", "--least", "6", "--least-kinds", "6"]
    done = run("chaos", page, *few, *only)
    assert done.returncode == 0, done.stdout + done.stderr
    text = page.read_text()
    assert "6 faults of 6 kinds" in text
    assert "judgments lost: 0, stored twice: 0, stored and never accepted: 0" in text
    assert "earlier" not in text
    assert text.endswith("The end.\n")


def test_load(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    done = run("load", page, "--raters", "12", "--pace", "2", "--minutes", "0.1")
    # 1: on a machine that is busy with other tests.
    assert done.returncode in (0, 1), done.stdout + done.stderr
    text = page.read_text()
    assert "judgments lost: 0, stored twice: 0, stored and never accepted: 0" in text
    assert "| submission |" in text


def test_more_raters_than_can_be_measured_are_wrong_usage(tmp_path: Path) -> None:
    done = run("load", tmp_path / "page.md", "--raters", "501")
    assert (done.returncode, "take 12 to 500 raters" in done.stderr) == (2, True)
