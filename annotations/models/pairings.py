"""What a study shows: scripts under random codes, and which stand side by side."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotations.models.studies import StudyBrief
from evalsite.core.codes import entry_code


class Entry(models.Model):
    """A script as the study shows it: a random code and stored HTML."""

    study_brief = models.ForeignKey(StudyBrief, on_delete=models.CASCADE, related_name="entries")
    code = models.CharField(max_length=16, unique=True, default=entry_code, editable=False)
    html = models.TextField()
    text = models.TextField(help_text="The scene model's text, into which marks point.")
    length = models.PositiveIntegerField(help_text="Words for English, Han characters for Chinese.")
    digest = models.CharField(
        max_length=64, help_text="SHA-256 over code, text and HTML: no key to the script."
    )
    pages = models.JSONField(
        null=True,
        blank=True,
        help_text="Where its pages begin, and its length in eighths (generation/screenplay/page_count.py).",
    )

    class Meta:
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return self.code


class Pairing(models.Model):
    """Two entries of one brief, in canonical order: the study file's order of systems.

    In a study of one script at a time there is no `second`.
    """

    class Kind(models.TextChoices):
        MAIN = "main", _("main")
        PRACTICE = "practice", _("practice")
        CHECK = "check", _("check")
        REPEAT = "repeat", _("repeat")
        SAME = "same", _("same")

    study_brief = models.ForeignKey(StudyBrief, on_delete=models.CASCADE, related_name="pairings")
    first = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Entry, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.MAIN)
    worse = models.CharField(
        max_length=6,
        blank=True,
        choices=[("first", "first"), ("second", "second")],
        help_text="Of practice and checks: the one that was damaged.",
    )
    damage = models.JSONField(
        default=dict, blank=True, help_text="What was done to the worse one: kind, seed, where."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second", "kind"], name="pairing_once"),
            models.CheckConstraint(condition=~Q(first=F("second")), name="pairing_of_two"),
        ]
