"""The JSON schema of a stage, which a server gets as it stands: plain data, of a size that can be sent."""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from generation.files import Node
from generation.pipelines.schemas import fault_of

MOST_VALUES = 2_000
"""A schema's values at most. An alias counts wherever it is named: ten lines can name a billion."""
MOST_DEPTH = 40
MOST_WHOLE = 2**53


class _TooMuch(ValueError):
    """A schema that cannot be sent; says why."""


def read_schema(node: Node, split: str, parts: Sequence[str]) -> dict[str, Any] | None:
    """The schema as plain data; None where it is wrong, which is told to the node's document."""
    if not isinstance(node.value, dict) or split != "json":
        node.fault("a schema goes with split: json, as a mapping.", "add split: json.")
        return None
    try:
        schema: dict[str, Any] = _plain(node.value, iter(range(MOST_VALUES)), 0)
    except _TooMuch as fault:
        node.fault(f"the schema {fault}.", "give a plain, small JSON schema.")
        return None
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        node.fault("the schema has no mapping of properties.", "give each part a property.")
    elif strangers := sorted(set(parts) - set(properties)):
        node.fault(f"the schema has no property {', '.join(strangers)}.", "give each part a property.")
    elif why := fault_of(schema):
        node.fault(f"the schema {why}.", "give one of draft 2020-12 that stands by itself.")
    else:
        return schema
    return None


def _plain(value: Any, left: Iterator[int], depth: int) -> Any:
    if next(left, None) is None or depth > MOST_DEPTH:
        raise _TooMuch(f"has more than {MOST_VALUES:,} values, or they nest more than {MOST_DEPTH} deep")
    if isinstance(value, dict):
        return {str(key): _plain(each, left, depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, left, depth + 1) for each in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        raise _TooMuch(f"has {value} in it, which JSON does not know")
    if isinstance(value, int) and abs(value) > MOST_WHOLE:
        raise _TooMuch("has a number in it that is too large")
    if isinstance(value, int | float):
        return json.loads(json.dumps(value))  # without the layout that a file's numbers remember
    return str(value)
