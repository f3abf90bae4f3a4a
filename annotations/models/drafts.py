"""A draft on its way to be frozen: what was found in its texts, what was given up for it, who freezes it."""

from django.db import models

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


class DraftScan(models.Model):
    """The last look through all texts of a draft for what could tell a script's system."""

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="look")
    spec_digest = models.CharField(max_length=64, help_text="Of the draft that was looked through.")
    done = models.PositiveIntegerField(default=0, help_text="Texts so far.")
    total = models.PositiveIntegerField(default=0)
    beat_at = models.DateTimeField(help_text="When it was last heard of.")
    ended_at = models.DateTimeField(null=True, blank=True)


class FreezeRequest(models.Model):
    """A freezing that a worker does, for whoever asked for it; `faults` are what stood in its way."""

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="freezing")
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    faults = models.JSONField(default=list, blank=True)
