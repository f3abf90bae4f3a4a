"""What a rater says about consent and about themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from annotations.models import Consent, Rater, localized
from annotations.services.errors import NotOpen
from annotations.services.locks import lock_rater
from evalsite.core.clock import database_now


def _present(rater: Rater) -> Rater:
    locked = lock_rater(rater.pk)
    if locked.withdrawn_at:
        raise NotOpen("withdrawn")
    return locked


@transaction.atomic
def give_consent(*, rater: Rater, language: str, training_use: bool) -> Consent:
    """Store what was agreed to, word for word, once for each version of the text."""
    rater = _present(rater)
    terms = rater.study.spec["consent"]
    consent, _ = Consent.objects.get_or_create(
        rater=rater,
        version=terms["version"],
        defaults={
            "language": language,
            "text": localized(terms["text"], language),
            "training_use": training_use,
        },
    )
    return consent


@transaction.atomic
def save_profile(*, rater: Rater, profile: Mapping[str, Any], series_known: Sequence[str]) -> None:
    rater = _present(rater)
    rater.profile = dict(profile)
    rater.series_known = sorted(set(series_known))
    rater.save(update_fields=["profile", "series_known"])


@transaction.atomic
def mark_instructed(*, rater: Rater) -> None:
    """Note when the instructions were first read to their end."""
    rater = _present(rater)
    if rater.instructed_at is None:
        rater.instructed_at = database_now()
        rater.save(update_fields=["instructed_at"])
