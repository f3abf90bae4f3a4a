"""What becomes of synthesised scenes: candidates and their reviews, datasets, the models trained on them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from evalsite.core.models import Team, only_team
from generation.models.runs import Job, Run
from generation.training_data.models.corpus import Scene


class Candidate(models.Model):
    """One scene's synthesis on its way through the filter."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="candidates")
    scene = models.ForeignKey(Scene, on_delete=models.PROTECT, related_name="candidates")
    job = models.OneToOneField(Job, null=True, blank=True, on_delete=models.PROTECT, related_name="candidate")
    dropped_at = models.CharField(
        max_length=40, blank=True, help_text="The step that rejected it; empty while it is in."
    )
    reason = models.JSONField(
        default=dict, blank=True, help_text="{code, params}: the rule that rejected it, and the details."
    )
    marks = models.JSONField(default=dict, blank=True, help_text="What the model as a judge gave it.")
    readers = models.PositiveSmallIntegerField(
        default=0, help_text="How many people are to review it: 0, 1, or 2 for the measured sample."
    )

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "scene"], name="candidate_once_per_run")]
        indexes = [models.Index(fields=["run", "dropped_at"], name="candidate_steps")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.scene_id}"


class HumanReview(models.Model):
    """What one person decided of what a model has written; append-only."""

    class Decision(models.TextChoices):
        ACCEPT = "accept", pgettext_lazy("review", "accepted")
        EDIT = "edit", _("accepted with changes")
        REJECT = "reject", _("rejected")

    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=20, choices=Decision)
    reason = models.CharField(max_length=40, blank=True, help_text="The code of a common reason, or `other`.")
    words = models.TextField(blank=True, help_text="The reason in the reviewer's own words.")
    edits = models.JSONField(
        default=dict, blank=True, help_text="{field: new text}; the old one stands in the stage's output."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["pk"]


class Review(HumanReview):
    """What one person decided of a candidate; the latest of each person counts."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="reviews")

    class Meta(HumanReview.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~Q(decision="reject") | ~Q(reason=""), name="rejection_has_reason"
            ),
        ]


class ProfileReview(HumanReview):
    """What a person decided of a profile that a run has written; the latest of a profile counts.

    A profile stands in the briefs of all scenes of its person: what is changed here is changed in all
    examples that are built later, and where it is rejected they fall.
    """

    job = models.ForeignKey(
        Job, on_delete=models.CASCADE, related_name="profile_reviews", help_text="That wrote the profile."
    )

    class Meta(HumanReview.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~Q(decision="reject") | ~Q(reason=""), name="profile_rejection_has_reason"
            ),
        ]


class Dataset(models.Model):
    """One version of a set of training examples; immutable, known by its digest."""

    slug = models.SlugField(max_length=60)
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="Of its examples, their splits and its recipe.")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="datasets")
    recipe = models.JSONField(help_text="Prompts, filter, balance, splits: all that decided it.")
    funnel = models.JSONField(help_text="A list of {step, rule, in, out, rejected: {reason: n}}.")
    card = models.TextField(help_text="The data card, Markdown.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug", "version"]
        constraints = [
            models.UniqueConstraint(fields=["slug", "version"], name="dataset_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.slug}@{self.version}"


class Example(models.Model):
    """One training example: a scene's brief, directives and prose, by reference to what made them."""

    class Split(models.TextChoices):
        TRAIN = "train", _("training")
        VALIDATION = "validation", _("validation")
        TEST = "test", _("test")

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="examples")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="examples")
    scene = models.ForeignKey(Scene, on_delete=models.PROTECT, related_name="examples")
    edited_by = models.ForeignKey(
        Review, null=True, blank=True, on_delete=models.PROTECT, related_name="examples"
    )
    split = models.CharField(max_length=20, choices=Split)
    digest = models.CharField(max_length=64, help_text="Of its texts.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["dataset", "scene"], name="example_once_per_scene")]


class DatasetProfile(models.Model):
    """A profile that stands in a dataset's examples as a person has changed it."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="profiles")
    review = models.ForeignKey(ProfileReview, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "review"], name="dataset_profile_once"),
        ]


class TrainedModel(models.Model):
    """A model or adapter and the data that it was trained on, as its card tells."""

    class Variant(models.TextChoices):
        DSR = "dsr", _("directives and prose")
        PROSE_ONLY = "prose-only", _("prose without directives")
        END_TO_END = "end-to-end", _("script directly from the brief")
        REVERSE_ONLY = "reverse-only", _("directives and the original script")

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", default=only_team)
    slug = models.SlugField(
        max_length=80, unique=True, help_text="Its name and how its weights' digest begins."
    )
    name = models.CharField(max_length=200, help_text="The name under which a server is asked for it.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of its weights.")
    dataset = models.ForeignKey(
        Dataset, null=True, blank=True, on_delete=models.PROTECT, related_name="trained_models"
    )
    variant = models.CharField(max_length=20, choices=Variant)
    card = models.JSONField(help_text="The model card as training wrote it.")
    registered_by = models.CharField(max_length=150, blank=True)
    registered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug
