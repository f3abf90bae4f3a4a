"""Taking a seat, leaving it, and the events that record it; never a new draw. The rows that services lock.

Prolific sends people with `PROLIFIC_PID`, `STUDY_ID` and `SESSION_ID` in the address. Either each of them has
a personal link, or all have the study's shared one, where a button gives each a seat of their own.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from django.db import connection, transaction
from django.db.models import Count, Exists, Max, Min, Model, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.crypto import constant_time_compare, salted_hmac

from annotations.blinding.judgment_digests import PROFILES
from annotations.errors import NoFreeSeat, NotOpen, SimulatedOnly
from annotations.models import (
    Answer,
    AnswerChange,
    AnswerRevision,
    Assignment,
    ExternalId,
    Mark,
    Rater,
    RaterContact,
    RaterLink,
    RaterStatement,
    Seat,
    SeatEvent,
    Slot,
    Study,
)
from evalsite.core.advisory_locks import advisory_lock
from evalsite.core.audit_chain import erase_values
from evalsite.core.clock import database_now
from evalsite.core.codes import derived_code, hash_secret, new_secret, rater_code
from evalsite.core.models import AuditEvent, record
from evalsite.core.trail import PROFILE

# States in which an assignment keeps its slot from being given again.
HOLDING_STATES = (Assignment.State.OPEN, Assignment.State.SUBMITTED, Assignment.State.SKIPPED)
# States in which an assignment takes nothing more.
ENDED_STATES = (
    Assignment.State.SUBMITTED,
    Assignment.State.LATE,
    Assignment.State.SKIPPED,
    Assignment.State.PRACTISED,
)
CONFLICT = "conflict"
"""The reason of a skip that no one chose: a series that the rater worked on."""


def study_state(study_id: int) -> str:
    """The study's state, which cannot change until this transaction ends; others may hold it so as well."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM annotations_study WHERE id = %s FOR SHARE", [study_id])
        (state,) = cursor.fetchone()
    return str(state)


def lock_rater(rater_id: int) -> Rater:
    return Rater.objects.select_for_update(no_key=True).get(pk=rater_id)


def lock_rater_keeping_study(rater: Rater) -> Rater:
    """The rater's row as it is now, with the study that was read before: its file, which is long, does not
    change while it has raters.
    """
    return _with_known(lock_rater(rater.pk), rater, "study")


def lock_assignment(assignment: Assignment) -> Assignment:
    """The assignment's row as it is now, with the slot, which does not change, if it was read before."""
    locked = Assignment.objects.select_for_update(no_key=True).get(pk=assignment.pk)
    return _with_known(locked, assignment, "slot")


def _with_known[Row: Model](fresh: Row, known: Row, name: str) -> Row:
    if known._meta.get_field(name).is_cached(known):  # type: ignore[union-attr]
        setattr(fresh, name, getattr(known, name))
    return fresh


def lock_rater_seat(rater: Rater) -> Seat | None:
    return Seat.objects.select_for_update(no_key=True).filter(rater=rater).first()


ENROLLING_STATES = (Study.State.FROZEN, Study.State.OPEN, Study.State.PAUSED)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A new rater, and the secret of the link, which is displayed once and never stored."""

    rater: Rater
    secret: str


@dataclass(frozen=True, slots=True)
class Place:
    """What a new rater needs: a seat with exactly these reading languages, without series in `conflicts`."""

    languages: tuple[str, ...]
    conflicts: tuple[str, ...] = ()


def enrol(
    *, study: Study, languages: Iterable[str], kind: str = Rater.Kind.PERSON, by: str = "console"
) -> Enrolment:
    """Give a new rater the first free seat with exactly these reading languages; as `enrol_all` does."""
    place = Place(tuple(sorted(set(languages))))
    return enrol_all(study=study, places=[place], kind=kind, by=by)[0]


@transaction.atomic
def enrol_all(
    *, study: Study, places: Sequence[Place], kind: str = Rater.Kind.PERSON, by: str = "console"
) -> list[Enrolment]:
    """Give each new rater the first free seat with exactly these reading languages: all of them, or none.

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
    seats = _lock_free_seats(study, places)
    last_events = dict(
        SeatEvent.objects.filter(seat__in=seats).values_list("seat").annotate(last=Max("number"))
    )
    enrolments, events = [], []
    for place, seat in zip(places, seats, strict=True):
        secret, code = new_secret(), rater_code()
        if simulated and seat.pk not in last_events:
            code = derived_code(study.slug, str(study.seed), str(seat.number), length=len(code))
        rater = Rater(
            study=study,
            code=code,
            languages=list(place.languages),
            conflicts=sorted(set(place.conflicts)),
            staff_conflicts=sorted(set(place.conflicts)),
            kind=kind,
            secret_hash=hash_secret(secret),
        )
        seat.rater = rater
        enrolments.append(Enrolment(rater, secret))
        number = last_events.get(seat.pk, 0) + 1
        verb = "taken over" if number > 1 else "taken"
        events.append(SeatEvent(seat=seat, number=number, verb=verb, rater_code=code, detail={"by": by}))
    Rater.objects.bulk_create(one.rater for one in enrolments)
    Seat.objects.bulk_update(seats, ["rater"])
    SeatEvent.objects.bulk_create(events)
    AuditEvent.objects.bulk_create(
        AuditEvent(
            who=by,
            verb="enrol",
            about=study.slug,
            detail={"rater": one.rater.code, "seat": seat.number, "kind": kind},
        )
        for one, seat in zip(enrolments, seats, strict=True)
    )
    return enrolments


def _lock_free_seats(study: Study, places: Sequence[Place]) -> list[Seat]:
    """A free seat for each place, locked. Raises NoFreeSeat."""
    left = Slot.objects.filter(seat=OuterRef("pk"), phase=Slot.Phase.MAIN).exclude(
        assignments__state__in=HOLDING_STATES
    )
    found: dict[tuple[str, ...], list[Seat]] = {}
    for languages, count in Counter(place.languages for place in places).items():
        seats = (
            Seat.objects.select_for_update(no_key=True, skip_locked=True)
            .filter(Exists(left), study=study, rater__isnull=True, languages=list(languages))
            .order_by("number")
        )[:count]
        found[languages] = list(seats)
        if len(found[languages]) < count:
            raise NoFreeSeat(
                f"no seat of study {study.slug} that reads {' and '.join(languages) or 'nothing'} is free: "
                "free one that was left, or plan more seats in a study of its own"
            )
    return [found[place.languages].pop(0) for place in places]


@transaction.atomic
def reissue_link(*, rater: Rater, by: str) -> str:
    """A new secret for the rater's link; the old one ends, and so do the links that mails have brought."""
    rater = lock_rater(rater.pk)
    if rater.withdrawn_at:
        raise NotOpen("withdrawn")
    secret = new_secret()
    rater.secret_hash = hash_secret(secret)
    rater.save(update_fields=["secret_hash"])
    if rater.kind == Rater.Kind.PERSON:
        mark_new_link([rater])
    RaterLink.objects.filter(rater=rater).delete()
    record(who=by, verb="reissue link", about=rater.study.slug, rater=rater.code)
    return secret


def mark_new_link(raters: Iterable[Rater], *, again: bool = False) -> None:
    """Note that staff have, or had, a way into these raters' places: it is announced to the raters, and what
    they judge from now on is flagged.

    With `again`, only for those who have used a link before: for the others it is the first one.
    """
    rows, now = Rater.objects.filter(pk__in=[rater.pk for rater in raters]), database_now()
    if again:
        rows = rows.filter(opened_at__isnull=False)
    rows.update(new_link_at=now, relinked_at=Coalesce("relinked_at", now))


def dismiss_new_link(rater: Rater) -> None:
    """The rater has read that there is a new link."""
    Rater.objects.filter(pk=rater.pk).update(new_link_seen_at=database_now())


def mark_opened(rater: Rater) -> None:
    """Note when a link was first used to sign in; a look at it by a mail scanner does not count."""
    Rater.objects.filter(pk=rater.pk, opened_at__isnull=True).update(opened_at=database_now())


@transaction.atomic
def free_seat(*, rater: Rater, by: str, reason: str) -> Seat | None:
    """Free what is left of the rater's seat for another rater, which is returned; None if there was none."""
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
        _erase_reasons(rater, by)


@transaction.atomic
def erase_words(*, rater: Rater, by: str) -> None:
    """Erase what leaving with erasure erases. The rater stays in the study; the numbers stay too."""
    rater = lock_rater(rater.pk)
    record(who=by, verb="erase", about=rater.study.slug, rater=rater.code)
    _erase(rater)
    _erase_reasons(rater, by)


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
    rater.series_known, rater.conflicts, rater.staff_conflicts = [], [], []
    # The hash of the link stays: the link then leads to a page that says only that they have left.
    rater.save(update_fields=["profile", "series_known", "conflicts", "staff_conflicts"])
    RaterStatement.objects.filter(rater=rater, about=RaterStatement.About.PROFILE).update(content={})
    ExternalId.objects.filter(rater=rater).delete()
    RaterContact.objects.filter(rater=rater).delete()
    # The series that a rater worked on may name them.
    rater.assignments.filter(skip_reason=CONFLICT).update(skip_reason="other")
    rater.assignments.exclude(reason="").update(reason="")
    revisions = AnswerRevision.objects.filter(assignment__rater=rater)
    revisions.exclude(earlier_reason="").update(earlier_reason="")
    Mark.objects.filter(assignment__rater=rater).exclude(note="").update(note="")
    Answer.objects.filter(assignment__rater=rater).delete()
    AnswerChange.objects.filter(assignment__rater=rater).exclude(
        assignment__state__in=[Assignment.State.SUBMITTED, Assignment.State.LATE]
    ).delete()


def _erase_reasons(rater: Rater, by: str) -> None:
    """Erase what staff wrote when they freed the rater's seat, from the seat's events and from the trail, and
    the digest of the rater's profile from the trail."""
    events = SeatEvent.objects.filter(
        rater_code=rater.code, seat__study=rater.study, detail__has_key="reason"
    )
    for event in events:
        event.detail["reason"] = ""
        event.save(update_fields=["detail"])
    lines = AuditEvent.objects.filter(verb="free seat", about=rater.study.slug, detail__rater=rater.code)
    erase_values(lines, ["reason"], by=by)
    profiles = AuditEvent.objects.filter(verb=PROFILES, about=rater.study.slug)
    erase_values(profiles, [f"{PROFILE}{rater.code}"], by=by)


def add_event(seat: Seat, verb: str, rater: Rater, **detail: Any) -> SeatEvent:
    """Number the next event of a seat. The caller holds the seat's row."""
    last = seat.events.order_by("-number").first()
    return SeatEvent.objects.create(
        seat=seat, number=last.number + 1 if last else 1, verb=verb, rater_code=rater.code, detail=detail
    )


def free_seats(study: Study) -> dict[str, int]:
    """Free seats, by reading languages (`en`, `zh`, `en zh`)."""
    left = Slot.objects.filter(seat=OuterRef("pk"), phase=Slot.Phase.MAIN).exclude(
        assignments__state__in=HOLDING_STATES
    )
    # Taken seats are not asked for what is left of them: in a large study that is most of the work.
    free = Count("pk", filter=Q(Q(rater__isnull=True), Exists(left)))
    rows = study.seats.order_by().values("languages").annotate(free=free, first=Min("number"))
    return {" ".join(row["languages"]): row["free"] for row in rows.order_by("first")}


PROVIDER = "prolific"
NOT_CONFIRMED = "no consent within two hours"
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class ProlificIds:
    """Who a rater is to Prolific; `study` and `session` may be empty."""

    participant: str
    study: str = ""
    session: str = ""


def read_prolific_ids(study: Study, query: Mapping[str, str]) -> ProlificIds | Literal["malformed"] | None:
    """What the address says; None where the study takes none or none came."""
    if not study.spec.get("prolific"):
        return None
    given = [query.get(name, "").strip() for name in ("PROLIFIC_PID", "STUDY_ID", "SESSION_ID")]
    if not any(given):
        return None
    participant, at_study, session = given
    if not participant or not all(_ID.fullmatch(one) for one in given if one):
        return "malformed"
    return ProlificIds(participant, at_study, session)


def store_prolific_ids(*, rater: Rater, ids: ProlificIds) -> None:
    """Note who came by a personal link; the first one stays."""
    ExternalId.objects.get_or_create(
        rater=rater,
        defaults={
            "provider": PROVIDER,
            "participant": ids.participant,
            "study": ids.study,
            "session": ids.session,
        },
    )


def shared_link_key(study: Study) -> str:
    """The last part of the study's shared address: random, and new with a new secret key of the site."""
    return salted_hmac("annotations.recruiting", study.slug, algorithm="sha256").hexdigest()[:40]


def study_by_link_key(key: str) -> Study | None:
    """The study with this shared address; only one that says `prolific: true` has any."""
    for study in Study.objects.filter(spec__prolific=True):
        if constant_time_compare(key, shared_link_key(study)):
            return study
    return None


def find_participant(study: Study, ids: ProlificIds) -> Rater | None:
    """The rater that this participant is already."""
    rows = ExternalId.objects.filter(
        provider=PROVIDER, participant=ids.participant, rater__study=study
    ).select_related("rater__study")
    found = rows.order_by("pk").first()
    return found.rater if found else None


FEWEST_UNCONFIRMED = 3
UNCONFIRMED_FOR = timedelta(hours=2)
"""After so long, a seat of someone who has not consented is released if others wait for it."""


class TooManyUnconfirmed(Exception):
    """Too many participants have taken a seat and neither consented nor, where there is any, practised."""


@transaction.atomic
def enrol_participant(*, study: Study, ids: ProlificIds, languages: Sequence[str]) -> Rater:
    """A seat for a participant, the same however often the button is pressed.

    Anyone can invent an id, so at most half of the seats (but three) can be unconfirmed at a time.

    Parameters
    ----------
    study : open, with a shared recruiting address.
    ids : who the participant is to Prolific.
    languages : what the seat's rater reads.

    Raises
    ------
    NoFreeSeat, NotOpen, TooManyUnconfirmed
    """
    advisory_lock(f"recruit {study.pk}")
    if rater := find_participant(study, ids):
        return rater
    if len(_unconfirmed(study)) >= max(FEWEST_UNCONFIRMED, study.seats.count() // 2):
        stale = [
            rater
            for rater in _unconfirmed(study)
            if not rater.consents.exists() and rater.enrolled_at < database_now() - UNCONFIRMED_FOR
        ]
        for rater in stale:
            free_seat(rater=rater, by=PROVIDER, reason=NOT_CONFIRMED)
        if not stale:
            raise TooManyUnconfirmed
    rater = enrol(study=study, languages=languages, by=PROVIDER).rater
    store_prolific_ids(rater=rater, ids=ids)
    return rater


def _unconfirmed(study: Study) -> list[Rater]:
    """Participants with a seat who have not consented yet, or not passed practice where there is any."""
    seated = Rater.objects.filter(
        study=study, seat__isnull=False, external_id__provider=PROVIDER, withdrawn_at__isnull=True
    ).select_related("study")
    if study.spec.get("practice"):
        return list(seated.filter(practised_at__isnull=True))
    return list(seated.filter(consents__isnull=True))
