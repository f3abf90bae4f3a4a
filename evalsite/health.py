"""Whether the process lives, whether it can serve, and counts for Prometheus."""

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from evalsite.core.clients import is_private_client


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


WRITE = "SELECT count(*) FROM unnest(array_fill(repeat('x', 8000), ARRAY[256]))"
"""PostgreSQL stores the rows of a function. These 2 MB are more than `work_mem` below, so it writes them to a
temporary file beside the tables. That takes 10 ms, and neither the write-ahead log nor any table grows."""
NO_RESOURCES = ("53", "58")
"""Classes of SQLSTATE: insufficient resources, such as a full disk, and errors of the operating system."""


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and can write. Without the broker, pages are served and work waits."""
    found = {"database": _database(), "broker": _broker()}
    return JsonResponse(found, status=200 if found["database"] == "ok" else 503)


def _database() -> str:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64kB'")
            cursor.execute(WRITE)
    except (DatabaseError, InterfaceError) as error:
        state = getattr(error.__cause__, "sqlstate", None) or ""
        return "cannot write: the disk is full" if state.startswith(NO_RESOURCES) else "does not answer"
    return "ok"


def _broker() -> str:
    from evalsite.celery import app

    with app.connection_for_write() as broker:
        try:
            broker.connect()
        except (OSError, *broker.connection_errors):
            return "does not answer"
    return "ok"


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
