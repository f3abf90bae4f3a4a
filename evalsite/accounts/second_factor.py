"""Second factors: authenticator apps and passkeys of staff, and whether one was checked a moment ago."""

import time
from datetime import timedelta
from typing import Any, TypeGuard

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from evalsite.core.account_events import record_account_event
from evalsite.core.models import User

TYPES = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Recovery codes replace a second factor at sign-in; they are none."""


def has_second_factor(user: User) -> bool:
    """Whether the person has set up an authenticator app or a passkey."""
    return Authenticator.objects.filter(user=user, type__in=TYPES).exists()


def must_set_up(user: User | AnonymousUser) -> TypeGuard[User]:
    """Whether REQUIRE_SECOND_FACTOR is on and the person, an admin or an owner of a team, has none yet."""
    if not (settings.REQUIRE_SECOND_FACTOR and user.is_authenticated and user.is_staff):
        return False
    return user.manages_people and not has_second_factor(user)


def check_code(user: User, code: str) -> bool:
    """Check a code of the person's authenticator app, and use it up.

    Parameters
    ----------
    user : User
        Whose code it should be.
    code : str
        Six digits; spaces are ignored.

    Returns
    -------
    bool
        False for a wrong, old or used code, without an authenticator app, and after ten wrong codes
        within 15 minutes.
    """
    return find_by_code(user, code) is not None


def find_by_code(user: User, code: str) -> Authenticator | None:
    """The authenticator app of which this is a fresh code, which is used up; see `check_code`."""
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if app is None:
        return None
    # No request: the count is for the account alone. Only who has its password, or a shell, comes here.
    attempt = ratelimit.consume(
        None,  # type: ignore[arg-type]
        app="allauth.account",
        action="second_factor",
        limit_get=True,
        key=f"second-factor:{user.pk}",
    )
    if attempt is None or not app.wrap().validate_code(code):
        return None
    attempt.rollback()
    app.record_usage()
    return app


def confirmed_recently(request: HttpRequest, within: timedelta) -> bool:
    """Whether a code or a passkey of the signed-in person was checked in this session.

    Parameters
    ----------
    request : HttpRequest
        Of a page of staff.
    within : timedelta
        How long ago it may have been. A check at sign-in counts too; a recovery code does not.
    """
    return bool(recent_type(request, within))


def recent_type(request: HttpRequest, within: timedelta) -> str:
    """The type of the last check that `confirmed_recently` is about: totp or webauthn; empty without one."""
    since = time.time() - within.total_seconds()
    found = [
        each
        for each in get_authentication_records(request, request.user)  # type: ignore[arg-type]
        if each.get("method") == "mfa" and each.get("type") in TYPES and each["at"] >= since
    ]
    return str(max(found, key=lambda each: each["at"])["type"]) if found else ""


def confirm_address(next_address: str) -> str:
    """The page that asks for a code or a passkey and then leads on to `next_address`."""
    return reverse("account-confirm") + "?" + urlencode({"next": next_address})


def note_change_by_other(*, instance: Authenticator, created: bool = True, **_: Any) -> None:
    """Note a change of access when someone else, or an unknown person, added or removed a second factor."""
    request = context.request
    if created and not (request is not None and request.user.pk == instance.user_id):
        User(pk=instance.user_id).note_access_changed_by_other()


def record_added_factor(*, sender: Any, instance: Authenticator, created: bool, **_: Any) -> None:
    if created:
        record_account_event("add second factor", instance.user_id, type=instance.type)


def record_removed_factor(*, sender: Any, instance: Authenticator, **_: Any) -> None:
    record_account_event("remove second factor", instance.user_id, type=instance.type)
