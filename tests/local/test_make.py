"""Local stack: `make run` as people and scripts start and end it."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalsite.local.paths import REPOSITORY
from evalsite.local.process import started_at
from tests.servers import LiveStack, free_port


@pytest.fixture
def made(tmp_path: Path) -> Iterator[LiveStack]:
    stack = LiveStack(tmp_path / "var", free_port(), command=("make", "run", "ARGS=--no-demo"))
    try:
        stack.start()
        yield stack
    finally:
        if stack.process is not None and stack.process.poll() is None:
            stack.stop(signal.SIGTERM)


def all_gone(pids: set[int]) -> bool:
    return not any(started_at(pid) for pid in pids)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_ctrl_c_and_a_closed_terminal_stop_all_of_it(made: LiveStack, number: signal.Signals) -> None:
    """The terminal sends the signal to make and to what it has started."""
    family = made.family()
    assert made.process is not None
    os.killpg(made.process.pid, number)
    made.process.wait(180)
    assert all_gone(family)
    output = made.output.read_text()
    assert "Stopped." in output
    assert "Traceback" not in output


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_end_of_make_stops_all_of_it(made: LiveStack, number: signal.Signals) -> None:
    family = made.family()
    assert made.process is not None
    made.process.send_signal(number)
    made.process.wait(180)
    made.process = None
    made.wait_until(lambda: all_gone(family), 300, "all its processes are gone")
    assert not made.answers()


def test_install_costs_nothing_when_up_to_date() -> None:
    answer = subprocess.run(["make", "install"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert "Nothing to be done" in answer.stdout


def test_make_alone_says_what_there_is() -> None:
    answer = subprocess.run(["make"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for target in ("install", "run", "test", "check", "bench", "requirements", "test-vllm", "training-env"):
        assert f"make {target} " in answer.stdout
