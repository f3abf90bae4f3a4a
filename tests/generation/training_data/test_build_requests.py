"""Training data: a dataset that a worker builds is shown, taken up again, and its failure reported."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from evalsite.core import enqueue
from generation import reasons
from generation.models import Run
from generation.training_data.datasets import build_requests, filtering
from generation.training_data.datasets.build_requests import asked_of, open_build_requests, wake_builds
from generation.training_data.models import Dataset
from generation.training_data.tasks import build_dataset
from tests.generation.training_data.finished import finished_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What workers are woken for; a test takes each message, or loses it."""
    found: list[tuple[str, ...]] = []
    monkeypatch.setattr(filtering, "AT_ONCE", 0)
    monkeypatch.setattr(enqueue, "_send", lambda name, args: found.append((name, *args)))
    return found


@pytest.fixture(scope="module")
def filtered(django_db_setup: None, django_db_blocker: Any) -> Iterator[Run]:
    """Made once; each test undoes what it does to it, and the end undoes all."""
    with django_db_blocker.unblock(), transaction.atomic():
        run = finished_run(filtered=True)
        yield run
        transaction.set_rollback(True)


@pytest.fixture
def run(filtered: Run, db: None) -> Run:
    return Run.objects.get(pk=filtered.pk)


def asked_for(admin: Client, run: Run, capture: Any, name: str = "sample") -> str:
    with capture(execute=True):
        answer = admin.post(reverse("generation-build", args=[run.code]), {"name": name})
    assert answer["Location"] == reverse("generation-run", args=[run.code]) + "#funnel"
    return page(admin, run)


def page(admin: Client, run: Run) -> str:
    return admin.get(reverse("generation-run", args=[run.code])).content.decode()


def test_a_build_whose_message_is_lost_is_seen_and_sent_again(
    admin: Client, run: Run, sent: list[tuple[str, ...]], django_capture_on_commit_callbacks: Any
) -> None:
    assert "building the dataset sample, requested by ada" in asked_for(
        admin, run, django_capture_on_commit_callbacks
    )
    sent.clear()  # lost
    with django_capture_on_commit_callbacks(execute=True):
        assert wake_builds() == 1
    assert sent == [("generation.build_dataset", run.code, "sample")]
    build_dataset(*sent[0][1:])
    dataset = Dataset.objects.get()
    assert (dataset.slug, dataset.created_by.username) == ("sample", "ada")
    assert open_build_requests(run) == []
    assert "requested by" not in page(admin, run)
    build_dataset(*sent[0][1:])
    assert (wake_builds(), Dataset.objects.count()) == (0, 1), "a message that comes twice does nothing"


def test_what_is_refused_meanwhile_is_told_until_it_is_built(
    admin: Client, run: Run, sent: list[tuple[str, ...]], django_capture_on_commit_callbacks: Any
) -> None:
    asked_for(admin, run, django_capture_on_commit_callbacks)
    run.jobs.filter(pk=run.jobs.first().pk).update(state="waiting")
    build_dataset(*sent[0][1:])
    said = "The dataset sample could not be built: unfinished jobs in the run: 1."
    assert said in page(admin, run)
    (told,) = open_build_requests(run)
    for asked_as in (str(told.key + 1), "x", "", "9" * 5000):
        admin.post(reverse("generation-dismiss", args=[run.code]), {"asked": asked_as})
    assert open_build_requests(run) == [told]
    assert wake_builds() == 0, "what was refused is for people to ask again"
    with override("zh-hans"):
        assert reasons.render(open_build_requests(run)[0].why) == "批次还有 1 个任务没有完成。"
    admin.post(reverse("generation-dismiss", args=[run.code]), {"asked": told.key})
    assert said not in page(admin, run), "who has read it puts it away"
    run.jobs.filter(state="waiting").update(state="done")
    assert "requested by" in asked_for(admin, run, django_capture_on_commit_callbacks)
    build_dataset(*sent[-1][1:])
    assert said not in page(admin, run)


def test_a_build_that_crashes_is_tried_again_and_given_up_in_words(
    admin: Client,
    run: Run,
    sent: list[tuple[str, ...]],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    asked_for(admin, run, django_capture_on_commit_callbacks)

    def crash(*args: Any, **options: Any) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(build_requests, "build", crash)
    for begun in range(build_requests.TRIES):
        assert (wake_builds(), asked_of(run)[0].begun) == (1, begun)
        with pytest.raises(RuntimeError):
            build_dataset(run.code, "sample")
    build_dataset(run.code, "sample")
    assert (wake_builds(), asked_of(run)[0].ended) == (0, True)
    shown = page(admin, run)
    assert "The dataset sample could not be built: every attempt to build it failed" in shown


def test_what_nobody_has_brought_to_an_end_is_given_up_in_words(
    admin: Client,
    run: Run,
    sent: list[tuple[str, ...]],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    asked_for(admin, run, django_capture_on_commit_callbacks)
    monkeypatch.setattr(build_requests, "LATELY", timedelta(0))
    assert wake_builds() == 0
    assert "The dataset sample could not be built: no worker finished the build" in page(admin, run)
    build_dataset(*sent[0][1:])
    assert not Dataset.objects.exists(), "who looks at the page has been told so"


def test_two_names_are_two_builds_and_what_another_is_at_is_left_alone(
    admin: Client, run: Run, sent: list[tuple[str, ...]], django_capture_on_commit_callbacks: Any
) -> None:
    for name in ("one", "two", "one"):
        asked_for(admin, run, django_capture_on_commit_callbacks, name)
    assert [(each.name, each.ended) for each in asked_of(run)] == [("one", False), ("two", False)]
    build_dataset(run.code, "two")
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"building {run.code} one"])
        build_dataset(run.code, "one")
        assert [(each.name, each.begun) for each in open_build_requests(run)] == [("one", 0)], (
            "one worker at a time"
        )
        other.execute("SELECT pg_advisory_unlock_all()")  # a server lets go of it some time after the end
    build_dataset(run.code, "one")
    assert open_build_requests(run) == []
