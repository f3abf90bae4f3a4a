"""Local stack: started, stopped, killed and damaged, without the demo studies."""

import json
import os
import signal
import stat
from collections.abc import Iterator

import psycopg
import pytest

from evalsite.local.process import children_of, started_at
from tests.servers import LiveStack, free_port, live_stack_in

pytestmark = pytest.mark.slow
NAMES = ["postgres", "valkey", "web", "worker"]


@pytest.fixture(scope="module")
def kept_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    with live_stack_in(tmp_path_factory.mktemp("stack"), demo=False) as live:
        yield live


@pytest.fixture
def stack(kept_stack: LiveStack) -> LiveStack:
    """One stack for all tests here, running, and started again where a test has ended it."""
    if kept_stack.process is None or kept_stack.process.poll() is not None:
        kept_stack.start()
    return kept_stack


def wait_for_worker(stack: LiveStack) -> None:
    stack.pid("worker-child")


def brood(stack: LiveStack, name: str) -> set[int]:
    """The process of that name, or for `x-child` all children of x."""
    if name.endswith("-child"):
        return set(children_of(stack.pid(name.removesuffix("-child"))))
    return {stack.pid(name)}


def gone(pids: set[int]) -> bool:
    return not any(started_at(pid) for pid in pids)


def remember(stack: LiveStack, text: str) -> None:
    """Commit a row, as an accepted judgment is committed."""
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text PRIMARY KEY)")
        connection.execute("INSERT INTO kept VALUES (%s) ON CONFLICT DO NOTHING", [text])


def remembered(stack: LiveStack) -> list[str]:
    with psycopg.connect(stack.database_url) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM kept ORDER BY word")]


def database_answers(stack: LiveStack) -> bool:
    try:
        psycopg.connect(stack.database_url, connect_timeout=30).close()
    except psycopg.OperationalError:
        return False
    return True


def test_it_serves_and_stops_all_it_started_and_starts_again(stack: LiveStack) -> None:
    """The second start has the data of the first, and puts aside what is damaged of the broker's."""
    family = stack.family()
    assert stack.answers("/healthz")
    assert stack.answers("/readyz")
    assert stack.links["url"] == stack.url
    assert stat.S_IMODE((stack.var / "run" / "links.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((stack.var / "secret_key").stat().st_mode) == 0o600
    assert len(family) > len(NAMES)
    remember(stack, "before")
    key = (stack.var / "secret_key").read_text()

    assert stack.stop() == 0
    assert gone(family)
    assert not (stack.var / "run" / "links.json").exists()
    for file in (stack.var / "valkey").rglob("*.aof"):
        file.write_bytes(b"*3\r\n$3\r\nSET\r\nthis is no such file\r\n" * 3)

    stack.start()
    assert stack.answers("/readyz")
    assert remembered(stack) == ["before"]
    assert (stack.var / "secret_key").read_text() == key
    assert list(stack.var.glob("valkey.damaged-*"))


@pytest.mark.parametrize("name", [*NAMES, "web-child", "worker-child"])
def test_a_child_that_is_killed_comes_back(stack: LiveStack, name: str) -> None:
    remember(stack, "before")
    wait_for_worker(stack)
    family = stack.family()

    killed = stack.kill(name)

    stack.wait_until(lambda: started_at(killed) is None, 300, f"{name} is dead")
    parent = stack.pid(name.removesuffix("-child"))
    stack.wait_until(lambda: bool(brood(stack, name) - family), 300, f"a new {name} runs")
    stack.wait_until(lambda: database_answers(stack) and stack.answers("/readyz"), 300, "it serves")
    assert remembered(stack) == ["before"]
    if name.endswith("-child"):
        assert stack.pid(name.removesuffix("-child")) == parent


@pytest.mark.parametrize("also", [None, "postgres"])
def test_a_killed_parent_leaves_no_orphan_and_the_next_start_recovers(
    stack: LiveStack, also: str | None
) -> None:
    remember(stack, "before")
    wait_for_worker(stack)
    family = stack.family()
    victims = [stack.pid(name) for name in [also, "supervisor"] if name]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    assert stack.process is not None
    stack.process.wait(60)

    # At once, while the children may still be ending: the start waits for those that it knows of, and theirs
    # are ended by the kernel, a moment after them.
    stack.start()
    stack.wait_until(lambda: gone(family), 300, "all that the killed one had started are gone")
    assert stack.answers("/readyz")
    assert remembered(stack) == ["before"]


# That the children end is shown above too, where the next start may have had a part in it.
def test_a_killed_parent_alone_leaves_no_orphan(stack: LiveStack) -> None:
    family = stack.family()
    stack.kill("supervisor")
    assert stack.process is not None
    stack.process.wait(60)
    stack.process = None
    stack.wait_until(lambda: gone(family), 300, "all its children are gone")
    assert not stack.answers()


def test_it_does_not_start_twice_on_one_folder(stack: LiveStack) -> None:
    second = LiveStack(stack.var, free_port(), demo=False)
    second.output = stack.var.parent / "second.output"
    second.launch()
    assert second.process is not None
    assert second.process.wait(180) == 1
    lines = second.output.read_text().splitlines()
    assert len(lines) == 1
    assert "Already running" in lines[0]
    assert stack.url in lines[0]
    assert stack.answers()


def test_state_names_every_service(stack: LiveStack) -> None:
    state = json.loads((stack.var / "run" / "state.json").read_text())
    assert set(state) == {"supervisor", *NAMES}
