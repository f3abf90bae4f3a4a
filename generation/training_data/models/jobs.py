"""What the jobs of synthesis work on."""

from django.db import models
from django.db.models import Q

from generation.models import Job
from generation.training_data.models.corpus import Person, Scene


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
