"""A worker that is killed while it sends: no message is lost, and one that was sent twice has the same id."""

import os
import signal
import subprocess
import sys
from collections import Counter
from urllib.parse import urlsplit

import pytest
from django.db import connection

from evalsite.core.models import Team
from evalsite.local.paths import REPOSITORY
from evalsite.webhooks import endpoints, outbox
from evalsite.webhooks.models import Delivery, EventType
from tests.webhooks.receiver import Receiver

# Two processes, some seconds each.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
DELIVER = "from evalsite.webhooks import outbox; print(outbox.deliver_due())"


def worker() -> "subprocess.Popen[bytes]":
    """A process that sends what is due, as the Celery task does."""
    server = urlsplit(os.environ["DATABASE_URL"])
    database = server._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    return subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", DELIVER],
        cwd=REPOSITORY,
        env={**os.environ, "DATABASE_URL": database},
    )


def test_a_killed_worker_loses_no_message(receiver: Receiver):
    team = Team.objects.get()
    _endpoint, secret = endpoints.add_endpoint(
        team=team.pk, url=receiver.url, events=[EventType.RUN_FINISHED], by="mara"
    )
    for number in range(10):
        outbox.emit(team.pk, EventType.RUN_FINISHED, {"run": f"run{number}"})
    process = worker()

    def kill_at_fourth() -> None:
        if len(receiver.messages) == 4:
            process.send_signal(signal.SIGKILL)
            process.wait()

    receiver.before_answer = kill_at_fourth
    try:
        assert process.wait(120) == -signal.SIGKILL
    finally:
        process.kill()
    assert Delivery.objects.filter(state="delivered").count() == 3
    receiver.before_answer = lambda: None
    second = worker()
    try:
        assert second.wait(120) == 0
    finally:
        second.kill()
    assert Delivery.objects.filter(state="delivered").count() == 10
    by_run = {message.verified(secret)["data"]["run"]: message.code for message in receiver.messages}
    assert len(by_run) == 10
    times = Counter(message.code for message in receiver.messages)
    assert sorted(times.values()) == [1] * 9 + [2]
    assert set(by_run.values()) == set(times)
