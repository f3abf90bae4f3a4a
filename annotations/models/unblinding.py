"""Who asked for the seal to be opened, and what the entries turned out to be."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotations.design.origins import Origin
from annotations.models.pairings import Entry
from annotations.models.studies import Study


class UnblindingRequest(models.Model):
    """One person asks for the seal to be opened; another one confirms, or somebody withdraws it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CONFIRMED = "confirmed", _("confirmed")
        CANCELLED = "cancelled", _("cancelled")

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="unblindings")
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    reason = models.TextField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["study"], condition=Q(state="waiting"), name="unblinding_one_waiting"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("requested_by")),
                name="unblinding_by_two",
            ),
        ]


class RevealedEntry(models.Model):
    """What an entry was, written by unblinding and by nothing else."""

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, related_name="revealed")
    system_slug = models.CharField(max_length=80)
    script_digest = models.CharField(max_length=64)
    script_sample = models.PositiveIntegerField()
    nonce = models.CharField(max_length=32, blank=True, help_text="What the study's digest was made with.")

    class Meta:
        verbose_name_plural = "revealed entries"

    @property
    def origin(self) -> Origin:
        return Origin(self.entry.code, self.system_slug, self.script_digest, self.script_sample, self.nonce)
