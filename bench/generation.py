"""How many requests a second a run's worker gets through, beside a bare asyncio client of the same ones.

A local server answers after four seconds; 256 requests are in flight. The bare client does nothing with
what it gets; the client of runs is the worker's backend on its own. The worker claims, writes attempts,
judges, stores outputs and makes scripts in PostgreSQL. Five repeats of
each, in turn. Then planning a run of 50,000 jobs, and its page.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import aiohttp

from bench import size
from bench.results import Result
from generation.backends.openai import OpenAIBackend
from generation.backends.providers import body_of
from tests.servers import temporary_postgres


@dataclass(frozen=True)
class Sizes:
    """How much is measured. `slow` is in seconds."""

    requests: int = size(2048, 16)
    in_flight: int = size(256, 8)
    slow: float = size(4.0, 0.05)
    repeats: int = size(5, 1)
    planned: int = size(50_000, 16)


def main(sizes: Sizes = Sizes()) -> Iterator[Result]:
    """Results as they come: the last ones take minutes more than the first."""
    with temporary_postgres() as url:
        os.environ["DATABASE_URL"] = url
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evalsite.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        try:
            yield from _throughput(sizes)
            yield from _planning(sizes.planned)
        finally:
            from django.db import connection

            connection.close()


def _throughput(sizes: Sizes) -> list[Result]:
    bare, alone, ours = list[float](), list[float](), list[float]()
    with _server(sizes.slow) as url:
        requests = _requests(url, sizes)
        payloads = [body_of(each) for each in requests]
        for repeat in range(sizes.repeats):
            bare.append(sizes.requests / _seconds_bare(url, payloads, sizes.in_flight))
            alone.append(sizes.requests / _seconds_alone(url, requests, sizes.in_flight))
            ours.append(sizes.requests / _seconds_ours(url, sizes, seed=100 + repeat))
            rates = f"bare {bare[-1]:.2f}/s, client of runs {alone[-1]:.2f}/s, worker {ours[-1]:.2f}/s"
            print(f"   repeat {repeat + 1}: {rates}", flush=True)
    print(
        f"   {sizes.in_flight} in flight, answers after {sizes.slow:g} s: at most "
        f"{sizes.in_flight / sizes.slow:g}/s",
        flush=True,
    )
    worker, client, own = (statistics.median(each) for each in (ours, bare, alone))
    return [
        Result("bare aiohttp client", client, "requests/s"),
        Result("the client of runs", own, "requests/s", own / client, "bare client"),
        Result("a run's worker", worker, "requests/s", worker / client, "bare client"),
    ]


@contextmanager
def _server(slow: float) -> Iterator[str]:
    command = [sys.executable, "manage.py", "fake_server", "--port", "0", "--slow", str(slow)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


def _run(url: str, seed: int, requests: int, in_flight: int = 256) -> Any:
    """A run of one-stage jobs."""
    from generation.pipelines import find_system
    from generation.runs.services import plan_run

    briefs = _briefs()
    spec = find_system("direct")
    spec = replace(spec, in_flight=in_flight, backend=replace(spec.backend, in_flight=in_flight))
    samples = requests // len(briefs)
    return plan_run(specs=[spec], briefs=briefs, samples=samples, seed=seed, base_url=url, wake=False).run


def _briefs() -> list[Any]:
    from generation.briefs.files import read_brief
    from generation.services import store_briefs

    paths = sorted(Path("examples/briefs").rglob("*.yaml"))[:8]
    return [stored.brief for stored in store_briefs([read_brief(path) for path in paths])]


def _seconds_ours(url: str, sizes: Sizes, seed: int) -> float:
    from generation.models import Job
    from generation.runs.worker import Worker

    run = _run(url, seed, sizes.requests, sizes.in_flight)
    begin = time.monotonic()
    Worker(run).work()
    seconds = time.monotonic() - begin
    done = run.jobs.filter(state=Job.State.DONE).count()
    if done != sizes.requests:
        raise RuntimeError(
            f"{done} of {sizes.requests} jobs done: {run.jobs.exclude(error={}).first().error}"
        )
    return seconds


def _requests(url: str, sizes: Sizes) -> list[Any]:
    """The very requests that a run sends."""
    from generation.models import Job
    from generation.pipelines import SystemSpec
    from generation.runs.kinds import kind_of
    from generation.runs.requests import PreparedRequest, histories, next_step

    run = _run(url, 99, sizes.requests, sizes.in_flight)
    jobs = list(Job.objects.filter(run=run).select_related("system", "brief__series"))
    spec = SystemSpec.from_record(run.frozen_settings["systems"]["direct"])
    known = histories(jobs)
    inputs = kind_of(run).contents(run, jobs)
    steps = [next_step(job, "", run, spec, known[job.pk], inputs[job.pk]) for job in jobs]
    return [step.request for step in steps if isinstance(step, PreparedRequest)]


def _seconds_alone(url: str, requests: list[Any], in_flight: int) -> float:
    async def ask_all() -> None:
        places = asyncio.Semaphore(in_flight)
        backend = OpenAIBackend(url)

        async def ask(request: Any) -> None:
            async with places:
                await backend.complete(request)

        await asyncio.gather(*map(ask, requests))
        await backend.close()

    begin = time.monotonic()
    asyncio.run(ask_all())
    return time.monotonic() - begin


def _seconds_bare(url: str, payloads: list[dict[str, Any]], in_flight: int) -> float:
    async def ask_all() -> None:
        places = asyncio.Semaphore(in_flight)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def ask(payload: dict[str, Any]) -> None:
                async with places, session.post(f"{url}/chat/completions", json=payload) as response:
                    response.raise_for_status()
                    await response.json()

            await asyncio.gather(*map(ask, payloads))

    begin = time.monotonic()
    asyncio.run(ask_all())
    return time.monotonic() - begin


def _planning(planned_jobs: int) -> list[Result]:
    from django.test import Client

    from evalsite.core.models import User

    begin = time.monotonic()
    run = _run("http://127.0.0.1:9/v1", 7, planned_jobs)
    planned = time.monotonic() - begin
    person = User.objects.create_user(username="bench", role=User.Role.RESEARCHER, is_staff=True)
    client = Client(headers={"host": "localhost"})
    client.force_login(person)
    page = f"/generation/{run.code}/"
    client.get(page)
    times = []
    for _ in range(9):
        begin = time.monotonic()
        answer = client.get(page)
        times.append(time.monotonic() - begin)
        if answer.status_code != 200:
            raise RuntimeError(f"{page}: {answer.status_code}")
    return [
        Result(f"planning {run.jobs.count():,} jobs", planned, "s"),
        Result(f"page on {run.jobs.count():,} jobs, median of 9", 1000 * statistics.median(times), "ms"),
    ]


def _sizes() -> Sizes:
    parser = argparse.ArgumentParser(description="Measure how fast a run's worker asks.")
    for each in fields(Sizes):
        kind = float if each.name == "slow" else int
        parser.add_argument(f"--{each.name.replace('_', '-')}", type=kind, default=each.default)
    return Sizes(**vars(parser.parse_args()))


if __name__ == "__main__":
    for result in main(_sizes()):
        print(result.line())
