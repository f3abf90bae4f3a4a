"""Logs hold no secret and name nobody: whoever reads them can neither sign in as anybody nor tell from a
recruiting service's ids who a rater is."""

import logging
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from django.db import OperationalError

SECRET_PATH = re.compile(
    r"(/r/|/shared/|/staff/enter/\S*?sesame=|/staff/password/\w+/)(?!a/)[A-Za-z0-9_\-=]{16,}"
)
RATER_QUERY = re.compile(r"(/r/[^\s?\"'<>]*\?)[^\s\"'<>]+")
"""What follows a rater's address: the ids that recruiting services put there."""
IDS = re.compile(r"\b((?:PROLIFIC_PID|STUDY_ID|SESSION_ID)(?:=|%3D))[^&\s\"'<>]+", re.IGNORECASE)
"""The same wherever else they stand, in the address from which somebody came for instance."""


STAFF_RATER_QUERY = re.compile(r"(/raters/[^\s?\"'<>&]*?(?:\?|%3F))[^\s\"'<>]+", re.IGNORECASE)
"""A search of staff for a rater's label or address, also inside the address of a sign-in page."""
_PATTERNS = (SECRET_PATH, RATER_QUERY, STAFF_RATER_QUERY, IDS)


def without_secrets(text: str) -> str:
    for pattern in _PATTERNS:
        text = pattern.sub(r"\1***", text)
    return text


class HideSecrets(logging.Filter):
    """Blanks the secrets of links, and ids of recruiting services, in every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, dict):
            return True  # An event of structlog: `hide_secrets` has seen it.
        message = record.getMessage()
        if (blanked := without_secrets(message)) != message:
            record.msg, record.args = blanked, None
        return True


REQUESTS = {"django.request", "django_structlog.middlewares.request"}


class ShortOutages(logging.Filter):
    """Leave the traceback out where the database did not answer: an outage would fill the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if (
            record.name in REQUESTS
            and not isinstance(record.msg, dict)
            and isinstance(error, OperationalError)
        ):
            reason = " ".join(str(error).split())[:300]
            record.msg, record.args = "%s: %s", (record.getMessage(), reason)
            record.exc_info = record.exc_text = None
        return True


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The same for structlog, whose middleware notes the path of every request."""
    return {
        name: without_secrets(value) if isinstance(value, str) else value for name, value in event.items()
    }


def drop_traceback(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Django and Celery log the traceback of an error themselves, under the same request or task.

    In a task's line `exception` is the error itself, which renderers take for a traceback's text. Its
    message is in `error`.
    """
    event.pop("exc_info", None)
    if isinstance(event.get("exception"), BaseException):
        del event["exception"]
    return event


def configure_structlog() -> None:
    """Send structlog's events through `logging`, so that its level and its format hold."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            drop_traceback,
            hide_secrets,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def log_format(name: str) -> dict[str, Any]:
    """The formatter of `logging`: `json`, one object a line, or `plain` for people.

    Each line has the id of its request, or the task and the request that caused it, where there is one.
    """
    renderer: Any = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    last = [
        structlog.processors.format_exc_info,
        hide_secrets,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [structlog.contextvars.merge_contextvars],
        "processors": [
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *(last if name == "json" else [renderer]),
        ],
    }
