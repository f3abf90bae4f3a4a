"""Replacing an unblinder of a frozen study: a member of the team asks, a remaining unblinder accepts."""

from datetime import datetime, timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from annotations.blinding.same_browser import check_other_browser
from annotations.blinding.unblinders import (
    AccessChanged,
    NotUnblinder,
    check_member,
    check_second_factor,
    check_two_people,
    check_unblinder,
    eligible_accounts,
    frozen_moment,
    mailbox,
    named_unblinders,
    needs_second_factor,
)
from annotations.errors import WrongState
from annotations.models import Amendment, Study, UnblinderChange
from annotations.models.unblinding import Factor
from evalsite.core.clock import database_now
from evalsite.core.models import User, record
from evalsite.core.notifications import notify

State = UnblinderChange.State
NOTICE = timedelta(hours=24)
"""Time between the notification of a replacement and its earliest acceptance."""


class TooEarly(WrongState):
    """The person who would be replaced can still decline."""


class NoSuchChange(WrongState):
    """Such a replacement can't be requested: the reason is in the text."""


def _lock(study: Study) -> Study:
    study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if study.state in (Study.State.DRAFT, Study.State.UNBLINDED):
        raise WrongState(f"study {study.slug} is {study.state}: its unblinders can't be replaced")
    return study


def check_may_request(study: Study, user: User) -> None:
    """Check that a person may request a replacement.

    Raises
    ------
    NotStaff, AccessChanged
    """
    check_member(study, user)
    if user.access_changed_by_other_since(frozen_moment(study)):
        raise AccessChanged(
            _(
                "Someone else could sign in as %(name)s since the study was frozen, so %(name)s can't "
                "request a replacement. Ask another owner or researcher of the team to request it on this "
                "page."
            )
            % {"name": user.get_username()}
        )


@transaction.atomic
def request_change(*, study: Study, old: str, new: str, reason: str, by: User) -> UnblinderChange:
    """Ask to replace an unblinder. All unblinders are notified, including the one who would be replaced.

    Parameters
    ----------
    study : frozen and not unblinded.
    old : the user name of an unblinder.
    new : the user name of another active owner or researcher of the team; or `old` again, to vouch for an
        account whose access someone else has changed.
    reason : why, which becomes the text of the amendment.
    by : an owner or researcher of the team whose access no one else has changed since the freezing, so that
        one person can't request it with another's account. An unblinder who requests it can't accept it too.

    Raises
    ------
    NotStaff, AccessChanged, WrongState
    NoSuchChange
        Names the wrong name, or states that no unblinder would be left to accept the change.
    """
    study = _lock(study)
    check_may_request(study, by)
    if study.unblinder_changes.filter(state=State.WAITING).exists():
        raise WrongState(f"a replacement of an unblinder of study {study.slug} waits already")
    named = named_unblinders(study)
    if old not in {each.name for each in named}:
        raise NoSuchChange(_("%(name)s isn't an unblinder of this study.") % {"name": old})
    person = eligible_accounts(study.team_id).filter(username=new).first()
    if person is None:
        raise NoSuchChange(
            _("%(name)s isn't an active owner or researcher of the study's team.") % {"name": new}
        )
    others = [each for each in named if each.name != old]
    if person.username in {each.name for each in others} or person.pk in {each.account for each in others}:
        raise NoSuchChange(_("%(name)s is an unblinder already.") % {"name": new})
    if mailbox(person.email) in {mailbox(each.user.email) for each in others if each.user} - {""}:
        raise NoSuchChange(
            _("%(name)s has the same email address as another unblinder, so they may be one person.")
            % {"name": new}
        )
    remaining = [each for each in others if each.account not in (by.pk, person.pk) and each.user]
    if not remaining:
        raise NoSuchChange(
            _("A remaining unblinder has to accept this, so another member of the team has to request it.")
        )
    change = UnblinderChange.objects.create(
        study=study, old=old, new=person, new_name=person.username, reason=reason.strip(), requested_by=by
    )
    record(
        who=by.get_username(),
        verb="ask to replace unblinder",
        about=study.slug,
        old=old,
        new=person.username,
        reason=change.reason,
    )
    notify(
        [each.user for each in remaining if each.user],
        "unblinder-change-requested",
        study.slug,
        key=str(change.pk),
        who=by.get_username(),
        title=study.title,
    )
    notify(
        [each.user for each in named if each.name == old and each.user and each.user.pk != by.pk],
        "unblinder-replaced",
        study.slug,
        key=str(change.pk),
        who=by.get_username(),
        title=study.title,
    )
    return change


def acceptable_from(change: UnblinderChange) -> datetime:
    """From when a replacement can be accepted, so that the person who is replaced can decline it first.

    At once if that person requested it, or where the site or the study needs no second factor.
    """
    own = any(
        each.name == change.old and each.account == change.requested_by_id
        for each in named_unblinders(change.study)
    )
    at_once = own or not needs_second_factor(change.study)
    return change.requested_at if at_once else change.requested_at + NOTICE


def accept_change(
    *, change: UnblinderChange, by: User, code: str = "", request: HttpRequest | None = None
) -> Amendment:
    """Accept a replacement: it becomes an amendment and counts from now on.

    Parameters
    ----------
    change : one that waits.
    by : an unblinder who is not replaced, did not request it and is not the new one.
    code, request : as `check_second_factor` takes them.

    Raises
    ------
    NotStaff, NotUnblinder, AccessChanged, SamePerson, TooEarly, SecondFactorRefused, WrongState
    """
    # Before the code is checked, which uses it up; and again in `_accept`, with the locks.
    change = UnblinderChange.objects.select_related("study", "new").get(pk=change.pk)
    _expect_acceptable(change, by)
    if request is not None and needs_second_factor(change.study):
        check_other_browser(request, change)
    return _accept(change, by, check_second_factor(change.study, by, code=code, request=request))


def _expect_acceptable(change: UnblinderChange, by: User) -> None:
    if change.state != State.WAITING:
        raise WrongState(f"this replacement is {change.state}")
    study = change.study
    check_unblinder(study, by)
    if by.pk in (change.requested_by_id, change.new_id) or by.username == change.old:
        raise NotUnblinder(_("A remaining unblinder who didn't request this has to accept it."))
    check_two_people(study, change.requested_by, by)
    if database_now() < acceptable_from(change):
        raise TooEarly(
            _("%(name)s has been notified and can decline this for 24 hours. Accept it after that.")
            % {"name": change.old}
        )
    if not eligible_accounts(study.team_id).filter(pk=change.new_id, username=change.new_name).exists():
        raise NoSuchChange(
            _("%(name)s isn't an active owner or researcher of the study's team.") % {"name": change.new_name}
        )


@transaction.atomic
def _accept(change: UnblinderChange, by: User, factor: Factor) -> Amendment:
    study = _lock(change.study)
    change = UnblinderChange.objects.select_for_update(of=("self",)).select_related("new").get(pk=change.pk)
    _expect_acceptable(change, by)
    amendment = Amendment.objects.create(study=study, who=by.get_username(), text=change.reason)
    change.state, change.accepted_by, change.accepted_with = State.ACCEPTED, by, factor
    change.ended_at, change.amendment = database_now(), amendment
    change.save(update_fields=["state", "accepted_by", "accepted_with", "ended_at", "amendment"])
    record(
        who=by.get_username(),
        verb="replace unblinder",
        about=study.slug,
        old=change.old,
        new=change.new_name,
        requested_by=change.requested_by.get_username(),
        factor=factor,
        reason=change.reason,
    )
    return amendment


@transaction.atomic
def decline_change(*, change: UnblinderChange, by: User) -> None:
    """Decline or withdraw a replacement that waits."""
    check_member(change.study, by)
    change = UnblinderChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    if change.state != State.WAITING:
        raise WrongState(f"this replacement is {change.state}")
    change.state, change.ended_at = State.DECLINED, database_now()
    change.save(update_fields=["state", "ended_at"])
    record(
        who=by.get_username(),
        verb="decline unblinder change",
        about=change.study.slug,
        old=change.old,
        new=change.new_name,
    )


def decline_waiting(study: Study) -> None:
    """Decline waiting changes when the freezing is undone. The next freezing stores its unblinders again."""
    study.unblinder_changes.filter(state=State.WAITING).update(state=State.DECLINED, ended_at=database_now())
