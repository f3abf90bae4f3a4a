"""The services of the one-machine stack, as the supervisor runs them."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from evalsite.local import postgres, process, valkey
from evalsite.local.paths import Paths
from evalsite.local.supervise import Service, set_aside

SMALL_HEAPS = {"MALLOC_ARENA_MAX": "2"}
"""By default the C library keeps a heap for every thread, and gives little of it back."""
CANNOT_READ_ITS_DATA = (
    r"reading the append only file|AOF manifest|[Ff]atal error (?:loading|reading)|AOF loading abort"
)


def _log(place: Paths, name: str) -> Path:
    """The log of a service; a big one is put aside first."""
    log = place.log / f"{name}.log"
    set_aside(log)
    return log


def postgres_service(place: Paths) -> tuple[postgres.Server, Service]:
    server = postgres.Server(place.postgres, place.postgres_socket_dir, _log(place, "postgres"))
    service = Service(
        "postgres",
        server.log,
        server.start,
        server.answers,
        stop=((signal.SIGINT, 20), (signal.SIGQUIT, 10)),
        explain=server.explain,
        server=True,
    )
    return server, service


def valkey_service(place: Paths) -> Service:
    server = valkey.Server(place.valkey, place.valkey_socket, _log(place, "valkey"))

    def start() -> "subprocess.Popen[bytes]":
        server.prepare()
        return server.start()

    def fix(log_text: str) -> str | None:
        if postgres.NO_SPACE in log_text or not re.search(CANNOT_READ_ITS_DATA, log_text):
            return None
        return f"the broker could not read its data; put aside as {server.set_damaged_data_aside()}"

    return Service("valkey", server.log, start, server.answers, fix=fix, vital=False, server=True)


def web(place: Paths, environment: Mapping[str, str], door: int) -> Service:
    """Gunicorn on the listening socket that the parent holds."""
    configuration = Path(__file__).with_name("gunicorn_conf.py")
    environment = {**SMALL_HEAPS, **environment}
    command = ["-m", "gunicorn", "--config", str(configuration), "--bind", f"fd://{door}"]
    log = _log(place, "web")

    def start() -> "subprocess.Popen[bytes]":
        return process.spawn(
            [sys.executable, *command], log=log, death_signal=signal.SIGTERM, env=environment, pass_fds=[door]
        )

    return Service(
        "web",
        log,
        start,
        lambda: answers(int(environment.get("PORT") or 8000), environment.get("HOST") or "127.0.0.1"),
        stop=((signal.SIGTERM, 12), (signal.SIGQUIT, 3)),
        leftovers=signal.SIGTERM,
    )


def worker(place: Paths, environment: Mapping[str, str]) -> Service:
    processes = environment.get("WORKER_CONCURRENCY") or str(max(2, min(4, os.cpu_count() or 2)))
    command = [sys.executable, "-m", "evalsite.local.worker", f"--autoscale={processes},1"]
    # Celery checks the project as every management command does, and loads all views for it: 15 MB.
    environment = {**SMALL_HEAPS, "CELERY_SKIP_CHECKS": "1", **environment}
    log = _log(place, "worker")
    return Service(
        "worker",
        log,
        lambda: process.spawn(command, log=log, death_signal=signal.SIGKILL, env=environment),
        # A warm stop, which lets tasks end, and then a cold one: what is cut off is claimed again later.
        stop=((signal.SIGTERM, 5), (signal.SIGQUIT, 5)),
        vital=False,
    )


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether the web server answers for its health; a refusal of the host name is an answer too."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    # By hand: http.client, with email and ssl, would make the supervisor 5 MB bigger.
    with contextlib.suppress(OSError), socket.create_connection((reachable, port), timeout=2) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return re.match(rb"HTTP/1\.[01] [1-4]", connection.recv(64)) is not None
    return False
