"""What was submitted: choices, scores, marks, and guesses of origin."""

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotations.models.assignments import Assignment
from annotations.models.studies import Criterion


class Choice(models.TextChoices):
    LEFT = "left", _("Script A")
    RIGHT = "right", _("Script B")
    TIE = "tie", _("too close to call")
    NEITHER = "neither", _("neither is usable")


class Side(models.TextChoices):
    LEFT = "left", _("Script A")
    RIGHT = "right", _("Script B")


class RevisedQuerySet[Row: models.Model](models.QuerySet[Row]):
    """Rows of submitted answers. A rater can change an answer; its rows then get the next `revision`."""

    def current(self) -> Self:
        """The rows of the answers that count."""
        return self.filter(revision=F("assignment__revision"))


class Judgment(models.Model):
    """A submitted choice on one criterion of one assignment. A trigger refuses change and removal.

    `first_choice` is the first one ever made, also in later revisions.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="judgments")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="judgments")
    choice = models.CharField(max_length=10, choices=Choice)
    strength = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(3)]
    )
    first_choice = models.CharField(max_length=10, choices=Choice)
    submitted_at = models.DateTimeField()
    revision = models.PositiveSmallIntegerField(default=0, db_default=0)
    questions_digest = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="Digest of the questions on the page that was answered.",
    )

    objects = RevisedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "criterion", "revision"], name="judgment_once"),
            models.CheckConstraint(
                condition=Q(choice__in=["left", "right", "tie", "neither"]), name="judgment_choice_known"
            ),
            models.CheckConstraint(
                condition=Q(strength__isnull=True) | Q(strength__range=(1, 3)),
                name="judgment_strength_1_to_3",
            ),
        ]


class Score(models.Model):
    """A submitted number for one script, on the study's rubric. A trigger refuses change and removal."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="scores")
    side = models.CharField(max_length=5, choices=Side)
    value = models.PositiveSmallIntegerField()
    rubric = models.CharField(max_length=60)
    submitted_at = models.DateTimeField()
    revision = models.PositiveSmallIntegerField(default=0, db_default=0)

    objects = RevisedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["assignment", "side", "revision"], name="score_once")]


class Mark(models.Model):
    """An error or a good line that a rater points at; offsets are code points in the entry's text.

    The study says which classes there are (`annotations.spec.mark_kinds`).
    """

    class Severity(models.TextChoices):
        MINOR = "minor", _("minor")
        MAJOR = "major", _("major")
        CRITICAL = "critical", _("critical")

    MOST_PER_SCRIPT = 20

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="marks")
    side = models.CharField(max_length=5, choices=Side)
    error_class = models.CharField(max_length=40)
    severity = models.CharField(max_length=10, choices=Severity, blank=True, default="", db_default="")
    scene = models.PositiveIntegerField(null=True, blank=True)
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)
    note = models.TextField(blank=True)
    submitted_at = models.DateTimeField()
    revision = models.PositiveSmallIntegerField(default=0, db_default=0)

    objects = RevisedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]


class AnswerRevision(models.Model):
    """The event that a rater changed a submitted answer: `number` is the revision of its new rows.

    The assignment has the new reason and what the rater knew; what they were before is here. Append-only,
    but the words of raters who ask for it are erased.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    submitted_at = models.DateTimeField()
    seconds = models.FloatField(null=True, blank=True, help_text="Active time on the page of the change.")
    earlier_knew_left = models.BooleanField(null=True, blank=True)
    earlier_knew_right = models.BooleanField(null=True, blank=True)
    earlier_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["assignment", "number"], name="revision_once")]


class Guess(models.Model):
    """What a rater takes a script's origin to be, asked once the judgments are in. Append-only."""

    class Origin(models.TextChoices):
        HUMAN = "human", _("a person")
        MACHINE = "machine", _("a machine")
        UNSURE = "unsure", _("I can't tell")

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="guesses")
    side = models.CharField(max_length=5, choices=Side)
    origin = models.CharField(max_length=10, choices=Origin)
    confidence = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(3)]
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "guesses"
        constraints = [models.UniqueConstraint(fields=["assignment", "side"], name="guess_once")]
