"""Datasets that a worker builds: who asked for which, how far it is, and why one did not come about.

All of it stands in the audit trail, so that nothing is lost with a message or a worker: `wake_builds`, which
every sweep calls, wakes a worker again for what has not come to an end.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from evalsite.core.advisory_locks import try_lock
from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.errors import InputErrors
from evalsite.core.models import AuditEvent, User, record
from evalsite.core.reason_codes import Reason, load, reason_of
from generation.models import Run
from generation.training_data.datasets.building import Built, build, require_ready
from generation.training_data.datasets.filtering import FILTER, filter_run, has_many
from generation.training_data.models import Candidate, Dataset

BUILD = "generation.build_dataset"
ASKED, BEGUN, ENDED = "ask for a dataset", "begin a dataset", "end a dataset"
DISMISSED = "put a refusal away"
"""What stood in the way has been read, and is told no more."""
_VERBS = (ASKED, BEGUN, ENDED, DISMISSED)
TRIES = 3
BROKE_OFF, NOT_TAKEN_UP = Reason("build-broke-off"), Reason("build-not-taken-up")
LATELY = timedelta(days=2)
"""What was asked for before is given up."""


@dataclass(frozen=True, slots=True)
class BuildRequest:
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
    dismissed: bool = False


def request_build(run: Run, name: str, by: User, *, without_reviews: bool) -> None:
    """Let a worker build a dataset."""
    with transaction.atomic():
        who = by.get_username()
        record(who=who, verb=ASKED, about=run.code, name=name, by=by.pk, without_reviews=without_reviews)
        enqueue_on_commit(BUILD, run.code, name)


def asked_of(run: Run) -> list[BuildRequest]:
    """What was asked for of a run, the latest of each name."""
    found: dict[str, BuildRequest] = {}
    for event in AuditEvent.objects.filter(about=run.code, verb__in=_VERBS).order_by("pk"):
        told = event.detail
        name, last = told["name"], found.get(told["name"])
        if event.verb == ASKED:
            found[name] = BuildRequest(
                event.pk, name, event.who, event.at, told["by"], told["without_reviews"]
            )
        elif last is not None and last.key == told["asked"]:
            if event.verb == BEGUN:
                found[name] = replace(last, begun=last.begun + 1)
            elif event.verb == DISMISSED:
                found[name] = replace(last, dismissed=True)
            else:
                found[name] = replace(last, ended=True, why=load(told["why"]))
    given_up = timezone.now() - LATELY
    return [
        each if each.ended or each.at >= given_up else replace(each, ended=True, why=NOT_TAKEN_UP)
        for each in found.values()
    ]


def open_build_requests(run: Run) -> list[BuildRequest]:
    """What is under way, and what did not come about, has not been built since, and was not dismissed."""
    built = list(Dataset.objects.filter(run=run).values_list("slug", "created_at"))
    return [
        each
        for each in asked_of(run)
        if (each.why or not each.ended)
        and not each.dismissed
        and not any(name == each.name and at > each.at for name, at in built)
    ]


def dismiss(run: Run, key: str, by: User) -> None:
    """Tell no more why what was asked for so (`BuildRequest.key`) did not come about."""
    for each in open_build_requests(run):
        if str(each.key) == key and each.ended:
            record(who=by.get_username(), verb=DISMISSED, about=run.code, name=each.name, asked=each.key)


def build_asked(code: str, name: str) -> None:
    """Build what was asked for; may run twice, and is left to another worker who is at it."""
    run = Run.objects.filter(code=code).first()
    if run is None:
        return
    with try_lock(f"building {code} {name}") as free:
        due = [each for each in asked_of(run) if each.name == name and not each.ended]
        if not free or not due:
            return
        (asked,) = due
        if asked.begun >= TRIES:
            _tell(run, ENDED, asked, why=BROKE_OFF.as_record())
            return
        _tell(run, BEGUN, asked)
        why: dict[str, Any] = {}
        try:
            build(run, name, User.objects.filter(pk=asked.by).first(), without_reviews=asked.without_reviews)
        except InputErrors as refused:
            why = reason_of(refused.errors[0].message).as_record()
        _tell(run, ENDED, asked, why=why)


def _tell(run: Run, verb: str, asked: BuildRequest, **detail: Any) -> None:
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


def ask_filter(run: Run, by: User) -> bool:
    """Filter a run, all rules anew where that was done before; false where a worker does it, some time from
    now.
    """
    record(who=by.get_username(), verb="filter run", about=run.code)
    again = Candidate.objects.filter(run=run).exists()
    if not has_many(run):
        filter_run(run, again=again)
        return True
    with transaction.atomic():
        enqueue_on_commit(FILTER, run.code, again)
    return False


def ask_build(run: Run, slug: str, by: User, *, without_reviews: bool) -> Built | None:
    """Build a dataset; None where a worker does it. Raises `InputErrors` where it cannot be built yet."""
    if not has_many(run):
        return build(run, slug, by, without_reviews=without_reviews)
    require_ready(run, slug, without_reviews=without_reviews)
    request_build(run, slug, by, without_reviews=without_reviews)
    return None
