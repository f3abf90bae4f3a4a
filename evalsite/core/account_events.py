"""Writes to the audit trail what happens to accounts, whichever page, command or library does it.

Django's signals bring the events; `ActorMiddleware` knows who is at work. Lines name accounts by their keys
(`user:12`), so that nothing has to be erased when a person leaves. *Limit:* SQL and `QuerySet.update` send no
signal. Nothing in this repository changes accounts in these ways.
"""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from evalsite.core.middleware import StaffOnly
from evalsite.core.models import ACCOUNT_VERBS, AuditEvent, FailedSignIns, Membership, User, record

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

RIGHTS = ("role", "is_staff", "is_superuser")
WATCHED = (*RIGHTS, "username", "email", "email_confirmed_at", "is_active", "password")
_request: ContextVar[HttpRequest | None] = ContextVar("request of the actor", default=None)


class _Actor:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = _request.set(request)
        try:
            return self.get_response(request)
        finally:
            _request.reset(token)


class ActorMiddleware(StaffOnly, _Actor):
    """Remembers the request that is being answered. It belongs after the middleware that knows the user."""


def account(key: int | None) -> str:
    """How the trail names an account."""
    return f"user:{key}"


def account_names(events: Iterable[AuditEvent]) -> dict[str, str]:
    """The user names of the accounts that lines are about, by how the trail names them."""
    keys = {event.about.removeprefix("user:") for event in events if event.about.startswith("user:")}
    users = User.objects.filter(pk__in=[int(key) for key in keys if key.isdecimal()])
    return {account(user.pk): user.get_username() for user in users}


def account_lines(user: User, since: datetime) -> QuerySet[AuditEvent]:
    """What was done to an account since a time. `detail["by"]` names the account that did it, or is empty."""
    lines = AuditEvent.objects.filter(about=account(user.pk), verb__in=ACCOUNT_VERBS, at__gte=since)
    return lines.order_by("pk")


def _actor() -> tuple[str, str]:
    """Who is at work: the name, and the account as the trail names it."""
    request = _request.get()
    if request is None:
        return "console", ""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return user.get_username(), account(user.pk)
    return "visitor", ""


def record_account_event(verb: str, key: int | None, **detail: Any) -> None:
    """Write a line about an account (its key), with the account that is at work."""
    who, by = _actor()
    record(who=who, verb=verb, about=account(key), by=by, **detail)


# Receivers


def remember_account(*, sender: Any, instance: User, **_: Any) -> None:
    """Before an account is saved: keep what is stored of it."""
    stored = None
    if not instance._state.adding:
        stored = User.objects.filter(pk=instance.pk).values(*WATCHED).first()
    instance._stored_before = stored  # type: ignore[attr-defined]


def record_saved_account(
    *, sender: Any, instance: User, created: bool, update_fields: Iterable[str] | None = None, **_: Any
) -> None:
    if created:
        rights = [name for name in ("is_staff", "is_superuser") if getattr(instance, name)]
        record_account_event("add account", instance.pk, role=instance.role, rights=rights)
        return
    stored = getattr(instance, "_stored_before", None) or {}
    changed = {
        name
        for name, value in stored.items()
        if value != getattr(instance, name) and (update_fields is None or name in update_fields)
    }
    if "is_active" in changed:
        record_account_event("activate account" if instance.is_active else "deactivate account", instance.pk)
    # At sign-in, Django may store a password again with a better hash, and then forgets the password.
    rehashed = set(update_fields or ()) == {"password"} and getattr(instance, "_password", None) is None
    if "password" in changed:
        record_account_event("rehash password" if rehashed else "set password", instance.pk)
    described = changed - {"is_active", "password"}
    if described:
        names = [_describe_change(instance, name) for name in WATCHED if name in described]
        record_account_event("change account", instance.pk, changed=names)


def _describe_change(user: User, name: str) -> str:
    return f"{name}={getattr(user, name)}" if name in RIGHTS else name


def record_removed_account(*, sender: Any, instance: User, **_: Any) -> None:
    record_account_event("remove account", instance.pk)


def record_team_role(*, sender: Any, instance: Membership, **_: Any) -> None:
    record_account_event("set team role", instance.user_id, team=instance.team.slug, role=instance.role)


def record_left_team(*, sender: Any, instance: Membership, **_: Any) -> None:
    record_account_event("remove team role", instance.user_id, team=instance.team.slug)


def record_sign_in(*, sender: Any, user: "AbstractBaseUser", **_: Any) -> None:
    record(who=user.get_username(), verb="sign in", about=account(user.pk))


def count_failed_sign_in(*, sender: Any, credentials: dict[str, Any], **_: Any) -> None:
    """Counted, and not written at once: a stranger who guesses passwords must not fill the trail."""
    given = credentials.get("username") or credentials.get("email") or ""
    name = str(given)[:254].replace("\0", "")
    known = User.objects.filter(Q(username=name) | Q(email__iexact=name)) if name else User.objects.none()
    place = {"hour": _hour(timezone.now()), "account": known.values_list("pk", flat=True).first() or 0}
    if not _count_once_more(place):
        try:
            with transaction.atomic():
                FailedSignIns.objects.create(**place, count=1)
        except IntegrityError:
            _count_once_more(place)


def _count_once_more(place: dict[str, Any]) -> bool:
    return bool(FailedSignIns.objects.filter(**place).update(count=F("count") + 1))


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


@transaction.atomic
def record_failed_sign_ins() -> None:
    """Move the counts of past hours to the trail. The sweep calls this."""
    past = FailedSignIns.objects.filter(hour__lt=_hour(timezone.now()))
    for row in past.select_for_update(skip_locked=True).order_by("hour", "account"):
        record(
            who="system",
            verb="failed sign-ins",
            about=account(row.account) if row.account else "",
            count=row.count,
            until=(row.hour + timedelta(hours=1)).isoformat(),
        )
        row.delete()
