"""Servers for tests: quick to start, nothing durable, gone with the process that started them."""

import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from evalsite.local import postgres, valkey
from evalsite.local.paths import REPOSITORY, paths
from evalsite.local.process import children_of, signal_group, spawn, started_at

# What tests/conftest.py sets for tests, and a stack of its own must not see.
FROM_TESTS = {
    *("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "PUBLIC_URL"),
    *("SECRET_KEY", "EVALSITE_VAR", "PORT", "HOST"),
}
COMMAND = (sys.executable, "-m", "evalsite.local", "run", "--with-parent")
_PORTS, _PARTS = range(10_000, 20_000), 16
_given: set[int] = set()


@contextlib.contextmanager
def temporary_postgres() -> Iterator[str]:
    """A PostgreSQL server in a temporary folder; yields its URL. Call it from the main thread."""
    with _folder() as folder:
        server = postgres.Server(folder / "data", folder / "s", folder / "log", durable=False)
        server.prepare()
        child = server.start()
        try:
            _wait(child, server.answers, server.log)
            server.ensure_database()
            yield server.url
        finally:
            _stop(child, signal.SIGINT)


@contextlib.contextmanager
def temporary_valkey() -> Iterator[str]:
    """A Valkey server in a temporary folder; yields its URL. Call it from the main thread."""
    with _folder() as folder:
        server = valkey.Server(folder / "data", folder / "s", folder / "log")
        server.prepare()
        child = server.start()
        try:
            _wait(child, server.answers, server.log)
            yield server.url
        finally:
            _stop(child, signal.SIGTERM)


class RabbitMQ:
    """A RabbitMQ node in a folder, on free ports and with a separate port mapper (epmd).

    Call `start` from the main thread: the node ends with the process that started it.
    """

    PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "rabbitmq.log"
        self.port = free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self._epmd: subprocess.Popen[bytes] | None = None
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "plugins").write_text("[].\n")
        self._environment = {
            **os.environ,
            "HOME": str(folder),  # of the cookie
            "ERL_EPMD_PORT": str(free_port()),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"test{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RUNNING_UNDER_SYSTEMD": "true",  # The process started is the server, and no shell around it.
        }

    def start(self) -> None:
        """Start the node and wait until it takes connections; raises RuntimeError with its log."""
        if self._epmd is None:
            self._epmd = self._spawn(["/usr/bin/epmd", "-port", self._environment["ERL_EPMD_PORT"]])
        self.process = self._spawn([str(self.PROGRAM)])
        _wait(self.process, self.answers, self._log)

    def _spawn(self, command: list[str]) -> "subprocess.Popen[bytes]":
        return spawn(command, log=self._log, death_signal=signal.SIGKILL, env=self._environment)

    def answers(self) -> bool:
        """Whether it takes connections and opens one by its protocol."""
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), 2) as connection,
        ):
            connection.settimeout(2)
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return bool(connection.recv(64))
        return False

    def kill(self) -> int:
        """`kill -9` the node; its number. `start` starts it again on the same data."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        signal_group(self.process.pid, signal.SIGKILL)
        return self.process.pid

    def stop(self) -> None:
        """End the node and the port mapper."""
        for process in (self.process, self._epmd):
            if process is not None:
                signal_group(process.pid, signal.SIGKILL)
                process.wait()


@contextlib.contextmanager
def temporary_rabbitmq() -> Iterator[RabbitMQ]:
    """A RabbitMQ node in a temporary folder. Call it from the main thread."""
    with _folder() as folder:
        server = RabbitMQ(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="evalsite-")).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(
    child: "subprocess.Popen[bytes]", ready: Callable[[], bool], log: Path, seconds: float = 300
) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if child.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{log.name} of {child.args!r}:\n{postgres.read_from(log, 0)}")
        time.sleep(0.02)


def _stop(child: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    child.send_signal(number)
    try:
        child.wait(20)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


class LiveStack:
    """A running one-machine stack on data of its own.

    `url` is its address, `links` what links.json holds, `var` its folder, `database_url` its database
    with the rights of the owner.
    """

    def __init__(
        self, var: Path, port: int, *, demo: bool = True, command: Sequence[str] = COMMAND, **environment: str
    ) -> None:
        self.var = paths(var).var
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.database_url = environment.get("DATABASE_URL") or paths(var).database_owner_url
        self.output = self.var.parent / f"{self.var.name}.output"
        self._command = [*command] if demo else [*command, "--no-demo"]
        self._environment = environment
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def links(self) -> dict[str, Any]:
        return json.loads(paths(self.var).links.read_text())

    def start(self, seconds: float = 300) -> None:
        """Start it and wait until the links are written; raises RuntimeError with what it printed."""
        self.launch()
        self.wait_until(lambda: paths(self.var).links.exists(), seconds, "links.json is there")

    def launch(self) -> None:
        """Start it without waiting."""
        place = paths(self.var)
        if place.links.exists():
            place.links.replace(place.kept_links)
        kept = {name: value for name, value in os.environ.items() if name not in FROM_TESTS}
        environment = {**kept, **self._environment, "EVALSITE_VAR": str(self.var), "PORT": str(self.port)}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                self._command,
                cwd=REPOSITORY,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def answers(self, path: str = "/healthz") -> bool:
        """Whether a GET of the path gives 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def pid(self, name: str) -> int:
        """The process of `supervisor`, `postgres`, `valkey`, `web` or `worker`, or the first child of one of
        these: `web-child` (which serves requests), `worker-child` (which runs tasks).
        """
        service = name.removesuffix("-child")
        found: list[int] = []

        def runs() -> bool:
            parent = self._running(service)
            if parent is None or service == name:
                found[:] = [parent] if parent else []
            else:
                found[:] = children_of(parent)
            return bool(found)

        self.wait_until(runs, 300, f"{name} runs")
        return found[0]

    def _running(self, service: str) -> int | None:
        """The service's process, unless it has ended: what is written down of one that died stays there until
        it is started again, and its number may by then be another's.
        """
        try:
            told = json.loads(paths(self.var).state.read_text())[service]
        except (FileNotFoundError, KeyError):
            return None
        alive = told["started"] is not None and started_at(int(told["pid"])) == told["started"]
        return int(told["pid"]) if alive else None

    def kill(self, name: str) -> int:
        """`kill -9` one process, named as in `pid`; its number."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def family(self) -> set[int]:
        """All processes below the supervisor, and itself."""
        found: set[int] = set()
        left = [self.process.pid] if self.process else []
        while left:
            pid = left.pop()
            found.add(pid)
            left += [child for child in children_of(pid) if child not in found]
        return found

    def wait_until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Ask until the condition holds; raises RuntimeError if time runs out or the stack has ended."""
        deadline = time.monotonic() + seconds
        while not condition():
            ended = self.process is not None and self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                reason = "the stack ended" if ended else f"not within {seconds:.0f} s"
                raise RuntimeError(f"waiting until {what}: {reason}\n{self.output.read_text()}")
            time.sleep(0.02)

    def stop(self, number: signal.Signals = signal.SIGINT, seconds: float = 180) -> int:
        """Stop it as Ctrl-C does; its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(seconds)


@contextlib.contextmanager
def live_stack_in(folder: Path | None = None, **options: Any) -> Iterator[LiveStack]:
    """A started stack, by default in a temporary folder and on a free port; stopped at the end."""
    with contextlib.ExitStack() as stack:
        place = folder or stack.enter_context(_folder())
        live = LiveStack(place / "var", options.pop("port", None) or free_port(), **options)
        try:
            live.start()
            yield live
        finally:
            if live.process is not None and live.process.poll() is None:
                live.stop()


def free_port() -> int:
    """A port that nobody listens on, and that stays free until it is used.

    Whoever connects somewhere, or takes any port, gets one of the system's range. These lie below it, and
    beside those of deploy/slurm; each worker of pytest-xdist draws from a part of its own.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PARTS
    while True:
        port = random.SystemRandom().randrange(_PORTS.start + worker, _PORTS.stop, _PARTS)
        if port in _given:
            continue
        with socket.socket() as door, contextlib.suppress(OSError):
            door.bind(("127.0.0.1", port))
            _given.add(port)
            return port
