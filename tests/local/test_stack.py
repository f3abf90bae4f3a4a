"""The whole stack, really started, hit where it hurts. No demo studies: they have tests of their own."""

import json
import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from evalsite.local.process import started_at
from evalsite.local.testing import LiveStack, free_port, live_stack_in

pytestmark = [pytest.mark.xdist_group("live-local"), pytest.mark.slow]

NAMES = ["postgres", "valkey", "web", "worker", "sweeper"]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[LiveStack]:
    with live_stack_in(tmp_path, demo=False) as live:
        yield live


def gone(pids: set[int]) -> bool:
    return not any(started_at(pid) for pid in pids)


def remember(stack: LiveStack, text: str) -> None:
    """Commit a row, as an accepted judgment is committed."""
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text PRIMARY KEY)")
        connection.execute("INSERT INTO kept VALUES (%s)", [text])


def remembered(stack: LiveStack) -> list[str]:
    with psycopg.connect(stack.database_url) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM kept ORDER BY word")]


def database_answers(stack: LiveStack) -> bool:
    try:
        psycopg.connect(stack.database_url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def test_it_serves_and_stops_all_it_started(stack: LiveStack) -> None:
    family = stack.family()
    assert stack.answers("/healthz")
    assert stack.answers("/readyz")
    assert stack.links["url"] == stack.url
    assert stat.S_IMODE((stack.var / "run" / "links.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((stack.var / "secret_key").stat().st_mode) == 0o600
    assert len(family) > len(NAMES)

    assert stack.stop() == 0
    assert gone(family)
    assert not (stack.var / "run" / "links.json").exists()


def test_the_second_start_answers_within_five_seconds_and_has_the_data(stack: LiveStack) -> None:
    remember(stack, "before")
    key = (stack.var / "secret_key").read_text()
    stack.stop()

    begin = time.monotonic()
    stack.launch()
    stack.wait_until(stack.answers, 30, "it answers")
    assert time.monotonic() - begin < 5
    assert remembered(stack) == ["before"]
    assert (stack.var / "secret_key").read_text() == key


@pytest.mark.parametrize("name", [*NAMES, "web-child", "worker-child"])
def test_a_child_that_is_killed_comes_back(stack: LiveStack, name: str) -> None:
    remember(stack, "before")
    stack.wait_until(
        lambda: "ready." in (stack.var / "log" / "worker.log").read_text(), 60, "the worker is up"
    )
    family = stack.family()

    killed = stack.kill(name)

    stack.wait_until(lambda: started_at(killed) is None, 20, f"{name} is dead")
    stack.wait_until(lambda: stack.pid(name) not in family, 30, f"a new {name} runs")
    stack.wait_until(lambda: database_answers(stack) and stack.answers("/readyz"), 30, "it serves")
    assert remembered(stack) == ["before"]
    new = stack.family()
    assert stack.stop() == 0
    assert gone(family | new)


@pytest.mark.parametrize("also", [None, *NAMES])
def test_a_killed_parent_leaves_no_orphan_and_the_next_start_recovers(
    stack: LiveStack, also: str | None
) -> None:
    remember(stack, "before")
    stack.wait_until(
        lambda: "ready." in (stack.var / "log" / "worker.log").read_text(), 60, "the worker is up"
    )
    family = stack.family()
    victims = [stack.pid(name) for name in [also, "supervisor"] if name]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    assert stack.process is not None
    stack.process.wait(10)

    # At once, while the children may still be ending.
    (stack.var / "run" / "links.json").unlink(missing_ok=True)
    stack.start()
    assert gone(family)
    assert remembered(stack) == ["before"]


def test_a_killed_parent_alone_leaves_no_orphan(stack: LiveStack) -> None:
    family = stack.family()
    stack.kill("supervisor")
    assert stack.process is not None
    stack.process.wait(10)
    stack.process = None
    stack.wait_until(lambda: gone(family), 20, "all its children are gone")


def test_it_does_not_start_twice_on_one_folder(stack: LiveStack) -> None:
    second = LiveStack(stack.var, free_port(), demo=False)
    second.output = stack.var.parent / "second.output"
    second.launch()
    assert second.process is not None
    assert second.process.wait(30) == 1
    lines = second.output.read_text().splitlines()
    assert len(lines) == 1
    assert "Already running" in lines[0]
    assert stack.url in lines[0]
    assert stack.answers()


def test_a_damaged_broker_file_is_put_aside(stack: LiveStack) -> None:
    stack.stop()
    for file in (stack.var / "valkey").rglob("*.aof"):
        file.write_bytes(b"*3\r\n$3\r\nSET\r\nthis is no such file\r\n" * 3)
    (stack.var / "run" / "links.json").unlink(missing_ok=True)
    stack.start()
    assert stack.answers("/readyz")
    assert list(stack.var.glob("valkey.damaged-*"))


def test_state_names_every_service(stack: LiveStack) -> None:
    state = json.loads((stack.var / "run" / "state.json").read_text())
    assert set(state) == {"supervisor", *NAMES}
