"""Whole site, kills: what was accepted from sixteen raters while parts are killed is stored once."""

import json
import subprocess
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import psycopg
import pytest

from tests.invariants.brokers import BROKERS, Broker, kill, kills, running_broker
from tests.invariants.live import count, manage, manage_beside, shown, uneven_sides
from tests.servers import LiveStack, live_stack_in

pytestmark = pytest.mark.slow

RATERS = 24
CRITERIA = 4
PATIENCE_S = 420
JUDGMENTS = 8 * 4 + 8 * 4 + 8 * 8
KILLS = kills(5)
# The first is killed when ten judgments have been accepted, and the last while some are still to come.
VICTIMS = list(islice(cycle(["web-child", "postgres", "broker", "worker", "web"]), KILLS))
MOMENTS = [10 + number * (JUDGMENTS - 40) // KILLS for number in range(KILLS)]


@pytest.fixture(scope="module", params=BROKERS)
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    with running_broker(request.param) as running:
        yield running


@pytest.fixture(scope="module")
def stack(broker: Broker) -> Iterator[LiveStack]:
    with live_stack_in(demo=False, **broker.environment) as live:
        manage(live, "load_study", "examples/demo.yaml", "--open")
        yield live


@pytest.fixture(scope="module")
def accepted(
    stack: LiveStack, broker: Broker, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, object]]:
    """All seats judged while the victims fall one after the other; what raters were told was accepted."""
    log = tmp_path_factory.mktemp("kills") / "accepted.jsonl"
    log.touch()
    crowd = manage_beside(
        stack, "simulate_raters", "demo", "--raters", str(RATERS), "--seed", "1",
        "--at-once", "16", "--longest", "900", "--accepted", str(log),
    )  # fmt: skip
    try:
        for number, victim in zip(MOMENTS, VICTIMS, strict=True):
            wait_for_lines(log, number, crowd)
            if victim == "broker":
                broker.kill(stack)
            else:
                kill(stack, victim)
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
    assert len(accepted) == len(slots) == JUDGMENTS
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
