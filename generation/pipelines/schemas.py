"""Whether a JSON answer keeps its stage's schema: a server may take one and not hold the model to it."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, SchemaError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from evalsite.core.digests import canonical_json
from generation.pipelines.refusals import Refusal
from generation.pipelines.spec import StageSpec
from generation.yaml_files import Node

_MOST = 60
"""Characters of a name or a rule that are shown."""
_MOST_REFERENCES = 16
"""In a schema: each may lead to two more, so that some thirty would take Python for ever."""
_REMEMBERED = 256
"""Schemas of the stages that are worked on; those of runs long ended are forgotten."""
# A pattern is the server's to keep: one that was written carelessly may take Python for ever.
_Validator = extend(Draft202012Validator, {"pattern": lambda *_: None})


def breach_of(stage: StageSpec, data: Mapping[str, Any]) -> Refusal | None:
    """Where an answer first departs from what its schema asks for; a text that is optional may be missing."""
    if stage.schema is None:
        return None
    validator = _validator(canonical_json(stage.schema))
    if validator is None:
        return None
    filled = {name: "" for name in stage.optional if _is_text(stage.schema, name)} | dict(data)
    try:
        error = next(validator.iter_errors(filled), None)
    except (Unresolvable, RecursionError):  # a schema that cannot be followed asks for nothing
        return None
    return None if error is None else _refusal(error)


def _is_text(schema: Mapping[str, Any], name: str) -> bool:
    asked = schema["properties"].get(name)
    return isinstance(asked, dict) and asked.get("type") == "string"


def fault_of(schema: Mapping[str, Any]) -> str:
    """Why nothing can be held to a schema; empty as a rule."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"isn't a valid JSON schema at {_place(error) or 'its root'}"
    references = _references(schema)
    if any(not ref.startswith("#") for ref in references):
        return "refers to another document"
    if len(references) > _MOST_REFERENCES:
        return f"has more than {_MOST_REFERENCES} references"
    return ""


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [ref for each in value for ref in _references(each)]
    if not isinstance(value, dict):
        return []
    own = [value[key] for key in ("$ref", "$dynamicRef") if isinstance(value.get(key), str)]
    return [*own, *(ref for each in value.values() for ref in _references(each))]


@lru_cache(maxsize=_REMEMBERED)
def _validator(schema: str) -> Any:
    """None for one that a run froze before schemas were looked at, and that is none."""
    found = json.loads(schema)
    return None if fault_of(found) else _Validator(found, registry=Registry())


def _refusal(error: Any) -> Refusal:
    place, rule = _place(error), str(error.validator)
    if rule == "required":
        absent = next(name for name in error.validator_value if name not in error.instance)
        return Refusal("schema-lacks", {"part": _below(place, absent)})
    if rule == "additionalProperties" and error.validator_value is False:
        known = error.schema.get("properties", {})
        extra = min(name for name in error.instance if name not in known)
        return Refusal("schema-extra", {"part": _below(place, extra)})
    if rule == "type":
        kinds = error.validator_value
        kind = kinds if isinstance(kinds, str) else ", ".join(kinds)
        return Refusal("schema-type", {"part": place, "type": kind})
    wanted = json.dumps(error.validator_value, ensure_ascii=False)
    return Refusal("schema", {"part": place or "{}", "rule": f"{rule} {wanted}"[:_MOST]})


def _place(error: Any) -> str:
    """Where in the answer: `beats.2.key`, counted from one."""
    path = [each + 1 if isinstance(each, int) else each for each in error.absolute_path]
    return ".".join(str(each)[:_MOST] for each in path)


def _below(place: str, name: str) -> str:
    return f"{place}.{name[:_MOST]}" if place else name[:_MOST]


MOST_VALUES = 2_000
"""A schema's values at most. An alias counts wherever it is named: ten lines can name a billion."""
MOST_DEPTH = 40
MOST_WHOLE = 2**53


class _TooMuch(ValueError):
    """A schema that cannot be sent; says why."""


def read_schema(node: Node, split: str, parts: Sequence[str]) -> dict[str, Any] | None:
    """The schema as plain data; None where it is wrong, which is told to the node's document."""
    if not isinstance(node.value, dict) or split != "json":
        node.fault("schema must be a mapping, with split: json.", "add split: json.")
        return None
    try:
        schema: dict[str, Any] = _plain(node.value, iter(range(MOST_VALUES)), 0)
    except _TooMuch as fault:
        node.fault(f"the schema {fault}.", "use a small, plain JSON schema.")
        return None
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        node.fault("the schema has no properties.", "add a property for each part.")
    elif strangers := sorted(set(parts) - set(properties)):
        node.fault(f"the schema has no property {', '.join(strangers)}.", "add a property for each part.")
    elif why := fault_of(schema):
        node.fault(f"the schema {why}.", "use a self-contained schema of draft 2020-12.")
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
