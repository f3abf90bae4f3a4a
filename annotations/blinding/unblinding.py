"""Opening the seal: one unblinder asks, another one confirms, and everything is logged."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from annotations.blinding import judgment_digests
from annotations.blinding.frozen_check import check_frozen, check_unblinded, revealed_origins
from annotations.blinding.same_browser import check_other_browser
from annotations.blinding.seal import SealedDraw, SealedEntry
from annotations.blinding.unblinders import (
    check_member,
    check_second_factor,
    check_two_people,
    check_unblinder,
    eligible_accounts,
    frozen_moment,
    named_unblinders,
    needs_second_factor,
)
from annotations.design.inputs import Origin
from annotations.errors import WrongState
from annotations.models import Entry, RevealedEntry, Study, UnblindingRequest
from annotations.models.unblinding import Factor
from annotations.spec.sealed_scripts import find_sealing_studies
from annotations.study_events import emit_study_event
from evalsite.core.clock import database_now
from evalsite.core.enqueue import enqueue_on_commit
from evalsite.core.models import AuditEvent, User, record
from evalsite.core.notifications import notify
from evalsite.webhooks.models import EventType
from generation.script_metrics.measuring import measure_again

SHARED = "unblind shared scripts"
State, Place = UnblindingRequest.State, UnblindingRequest.Place


def _closed(study: Study) -> Study:
    study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    _expect_closed(study)
    return study


def _expect_closed(study: Study) -> None:
    if study.state != Study.State.CLOSED:
        raise WrongState(f"study {study.slug} is {study.state}: close it before it is unblinded")


def request(
    *, study: Study, by: User, reason: str, code: str = "", page: HttpRequest | None = None
) -> UnblindingRequest:
    """Ask for the seal of a closed study to be opened. The other unblinders are notified.

    Parameters
    ----------
    study : the study.
    by : an unblinder of the study.
    reason : why now; the second person reads it.
    code, page : the second factor, as `check_second_factor` takes it.

    Raises
    ------
    NotStaff, NotUnblinder, AccessChanged, SecondFactorRefused
    WrongState
        The study is not closed, or a request waits.
    """
    # Before the code is checked, which uses it up; and again in `_ask`, with the locks.
    study = Study.objects.get(pk=study.pk)
    _expect_closed(study)
    check_unblinder(study, by)
    factor = check_second_factor(study, by, code=code, request=page)
    return _ask(study, by, reason.strip(), factor, Place.BROWSER)


@transaction.atomic
def _ask(study: Study, by: User, reason: str, factor: Factor, place: str) -> UnblindingRequest:
    study = _closed(study)
    check_unblinder(study, by)
    if study.unblindings.filter(state=State.WAITING).exists():
        raise WrongState(f"a request to unblind study {study.slug} waits already: confirm or cancel that one")
    asked = UnblindingRequest.objects.create(
        study=study, requested_by=by, reason=reason, requested_with=factor, place=place
    )
    record(who=by.get_username(), verb="ask to unblind", about=study.slug, reason=reason, factor=factor)
    notify(
        [user for user in _may_confirm(study) if user.pk != by.pk],
        "unblinding-requested",
        study.slug,
        key=str(asked.pk),
        who=by.get_username(),
        title=study.title,
    )
    return asked


def _may_confirm(study: Study) -> list[User]:
    """The unblinders, or the team's owners and researchers if none are named."""
    named = named_unblinders(study)
    if named:
        return [each.user for each in named if each.user is not None and each.user.is_active]
    return list(eligible_accounts(study.team_id))


def confirm(
    *, request: UnblindingRequest, by: User, code: str = "", page: HttpRequest | None = None
) -> Study:
    """Open the seal as a second unblinder.

    Parameters
    ----------
    request : one that waits.
    by : another unblinder than the one who asked.
    code, page : the second factor, as `check_second_factor` takes it.

    Raises
    ------
    SamePerson, NotStaff, NotUnblinder, AccessChanged, SecondFactorRefused
        NotStaff, NotUnblinder and AccessChanged also if they are true of the person who asked.
    WrongState
        The study is not closed, or the request does not wait any more.
    FrozenStudyDiffers
        The stored study is not the one that was frozen; the request keeps waiting.
    """
    # Before the code is checked, which uses it up; and again in `_confirm`, with the locks.
    request = UnblindingRequest.objects.select_related("study", "requested_by").get(pk=request.pk)
    _expect_confirmable(request, by)
    browsers = page is not None and needs_second_factor(request.study)
    if page is not None and browsers:
        check_other_browser(page, request)
    factor = check_second_factor(request.study, by, code=code, request=page)
    return _confirm(request, by, factor, ["browsers"] if browsers else [])


def _expect_confirmable(request: UnblindingRequest, by: User) -> None:
    _expect_closed(request.study)
    if request.state != State.WAITING:
        raise WrongState(f"this request is {request.state}")
    check_unblinder(request.study, by)
    check_two_people(request.study, request.requested_by, by)
    check_unblinder(request.study, request.requested_by)


@transaction.atomic
def _confirm(request: UnblindingRequest, by: User, factor: Factor, checked: Sequence[str] = ()) -> Study:
    study = _closed(request.study)
    request = UnblindingRequest.objects.select_for_update().get(pk=request.pk)
    request.study = study
    _expect_confirmable(request, by)
    check_sealed(study)
    answers = judgment_digests.add_digest(study, database_now(), final=True)
    request.confirmed_with = factor
    _end(request, State.CONFIRMED, by)
    _reveal(study)
    record(
        who=by.get_username(),
        verb="unblind",
        about=study.slug,
        requested_by=request.requested_by.get_username(),
        reason=request.reason,
        factor=factor,
        answers=answers,
        checked=[*check_two_people(study, request.requested_by, by), *checked],
        **_record_shared(study, by, {request.requested_by: request.requested_with, by: factor}),
    )
    return study


@transaction.atomic
def cancel(*, request: UnblindingRequest, by: User) -> None:
    """Withdraw or decline a request that waits; any owner or researcher of the team may."""
    check_member(request.study, by)
    request = UnblindingRequest.objects.select_for_update().get(pk=request.pk)
    if request.state != State.WAITING:
        raise WrongState(f"this request is {request.state}")
    _end(request, State.CANCELLED, None)
    record(who=by.get_username(), verb="cancel unblinding", about=request.study.slug)


def unblind_from_console(
    *, study: Study, by: User, other: User, codes: Mapping[str, str] | None = None
) -> Study:
    """Both steps at once, in the names of two unblinders; the log says where it was done.

    Parameters
    ----------
    study : the study.
    by, other : the two people.
    codes : an authenticator code of each by user name, where the study needs a second factor.

    Raises
    ------
    As `request` and `confirm` do.
    """
    study = Study.objects.get(pk=study.pk)
    _expect_closed(study)
    check_two_people(study, by, other)
    for person in (by, other):
        check_unblinder(study, person)
    factors = [
        check_second_factor(study, person, code=(codes or {}).get(person.username, ""))
        for person in (by, other)
    ]
    with transaction.atomic():
        record(
            who="console", verb="unblind from console", about=study.slug, by=by.username, other=other.username
        )
        asked = study.unblindings.filter(state=State.WAITING).first()
        if asked is not None:
            cancel(request=asked, by=by)
        made = _ask(study, by, "done from the console", factors[0], Place.CONSOLE)
        return _confirm(made, other, factors[1])


def may_reveal(other: Study, people: Mapping[User, str]) -> bool:
    """Whether two people, with how each was confirmed, satisfy the rules of another study too."""
    try:
        for person in people:
            check_unblinder(other, person)
        check_two_people(other, *people)
    except WrongState:
        return False
    return not needs_second_factor(other) or {*people.values()} <= {Factor.CODE, Factor.PASSKEY}


def _record_shared(study: Study, by: User, people: Mapping[User, str]) -> dict[str, list[str]]:
    """Record on the trails of other studies that this one reveals or withholds scripts that they have sealed;
    returns their slugs for its own line."""
    found: dict[str, list[str]] = {}
    for other, pairs in find_sealing_studies(study):
        revealed = may_reveal(other, people)
        found.setdefault("shared" if revealed else "withheld", []).append(other.slug)
        detail = {"study": study.slug, "scripts": len(pairs), "revealed": revealed}
        record(who=by.get_username(), verb=SHARED, about=other.slug, **detail)
    return found


def shared_lines(study: Study) -> QuerySet[AuditEvent]:
    """The lines of a study's trail about other studies that used its scripts and were unblinded before it."""
    return AuditEvent.objects.filter(verb=SHARED, about=study.slug, at__gte=frozen_moment(study)).order_by(
        "pk"
    )


def find_withholding_studies(study: Study, *, recorded_only: bool = False) -> list[Study]:
    """Find the blinded studies for which the scripts of an unblinded one are withheld.

    They use some of its scripts and were frozen before it was unblinded, and the two people who unblinded it
    did not satisfy their rules (`recorded_only`), or an earlier version did not ask.
    """
    found, at = [], study.unblinded_at
    for other, _pairs in find_sealing_studies(study) if at else ():
        line = shared_lines(other).filter(detail__study=study.slug).last()
        is_earlier = at is not None and frozen_moment(other) <= at and not recorded_only
        if not line.detail["revealed"] if line else is_earlier:
            found.append(other)
    return found


def hides_systems(study: Study) -> bool:
    """Whether pages may not tell whose a text is: the study is sealed, or its results are withheld."""
    return study.is_sealed or bool(find_withholding_studies(study))


def _end(request: UnblindingRequest, state: str, by: User | None) -> None:
    request.state, request.confirmed_by, request.ended_at = state, by, database_now()
    request.save(update_fields=["state", "confirmed_by", "confirmed_with", "ended_at"])


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
    measure_again(list(study.briefs.values_list("slug", flat=True)))
    enqueue_on_commit("analysis.report_unblinded", study.slug)
    emit_study_event(study, EventType.STUDY_UNBLINDED)
