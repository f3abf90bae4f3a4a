"""Endpoints of teams, the deliveries that wait for them, and the log of attempts."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from evalsite.core.codes import random_code
from evalsite.core.models import Team

PREVIOUS_SECRET_TIME = timedelta(hours=24)
"""How long after a rotation the previous secret also signs."""
MOST_ANSWER = 500
"""Characters of an answer that the log keeps."""


def message_code() -> str:
    return f"msg_{random_code(24)}"


class EventType(models.TextChoices):
    STUDY_OPENED = "study.opened", _("Study opened")
    STUDY_FULL = "study.full", _("All seats of a study are taken")
    STUDY_CLOSED = "study.closed", _("Study closed")
    STUDY_UNBLINDED = "study.unblinded", _("Study unblinded")
    RUN_FINISHED = "run.finished", _("Run finished")
    REPORT_READY = "report.ready", _("Report ready")
    RATER_FINISHED = "rater.finished", _("Rater finished")


TEST_EVENT = "webhook.test"
"""What the button on an endpoint's page sends; no endpoint subscribes to it."""


class Endpoint(models.Model):
    """An address of a team's program. Secrets are encrypted, see `evalsite.webhooks.signing`."""

    class Disabled(models.TextChoices):
        BY_STAFF = "staff", _("disabled by a member of the team")
        GONE = "gone", _("the receiver answered 410 Gone")

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="webhooks")
    code = models.CharField(max_length=16, unique=True, default=random_code)
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list, help_text="Values of EventType.")
    secret = models.TextField(help_text="Encrypted.")
    previous_secret = models.TextField(blank=True, help_text="Encrypted.")
    rotated_at = models.DateTimeField(null=True)
    disabled = models.CharField(max_length=10, choices=Disabled, blank=True)
    quiet_until = models.DateTimeField(null=True, help_text="No attempts before, after one failed.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.url

    @property
    def host(self) -> str:
        """For the audit trail: the path of an address may hold a secret."""
        return urlsplit(self.url).hostname or ""

    @property
    def event_names(self) -> list[str]:
        return [str(EventType(name).label) for name in self.events]

    def previous_secret_ends(self, now: datetime) -> datetime | None:
        """When the previous secret stops signing; None if it does not sign at the moment `now`."""
        ends = self.rotated_at + PREVIOUS_SECRET_TIME if self.rotated_at else None
        return ends if ends is not None and now < ends else None


class Delivery(models.Model):
    """One message to one endpoint. `code` is its `webhook-id`, the same in every attempt."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("webhook", "waiting")
        DELIVERED = "delivered", pgettext_lazy("webhook", "delivered")
        FAILED = "failed", pgettext_lazy("webhook", "failed")

    # No constraint in the database: a rater's submission that stores an event must not fail because the
    # endpoint is being deleted. What is left over is never sent, and is removed with the old deliveries.
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False
    )
    code = models.CharField(max_length=40, unique=True, default=message_code)
    type = models.CharField(max_length=40)
    data = models.JSONField()
    key = models.CharField(max_length=80, blank=True, help_text="An event with a key is sent once.")
    created_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    failures = models.PositiveIntegerField(default=0, help_text="Since it was last sent by hand.")
    not_before = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "type", "key"], condition=~Q(key=""), name="webhook_event_once"
            )
        ]
        indexes = [
            models.Index(fields=["not_before"], condition=Q(state="waiting"), name="webhook_waiting"),
            models.Index(fields=["created_at"], name="webhook_created"),
        ]

    @property
    def type_name(self) -> str:
        return str(EventType(self.type).label) if self.type in EventType else str(_("Test message"))

    @property
    def about(self) -> str:
        """The codes of what it is about."""
        return " ".join(self.data[name] for name in ("study", "run", "rater", "report") if name in self.data)


class Attempt(models.Model):
    """One request, with what the receiver answered or why there is no answer."""

    class Problem(models.TextChoices):
        TIMEOUT = "timeout", _("no answer within 15 seconds")
        UNREACHABLE = "unreachable", _("no connection to the receiver")
        INTERNAL = "internal", _("the address leads into a private network, which is not allowed here")
        SECRET_LOST = "secret_lost", _("the secret can't be decrypted: rotate it")

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    seconds = models.FloatField()
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.CharField(max_length=MOST_ANSWER, blank=True)
    problem = models.CharField(max_length=20, choices=Problem, blank=True)

    class Meta:
        ordering = ["pk"]
