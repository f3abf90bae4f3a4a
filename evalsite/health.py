"""Whether the process lives, whether it can serve, and counts for Prometheus."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from evalsite.core.clients import is_private_client


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers; the broker only wakes workers, so its absence does not stop serving."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"database": "does not answer"}, status=503)
    return JsonResponse({"database": "ok"})


def metrics(request: HttpRequest) -> HttpResponse:
    """Row counts that say whether work flows; nothing here is sealed.

    For who sends METRICS_TOKEN; without that setting, for private addresses.
    """
    if not _may_read_metrics(request):
        text = "Send METRICS_TOKEN as a bearer token, or ask from a private address if none is set.\n"
        response = HttpResponse(text, status=401, content_type="text/plain")
        response["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return response
    registry = CollectorRegistry()
    gauge = Gauge("evalsite_rows", "Rows by table and state", ["table", "state"], registry=registry)
    queries = {
        "assignment": "SELECT state, count(*) FROM annotations_assignment GROUP BY state",
        "job": "SELECT state, count(*) FROM generation_job GROUP BY state",
        "study": "SELECT state, count(*) FROM annotations_study GROUP BY state",
    }
    with connection.cursor() as cursor:
        for table, query in queries.items():
            cursor.execute(query)
            for state, count in cursor.fetchall():
                gauge.labels(table, state).set(count)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(request: HttpRequest) -> bool:
    if not settings.METRICS_TOKEN:
        return is_private_client(request)
    return constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}")
