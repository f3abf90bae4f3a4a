"""Template tags of all pages of the site."""

from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from evalsite.core.help import topic_address
from evalsite.core.models import User
from evalsite.core.notifications import count_unread

register = template.Library()


@register.filter
def local_time(moment: datetime | None, show: str = "minute") -> SafeString | str:
    """A moment in UTC; `times.js` shows it in the reader's time zone. `show`: `day`, `minute` or `second`."""
    if moment is None:
        return ""
    formats = {"day": "%Y-%m-%d", "minute": "%Y-%m-%d %H:%M UTC", "second": "%Y-%m-%d %H:%M:%S UTC"}
    utc = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-show="{}">{}</time>',
        utc.isoformat(timespec="seconds").replace("+00:00", "Z"),
        show,
        utc.strftime(formats[show]),
    )


@register.simple_tag
def unread_notifications(user: User) -> int:
    return count_unread(user)


@register.simple_tag(takes_context=True)
def help_address(context: dict[str, Any]) -> str:
    """The address of the help page for the page that is shown."""
    match = getattr(context.get("request"), "resolver_match", None)
    return topic_address((match and match.url_name) or "")
