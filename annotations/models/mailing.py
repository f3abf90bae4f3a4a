"""Contact data of raters, their links from mails, and the outbox.

Everything here is for the eyes of staff: it is in no export, table, report, log, audit event or API answer.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotations.models.raters import Rater
from annotations.models.studies import Study
from evalsite.core.codes import random_code

MAIL_LANGUAGES = [("en", _("English")), ("zh", _("Chinese"))]


def mail_code() -> str:
    return random_code(16)


class MailSettings(models.Model):
    """How a study writes to its raters. Editable while it runs, so it is not part of the frozen file."""

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="mail_settings")
    sender = models.CharField(max_length=320, blank=True)
    reply_to = models.CharField(max_length=320, blank=True)
    deadline = models.DateField(null=True, blank=True)
    keep_days = models.PositiveIntegerField(default=180)
    texts = models.JSONField(default=dict, help_text="{kind: {en or zh: {subject, body}}}, where changed.")


class Mailing(models.Model):
    """One message to several people. `texts` has placeholders, which are filled in when it is sent."""

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("Invitation")
        REMINDER = "reminder", _("Reminder")
        LINK = "link", _("New link")
        NOTICE = "notice", _("Notification")

    study = models.ForeignKey(Study, null=True, on_delete=models.CASCADE, related_name="mailings")
    code = models.CharField(
        max_length=16, unique=True, default=mail_code, help_text="Also what makes a form count once."
    )
    kind = models.CharField(max_length=20, choices=Kind)
    texts = models.JSONField(default=dict, help_text="{en or zh: {subject, body}}")
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]


class RaterContact(models.Model):
    """Who a rater is to the people who invited them. Without a rater it is an entry of the waiting list."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="contacts")
    rater = models.OneToOneField(Rater, null=True, on_delete=models.CASCADE, related_name="contact")
    mailing = models.ForeignKey(
        Mailing,
        null=True,
        on_delete=models.SET_NULL,
        related_name="contacts",
        help_text="The list that it came with.",
    )
    label = models.CharField(max_length=120, blank=True)
    address = models.EmailField(blank=True)
    language = models.CharField(max_length=2, choices=MAIL_LANGUAGES, default="en")
    group = models.CharField(max_length=60, blank=True)
    reads = models.JSONField(default=list, help_text="While waiting: reading languages.")
    conflicts = models.JSONField(default=list, help_text="While waiting: slugs of series.")
    created_at = models.DateTimeField(auto_now_add=True)
    erase_after = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["address"])]


class Mail(models.Model):
    """One mail of the outbox, to a rater or to staff. The address is looked up when it is sent."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("unknown")
        CANCELLED = "cancelled", _("cancelled")

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="mails")
    code = models.CharField(max_length=16, unique=True, default=mail_code)
    rater = models.ForeignKey(Rater, null=True, on_delete=models.CASCADE, related_name="mails")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="mails"
    )
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    reason = models.CharField(max_length=40, blank=True, help_text="A code; never a server's text.")
    attempts = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField()
    queued_at = models.DateTimeField(auto_now_add=True)
    sending_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["not_before"], condition=Q(state__in=["queued", "sending"]), name="mail_under_way"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["mailing", "rater"], name="mail_once_per_rater"),
            models.UniqueConstraint(fields=["mailing", "user"], name="mail_once_per_user"),
            models.CheckConstraint(
                condition=Q(rater__isnull=False, user__isnull=True)
                | Q(rater__isnull=True, user__isnull=False),
                name="mail_to_rater_or_user",
            ),
        ]


class RaterLink(models.Model):
    """A further link of a rater: each mail has its own, so that no secret has to be stored to be sent.

    All links of a rater are valid at the same time. A new link by staff (`reissue_link`) ends them all.
    """

    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="links")
    secret_hash = models.CharField(max_length=64, unique=True)
    mail = models.ForeignKey(Mail, null=True, on_delete=models.CASCADE, related_name="links")
    created_at = models.DateTimeField(auto_now_add=True)


class LinkRequest(models.Model):
    """A request for a new link, for the rate limits. Address and client are keyed hashes."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["key", "at"])]
