"""Whatever writes scripts."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from evalsite.core.digests import json_digest
from evalsite.core.models import Team


class System(models.Model):
    """Anything that writes scripts: a pipeline of stages, or people."""

    class Kind(models.TextChoices):
        PIPELINE = "pipeline", _("pipeline")
        IMPORTED = "imported", _("imported")
        HUMAN = "human", _("human")
        RECIPE = "recipe", _("training-data recipe")

    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: for all teams.",
    )
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind)
    spec = models.JSONField(
        default=dict, blank=True, help_text="A pipeline's stages, as its file gives them."
    )
    digest = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def names(self) -> dict[str, str]:
        """A pipeline's name by language, where its file gives several; `name` is the English or only one."""
        return dict(self.spec.get("names") or {})

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.digest = json_digest(self.spec)
        super().save(*args, **kwargs)
