"""Local stack: a database or a broker that hangs blocks no thread of the web server for long."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import kombu
import pytest
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from pytest_django import DjangoDbBlocker

from evalsite.core import enqueue
from evalsite.core.web_database import base, limit_waiting
from evalsite.local.paths import REPOSITORY
from evalsite.local.process import children_of
from tests.servers import (
    LiveStack,
    RabbitMQ,
    live_stack_in,
    temporary_postgres,
    temporary_rabbitmq,
    temporary_valkey,
)

MOST_S = 5.0
pytestmark = pytest.mark.slow


def family(pid: int) -> list[int]:
    return [pid, *(each for child in children_of(pid) for each in family(child))]


def stop(pids: list[int], number: signal.Signals = signal.SIGSTOP) -> None:
    for pid in pids:
        os.kill(pid, number)


def seconds(ask: Callable[[], object]) -> float:
    begun = time.monotonic()
    ask()
    return time.monotonic() - begun


class Limited:
    """A connection of the web server to a separate PostgreSQL."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.connection = self.connect()

    def connect(self) -> BaseDatabaseWrapper:
        import environ

        class Settings:
            DATABASES = {"default": environ.Env.db_url_config(self._url)}
            BROKER_URL = "memory://"
            CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}

        limit_waiting(Settings())  # type: ignore[arg-type]
        default = Settings.DATABASES["default"]
        options = {"ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_MAX_AGE": 0, "TIME_ZONE": None}
        return base.DatabaseWrapper({"CONN_HEALTH_CHECKS": False, **options, **default}, "limited")

    def ask(self, query: str = "SELECT 1") -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(query)


@pytest.fixture
def limited(django_db_blocker: DjangoDbBlocker) -> Iterator[Limited]:
    base.health.note(hangs=False)
    with temporary_postgres() as url, django_db_blocker.unblock():
        found = Limited(url)
        yield found
        found.connection.close()
    base.health.note(hangs=False)


def backends(url_of: Limited) -> list[int]:
    with url_of.connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return family(int(Path(f"/proc/{pid}/stat").read_text().split(") ")[1].split()[1]))


def test_a_hung_database_is_noticed_and_then_refused_at_once(limited: Limited) -> None:
    pids = backends(limited)
    stop(pids)
    try:
        with pytest.raises(OperationalError, match="does not answer in time"):
            limited.ask()
        begun = time.monotonic()
        with pytest.raises(OperationalError, match="does not answer in time"):
            limited.connect().ensure_connection()
        assert time.monotonic() - begun < 0.5
    finally:
        stop(pids, signal.SIGCONT)
    deadline = time.monotonic() + base.RETRY_S + 5
    while True:
        try:
            limited.connection.close()
            limited.ask()
            break
        except OperationalError:
            assert time.monotonic() < deadline, "the database answers again"
            time.sleep(0.1)


def test_a_connection_that_waits_while_another_finds_out_fails_too(limited: Limited) -> None:
    others = [limited.connect() for _ in range(3)]
    for each in others:
        each.inc_thread_sharing()
        each.ensure_connection()
    took: list[float] = []

    def wait(each: BaseDatabaseWrapper) -> None:
        def ask() -> None:
            with pytest.raises(OperationalError), each.cursor() as cursor:
                cursor.execute("SELECT 1")

        took.append(seconds(ask))

    pids = backends(limited)
    threads = [threading.Thread(target=wait, args=[each]) for each in others]
    stop(pids)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        stop(pids, signal.SIGCONT)
    for each in others:
        each.close()
    assert len(took) == 3
    assert max(took) < MOST_S


def test_a_slow_statement_is_not_taken_for_a_hung_database(limited: Limited) -> None:
    limited.ask(f"SELECT pg_sleep({base.PATIENCE_S + 0.5})")
    assert not base.health.hangs


def test_a_statement_ends_at_its_limit(limited: Limited) -> None:
    with limited.connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == (f"{base.STATEMENT_S}s",)


SEND = """
import sys
import time
import evalsite.wsgi
from evalsite.core import enqueue
for _ in sys.stdin:
    begun = time.monotonic()
    enqueue._send("analysis.sweep", ())
    print(time.monotonic() - begun, flush=True)
"""


def sender(broker: str) -> "subprocess.Popen[str]":
    """A process of the web server, which sends a task each time it gets a line."""
    return subprocess.Popen(
        [sys.executable, "-c", SEND],
        cwd=REPOSITORY,
        env={**os.environ, "BROKER_URL": broker},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def send(process: "subprocess.Popen[str]") -> float:
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def end(process: "subprocess.Popen[str]") -> None:
    assert process.stdin
    process.stdin.close()
    assert process.wait(20) == 0


def test_a_hung_valkey_holds_one_request_shortly_and_the_next_not_at_all() -> None:
    with temporary_valkey() as url, sender(url) as process:
        others = (each for each in children_of(os.getpid()) if each != process.pid)
        (pid,) = [each for each in others if "valkey" in Path(f"/proc/{each}/cmdline").read_text()][-1:]
        stop([pid])
        try:
            took = [send(process), send(process)]
        finally:
            stop([pid], signal.SIGCONT)
        end(process)
    assert took[0] < MOST_S
    assert took[1] < 0.1


def test_a_rabbitmq_that_never_answers_holds_no_request() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        with sender(f"amqp://guest:guest@127.0.0.1:{port}//") as process:
            took = [send(process), send(process)]
            end(process)
    assert took[0] < MOST_S
    assert took[1] < 0.1


@pytest.mark.skipif(not RabbitMQ.PROGRAM.exists(), reason="needs Debian's package rabbitmq-server")
def test_a_rabbitmq_that_hangs_on_an_open_connection_holds_one_request_shortly() -> None:
    with temporary_rabbitmq() as server, sender(server.url) as process:
        assert server.process
        send(process)
        pids = family(server.process.pid)
        stop(pids)
        try:
            took = [send(process), send(process)]
        finally:
            stop(pids, signal.SIGCONT)
        with kombu.Connection(server.url) as connection:
            queue = connection.SimpleQueue("analysis", queue_opts={"passive": True})
            before, deadline = queue.qsize(), time.monotonic() + 4 * enqueue.PAUSE_S
            while queue.qsize() == before:
                assert time.monotonic() < deadline, "tasks are sent again"
                send(process)
                time.sleep(0.1)
        end(process)
    assert took[0] < MOST_S
    assert took[1] < 0.1


@pytest.fixture(scope="module")
def stack() -> Iterator[LiveStack]:
    with live_stack_in(demo=False) as started:
        yield started


def get(stack: LiveStack, path: str, host: str = "127.0.0.1") -> tuple[int, float, str]:
    """Status, seconds and text of a page."""
    begun = time.monotonic()
    site = HTTPConnection("127.0.0.1", stack.port, timeout=60)
    try:
        site.request("GET", path, headers={"Host": host})
        answer = site.getresponse()
        text = answer.read().decode()
        return answer.status, time.monotonic() - begun, text
    finally:
        site.close()


A_LINK = f"/r/{'a' * 43}/"


def test_pages_and_probes_of_a_site_whose_database_hangs(stack: LiveStack) -> None:
    for _ in range(6):
        assert get(stack, A_LINK)[0] == 404
    pids = family(stack.pid("postgres"))
    stop(pids)
    try:
        for turn in range(3):
            with ThreadPoolExecutor(15) as pool:
                pages = [pool.submit(get, stack, A_LINK) for _ in range(12)]
                probes = [pool.submit(get, stack, "/healthz") for _ in range(3)]
            assert {each.result()[0] for each in pages} == {503}
            assert {each.result()[0] for each in probes} == {200}
            slowest = max(each.result()[1] for each in pages + probes)
            print(f"turn {turn}: the slowest of 15 requests took {slowest:.2f} s")
            assert slowest < MOST_S
            status, took, text = get(stack, "/readyz")
            assert (status, "does not answer" in text) == (503, True)
            assert took < MOST_S
        page = get(stack, A_LINK)[2]
        assert "send it again" in page
    finally:
        stop(pids, signal.SIGCONT)
    stack.wait_until(lambda: get(stack, A_LINK)[0] == 404, 30, "the database answers again")
    assert "Traceback" not in (stack.var / "log" / "web.log").read_text()


def test_probes_need_no_host_name(stack: LiveStack) -> None:
    assert get(stack, "/healthz", host="10.1.2.3")[0] == 200
    assert get(stack, "/readyz", host="10.1.2.3:8000")[0] == 200
    assert get(stack, "/staff/login/", host="10.1.2.3")[0] == 400


def test_a_broker_that_hangs_is_named(stack: LiveStack) -> None:
    pids = family(stack.pid("valkey"))
    stop(pids)
    try:
        status, took, text = get(stack, "/readyz")
    finally:
        stop(pids, signal.SIGCONT)
    assert (status, '"broker": "does not answer"' in text) == (200, True)
    assert took < MOST_S


def test_a_disk_without_space_is_named(db: None, client: Client) -> None:
    assert client.get("/readyz").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SET temp_file_limit = '1MB'")
        try:
            answer = client.get("/readyz")
        finally:
            cursor.execute("RESET temp_file_limit")
    assert (answer.status_code, answer.json()["database"]) == (503, "cannot write: the disk is full")


def test_commands_and_workers_have_no_limits(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
    assert connection.settings_dict["ENGINE"] == "django.db.backends.postgresql"
