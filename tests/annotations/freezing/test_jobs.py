"""Freezing as a job: one at a time, with progress, and whole or not at all when a worker ends."""

import io
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from annotations import freezing
from annotations.freezing import freeze_study, jobs
from annotations.models import Entry, FreezeJob, Study
from evalsite.core.clock import database_now
from evalsite.core.models import AuditEvent, Membership, User
from tests.factories import make_study, person

pytestmark = pytest.mark.django_db
HOME = "/studies/harbour/"


@pytest.fixture
def draft(tmp_path: Path) -> Study:
    return make_study(tmp_path, state="draft")


@pytest.fixture
def large(draft: Study, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setattr(jobs, "AT_ONCE", 10)
    return draft


@pytest.fixture
def rae(staff: Client) -> User:
    return User.objects.get(pk=staff.session["_auth_user_id"])


def waiting(study: Study, **values: object) -> FreezeJob:
    if not User.objects.filter(username="rae").exists():
        person("rae")
    return FreezeJob.objects.create(study=study, requested_by="rae", spec_digest=study.spec_digest, **values)


def test_a_small_draft_is_frozen_at_once_by_the_person_who_asked(draft: Study, rae: User) -> None:
    job = jobs.request_freeze(draft, actor=rae)
    draft.refresh_from_db()
    assert (job.state, job.errors, draft.state) == ("done", [], "frozen")
    assert AuditEvent.objects.get(verb="freeze").who == rae.username
    with pytest.raises(jobs.WrongState):
        jobs.request_freeze(draft, actor=rae)


def test_what_keeps_a_draft_from_being_frozen_is_data_of_the_job(tmp_path: Path, rae: User) -> None:
    study = make_study(tmp_path, state="draft", extra="As an AI language model, I am ChatGPT.")
    job = jobs.request_freeze(study, actor=rae)
    assert job.state == "failed"
    assert {error["code"] for error in job.errors} == {"open_finding"}
    assert jobs.last_freeze_errors(study) == job.errors


def test_a_large_draft_has_one_active_job(large: Study, rae: User) -> None:
    first, second = (jobs.request_freeze(large, actor=rae) for _ in range(2))
    assert (first.pk, first.state) == (second.pk, "waiting")
    jobs.run_freeze(first.code)
    jobs.run_freeze(first.code)
    assert AuditEvent.objects.filter(verb="freeze").count() == 1


def test_a_draft_that_changed_after_the_request_is_not_frozen(draft: Study) -> None:
    job = waiting(draft)
    Study.objects.filter(pk=draft.pk).update(spec_digest="0" * 64)
    jobs.run_freeze(job.code)
    draft.refresh_from_db()
    job.refresh_from_db()
    assert (draft.state, job.state, job.errors[0]["code"]) == ("draft", "failed", "draft_changed")


def test_nothing_is_frozen_for_a_person_who_has_left_the_team(draft: Study) -> None:
    job = waiting(draft)
    Membership.objects.filter(user__username="rae").delete()
    jobs.run_freeze(job.code)
    draft.refresh_from_db()
    job.refresh_from_db()
    assert (draft.state, job.errors[0]["code"]) == ("draft", "requester_without_rights")


def test_progress_names_each_step_and_ends_its_counts(draft: Study) -> None:
    seen: list[tuple[str, int, int]] = []
    freezing.freeze(study=draft, by="rae", on_progress=lambda *each: seen.append(each))
    assert list(dict.fromkeys(step for step, _done, _total in seen)) == list(freezing.STEPS)
    checking = [each for each in seen if each[0] == "checking"]
    assert checking[-1][1] == checking[-1][2] > 0


def test_the_page_shows_the_step_and_cancels(staff: Client, large: Study) -> None:
    waiting(large, state="running", attempts=1, beat_at=database_now(), step="formatting", done=3, total=9)
    page = " ".join(staff.get(HOME).content.decode().split())
    assert "Freezing, step 2 of 4: formatting scripts · 3 of 9 texts" in page
    assert staff.post(f"{HOME}freeze/cancel/").status_code == 303
    assert "Freezing was cancelled" in staff.get(HOME).content.decode()


def test_the_page_says_that_no_worker_answers(staff: Client, large: Study) -> None:
    waiting(large, requested_at=database_now() - 2 * jobs.SILENT)
    assert "No worker has picked up the job" in staff.get(HOME).content.decode()


def test_a_cancelled_job_freezes_nothing(draft: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    job = waiting(draft)
    drawn = freeze_study.store_seats

    def cancel_then_store(*given: object) -> None:
        assert jobs.cancel_freeze(draft)
        drawn(*given)

    monkeypatch.setattr(freeze_study, "store_seats", cancel_then_store)
    jobs.run_freeze(job.code)
    draft.refresh_from_db()
    # The cancelling was part of the transaction that was undone; nothing of the freezing is left either.
    assert draft.state == "draft"
    assert not Entry.objects.exists()


def test_a_job_that_its_worker_left_is_taken_again_and_fails_in_the_end(draft: Study) -> None:
    job = waiting(draft, state="running", attempts=1, beat_at=database_now())
    assert jobs.requeue_stale() == 0
    for attempts in range(1, jobs.MOST_ATTEMPTS):
        long_ago = database_now() - jobs.LEASE - timedelta(seconds=1)
        FreezeJob.objects.update(state="running", attempts=attempts, beat_at=long_ago)
        assert jobs.requeue_stale() == 1
    FreezeJob.objects.update(state="running", attempts=jobs.MOST_ATTEMPTS, beat_at=long_ago)
    assert jobs.requeue_stale() == 0
    job.refresh_from_db()
    assert (job.state, job.errors[0]["code"]) == ("failed", "broke_off")


def test_texts_that_were_checked_are_not_checked_again(draft: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    from annotations.findings import review, scanning

    scanned: list[int] = []
    scan = scanning.scan_texts
    monkeypatch.setattr(scanning, "scan_texts", lambda *given: scanned.append(1) or scan(*given))
    for _twice in range(2):  # freezing writes thresholds into the study, so its texts are checked once more
        review.request_scan(study=draft, by="rae")
        freezing.freeze(study=draft, by="rae")
        draft = freezing.thaw(study=draft, by="rae")
    assert scanned == []
    with (
        connection.cursor() as cursor
    ):  # aliases are looked for in texts, and no digest of a brief covers them
        cursor.execute("UPDATE generation_series SET aliases = '[\"Pier Seven\"]'")
    freezing.freeze(study=draft, by="rae")
    assert scanned == [1]


def test_the_command_prints_steps_on_a_terminal(draft: Study) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    call_command("freeze_study", "harbour", stdout=io.StringIO(), stderr=terminal)
    assert "step 2 of 4: formatting, 0 of 9 texts" in terminal.getvalue()


WORKER = """
import django
django.setup()
from annotations.freezing import freeze_study, jobs
jobs.BEAT_S = 0.05
store = freeze_study.store_seats
def store_and_wait(*given):
    store(*given)
    print("stored", flush=True)
    input()
freeze_study.store_seats = store_and_wait
jobs.run_freeze({code!r})
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_before_the_end_leaves_a_draft_and_the_next_one_freezes_it(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="draft")
    job = waiting(study)
    settings = connection.settings_dict
    host = settings["OPTIONS"].get("host") or settings["HOST"]
    url = f"postgres://{settings['USER']}@/{settings['NAME']}?host={host}"
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER.format(code=job.code)],
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "evalsite.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"stored\n"
    begun = FreezeJob.objects.get()
    while FreezeJob.objects.get().beat_at == begun.beat_at:
        time.sleep(0.02)
    assert (begun.state, FreezeJob.objects.get().step) == ("running", "storing")
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    study.refresh_from_db()
    assert (study.state, Entry.objects.count()) == ("draft", 0)
    FreezeJob.objects.update(beat_at=database_now() - 2 * jobs.LEASE)
    assert jobs.requeue_stale() == 1
    jobs.run_freeze(job.code)
    study.refresh_from_db()
    job.refresh_from_db()
    assert (study.state, job.state, job.attempts) == ("frozen", "done", 2)
