"""Briefs, the systems that write for them, the runs that make them write, and the scripts."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evalsite.core.codes import random_code
from evalsite.core.digests import json_digest


class Language(models.TextChoices):
    ENGLISH = "en", _("English")
    CHINESE = "zh", _("Chinese")


class Series(models.Model):
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    language = models.CharField(max_length=2, choices=Language)
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


class System(models.Model):
    """Anything that writes scripts: a pipeline of stages, or people."""

    class Kind(models.TextChoices):
        PIPELINE = "pipeline", _("pipeline")
        IMPORTED = "imported", _("imported")
        HUMAN = "human", _("people")

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


LIMIT_REACHED = "the next request could pass the limit"
"""How the reason begins for which a run pauses at its limit."""


class Run(models.Model):
    """One batch of generation with frozen settings: systems x briefs x samples."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        CANCELLED = "cancelled", _("cancelled")
        DONE = "done", _("done")

    code = models.CharField(max_length=16, unique=True, default=random_code, editable=False)
    kind = models.CharField(max_length=20, default="generate")
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
    pause_reason = models.TextField(blank=True, help_text="Why the run paused by itself.")
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
    def paused_at_limit(self) -> bool:
        """Whether it paused by itself because of its limits: other limits let it go on."""
        return self.pause_reason.startswith(LIMIT_REACHED)


class Job(models.Model):
    """One system's work on one brief, one sample: claimed by one worker, may be tried again."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CLAIMED = "claimed", _("claimed")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="jobs")
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="jobs")
    brief = models.ForeignKey(Brief, on_delete=models.PROTECT, related_name="jobs")
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
    error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "system", "brief", "sample"], name="job_once_per_run"),
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
        return f"{self.run_id}/{self.system_id}/{self.brief_id}/{self.sample}"


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
        REFUSED = "refused", _("answer refused")
        ERROR = "error", _("error")
        LOST = "lost", _("lost")

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="attempts")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="attempts")
    stage = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome, default=Outcome.SENT)
    reason = models.TextField(blank=True)
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
    sampling = models.JSONField()
    seed = models.BigIntegerField(null=True, blank=True)
    usage = models.JSONField(default=dict)
    finish_reason = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["job", "stage"], name="stage_output_once")]


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
    """What was measured of one script (`generation.fitness.measures.Fitness`), per version of the measure."""

    script = models.OneToOneField(Script, on_delete=models.CASCADE, related_name="measurement")
    version = models.PositiveIntegerField(help_text="Of the measure; an older one is measured anew.")
    values = models.JSONField(help_text="The fields of Fitness.")
    measured_at = models.DateTimeField(auto_now=True)


class Upload(models.Model):
    """A file of somebody's scripts, kept as it came; its scenes are looked through and tied to briefs."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        TAKEN = "taken", _("taken over")
        DROPPED = "dropped", _("dropped")

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
    told = models.JSONField(default=dict, blank=True, help_text="What was said of it so far: system, source.")
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
        AIRED = "aired", _("from a work that was aired")
        UNAIRED = "unaired", _("from a work that was not aired")

    class Version(models.TextChoices):
        DRAFT = "draft", _("draft")
        SHOOTING = "shooting", _("shooting script")
        TRANSCRIPT = "transcript", _("transcript")

    class Rights(models.TextChoices):
        SHOW = "show", _("may be shown to raters")
        REDISTRIBUTE = "redistribute", _("may be passed on")

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
