"""Practice: pairs of which one script was damaged. Passed by seeing the damage; taste does not enter.

What is sent in practice ends as `practised`. It is never counted, and leaves its slot free for another try
and for whoever takes the seat over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.db.models import QuerySet

from annotations.design.extra_pairs import practice_size
from annotations.desk.locks import CONFLICT
from annotations.desk.progress import end_as_conflict
from annotations.desk.seats import leave
from annotations.models import Assignment, Pairing, Rater, Seat, Slot, Study
from annotations.spec.study_options import practice_options
from evalsite.core.models import record
from generation.screenplay.measure import count_han, count_words

State = Assignment.State


@dataclass(frozen=True, slots=True)
class PracticePosition:
    """Which practice pair comes next: `number` of `of`, in try `attempt` of `tries`; `needed` right pass."""

    number: int
    of: int
    attempt: int
    tries: int
    needed: int

    @property
    def is_last(self) -> bool:
        """Whether no further try follows this one."""
        return self.attempt >= self.tries


@dataclass(frozen=True, slots=True)
class PracticeResult:
    """How one practice pair went. `damaged` is the side of the damaged script; `saw` whether it was told."""

    assignment: Assignment
    number: int
    of: int
    attempt: int
    damaged: str
    saw: bool


def practice_slots(seat: Seat) -> QuerySet[Slot]:
    return Slot.objects.filter(seat=seat, phase=Slot.Phase.PRACTICE).order_by("position")


def practice_assignments(rater: Rater) -> QuerySet[Assignment]:
    """What the rater has sent or skipped in practice, in order."""
    return rater.assignments.filter(state=State.PRACTISED).order_by("pk")


def current_practice(rater: Rater) -> PracticePosition | None:
    """Where the rater stands in practice; None without a seat, without practice, and when it is over."""
    if practice_options(rater.study) is None or rater.practised_at or rater.turned_away_at:
        return None
    seat = Seat.objects.filter(rater=rater).first()
    if seat is None:
        return None
    of, needed, tries = _rule(rater.study, seat)
    done = practice_assignments(rater).count()
    if not of or done >= of * tries:
        return None
    return PracticePosition(number=done % of + 1, of=of, attempt=done // of + 1, tries=tries, needed=needed)


def _rule(study: Study, seat: Seat) -> tuple[int, int, int]:
    """How many pairs one try has, how many right answers pass, and how many tries there are.

    Each try has slots of its own.
    """
    rule = practice_options(study)
    needed, tries = (rule.needed, rule.tries) if rule else (0, 1)
    of = practice_size(practice_slots(seat).count(), tries)
    return of, min(needed, of), tries


def next_practice_slot(rater: Rater, seat: Seat) -> Slot | None:
    """The slot that the rater practises on next; None when practice is over. The caller holds both rows."""
    stands = current_practice(rater)
    return practice_slots(seat)[practice_assignments(rater).count()] if stands else None


def pass_over_practice(rater: Rater, seat: Seat, now: datetime) -> None:
    """End practice pairs of series that the rater worked on unseen, as far as they come next. The caller
    holds both rows."""
    while rater.conflicts and (slot := next_practice_slot(rater, seat)):
        if slot.pairing.study_brief.series_slug not in rater.conflicts:
            return
        end_as_conflict(rater, slot, State.PRACTISED, now, excluded="practice")
        conclude_practice(rater, now)


def conclude_practice(rater: Rater, now: datetime) -> None:
    """After the last pair of a try: passed, once more, or turned away, which frees the seat. The caller holds
    the rater's row."""
    seat = Seat.objects.filter(rater=rater).first()
    of, needed, tries = _rule(rater.study, seat) if seat else (0, 0, 0)
    sent = list(practice_assignments(rater))
    if not of or len(sent) % of:
        return
    ended = _round(sent[-of:], needed)
    if ended.found >= ended.needed:
        rater.practised_at = now
        rater.save(update_fields=["practised_at"])
    elif len(sent) // of >= tries:
        rater.turned_away_at = now
        rater.save(update_fields=["turned_away_at"])
        left = leave(rater, "freed", by="system", reason="practice was not passed")
        record(
            who="system",
            verb="free seat",
            about=rater.study.slug,
            rater=rater.code,
            seat=left.number if left else "",
            reason="practice was not passed",
        )


@dataclass(frozen=True, slots=True)
class PracticeRound:
    """How one try went: `found` of `of` pairs, where `needed` pass."""

    found: int
    of: int
    needed: int


def practice_round(rater: Rater, how: PracticeResult) -> PracticeRound:
    """The rater's try with this pair in it, as far as it was shown to them; also of a seat that is no longer
    theirs."""
    of, needed, _tries = _rule(rater.study, how.assignment.slot.seat)
    return _round(list(practice_assignments(rater)[(how.attempt - 1) * of : how.attempt * of]), needed)


def _round(sent: list[Assignment], needed: int) -> PracticeRound:
    """A try cannot need more than it showed: what a conflict kept from the rater is not asked for."""
    shown = [one for one in sent if one.skip_reason != CONFLICT]
    return PracticeRound(sum(saw_damage(one) for one in shown), len(shown), min(needed, len(shown)))


def damaged_side(slot: Slot) -> str:
    """left or right; empty where no answer is known."""
    if not slot.pairing.worse:
        return ""
    return "left" if (slot.pairing.worse == "first") == slot.first_on_left else "right"


def saw_damage(assignment: Assignment) -> bool:
    """Whether the undamaged script was preferred; where only scores are asked for, scored higher."""
    worse = damaged_side(assignment.slot)
    better = {"left": "right", "right": "left"}.get(worse)
    choice = assignment.judgments.filter(criterion__primary=True).values_list("choice", flat=True).first()
    if choice is not None:
        return choice == better
    scores = dict(assignment.scores.values_list("side", "value"))
    return better is not None and scores.get(better, 0) > scores.get(worse, 0)


def practice_result(rater: Rater, assignment: Assignment) -> PracticeResult:
    """How a practice pair of this rater's went, and which of them it was."""
    sent: Sequence[int] = list(practice_assignments(rater).values_list("pk", flat=True))
    of, _needed, _tries = _rule(rater.study, assignment.slot.seat)
    at = sent.index(assignment.pk)
    return PracticeResult(
        assignment=assignment,
        number=at % of + 1,
        of=of,
        attempt=at // of + 1,
        damaged=damaged_side(assignment.slot),
        saw=saw_damage(assignment),
    )


WORDS_A_MINUTE, HAN_A_MINUTE = 200, 300
"""An easy pace of reading for somebody who compares."""


TO_ANSWER = 2
"""Minutes a pair for answering, and for reading what is told afterwards."""


def practice_minutes(study: Study) -> int:
    """Minutes of one round, by what there is to read in it; 0 where nobody practises, or nothing is drawn."""
    rule, seat = practice_options(study), study.seats.order_by("pk").first()
    if rule is None or seat is None:
        return 0
    pairings = Pairing.objects.filter(kind=Pairing.Kind.PRACTICE, study_brief__study=study)
    each = [_minutes(one) for one in pairings.select_related("first", "second", "study_brief")]
    if not each:
        return 0
    slots = Slot.objects.filter(seat=seat, phase=Slot.Phase.PRACTICE).count()
    return ceil(practice_size(slots, rule.tries) * sum(each) / len(each))


def _minutes(pairing: Pairing) -> float:
    brief = pairing.study_brief
    parts = [brief.content.get(key) or "" for key in ("outline", "guideline", "previous_context")]
    parts += [person["profile"] for person in brief.content.get("characters", [])]
    parts += [entry.text for entry in (pairing.first, pairing.second) if entry]
    text = "\n".join(parts)
    pace = count_han(text) / HAN_A_MINUTE if brief.language == "zh" else count_words(text) / WORDS_A_MINUTE
    return TO_ANSWER + pace
