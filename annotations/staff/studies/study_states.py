"""The verbs that move a frozen study: open, pause, close; and what is said of it later."""

from typing import Literal

from django.db import transaction

from annotations.blinding import judgment_digests
from annotations.errors import WrongState
from annotations.models import Amendment, Study
from annotations.study_events import emit_study_event
from evalsite.core.clock import database_now
from evalsite.core.models import record
from evalsite.webhooks.models import EventType

Verb = Literal["open", "pause", "close"]
State = Study.State

MOVES: dict[str, tuple[frozenset[str], str]] = {
    "open": (frozenset({State.FROZEN, State.PAUSED}), State.OPEN),
    "pause": (frozenset({State.OPEN}), State.PAUSED),
    "close": (frozenset({State.OPEN, State.PAUSED}), State.CLOSED),
}
EVENTS = {"open": EventType.STUDY_OPENED, "close": EventType.STUDY_CLOSED}


@transaction.atomic
def transition(*, study: Study, verb: Verb, by: str) -> Study:
    """Move the study and log it; raises WrongState where its state does not allow the verb, and where an
    archived study would open: raters would judge unseen."""
    allowed, target = MOVES[verb]
    study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if study.state not in allowed:
        raise WrongState(
            f"study {study.slug} is {study.state}: "
            f"only a study that is {' or '.join(sorted(allowed))} can {verb}"
        )
    if target == State.OPEN and study.archived_at:
        raise WrongState(f"study {study.slug} is archived: restore it from the archive, then open it")
    before, study.state = study.state, target
    now = database_now()
    if target == State.OPEN and study.opened_at is None:
        study.opened_at = now
    if target == State.CLOSED:
        study.closed_at = now
    study.save(update_fields=["state", "opened_at", "closed_at"])
    record(who=by, verb=verb, about=study.slug, before=before)
    if verb in EVENTS:
        emit_study_event(study, EVENTS[verb])
    if target == State.CLOSED:
        # The study is locked, so no submission is under way.
        judgment_digests.add_digest(study, now, final=True)
        judgment_digests.add_profile_digests(study)
    return study


@transaction.atomic
def amend(*, study: Study, by: str, text: str) -> Amendment:
    """Add a dated row to what was frozen: a change of plan or a deviation, with its reason."""
    amendment = Amendment.objects.create(study=study, who=by, text=text.strip())
    record(who=by, verb="amend", about=study.slug, text=amendment.text)
    return amendment
