"""Who judges: a rater by a random code, what was consented to, when the rater sat down to work."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotations.models.studies import Study
from evalsite.core.codes import rater_code


class Rater(models.Model):
    """A person who judges in one study, known by a random public code; the link's secret is kept hashed."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        SIMULATED = "simulated", _("simulated")
        MODEL = "model", _("model")

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="raters")
    code = models.CharField(max_length=16, unique=True, default=rater_code, editable=False)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.PERSON)
    languages = models.JSONField(help_text="Reading languages, a sorted list of en, zh.")
    profile = models.JSONField(default=dict, blank=True, help_text="Answers in bands.")
    series_known = models.JSONField(default=list, blank=True)
    conflicts = models.JSONField(
        default=list, blank=True, help_text="Slugs of series that the rater worked on: never shown."
    )
    staff_conflicts = models.JSONField(
        default=list,
        blank=True,
        help_text="Those of `conflicts` that staff set; the rater can't remove them.",
    )
    instructed_at = models.DateTimeField(null=True, blank=True, help_text="When the instructions were read.")
    enrolled_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True, blank=True, help_text="When a link was first used.")
    practised_at = models.DateTimeField(null=True, blank=True, help_text="When practice was passed.")
    turned_away_at = models.DateTimeField(
        null=True, blank=True, help_text="When practice was failed for the last time."
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    guess_sample = models.JSONField(
        default=list,
        blank=True,
        help_text="The scripts whose origin is asked for at the end, as drawn: [assignment's code, side].",
    )
    guessed_at = models.DateTimeField(null=True, blank=True, help_text="When origins were guessed.")
    debriefed_at = models.DateTimeField(null=True, blank=True, help_text="When the debriefing was shown.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    relinked_at = models.DateTimeField(
        null=True, blank=True, help_text="When staff first issued a new link: later judgments are flagged."
    )
    new_link_at = models.DateTimeField(
        null=True, blank=True, help_text="When staff last issued a new link; pages announce it to the rater."
    )
    new_link_seen_at = models.DateTimeField(
        null=True, blank=True, help_text="When the rater dismissed that announcement."
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.code

    @property
    def announced_link(self) -> datetime | None:
        """When staff issued a new link that has not been announced to the rater yet; else None."""
        if self.new_link_at and (self.new_link_seen_at is None or self.new_link_seen_at < self.new_link_at):
            return self.new_link_at
        return None


class Consent(models.Model):
    """What a rater agreed to, word for word. Append-only."""

    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="consents")
    version = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    text = models.TextField()
    terms = models.JSONField(
        default=dict,
        help_text="The same as {first, text, more}: points as codes with params, and the study's own text.",
    )
    tasks = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="How many pairs, or scripts, the text speaks of; empty: not known.",
    )
    training_use = models.BooleanField(default=False, help_text="The separate opt-in for training models.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rater", "version"], name="consent_once_per_version")]


class RaterStatement(models.Model):
    """What a rater said of themselves, each time that it changed: the last one holds. Never changed, but
    erasing a rater's words empties those about the profile."""

    class About(models.TextChoices):
        PROFILE = "profile", _("profile and series")
        TRAINING_USE = "training_use", _("use for training")

    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="statements")
    about = models.CharField(max_length=20, choices=About)
    content = models.JSONField(help_text="{profile, series_known, conflicts}, or {training_use}.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]


class ExternalId(models.Model):
    """Who a rater is to a recruiting service, for its payment: kept apart, in no table of judgments."""

    rater = models.OneToOneField(Rater, on_delete=models.CASCADE, related_name="external_id")
    provider = models.CharField(max_length=20)
    participant = models.CharField(max_length=100)
    study = models.CharField(max_length=100, blank=True)
    session = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField(auto_now_add=True)


class Sitting(models.Model):
    """One unbroken stretch of a rater's work."""

    GAP = timedelta(minutes=30)
    """After a longer one the next sitting begins."""

    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="sittings")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["rater", "number"]
        constraints = [models.UniqueConstraint(fields=["rater", "number"], name="sitting_numbered")]
