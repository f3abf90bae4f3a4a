"""Writes to the audit trail who added or removed a second factor."""

from typing import Any

from allauth.mfa.models import Authenticator

from evalsite.core.account_events import record_account_event


def record_added_factor(*, sender: Any, instance: Authenticator, created: bool, **_: Any) -> None:
    if created:
        record_account_event("add second factor", instance.user_id, type=instance.type)


def record_removed_factor(*, sender: Any, instance: Authenticator, **_: Any) -> None:
    record_account_event("remove second factor", instance.user_id, type=instance.type)
