"""Whole site, kills: what was accepted from sixteen raters while parts are killed is stored once."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from evalsite.local.process import started_at
from evalsite.local.testing import LiveStack, live_stack_in
from tests.invariants.live import count, manage, manage_beside, shown, uneven_sides

pytestmark = pytest.mark.slow

RATERS = 24
CRITERIA = 4
PATIENCE_S = 420
# What is killed when so many judgments have been accepted, of 128.
VICTIMS = [(10, "web-child"), (30, "postgres"), (50, "worker"), (75, "web")]


@pytest.fixture(scope="module")
def stack() -> Iterator[LiveStack]:
    with live_stack_in(demo=False) as live:
        manage(live, "load_study", "examples/demo.yaml", "--open")
        yield live


@pytest.fixture(scope="module")
def accepted(stack: LiveStack, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """All seats judged while the victims fall one after the other; what raters were told was accepted."""
    log = tmp_path_factory.mktemp("kills") / "accepted.jsonl"
    log.touch()
    crowd = manage_beside(
        stack, "simulate_raters", "demo", "--raters", str(RATERS), "--seed", "1",
        "--at-once", "16", "--longest", "900", "--accepted", str(log),
    )  # fmt: skip
    try:
        for number, victim in VICTIMS:
            wait_for_lines(log, number, crowd)
            killed = stack.kill(victim)
            stack.wait_until(lambda pid=killed: started_at(pid) is None, 300, f"{victim} is dead")  # type: ignore[misc]
        output, _ = crowd.communicate(timeout=900)
    finally:
        if crowd.poll() is None:
            crowd.kill()
            crowd.wait()
    assert crowd.returncode == 0, output
    return [json.loads(line) for line in log.read_text().splitlines()]


def wait_for_lines(log: Path, number: int, crowd: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + PATIENCE_S
    while len(log.read_text().splitlines()) < number:
        assert crowd.poll() is None, crowd.communicate()[0]
        assert time.monotonic() < deadline, f"no {number} judgments within {PATIENCE_S} s"
        time.sleep(0.01)


def test_every_accepted_judgment_is_there_once(stack: LiveStack, accepted: list[dict[str, object]]) -> None:
    with psycopg.connect(stack.database_url) as connection:
        stored = connection.execute(
            "SELECT a.code, c.slug, j.choice FROM annotations_judgment j"
            " JOIN annotations_assignment a ON a.id = j.assignment_id"
            " JOIN annotations_criterion c ON c.id = j.criterion_id"
        ).fetchall()
    told = [
        (line["assignment"], slug, choice)
        for line in accepted
        for slug, choice in line["choices"].items()  # type: ignore[attr-defined]
    ]
    assert len(told) == len(accepted) * CRITERIA
    assert sorted(told) == sorted(stored)


def test_counts_and_sides_are_exact_in_spite_of_it(
    stack: LiveStack, accepted: list[dict[str, object]]
) -> None:
    slots = shown(stack, "demo")
    assert len(accepted) == len(slots) == 8 * 4 + 8 * 4 + 8 * 8
    assert {slot.state for slot in slots} == {"submitted"}
    assert {slot.judgments for slot in slots} == {CRITERIA}
    assert len({slot.rater for slot in slots}) == RATERS
    assert uneven_sides(slots) == []
    assert count(stack, "SELECT count(*) FROM annotations_score") == 2 * len(slots)
    assert count(stack, "SELECT count(*) FROM annotations_consent") == RATERS


def test_the_stack_serves_on(stack: LiveStack, accepted: list[dict[str, object]]) -> None:
    stack.wait_until(lambda: stack.answers("/readyz"), 300, "it serves")
    output = stack.output.read_text()
    for name in ("postgres", "worker"):
        assert f"{name} ended (SIGKILL); starting it again" in output
