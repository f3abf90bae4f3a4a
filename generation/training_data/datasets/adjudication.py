"""What becomes of a candidate by what people have decided of it.

The latest decision of each person counts, in the order in which they first decided. One reader decides alone.
Two who agree settle it; where one keeps it and the other does not, or both change it differently, a third
does: from then on the two see each other, so nothing that either of them decides later counts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from generation.pipelines.refusals import Refusal
from generation.reasons import render
from generation.training_data.models import Review

ACCEPT, EDIT, REJECT = "accept", "edit", "reject"
KEPT, REJECTED, OPEN, DISPUTED = "kept", "rejected", "open", "disputed"


@dataclass(frozen=True, slots=True)
class Decided:
    """One person's decision. `key` is its row's, for the example that comes of it."""

    key: int
    reviewer: int
    decision: str
    reason: str = ""
    words: str = ""
    edits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def keeps(self) -> bool:
        return self.decision != REJECT


@dataclass(frozen=True, slots=True)
class Outcome:
    """`state` is one of the four above; `by` the decision that counts, where there is one.

    A rejection counts at once: while others have still to read an open candidate, it is left out.
    """

    state: str
    by: Decided | None = None


def latest_decisions(reviews: Sequence[Decided]) -> list[Decided]:
    """The latest decision of each person, in the order of their first ones; reviews come oldest first."""
    latest: dict[int, Decided] = {}
    for each in reviews:
        latest[each.reviewer] = each  # a later one keeps the place of the first
    return list(latest.values())


def first_decisions(reviews: Sequence[Decided]) -> list[Decided]:
    """The first decision of each person: made before seeing what others decided."""
    first: dict[int, Decided] = {}
    for each in reviews:
        first.setdefault(each.reviewer, each)
    return list(first.values())


def effective_decisions(reviews: Sequence[Decided]) -> tuple[list[Decided], frozenset[int]]:
    """The decisions that count, and the two who are closed since they have disagreed (none otherwise)."""
    found: list[Decided] = []
    closed: frozenset[int] = frozenset()
    for each in reviews:
        if each.reviewer in closed:
            continue
        found.append(each)
        people = latest_decisions(found)
        if not closed and len(people) == 2 and _disagree(*people):
            closed = frozenset(person.reviewer for person in people)
    return found, closed


def outcome_of(reviews: Sequence[Decided], readers: int) -> Outcome:
    """What people's decisions come to, where so many are to read it."""
    people = latest_decisions(effective_decisions(reviews)[0])
    if len(people) < readers:
        rejected = people if not any(each.keeps for each in people) else []
        return Outcome(OPEN, rejected[0] if rejected else None)
    if not people:
        return Outcome(KEPT)
    if len(people) == 1:
        return _settled(people[0])
    first, second = people[:2]
    if not _disagree(first, second):
        return _settled(first if first.edits or not second.edits else second)
    return _settled(people[2]) if len(people) > 2 else Outcome(DISPUTED)


def _disagree(first: Decided, second: Decided) -> bool:
    both = first.decision == second.decision == EDIT
    return first.keeps != second.keeps or (both and dict(first.edits) != dict(second.edits))


def _settled(by: Decided) -> Outcome:
    return Outcome(KEPT if by.keeps else REJECTED, by)


class InvalidReview(Exception):
    """Changes that break a rule, by field: nothing has been kept, and nothing of them is lost."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {why}" for field, why in faults.items()))
        self.faults = dict(faults)


def parse_review(
    decision: str,
    why: tuple[str, str],
    changes: Callable[[], dict[str, str]],
    faults: Callable[[dict[str, str]], Mapping[str, str]],
) -> tuple[str, tuple[str, str], dict[str, str]]:
    """What a form amounts to, as it is kept: a rejection with its reason (code and words), or an acceptance
    with its changes.

    `faults` tells by field which changes break a rule. Raises `InvalidReview` where there are any, and where
    a rejection says no reason.
    """
    if decision == Review.Decision.REJECT:
        code, words = why[0], why[1].strip()
        if not code or (code == "other" and not words):
            raise InvalidReview({"reason": _("Enter a reason.")})
        return decision, (code, words), {}
    edits = changes()
    if found := faults(edits):
        raise InvalidReview(found)
    return Review.Decision.EDIT if edits else Review.Decision.ACCEPT, ("", ""), edits


def refusal_said(refusal: Refusal, language: str) -> str:
    """Why a rule does not stand, to somebody who has the field before the eyes."""
    if refusal.code not in ("language", "part-language"):
        return render(refusal.reason())
    if language == "zh":
        return _("Some of the text is not Chinese, or is too short to tell. Write everything in Chinese.")
    return _("Some of the text is not English, or is too short to tell. Write everything in English.")
