"""A rater's hold on a slot, and what is saved while the form is filled in."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotations.models.raters import Rater, Sitting
from annotations.models.seats import Slot
from evalsite.core.codes import assignment_code


class Assignment(models.Model):
    """One rater's hold on a slot: a lease while open."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        SUBMITTED = "submitted", _("submitted")
        EXPIRED = "expired", _("expired")
        SKIPPED = "skipped", _("skipped")
        LATE = "late", _("late")
        RELEASED = "released", _("released")
        # Sent in practice: never counted, and the slot stays free for another try or another rater.
        PRACTISED = "practised", _("practised")

    code = models.CharField(max_length=20, unique=True, default=assignment_code, editable=False)
    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="assignments")
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="assignments")
    sitting = models.ForeignKey(Sitting, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    leased_until = models.DateTimeField()
    opened_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    skip_reason = models.CharField(max_length=40, blank=True)
    excluded = models.CharField(max_length=60, blank=True, help_text="Why its judgments enter no estimate.")
    # What the page measured; empty where it could not.
    layout = models.CharField(max_length=10, blank=True, help_text="columns or single")
    read_first = models.CharField(max_length=5, blank=True, help_text="left or right")
    switches = models.PositiveIntegerField(
        null=True, blank=True, help_text="How often the eye went from one script to the other."
    )
    seconds = models.FloatField(null=True, blank=True)
    read_left_s = models.FloatField(null=True, blank=True)
    read_right_s = models.FloatField(null=True, blank=True)
    share_read_left = models.FloatField(null=True, blank=True)
    share_read_right = models.FloatField(null=True, blank=True)
    knew_left = models.BooleanField(null=True, blank=True)
    knew_right = models.BooleanField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="The rater's own words.")
    revision = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="Which answer counts: 0 the first, then one more for each time the rater changed it.",
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            # Two raters never hold one slot, and a slot is judged once.
            models.UniqueConstraint(
                fields=["slot"],
                condition=Q(state__in=["open", "submitted", "skipped"]),
                name="slot_held_once",
            ),
            models.UniqueConstraint(fields=["rater"], condition=Q(state="open"), name="rater_one_open"),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "late"]) | Q(submitted_at__isnull=False),
                name="assignment_submitted_has_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "leased_until"])]

    def __str__(self) -> str:
        return self.code


class Answer(models.Model):
    """The unsent state of an assignment, saved as it grows."""

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="answer")
    content = models.JSONField(default=dict, help_text="The form's fields as last saved.")
    reading = models.JSONField(
        default=dict,
        blank=True,
        help_text="What the page has measured so far (annotations/desk/answers.py).",
    )
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()


class AnswerChange(models.Model):
    """Each change of a choice, strength, score or box, with its time: the first choice is `first_choice`.

    `at` is when it was made, as told by the page that it was made on; `arrived_at` when the site heard of
    it. Both are the same, and `page` is empty, where the site itself found an answer changed.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="changes")
    field = models.CharField(max_length=80)
    value = models.CharField(max_length=40)
    at = models.DateTimeField()
    arrived_at = models.DateTimeField()
    page = models.CharField(
        max_length=32, blank=True, help_text="A random code of the page that told of it, new at each loading."
    )
    number = models.PositiveIntegerField(null=True, blank=True, help_text="Counts from 1 on each page.")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "page", "number"], condition=~Q(page=""), name="change_told_once"
            ),
        ]
