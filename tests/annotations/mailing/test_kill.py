"""Mailing: 200 raters from one file, reminders, replacements, erasures, and a worker that is killed."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from annotations.desk import services
from annotations.mailing import outbox
from annotations.models import Mail, Rater, RaterContact, Seat, Study
from evalsite.core.models import AuditEvent
from evalsite.local.paths import REPOSITORY
from tests.annotations.mailing.conftest import post_all
from tests.factories import make_study
from tests.smtp_server import Mailbox

# Two processes and 200 mails: some twenty seconds.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SEND = "from annotations.mailing import outbox; print(outbox.send_due())"
State = Mail.State


def worker(box: Mailbox) -> "subprocess.Popen[bytes]":
    """A process that sends what is due, as the Celery task does."""
    server = urlsplit(os.environ["DATABASE_URL"])
    database = server._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "EMAIL_HOST": box.host,
        "EMAIL_PORT": str(box.port),
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", SEND], cwd=REPOSITORY, env=environment
    )


def kill_at(box: Mailbox, number: int) -> None:
    """Kill a worker after the server has taken mail `number`, and before the server's answer arrives."""
    process = worker(box)

    def answer(taken: int) -> str:
        if taken == number:
            process.send_signal(signal.SIGKILL)
            process.wait()
        return "250 ok"

    box.on_data = answer
    try:
        assert process.wait(120) == -signal.SIGKILL
    finally:
        process.kill()
        box.on_data = lambda _number: "250 ok"


def wait_until_unknown() -> None:
    Mail.objects.filter(state=State.SENDING).update(sending_at="2026-01-01T00:00Z")
    deadline = time.monotonic() + 30
    while not outbox.mark_unknown():  # PostgreSQL needs a moment to see that the process is gone
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_200_raters_three_reminders_ten_replacements_two_erasures_and_a_kill(staff, tmp_path, mailbox):
    study = make_study(tmp_path, state="open", seats=200)
    base, people = "/studies/harbour/raters/", 210
    rows = "".join(f"Person {n},p{n}@example.org,en,{'AB'[n % 2]}\n" for n in range(1, people + 1))
    file = SimpleUploadedFile("people.csv", f"label,mail,languages,group\n{rows}".encode("utf-8-sig"))

    began = time.monotonic()
    page = staff.post(f"{base}invite/", {"file": file}).content.decode()
    seconds = time.monotonic() - began
    assert page.count("@example.org") >= people
    given = {
        "code": re.search(r'name="code" value="(\w+)"', page)[1],
        "list": re.search(r'<textarea name="list"[^>]*>(.*?)</textarea>', page, re.S)[1],
    }
    began = time.monotonic()
    answers = [
        staff.post(f"{base}invite/", {**given, "do": "enrol", "send": "on", "wait": "on"}) for _time in (1, 2)
    ]
    seconds += time.monotonic() - began
    assert seconds < 20, seconds  # a few seconds on a machine that is not busy
    assert {answer.status_code for answer in answers} == {303}
    assert answers[0]["Location"] == answers[1]["Location"]
    assert (study.raters.count(), Seat.objects.filter(rater__isnull=False).count()) == (200, 200)
    assert RaterContact.objects.filter(rater__isnull=True).count() == 10
    assert Mail.objects.count() == 200

    kill_at(mailbox, 71)
    assert Counter(Mail.objects.values_list("state", flat=True)) == {
        State.SENT: 70,
        State.SENDING: 1,
        State.QUEUED: 129,
    }
    wait_until_unknown()
    process = worker(mailbox)
    assert process.wait(300) == 0
    assert Counter(Mail.objects.values_list("state", flat=True)) == {State.SENT: 199, State.UNKNOWN: 1}
    assert Counter(mailbox.recipients()) == {f"p{n}@example.org": 1 for n in range(1, 201)}
    unknown = Mail.objects.get(state=State.UNKNOWN)
    assert "Please decide" in staff.get(f"{base}mails/").content.decode()
    assert staff.post(f"{base}mails/{unknown.code}/decide/", {"do": "sent"}).status_code == 303
    assert outbox.send_due() == 0

    raters = list(Rater.objects.order_by("pk"))
    done, gone = raters[0], raters[1]
    Rater.objects.filter(pk=done.pk).update(finished_at="2026-11-01T00:00Z")
    for _reminder in range(3):
        answer = post_all(staff, f"{base}bulk/", action="remind", scope="shown", state="not-finished")
        assert answer.status_code == 303
        assert outbox.send_due() == 199
    assert Counter(Counter(mailbox.recipients()).values()) == {4: 199, 1: 1}

    chosen = [rater.code for rater in raters[10:20]]
    answer = post_all(
        staff, f"{base}bulk/", action="replace", rater=chosen, reason="never started", send="on"
    )
    assert answer.status_code == 303
    assert outbox.send_due() == 10
    assert study.raters.count() == 210
    assert Seat.objects.filter(rater__code__in=chosen).count() == 0
    assert Seat.objects.filter(rater__isnull=False).count() == 200
    assert not RaterContact.objects.filter(rater__isnull=True).exists()
    assert set(mailbox.recipients()[-10:]) == {f"p{n}@example.org" for n in range(201, 211)}

    services.withdraw(rater=gone, erase=True)
    assert staff.post(f"{base}{raters[2].code}/erase/").status_code == 303
    assert RaterContact.objects.count() == 208
    assert outbox.counts(Mail.objects.all()) == {
        "queued": 0, "sending": 0, "sent": 200 + 3 * 199 + 10, "failed": 0, "unknown": 0, "cancelled": 0,
    }  # fmt: skip
    assert len(mailbox.taken) == 200 + 3 * 199 + 10
    trail = str(list(AuditEvent.objects.values()))
    assert "example.org" not in trail
    assert "Person" not in trail
    assert Study.objects.get().state == "open"
