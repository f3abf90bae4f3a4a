"""Digests: how a text or a record is known for good."""

import hashlib
import json
import unicodedata
from typing import Any


def canonical_text(text: str) -> str:
    """NFC with LF line ends: the form in which a text is stored, hashed and counted."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def text_digest(text: str) -> str:
    """SHA-256 of the canonical text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_text(text).encode()).hexdigest()


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spare blanks, the same for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def json_digest(value: Any) -> str:
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
