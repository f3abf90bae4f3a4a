"""The API's schema, and the Swagger page that shows it."""

import threading

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
