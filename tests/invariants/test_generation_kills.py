"""Generation, kills: 16 jobs a kill by two workers, a server that fails, kills of workers and servers.

Every job ends exactly once; no stage is answered twice but where an answer was under way at a kill, which is
counted as lost; and what the run says that it has used is what the server says that it has answered.
"""

import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from generation.backends.server import FakeServer
from tests.invariants.brokers import BROKERS, Broker, kill, kills, running_broker
from tests.invariants.live import manage, manage_beside
from tests.servers import LiveStack, live_stack_in

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
KILLS = kills(5)
BRIEFS, SAMPLES, STAGES = 4, 4 * KILLS, 2
JOBS = BRIEFS * SAMPLES
# A worker's process that does the work, the worker with all of them, the database, the broker.
VICTIMS = list(islice(cycle(["worker-child", "postgres", "worker-child", "broker", "worker"]), KILLS))
PATIENCE_S = 420


@pytest.fixture(scope="module", params=BROKERS)
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    with running_broker(request.param) as running:
        yield running


@pytest.fixture(scope="module")
def server(broker: Broker) -> Iterator[FakeServer]:
    with FakeServer(slow=0.3, troubles={"fail": 0.1, "stall": 0.02}, keep=False) as running:
        yield running


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two stages of `dsr`, eight requests at once for each worker, patient with failures."""
    text = (ROOT / "generation/systems/dsr.yaml").read_text()
    path = tmp_path_factory.mktemp("system") / "killed.yaml"
    text = text.replace("slug: dsr", "slug: killed").replace("timeout: 600", "timeout: 3")
    lines = [line for line in text.split("\n") if not line.startswith(("in_flight:", "retries:"))]
    path.write_text("in_flight: 8\nretries: 40\n" + "\n".join(lines))
    return path


@pytest.fixture(scope="module")
def ended(server: FakeServer, system: Path, broker: Broker) -> Iterator[LiveStack]:
    """The stack after the run, with all its kills."""
    settings = {"GENERATION_LEASE_S": "8", "WORKER_CONCURRENCY": "2", **broker.environment}
    with live_stack_in(demo=False, **settings) as stack:
        briefs = sorted((ROOT / "examples/briefs/en").glob("*.yaml"))[:BRIEFS]
        manage(stack, "load_briefs", *map(str, briefs))
        command = [
            "generate", "--system", str(system), "--brief", *(path.stem for path in briefs),
            "--samples", str(SAMPLES), "--base-url", server.url, "--by-worker",
        ]  # fmt: skip
        # Each of the two wakes a worker and watches; they may die with the database that they ask.
        watchers = [manage_beside(stack, *command), manage_beside(stack, *command)]
        try:
            for number, victim in enumerate(VICTIMS):
                goal = (number + 1) * JOBS * STAGES * 3 // (4 * KILLS)
                wait_until(lambda goal=goal: len(server.usage) >= goal, f"{goal} answers")
                if victim == "broker":
                    broker.kill(stack)
                else:
                    kill(stack, victim)
            wait_until(lambda: states(stack).keys() == {"done"}, "all jobs are done", stack)
            # Which the worker says a moment later; the sweep, where that one was killed before it could.
            wait_until(lambda: run_states(stack) == ["done"], "the run is done", stack)
        finally:
            for watcher in watchers:
                watcher.kill()
                watcher.communicate()
        yield stack


def wait_until(condition: Any, what: str, stack: LiveStack | None = None) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, (
            f"not within {PATIENCE_S} s: {what} {states(stack) if stack else ''}"
        )
        # Each look at the database is a connection of its own, and the processors have other work.
        time.sleep(0.2 if stack else 0.02)


def rows(stack: LiveStack, query: str) -> list[dict[str, Any]]:
    with psycopg.connect(stack.database_url, row_factory=dict_row) as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


def states(stack: LiveStack) -> dict[str, int]:
    try:
        found = rows(stack, "SELECT state, count(*) AS n FROM generation_job GROUP BY state")
    except psycopg.OperationalError:  # it was killed a moment ago
        return {}
    return {row["state"]: row["n"] for row in found}


def run_states(stack: LiveStack) -> list[str]:
    return [row["state"] for row in rows(stack, "SELECT state FROM generation_run")]


def test_every_job_ends_exactly_once(ended: LiveStack) -> None:
    assert states(ended) == {"done": JOBS}
    outputs = rows(
        ended,
        "SELECT job_id, count(*) AS n, count(DISTINCT stage) AS stages FROM generation_stageoutput"
        " GROUP BY job_id",
    )
    assert len(outputs) == JOBS
    assert {(row["n"], row["stages"]) for row in outputs} == {(STAGES, STAGES)}
    assert run_states(ended) == ["done"]


def test_no_stage_is_paid_twice_but_what_was_under_way(ended: LiveStack, server: FakeServer) -> None:
    attempts = rows(
        ended,
        "SELECT job_id, stage, outcome, answer ->> 'id' AS id, reason ->> 'code' AS reason "
        "FROM generation_attempt ORDER BY id",
    )
    kept = [row["id"] for row in attempts if row["outcome"] == "ok"]
    assert len(kept) == len(set(kept)) == JOBS * STAGES
    assert set(kept) <= set(server.usage)
    assert {row["outcome"] for row in attempts} <= {"ok", "error", "lost"}  # none is left open
    lost = [row for row in attempts if row["outcome"] == "lost"]
    late = [row for row in attempts if row["reason"] == "TooSlow"]
    # What the server has answered beside what was kept went to workers that were gone, or was too late.
    unkept = set(server.usage) - set(kept)
    assert len(unkept) <= len(lost) + len(late)
    print(f"answers {len(server.usage)}, kept {len(kept)}; lost {len(lost)}, too late {len(late)}")


def test_the_tokens_are_those_of_the_server(ended: LiveStack, server: FakeServer) -> None:
    counted = rows(
        ended,
        "SELECT sum(prompt_tokens) AS asked, sum(completion_tokens) AS answered FROM generation_attempt"
        " WHERE NOT estimated",
    )[0]
    ids = [
        row["id"]
        for row in rows(
            ended, "SELECT answer ->> 'id' AS id FROM generation_attempt WHERE answer ->> 'id' IS NOT NULL"
        )
    ]
    assert counted["asked"] == sum(server.usage[each]["prompt_tokens"] for each in ids)
    assert counted["answered"] == sum(server.usage[each]["completion_tokens"] for each in ids)
    lost = rows(ended, "SELECT min(prompt_tokens) AS least FROM generation_attempt WHERE outcome = 'lost'")[0]
    assert lost["least"] is None or lost["least"] > 0  # what was lost stays counted, at its estimate
