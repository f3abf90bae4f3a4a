"""Whether the process lives, whether it can serve, and counts for Prometheus."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Count, Min
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from analysis.models import Report
from annotations.models import Assignment, Mail, Study
from evalsite.core.clients import is_private_client
from evalsite.core.clock import database_now
from generation.models import Job, Run


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
    """What docs/monitoring.md lists, for Prometheus. Nothing here is sealed or about a person.

    For who sends METRICS_TOKEN; without that setting, for private addresses.
    """
    if not _may_read_metrics(request):
        refusal = "Send METRICS_TOKEN as a bearer token, or ask from a private address if none is set.\n"
        response = HttpResponse(refusal, status=401, content_type="text/plain")
        response["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return response
    site = CollectorRegistry()
    site.register(SiteCollector())
    text = generate_latest(site) + generate_latest(request_registry())
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def request_registry() -> CollectorRegistry:
    """The requests of all web processes of this machine, or of this process where they share no folder."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


class SiteCollector(Collector):
    """Reads the state of the site at each scrape, and leaves out what does not answer."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("evalsite_up", "Whether a service answers", labels=["service"])
        try:
            found = [*_rows(), _judgments(), _oldest_job(), _database_size()]
        except (DatabaseError, InterfaceError):
            found = []
        up.add_metric(["database"], float(bool(found)))
        yield from found
        queues = _queues()
        up.add_metric(["broker"], float(queues is not None))
        if queues is not None:
            yield queues
        yield up
        free = GaugeMetricFamily("evalsite_disk_free_bytes", "Free space of the disk with VAR_DIR")
        free.add_metric([], shutil.disk_usage(settings.VAR_DIR).free)
        yield free
        if times := [path.stat().st_mtime for path in _backups()]:
            backup = GaugeMetricFamily("evalsite_backup_age_seconds", "Age of the newest backup")
            backup.add_metric([], time.time() - max(times))
            yield backup


def _rows() -> Iterator[Metric]:
    rows = GaugeMetricFamily("evalsite_rows", "Rows by table and state", labels=["table", "state"])
    models: dict[str, Any] = {
        "assignment": Assignment,
        "job": Job,
        "mail": Mail,
        "report": Report,
        "run": Run,
        "study": Study,
    }
    if apps.is_installed("evalsite.webhooks"):
        models["webhook_delivery"] = apps.get_app_config("webhooks").get_model("Delivery")
    for table, model in models.items():
        for state, count in model.objects.order_by().values_list("state").annotate(Count("pk")):
            rows.add_metric([table, state], count)
    yield rows


def _judgments() -> Metric:
    accepted = CounterMetricFamily("evalsite_judgments", "Assignments whose judgments were accepted")
    accepted.add_metric([], Assignment.objects.filter(state=Assignment.State.SUBMITTED).count())
    return accepted


def _oldest_job() -> Metric:
    """By the start of its run, or by the end of its pause after a failure."""
    due = Job.objects.filter(state=Job.State.WAITING, run__state=Run.State.ACTIVE)
    since = due.aggregate(since=Min(Coalesce("not_before", "run__created_at")))["since"]
    age = (database_now() - since).total_seconds() if since else 0.0
    oldest = GaugeMetricFamily("evalsite_job_oldest_waiting_seconds", "How long the oldest job has waited")
    oldest.add_metric([], max(0.0, age))
    return oldest


def _database_size() -> Metric:
    size = GaugeMetricFamily("evalsite_database_bytes", "Size of the database")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size.add_metric([], cursor.fetchone()[0])
    return size


def _queues() -> Metric | None:
    """The messages that wait in each queue; None where the broker does not answer."""
    from evalsite.celery import app

    found = GaugeMetricFamily("evalsite_queue_messages", "Messages that wait for a worker", labels=["queue"])
    with app.connection_for_write() as broker:
        try:
            for queue in app.conf.task_queues:
                found.add_metric([queue.name], _messages(broker, queue.name))
        except (OSError, *broker.connection_errors):
            return None
    return found


def _messages(broker: Any, queue: str) -> int:
    try:
        return int(broker.default_channel.queue_declare(queue, passive=True).message_count)
    except broker.channel_errors:  # No worker has started yet, so there is no such queue.
        return 0


def _backups() -> Iterator[Path]:
    return Path(settings.BACKUP_FOLDER).rglob("*.backup") if settings.BACKUP_FOLDER else iter(())


def _may_read_metrics(request: HttpRequest) -> bool:
    if not settings.METRICS_TOKEN:
        return is_private_client(request)
    return constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}")
