"""Studies, what they show, who judges, and what was judged.

Nothing here tells which system wrote an entry: that join is sealed (`annotations/sealed.py`) until two people
unblind the study, when `RevealedEntry` is written.
"""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from evalsite.core.codes import assignment_code, entry_code, random_code, rater_code


class Study(models.Model):
    """One experiment. `spec` is the validated study file; freezing fixes it and stores its digest."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        FROZEN = "frozen", _("frozen")
        OPEN = "open", _("open")
        PAUSED = "paused", _("paused")
        CLOSED = "closed", _("closed")
        UNBLINDED = "unblinded", _("unblinded")

    slug = models.SlugField(max_length=80, unique=True)
    title = models.JSONField(help_text="{en, zh}")
    question = models.JSONField(help_text="{en, zh}")
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    spec = models.JSONField(help_text="The study file, validated, with the texts it names.")
    spec_digest = models.CharField(max_length=64)
    frozen_digest = models.CharField(
        max_length=64, blank=True, help_text="Digest of everything freezing fixed."
    )
    seed = models.BigIntegerField()
    draw_nonce = models.CharField(
        max_length=32,
        blank=True,
        help_text="The secret that the draw was made with besides the seed; published by unblinding.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    unblinded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "slug"]
        verbose_name_plural = "studies"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | ~Q(frozen_digest=""), name="study_frozen_has_digest"
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def is_sealed(self) -> bool:
        """Whether results may not be seen by anybody."""
        return self.state != self.State.UNBLINDED

    @property
    def main_briefs(self) -> "models.QuerySet[StudyBrief]":
        """The briefs whose scripts are compared: without those of practice and checks."""
        return self.briefs.filter(role=StudyBrief.Role.MAIN)


class StudyBrief(models.Model):
    """A brief as the study froze it; in tables its slug is the `item`."""

    class Role(models.TextChoices):
        MAIN = "main", _("main")
        PRACTICE = "practice", _("practice")
        CHECK = "check", _("check")

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="briefs")
    slug = models.CharField(max_length=80)
    series_slug = models.CharField(max_length=80)
    language = models.CharField(max_length=2)
    order = models.PositiveIntegerField()
    content = models.JSONField(help_text="generation.Brief.content() at freezing")
    role = models.CharField(
        max_length=20,
        choices=Role,
        default=Role.MAIN,
        help_text="Practice and checks use briefs from outside the study.",
    )

    class Meta:
        ordering = ["series_slug", "order", "slug"]
        constraints = [models.UniqueConstraint(fields=["study", "slug"], name="study_brief_once")]

    def __str__(self) -> str:
        return self.slug


class Criterion(models.Model):
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="criteria")
    slug = models.SlugField(max_length=60)
    order = models.PositiveIntegerField()
    primary = models.BooleanField(default=False)
    label = models.JSONField(help_text="{en, zh}")
    question = models.JSONField(help_text="{en, zh}")
    guidance = models.JSONField(help_text="{en, zh}")
    with_strength = models.BooleanField(default=True)

    class Meta:
        ordering = ["order"]
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(fields=["study", "slug"], name="criterion_once"),
            models.UniqueConstraint(
                fields=["study"], condition=Q(primary=True), name="criterion_one_primary"
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Entry(models.Model):
    """A script as the study shows it: a random code and stored HTML."""

    study_brief = models.ForeignKey(StudyBrief, on_delete=models.CASCADE, related_name="entries")
    code = models.CharField(max_length=16, unique=True, default=entry_code, editable=False)
    html = models.TextField()
    text = models.TextField(help_text="The scene model's text, into which marks point.")
    length = models.PositiveIntegerField(help_text="Words for English, Han characters for Chinese.")
    digest = models.CharField(
        max_length=64, help_text="SHA-256 over code, text and HTML: no key to the script."
    )

    class Meta:
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return self.code


class Pairing(models.Model):
    """Two entries of one brief, in canonical order: the study file's order of systems.

    In a study of one script at a time there is no `second`.
    """

    class Kind(models.TextChoices):
        MAIN = "main", _("main")
        PRACTICE = "practice", _("practice")
        CHECK = "check", _("check")
        REPEAT = "repeat", _("repeat")
        SAME = "same", _("same")

    study_brief = models.ForeignKey(StudyBrief, on_delete=models.CASCADE, related_name="pairings")
    first = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Entry, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.MAIN)
    worse = models.CharField(
        max_length=6,
        blank=True,
        choices=[("first", "first"), ("second", "second")],
        help_text="Of practice and checks: the one that was damaged.",
    )
    damage = models.JSONField(
        default=dict, blank=True, help_text="What was done to the worse one: kind, seed, where."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second", "kind"], name="pairing_once"),
            models.CheckConstraint(condition=~Q(first=F("second")), name="pairing_of_two"),
        ]


class Rater(models.Model):
    """A person who judges in one study, known by a random public code; the link's secret is kept hashed."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        SIMULATED = "simulated", _("simulated")
        MODEL = "model", _("model")

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="raters")
    code = models.CharField(max_length=16, unique=True, default=rater_code, editable=False)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.PERSON)
    languages = models.JSONField(help_text="Reading languages, a sorted list of en, zh.")
    profile = models.JSONField(default=dict, blank=True, help_text="Answers in bands.")
    series_known = models.JSONField(default=list, blank=True)
    conflicts = models.JSONField(
        default=list, blank=True, help_text="Slugs of series that the rater worked on: never shown."
    )
    instructed_at = models.DateTimeField(null=True, blank=True, help_text="When the instructions were read.")
    enrolled_at = models.DateTimeField(auto_now_add=True)
    practised_at = models.DateTimeField(null=True, blank=True, help_text="When practice was passed.")
    turned_away_at = models.DateTimeField(
        null=True, blank=True, help_text="When practice was failed for the last time."
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    guess_sample = models.JSONField(
        default=list,
        blank=True,
        help_text="The scripts whose origin is asked for at the end, as drawn: [assignment's code, side].",
    )
    guessed_at = models.DateTimeField(null=True, blank=True, help_text="When origins were guessed.")
    debriefed_at = models.DateTimeField(null=True, blank=True, help_text="When the debriefing was shown.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.code


class Consent(models.Model):
    """What a rater agreed to, word for word. Append-only."""

    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="consents")
    version = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    text = models.TextField()
    training_use = models.BooleanField(default=False, help_text="The separate opt-in for training models.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rater", "version"], name="consent_once_per_version")]


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


class Sitting(models.Model):
    """One unbroken stretch of a rater's work."""

    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="sittings")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["rater", "number"]
        constraints = [models.UniqueConstraint(fields=["rater", "number"], name="sitting_numbered")]


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
        default=dict, blank=True, help_text="What the page has measured so far (annotations/reading.py)."
    )
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()


class AnswerChange(models.Model):
    """Each change of a choice or score, with its time: the first one is `first_choice`."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="changes")
    field = models.CharField(max_length=80)
    value = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]


class Choice(models.TextChoices):
    LEFT = "left", _("Script A")
    RIGHT = "right", _("Script B")
    TIE = "tie", _("too close to call")
    NEITHER = "neither", _("neither is usable")


class Judgment(models.Model):
    """A submitted choice on one criterion of one assignment. A trigger refuses change and removal."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="judgments")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="judgments")
    choice = models.CharField(max_length=10, choices=Choice)
    strength = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(3)]
    )
    first_choice = models.CharField(max_length=10, choices=Choice)
    submitted_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "criterion"], name="judgment_once"),
            models.CheckConstraint(
                condition=Q(choice__in=["left", "right", "tie", "neither"]), name="judgment_choice_known"
            ),
            models.CheckConstraint(
                condition=Q(strength__isnull=True) | Q(strength__range=(1, 3)),
                name="judgment_strength_1_to_3",
            ),
        ]


class Side(models.TextChoices):
    LEFT = "left", _("Script A")
    RIGHT = "right", _("Script B")


class Score(models.Model):
    """A submitted number for one script, on the study's rubric. A trigger refuses change and removal."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="scores")
    side = models.CharField(max_length=5, choices=Side)
    value = models.PositiveSmallIntegerField()
    rubric = models.CharField(max_length=60)
    submitted_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["assignment", "side"], name="score_once")]


class Guess(models.Model):
    """What a rater takes a script's origin to be, asked once the judgments are in. Append-only."""

    class Origin(models.TextChoices):
        HUMAN = "human", _("a person")
        MACHINE = "machine", _("a machine")
        UNSURE = "unsure", _("I cannot say")

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


class ExternalId(models.Model):
    """Who a rater is to a recruiting service, for its payment: kept apart, in no table of judgments."""

    rater = models.OneToOneField(Rater, on_delete=models.CASCADE, related_name="external_id")
    provider = models.CharField(max_length=20)
    participant = models.CharField(max_length=100)
    study = models.CharField(max_length=100, blank=True)
    session = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField(auto_now_add=True)


class Mark(models.Model):
    """An error that a rater points at; offsets are code points in the entry's text."""

    class ErrorClass(models.TextChoices):
        PLOT = "plot", _("plot")
        CHARACTER = "character", _("character")
        PACING = "pacing", _("pacing")

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="marks")
    side = models.CharField(max_length=5, choices=Side)
    error_class = models.CharField(max_length=20, choices=ErrorClass)
    scene = models.PositiveIntegerField(null=True, blank=True)
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)
    note = models.TextField(blank=True)
    submitted_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]


class Amendment(models.Model):
    """A dated change to a frozen study's plan, with its reason. Append-only."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="amendments")
    at = models.DateTimeField(auto_now_add=True)
    who = models.CharField(max_length=150)
    text = models.TextField()

    class Meta:
        ordering = ["at"]


class LeakFinding(models.Model):
    """What in a text for raters could tell a script's system; cleared by one rule for all, or mended."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="findings")
    brief_slug = models.CharField(
        max_length=160, help_text="A brief's slug, for one of its scripts; brief:SLUG:field; study:field."
    )
    code = models.CharField(max_length=16, default=random_code, editable=False, unique=True)
    kind = models.CharField(max_length=40)
    excerpt = models.CharField(max_length=300)
    text_digest = models.CharField(max_length=64)
    cleared_by = models.CharField(max_length=150, blank=True)
    cleared_reason = models.TextField(blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["brief_slug", "kind", "code"]


class Rejection(models.Model):
    """A script that a draft gave up for what was found in it; the next sample by number took its place.

    Which system wrote it is joined by `script_digest` alone, and told only after unblinding.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="rejections")
    code = models.CharField(max_length=16, default=random_code, editable=False, unique=True)
    brief_slug = models.CharField(max_length=80)
    script_digest = models.CharField(max_length=64)
    next_digest = models.CharField(
        max_length=64, blank=True, help_text="Of the script that took its place; empty where none was left."
    )
    left_out = models.JSONField(
        default=dict,
        blank=True,
        help_text="Where the brief was left out for it: {brief: digest, scripts: {system: digest}}.",
    )
    found = models.JSONField(help_text="What had been found in it: a list of {kind, excerpt}.")
    reason = models.TextField()
    rejected_by = models.CharField(max_length=150)
    rejected_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["study", "script_digest", "brief_slug"], name="rejected_once"),
        ]


class Look(models.Model):
    """The last look through all texts of a draft for what could tell a script's system."""

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="look")
    spec_digest = models.CharField(max_length=64, help_text="Of the draft that was looked through.")
    done = models.PositiveIntegerField(default=0, help_text="Texts so far.")
    total = models.PositiveIntegerField(default=0)
    beat_at = models.DateTimeField(help_text="When it was last heard of.")
    ended_at = models.DateTimeField(null=True, blank=True)


class Freezing(models.Model):
    """A freezing that a worker does, for whoever asked for it; `faults` are what stood in its way."""

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="freezing")
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    faults = models.JSONField(default=list, blank=True)


class UnblindingRequest(models.Model):
    """One person asks for the seal to be opened; another one confirms, or somebody withdraws it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CONFIRMED = "confirmed", _("confirmed")
        CANCELLED = "cancelled", _("cancelled")

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="unblindings")
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    reason = models.TextField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["study"], condition=Q(state="waiting"), name="unblinding_one_waiting"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("requested_by")),
                name="unblinding_by_two",
            ),
        ]


class RevealedEntry(models.Model):
    """What an entry was, written by unblinding and by nothing else."""

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, related_name="revealed")
    system_slug = models.CharField(max_length=80)
    script_digest = models.CharField(max_length=64)
    script_sample = models.PositiveIntegerField()
    nonce = models.CharField(max_length=32, blank=True, help_text="What the study's digest was made with.")

    class Meta:
        verbose_name_plural = "revealed entries"


def localized(text: dict[str, Any], language: str) -> str:
    """The text in the language asked for (`en`, `zh`, or Django's `zh-hans`), else in the other one."""
    wanted = "zh" if language.startswith("zh") else "en"
    return text.get(wanted) or next((value for value in text.values() if value), "")
