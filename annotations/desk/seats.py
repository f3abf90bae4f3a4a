"""Taking a seat, leaving it, and the events that tell of it. Never a new draw."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from annotations.desk.locks import CONFLICT, HOLDING_STATES, lock_rater, lock_rater_seat, study_state
from annotations.errors import NoFreeSeat, NotOpen, SimulatedOnly
from annotations.models import (
    Answer,
    AnswerChange,
    Assignment,
    ExternalId,
    Mark,
    Rater,
    RaterStatement,
    Seat,
    SeatEvent,
    Slot,
    Study,
)
from evalsite.core.clock import database_now
from evalsite.core.codes import derived_code, hash_secret, new_secret, rater_code
from evalsite.core.models import record

ENROLLING_STATES = (Study.State.FROZEN, Study.State.OPEN, Study.State.PAUSED)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A new rater, and the secret of the link, which is kept nowhere and shown once."""

    rater: Rater
    secret: str


@transaction.atomic
def enrol(
    *, study: Study, languages: Iterable[str], kind: str = Rater.Kind.PERSON, by: str = "console"
) -> Enrolment:
    """Give a new rater the first free seat with exactly these reading languages.

    A seat that was left counts as free while something of it is left. Links may be made before a study opens
    and while it pauses. In a study whose raters are all simulated, a rater's code follows from seed and seat:
    the bootstrap draws by codes, so the same study has the same intervals. Raises NoFreeSeat (SimulatedOnly
    for a person in such a study), NotOpen.
    """
    state = study_state(study.pk)
    if state not in ENROLLING_STATES:
        raise NotOpen(state)
    simulated = study.spec.get("raters") == Rater.Kind.SIMULATED
    if simulated and kind != Rater.Kind.SIMULATED:
        raise SimulatedOnly(f"study {study.slug} takes simulated raters only: its draw is no secret")
    reads = sorted(set(languages))
    free = Slot.objects.filter(seat=OuterRef("pk"), phase=Slot.Phase.MAIN).exclude(
        assignments__state__in=HOLDING_STATES
    )
    seat = (
        Seat.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(Exists(free), study=study, rater__isnull=True, languages=reads)
        .order_by("number")
        .first()
    )
    if seat is None:
        raise NoFreeSeat(
            f"no seat of study {study.slug} that reads {' and '.join(reads) or 'nothing'} is free: "
            "free one that was left, or plan more seats in a study of its own"
        )
    secret = new_secret()
    taken_over = seat.events.exists()
    code = rater_code()
    if simulated and not taken_over:
        code = derived_code(study.slug, str(study.seed), str(seat.number), length=len(code))
    rater = Rater.objects.create(
        study=study, code=code, languages=reads, kind=kind, secret_hash=hash_secret(secret)
    )
    seat.rater = rater
    seat.save(update_fields=["rater"])
    add_event(seat, "taken over" if taken_over else "taken", rater, by=by)
    record(who=by, verb="enrol", about=study.slug, rater=rater.code, seat=seat.number, kind=kind)
    return Enrolment(rater, secret)


@transaction.atomic
def reissue_link(*, rater: Rater, by: str) -> str:
    """A new secret for the rater's link; the old link ends."""
    rater = lock_rater(rater.pk)
    if rater.withdrawn_at:
        raise NotOpen("withdrawn")
    secret = new_secret()
    rater.secret_hash = hash_secret(secret)
    rater.save(update_fields=["secret_hash"])
    record(who=by, verb="reissue link", about=rater.study.slug, rater=rater.code)
    return secret


@transaction.atomic
def free_seat(*, rater: Rater, by: str, reason: str) -> Seat | None:
    """Let somebody else take what is left of the rater's seat, which is returned; None if there was none."""
    rater = lock_rater(rater.pk)
    seat = leave(rater, "freed", by=by, reason=reason)
    if seat is not None:
        record(
            who=by,
            verb="free seat",
            about=rater.study.slug,
            rater=rater.code,
            seat=seat.number,
            reason=reason,
        )
    return seat


@transaction.atomic
def withdraw(*, rater: Rater, erase: bool, by: str = "rater") -> None:
    """The rater leaves. With `erase` the profile and all that was written in words go; the numbers stay."""
    rater = lock_rater(rater.pk)
    if rater.withdrawn_at is None:
        leave(rater, "withdrawn", by=by, reason="")
        rater.withdrawn_at = database_now()
        rater.save(update_fields=["withdrawn_at"])
        record(who=by, verb="withdraw", about=rater.study.slug, rater=rater.code, erase=erase)
    elif erase:
        record(who=by, verb="erase", about=rater.study.slug, rater=rater.code)
    if erase:
        _erase(rater)


def leave(rater: Rater, verb: str, *, by: str, reason: str) -> Seat | None:
    """Part the rater from the seat, of which others can take what is left. The caller holds its row."""
    seat = lock_rater_seat(rater)
    Assignment.objects.filter(rater=rater, state=Assignment.State.OPEN).update(
        state=Assignment.State.RELEASED
    )
    if seat is None:
        return None
    seat.rater = None
    seat.save(update_fields=["rater"])
    left = Slot.objects.filter(seat=seat, phase=Slot.Phase.MAIN).exclude(
        assignments__state__in=HOLDING_STATES
    )
    add_event(seat, verb, rater, by=by, reason=reason, left=list(left.values_list("position", flat=True)))
    return seat


def _erase(rater: Rater) -> None:
    rater.profile = {}
    rater.series_known, rater.conflicts = [], []
    # The hash of the link stays: who opens the link is told that they have left, and nothing else.
    rater.save(update_fields=["profile", "series_known", "conflicts"])
    RaterStatement.objects.filter(rater=rater, about=RaterStatement.About.PROFILE).delete()
    ExternalId.objects.filter(rater=rater).delete()
    # Which series somebody worked on may name them.
    rater.assignments.filter(skip_reason=CONFLICT).update(skip_reason="other")
    rater.assignments.exclude(reason="").update(reason="")
    Mark.objects.filter(assignment__rater=rater).exclude(note="").update(note="")
    Answer.objects.filter(assignment__rater=rater).delete()
    AnswerChange.objects.filter(assignment__rater=rater).exclude(
        assignment__state__in=[Assignment.State.SUBMITTED, Assignment.State.LATE]
    ).delete()


def add_event(seat: Seat, verb: str, rater: Rater, **detail: Any) -> SeatEvent:
    """Number the next event of a seat. The caller holds the seat's row."""
    last = seat.events.order_by("-number").first()
    return SeatEvent.objects.create(
        seat=seat, number=last.number + 1 if last else 1, verb=verb, rater_code=rater.code, detail=detail
    )


def free_seats(study: Study) -> dict[str, int]:
    """Seats that somebody may take, by reading languages (`en`, `zh`, `en zh`)."""
    left = Slot.objects.filter(seat=OuterRef("pk"), phase=Slot.Phase.MAIN).exclude(
        assignments__state__in=HOLDING_STATES
    )
    seats = study.seats.annotate(has_left=Exists(left)).order_by("number")
    found: dict[str, int] = {}
    for seat in seats:
        key = " ".join(seat.languages)
        found[key] = found.get(key, 0) + (seat.rater_id is None and seat.has_left)
    return found
