"""Logs hold no secret: whoever reads them must not be able to sign in as anybody."""

import logging
import re

SECRET_PATH = re.compile(r"(/r/|/staff/enter/\S*?sesame=)(?!a/)[A-Za-z0-9_\-=]{16,}")


class HideSecrets(logging.Filter):
    """Blanks the secret part of personal and staff links in every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if SECRET_PATH.search(message):
            record.msg, record.args = SECRET_PATH.sub(r"\1***", message), None
        return True
