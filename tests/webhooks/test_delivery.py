"""Webhooks on the wire: signatures, retries, and the addresses that are refused. The receivers are real."""

import socket
import threading
from datetime import timedelta

import pytest
from django.db import connection
from standardwebhooks.webhooks import WebhookVerificationError

from evalsite.core.clock import database_now
from evalsite.core.models import AuditEvent, Team
from evalsite.webhooks import endpoints, outbox, sending
from evalsite.webhooks.models import Attempt, Delivery, Endpoint, EventType
from evalsite.webhooks.signing import sign
from tests.webhooks.receiver import Receiver, receiver

pytestmark = pytest.mark.django_db
DATA = {"study": "harbour", "url": "https://evalsite.example.org/studies/harbour/"}
CLOSED = EventType.STUDY_CLOSED
State, Problem = Delivery.State, Attempt.Problem


def make_endpoint(url: str, *, events: list[str] | None = None) -> tuple[Endpoint, str]:
    team = Team.objects.get()
    return endpoints.add_endpoint(team=team.pk, url=url, events=events or [CLOSED], by="mara")


def emit(type_: str = CLOSED, **options: object) -> None:
    outbox.emit(Team.objects.get().pk, type_, DATA, **options)  # type: ignore[arg-type]


def let_time_pass() -> None:
    """Whatever waits for its next attempt is due."""
    Delivery.objects.update(not_before=database_now())
    Endpoint.objects.update(quiet_until=None)


def test_the_signature_of_the_specification():
    """The example of https://github.com/standard-webhooks/standard-webhooks."""
    signature = sign(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        message="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_message_can_be_verified(receiver: Receiver):
    _endpoint, secret = make_endpoint(receiver.url)
    emit()
    assert outbox.deliver_due() == 1
    (message,) = receiver.messages
    delivery = Delivery.objects.get()
    content = message.verified(secret)
    assert content.keys() == {"type", "timestamp", "data"}
    assert (content["type"], content["data"]) == ("study.closed", DATA)
    assert content["timestamp"] == delivery.created_at.isoformat().replace("+00:00", "Z")
    assert (message.code, message.headers["content-type"]) == (delivery.code, "application/json")
    assert (delivery.state, delivery.attempts.get().status) == (State.DELIVERED, 204)
    with pytest.raises(WebhookVerificationError):
        message.verified(make_endpoint(receiver.url)[1])
    assert outbox.deliver_due() == 0


def test_only_subscribed_and_enabled_endpoints_of_the_team_get_an_event(receiver: Receiver):
    wanted, _ = make_endpoint(receiver.url)
    make_endpoint(receiver.url, events=[EventType.RUN_FINISHED])
    disabled, _ = make_endpoint(receiver.url)
    endpoints.switch_endpoint(disabled, on=False, by="mara")
    other = Team.objects.create(slug="other", name="Other")
    endpoints.add_endpoint(team=other.pk, url=receiver.url, events=EventType.values, by="mara")
    outbox.emit(wanted.team_id, CLOSED, DATA)
    assert [each.endpoint for each in Delivery.objects.all()] == [wanted]
    outbox.emit(None, CLOSED, DATA)
    assert Delivery.objects.count() == 1


def test_without_endpoints_an_event_costs_one_query(django_assert_num_queries):
    team = Team.objects.get().pk
    with django_assert_num_queries(1):
        outbox.emit(team, CLOSED, DATA)


def test_an_event_with_a_key_is_sent_once(receiver: Receiver):
    make_endpoint(receiver.url)
    emit(key="today")
    emit(key="today")
    emit(key="tomorrow")
    assert outbox.deliver_due() == 2


def test_failures_are_tried_again_for_a_day_with_growing_waits(receiver: Receiver):
    _endpoint, secret = make_endpoint(receiver.url)
    emit()
    receiver.status, receiver.text = 500, "<b>down</b>" + "x" * 1000
    waits = []
    for _attempt in outbox.WAITS_S:
        assert outbox.deliver_due() == 0
        waits.append((Delivery.objects.get().not_before - database_now()).total_seconds())
        assert not outbox.due().exists()
        let_time_pass()
    for wait, least in zip(waits, outbox.WAITS_S, strict=True):
        assert least - 5 < wait <= least * 1.2
    assert 24 * 3600 < sum(outbox.WAITS_S) < 30 * 3600
    receiver.status = 200
    assert outbox.deliver_due() == 1
    assert len({message.code for message in receiver.messages}) == 1
    assert receiver.messages[-1].verified(secret)["data"] == DATA
    attempts = list(Delivery.objects.get().attempts.all())
    assert [each.status for each in attempts] == [500] * len(outbox.WAITS_S) + [200]
    assert attempts[0].answer == receiver.text[:500]


def test_after_the_last_attempt_a_message_has_failed_and_can_be_sent_again(receiver: Receiver):
    make_endpoint(receiver.url)
    emit()
    receiver.status = 503
    for _attempt in range(len(outbox.WAITS_S) + 1):
        outbox.deliver_due()
        let_time_pass()
    delivery = Delivery.objects.get()
    assert delivery.state == State.FAILED
    assert outbox.deliver_due() == 0
    receiver.status = 200
    outbox.send_again(delivery)
    assert outbox.deliver_due() == 1
    assert {message.code for message in receiver.messages} == {delivery.code}


def test_a_receiver_that_does_not_answer_is_left_alone_for_a_while(receiver: Receiver, monkeypatch):
    monkeypatch.setattr(sending, "TIMEOUT_S", 0.5)
    answering, slow = threading.Event(), make_endpoint(receiver.url)[0]
    receiver.before_answer = lambda: answering.wait(20)
    for _event in range(3):
        emit()
    assert outbox.deliver_due() == 0
    answering.set()
    assert len(receiver.messages) == 1
    attempt = Attempt.objects.get(delivery__endpoint=slow)
    assert (attempt.problem, attempt.status) == (Problem.TIMEOUT, None)
    assert 0.4 < attempt.seconds < 5
    receiver.before_answer = lambda: None
    let_time_pass()
    assert outbox.deliver_due() == 3


def test_a_receiver_that_hangs_does_not_delay_another_team(receiver: Receiver):
    """The first receiver answers only when the other one has its messages."""
    others_have_theirs = threading.Event()
    answered_after_others: list[bool] = []
    receiver.before_answer = lambda: answered_after_others.append(others_have_theirs.wait(10))
    for _endpoint in range(outbox.MOST_OF_TEAM + 1):
        make_endpoint(receiver.url)
    emit()
    other_team = Team.objects.create(slug="other", name="Other")
    with other_receiver() as other:
        endpoints.add_endpoint(team=other_team.pk, url=other.url, events=[CLOSED], by="mara")
        outbox.emit(other_team.pk, CLOSED, {"study": "first"})
        outbox.emit(other_team.pk, CLOSED, {"study": "second"})
        other.before_answer = lambda: len(other.messages) == 2 and others_have_theirs.set()
        assert outbox.deliver_due() == outbox.MOST_OF_TEAM + 3
    assert answered_after_others == [True] * (outbox.MOST_OF_TEAM + 1)
    assert ["first" in message.body for message in other.messages] == [True, False]


@pytest.mark.django_db(transaction=True)
def test_a_message_that_comes_while_a_receiver_hangs_is_sent(receiver: Receiver):
    team, other_has_it = Team.objects.get().pk, threading.Event()
    answered_after_other: list[bool] = []
    make_endpoint(receiver.url)
    outbox.emit(team, CLOSED, DATA, wake=False)
    with other_receiver() as other:
        other.before_answer = other_has_it.set
        make_endpoint(other.url, events=[EventType.RUN_FINISHED])

        def send_to_the_other() -> None:
            outbox.emit(team, EventType.RUN_FINISHED, DATA, wake=False)
            connection.close()
            answered_after_other.append(other_has_it.wait(10))

        receiver.before_answer = send_to_the_other
        assert outbox.deliver_due() == 2
    assert answered_after_other == [True]


other_receiver = receiver


def test_a_receiver_that_is_gone_is_disabled(receiver: Receiver):
    endpoint, _ = make_endpoint(receiver.url)
    emit()
    emit()
    receiver.status = 410
    assert outbox.deliver_due() == 0
    endpoint.refresh_from_db()
    assert endpoint.disabled == Endpoint.Disabled.GONE
    assert len(receiver.messages) == 1
    emit()
    assert sorted(Delivery.objects.values_list("state", flat=True)) == [State.FAILED, State.WAITING]
    line = AuditEvent.objects.get(verb="disable webhook")
    assert (line.who, line.about) == ("system", endpoint.code)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status):
    with other_receiver() as other:
        receiver.status, receiver.location = status, other.url
        make_endpoint(receiver.url)
        emit()
        assert outbox.deliver_due() == 0
        assert (len(receiver.messages), other.messages) == (1, [])
    assert Attempt.objects.get().status == status


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"])
def test_an_internal_address_is_refused_when_the_message_is_sent(receiver: Receiver, settings, host):
    make_endpoint(receiver.url.replace("127.0.0.1", host))
    emit()
    settings.ALLOW_INTERNAL_ADDRESSES = False
    assert outbox.deliver_due() == 0
    assert receiver.messages == []
    assert Attempt.objects.get().problem == Problem.INTERNAL


@pytest.mark.parametrize("allowed", [False, True])
def test_a_name_that_leads_inside_only_later_is_refused(receiver: Receiver, settings, monkeypatch, allowed):
    """The name is looked up once for each connection, and that address is the one that is checked."""
    looked_up, lookups = socket.getaddrinfo, []

    def rebound(host, *arguments, **options):
        inside = host == "hooks.example.org"
        lookups.append(host)
        return looked_up("127.0.0.1" if inside else host, *arguments, **options)

    make_endpoint(receiver.url.replace("127.0.0.1", "hooks.example.org"))
    emit()
    settings.ALLOW_INTERNAL_ADDRESSES = allowed
    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    assert outbox.deliver_due() == allowed
    assert lookups.count("hooks.example.org") == 1
    assert len(receiver.messages) == allowed
    assert Attempt.objects.get().problem == ("" if allowed else Problem.INTERNAL)


def test_a_receiver_that_is_down(receiver: Receiver):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        make_endpoint(f"http://127.0.0.1:{unused.getsockname()[1]}/")
        emit()
        assert outbox.deliver_due() == 0
    assert Attempt.objects.get().problem == Problem.UNREACHABLE


def test_for_a_day_after_a_rotation_both_secrets_sign(receiver: Receiver):
    endpoint, first = make_endpoint(receiver.url)
    second = endpoints.rotate_secret(endpoint, by="mara")
    emit()
    outbox.deliver_due()
    Endpoint.objects.update(rotated_at=database_now() - timedelta(hours=25))
    emit()
    outbox.deliver_due()
    during, after = receiver.messages
    assert during.verified(first) == during.verified(second)
    after.verified(second)
    with pytest.raises(WebhookVerificationError):
        after.verified(first)


def test_secrets_are_encrypted_and_survive_a_new_secret_key(receiver: Receiver, settings):
    endpoint, secret = make_endpoint(receiver.url)
    assert secret.removeprefix("whsec_") not in endpoint.secret
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another key for tests only, longer than fifty characters"
    emit()
    assert outbox.deliver_due() == 0
    assert Attempt.objects.get().problem == Problem.SECRET_LOST
    settings.SECRET_KEY_FALLBACKS = [old]
    let_time_pass()
    assert outbox.deliver_due() == 1
    receiver.messages[0].verified(secret)


def test_old_messages_are_forgotten(receiver: Receiver):
    make_endpoint(receiver.url)
    emit()
    outbox.deliver_due()
    Delivery.objects.update(created_at=database_now() - timedelta(days=29))
    outbox.wake()
    assert Attempt.objects.count() == 1
    Delivery.objects.update(created_at=database_now() - timedelta(days=31))
    outbox.wake()
    assert (Delivery.objects.count(), Attempt.objects.count()) == (0, 0)
