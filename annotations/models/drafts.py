"""A draft on its way to be frozen: what was found in its texts, what was given up for it, who freezes it;
and forms that users are still filling in."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from annotations.models.studies import Study
from evalsite.core.codes import random_code


class LeakFinding(models.Model):
    """What in a text for raters could tell a script's system; cleared by one rule for all, or corrected."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="findings")
    brief_slug = models.CharField(
        max_length=160, help_text="A brief's slug, for one of its scripts; brief:SLUG:field; study:field."
    )
    code = models.CharField(max_length=16, default=random_code, editable=False, unique=True)
    kind = models.CharField(max_length=40)
    excerpt = models.CharField(max_length=300)
    text_digest = models.CharField(max_length=64)
    cleared_by = models.CharField(max_length=150, blank=True)
    cleared_reason = models.TextField(blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["brief_slug", "kind", "code"]


class Rejection(models.Model):
    """A script that a draft gave up for what was found in it; the next sample by number took its place.

    Which system wrote it is joined by `script_digest` alone, and told only after unblinding.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="rejections")
    code = models.CharField(max_length=16, default=random_code, editable=False, unique=True)
    brief_slug = models.CharField(max_length=80)
    script_digest = models.CharField(max_length=64)
    next_digest = models.CharField(
        max_length=64, blank=True, help_text="Of the script that took its place; empty where none was left."
    )
    left_out = models.JSONField(
        default=dict,
        blank=True,
        help_text="Where the brief was left out for it: {brief: digest, scripts: {system: digest}}.",
    )
    found = models.JSONField(help_text="What had been found in it: a list of {kind, excerpt}.")
    reason = models.TextField()
    rejected_by = models.CharField(max_length=150)
    rejected_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["study", "script_digest", "brief_slug"], name="rejected_once"),
        ]


class AcceptedWarning(models.Model):
    """A warning about a draft that staff have accepted. It stays with the study when it is frozen."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="accepted_warnings")
    code = models.CharField(max_length=20)
    params = models.JSONField(help_text="What the warning says; another length is another warning.")
    reason = models.TextField()
    accepted_by = models.CharField(max_length=150)
    accepted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]


class UnfinishedForm(models.Model):
    """What a user has typed into the form of a study and not saved yet; `study` is empty for a new one."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    study = models.ForeignKey(Study, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    content = models.JSONField(
        help_text="The fields of the form, each a list of values; {} once they are saved or discarded."
    )
    page_key = models.CharField(max_length=12, blank=True, help_text="Of the page that sent the content.")
    save_number = models.PositiveIntegerField(
        default=0, help_text="That page numbers what it sends. A late autosave has a lower number."
    )
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "study"], name="unfinished_form_once", nulls_distinct=False
            ),
        ]


class DraftScan(models.Model):
    """The last look through all texts of a draft for what could tell a script's system."""

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="look")
    spec_digest = models.CharField(max_length=64, help_text="Of the draft that was looked through.")
    texts_digest = models.CharField(
        max_length=64, blank=True, help_text="Of all that the findings follow from; empty for older looks."
    )
    done = models.PositiveIntegerField(default=0, help_text="Texts so far.")
    total = models.PositiveIntegerField(default=0)
    beat_at = models.DateTimeField(help_text="When it was last heard of.")
    ended_at = models.DateTimeField(null=True, blank=True)


class FreezeJob(models.Model):
    """The freezing of a study, by a worker or at once. `beat_at` renews the lease of its worker."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

        @classmethod
        def active(cls) -> tuple[str, str]:
            return cls.WAITING, cls.RUNNING

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="freeze_jobs")
    code = models.CharField(max_length=16, default=random_code, editable=False, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    step = models.CharField(
        max_length=20,
        blank=True,
        help_text="checking, formatting, drawing or storing; empty before the first.",
    )
    done = models.PositiveIntegerField(default=0, help_text="Texts so far, of this step.")
    total = models.PositiveIntegerField(default=0, help_text="0 where a step does not count.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How many times a worker took it.")
    requested_by = models.CharField(max_length=150)
    spec_digest = models.CharField(max_length=64, help_text="Of the draft that the person asked to freeze.")
    requested_at = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    errors = models.JSONField(
        default=list, blank=True, help_text="What stood in the way: {code, params}, or {message, fix}."
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["study"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="one_active_freeze",
            )
        ]
