"""Series and their briefs: what every system gets for one scene."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from evalsite.core.digests import json_digest
from evalsite.core.models import Team, only_team


class Language(models.TextChoices):
    ENGLISH = "en", _("English")
    CHINESE = "zh", _("Chinese")


class Series(models.Model):
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", default=only_team)
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    language = models.CharField(max_length=2, choices=Language)
    aliases = models.JSONField(
        default=list,
        blank=True,
        help_text="Other titles and abbreviations of the series: the leak scan looks for them in scripts.",
    )
    names = models.JSONField(
        default=list,
        blank=True,
        help_text="The name map: a list of {from, to}. Raters read `to` in the brief and in every script.",
    )

    class Meta:
        verbose_name_plural = "series"
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.title


class Brief(models.Model):
    """What every system gets for one scene."""

    slug = models.SlugField(max_length=80, unique=True)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="briefs")
    language = models.CharField(max_length=2, choices=Language)
    order = models.PositiveIntegerField(help_text="Where the scene stands in its series' story.")
    outline = models.TextField()
    previous_context = models.TextField(blank=True)
    characters = models.JSONField(help_text="A list of {name, profile}.")
    guideline = models.TextField(blank=True)
    target_length = models.PositiveIntegerField(help_text="Words for English, Han characters for Chinese.")
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["series__slug", "order", "slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def about(self) -> str:
        return self.slug

    def content(self) -> dict[str, Any]:
        """What is sent to systems, frozen into studies and hashed."""
        return {
            "slug": self.slug,
            "series": {"slug": self.series.slug, "title": self.series.title},
            "language": self.language,
            "order": self.order,
            "outline": self.outline,
            "previous_context": self.previous_context,
            "characters": self.characters,
            "guideline": self.guideline,
            "target_length": self.target_length,
        }

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.digest = json_digest(self.content())
        super().save(*args, **kwargs)
