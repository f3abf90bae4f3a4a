"""Who may unblind a study, and how each of them proves who they are.

The study file names two or three people. Freezing adds the keys of their accounts to the frozen plan, which
is part of the study's digest. Later changes are rows of `UnblinderChange` that a remaining unblinder has
accepted.

A study without named unblinders can be unblinded by any two owners or researchers of its team whose accounts
are older than the freezing and were not changed by someone else since. These are studies that an earlier
version froze, and studies of sites that require no second factor. A new account counts only where the site
had a single account at the freezing. The report states that no unblinders were named. Studies whose raters
are all simulated have no secret draw, so any two accounts can unblind them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from msgspec.structs import replace

from annotations.errors import WrongState
from annotations.models import Rater, Study, UnblinderChange
from annotations.models.unblinding import Factor
from annotations.spec.draft_errors import draft_error
from annotations.spec.values import StudySpec, UnblinderSpec
from evalsite.accounts import second_factor
from evalsite.core.errors import InputError
from evalsite.core.models import AuditEvent, Role, User
from evalsite.core.teams import has_role

FRESH = timedelta(minutes=5)
"""How long ago a passkey or a code may have been checked in the browser to count as fresh."""
REQUIRED = "required"


class NotStaff(WrongState):
    """Only an active owner or researcher of the study's team may do this."""


class NotUnblinder(WrongState):
    """The study names its unblinders, and this person is none of them."""


class AccessChanged(WrongState):
    """Someone else could sign in as this person: the account's access was changed after freezing."""


class SamePerson(WrongState):
    """The two accounts, or the browsers in which they act, show that one person has both."""


class SecondFactorRefused(WrongState):
    """The second factor is missing or wrong. `code` says which: none, missing or wrong."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Unblinder:
    """One of the people who may unblind a study.

    `user` is None if the account was removed. Changes of the account's access by other people count from
    `since`: the freezing, or the moment at which a remaining unblinder accepted this person.
    """

    name: str
    account: int
    since: datetime
    user: User | None


# Naming and freezing


def eligible_accounts(team: int | None) -> QuerySet[User]:
    """The accounts that can be named: active owners and researchers of the team."""
    return User.objects.filter(
        is_active=True,
        is_staff=True,
        memberships__team=team,
        memberships__role__in=[Role.OWNER, Role.RESEARCHER],
    ).order_by("username")


def find_faults(study: Study, spec: StudySpec, *, required: bool) -> list[InputError]:
    """What is wrong with the unblinders of a draft that is about to be frozen.

    Parameters
    ----------
    study : the draft.
    spec : its plan.
    required : whether the rules of the site apply. With UNBLIND_SECOND_FACTOR=required a study with human
        raters has to name unblinders, who have different addresses and have signed in before.
    """
    is_strict = settings.UNBLIND_SECOND_FACTOR == REQUIRED
    accounts = {user.username: user for user in eligible_accounts(study.team_id)}
    if not spec.unblinders:
        needed = required and is_strict and spec.raters != Rater.Kind.SIMULATED
        return [draft_error(study.slug, "no_unblinders")] if needed else []
    names = [each.name for each in spec.unblinders]
    if missing := [name for name in names if name not in accounts]:
        return [draft_error(study.slug, "no_such_unblinder", name=name) for name in missing]
    if not required:
        return []
    addresses = [address for name in names if (address := mailbox(accounts[name].email))]
    faults: list[InputError] = []
    if len(addresses) > len(set(addresses)):
        faults.append(draft_error(study.slug, "same_address"))
    if is_strict:
        # A person who accepts an invitation after the freezing has used a link that someone else made.
        faults += [
            draft_error(study.slug, "not_signed_in", name=name)
            for name in names
            if accounts[name].last_login is None
        ]
    return faults


def with_accounts(study: Study, spec: StudySpec) -> StudySpec:
    """The plan with the keys of the unblinders' accounts; `find_faults` has found that they exist."""
    keys = dict(eligible_accounts(study.team_id).values_list("username", "pk"))
    named = tuple(UnblinderSpec(name=each.name, account=keys[each.name]) for each in spec.unblinders)
    return replace(spec, unblinders=named)


def mailbox(address: str) -> str:
    """The address without what differs between spellings of one mailbox: case, and a tag behind a plus."""
    name, _at, host = address.strip().lower().rpartition("@")
    return f"{name.partition('+')[0]}@{host}" if name else ""


# Who may unblind


def named_unblinders(study: Study) -> list[Unblinder]:
    """The people who may unblind the study now, with accepted changes; empty if it names none."""
    since = frozen_moment(study)
    found = {each["name"]: (each.get("account", 0), since) for each in study.spec.get("unblinders", ())}
    # Those from before an undone freezing don't count.
    accepted = study.unblinder_changes.filter(state=UnblinderChange.State.ACCEPTED, ended_at__gte=since)
    events = AuditEvent.objects.filter(verb="replace unblinder", about=study.slug, at__gte=since)
    recorded = {(event.detail.get("old"), event.detail.get("new")) for event in events}
    for change in accepted.select_related("new").order_by("ended_at", "pk"):
        if (change.old, change.new_name) not in recorded:
            continue  # The trail has no acceptance of it: the row was not written by the platform.
        found.pop(change.old, None)
        assert change.ended_at is not None
        found[change.new_name] = (change.new_id, change.ended_at)
    users = User.objects.in_bulk([account for account, _since in found.values()])
    return [Unblinder(name, account, at, users.get(account)) for name, (account, at) in found.items()]


def frozen_moment(study: Study) -> datetime:
    """When the study was frozen, by the audit trail: the study's own time could be changed unseen."""
    freeze = AuditEvent.objects.filter(
        verb="freeze", about=study.slug, detail__digest=study.frozen_digest
    ).last()
    own = study.frozen_at or study.created_at
    return min(freeze.at, own) if freeze is not None and study.frozen_digest else own


def check_member(study: Study, user: User) -> None:
    """Raises NotStaff unless the person is an active owner or researcher of the study's team."""
    if not has_role(user, study.team_id, Role.RESEARCHER):
        raise NotStaff(
            _("%(name)s isn't an active owner or researcher of the study's team.")
            % {"name": user.get_username()}
        )


def check_unblinder(study: Study, user: User) -> None:
    """Check that a person may ask for the unblinding of a study, confirm it, or accept a new unblinder.

    Raises
    ------
    NotStaff, NotUnblinder, AccessChanged
    """
    check_member(study, user)
    named = named_unblinders(study)
    mine = next((each for each in named if each.account == user.pk), None)
    if named and (mine is None or mine.name != user.username):
        raise NotUnblinder(
            _("%(name)s isn't an unblinder of this study. Its unblinders: %(names)s.")
            % {"name": user.get_username(), "names": ", ".join(each.name for each in named)}
        )
    if mine is not None:
        check_own_access(user, mine.since)
    elif study.spec.get("raters") != Rater.Kind.SIMULATED:
        _check_unnamed(study, user)


def _check_unnamed(study: Study, user: User) -> None:
    """Raises AccessChanged where one person could have made, or got hold of, a second account for this."""
    since = frozen_moment(study)
    older = User.objects.filter(is_staff=True, date_joined__lte=since)
    if older.count() < 2 and user.date_joined > since:
        return  # The site had no other account that could have been the second person.
    if user.access_changed_by_other_since(since):
        raise AccessChanged(
            _(
                "Someone else could sign in as %(name)s since the study was frozen: the account is newer, or "
                "its password, address or second factor was changed by someone else, or a link was made for "
                "it. Another owner or researcher of the team, with an account older than the freezing, has "
                "to do this."
            )
            % {"name": user.get_username()}
        )


def check_own_access(user: User, since: datetime) -> None:
    """Raises AccessChanged if someone else could have got hold of the person's account since then."""
    if user.access_changed_by_other_since(since):
        raise AccessChanged(
            _(
                "Someone else could sign in as %(name)s since the study was frozen: the account is newer, or "
                "its password, address or second factor was changed by someone else, or a link was made for "
                "it. Another member of the team can request a replacement for %(name)s on this page; an "
                "unblinder who stays has to accept it."
            )
            % {"name": user.get_username()}
        )


def check_two_people(study: Study, first: User, second: User) -> list[str]:
    """Check what can be known of whether two accounts belong to two people.

    Returns
    -------
    list of str
        Codes of what was checked, for the report: `addresses`, `access`; and in place of `addresses`, for
        each account without a confirmed address, `unconfirmed:` with its name.

    Raises
    ------
    SamePerson
    """
    if first.pk == second.pk:
        raise SamePerson(_("Unblinding needs two people: someone else has to confirm it."))
    if is_simulated_only(study):
        return []
    names = {"first": first.get_username(), "second": second.get_username()}
    one, other = mailbox(first.email), mailbox(second.email)
    if one and one == other:
        raise SamePerson(
            _("%(first)s and %(second)s have the same email address, so they may be one person.") % names
        )
    unconfirmed = names_without_confirmed_address([first, second])
    checked = [f"unconfirmed:{name}" for name in unconfirmed] or ["addresses"]
    if named_unblinders(study):
        checked.append("access")
    return checked


def names_without_confirmed_address(users: Iterable[User | None]) -> list[str]:
    """The accounts whose address could be anyone's; those that were removed are left out."""
    return [user.get_username() for user in users if user and not (user.email and user.email_confirmed_at)]


def is_simulated_only(study: Study) -> bool:
    """Whether no person judges: the plan is for simulated raters only, or all raters so far are simulated."""
    if study.spec.get("raters") == Rater.Kind.SIMULATED:
        return True
    kinds = set(study.raters.values_list("kind", flat=True))
    return kinds == {Rater.Kind.SIMULATED}


def names_without_second_factor(study: Study) -> list[str]:
    """The unblinders of a study, a draft too, who still have to set up the second factor that they need."""
    if study.state == Study.State.UNBLINDED or not needs_second_factor(study):
        return []
    names = [each.name for each in named_unblinders(study)]
    protected = User.objects.filter(username__in=names, authenticator__type__in=second_factor.TYPES)
    return [name for name in names if name not in set(protected.values_list("username", flat=True))]


def find_obstacles(study: Study) -> dict[int, str]:
    """Why some of the named unblinders can't unblind the study now: codes by the keys of their accounts.

    `removed`, `closed` (the account), `left` (no owner or researcher of the team any more), `access` (someone
    else could sign in), or `factor` (no second factor yet, where one is needed).
    """
    needed = needs_second_factor(study)
    found = {each.account: _obstacle(study, each, factor_needed=needed) for each in named_unblinders(study)}
    return {account: code for account, code in found.items() if code}


def _obstacle(study: Study, each: Unblinder, *, factor_needed: bool) -> str:
    if each.user is None or each.user.username != each.name:
        return "removed"
    if not each.user.is_active:
        return "closed"
    if not has_role(each.user, study.team_id, Role.RESEARCHER):
        return "left"
    if each.user.access_changed_by_other_since(each.since):
        return "access"
    return "factor" if factor_needed and not second_factor.has_second_factor(each.user) else ""


# The second factor


def needs_second_factor(study: Study) -> bool:
    """Whether each person has to give a fresh code or passkey."""
    return settings.UNBLIND_SECOND_FACTOR == REQUIRED and not is_simulated_only(study)


def check_second_factor(
    study: Study, user: User, *, code: str = "", request: HttpRequest | None = None
) -> Factor:
    """Check a person's second factor, if the study needs one.

    Parameters
    ----------
    study : the study that is unblinded.
    user : the person.
    code : an authenticator code, if one was entered.
    request : the page's request, in whose session a passkey may have been used just now.

    Returns
    -------
    Factor
        How the person was confirmed.

    Raises
    ------
    SecondFactorRefused
    """
    if is_simulated_only(study):
        return Factor.SIMULATED
    if settings.UNBLIND_SECOND_FACTOR != REQUIRED:
        return Factor.OFF
    name = {"name": user.get_username()}
    if not second_factor.has_second_factor(user):
        raise SecondFactorRefused(
            "none",
            _("%(name)s has no second factor. Add an authenticator app or a passkey to the account first.")
            % name,
        )
    if code.strip():
        if second_factor.check_code(user, code.strip()):
            return Factor.CODE
        raise SecondFactorRefused(
            "wrong",
            _(
                "%(name)s's code is wrong, or was used before. Wait until the app shows the next code, and "
                "enter that one."
            )
            % name,
        )
    recent = second_factor.recent_type(request, FRESH) if request is not None else ""
    if recent:
        return Factor.PASSKEY if recent == Authenticator.Type.WEBAUTHN else Factor.CODE
    raise SecondFactorRefused("missing", _("A fresh authenticator code of %(name)s is needed.") % name)
