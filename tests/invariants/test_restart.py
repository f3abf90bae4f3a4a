"""Whole site, kills: after the parent was killed, the next start goes on with what was stored."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from evalsite.local.process import started_at
from tests.invariants.live import manage, manage_beside, shown, uneven_sides
from tests.servers import LiveStack, live_stack_in

pytestmark = pytest.mark.slow

CRITERIA = 4
KILLED_AT = (12,)


@pytest.fixture
def stack() -> Iterator[LiveStack]:
    with live_stack_in(demo=False) as live:
        manage(live, "load_study", "examples/demo.yaml", "--open")
        yield live


def test_raters_go_on_after_the_parent_was_killed_and_started_again(stack: LiveStack, tmp_path: Path) -> None:
    log = tmp_path / "accepted.jsonl"
    log.touch()
    crowd = manage_beside(
        stack, "simulate_raters", "demo", "--raters", "6", "--seed", "1", "--accepted", str(log)
    )
    try:
        for number in KILLED_AT:
            deadline = time.monotonic() + 420
            while len(log.read_text().splitlines()) < number:
                assert crowd.poll() is None, crowd.communicate()[0]
                assert time.monotonic() < deadline
                time.sleep(0.01)
            family = stack.family()
            stack.kill("supervisor")
            assert stack.process is not None
            assert stack.process.wait(60) == -signal.SIGKILL
            stack.start()
            # The start waits for the services; what they had started themselves ends a moment after them.
            stack.wait_until(
                lambda family=family: not any(started_at(pid) for pid in family), 300, "there is no orphan"
            )
        output, _ = crowd.communicate(timeout=900)
    finally:
        if crowd.poll() is None:
            crowd.kill()
            crowd.wait()
    assert crowd.returncode == 0, output

    accepted = [json.loads(line) for line in log.read_text().splitlines()]
    with psycopg.connect(stack.database_url) as connection:
        stored = connection.execute(
            "SELECT a.code, c.slug, j.choice FROM annotations_judgment j"
            " JOIN annotations_assignment a ON a.id = j.assignment_id"
            " JOIN annotations_criterion c ON c.id = j.criterion_id"
        ).fetchall()
    told = [
        (line["assignment"], slug, choice) for line in accepted for slug, choice in line["choices"].items()
    ]
    assert sorted(told) == sorted(stored)
    served = [slot for slot in shown(stack, "demo") if slot.rater]
    assert len(served) == len(accepted)
    assert {slot.judgments for slot in served} == {CRITERIA}
    assert [line for line in uneven_sides(served) if line.startswith("('rater")] == []
