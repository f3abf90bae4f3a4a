"""Tokens of people, and the answers that were given under an idempotency key."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from evalsite.core.codes import random_code
from evalsite.core.models import Role, Team


class Token(models.Model):
    """A key with which a program works as one person in one team. Only a hash of its secret is stored.

    It ends at `expires_at`, when it is revoked, and when the person's role in the team changes.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(
        max_length=20, choices=Role, help_text="The person's role when the token was created."
    )
    code = models.CharField(max_length=16, unique=True, default=random_code, editable=False)
    name = models.CharField(max_length=80, help_text="What the token is for.")
    prefix = models.CharField(max_length=16, help_text="How the secret begins.")
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(help_text="A list of `scopes.SCOPES`.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")
    requests = models.PositiveIntegerField(default=0, help_text="In the minute of `last_used_at`.")

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and moment < self.expires_at

    @property
    def is_valid(self) -> bool:
        return self.is_valid_at(timezone.now())


class StoredAnswer(models.Model):
    """The answer to a POST with an `Idempotency-Key`. A repeated request gets it again.

    The body may hold links of raters, so it is encrypted with a key that only the token's secret gives.
    """

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="answers")
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64, help_text="Of method, address and body.")
    status = models.PositiveSmallIntegerField()
    location = models.TextField(blank=True)
    body = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["created_at"])]

    def __str__(self) -> str:
        return f"{self.token} {self.key}"
