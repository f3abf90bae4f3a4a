"""The shipped systems by vLLM's engine, in a child of a real Celery worker on queue `gpu`: no server."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from evalsite.celery import app
from evalsite.local.process import children_of, spawn
from generation.backends.spec import BackendSpec, EngineSpec
from generation.models import Attempt, Job, Run, Script
from generation.pipelines import SystemSpec, find_system
from generation.runs.services import WORK_ENGINE, plan_run
from tests.noted import note
from tests.vllm import scenes
from tests.vllm.plugin import LAST, MODEL, PYTHON
from tests.vllm.seen import SYSTEMS, codes_of, require_right, said_by_server, tokens
from tests.vllm.server import CONTEXT, QUIET

PATIENCE_S = 420
SPEC = BackendSpec(
    kind="vllm_engine",
    model_path=str(MODEL / "base"),
    model_name=scenes.BASE,
    adapters=tuple((name, str(MODEL / name)) for name in scenes.ADAPTERS),
    in_flight=16,
    eager=True,
    timeout=180,
    engine=EngineSpec(
        dtype="bfloat16", max_model_len=CONTEXT, chat_template_kwargs='{"enable_thinking":false}'
    ),
)


def on_engine(name: str, **changes: object) -> SystemSpec:
    """A shipped system, asking an engine; failed requests may be repeated once."""
    return replace(find_system(name), backend=SPEC, retries=1, **changes)


@pytest.fixture
def worker(no_server, broker_url, briefs) -> Iterator[subprocess.Popen[bytes]]:
    """A worker as the documents say to start it."""
    given = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(given._replace(path="/" + connection.settings_dict["NAME"]))
    env = os.environ | QUIET | {"DATABASE_URL": url, "BROKER_URL": broker_url, "VLLM_PYTHON": str(PYTHON)}
    command = [sys.executable, "-m", "celery", "-A", "evalsite.celery", "worker", "-Q", "gpu"]
    log = LAST / "worker.log"
    process = spawn([*command, "--concurrency=1", "--loglevel=INFO"], log=log, env=env)
    yield process
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def engines(pid: int) -> list[int]:
    """The children that a worker's processes have started under vLLM's interpreter."""
    found = []
    for child in children_of(pid):
        with contextlib.suppress(OSError):
            if b"vllm_child.py" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
        found += engines(child)
    return found


def until(worker: subprocess.Popen[bytes], done: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """Wait for what the other process brings about in the database."""
    deadline = time.monotonic() + seconds
    while not done():
        assert worker.poll() is None, (LAST / "worker.log").read_text("utf-8", "replace")[-3000:]
        assert time.monotonic() < deadline, (LAST / "worker.log").read_text("utf-8", "replace")[-3000:]
        time.sleep(0.1)


def to_its_end(run: Run, worker: subprocess.Popen[bytes], broker_url: str) -> Run:
    with app.connection_for_write(broker_url) as broker:
        app.send_task(WORK_ENGINE, args=(run.code,), connection=broker, queue="gpu")
    until(worker, lambda: Run.objects.filter(pk=run.pk).exclude(state=Run.State.ACTIVE).exists())
    run.refresh_from_db()
    return run


def planned(briefs, *specs: SystemSpec, **more: object) -> Run:
    return plan_run(specs=specs, briefs=briefs, wake=False, **more).run


def test_the_shipped_systems_by_an_engine_in_a_worker(worker, broker_url, briefs):
    ranks = {json.loads((MODEL / name / "adapter_config.json").read_text())["r"] for name in scenes.ADAPTERS}
    assert ranks == {16, 32}
    began = time.monotonic()
    run = to_its_end(planned(briefs, *(on_engine(name) for name in SYSTEMS)), worker, broker_url)
    took = time.monotonic() - began
    asked = require_right(run, briefs, LAST / "history.jsonl")
    assert set(asked) == {scenes.BASE, *scenes.ADAPTERS}
    assert engines(worker.pid), "the engine does not stay loaded"
    (software,) = run.software[f"vllm_engine:{SPEC.model_path}"]
    assert software.startswith("vllm 0.")
    used = tokens(run)
    note(
        f"{software} in a Celery worker on queue gpu: {Script.objects.count()} scripts in {took:.0f} s, "
        f"loading included; tokens {used['prompt']:,} in, {used['generation']:,} out"
    )
    wrong_requests(worker, broker_url, briefs)
    engine_gone(worker, broker_url, briefs)


def wrong_requests(worker: subprocess.Popen[bytes], broker_url: str, briefs) -> None:
    """On the engine that is loaded: each is refused as a server would, and ends its job at once."""
    stage = find_system("direct").stages[0]
    cases = {
        "unknown adapter": (replace(stage, adapter="nobody"), "nobody"),
        "too many tokens": (replace(stage, max_tokens=200_000), str(CONTEXT)),
        "bad temperature": (replace(stage, temperature=-3.0), "temperature"),
    }
    specs = [
        on_engine("direct", slug=f"direct-{number}", stages=(changed,))
        for number, (changed, _) in enumerate(cases.values())
    ]
    before = Script.objects.count()
    run = to_its_end(planned(briefs, *specs), worker, broker_url)
    assert tokens(run) == {"prompt": 0, "generation": 0}
    assert Script.objects.count() == before
    for spec, (what, (_, named)) in zip(specs, cases.items(), strict=True):
        for job in run.jobs.filter(system__slug=spec.slug):
            assert (job.state, job.attempts.count()) == (Job.State.FAILED, 1)
            assert codes_of(job.error) == ["Rejected", "foreign"]
            assert named in said_by_server(job.error)
        note(f"engine, {what}: {job.error[:120]}")


def engine_gone(worker: subprocess.Popen[bytes], broker_url: str, briefs) -> None:
    """Killed in mid-answer: what it worked on is counted at its reservation, and asked of a new engine."""
    (engine,) = engines(worker.pid)
    spec = on_engine("plan-then-write", slug="plan-gone")
    run = planned(briefs, spec, samples=8)
    with app.connection_for_write(broker_url) as broker:
        app.send_task(WORK_ENGINE, args=(run.code,), connection=broker, queue="gpu")
    attempts = Attempt.objects.filter(run=run)
    until(worker, attempts.filter(outcome=Attempt.Outcome.OK).exists, 120)
    os.kill(engine, signal.SIGKILL)
    until(worker, lambda: Run.objects.filter(pk=run.pk).exclude(state=Run.State.ACTIVE).exists())
    failed = attempts.filter(outcome=Attempt.Outcome.ERROR)
    lost = failed.exclude(completion_tokens=0)
    assert lost.exists()
    for attempt in failed:  # One that the engine never got is not counted.
        assert codes_of(attempt.reason) == ["Unreachable", "engine-ended"], attempt.reason
        assert str(-signal.SIGKILL) in said_by_server(attempt.reason), attempt.reason
        assert attempt.estimated
        assert attempt.completion_tokens in (0, spec.stage(attempt.stage).max_tokens)
    assert run.jobs.filter(state=Job.State.DONE).count() == run.jobs.count() == 8 * len(briefs)
    assert engines(worker.pid) not in ([], [engine])
    with pytest.raises(ProcessLookupError):  # Nor do the processes live on in which it computed.
        os.killpg(engine, 0)
    note(
        f"engine killed in mid-answer: {lost.count()} requests counted as lost, "
        f"{failed.count() - lost.count()} not sent, asked again of a new engine; "
        f"{run.jobs.count()} jobs done. It said: {lost[0].reason[:100]}"
    )
