"""Opening the seal: one person asks, another one confirms, and everything is logged."""

from django.db import transaction

from annotations.blinding import judgment_digests
from annotations.blinding.frozen_check import check_frozen, check_unblinded, revealed_origins
from annotations.blinding.seal import SealedDraw, SealedEntry
from annotations.design.origins import Origin
from annotations.errors import WrongState
from annotations.models import Entry, RevealedEntry, Study, UnblindingRequest
from evalsite.core.clock import database_now
from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.models import User, record
from evalsite.core.notifications import active_staff, notify

State = UnblindingRequest.State


class SamePerson(WrongState):
    """Whoever asked may not be the one who confirms."""


class NotStaff(WrongState):
    """Only an active member of the staff may ask or confirm."""


def _check_person(user: User) -> None:
    if not (user.is_active and user.is_staff):
        raise NotStaff(f"{user.get_username()} is no active member of the staff")


def _closed(study: Study) -> Study:
    study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if study.state != Study.State.CLOSED:
        raise WrongState(f"study {study.slug} is {study.state}: close it before it is unblinded")
    return study


@transaction.atomic
def request(*, study: Study, by: User, reason: str) -> UnblindingRequest:
    """Ask for the seal of a closed study to be opened; raises WrongState, also where a request waits."""
    _check_person(by)
    study = _closed(study)
    if study.unblindings.filter(state=State.WAITING).exists():
        raise WrongState(f"a request to unblind study {study.slug} waits already: confirm or cancel that one")
    asked = UnblindingRequest.objects.create(study=study, requested_by=by, reason=reason.strip())
    record(who=by.get_username(), verb="ask to unblind", about=study.slug, reason=reason.strip())
    notify(
        active_staff().exclude(pk=by.pk),
        "unblinding-requested",
        study.slug,
        key=str(asked.pk),
        who=by.get_username(),
        title=study.title,
    )
    return asked


@transaction.atomic
def confirm(*, request: UnblindingRequest, by: User) -> Study:
    """A second person opens the seal. Raises SamePerson, NotStaff or WrongState, and FrozenStudyDiffers where
    the stored study is not the one that was frozen; the request then keeps waiting."""
    _check_person(by)
    study = _closed(request.study)
    request = UnblindingRequest.objects.select_for_update().get(pk=request.pk)
    if request.state != State.WAITING:
        raise WrongState(f"this request is {request.state}")
    if request.requested_by_id == by.pk:
        raise SamePerson("unblinding needs two people: somebody else must confirm")
    check_sealed(study)
    judgment_digests.add_digest(study, database_now())
    _end(request, State.CONFIRMED, by)
    _reveal(study)
    record(
        who=by.get_username(),
        verb="unblind",
        about=study.slug,
        requested_by=request.requested_by.get_username(),
        reason=request.reason,
    )
    return study


@transaction.atomic
def cancel(*, request: UnblindingRequest, by: User) -> None:
    """Withdraw a request that waits."""
    _check_person(by)
    request = UnblindingRequest.objects.select_for_update().get(pk=request.pk)
    if request.state != State.WAITING:
        raise WrongState(f"this request is {request.state}")
    _end(request, State.CANCELLED, None)
    record(who=by.get_username(), verb="cancel unblinding", about=request.study.slug)


@transaction.atomic
def unblind_from_console(*, study: Study, by: User, other: User) -> Study:
    """Both steps at once, by somebody who names two members of the staff; the log says where it was done."""
    record(who="console", verb="unblind from console", about=study.slug, by=by.username, other=other.username)
    if by.pk == other.pk:
        raise SamePerson("unblinding needs two people: name two")
    asked = study.unblindings.filter(state=State.WAITING).first()
    if asked is not None:
        cancel(request=asked, by=by)
    return confirm(request=request(study=study, by=by, reason="done from the console"), by=other)


def _end(request: UnblindingRequest, state: str, by: User | None) -> None:
    request.state, request.confirmed_by, request.ended_at = state, by, database_now()
    request.save(update_fields=["state", "confirmed_by", "ended_at"])


def check_sealed(study: Study) -> None:
    """Check a frozen study by its sealed rows. Raises FrozenStudyDiffers, which names no system."""
    check_frozen(study, *_sealed(study))


def check_study(study: Study) -> None:
    """Check a study in any state from frozen on: by its sealed rows, or by what unblinding revealed.

    Raises
    ------
    WrongState
        The study is a draft.
    FrozenStudyDiffers
        Names the rows that differ.
    """
    if study.state == Study.State.DRAFT:
        raise WrongState(f"study {study.slug} is a draft: nothing is frozen yet")
    if study.is_sealed:
        check_sealed(study)
        return
    check_unblinded(study)
    origins, nonce = _sealed(study)
    # Sealed rows stay, so what was revealed can be compared with them.
    if set(origins) != set(revealed_origins(study)) or nonce != study.draw_nonce:
        check_sealed(study)


def _sealed(study: Study) -> tuple[list[Origin], str]:
    rows = SealedEntry.objects.filter(study_slug=study.slug)
    draw = SealedDraw.objects.filter(study_slug=study.slug).first()
    return [row.origin for row in rows], draw.nonce if draw else ""


def _reveal(study: Study) -> None:
    sealed = {row.entry_code: row for row in SealedEntry.objects.filter(study_slug=study.slug)}
    entries = Entry.objects.filter(study_brief__study=study)
    RevealedEntry.objects.bulk_create(
        RevealedEntry(
            entry=entry,
            system_slug=sealed[entry.code].system_slug,
            script_digest=sealed[entry.code].script_digest,
            script_sample=sealed[entry.code].script_sample,
            nonce=sealed[entry.code].nonce,
        )
        for entry in entries
    )
    study.state, study.unblinded_at = Study.State.UNBLINDED, database_now()
    study.draw_nonce = SealedDraw.objects.get(study_slug=study.slug).nonce
    study.save(update_fields=["state", "unblinded_at", "draw_nonce"])
    enqueue_on_commit("analysis.report_unblinded", study.slug)
