"""Scripts, what was measured of them, and where imported ones came from."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evalsite.core.codes import random_code
from evalsite.core.models import Team, only_team
from generation.models.briefs import Brief, Language
from generation.models.runs import Job
from generation.models.systems import System


class Script(models.Model):
    """One screenplay by one system for one brief; immutable, known by the SHA-256 of its text."""

    brief = models.ForeignKey(Brief, on_delete=models.PROTECT, related_name="scripts")
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="scripts")
    sample = models.PositiveIntegerField(default=1)
    text = models.TextField()
    digest = models.CharField(max_length=64, db_index=True)
    language = models.CharField(max_length=2, choices=Language)
    length = models.PositiveIntegerField(help_text="Words for English, Han characters for Chinese.")
    writer = models.CharField(max_length=60, blank=True, help_text="A code for the person who wrote it.")
    finish_reason = models.CharField(max_length=40, blank=True)
    redraws = models.PositiveIntegerField(default=0, help_text="Samples that were refused before this one.")
    job = models.OneToOneField(Job, null=True, blank=True, on_delete=models.PROTECT, related_name="script")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["brief", "system", "sample", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["brief", "system", "digest"], name="script_once_per_text"),
            models.CheckConstraint(condition=Q(sample__gte=1), name="script_sample_from_1"),
        ]

    def __str__(self) -> str:
        # Its digest would tell whoever has the text whose it is.
        return f"script {self.pk}"


class Measurement(models.Model):
    """What was measured of one script (`generation.script_metrics.measures.Fitness`), per version of the
    measure."""

    script = models.OneToOneField(Script, on_delete=models.CASCADE, related_name="measurement")
    version = models.PositiveIntegerField(help_text="Of the measure; an older one is measured anew.")
    values = models.JSONField(help_text="The fields of Fitness.")
    measured_at = models.DateTimeField(auto_now=True)


class Upload(models.Model):
    """A file of somebody's scripts, kept as it came; its scenes are looked through and tied to briefs."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        TAKEN = "taken", _("imported")
        DROPPED = "dropped", _("discarded")

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", default=only_team)
    code = models.CharField(max_length=16, unique=True, default=random_code, editable=False)
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    file_name = models.CharField(max_length=200)
    content = models.BinaryField(help_text="The file as it came; emptied when it is dropped.")
    rows = models.BinaryField(default=b"", help_text="What a reader made of it, packed; emptied with it.")
    rows_version = models.PositiveIntegerField(default=0)
    file_digest = models.CharField(max_length=64, help_text="SHA-256 of the file as it came.")
    format = models.CharField(
        max_length=20, help_text="As it was recognised: fountain, fdx, docx, pdf, plain."
    )
    language = models.CharField(max_length=2, choices=Language)
    metadata = models.JSONField(
        default=dict, blank=True, help_text="What is known of it so far: system, source."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.code


class Source(models.Model):
    """Where a script that was imported came from, as it was told at its import."""

    class Origin(models.TextChoices):
        COMMISSIONED = "commissioned", _("written from the brief for a study")
        AIRED = "aired", _("from an aired work")
        UNAIRED = "unaired", _("from an unaired work")

    class Version(models.TextChoices):
        DRAFT = "draft", _("draft")
        SHOOTING = "shooting", _("shooting script")
        TRANSCRIPT = "transcript", _("transcript")

    class Rights(models.TextChoices):
        SHOW = "show", _("for raters only")
        REDISTRIBUTE = "redistribute", _("may be redistributed")

    script = models.OneToOneField(Script, on_delete=models.CASCADE, related_name="source")
    upload = models.ForeignKey(
        Upload, null=True, blank=True, on_delete=models.PROTECT, related_name="sources"
    )
    file_name = models.CharField(max_length=200)
    file_digest = models.CharField(max_length=64)
    format = models.CharField(max_length=20)
    first_line = models.PositiveIntegerField(null=True, blank=True, help_text="In the text that was read.")
    last_line = models.PositiveIntegerField(null=True, blank=True)
    origin = models.CharField(max_length=20, choices=Origin, blank=True)
    version = models.CharField(max_length=20, choices=Version, blank=True)
    rights = models.CharField(max_length=20, choices=Rights, default=Rights.SHOW)
    credit = models.TextField(blank=True, help_text="The work and where it was got from.")
    knew = models.TextField(blank=True, help_text="What the writer knew beyond the brief.")
    imported_by = models.CharField(max_length=150, blank=True)
    imported_at = models.DateTimeField(auto_now_add=True)
