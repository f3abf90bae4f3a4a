"""The seal: the one table that joins an entry to its script and its system, and the nonce of the draw.

Only freezing writes it and only unblinding reads it; the import contract in `pyproject.toml` holds everyone
else off. There is no foreign key on either side, so that no chain of relations leads here. Whoever holds the
database can still look: the audit trail shows tampering, it does not prevent it.
"""

from django.db import models

from annotations.models.unblinding import Origin
from evalsite.core.codes import random_code


def random_nonce() -> str:
    return random_code(32)


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

    # Named, because mypy meets this module in the middle of a ring of imports.
    objects: models.Manager["SealedEntry"] = models.Manager()

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

    study_slug = models.CharField(max_length=80, unique=True)
    nonce = models.CharField(max_length=32)

    objects: models.Manager["SealedDraw"] = models.Manager()

    class Meta:
        app_label = "annotations"
        default_permissions = ()

    def __str__(self) -> str:
        return self.study_slug
