"""Writes to the audit trail what only this app knows: links, second factors, sessions and teams.

Passwords, rights, roles and sign-ins are recorded by `evalsite.core.account_events`.
"""

from typing import Any

from allauth.mfa.models import Authenticator

from evalsite.core.account_events import record_account_event
from evalsite.core.models import User

VERBS = {
    "invite": "invite account",
    "make-link": "make account link",
    "sign-in-by-link": "use one-time link",
    "connect-openid": "connect sign-in provider",
    "end-sessions": "end sessions",
    "create-team": "add team",
    "rename-team": "rename team",
}
"""The actions of `signals.ACTIONS` that leave no other line."""


def record_action(*, sender: Any, action: str, user: User, details: dict[str, Any], **_: Any) -> None:
    if action in VERBS:
        record_account_event(VERBS[action], user.pk, **details)


def record_added_factor(*, sender: Any, instance: Authenticator, created: bool, **_: Any) -> None:
    if created:
        record_account_event("add second factor", instance.user_id, type=instance.type)


def record_removed_factor(*, sender: Any, instance: Authenticator, **_: Any) -> None:
    record_account_event("remove second factor", instance.user_id, type=instance.type)
