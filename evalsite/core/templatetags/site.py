"""Template tags of all pages of the site."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from evalsite.core.help import topic_address
from evalsite.core.models import Role, Team, User
from evalsite.core.notifications import notifications_of
from evalsite.core.teams import chosen_team, has_role, roles_of

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


@dataclass(frozen=True, slots=True)
class TeamBar:
    """The teams in the head of a staff page. `several` is empty for a person in one team."""

    current: int | None
    several: Sequence[Team]
    sees_studies: bool


@register.simple_tag
def team_bar(request: HttpRequest) -> TeamBar:
    """The teams of the person who is signed in, and whether their role in the current one opens studies."""
    current, roles = chosen_team(request), roles_of(request.user)
    several = list(Team.objects.filter(pk__in=roles)) if len(roles) > 1 else []
    sees = current is None or has_role(request.user, current, Role.WATCHER)
    return TeamBar(current, several, sees)


@register.simple_tag
def unread_notifications(user: User) -> int:
    return notifications_of(user).filter(read_at=None).count()


@register.simple_tag(takes_context=True)
def help_address(context: dict[str, Any]) -> str:
    """The address of the help page for the page that is shown."""
    match = getattr(context.get("request"), "resolver_match", None)
    return topic_address((match and match.url_name) or "")
