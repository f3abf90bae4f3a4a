"""The draw: seats, their slots in order, and what was repaired afterwards."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotations.models.pairings import Entry, Pairing
from annotations.models.raters import Rater
from annotations.models.studies import Study


class Seat(models.Model):
    """One drawn sequence of slots. A replacement takes over what is left of it."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="seats")
    number = models.PositiveIntegerField()
    languages = models.JSONField(help_text="What its rater must read: a sorted list of en, zh.")
    criteria = models.JSONField(
        default=list, help_text="Slugs in the order drawn for this seat, primary first."
    )
    rater = models.OneToOneField(Rater, null=True, blank=True, on_delete=models.SET_NULL, related_name="seat")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="seat_numbered")]


class SeatEvent(models.Model):
    """A repair after the draw (taken, left, taken over), numbered, with its inputs; never a new draw."""

    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="events")
    number = models.PositiveIntegerField()
    verb = models.CharField(max_length=40)
    rater_code = models.CharField(max_length=16)
    detail = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["seat", "number"]
        constraints = [models.UniqueConstraint(fields=["seat", "number"], name="seat_event_numbered")]


class Slot(models.Model):
    """One drawn cell: seat, position, pairing, side. Practice comes before all others."""

    class Phase(models.TextChoices):
        PRACTICE = "practice", _("practice")
        MAIN = "main", _("main")

    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="slots")
    phase = models.CharField(max_length=20, choices=Phase, default=Phase.MAIN)
    position = models.PositiveIntegerField(help_text="1, 2, ... in the seat's sequence, by phase")
    pairing = models.ForeignKey(Pairing, on_delete=models.CASCADE, related_name="slots")
    first_on_left = models.BooleanField(help_text="Whether the canonical first entry stands left.")

    class Meta:
        ordering = ["seat", "position"]
        constraints = [
            models.UniqueConstraint(fields=["seat", "phase", "position"], name="slot_position_once"),
            models.UniqueConstraint(fields=["seat", "pairing"], name="slot_pairing_once"),
        ]

    @property
    def left(self) -> Entry:
        second = self.pairing.second
        return self.pairing.first if self.first_on_left or second is None else second

    @property
    def right(self) -> Entry | None:
        """None where one script is shown at a time."""
        return self.pairing.second if self.first_on_left else self.pairing.first

    @property
    def sides(self) -> dict[str, Entry]:
        """The scripts that are shown, by side: left and right, or left alone."""
        if self.pairing.second is None:
            return {"left": self.pairing.first}
        first, second = self.pairing.first, self.pairing.second
        left, right = (first, second) if self.first_on_left else (second, first)
        return {"left": left, "right": right}
