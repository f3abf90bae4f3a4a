"""Datasets that a worker builds: who asked for which, how far it is, and why one did not come about.

All of it stands in the audit trail, so that nothing is lost with a message or a worker: `wake_builds`, which
every sweep calls, wakes a worker again for what has not come to an end.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.models import AuditEvent, User, record
from generation.datasets.building import build
from generation.faults import Refused
from generation.models import Dataset, Run
from generation.runs.turns import alone

BUILD = "generation.build_dataset"
ASKED, BEGUN, ENDED = "ask for a dataset", "begin a dataset", "end a dataset"
PUT_AWAY = "put a refusal away"
"""What stood in the way has been read, and is told no more."""
_VERBS = (ASKED, BEGUN, ENDED, PUT_AWAY)
TRIES = 3
BROKE_OFF = "it broke off each time; the worker's log says why."
NOT_TAKEN_UP = "no worker has brought it to an end in two days; ask for it again."
LATELY = timedelta(days=2)
"""What was asked for before is given up."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The latest build of a name that was asked for. `why` says what stood in the way, where it ended so."""

    key: int
    name: str
    who: str
    at: datetime
    by: int
    without_reviews: bool
    begun: int = 0
    ended: bool = False
    why: str = ""
    put_away: bool = False


def ask(run: Run, name: str, by: User, *, without_reviews: bool) -> None:
    """Let a worker build a dataset."""
    with transaction.atomic():
        who = by.get_username()
        record(who=who, verb=ASKED, about=run.code, name=name, by=by.pk, without_reviews=without_reviews)
        enqueue_on_commit(BUILD, run.code, name)


def asked_of(run: Run) -> list[Asked]:
    """What was asked for of a run, the latest of each name."""
    found: dict[str, Asked] = {}
    for event in AuditEvent.objects.filter(about=run.code, verb__in=_VERBS).order_by("pk"):
        told = event.detail
        name, last = told["name"], found.get(told["name"])
        if event.verb == ASKED:
            found[name] = Asked(event.pk, name, event.who, event.at, told["by"], told["without_reviews"])
        elif last is not None and last.key == told["asked"]:
            if event.verb == BEGUN:
                found[name] = replace(last, begun=last.begun + 1)
            elif event.verb == PUT_AWAY:
                found[name] = replace(last, put_away=True)
            else:
                found[name] = replace(last, ended=True, why=told["why"])
    given_up = timezone.now() - LATELY
    return [
        each if each.ended or each.at >= given_up else replace(each, ended=True, why=NOT_TAKEN_UP)
        for each in found.values()
    ]


def to_tell(run: Run) -> list[Asked]:
    """What is under way, and what did not come about, has not been built since, and was not put away."""
    built = list(Dataset.objects.filter(run=run).values_list("slug", "created_at"))
    return [
        each
        for each in asked_of(run)
        if (each.why or not each.ended)
        and not each.put_away
        and not any(name == each.name and at > each.at for name, at in built)
    ]


def put_away(run: Run, key: str, by: User) -> None:
    """Tell no more why what was asked for so (`Asked.key`) did not come about."""
    for each in to_tell(run):
        if str(each.key) == key and each.ended:
            record(who=by.get_username(), verb=PUT_AWAY, about=run.code, name=each.name, asked=each.key)


def build_asked(code: str, name: str) -> None:
    """Build what was asked for; may run twice, and is left to another worker who is at it."""
    run = Run.objects.filter(code=code).first()
    if run is None:
        return
    with alone(f"building {code} {name}") as free:
        due = [each for each in asked_of(run) if each.name == name and not each.ended]
        if not free or not due:
            return
        (asked,) = due
        if asked.begun >= TRIES:
            _tell(run, ENDED, asked, why=BROKE_OFF)
            return
        _tell(run, BEGUN, asked)
        why = ""
        try:
            build(run, name, User.objects.filter(pk=asked.by).first(), without_reviews=asked.without_reviews)
        except Refused as refused:
            why = refused.faults[0].message
        _tell(run, ENDED, asked, why=why)


def _tell(run: Run, verb: str, asked: Asked, **detail: str) -> None:
    record(who="system", verb=verb, about=run.code, name=asked.name, asked=asked.key, **detail)


def wake_builds() -> int:
    """Wake workers for what was asked for lately and has not come to an end, and say for how much."""
    codes = Run.objects.filter(kind=Run.Kind.SYNTHESIZE).values("code")
    lately = AuditEvent.objects.filter(about__in=codes, verb=ASKED, at__gte=Now() - LATELY)
    runs = Run.objects.filter(code__in=lately.order_by().values_list("about", flat=True).distinct())
    due = [(run, each) for run in runs.order_by("code") for each in asked_of(run) if not each.ended]
    with transaction.atomic():
        for run, each in due:
            enqueue_on_commit(BUILD, run.code, each.name)
    return len(due)
