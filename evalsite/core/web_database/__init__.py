"""How long the web server waits for the database and the broker. Workers and commands wait without limit."""

from typing import Any

from django.conf import LazySettings

from evalsite.core.web_database import base

BROKER_S = 0.7
"""For one answer of the broker. Sending a task can take three times as long."""


def limit_waiting(settings: LazySettings) -> None:
    """Bound how long requests wait, whatever hangs. Call this before Django is set up."""
    database: dict[str, Any] = settings.DATABASES["default"]
    database["ENGINE"] = "evalsite.core.web_database"
    database.setdefault("OPTIONS", {})["connect_timeout"] = base.CONNECT_S
    read = (
        {"socket_timeout": BROKER_S, "socket_connect_timeout": BROKER_S}
        if settings.BROKER_URL.startswith(("redis", "valkey"))
        else {"read_timeout": BROKER_S, "write_timeout": BROKER_S}
    )
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **read}
    settings.CELERY_BROKER_CONNECTION_TIMEOUT = BROKER_S
    # Once more, for a connection that an earlier broker has closed.
    settings.CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
