"""Faults: each breaks something of a running site, proves that it did, and repairs it.

A fault is a coroutine that takes a `Site` and returns its proof in words. It raises NotProven, and does not
count, if nothing shows that it took effect.
"""

import asyncio
import contextlib
import os
import random
import signal
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

import psycopg

from bench.reliability.crowd import Crowd
from bench.reliability.proxy import REPLY, REQUEST, Relay
from bench.reliability.site import manage
from evalsite.local.paths import APPLICATION_ROLE, paths
from evalsite.local.process import children_of, started_at
from tests.servers import LiveStack

HANG_S = 4.0
BAD_NETWORK_S = 4.0
PATIENCE_S = 60.0
REAL_PORT = 5433
"""Of the socket that PostgreSQL's own is renamed to while a relay takes its place."""


class NotProven(Exception):
    """Nothing shows that the fault took effect."""


@dataclass
class Site:
    """What faults work on. `clock` is the file that libfaketime reads; `disk` is where a small file system
    with the site's data is mounted, and None where this process may not mount one."""

    stack: LiveStack
    crowd: Crowd
    relay: Relay
    chance: random.Random
    clock: Path | None = None
    disk: Path | None = None
    over: float = 0.0
    """When the cause of the present fault ended: recovery is measured from here."""

    def end(self) -> None:
        self.over = time.monotonic()

    async def wait(self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE_S) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise NotProven(f"not within {seconds:.0f} s: {what}")
            await asyncio.sleep(0.05)

    async def pid(self, name: str) -> int:
        return await asyncio.to_thread(self.stack.pid, name)

    async def get(self, path: str, timeout: float = 8.0) -> tuple[int, str, dict[str, str]]:
        """Status, text and headers; status 0 where there was no answer."""
        return await asyncio.to_thread(_get, f"{self.stack.url}{path}", timeout)

    def owner(self, port: int | None = None) -> "psycopg.Connection[tuple[object, ...]]":
        place = paths(self.stack.var).postgres_socket_dir
        return psycopg.connect(
            host=str(place), port=port, user="evalsite", dbname="evalsite", autocommit=True, connect_timeout=5
        )

    def log(self, name: str) -> str:
        log = paths(self.stack.var).log / f"{name}.log"
        return log.read_text(errors="replace") if log.exists() else ""


def _get(url: str, timeout: float) -> tuple[int, str, dict[str, str]]:
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace"), dict(error.headers)
    except (OSError, ValueError):
        return 0, "", {}


Fault = Callable[[Site], Awaitable[str]]
FAULTS: dict[str, Fault] = {}
MOUNTS, FAKES_TIME = "full disk", "clock"
"""Names of faults begin with these words where they need a file system of their own, or libfaketime."""


def fault(name: str) -> Callable[[Fault], Fault]:
    def register(function: Fault) -> Fault:
        FAULTS[name] = function
        return function

    return register


# Kills


async def _kill(site: Site, victim: int, name: str) -> str:
    """`kill -9`, and see the process gone and another one in its place."""
    os.kill(victim, signal.SIGKILL)
    await site.wait(lambda: started_at(victim) is None, f"{victim} is gone")
    after = await site.pid(name)
    if after == victim:
        raise NotProven(f"{name} is still process {victim}")
    return f"process {victim} is gone, {after} serves"


@fault("web worker killed")
async def kill_web_worker(site: Site) -> str:
    web = await site.pid("web")
    before = children_of(web)
    victim = site.chance.choice(before)
    os.kill(victim, signal.SIGKILL)
    await site.wait(
        lambda: victim not in (now := children_of(web)) and bool({*now} - {*before}), "another worker serves"
    )
    return f"process {victim} is gone, {sorted({*children_of(web)} - {*before})} serves"


@fault("web server killed")
async def kill_web(site: Site) -> str:
    return await _kill(site, await site.pid("web"), "web")


@fault("task worker killed (with the schedule)")
async def kill_worker(site: Site) -> str:
    return await _kill(site, await site.pid("worker"), "worker")


@fault("process of the task worker killed")
async def kill_worker_process(site: Site) -> str:
    return await _kill(site, await site.pid("worker-child"), "worker-child")


@fault("PostgreSQL killed")
async def kill_postgres(site: Site) -> str:
    return await _kill(site, await site.pid("postgres"), "postgres")


@fault("broker killed")
async def kill_broker(site: Site) -> str:
    return await _kill(site, await site.pid("valkey"), "valkey")


def backends(postmaster: int) -> list[int]:
    """The processes of PostgreSQL that serve the application."""
    found = []
    for pid in children_of(postmaster):
        with contextlib.suppress(OSError):
            if APPLICATION_ROLE in Path(f"/proc/{pid}/cmdline").read_text():
                found.append(pid)
    return found


@fault("process of PostgreSQL killed")
async def kill_backend(site: Site) -> str:
    """PostgreSQL then ends all its processes and recovers from its log."""
    postmaster, before = await site.pid("postgres"), site.log("postgres").count("was terminated by signal 9")
    await site.wait(lambda: bool(backends(postmaster)), "a process serves the application")
    victim = site.chance.choice(backends(postmaster))
    os.kill(victim, signal.SIGKILL)
    await site.wait(
        lambda: site.log("postgres").count("was terminated by signal 9") > before, "PostgreSQL notices"
    )
    return f"PostgreSQL logs that process {victim} was terminated by signal 9"


@fault("whole site killed and started again")
async def kill_site(site: Site) -> str:
    before = await site.pid("supervisor")
    family = site.stack.family()
    os.kill(before, signal.SIGKILL)
    assert site.stack.process is not None
    await asyncio.to_thread(site.stack.process.wait, 60)
    # Here and in no thread, with whose end the site would end.
    site.stack.launch()
    await site.wait(paths(site.stack.var).links.exists, "the site is up", 120)
    left = [pid for pid in family if started_at(pid) is not None and pid in site.stack.family()]
    if left or await site.pid("supervisor") == before:
        raise NotProven(f"processes {left} of before still run")
    return f"all {len(family)} processes are gone, supervisor {await site.pid('supervisor')} runs"


# Hangs


def family(pid: int) -> list[int]:
    return [pid, *(each for child in children_of(pid) for each in family(child))]


@contextlib.contextmanager
def stopped(site: Site, pids: list[int]) -> Iterator[None]:
    try:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        site.end()


@fault("PostgreSQL hangs")
async def hang_postgres(site: Site) -> str:
    with stopped(site, family(await site.pid("postgres"))):
        begun = time.monotonic()
        status, text, _ = await site.get("/readyz")
        took = time.monotonic() - begun
        await asyncio.sleep(max(0.0, HANG_S - took))
    if status != 503 or "does not answer" not in text:
        raise NotProven(f"/readyz said {status} {text}")
    return f"/readyz said that the database does not answer, after {took:.1f} s"


@fault("broker hangs")
async def hang_broker(site: Site) -> str:
    with stopped(site, family(await site.pid("valkey"))):
        status, text, _ = await site.get("/readyz")
        await asyncio.sleep(HANG_S)
    if '"broker": "does not answer"' not in text:
        raise NotProven(f"/readyz said {status} {text}")
    return "/readyz said that the broker does not answer"


@fault("web workers hang")
async def hang_web(site: Site) -> str:
    with stopped(site, children_of(await site.pid("web"))):
        status, _, _ = await site.get("/healthz", timeout=HANG_S)
    if status != 0:
        raise NotProven(f"/healthz answered {status}")
    return f"/healthz gave no answer for {HANG_S:.0f} s"


@fault("task worker hangs")
async def hang_worker(site: Site) -> str:
    pids = family(await site.pid("worker"))
    with stopped(site, pids):
        await asyncio.sleep(HANG_S)
        states = {Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in pids}
    if states != {"T"}:
        raise NotProven(f"states of the processes: {states}")
    return f"all {len(pids)} processes were in state T for {HANG_S:.0f} s"


# Disk


@fault(MOUNTS)
async def fill_disk(site: Site) -> str:
    assert site.disk is not None
    big = site.disk / "filling"
    try:
        with big.open("wb") as file:
            size = 64 * 2**20
            while size:
                try:
                    os.posix_fallocate(file.fileno(), file.tell(), size)
                    file.seek(0, os.SEEK_END)
                except OSError:
                    size //= 2
        said = ""
        deadline = time.monotonic() + 15
        while "disk is full" not in said and time.monotonic() < deadline:
            _, said, _ = await site.get("/readyz")
        await asyncio.sleep(HANG_S / 2)
    finally:
        big.unlink(missing_ok=True)
        site.end()
    if "disk is full" not in said:
        raise NotProven(f"/readyz said {said}")
    return "/readyz said that the database cannot write because the disk is full"


# Network


async def _bad_network(site: Site, cut: Callable[[str, bytes], bool]) -> str:
    before, failed = site.relay.cuts, sum(site.crowd.failures.values())
    site.relay.cut = cut
    try:
        await asyncio.sleep(BAD_NETWORK_S)
    finally:
        site.relay.cut = None
        site.end()
    cuts, failures = site.relay.cuts - before, sum(site.crowd.failures.values()) - failed
    if not cuts or not failures:
        raise NotProven(f"{cuts} connections cut, {failures} failures seen by raters")
    return f"{cuts} connections reset, raters saw {failures} failures"


@fault("connections reset within a request")
async def cut_requests(site: Site) -> str:
    return await _bad_network(site, lambda way, data: way == REQUEST and data.startswith(b"POST"))


@fault("connections reset before the answer")
async def cut_replies(site: Site) -> str:
    return await _bad_network(site, lambda way, data: way == REPLY and site.chance.random() < 0.5)


@fault("slow network")
async def slow_network(site: Site) -> str:
    through = site.crowd.url
    site.relay.delay = 0.4
    try:
        begun = time.monotonic()
        status, _, _ = await asyncio.to_thread(_get, f"{through}/healthz", 10.0)
        took = time.monotonic() - begun
        await asyncio.sleep(BAD_NETWORK_S)
    finally:
        site.relay.delay = 0.0
        site.end()
    if status != 200 or took < 0.8:
        raise NotProven(f"/healthz took {took:.1f} s")
    return f"/healthz took {took:.1f} s"


@contextlib.asynccontextmanager
async def relayed_database(site: Site) -> AsyncIterator[Relay]:
    """All new connections to PostgreSQL go through a relay; those that there were are ended."""
    folder = paths(site.stack.var).postgres_socket_dir
    ours, real = folder / ".s.PGSQL.5432", folder / f".s.PGSQL.{REAL_PORT}"
    relay = Relay(lambda: asyncio.open_unix_connection(str(real)))
    ours.rename(real)
    server = await asyncio.start_unix_server(relay.serve, str(ours))
    try:
        await asyncio.to_thread(_terminate, site, REAL_PORT)
        yield relay
    finally:
        server.close()
        real.rename(ours)
        relay.reset_all()
        site.end()


def _terminate(site: Site, port: int | None = None) -> list[int]:
    """End all connections of the application; the processes that served them."""
    with site.owner(port) as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE usename = %s"
        pids = [pid for (pid,) in connection.execute(query, [APPLICATION_ROLE]).fetchall()]
        connection.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [pids])
        return pids


@fault("answer to a COMMIT lost")
async def lose_commits(site: Site) -> str:
    """The transaction is committed, and the web server is not told."""
    async with relayed_database(site) as relay:
        relay.cut = lambda way, data: way == REPLY and b"COMMIT\0" in data and relay.cuts < 20
        await site.wait(lambda: relay.cuts >= 10, "ten answers to a COMMIT are lost", 15)
        cuts = relay.cuts
    return f"{cuts} connections to PostgreSQL reset instead of the answer to a COMMIT"


@fault("connections to PostgreSQL ended")
async def end_connections(site: Site) -> str:
    ended = await asyncio.to_thread(_terminate, site)
    await site.wait(lambda: not any(started_at(pid) for pid in ended), "their processes are gone")
    if not ended:
        raise NotProven("the application had no connection")
    return f"{len(ended)} connections ended, their processes are gone"


# Clock


async def _jump(site: Site, offset: str, seconds: float) -> str:
    """Change the clock of all processes of the site; the web server's is read from its answers' dates."""
    assert site.clock is not None
    before = await _ahead(site)
    site.clock.write_text(offset)
    deadline = time.monotonic() + 10
    while not abs((after := await _ahead(site)) - before - seconds) < 5:  # also where there was no answer
        if time.monotonic() > deadline:
            raise NotProven(f"the web server's clock moved by {after - before:.0f} s")
        await asyncio.sleep(0.3)
    site.end()
    await asyncio.sleep(HANG_S / 2)
    return f"the web server's clock moved by {after - before:+.0f} s"


async def _ahead(site: Site) -> float:
    """Seconds by which the web server's clock is ahead of ours."""
    _, _, headers = await site.get("/healthz")
    if "Date" not in headers:
        return float("nan")
    return parsedate_to_datetime(headers["Date"]).timestamp() - time.time()


@fault(f"{FAKES_TIME} two hours ahead, and back")
async def clock_ahead(site: Site) -> str:
    """Longer than a rater's hold on a pair lasts (LEASE_MINUTES)."""
    proof = await _jump(site, "+7200", 7200)
    back = await _jump(site, "+0", -7200)
    return f"{proof}; {back}"


@fault(f"{FAKES_TIME} ten minutes back, and ahead")
async def clock_back(site: Site) -> str:
    proof = await _jump(site, "-600", -600)
    back = await _jump(site, "+0", 600)
    return f"{proof}; {back}"


# People


@fault("deployment: migrate and graceful reload")
async def deploy(site: Site) -> str:
    web = await site.pid("web")
    before = set(children_of(web))
    await asyncio.to_thread(manage, site.stack, "migrate", "--no-input", "--verbosity=0")
    os.kill(web, signal.SIGHUP)
    await site.wait(
        lambda: bool(children_of(web)) and not before & set(children_of(web)), "all workers are new"
    )
    return f"migrate ran, workers {sorted(before)} are gone, {sorted(children_of(web))} serve"


@fault("every form sent twice, and an old one again")
async def send_twice(site: Site) -> str:
    before = site.crowd.doubled
    site.crowd.double = True
    try:
        await asyncio.sleep(BAD_NETWORK_S)
    finally:
        site.crowd.double = False
        site.end()
    await site.wait(lambda: site.crowd.doubled > before, "a form was sent twice")
    return f"{site.crowd.doubled - before} more submissions sent and answered"
