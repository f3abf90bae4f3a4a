"""Notifications for staff: the event, its recipients, and the page that it leads to."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from evalsite.core.clock import database_now
from evalsite.core.models import Notification, Role, User
from evalsite.core.teams import about_rows_of, team_ids


@dataclass(frozen=True, slots=True)
class Kind:
    """`text` names parameters as `%(name)s`; `page` is the URL name of the page that it leads to; `of` is the
    kind of row that it is about, as registered by `evalsite.core.teams.register_names`."""

    text: Promise
    page: str
    of: str = "study"


KINDS: dict[str, Kind] = {
    "unblinding-requested": Kind(_("%(who)s asks you to confirm unblinding “%(title)s”."), "study-unblind"),
    "unblinder-change-requested": Kind(
        _("%(who)s asks you to accept another unblinder for “%(title)s”."), "study-unblind"
    ),
    "unblinder-replaced": Kind(
        _("%(who)s asks to replace you as an unblinder of “%(title)s”."), "study-unblind"
    ),
    "study-full": Kind(_("All seats in “%(title)s” are taken."), "study-page"),
    "study-inactive": Kind(_("No pairs in “%(title)s” have been judged for three days."), "study-page"),
    "report-ready": Kind(_("The report for “%(title)s” is ready."), "study-report"),
    "run-finished": Kind(_("Run “%(run)s” has finished."), "generation-run", "run"),
}


def notifications_of(user: User, role: str = Role.WATCHER) -> QuerySet[Notification]:
    """Those about rows of the user's teams. After leaving a team, a person sees none about it."""
    return Notification.objects.filter(about_my_rows(user, role), user=user)


def about_my_rows(user: User, role: str = Role.WATCHER) -> Q:
    """The condition that a notification is about a row of a team in which the user has that role."""
    teams, condition = team_ids(user, role), Q(pk__in=[])
    for of in sorted({kind.of for kind in KINDS.values()}):
        names = [name for name, kind in KINDS.items() if kind.of == of]
        condition |= Q(kind__in=names) & about_rows_of(teams, of)
    return condition


def notify(
    users: Iterable[User], kind: str, about: str, *, key: str = "", **params: str | dict[str, str]
) -> None:
    """Notify each user once of one event, in the caller's transaction.

    `key` tells events of the same kind about the same thing apart; calling again with it changes nothing.
    A parameter may be {en, zh}.
    """
    assert kind in KINDS
    Notification.objects.bulk_create(
        [Notification(user=user, kind=kind, about=about, key=key, params=params) for user in users],
        ignore_conflicts=True,
    )


def text_of(notification: Notification) -> str:
    """The notification in the current language."""
    params = {name: _in_language(value) for name, value in notification.params.items()}
    return str(KINDS[notification.kind].text) % params


def _in_language(value: str | dict[str, str]) -> str:
    if isinstance(value, str):
        return value
    language = "zh" if (get_language() or "en").startswith("zh") else "en"
    return value.get(language) or next(iter(value.values()), "")


def address_of(notification: Notification) -> str:
    return reverse(KINDS[notification.kind].page, args=[notification.about])


def mark_read(user: User, only: int | None = None) -> None:
    """Mark all notifications of a user as read, or the one with the key `only`."""
    which = Q(user=user, read_at=None) & (Q(pk=only) if only else Q())
    Notification.objects.filter(which).update(read_at=database_now())
