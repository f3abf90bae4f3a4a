"""Whether the process lives, whether it can serve, and counts for Prometheus."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest


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
    """Row counts that say whether work flows; nothing here is sealed."""
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
