"""What was asked of backends and what they returned."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from generation.models.fields import ReasonField
from generation.models.runs import Job, Run


class Attempt(models.Model):
    """One request to a backend, recorded before it is sent."""

    class Outcome(models.TextChoices):
        SENT = "sent", _("sent")
        OK = "ok", _("ok")
        REFUSED = "refused", _("answer rejected")
        ERROR = "error", _("error")
        LOST = "lost", _("lost")

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="attempts")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="attempts")
    stage = models.CharField(max_length=60)
    address = models.CharField(
        max_length=500, blank=True, help_text="Where it was sent; empty for requests of before this was kept."
    )
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome, default=Outcome.SENT)
    reason = ReasonField(help_text="Why nothing that goes on came back.")
    prompt_digest = models.CharField(max_length=64)
    request = models.JSONField(help_text="Model, sampling, seed; the messages are known by prompt_digest.")
    answer = models.JSONField(
        default=dict, blank=True, help_text="Model, finish reason, usage, text if refused."
    )
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    cost = models.BigIntegerField(default=0, help_text="In millionths of the prices' currency.")
    estimated = models.BooleanField(
        default=True, help_text="Tokens and cost are an upper estimate, not what the server reported."
    )

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["job", "stage", "number"], name="attempt_numbered")]
        indexes = [
            # The sums of a run are read from this alone.
            models.Index(
                fields=["run"],
                include=["outcome", "estimated", "prompt_tokens", "completion_tokens", "cost"],
                name="attempt_sums",
            ),
            models.Index(fields=["run", "finished_at"], name="attempt_recent"),
            models.Index(fields=["run", "address", "finished_at"], name="attempt_at_address"),
        ]


class Prompt(models.Model):
    """The exact messages of a request, once however often they were sent; known by their SHA-256."""

    digest = models.CharField(max_length=64, primary_key=True)
    messages = models.JSONField(help_text="A list of [role, content].")


class BackendCheck(models.Model):
    """One contract test of an address: what it was asked and did, whether adapters may be mixed there."""

    address = models.CharField(max_length=500, db_index=True)
    names = models.JSONField(help_text="The models and adapters that were tried together.")
    mixes = models.BooleanField(help_text="Every one gave the same text alone and in mixed batches.")
    passed = models.BooleanField(help_text="All that was asked for was as it should be.")
    result = models.JSONField(help_text="Findings by part, texts by digest, software.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.address} {self.created_at:%Y-%m-%d %H:%M}"


class StageOutput(models.Model):
    """What one stage of a job returned; a trigger refuses change."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="outputs")
    stage = models.CharField(max_length=60)
    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="output")
    text = models.TextField()
    digest = models.CharField(max_length=64)
    model_asked = models.CharField(max_length=200)
    model_answered = models.CharField(max_length=200)
    sampling = models.JSONField(help_text="The parameters that the system's file states.")
    sent = models.JSONField(
        default=dict,
        help_text="The request as it was sent, without its messages; empty before this was kept.",
    )
    ignored = models.JSONField(
        default=list, help_text="Parameters of it that the provider is documented to ignore."
    )
    seed = models.BigIntegerField(null=True, blank=True)
    usage = models.JSONField(default=dict)
    finish_reason = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["job", "stage"], name="stage_output_once")]
