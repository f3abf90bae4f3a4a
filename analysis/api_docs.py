"""The API on one page, made from its schema: no script from elsewhere is needed to read it."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.http import require_safe

from evalsite.core.access import staff_required


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address: its method, what it gives, and the parameters of the query."""

    method: str
    path: str
    says: str
    query: list[tuple[str, str]]


@require_safe
@staff_required
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "analysis/api_docs.html", {"endpoints": endpoints(), "host": request.get_host()})


def schema(request: HttpRequest) -> HttpResponse:
    """The schema itself, as OpenAPI. What makes it is imported when somebody asks for it."""
    from drf_spectacular.views import SpectacularAPIView
    from rest_framework.permissions import IsAdminUser

    return SpectacularAPIView.as_view(permission_classes=[IsAdminUser])(request)


def endpoints() -> list[Endpoint]:
    """Every address of version 1, in the schema's order."""
    from drf_spectacular.generators import SchemaGenerator

    # The schema is in English; what is around it follows the reader.
    with override("en"):
        schema = SchemaGenerator().get_schema(request=None, public=True)
    return [
        Endpoint(
            method=method.upper(),
            path=path,
            says=operation.get("description", ""),
            query=[
                (row["name"], " | ".join(row["schema"].get("enum", [])) or row.get("description", ""))
                for row in operation.get("parameters", [])
                if row["in"] == "query"
            ],
        )
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
        if path.startswith("/api/v1/")
    ]
