"""The seal: the one table that joins an entry to its script and its system, and the nonce of the draw.

Only freezing writes it and only unblinding reads it; the import contract in `pyproject.toml` holds everyone
else off. There is no foreign key on either side, so that no chain of relations leads here. Whoever holds the
database can still look: the audit trail shows tampering, it does not prevent it.

Rows are never deleted. Undoing a freeze marks them as void, once, and freezing again writes new ones.
Triggers refuse every other change.
"""

from django.db import models
from django.db.models import Q

from annotations.design.inputs import Origin
from evalsite.core.clock import database_now
from evalsite.core.codes import random_code


def random_nonce() -> str:
    return random_code(32)


class ValidRows[Row: models.Model](models.Manager[Row]):
    """Without void rows, which nothing but the database's owner reads."""

    def get_queryset(self) -> models.QuerySet[Row]:
        return super().get_queryset().filter(voided_at=None)


class SealedEntry(models.Model):
    sealed = True  # for the admin, which refuses it

    study_slug = models.CharField(max_length=80)
    entry_code = models.CharField(max_length=16, unique=True)
    system_slug = models.CharField(max_length=80)
    script_digest = models.CharField(max_length=64)
    script_sample = models.PositiveIntegerField()
    nonce = models.CharField(
        max_length=32, default=random_nonce, help_text="Keeps the study's digest from being guessed open."
    )

    voided_at = models.DateTimeField(null=True, blank=True, help_text="When its freeze was undone.")

    # Named, because mypy meets this module in the middle of a ring of imports.
    objects: models.Manager["SealedEntry"] = ValidRows()
    with_void: models.Manager["SealedEntry"] = models.Manager()

    class Meta:
        app_label = "annotations"
        default_permissions = ()
        indexes = [models.Index(fields=["study_slug"])]

    def __str__(self) -> str:
        return self.entry_code

    @property
    def origin(self) -> Origin:
        return Origin(self.entry_code, self.system_slug, self.script_digest, self.script_sample, self.nonce)


class SealedDraw(models.Model):
    """The secret part of what a draw follows from: nobody can draw again from the files alone."""

    sealed = True

    study_slug = models.CharField(max_length=80)
    nonce = models.CharField(max_length=32)
    voided_at = models.DateTimeField(null=True, blank=True, help_text="When its freeze was undone.")

    objects: models.Manager["SealedDraw"] = ValidRows()
    with_void: models.Manager["SealedDraw"] = models.Manager()

    class Meta:
        app_label = "annotations"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["study_slug"], condition=Q(voided_at=None), name="sealed_draw_once"
            )
        ]

    def __str__(self) -> str:
        return self.study_slug


def void_seal(study_slug: str) -> None:
    """Mark the sealed rows of a study as void, because its freeze is undone."""
    for rows in (SealedEntry.objects, SealedDraw.objects):
        rows.filter(study_slug=study_slug).update(voided_at=database_now())
