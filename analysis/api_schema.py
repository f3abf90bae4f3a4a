"""The API's schema, which includes the JSON Schema of report.json, and the Swagger page that shows it."""

import json
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from evalsite.core.access import staff_required

# Swagger UI sets styles inline; its scripts come from drf-spectacular-sidecar, like all static files.
SWAGGER_CSP = {**settings.SECURE_CSP, "style-src": ["'self'", "'unsafe-inline'"]}

# drf-spectacular loads its extensions with the first schema, and fails if another thread asks meanwhile.
_one_at_a_time = threading.Lock()


@require_safe
@csp_override(SWAGGER_CSP)
@staff_required
def docs(request: HttpRequest) -> HttpResponse:
    """Show the schema in Swagger UI. The packages behind it are imported on the first request."""
    from drf_spectacular.views import SpectacularSwaggerSplitView
    from rest_framework.permissions import IsAdminUser

    view = SpectacularSwaggerSplitView.as_view(url_name="api-schema", permission_classes=[IsAdminUser])
    return view(request)


def schema(request: HttpRequest) -> HttpResponse:
    """Return the schema as OpenAPI."""
    from drf_spectacular.views import SpectacularAPIView
    from rest_framework.permissions import IsAdminUser

    with _one_at_a_time:
        return SpectacularAPIView.as_view(permission_classes=[IsAdminUser])(request)


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
