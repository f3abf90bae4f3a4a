"""Whether pages may offer what needs mail, and mails to staff that an owner of the team should check."""

from django import template

from annotations.mailing import notices, outbox
from annotations.mailing.reasons import reason_text
from annotations.models import Mail
from evalsite.core.models import User

register = template.Library()
MOST_SHOWN = 50


@register.simple_tag
def mail_configured() -> bool:
    return outbox.is_configured()


@register.simple_tag
def undecided_notices(user: User) -> list[tuple[Mail, str]]:
    """Mails to staff that failed, or whose fate is unknown, each with its reason; for owners of teams."""
    mails = notices.notices_for_owner(user).filter(state__in=(Mail.State.UNKNOWN, Mail.State.FAILED))
    return [(mail, reason_text(mail.reason)) for mail in mails[:MOST_SHOWN]]
