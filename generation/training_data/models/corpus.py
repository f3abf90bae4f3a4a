"""Finished screenplays that training data is made from: works, their scenes, the people of a series.

`JobSource` says which job works on which of them.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evalsite.core.codes import random_code
from evalsite.core.models import Team, only_team
from generation.models import Job
from generation.models.briefs import Language, Series
from generation.models.scripts import Source


class Work(models.Model):
    """One whole screenplay: a film, or one episode of a series."""

    class Rights(models.TextChoices):
        TRAIN = "train", _("may be used for training")
        REDISTRIBUTE = "redistribute", _("may be used for training and redistributed")

    slug = models.SlugField(max_length=80, unique=True)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="works")
    title = models.CharField(max_length=200)
    order = models.PositiveIntegerField(default=1, help_text="Where it stands in its series' story.")
    language = models.CharField(max_length=2, choices=Language)
    genre = models.SlugField(max_length=60, blank=True)
    origin = models.CharField(max_length=20, choices=Source.Origin, blank=True)
    version = models.CharField(max_length=20, choices=Source.Version, blank=True)
    rights = models.CharField(max_length=20, choices=Rights)
    credit = models.TextField(help_text="The work, where it was got from, and who allowed its use.")
    file_name = models.CharField(max_length=200)
    file_digest = models.CharField(max_length=64, help_text="SHA-256 of the file as it came.")
    format = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, help_text="Of its scenes' digests, in order.")
    imported_by = models.CharField(max_length=150, blank=True)
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["series__slug", "order", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["series", "order"], name="work_once_per_place"),
        ]

    def __str__(self) -> str:
        return self.slug


class Scene(models.Model):
    """One scene of a work; a trigger keeps its text."""

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="scenes")
    number = models.PositiveIntegerField(help_text="In its work, from 1.")
    label = models.CharField(max_length=40, blank=True, help_text="The writer's own number.")
    heading = models.CharField(max_length=500, blank=True)
    text = models.TextField()
    digest = models.CharField(max_length=64, db_index=True)
    length = models.PositiveIntegerField(help_text="Words for English, Han characters for Chinese.")
    speakers = models.JSONField(default=list, help_text="Names of those who speak, in order.")
    signature = models.BinaryField(default=b"", help_text="MinHash of its text, for finding its likes.")
    like = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="likes",
        help_text="The earlier scene that it nearly repeats.",
    )
    likeness = models.FloatField(
        null=True, blank=True, help_text="Share of what both have in common, 0 to 1."
    )

    class Meta:
        ordering = ["work", "number"]
        constraints = [models.UniqueConstraint(fields=["work", "number"], name="scene_once_per_work")]

    def __str__(self) -> str:
        return f"{self.work_id}/{self.number}"

    @property
    def about(self) -> str:
        return f"{self.work.slug}/{self.number}"

    @property
    def language(self) -> str:
        return self.work.language


class Person(models.Model):
    """Somebody who speaks in a series, whose profile is written once."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="people")
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=2, choices=Language)

    class Meta:
        ordering = ["series", "name"]
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(fields=["series", "name"], name="person_once_per_series"),
            models.CheckConstraint(condition=~Q(name=""), name="person_has_name"),
        ]

    def __str__(self) -> str:
        return f"{self.series_id}/{self.name}"

    @property
    def about(self) -> str:
        return f"{self.series.slug}/{self.name}"


class Intake(models.Model):
    """Files of one series that were handed in through the browser: looked through, then stored or dropped."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", default=only_team)
    code = models.CharField(max_length=16, unique=True, default=random_code, editable=False)
    told = models.JSONField(help_text="Series, language, genre, origin, version, rights, credit.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.code


class IntakeFile(models.Model):
    """One of these files, as it came, with what a reader made of it."""

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="files")
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    title = models.CharField(max_length=200)
    order = models.PositiveIntegerField()
    is_read = models.BooleanField(default=False)
    format = models.CharField(max_length=20, blank=True)
    rows = models.BinaryField(default=b"", help_text="What a reader made of it, packed.")
    rows_version = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list, help_text="Why it was not read: {line, column, message, fix}.")

    class Meta:
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.file_name


class JobSource(models.Model):
    """The scene that a job takes apart, or the person whose profile it writes."""

    job = models.OneToOneField(Job, primary_key=True, on_delete=models.CASCADE, related_name="source")
    scene = models.ForeignKey(Scene, null=True, blank=True, on_delete=models.PROTECT, related_name="sources")
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="sources"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scene__isnull=False, person__isnull=True)
                | Q(scene__isnull=True, person__isnull=False),
                name="job_has_one_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}: {self.scene or self.person}"


def scene_of(job: Job) -> Scene:
    """The scene of a job that takes one apart."""
    scene = job.source.scene
    assert scene is not None
    return scene


def person_of(job: Job) -> Person:
    """The person of a job that writes a profile."""
    person = job.source.person
    assert person is not None
    return person
