"""What a rater says about consent and about themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from annotations.consent import agreed_text
from annotations.models import Consent, Rater
from annotations.services.errors import NotOpen
from annotations.services.locks import lock_rater
from annotations.services.progress import progress
from evalsite.core.clock import database_now


def _present(rater: Rater) -> Rater:
    locked = lock_rater(rater.pk)
    if locked.withdrawn_at:
        raise NotOpen("withdrawn")
    return locked


@transaction.atomic
def give_consent(*, rater: Rater, language: str, training_use: bool) -> Consent:
    """Store what was agreed to, word for word with its points, once for each version of the text."""
    rater = _present(rater)
    terms = rater.study.spec["consent"]
    consent, _ = Consent.objects.get_or_create(
        rater=rater,
        version=terms["version"],
        defaults={
            "language": language,
            "text": agreed_text(rater.study, language, progress(rater).total),
            "training_use": training_use,
        },
    )
    return consent


@transaction.atomic
def save_profile(
    *, rater: Rater, profile: Mapping[str, Any], series_known: Sequence[str], conflicts: Sequence[str] = ()
) -> None:
    """Keep what the rater says. Scenes of series in `conflicts` are not shown from now on."""
    rater = _present(rater)
    rater.profile = dict(profile)
    rater.series_known = sorted(set(series_known))
    rater.conflicts = sorted(set(conflicts))
    rater.save(update_fields=["profile", "series_known", "conflicts"])


@transaction.atomic
def mark_instructed(*, rater: Rater) -> None:
    """Note when the instructions were first read to their end."""
    rater = _present(rater)
    if rater.instructed_at is None:
        rater.instructed_at = database_now()
        rater.save(update_fields=["instructed_at"])


@transaction.atomic
def mark_debriefed(*, rater: Rater) -> None:
    """Note when the debriefing was first read to its end."""
    rater = lock_rater(rater.pk)
    if rater.debriefed_at is None:
        rater.debriefed_at = database_now()
        rater.save(update_fields=["debriefed_at"])
