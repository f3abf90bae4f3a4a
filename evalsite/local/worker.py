"""The Celery worker of the one-machine stack, with Celery beat in a thread. All its processes die with it."""

import os
import signal
import sys
from typing import Any

from billiard.util import get_pdeathsig
from celery.beat import EmbeddedService
from celery.signals import worker_init, worker_process_init, worker_ready

from evalsite.celery import app
from evalsite.core.processes import die_with_parent, share_memory
from evalsite.local.paths import paths

ARGUMENTS = [
    "worker",
    "--queues=default,analysis,gpu",
    "--loglevel=INFO",
    "--hostname=local@%h",
    "--without-gossip",
    "--without-mingle",
]
BEAT_CHECK_S = 5.0


@worker_init.connect
def load_before_forking(**_: Any) -> None:
    app.loader.import_default_modules()
    # Asks what every child asks. That loads a parser of C, which would take 10 MB in each of them.
    get_pdeathsig()
    share_memory()


@worker_process_init.connect
def bind_to_parent(**_: Any) -> None:
    """What a killed worker was doing is claimed again by another; it must not go on beside that one."""
    die_with_parent(signal.SIGKILL)


@worker_ready.connect
def mark_ready(**_: Any) -> None:
    paths().worker_ready.touch()


@worker_ready.connect
def start_beat(sender: Any, **_: Any) -> None:
    """Run beat in a thread: with Celery's option --beat it is a process, which takes 50 MB.

    Stop when it has died: Celery does not restart it, but the supervisor restarts the worker.
    """
    beat = EmbeddedService(app, thread=True, schedule_filename=app.conf.beat_schedule_filename)
    beat.start()

    def check() -> None:
        if not beat.is_alive():
            os.kill(os.getpid(), signal.SIGTERM)

    sender.timer.call_repeatedly(BEAT_CHECK_S, check)


if __name__ == "__main__":
    app.worker_main([*ARGUMENTS, *sys.argv[1:]])
