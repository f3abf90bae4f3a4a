"""Who asked for the seal to be opened, who may, and what the entries turned out to be."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from annotations.design.inputs import Origin
from annotations.models.pairings import Entry
from annotations.models.studies import Amendment, Study


class Factor(models.TextChoices):
    """How a person was confirmed when they asked for unblinding, confirmed it or accepted an unblinder."""

    CODE = "code", pgettext_lazy("second factor", "authenticator code")
    PASSKEY = "passkey", pgettext_lazy("second factor", "passkey")
    OFF = "off", pgettext_lazy("second factor", "none: switched off on the site")
    SIMULATED = "simulated", pgettext_lazy("second factor", "none: all raters are simulated")
    UNKNOWN = "", pgettext_lazy("second factor", "not recorded")


class UnblindingRequest(models.Model):
    """One person asks for the seal to be opened; another one confirms, or somebody withdraws it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CONFIRMED = "confirmed", _("confirmed")
        CANCELLED = "cancelled", _("cancelled")

    class Place(models.TextChoices):
        BROWSER = "browser", pgettext_lazy("where", "browser")
        CONSOLE = "console", pgettext_lazy("where", "console")
        UNKNOWN = "", pgettext_lazy("second factor", "not recorded")

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="unblindings")
    place = models.CharField(max_length=10, choices=Place, blank=True, help_text="Where it was done.")
    requested_with = models.CharField(max_length=10, choices=Factor, blank=True)
    confirmed_with = models.CharField(max_length=10, choices=Factor, blank=True)
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


class UnblinderChange(models.Model):
    """A request to replace an unblinder of a frozen study. It counts once a remaining unblinder accepts."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        ACCEPTED = "accepted", pgettext_lazy("unblinder", "accepted")
        DECLINED = "declined", pgettext_lazy("unblinder", "declined")

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="unblinder_changes")
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    old = models.CharField(max_length=150, help_text="The user name as the study has it.")
    new = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    new_name = models.CharField(max_length=150, help_text="The user name of `new` when it was requested.")
    reason = models.TextField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_with = models.CharField(max_length=10, choices=Factor, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    amendment = models.OneToOneField(
        Amendment, null=True, blank=True, on_delete=models.CASCADE, related_name="unblinder_change"
    )

    class Meta:
        ordering = ["requested_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["study"], condition=Q(state="waiting"), name="unblinder_change_one_waiting"
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted")
                | Q(accepted_by__isnull=False, ended_at__isnull=False, amendment__isnull=False),
                name="unblinder_change_accepted_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by__isnull=True)
                | (~Q(accepted_by=F("requested_by")) & ~Q(accepted_by=F("new"))),
                name="unblinder_change_by_two",
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
