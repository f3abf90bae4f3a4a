"""`manage.py sweep` begins again what a killed worker left, and leaves alone what one is at work on."""

import threading
import time
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from analysis.models import Report
from analysis.reports import services as reports
from annotations.models import Study
from tests import factories
from tests.factories import locked_by_another_connection

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def running(tmp_path) -> Report:
    """A report that was taken, as the row stands after `kill -9` of its worker."""
    study = factories.make_unblinded(tmp_path, briefs=1)
    report = reports.request(study=study, by=None)
    Report.objects.filter(pk=report.pk).update(state=Report.State.RUNNING)
    return report


@pytest.mark.slow
def test_what_a_killed_worker_left_waits_again_and_is_built(running):
    call_command("sweep")
    running.refresh_from_db()
    assert running.state == "waiting"
    reports.build(running.code)
    running.refresh_from_db()
    assert running.state == "done", running.reason


def test_what_a_worker_holds_is_left_alone(running):
    with locked_by_another_connection(running):
        call_command("sweep")
    running.refresh_from_db()
    assert running.state == "running"


def test_of_two_who_see_to_the_final_report_at_once_one_asks_for_it(running):
    """A worker asks and builds while a sweep, which found none a moment ago, waits for the study."""
    Report.objects.all().delete()
    study = running.study
    asked = threading.Event()

    def work() -> None:
        with transaction.atomic():
            Study.objects.select_for_update().get(pk=study.pk)
            asked.set()
            deadline = time.monotonic() + 60
            while not waited_for() and time.monotonic() < deadline:
                time.sleep(0.01)
            Report.objects.create(study=study, state=Report.State.DONE)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    assert asked.wait(60)
    reports.ensure_final(study.slug)
    worker.join()
    assert [report.state for report in study.reports.all()] == ["done"]


def waited_for() -> bool:
    """Whether some session of this database waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone() != (0,)


def test_sessions_that_have_run_out_are_dropped():
    kept, old = SessionStore(), SessionStore()
    for store, days in ((kept, 1), (old, -1)):
        store["rater"] = "somebody"
        store.set_expiry(timezone.now() + timedelta(days=days))
        store.save()
    call_command("sweep")
    assert [row.session_key for row in Session.objects.all()] == [kept.session_key]
