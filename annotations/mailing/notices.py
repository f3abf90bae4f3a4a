"""Mails about notifications, to those members of staff who have an address."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import override

from annotations.mailing import outbox
from annotations.models import Mail, Mailing
from evalsite.core.clock import database_now
from evalsite.core.models import Notification, Role, User
from evalsite.core.notifications import about_my_rows, address_of, notifications_of, text_of

TOO_OLD = timedelta(days=1)
"""Older notifications are not mailed: the mail server may have been configured after them."""


CODE = "notice"
"""What the code of a mailing about a notification begins with, before the key of the notification."""


def notices_for_owner(user: User) -> QuerySet[Mail]:
    """Mails to staff about rows of the teams that the user owns."""
    mine = Notification.objects.filter(about_my_rows(user, Role.OWNER)).annotate(
        code=Concat(Value(CODE), Cast("pk", CharField()))
    )
    mails = Mail.objects.filter(mailing__study=None, mailing__code__in=mine.order_by().values("code"))
    return mails.select_related("mailing", "user").order_by("-pk")


def queue_notices() -> None:
    """Part of the sweep: queue a mail for each new notification of a person with an address."""
    if not outbox.is_configured():
        return
    now = database_now()
    fresh = Notification.objects.filter(mailed_at=None, at__gt=now - TOO_OLD, user__is_active=True)
    for row in fresh.exclude(user__email="").select_related("user"):
        if not notifications_of(row.user).filter(pk=row.pk).exists():
            continue  # the user has left the team
        with transaction.atomic():
            # Its code makes a second sweep at the same time queue nothing.
            outbox.queue(
                study=None,
                kind=Mailing.Kind.NOTICE,
                texts={"en": _mail(row)},
                by="system",
                users=[row.user],
                code=f"{CODE}{row.pk}",
            )
            Notification.objects.filter(pk=row.pk).update(mailed_at=now)


def _mail(row: Notification) -> dict[str, str]:
    """The text in both languages: an account of staff has no language."""
    with override("en"):
        english = text_of(row)
    with override("zh-hans"):
        chinese = text_of(row)
    return {
        "subject": english,
        "body": f"{english}\n{chinese}\n\n{settings.PUBLIC_URL.rstrip('/')}{address_of(row)}\n",
    }
