"""Whether pages may offer what needs mail."""

from django import template

from annotations.mailing import outbox

register = template.Library()


@register.simple_tag
def mail_configured() -> bool:
    return outbox.is_configured()
