"""Send tasks to the workers by name, once the rows that they need are committed."""

import logging
from functools import partial
from typing import Any

from django.db import transaction

logger = logging.getLogger(__name__)


def enqueue_on_commit(task_name: str, *args: Any) -> None:
    """Send the task when the transaction commits. If the broker does not answer, the sweep sends it later."""
    transaction.on_commit(partial(_send, task_name, args))


def _send(task_name: str, args: tuple[Any, ...]) -> None:
    # Imported late: most processes of the web server start without having a task to send.
    from kombu.exceptions import OperationalError

    from evalsite.celery import app

    try:
        app.send_task(task_name, args=args)
    except (OperationalError, OSError):
        logger.warning("broker does not answer; %s waits for the next sweep", task_name)
