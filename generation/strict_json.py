"""JSON that can be read in one way only: no field stands twice, no number is NaN or infinite."""

import json
from collections.abc import Sequence
from typing import Any

from evalsite.core.reason_codes import Reason


class NotJson(ValueError):
    """What cannot be read. Its words say why where a laxer reader would have guessed; else it has none."""


def decode(text: str) -> Any:
    """What a JSON text says. Raises `NotJson`."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except NotJson:
        raise
    except (ValueError, RecursionError) as error:
        raise NotJson from error


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose fields stand once each: of two it could not be said which is meant."""
    if len({key for key, _ in pairs}) < len(pairs):
        raise NotJson(Reason("field-twice"))
    return dict(pairs)


def _no_number(word: str) -> float:
    raise NotJson(Reason("not-a-number", word=word))
