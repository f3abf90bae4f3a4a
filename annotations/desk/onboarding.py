"""What a rater says about consent and about themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction

from annotations.desk.conflicts import record_profile, release_conflicts
from annotations.desk.consent import agreed_text, consent_terms
from annotations.desk.locks import lock_rater
from annotations.desk.progress import progress
from annotations.errors import NotOpen
from annotations.models import Consent, Rater, RaterStatement
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
    tasks = progress(rater).total
    terms = consent_terms(rater.study, language, tasks)
    consent, _ = Consent.objects.get_or_create(
        rater=rater,
        version=rater.study.spec["consent"]["version"],
        defaults={
            "language": language,
            "text": agreed_text(terms, language),
            "terms": msgspec.to_builtins(terms),
            "tasks": tasks,
            "training_use": training_use,
        },
    )
    return consent


@transaction.atomic
def save_profile(
    *, rater: Rater, profile: Mapping[str, Any], series_known: Sequence[str], conflicts: Sequence[str] = ()
) -> None:
    """Keep what the rater says, beside what was said before. Scenes of series in `conflicts` are not shown
    from now on: what is open of one is given back."""
    rater = _present(rater)
    rater.profile = dict(profile)
    rater.series_known = sorted(set(series_known))
    rater.conflicts = sorted(set(conflicts))
    rater.save(update_fields=["profile", "series_known", "conflicts"])
    record_profile(rater)
    release_conflicts(rater, database_now())


@transaction.atomic
def allow_training(*, rater: Rater, allowed: bool) -> None:
    """Keep that the rater allows the use of what was judged for training, or takes it back."""
    rater = _present(rater)
    if training_use(rater) != allowed:
        RaterStatement.objects.create(
            rater=rater, about=RaterStatement.About.TRAINING_USE, content={"training_use": allowed}
        )


def training_use(rater: Rater) -> bool | None:
    """What the rater said last of the use for training; None before any consent."""
    said = rater.statements.filter(about=RaterStatement.About.TRAINING_USE).last()
    if said is not None:
        return bool(said.content["training_use"])
    given = rater.consents.order_by("at", "pk").last()
    return given.training_use if given else None


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
