"""Judgments that a person excludes by hand, each time with a reason."""

from django.db import models

from annotations.models.assignments import Assignment

MANUAL = "manual"
"""The value of `Assignment.excluded` while the last event excludes the answer."""

VERBS = {True: "exclude judgment", False: "include judgment"}
"""Of the audit trail, by `ExclusionEvent.excluded`."""


class ExclusionEvent(models.Model):
    """One answer is excluded from the estimates, or included again. Append-only.

    `Assignment.excluded` follows from the last event. Exclusions that desk rules make (`late`, `practice`)
    have no event.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="exclusions")
    number = models.PositiveIntegerField(help_text="1, 2, ... for each answer.")
    excluded = models.BooleanField(help_text="False: included again.")
    who = models.CharField(max_length=150)
    role = models.CharField(max_length=20, help_text="The person's role in the study's team, or console.")
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "number"], name="exclusion_numbered"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="exclusion_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment} {'excluded' if self.excluded else 'included'}"
