"""Guesses of origin: asked when the judgments are in, on a stored sample of what was read; then locked."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from annotations.desk.seats import lock_rater, study_state
from annotations.errors import AlreadyEnded, NotOpen
from annotations.models import Assignment, Guess, Pairing, Rater, Slot, Study
from annotations.spec.study_options import guess_options
from evalsite.core.clock import database_now

ScriptSide = tuple[str, str]
"""An assignment's code and a side."""
GUESSING_STATES = (Study.State.OPEN, Study.State.PAUSED)


@dataclass(frozen=True, slots=True)
class GuessedOrigin:
    """One answer: origin `human`, `machine` or `unsure`, and how sure one is, 1 to 3, or None."""

    origin: str
    confidence: int | None = None


def draw_guess_sample(rater: Rater) -> list[list[str]]:
    """Scripts that the rater judged, in drawn order: at most as many as the study asks for, each text once.

    Scripts that the rater knew are left out: they need no guess. Empty where nothing is asked.
    """
    asked = guess_options(rater.study)
    if asked is None or asked.when != "last":
        return []
    found: dict[int, list[str]] = {}
    for assignment in _judged(rater):
        for side, entry in assignment.slot.sides.items():
            if not getattr(assignment, f"knew_{side}"):
                found.setdefault(entry.pk, [assignment.code, side])
    places = list(found.values())
    chance = random.SystemRandom()
    return chance.sample(places, min(asked.scripts, len(places)))


def _judged(rater: Rater) -> Sequence[Assignment]:
    rows = rater.assignments.filter(
        state=Assignment.State.SUBMITTED, slot__pairing__kind=Pairing.Kind.MAIN
    ).select_related("slot__pairing__first", "slot__pairing__second")
    return list(rows.order_by("pk"))


def guesses_due(rater: Rater) -> bool:
    """Whether the rater's guesses at the end are still to come."""
    return bool(rater.guess_sample) and rater.guessed_at is None and rater.study.state in GUESSING_STATES


def guess_due_after(rater: Rater, assignment: Assignment) -> bool:
    """Whether origins are asked for after this pair, in a study that asks each time.

    Of checks and repeated pairs as well: a rater could recognize them by a missing question.
    """
    asked = guess_options(rater.study)
    return (
        asked is not None
        and asked.when == "each"
        and assignment.state == Assignment.State.SUBMITTED
        and assignment.slot.phase == Slot.Phase.MAIN
        and not assignment.guesses.exists()
    )


def guessable_scripts(assignment: Assignment) -> list[ScriptSide]:
    """The scripts of one assignment."""
    return [(assignment.code, side) for side in assignment.slot.sides]


@transaction.atomic
def save_guesses(*, rater: Rater, guesses: Mapping[ScriptSide, GuessedOrigin]) -> None:
    """Keep the guesses at the end, once; what has no answer gets no row. Raises AlreadyEnded, NotOpen."""
    rater = _present(rater)
    if rater.guessed_at is not None:
        raise AlreadyEnded("guessed")
    _write(rater, [tuple(place) for place in rater.guess_sample], guesses)
    rater.guessed_at = database_now()
    rater.save(update_fields=["guessed_at"])


@transaction.atomic
def save_guesses_after(
    *, rater: Rater, assignment: Assignment, guesses: Mapping[ScriptSide, GuessedOrigin]
) -> None:
    """Keep the guesses about one pair, in a study that asks after each. Raises AlreadyEnded, NotOpen."""
    rater = _present(rater)
    if not guess_due_after(rater, assignment):
        raise AlreadyEnded("guessed")
    _write(rater, guessable_scripts(assignment), guesses)


def _present(rater: Rater) -> Rater:
    state = study_state(rater.study_id)
    rater = lock_rater(rater.pk)
    if rater.withdrawn_at:
        raise NotOpen("withdrawn")
    if state not in GUESSING_STATES:
        raise NotOpen(state)
    return rater


def _write(rater: Rater, places: Sequence[ScriptSide], guesses: Mapping[ScriptSide, GuessedOrigin]) -> None:
    codes = {code for code, _side in places}
    assignments = {one.code: one for one in rater.assignments.filter(code__in=codes)}
    Guess.objects.bulk_create(
        Guess(
            assignment=assignments[code],
            side=side,
            origin=guesses[code, side].origin,
            confidence=guesses[code, side].confidence,
        )
        for code, side in places
        if (code, side) in guesses
    )
