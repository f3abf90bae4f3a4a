"""Raters who come through a recruiting service: its parameters, kept apart, and one link shared by all.

Prolific sends people with `PROLIFIC_PID`, `STUDY_ID` and `SESSION_ID` in the address. Either each of them has
a personal link, or all have the study's shared one, where a button gives each a seat of their own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from django.db import connection, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from annotations.desk import services
from annotations.models import ExternalId, Rater, Study

PROVIDER = "prolific"
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class ProlificIds:
    """Who somebody is to Prolific; `study` and `session` may be empty."""

    participant: str
    study: str = ""
    session: str = ""


def read_prolific_ids(study: Study, query: Mapping[str, str]) -> ProlificIds | Literal["malformed"] | None:
    """What the address says; None where the study takes none or none came."""
    if not study.spec.get("prolific"):
        return None
    given = [query.get(name, "").strip() for name in ("PROLIFIC_PID", "STUDY_ID", "SESSION_ID")]
    if not any(given):
        return None
    participant, at_study, session = given
    if not participant or not all(_ID.fullmatch(one) for one in given if one):
        return "malformed"
    return ProlificIds(participant, at_study, session)


def store_prolific_ids(*, rater: Rater, ids: ProlificIds) -> None:
    """Note who came by a personal link; the first one stays."""
    ExternalId.objects.get_or_create(
        rater=rater,
        defaults={
            "provider": PROVIDER,
            "participant": ids.participant,
            "study": ids.study,
            "session": ids.session,
        },
    )


def shared_link_key(study: Study) -> str:
    """What stands in the study's shared address: it tells nothing, and changes with the site's secret key."""
    return salted_hmac("annotations.recruiting", study.slug, algorithm="sha256").hexdigest()[:40]


def study_by_link_key(key: str) -> Study | None:
    """The study with this shared address; only one that says `prolific: true` has any."""
    for study in Study.objects.filter(spec__prolific=True):
        if constant_time_compare(key, shared_link_key(study)):
            return study
    return None


def find_participant(study: Study, ids: ProlificIds) -> Rater | None:
    """The rater that this participant is already."""
    rows = ExternalId.objects.filter(
        provider=PROVIDER, participant=ids.participant, rater__study=study
    ).select_related("rater__study")
    found = rows.order_by("pk").first()
    return found.rater if found else None


@transaction.atomic
def enrol_participant(*, study: Study, ids: ProlificIds, languages: Sequence[str]) -> Rater:
    """A seat for a participant, the same however often the button is pressed. Raises NoFreeSeat, NotOpen."""
    _wait_for(f"{study.pk} {ids.participant}")
    if rater := find_participant(study, ids):
        return rater
    rater = services.enrol(study=study, languages=languages, by=PROVIDER).rater
    store_prolific_ids(rater=rater, ids=ids)
    return rater


def _wait_for(name: str) -> None:
    """One at a time for one participant, until the transaction ends."""
    number = int.from_bytes(sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
