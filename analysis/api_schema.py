"""The JSON Schema of report.json as a part of the API's schema."""

import json
from pathlib import Path
from typing import Any

RESULTS = "#/components/schemas/ReportResults"
FILE = Path(__file__).parent / "stats" / "report.schema.json"
SINGLE = [{"type": ["string", "number", "boolean", "null"]}, {"$ref": "#/components/schemas/ReportParams"}]


def add_report_schema(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: add the component that `RESULTS` refers to, with its parts."""
    schema = json.loads(FILE.read_text(), object_hook=_with_component_names)
    parts = schema.pop("$defs")
    # In the file these are any object: what the sentence of a code names.
    values = [*SINGLE, {"type": "array", "items": {"anyOf": SINGLE}}]
    parts["params"] |= {"additionalProperties": {"anyOf": values}}
    components = result["components"]["schemas"]
    components |= {f"Report{name.title().replace('_', '')}": part for name, part in parts.items()}
    components["ReportResults"] = {key: value for key, value in schema.items() if key != "$schema"}
    result["components"]["schemas"] = dict(sorted(components.items()))
    return result


def _with_component_names(node: dict[str, Any]) -> dict[str, Any]:
    if str(node.get("$ref", "")).startswith("#/$defs/"):
        name = node["$ref"].rpartition("/")[2].title().replace("_", "")
        node["$ref"] = f"#/components/schemas/Report{name}"
    return node
