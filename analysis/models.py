"""Stored analyses."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from annotations.models import Study
from evalsite.core.codes import random_code


class Report(models.Model):
    """A stored analysis of one study: its parameters, the digest of its data, its results."""

    class Kind(models.TextChoices):
        FINAL = "final", _("final")
        LOOK = "look", _("interim")
        RERUN = "rerun", _("recomputed")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="reports")
    code = models.CharField(max_length=16, unique=True, default=random_code, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.FINAL)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    parameters = models.JSONField(default=dict, help_text="seed, replicates")
    data_digest = models.CharField(max_length=64, blank=True)
    results = models.JSONField(default=dict, blank=True, help_text="report.json")
    reason = models.TextField(blank=True, help_text="Why it failed.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How many times a worker took it.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.study} {self.kind} {self.code}"


class ReportFile(models.Model):
    """One file of a report, byte for byte what the command line writes."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=60)
    content = models.BinaryField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["report", "name"], name="report_file_once")]

    def __str__(self) -> str:
        return self.name


class FullPdf(models.Model):
    """The full PDF of a report in one language, requested by staff. Its content is a file of the report."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="full_pdfs")
    lang = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=Report.State, default=Report.State.WAITING)
    reason = models.TextField(blank=True, help_text="Why it failed, in the language of the PDF.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How many times a worker took it.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["report", "lang"], name="full_pdf_once")]

    def __str__(self) -> str:
        return f"{self.report} {self.lang}"


class ReportLink(models.Model):
    """A public address at which one report can be read until a date. Only a hash of its secret is stored."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="links")
    code = models.CharField(max_length=16, unique=True, default=random_code, editable=False)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    note = models.CharField(max_length=120, blank=True, help_text="What the link is for.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When an admin ended it early.")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.report} {self.code}"

    def is_valid_at(self, moment: datetime) -> bool:
        return self.ended_at is None and moment < self.expires_at
