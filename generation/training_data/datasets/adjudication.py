"""What becomes of a candidate by what people have decided of it. Pure.

The latest decision of each person counts, in the order in which they first decided. One reader decides alone.
Two who agree settle it; where one keeps it and the other does not, or both change it differently, a third
does: from then on the two see each other, so nothing that either of them decides later counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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
    """`state` is one of the four above; `by` the decision that counts, where there is one."""

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
        return Outcome(OPEN)
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
