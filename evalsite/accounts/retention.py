"""Erasing who signed in when, once the time that the operator has set is over."""

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from evalsite.core.audit_chain import erase_values
from evalsite.core.models import AuditEvent

AT_ONCE = 500
"""Lines of the trail that one line about their erasure names."""


def erase_old_sign_ins(days: int) -> int:
    """Erase names and accounts from the lines of the trail about sign-ins, and network addresses of sessions.

    Parameters
    ----------
    days : the least age. Sessions that have not ended stay.

    Returns
    -------
    int
        The number of sign-ins.
    """
    before = timezone.now() - timedelta(days=days)
    ended = UserSession.objects.filter(created_at__lt=before)
    ended.exclude(session_key__in=Session.objects.values("session_key")).delete()
    lines = AuditEvent.objects.filter(at__lt=before, sequence__isnull=False).exclude(about="")
    count = 0
    for verbs, names in (
        (("sign in", "use one-time link"), ("who", "about", "by")),
        (("failed sign-ins",), ("about",)),
    ):
        while due := list(lines.filter(verb__in=verbs).order_by("sequence")[:AT_ONCE]):
            erase_values(due, names, by="system")
            count += len(due)
    return count
