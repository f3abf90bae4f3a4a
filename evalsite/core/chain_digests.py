"""The digests of the audit trail: what a line commits to, and what joins it to the line before.

A line's values (who, about, and each value of `detail`) enter the chain as salted commitments. So a value can
be erased, with its salt, and the chain stays valid. An erased name can't be guessed from the remaining
digests.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from evalsite.core.digests import canonical_json, json_digest

FIRST = "0" * 64
"""What the first line has in the place of an earlier line's digest."""


def new_salt() -> str:
    return secrets.token_hex(16)


def committed_values(who: str, about: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a line by the names under which the chain knows them."""
    return {"who": who, "about": about} | {f"detail.{key}": value for key, value in detail.items()}


def commitment(value: Any, salt: str) -> str:
    return sha256(f"{salt}\n{canonical_json(_as_stored(value))}".encode()).hexdigest()


def content_digest(at: datetime, verb: str, commitments: Mapping[str, str]) -> str:
    """The digest of a line apart from its place."""
    return json_digest([at.astimezone(UTC).isoformat(timespec="microseconds"), verb, dict(commitments)])


def line_digest(sequence: int, previous: str, content: str) -> str:
    """The digest of a line in its place, as the database computes it too (`core/0005_audit_chain`)."""
    return sha256(f"{sequence}\n{previous}\n{content}".encode()).hexdigest()


def _as_stored(value: Any) -> Any:
    """The value as PostgreSQL returns it from a column of JSON: it writes large floats as whole numbers."""
    return json.loads(json.dumps(value), parse_float=_stored_float)


def _stored_float(text: str) -> float | int:
    number = float(text)
    return int(Decimal(text)) if number.is_integer() and abs(number) >= 1e16 else number + 0.0
