"""Send tasks to the workers by name, once the rows that they need are committed."""

import logging
import time
from functools import partial
from typing import Any

from django.db import transaction

logger = logging.getLogger(__name__)
SLOW_S, PAUSE_S = 0.5, 5.0
"""Seconds. After a broker that hangs was waited for, nothing is sent for a while, so that few pages wait."""
_send_after = 0.0
SWEEP_S = 30.0
"""Seconds between two sweeps. What a sweep sends expires after them: the next one sends it again."""


def enqueue_on_commit(task_name: str, *args: Any, **options: Any) -> None:
    """Send the task when the transaction commits. If the broker does not answer, the sweep sends it later.

    `options` are Celery's. With `expires` (seconds), a task that no worker begins in time is dropped.
    """
    transaction.on_commit(partial(_send, task_name, args, **options))


def _send(task_name: str, args: tuple[Any, ...], **options: Any) -> None:
    global _send_after
    begun = time.monotonic()
    if begun < _send_after:
        logger.warning("broker did not answer just now; %s waits for the next sweep", task_name)
        return
    # Imported late: most processes of the web server start without having a task to send.
    from kombu.exceptions import OperationalError

    from evalsite.celery import app

    try:
        app.send_task(task_name, args=args, **options)
    except (OperationalError, OSError):
        if time.monotonic() - begun > SLOW_S:
            _send_after = time.monotonic() + PAUSE_S
        logger.warning("broker does not answer; %s waits for the next sweep", task_name)
