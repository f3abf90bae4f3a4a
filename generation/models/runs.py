"""Runs, their jobs, whose turn it is at an address, and what was asked of backends and returned by them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evalsite.core.codes import random_code
from evalsite.core.models import Team, only_team
from generation.models.briefs import Brief
from generation.models.fields import ReasonField
from generation.models.systems import System

AT_LIMIT = ("limit-tokens", "limit-cost")
"""Codes of the reasons for which a run pauses at its limit."""


class Run(models.Model):
    """One batch of generation with frozen settings: systems x briefs x samples; or one of synthesis."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        CANCELLED = "cancelled", _("cancelled")
        DONE = "done", _("done")

    class Kind(models.TextChoices):
        GENERATE = "generate", _("scripts for briefs")
        SYNTHESIZE = "synthesize", _("training data from screenplays")

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", default=only_team)
    code = models.CharField(max_length=16, unique=True, default=random_code, editable=False)
    name = models.CharField(max_length=120, blank=True, help_text="For people; no part of the digest.")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.GENERATE)
    state = models.CharField(max_length=20, choices=State, default=State.ACTIVE)
    frozen_settings = models.JSONField(help_text="Systems' specs with prompt digests, samples, base address.")
    digest = models.CharField(max_length=64)
    prices = models.JSONField(
        default=dict, blank=True, help_text="By system and stage: [in, out], per million tokens."
    )
    estimate = models.JSONField(default=dict, blank=True, help_text="Tokens and cost, told before the start.")
    limit_tokens = models.BigIntegerField(null=True, blank=True)
    limit_cost = models.BigIntegerField(
        null=True, blank=True, help_text="In millionths of the prices' currency."
    )
    pause_reason = ReasonField(help_text="Why the run paused by itself.")
    mix_adapters = models.BooleanField(default=False, help_text="Several models in one batch of a server.")
    software = models.JSONField(
        default=dict, blank=True, help_text="Versions, by address and for the program itself."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.code

    @property
    def title(self) -> str:
        """What pages call the run."""
        return self.name or self.code

    @property
    def paused_at_limit(self) -> bool:
        """Whether it paused by itself because of its limits: other limits let it go on."""
        return getattr(self.pause_reason, "code", "") in AT_LIMIT


class Job(models.Model):
    """One system's work on one brief, one sample: claimed by one worker, may be tried again.

    Jobs of another kind of run (`generation.runs.kinds`) work on something else, and name it in `subject`.
    """

    class State(models.TextChoices):
        BLOCKED = "blocked", _("waiting for profiles")
        WAITING = "waiting", _("waiting")
        CLAIMED = "claimed", _("claimed")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="jobs")
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="jobs")
    brief = models.ForeignKey(Brief, null=True, blank=True, on_delete=models.PROTECT, related_name="jobs")
    subject = models.JSONField(
        default=dict, blank=True, help_text="{kind, name, language} of what is no brief; empty for a brief."
    )
    sample = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    lease = models.CharField(max_length=16, blank=True, help_text="Code of the claim that holds this job.")
    leased_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    stage = models.CharField(max_length=60, blank=True, help_text="The stage that comes next.")
    address = models.CharField(max_length=500, blank=True, help_text="Where its request goes.")
    model = models.CharField(
        max_length=200, blank=True, help_text="The model or adapter that a batch is to hold alone."
    )
    error = ReasonField(help_text="Why it failed; of a finished job a note.")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "system", "brief", "sample"], name="job_once_per_run"),
            models.UniqueConstraint(
                fields=["run", "system", "subject"], name="job_once_per_subject", condition=Q(brief=None)
            ),
            models.CheckConstraint(
                condition=Q(brief__isnull=False, subject={}) | (Q(brief=None) & ~Q(subject={})),
                name="job_has_one_subject",
            ),
            models.CheckConstraint(
                condition=~Q(state="claimed") | Q(leased_until__isnull=False), name="job_claim_has_lease"
            ),
        ]
        indexes = [
            models.Index(fields=["run", "state"]),
            # What can be claimed, in order; what is held at an address, across runs.
            models.Index(
                fields=["run", "address", "model", "id"], name="job_waiting", condition=Q(state="waiting")
            ),
            models.Index(
                fields=["address", "leased_until"], name="job_claimed", condition=Q(state="claimed")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.system_id}/{self.brief_id or self.subject['name']}/{self.sample}"

    @property
    def subject_kind(self) -> str:
        return "brief" if self.brief is not None else str(self.subject["kind"])

    @property
    def about(self) -> str:
        """The name of what it works on, the same in every database: part of its seeds."""
        return self.brief.about if self.brief is not None else str(self.subject["name"])

    @property
    def language(self) -> str:
        return self.brief.language if self.brief is not None else str(self.subject["language"])


class LaneTurn(models.Model):
    """Which model an address was last asked for and since when, so that no lane keeps it for ever."""

    address = models.CharField(max_length=500, unique=True)
    model = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField()
    yielded_at = models.DateTimeField(null=True, blank=True, help_text="Since when it is left to others.")


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
