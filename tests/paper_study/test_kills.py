"""Paper study: the whole command at its smallest size, killed in the middle, gives the same estimates."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.stats.report import LISTS
from evalsite.local.paths import REPOSITORY
from tests.servers import FROM_TESTS, free_port

MOMENTS = (("[2/8]", 2.0), ("[5/8]", 4.0), ("[7/8]", 1.0))
"""Where it is killed: so many seconds after the beginning of a step."""


def start(var: Path, port: int) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if name not in FROM_TESTS}
    command = [sys.executable, "-m", "evalsite.local", "paper-study", "--scenes", "1"]
    return subprocess.Popen(
        [*command, "--var", str(var), "--port", str(port)],
        cwd=REPOSITORY,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(var: Path, port: int) -> str:
    process = start(var, port)
    output, _ = process.communicate(timeout=1200)
    assert process.returncode == 0, output
    return output


def kill_at(var: Path, port: int, step: str, seconds: float) -> None:
    process = start(var, port)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith(step):
            break
    else:
        pytest.fail("it ended too soon:\n" + "".join(lines))
    time.sleep(seconds)
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.stdout.close()
    process.wait(60)


def estimates(var: Path, part: str) -> dict[str, object]:
    report = json.loads((var / "report" / part / "report.json").read_text())
    return {name: report[name] for name in (*LISTS, "flow", "warnings")}


@pytest.mark.slow
def test_a_run_that_was_killed_three_times_ends_with_the_same_estimates(tmp_path: Path) -> None:
    port = free_port()  # addresses are part of a run of generation, so both ask at the same one
    clean, killed = tmp_path / "clean", tmp_path / "killed"
    finish(clean, port)
    for step, seconds in MOMENTS:
        kill_at(killed, port, step, seconds)
    output = finish(killed, port)
    assert re.search(r"\[5/8\].*: 256 of 256, ", output)
    for part in ("single", "four", "pairs"):
        assert estimates(killed, part) == estimates(clean, part)
    for name in ("report.md", "report.zh.md"):
        assert (killed / "report" / name).read_text() == (clean / "report" / name).read_text()
