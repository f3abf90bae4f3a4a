"""Logs hold no secret: whoever reads them must not be able to sign in as anybody."""

import logging
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

SECRET_PATH = re.compile(r"(/r/|/staff/enter/\S*?sesame=)(?!a/)[A-Za-z0-9_\-=]{16,}")


def without_secrets(text: str) -> str:
    return SECRET_PATH.sub(r"\1***", text)


class HideSecrets(logging.Filter):
    """Blanks the secret part of personal and staff links in every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if SECRET_PATH.search(message):
            record.msg, record.args = without_secrets(message), None
        return True


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The same for structlog, whose middleware notes the path of every request."""
    return {
        name: without_secrets(value) if isinstance(value, str) else value for name, value in event.items()
    }


def configure_structlog() -> None:
    """Send structlog's events through `logging`, so that its level holds; else they go straight to stdout."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            hide_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
