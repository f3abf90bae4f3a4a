"""The Celery worker of the one-machine stack, with Celery beat inside. All its processes die with it."""

import os
import signal
import sys
from typing import Any

from celery.signals import beat_embedded_init, worker_init, worker_process_init, worker_ready

from evalsite.celery import app
from evalsite.core.processes import die_with_parent, share_memory
from evalsite.local.paths import paths

ARGUMENTS = [
    "worker",
    "--queues=default,analysis,gpu",
    "--beat",
    "--loglevel=INFO",
    "--hostname=local@%h",
    "--without-gossip",
    "--without-mingle",
]
BEAT_CHECK_S = 5.0


@worker_init.connect
def load_before_forking(**_: Any) -> None:
    app.loader.import_default_modules()
    share_memory()


@worker_process_init.connect
@beat_embedded_init.connect
def bind_to_parent(**_: Any) -> None:
    """What a killed worker was doing is claimed again by another; it must not go on beside that one."""
    die_with_parent(signal.SIGKILL)


@worker_ready.connect
def mark_ready(**_: Any) -> None:
    paths().worker_ready.touch()


@worker_ready.connect
def stop_without_beat(sender: Any, **_: Any) -> None:
    """Stop when beat has died: Celery does not restart it, but the supervisor restarts the worker."""
    beat = sender.controller.beat

    def check() -> None:
        if not beat.is_alive():
            os.kill(os.getpid(), signal.SIGTERM)

    sender.timer.call_repeatedly(BEAT_CHECK_S, check)


if __name__ == "__main__":
    app.worker_main([*ARGUMENTS, *sys.argv[1:]])
