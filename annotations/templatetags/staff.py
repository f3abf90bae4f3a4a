"""How the staff's pages set numbers and records, and mails that an owner of the team should check."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext as _

from annotations.mailing import notices, outbox
from annotations.mailing.messages import reason_text
from annotations.models import Mail
from evalsite.core import trail
from evalsite.core.models import User

register = template.Library()
MOST_SHOWN = 50


@register.filter
def percent(share: float | None) -> str:
    """A share of 0 to 1 as whole percents: what is watched has no more precision than that."""
    return "" if share is None else f"{100 * share:.0f}%"


@register.filter
def minutes(seconds: float | None) -> str:
    """Whole minutes; less than one in words, because 0 looks like no time at all."""
    if seconds is None:
        return "–"
    return _("under 1") if 0 < seconds < 60 else f"{seconds / 60:.0f}"


@register.filter
def pairs(detail: Mapping[str, Any]) -> str:
    """The detail of an audit event in one line."""
    return trail.detail_line(detail)


@register.filter
def verb(stored: str) -> str:
    """What was done, in the reader's language."""
    return trail.verb_name(stored)


@register.filter
def whose(stored: str) -> str:
    """Who did it: a user's name, or `console` and its like in the reader's language."""
    return trail.who_name(stored)


@register.simple_tag
def mail_configured() -> bool:
    return outbox.is_configured()


@register.simple_tag
def undecided_notices(user: User) -> list[tuple[Mail, str]]:
    """Mails to staff that failed, or whose fate is unknown, each with its reason; for owners of teams."""
    mails = notices.notices_for_owner(user).filter(state__in=(Mail.State.UNKNOWN, Mail.State.FAILED))
    return [(mail, reason_text(mail.reason)) for mail in mails[:MOST_SHOWN]]
