"""How many requests a second a run's worker gets through, beside a bare asyncio client of the same ones.

A local server answers after four seconds; 256 requests are in flight. The worker claims, writes attempts,
judges, stores outputs and makes scripts in PostgreSQL; the client does nothing with what it gets. Beside them
the same requests by distilabel, a library for such pipelines, in an environment of its own. Five repeats of
each, in turn. Then planning a run of 50,000 jobs, and its page.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bench import library
from bench.results import Result
from evalsite.local.testing import temporary_postgres

IN_FLIGHT = 256
SLOW_S = 4.0
REQUESTS = 2048
REPEATS = 5
PLANNED = 50_000


def main() -> Iterator[Result]:
    """Results as they come: the last ones take minutes more than the first."""
    with temporary_postgres() as url:
        os.environ["DATABASE_URL"] = url
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evalsite.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        try:
            yield from _throughput()
            yield from _planning()
        finally:
            from django.db import connection

            connection.close()


def _throughput() -> list[Result]:
    python = _library()
    bare, ours, theirs = list[float](), list[float](), list[float]()
    with _server() as url:
        payloads = _payloads(url)
        for repeat in range(REPEATS):
            bare.append(REQUESTS / _seconds_bare(url, payloads))
            ours.append(REQUESTS / _seconds_ours(url, seed=100 + repeat))
            said = f"bare {bare[-1]:.2f}/s, worker {ours[-1]:.2f}/s"
            if python is not None:
                theirs.append(REQUESTS / library.seconds(python, url, payloads, IN_FLIGHT))
                said += f", {library.NAME} {theirs[-1]:.2f}/s"
            print(f"   repeat {repeat + 1}: {said}", flush=True)
    print(
        f"   {IN_FLIGHT} in flight, answers after {SLOW_S:g} s: at most {IN_FLIGHT / SLOW_S:g}/s", flush=True
    )
    worker, client = statistics.median(ours), statistics.median(bare)
    results = [
        Result("bare aiohttp client", client, "requests/s"),
        Result("a run's worker", worker, "requests/s", worker / client, "bare client"),
    ]
    if theirs:
        middle = statistics.median(theirs)
        results += [
            Result(library.NAME, middle, "requests/s", middle / client, "bare client"),
            Result("a run's worker", worker, "requests/s", worker / middle, library.NAME),
        ]
    return results


def _library() -> Path | None:
    try:
        return library.interpreter()
    except library.NotThere as reason:
        print(f"   skipped: {library.NAME}, which cannot be installed here: {reason}", flush=True)
        return None


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "manage.py", "fake_server", "--port", "0", "--slow", str(SLOW_S)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


def _run(url: str, seed: int, requests: int) -> Any:
    """A run of one-stage jobs."""
    from dataclasses import replace

    from generation.pipelines import find_system
    from generation.runs.services import plan_run

    briefs = _briefs()
    spec = find_system("direct")
    spec = replace(spec, in_flight=IN_FLIGHT, backend=replace(spec.backend, in_flight=IN_FLIGHT))
    samples = requests // len(briefs)
    return plan_run(specs=[spec], briefs=briefs, samples=samples, seed=seed, base_url=url, wake=False).run


def _briefs() -> list[Any]:
    from generation.reading import read_brief
    from generation.services import store_briefs

    paths = sorted(Path("examples/briefs").rglob("*.yaml"))[:8]
    return [stored.brief for stored in store_briefs([read_brief(path) for path in paths])]


def _seconds_ours(url: str, seed: int) -> float:
    from generation.models import Job
    from generation.runs.working import Worker

    run = _run(url, seed, REQUESTS)
    begin = time.monotonic()
    Worker(run).work()
    seconds = time.monotonic() - begin
    done = run.jobs.filter(state=Job.State.DONE).count()
    if done != REQUESTS:
        raise RuntimeError(f"{done} of {REQUESTS} jobs done: {run.jobs.exclude(error='').first().error}")
    return seconds


def _payloads(url: str) -> list[dict[str, Any]]:
    """The very requests that a run sends."""
    from generation.models import Job
    from generation.pipelines import SystemSpec
    from generation.runs.asking import Ready, histories, next_step

    run = _run(url, 99, REQUESTS)
    jobs = list(Job.objects.filter(run=run).select_related("system", "brief__series"))
    spec = SystemSpec.from_record(run.frozen_settings["systems"]["direct"])
    known = histories(jobs)
    steps = [next_step(job, "", run, spec, known[job.pk]) for job in jobs]
    return [
        {
            "model": step.request.model,
            "messages": [{"role": role, "content": text} for role, text in step.request.messages],
            **step.request.sampling.as_dict(),
            "seed": step.request.sampling.seed,
            "n": 1,
        }
        for step in steps
        if isinstance(step, Ready)
    ]


def _seconds_bare(url: str, payloads: list[dict[str, Any]]) -> float:
    async def ask_all() -> None:
        places = asyncio.Semaphore(IN_FLIGHT)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def ask(payload: dict[str, Any]) -> None:
                async with places, session.post(f"{url}/chat/completions", json=payload) as response:
                    response.raise_for_status()
                    await response.json()

            await asyncio.gather(*map(ask, payloads))

    begin = time.monotonic()
    asyncio.run(ask_all())
    return time.monotonic() - begin


def _planning() -> list[Result]:
    from django.test import Client

    from evalsite.core.models import User

    begin = time.monotonic()
    run = _run("http://127.0.0.1:9/v1", 7, PLANNED)
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


if __name__ == "__main__":
    for result in main():
        print(result.line())
