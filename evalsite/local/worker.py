"""The Celery worker of the one-machine stack, whose processes all die with it."""

import signal
import sys
from typing import Any

from celery.signals import worker_process_init

from evalsite.celery import app
from evalsite.core.parent import die_with_parent

ARGUMENTS = [
    "worker",
    "--queues=default,analysis,gpu",
    "--loglevel=INFO",
    "--hostname=local@%h",
    "--without-gossip",
    "--without-mingle",
]


@worker_process_init.connect
def bind_to_parent(**_: Any) -> None:
    """What a killed worker was doing is claimed again by another; it must not go on beside that one."""
    die_with_parent(signal.SIGKILL)


if __name__ == "__main__":
    app.worker_main([*ARGUMENTS, *sys.argv[1:]])
