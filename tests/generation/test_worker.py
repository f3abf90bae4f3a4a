"""One real brief through both stages: real broker, real Celery worker, HTTP server, database."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from evalsite.celery import app
from generation.models import Job, Run, Script
from generation.pipelines import find_system
from generation.runs.services import WORK, plan_run
from generation.tasks import work_run
from tests.generation.conftest import fake, planned

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 300


def database_url() -> str:
    """The test database as an address for another process: the server that all tests have, another name."""
    given = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(given._replace(path="/" + connection.settings_dict["NAME"]))


@pytest.fixture
def worker(broker_url):
    env = os.environ | {"DATABASE_URL": database_url(), "BROKER_URL": broker_url}
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "evalsite.celery",
        "worker",
        "--pool=solo",
        "-Q",
        "default",
    ]
    process = subprocess.Popen(
        [*command, "--loglevel=WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"],
        cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    yield process
    process.terminate()
    try:
        process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


@pytest.mark.django_db(transaction=True)
def test_both_stages_by_a_celery_worker(en_brief, server, worker, broker_url):
    run = plan_run(specs=[find_system("dsr")], briefs=[en_brief], base_url=server.url, wake=False).run
    with app.connection_for_write(broker_url) as broker:
        app.send_task(WORK, args=(run.code,), connection=broker)
        deadline = time.monotonic() + PATIENCE_S
        while run.jobs.filter(state=Job.State.DONE).count() < 1 and time.monotonic() < deadline:
            assert worker.poll() is None, worker.stdout.read().decode()[-2000:]
            time.sleep(0.1)  # the end of the work is asked of the database
    assert [body["model"] for body in server.requests] == ["dsr-novel", "screenwriter"]
    assert Script.objects.get().job.run == run


@pytest.mark.django_db
def test_the_task_may_run_twice(en_brief):
    run = planned(en_brief, fake("fake-dsr"))
    work_run(run.code)
    work_run(run.code)
    run.refresh_from_db()
    assert (run.state, Script.objects.count()) == (Run.State.DONE, 1)


@pytest.mark.django_db
def test_a_run_that_is_gone_is_no_fault():
    work_run("no-such-run")
