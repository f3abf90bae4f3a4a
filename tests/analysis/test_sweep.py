"""`manage.py sweep` begins again what a killed worker left, and leaves alone what one is at work on."""

import threading

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from analysis import reports
from analysis.models import Report
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def running(tmp_path) -> Report:
    """A report that was taken, as the row stands after `kill -9` of its worker."""
    study = factories.make_study(tmp_path, state="open", briefs=1)
    factories.fill(study)
    factories.unblind(study)
    report = reports.request(study=study, by=None)
    Report.objects.filter(pk=report.pk).update(state=Report.State.RUNNING)
    return report


def test_what_a_killed_worker_left_waits_again_and_is_built(running):
    call_command("sweep")
    running.refresh_from_db()
    assert running.state == "waiting"
    reports.build(running.code)
    running.refresh_from_db()
    assert running.state == "done", running.reason


def test_what_a_worker_holds_is_left_alone(running):
    held, swept = threading.Event(), threading.Event()

    def work() -> None:
        with transaction.atomic():
            Report.objects.select_for_update().get(pk=running.pk)
            held.set()
            swept.wait(300)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    assert held.wait(300)
    try:
        call_command("sweep")
        running.refresh_from_db()
        assert running.state == "running"
    finally:
        swept.set()
        worker.join()
