"""The outbox: events wait in the database, and a worker sends them.

    waiting -> delivered | failed

`emit` writes a row per endpoint in the transaction of the change, so an event is sent if and only if the
change is stored. One worker sends at a time: to several endpoints at once, and to each its messages one after
the other, so that a slow receiver delays only its own. It stores the outcome after the request. A worker that
dies in between leaves the row waiting: the message is not lost but sent again, with the same `webhook-id`.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models import Q, QuerySet

from evalsite.core.advisory_locks import try_lock
from evalsite.core.clock import database_now
from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.models import record
from evalsite.webhooks import sending
from evalsite.webhooks.models import Attempt, Delivery, Endpoint
from evalsite.webhooks.signing import decrypt_secret, sign

TASK = "webhooks.deliver"
WAITS_S = (30, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600)
"""Seconds before the second and each further attempt, 28 hours in all; up to a fifth more by chance."""
QUIET = timedelta(seconds=30)
"""How long an endpoint is left alone after a failed attempt, so that one that is down delays others less."""
MOST_REQUESTS, MOST_OF_TEAM = 16, 4
"""How many endpoints get a message at the same time, in all and of one team."""
LOOK_S = 1.0
"""While receivers are slow, how often to look for messages to others."""
LONGEST_S = 120.0
"""Seconds after which a task ends and a new one goes on, so that other tasks get their turn."""
KEEP = timedelta(days=30)
GONE = 410
State = Delivery.State


def emit(team: int | None, type_: str, data: dict[str, str], *, key: str = "", wake: bool = True) -> None:
    """Store an event for each endpoint of a team that subscribes to its type, in the caller's transaction.

    Parameters
    ----------
    team : primary key; nothing is stored for rows of no team.
    type_ : a value of `EventType`.
    data : codes and addresses only: no names, no results, and no systems or lengths of sealed studies.
    key : if given, an event of this type with this key is sent once, even if this is called again.
    wake : whether to wake a worker on commit; else the sweep does, within half a minute. Judging does not
        wait for the broker.
    """
    endpoints = Endpoint.objects.filter(team=team, disabled="", events__contains=type_)
    found = list(endpoints.values_list("pk", flat=True))
    if found:
        _store(found, type_, data, key=key, wake=wake)


def _store(
    endpoints: list[int], type_: str, data: dict[str, str], *, key: str = "", wake: bool = True
) -> None:
    now = database_now()
    Delivery.objects.bulk_create(
        [
            Delivery(endpoint_id=endpoint, type=type_, data=data, key=key, not_before=now)
            for endpoint in endpoints
        ],
        ignore_conflicts=bool(key),
    )
    if wake:
        enqueue_on_commit(TASK)


def send_test(endpoint: Endpoint, type_: str, data: dict[str, str]) -> None:
    """Store a message for one endpoint, and try it at once."""
    Endpoint.objects.filter(pk=endpoint.pk).update(quiet_until=None)
    _store([endpoint.pk], type_, data)


@transaction.atomic
def send_again(delivery: Delivery) -> None:
    """Send a message once more, with the same `webhook-id`, and with all attempts before it."""
    Endpoint.objects.filter(pk=delivery.endpoint_id).update(quiet_until=None)
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.WAITING, failures=0, not_before=database_now(), ended_at=None
    )
    enqueue_on_commit(TASK)


def due() -> QuerySet[Delivery]:
    now = database_now()
    ready = Q(endpoint__quiet_until=None) | Q(endpoint__quiet_until__lte=now)
    return Delivery.objects.filter(ready, state=State.WAITING, not_before__lte=now, endpoint__disabled="")


def wake() -> None:
    """Part of the sweep: send what is due, and forget old messages."""
    Delivery.objects.filter(created_at__lt=database_now() - KEEP).delete()
    if due().exists():
        enqueue_on_commit(TASK)


def deliver_due() -> int:
    """Send what is due; how many messages were delivered. Safe to run several times."""
    delivered, ends = 0, time.monotonic() + LONGEST_S
    requests: dict[Future[sending.Answer], tuple[Delivery, datetime]] = {}
    with try_lock("webhooks") as mine, ThreadPoolExecutor(MOST_REQUESTS) as threads:
        while mine:
            if time.monotonic() < ends:
                for delivery in _next_deliveries([each for each, _at in requests.values()]):
                    at = database_now()
                    requests[_send(threads, delivery, at)] = delivery, at
            if not requests:
                break
            for answered in wait(requests, LOOK_S, FIRST_COMPLETED).done:
                delivered += _store_attempt(*requests.pop(answered), answered.result())
    if mine and due().exists():
        enqueue_on_commit(TASK)
    return delivered


def _next_deliveries(busy: Collection[Delivery]) -> list[Delivery]:
    """The first message of each endpoint that gets none now, as far as there is room for all and its team."""
    found = due().exclude(endpoint__in=[each.endpoint_id for each in busy]).select_related("endpoint")
    firsts = found.order_by("endpoint_id", "not_before", "pk").distinct("endpoint_id")
    of_team = Counter(each.endpoint.team_id for each in busy)
    chosen: list[Delivery] = []
    for delivery in sorted(firsts, key=lambda each: (each.not_before, each.pk)):
        team = delivery.endpoint.team_id
        if len(busy) + len(chosen) < MOST_REQUESTS and of_team[team] < MOST_OF_TEAM:
            of_team[team] += 1
            chosen.append(delivery)
    return chosen


def _store_attempt(delivery: Delivery, at: datetime, answer: sending.Answer) -> bool:
    """Store the outcome of an attempt; whether the receiver took the message."""
    took = answer.status is not None and 200 <= answer.status < 300
    with transaction.atomic():
        row = Delivery.objects.select_for_update(of=("self",)).filter(pk=delivery.pk).first()
        if row is None:  # deleted meanwhile, with its endpoint
            return took
        Attempt.objects.create(
            delivery=row, at=at, seconds=answer.seconds, status=answer.status, answer=answer.text,
            problem=answer.problem,
        )  # fmt: skip
        _settle(row, took, answer.status)
    return took


def _send(threads: ThreadPoolExecutor, delivery: Delivery, at: datetime) -> Future[sending.Answer]:
    """Start the request in a thread, which does not use the database."""
    endpoint, timestamp = delivery.endpoint, int(at.timestamp())
    content = {
        "type": delivery.type,
        "timestamp": delivery.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": delivery.data,
    }
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        keys = signing_keys(endpoint, at)
    except InvalidToken:
        return threads.submit(sending.Answer, 0.0, problem=Attempt.Problem.SECRET_LOST)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "evalsite-webhooks",
        "webhook-id": delivery.code,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(keys, message=delivery.code, timestamp=timestamp, body=body),
    }
    return threads.submit(sending.post, endpoint.url, headers=headers, body=body)


def signing_keys(endpoint: Endpoint, at: datetime) -> list[str]:
    """The current secret, and for a day after a rotation the previous one.

    Raises `cryptography.fernet.InvalidToken` if the secret can't be decrypted.
    """
    stored = [endpoint.secret]
    if endpoint.previous_secret_ends(at):
        stored.append(endpoint.previous_secret)
    return [decrypt_secret(each) for each in stored]


def _settle(row: Delivery, took: bool, status: int | None) -> None:
    """Store what follows from an attempt: the end, or the time of the next one."""
    now = database_now()
    if took:
        row.state, row.ended_at = State.DELIVERED, now
    else:
        row.failures += 1
        if status == GONE or row.failures > len(WAITS_S):
            row.state, row.ended_at = State.FAILED, now
        else:
            wait = WAITS_S[row.failures - 1] * random.uniform(1, 1.2)  # noqa: S311
            row.not_before = now + timedelta(seconds=wait)
    row.save(update_fields=["state", "ended_at", "failures", "not_before"])
    endpoints = Endpoint.objects.filter(pk=row.endpoint_id)
    if status == GONE and endpoints.filter(disabled="").update(disabled=Endpoint.Disabled.GONE):
        record(who="system", verb="disable webhook", about=row.endpoint.code, host=row.endpoint.host)
    elif not took:
        endpoints.update(quiet_until=now + QUIET)
