"""Idempotency keys: a repeated POST is answered again and done once, whatever happens between."""

import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from annotations.findings import review
from annotations.models import Rater
from evalsite.api import idempotency
from evalsite.api.models import StoredAnswer
from evalsite.core.models import AuditEvent
from tests import factories
from tests.api.conftest import program_of
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
RATERS = "/api/v1/studies/harbour/raters/"
ONE = {"count": 1, "languages": ["en"]}


@pytest.fixture
def study(tmp_path):
    return factories.make_study(tmp_path, state="open")


def test_the_same_request_is_answered_again_and_done_once(program, study):
    first = program.post(RATERS, ONE, Idempotency_Key="k1")
    again = program.post(RATERS, ONE, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Rater.objects.count() == 1
    program.post(RATERS, ONE, Idempotency_Key="k2")
    assert Rater.objects.count() == 2


def test_the_address_in_location_comes_back(program, study):
    first = program.post("/api/v1/studies/harbour/pause/", Idempotency_Key="k")
    assert program.post("/api/v1/studies/harbour/pause/", Idempotency_Key="k").json() == first.json()
    AuditEvent.objects.get(verb="pause", about="harbour")


def test_another_body_or_address_is_422(program, study):
    program.post(RATERS, ONE, Idempotency_Key="k")
    other = program.post(RATERS, {**ONE, "count": 2}, Idempotency_Key="k")
    elsewhere = program.post("/api/v1/studies/harbour/pause/", ONE, Idempotency_Key="k")
    assert {each.status_code for each in (other, elsewhere)} == {422}
    assert other.json()["code"] == "idempotency_key_reused"
    assert Rater.objects.count() == 1


def test_keys_belong_to_a_token(program, lin, study):
    program.post(RATERS, ONE, Idempotency_Key="k")
    assert program_of(lin).post(RATERS, {**ONE, "count": 2}, Idempotency_Key="k").status_code == 201
    assert Rater.objects.count() == 3


def test_an_error_is_not_stored(program, study):
    wrong = program.post(RATERS, {"count": 0}, Idempotency_Key="k")
    right = program.post(RATERS, ONE, Idempotency_Key="k")
    assert (wrong.status_code, right.status_code) == (400, 201)


def test_a_key_can_be_used_again_after_a_day(program, study):
    program.post(RATERS, ONE, Idempotency_Key="k")
    StoredAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert program.post(RATERS, ONE, Idempotency_Key="k").status_code == 201
    assert Rater.objects.count() == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "é"])
def test_a_malformed_key_is_400(program, study, key):
    assert program.post(RATERS, ONE, Idempotency_Key=key).status_code == 400
    assert Rater.objects.count() == 0


def test_a_session_has_no_keys(lin, study):
    answer = signed_in(lin).post(
        RATERS, ONE, content_type="application/json", headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code == 400


def test_links_are_not_readable_in_the_database(program, study):
    link = program.post(RATERS, ONE, Idempotency_Key="k").json()["raters"][0]["link"]
    stored = bytes(StoredAnswer.objects.get().body)
    assert link.encode() not in stored
    assert link.rsplit("/", 2)[1].encode() not in stored


def test_a_kill_between_the_work_and_the_answer_leaves_nothing(program, study, monkeypatch):
    """The process dies after the work, before its transaction ends. The client repeats the request."""

    class Killed(BaseException):
        pass

    def die(*_arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "_store", die)
        with pytest.raises(Killed):
            program.post(RATERS, ONE, Idempotency_Key="k")
    assert (Rater.objects.count(), StoredAnswer.objects.count()) == (0, 0)
    assert program.post(RATERS, ONE, Idempotency_Key="k").status_code == 201
    assert Rater.objects.count() == 1


def test_what_keeps_a_draft_from_being_frozen_is_stored_with_a_key_too(program, tmp_path):
    factories.make_study(tmp_path, state="draft", extra=" As an AI language model, I cannot.")
    freeze = "/api/v1/studies/harbour/freeze/"
    assert program.post(freeze, Idempotency_Key="k").status_code == 409
    assert program.get(freeze).json()["state"] == "failed"
    assert program.get("/api/v1/studies/harbour/findings/?open=true").json()["results"]
    assert StoredAnswer.objects.count() == 0


def test_a_request_to_check_many_texts_reaches_the_worker_with_a_key_too(program, tmp_path, monkeypatch):
    """The answer is 409 until a worker has checked them, and each repeated request has a new key."""
    study = factories.make_study(tmp_path, state="draft", extra=" As an AI language model, I cannot.")
    monkeypatch.setattr(review, "AT_ONCE", 10)
    accept = "/api/v1/studies/harbour/findings/accept/"
    waits = program.post(accept, {"reason": "quoted"}, Idempotency_Key="k1")
    assert (waits.status_code, waits.json()["code"]) == (409, "checking_texts")
    review.run_scan(study.slug)
    done = program.post(accept, {"reason": "quoted"}, Idempotency_Key="k2")
    assert done.status_code == 200
    assert done.json()["findings"] > 0


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_are_done_once(tmp_path):
    """The second one comes while the first still works: it waits for nothing and gets 409."""
    factories.make_study(tmp_path, state="open")
    program = program_of(factories.person("lin"))
    inside, finish = threading.Event(), threading.Event()
    answers = []

    def work() -> None:
        try:
            with transaction.atomic():
                idempotency._lock(program.token, "k")
                inside.set()
                finish.wait(30)
        finally:
            connections.close_all()

    first = threading.Thread(target=work)
    first.start()
    assert inside.wait(30)
    answers.append(program.post(RATERS, ONE, Idempotency_Key="k"))
    finish.set()
    first.join()
    assert answers[0].status_code == 409
    assert answers[0]["Retry-After"] == "1"
    assert program.post(RATERS, ONE, Idempotency_Key="k").status_code == 201
    assert Rater.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_requests_at_once_enrol_one_rater(tmp_path):
    factories.make_study(tmp_path, state="open")
    program = program_of(factories.person("lin"))
    found: list[int] = []
    start = threading.Barrier(6)

    def ask() -> None:
        try:
            start.wait(30)
            found.append(program.post(RATERS, ONE, Idempotency_Key="k").status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert Rater.objects.count() == 1
    assert set(found) <= {201, 409}
    assert 201 in found
