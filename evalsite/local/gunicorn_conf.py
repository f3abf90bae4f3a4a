"""Gunicorn on one machine: two processes of two threads, loaded once and forked."""

import os
import shutil
import signal
import socket
import struct
import time
from typing import Any

from evalsite.core.processes import die_with_parent, memory_mb, share_memory
from evalsite.local.paths import paths

wsgi_app = "evalsite.wsgi:application"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 2
preload_app = True
timeout = 60
graceful_timeout = 10
keepalive = 65
"""Seconds. A rater's page saves every few seconds and at least twice a minute; a phone need not connect anew
for each. An idle connection costs a file descriptor, no thread."""
control_socket_disable = True
REQUEST_COUNTS = paths().request_counts
raw_env = [f"PROMETHEUS_MULTIPROC_DIR={REQUEST_COUNTS}"]
"""The processes count their requests in files there, and any of them adds these up for /metrics."""
MOST_MEMORY_MB = 250
STALLED_SECONDS = 15
"""A phone that loses its network within a request would else hold a thread until TCP gives up."""


def on_starting(_server: Any) -> None:
    """Counts begin at zero with the server, as Prometheus expects."""
    shutil.rmtree(REQUEST_COUNTS, ignore_errors=True)
    REQUEST_COUNTS.mkdir(mode=0o700, parents=True)


def on_exit(_server: Any) -> None:
    shutil.rmtree(REQUEST_COUNTS, ignore_errors=True)


def when_ready(server: Any) -> None:
    """Before the processes that serve are forked. The tables may be made while the site is loaded."""
    share_memory()
    for listener in server.LISTENERS:
        # Connections inherit it (on Linux).
        limit = struct.pack("ll", STALLED_SECONDS, 0)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    while not paths().may_serve.exists():
        time.sleep(0.05)


def post_request(worker: Any, _request: Any, _environ: Any, _response: Any) -> None:
    """A worker that staff's pages have made big ends when its requests are done; a new one is forked."""
    if memory_mb() > MOST_MEMORY_MB:
        worker.alive = False


def post_fork(server: Any, worker: Any) -> None:
    """A worker whose arbiter was killed ends at once, and not at its next glance at its parent."""
    die_with_parent(signal.SIGTERM)
