"""Freezing by a worker, where it takes longer than whoever asks should wait."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from annotations import freezing
from annotations.errors import WrongState
from annotations.findings.review import AT_ONCE, draft_texts, locked_draft
from annotations.models import FreezeRequest, Study
from annotations.spec.draft_errors import stored_fault
from evalsite.core.clock import database_now
from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.errors import InputErrors
from evalsite.core.models import AuditEvent

TASK = "annotations.freeze"
SILENT, LONGEST = timedelta(seconds=60), timedelta(minutes=10)
"""After so long it may be asked for anew: if no worker has begun, if the one that began has not come back."""
BROKE_OFF = {"code": "broke_off", "params": {}}
NO_WORKER = {"code": "no_worker", "params": {}}


def request_freezing(*, study: Study, by: str) -> bool:
    """Freeze a draft: at once where its texts are few, else by a worker; whether a worker does it.

    Raises WrongState and `InputErrors` as `freezing.freeze` does where it is done at once.
    """
    if running_freezing(study):  # asked before the study is locked, which a worker does meanwhile
        return True
    if study.state == Study.State.DRAFT and _is_large(study):
        with transaction.atomic():
            study = locked_draft(study, "studies are frozen")
            asked = {"asked_by": by, "asked_at": database_now()}
            asked |= {"begun_at": None, "ended_at": None, "faults": []}
            FreezeRequest.objects.update_or_create(study=study, defaults=asked)
            enqueue_on_commit(TASK, study.slug)
        return True
    freezing.freeze(study=study, by=by, warnings_block=True)
    return False


def _is_large(study: Study) -> bool:
    *_, scripts = draft_texts(study)
    return sum(len(script.text) for script in scripts.values()) > AT_ONCE


def run_freezing(slug: str) -> None:
    """The freezing itself; may run twice."""
    asked = (
        FreezeRequest.objects.select_related("study").filter(study__slug=slug, ended_at__isnull=True).first()
    )
    if asked is None:
        return
    FreezeRequest.objects.filter(pk=asked.pk).update(begun_at=database_now())
    faults: list[dict[str, Any]] = [BROKE_OFF]
    try:
        freezing.freeze(study=asked.study, by=asked.asked_by, warnings_block=True)
        faults = []
    except InputErrors as refused:
        faults = [stored_fault(error) for error in refused.errors]
    except WrongState as wrong:
        faults = [{"message": str(wrong), "fix": ""}]
    finally:
        FreezeRequest.objects.filter(pk=asked.pk).update(ended_at=database_now(), faults=faults)


def running_freezing(study: Study) -> FreezeRequest | None:
    """The freezing that a worker does now, or is to begin."""
    asked = FreezeRequest.objects.filter(study=study, ended_at__isnull=True).first()
    if asked is None or study.state != Study.State.DRAFT:
        return None
    now = database_now()
    waited = now - (asked.begun_at or asked.asked_at)
    return asked if waited < (LONGEST if asked.begun_at else SILENT) else None


def last_freeze_errors(study: Study) -> list[dict[str, Any]]:
    """Why the last freezing by a worker did not come about, until something is done with the study."""
    asked = FreezeRequest.objects.filter(study=study).first()
    if asked is None or study.state != Study.State.DRAFT or running_freezing(study):
        return []
    if asked.ended_at is None:
        return [NO_WORKER]
    later = AuditEvent.objects.filter(about=study.slug, at__gt=asked.ended_at)
    return [] if later.exists() else list(asked.faults)
