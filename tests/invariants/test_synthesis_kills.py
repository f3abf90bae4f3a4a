"""Training data, kills: from corpus to dataset, killed several times, it gives the undisturbed dataset.

Once by Celery's workers and once in the terminal. Killed are the command (given again, as its help says), a
worker, the server that answers, the database and the broker, at moments drawn from a seed.
"""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from psycopg.rows import dict_row

from evalsite.local.process import started_at
from generation.backends.server import FakeServer
from generation.models import StageOutput
from generation.training_data.models import Dataset
from tests.invariants.kept_server import usage_in
from tests.invariants.live import MANAGE, environment
from tests.servers import LiveStack, free_port, live_stack_in

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
COMMAND, SERVER = "command", "server"
VICTIMS = {
    "by-worker": ["worker-child", SERVER, "postgres", "valkey"],
    "in-terminal": [COMMAND, "postgres"],
}
SEEDS = {"by-worker": 1, "in-terminal": 2}
OUTPUTS = 300
"""28 profiles, and five stages for each of 40 scenes; fewer where a scene's answers are refused for good."""
PATIENCE_S = 420
LEASE: dict[str, Any] = {"GENERATION_LEASE_S": "5"}


@dataclass(slots=True)
class Line:
    """One way from corpus to dataset: the server that answers and the command, both of which may die."""

    stack: LiveStack
    name: str
    usage: Path
    port: int = field(default_factory=free_port)
    said: list[str] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)
    _server: "subprocess.Popen[bytes] | None" = None
    _command: "subprocess.Popen[str] | None" = None

    def go(self) -> None:
        self._serve()
        self._order()
        chance = random.Random(SEEDS[self.name])
        victims = chance.sample(VICTIMS[self.name], len(VICTIMS[self.name]))
        moments = sorted(chance.sample(range(5, OUTPUTS * 9 // 10), len(victims)))
        for victim, moment in zip(victims, moments, strict=True):
            self._until(lambda moment=moment: self.written() >= moment, f"{moment} outputs")
            self._kill(victim)
            self.killed.append(f"{victim} at {moment}")
        self._until(lambda: False, "the command has ended")

    def _serve(self) -> None:
        module = [sys.executable, "-m", "tests.invariants.kept_server"]
        self._server = subprocess.Popen([*module, str(self.port), str(self.usage), "0.15"], cwd=ROOT)

    def _order(self) -> None:
        how = ["--by-worker"] if self.name == "by-worker" else []
        order = [
            *MANAGE, "synthesize", "examples/corpus", "--seed", str(SEEDS[self.name]), "--dataset", self.name,
            "--without-reviews", "--base-url", f"http://127.0.0.1:{self.port}/v1", *how,
        ]  # fmt: skip
        self._command = subprocess.Popen(
            order,
            cwd=ROOT,
            env=environment(self.stack) | LEASE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _until(self, condition: Any, what: str) -> None:
        """Wait; the command is given again whenever it has ended, until it ends well."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, f"{what}: {self.killed} {self.said}"
            assert self._command is not None
            if self._command.poll() is not None:
                self.said.append(self._command.communicate()[0])
                if self._command.returncode == 0:
                    return
                self._order()
            time.sleep(0.1)

    def _kill(self, victim: str) -> None:
        if victim == SERVER:
            assert self._server is not None
            self._server.kill()
            self._server.wait()
            self._serve()
        elif victim == COMMAND:
            assert self._command is not None
            self._command.send_signal(signal.SIGKILL)
        else:
            pid = self.stack.kill(victim)
            self.stack.wait_until(lambda: started_at(pid) is None, 300, f"{victim} is dead")

    def written(self) -> int:
        query = "SELECT count(*) AS n FROM generation_stageoutput o JOIN generation_job j ON j.id = o.job_id"
        where = "JOIN generation_run r ON r.id = j.run_id WHERE (r.frozen_settings ->> 'seed')::int = "
        try:
            return int(rows(self.stack, f"{query} {where} {SEEDS[self.name]}")[0]["n"])
        except psycopg.OperationalError:  # it was killed a moment ago
            return 0

    def end(self) -> None:
        for process in (self._command, self._server):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()


def rows(stack: LiveStack, query: str) -> list[dict[str, Any]]:
    with psycopg.connect(stack.database_url, row_factory=dict_row) as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def stack() -> Iterator[LiveStack]:
    with live_stack_in(demo=False, WORKER_CONCURRENCY="2", **LEASE) as running:
        yield running


@pytest.fixture(scope="module", params=list(VICTIMS))
def line(
    request: pytest.FixtureRequest, stack: LiveStack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Line]:
    """The way after its end, with all its kills."""
    made = Line(stack, request.param, tmp_path_factory.mktemp("server") / "usage.jsonl")
    try:
        made.go()
        yield made
    finally:
        made.end()


@pytest.mark.django_db
def test_the_dataset_is_the_one_that_nobody_disturbed(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeServer(keep=False) as server:
        call_command(
            "synthesize", "examples/corpus", seed=SEEDS[line.name], dataset="undisturbed",
            without_reviews=True, base_url=server.url,
        )  # fmt: skip
    capsys.readouterr()
    undisturbed = Dataset.objects.get()
    outputs = StageOutput.objects.count()
    made = rows(line.stack, f"SELECT digest, funnel FROM training_data_dataset WHERE slug = '{line.name}'")
    assert len(line.killed) == len(VICTIMS[line.name])
    assert made == [{"digest": undisturbed.digest, "funnel": undisturbed.funnel}], line.killed
    assert f"Digest {undisturbed.digest}." in line.said[-1]
    assert OUTPUTS * 0.9 < outputs == line.written()
    assert not [said for said in line.said if "Traceback" in said]


def test_the_counts_of_every_step_add_up(line: Line) -> None:
    funnel = rows(line.stack, f"SELECT funnel FROM training_data_dataset WHERE slug = '{line.name}'")[0][
        "funnel"
    ]
    for step, after in zip(funnel, [*funnel[1:], None], strict=True):
        assert step["in"] - sum(step["rejected"].values()) == step["out"]
        assert after is None or step["out"] == after["in"]
    scenes = rows(line.stack, "SELECT count(*) AS n FROM training_data_scene")[0]["n"]
    assert funnel[0]["in"] == scenes == 46
    examples = rows(
        line.stack,
        "SELECT count(*) AS n FROM training_data_example e"
        " JOIN training_data_dataset d ON d.id = e.dataset_id"
        f" WHERE d.slug = '{line.name}'",
    )
    assert examples[0]["n"] == funnel[-1]["out"]


def test_tokens_are_those_of_the_server_and_nothing_is_paid_twice(line: Line) -> None:
    attempts = rows(
        line.stack,
        "SELECT a.outcome, a.estimated, a.prompt_tokens, a.completion_tokens, a.answer ->> 'id' AS id"
        " FROM generation_attempt a JOIN generation_run r ON r.id = a.run_id"
        f" WHERE (r.frozen_settings ->> 'seed')::int = {SEEDS[line.name]}",
    )
    usage = usage_in(line.usage)
    answered = [each for each in attempts if each["id"]]
    for each in answered:
        told = usage[each["id"]]
        assert not each["estimated"]
        assert each["prompt_tokens"] == told["prompt_tokens"]
        assert each["completion_tokens"] == told["completion_tokens"]
    kept = [each["id"] for each in answered if each["outcome"] == "ok"]
    assert len(kept) == len(set(kept)) == line.written()
    # Answers that nobody kept went to what was killed; each is counted, as lost or as broken off.
    lost = [each for each in attempts if not each["id"]]
    assert {each["outcome"] for each in lost} <= {"lost", "error"}
    assert len(usage) - len(answered) <= len(lost)
    print(f"{line.name}: {line.killed}; answers {len(usage)}, kept {len(kept)}, without one {len(lost)}")
