"""A study, its frozen briefs, the criteria it asks for, and dated changes to its plan."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evalsite.core.models import Team, only_team


class Study(models.Model):
    """One experiment. `spec` is the validated study file; freezing fixes it and stores its digest."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        FROZEN = "frozen", _("frozen")
        OPEN = "open", _("open")
        PAUSED = "paused", _("paused")
        CLOSED = "closed", _("closed")
        UNBLINDED = "unblinded", _("unblinded")

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", default=only_team)
    slug = models.SlugField(max_length=80, unique=True)
    title = models.JSONField(help_text="{en, zh}")
    question = models.JSONField(help_text="{en, zh}")
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    spec = models.JSONField(help_text="The study file, validated, with the texts it names.")
    spec_digest = models.CharField(max_length=64)
    frozen_digest = models.CharField(
        max_length=64, blank=True, help_text="Digest of everything freezing fixed."
    )
    seed = models.BigIntegerField()
    draw_nonce = models.CharField(
        max_length=32,
        blank=True,
        help_text="The secret that the draw was made with besides the seed; published by unblinding.",
    )
    findings_salt = models.CharField(
        max_length=80,
        blank=True,
        help_text="Salt of the keys of findings: the slug in studies of version 0.3.0, else empty.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    unblinded_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was put out of the list of studies."
    )

    class Meta:
        ordering = ["-created_at", "slug"]
        verbose_name_plural = "studies"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | ~Q(frozen_digest=""), name="study_frozen_has_digest"
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def is_sealed(self) -> bool:
        """Whether results may not be seen by anybody."""
        return self.state != self.State.UNBLINDED

    @property
    def main_briefs(self) -> "models.QuerySet[StudyBrief]":
        """The briefs whose scripts are compared: without those of practice and checks."""
        return self.briefs.filter(role=StudyBrief.Role.MAIN)


class StudyBrief(models.Model):
    """A brief as the study froze it; in tables its slug is the `item`."""

    class Role(models.TextChoices):
        MAIN = "main", _("main")
        PRACTICE = "practice", _("practice")
        CHECK = "check", _("check")

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="briefs")
    slug = models.CharField(max_length=80)
    series_slug = models.CharField(max_length=80)
    language = models.CharField(max_length=2)
    order = models.PositiveIntegerField()
    content = models.JSONField(help_text="generation.Brief.content() at freezing")
    role = models.CharField(
        max_length=20,
        choices=Role,
        default=Role.MAIN,
        help_text="Practice and checks use briefs from outside the study.",
    )

    class Meta:
        ordering = ["series_slug", "order", "slug"]
        constraints = [models.UniqueConstraint(fields=["study", "slug"], name="study_brief_once")]

    def __str__(self) -> str:
        return self.slug


class Criterion(models.Model):
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="criteria")
    slug = models.SlugField(max_length=60)
    order = models.PositiveIntegerField()
    primary = models.BooleanField(default=False)
    label = models.JSONField(help_text="{en, zh}")
    question = models.JSONField(help_text="{en, zh}")
    guidance = models.JSONField(help_text="{en, zh}")
    with_strength = models.BooleanField(default=True)

    class Meta:
        ordering = ["order"]
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(fields=["study", "slug"], name="criterion_once"),
            models.UniqueConstraint(
                fields=["study"], condition=Q(primary=True), name="criterion_one_primary"
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Amendment(models.Model):
    """A dated change to a frozen study's plan, with its reason. Append-only."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="amendments")
    at = models.DateTimeField(auto_now_add=True)
    who = models.CharField(max_length=150)
    text = models.TextField()

    class Meta:
        ordering = ["at"]


def localized(text: dict[str, Any], language: str) -> str:
    """The text in the language asked for (`en`, `zh`, or Django's `zh-hans`), else in the other one."""
    wanted = "zh" if language.startswith("zh") else "en"
    return text.get(wanted) or next((value for value in text.values() if value), "")
