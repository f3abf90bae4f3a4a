"""Operations: ids of requests on error pages and in the log, log lines as JSON, and what /metrics counts."""

import io
import json
import logging
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery.contrib.testing.worker import start_worker
from django.test import Client
from django_structlog.celery.receivers import CeleryReceiver
from ruamel.yaml import YAML
from structlog.contextvars import bind_contextvars, clear_contextvars

from evalsite.celery import app
from evalsite.core.logs import HideSecrets, log_format
from generation.models import Run
from generation.runs.services import WORK
from generation.tasks import work_run
from tests.annotations.desk.cast import at_desk, make_study
from tests.generation.conftest import en_brief, fake, planned

__all__ = ["en_brief"]


@contextmanager
def listening(form: str = "json") -> Iterator[io.StringIO]:
    """The log as a server writes it, or as `make run` does (`plain`)."""
    root, level = logging.getLogger(), logging.getLogger().level
    handler = logging.StreamHandler(io.StringIO())
    settings = log_format(form)
    handler.setFormatter(settings.pop("()")(**settings))
    handler.addFilter(HideSecrets())
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler.stream
    root.removeHandler(handler)
    root.setLevel(level)
    clear_contextvars()


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    with listening() as stream:
        yield stream


def read(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Client:
    def fail(*_: object) -> None:
        raise ValueError("it broke")

    monkeypatch.setattr("django.core.handlers.base.BaseHandler._get_response", fail)
    return Client(raise_request_exception=False)


def test_an_error_page_names_the_id_that_the_log_has(failing: Client, lines: io.StringIO) -> None:
    answer = failing.get("/", headers={"x-request-id": "mine"})
    assert answer.status_code == 500
    request_id = answer["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{16}", request_id)
    page = answer.content.decode()
    assert page.count(f"<code>{request_id}</code>") == 2
    assert "Error ID" in page
    assert "错误编号" in page
    errors = [line for line in read(lines) if "it broke" in line.get("exception", "")]
    assert [line["request_id"] for line in errors] == [request_id]
    assert errors[0]["level"] == "error"
    assert failing.get("/")["X-Request-ID"] != request_id


def test_a_line_has_its_request_and_the_study_of_a_staff_page(lines: io.StringIO, staff: Client) -> None:
    reader = at_desk(make_study())
    for client, address in ((reader.client, f"/r/{reader.secret}/"), (staff, "/studies/harbour/")):
        answer = client.get(address, headers={"x-request-id": "mine"})
        own = [line for line in read(lines) if line.get("request_id") == answer["X-Request-ID"]]
        assert {"request_started", "request_finished"} <= {line["event"] for line in own}
    assert own[-1]["study"] == "harbour"
    assert reader.secret not in lines.getvalue()
    assert "mine" not in lines.getvalue()


def test_secrets_in_a_traceback_are_blanked(lines: io.StringIO) -> None:
    try:
        raise ValueError(f"no page at /r/{'s' * 43}/")
    except ValueError:
        logging.getLogger("django.request").exception("failed")
    assert "/r/***/" in read(lines)[-1]["exception"]
    assert "s" * 43 not in lines.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_task_s_lines_have_its_id_and_the_request_that_sent_it(en_brief) -> None:
    run = planned(en_brief, fake())
    assert work_run.name == WORK
    # A worker configures logging when it starts.
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=60), listening() as lines:
        bind_contextvars(request_id="of-the-page")
        sent = app.send_task(WORK, args=(run.code,))
        deadline = time.monotonic() + 60
        # The queue may hold tasks that other tests sent.
        own: dict[str, dict] = {}
        while own.keys() < {"task_started", "task_succeeded"}:
            assert time.monotonic() < deadline
            time.sleep(0.05)
            complete = lines.getvalue().rpartition("\n")[0]
            own = {
                line["event"]: line
                for line in map(json.loads, complete.splitlines())
                if line.get("task_id") == sent.id
            }
    assert own["task_started"]["request_id"] == "of-the-page"
    assert Run.objects.get().state == Run.State.DONE


def test_a_failed_task_is_logged_as_plain_text(failing: Client) -> None:
    with listening("plain") as lines:
        CeleryReceiver().receiver_task_failure(task_id="a1", exception=ValueError("it broke"))
        failing.get("/")
    assert re.search("task_failed .*error='?it broke'?.* task_id=a1", lines.getvalue())
    assert "request_failed" in lines.getvalue()


def scrape(client: Client) -> str:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return answer.content.decode()


def value(text: str, name: str) -> float:
    (found,) = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found)


def test_requests_are_counted_by_route(client: Client, db: None) -> None:
    reader = at_desk(make_study())

    def count(pattern: str) -> float:
        text = scrape(client)
        assert reader.secret not in text
        assert reader.address().split("/")[-2] not in text
        return sum(map(float, re.findall(rf"^{pattern} (\S+)$", text, re.MULTILINE)))

    requests = r'evalsite_requests_total\{method="GET",route="r/a/<[^"]*>/",status="200"\}'
    times = r'evalsite_request_seconds_count\{method="GET",route="r/a/<[^"]*>/"\}'
    before = count(requests), count(times)
    reader.get(reader.address())
    assert (count(requests), count(times)) == (before[0] + 1, before[1] + 1)
    client.generic("BREW", "/nowhere/")
    assert count(r'evalsite_requests_total\{method="other",route="",status="404"\}') >= 1


def test_the_state_of_the_site(client: Client, en_brief, settings, tmp_path: Path) -> None:
    assert value(scrape(client), "evalsite_job_oldest_waiting_seconds") == 0
    run = planned(en_brief, fake(), samples=2)
    Run.objects.filter(pk=run.pk).update(created_at="2026-01-01T00:00Z")
    at_desk(make_study())
    settings.BACKUP_FOLDER = str(tmp_path)
    for name, age in (("old", 7200), ("new", 3600)):
        (tmp_path / f"{name}.backup").touch()
        os.utime(tmp_path / f"{name}.backup", (time.time() - age,) * 2)
    text = scrape(client)
    assert value(text, 'evalsite_rows{state="waiting",table="job"}') == 2
    assert value(text, "evalsite_judgments_total") == 0
    assert value(text, "evalsite_job_oldest_waiting_seconds") > 3600
    assert 3600 <= value(text, "evalsite_backup_age_seconds") < 7000
    assert value(text, "evalsite_disk_free_bytes") > 0
    assert value(text, "evalsite_database_bytes") > 0
    assert value(text, 'evalsite_up{service="database"}') == 1
    assert value(text, 'evalsite_queue_messages{queue="gpu"}') >= 0


def test_a_database_that_does_not_answer_is_reported(client: Client, hung: None) -> None:
    text = scrape(client)
    assert value(text, 'evalsite_up{service="database"}') == 0
    assert "evalsite_rows{" not in text
    assert "evalsite_disk_free_bytes" in text


def test_the_documentation_lists_every_metric(client: Client, db: None) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/monitoring.md").read_text()
    names = set(re.findall(r"^# TYPE (evalsite_\w+) ", scrape(client), re.MULTILINE))
    documented = set(re.findall(r"`(evalsite_\w+)[`{]", page))
    assert {name for name in names if not name.endswith("_created")} <= documented


@pytest.mark.django_db
def test_the_example_for_prometheus_reads_the_metrics_of_an_installed_site(settings) -> None:
    file = Path(__file__).parents[2] / "deploy/prometheus/prometheus.yml"
    (scrape,) = YAML(typ="safe").load(file.read_text())["scrape_configs"]
    (target,) = scrape["static_configs"][0]["targets"]
    settings.ALLOWED_HOSTS, settings.METRICS_TOKEN = ["study.example.org"], "token"
    headers = {"host": target, "authorization": "Bearer token"}
    answer = Client().get("/metrics", headers=headers, secure=scrape["scheme"] == "https")
    assert answer.status_code == 200
