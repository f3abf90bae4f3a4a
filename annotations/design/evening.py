"""Sides made even for those who come first, without touching what holds when all have come.

Rater and pairing are the two ends of a slot. Follow slots from end to end, out of a rater by one that shows
the canonical first on the left, out of a pairing by one that shows it on the right, until the walk meets
itself: turning every slot of that ring round leaves each rater and each pairing as even as they were. Such
turns are tried at random, and kept unless they make things worse (simulated annealing). Groups that must be
even stay even, whatever is tried; for the others, what is best found stands.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

STEPS, MOST_SLOTS, HEAT = 6000, 4000, 0.6
MUST = 1_000_000
"""The weight of a group that must be even: no turn that breaks it is ever kept."""


@dataclass(slots=True)
class Groups:
    """Sums of sides: +1 for left, -1 for right. A sum may be at most one away from nought."""

    of_slot: list[list[int]]
    weight: list[int] = field(default_factory=list)

    def add(self, slots: Sequence[int], weight: int) -> None:
        if len(slots) > 1:
            for slot in slots:
                self.of_slot[slot].append(len(self.weight))
            self.weight.append(weight)


def evened(
    ends: Sequence[tuple[Hashable, Hashable]], left: Sequence[bool], groups: Groups, rng: np.random.Generator
) -> list[bool]:
    """The sides `left`, turned so that as few groups as possible are uneven. `ends` are rater and pairing."""
    side = [1 if each else -1 for each in left]
    if len(side) > MOST_SLOTS:
        return list(left)
    sums = [0] * len(groups.weight)
    for slot, each in enumerate(side):
        for group in groups.of_slot[slot]:
            sums[group] += each
    cost = sum(weight * _over(total) for weight, total in zip(groups.weight, sums, strict=True))
    best, kept = cost, list(side)
    at: dict[Hashable, list[int]] = defaultdict(list)
    for slot, (rater, pairing) in enumerate(ends):
        at[0, rater].append(slot)
        at[1, pairing].append(slot)
    draws = iter(rng.random(STEPS * 40).tolist())
    for _ in range(STEPS):
        if best == 0:
            break
        ring = _ring(ends, side, at, draws)
        change: dict[int, int] = defaultdict(int)
        for slot in ring:
            for group in groups.of_slot[slot]:
                change[group] -= 2 * side[slot]
        worse = sum(
            groups.weight[group] * (_over(sums[group] + by) - _over(sums[group]))
            for group, by in change.items()
        )
        if worse > 0 and next(draws, 1.0) >= np.exp(-worse / HEAT):
            continue
        for slot in ring:
            side[slot] = -side[slot]
        for group, by in change.items():
            sums[group] += by
        cost += worse
        if cost < best:
            best, kept = cost, list(side)
    return [each > 0 for each in kept]


def _over(total: int) -> int:
    return max(0, abs(total) - 1)


def _ring(
    ends: Sequence[tuple[Hashable, Hashable]],
    side: Sequence[int],
    at: dict[Hashable, list[int]],
    draws: Iterator[float],
) -> list[int]:
    """Slots whose turning leaves raters and pairings as even as they were.

    A walk that cannot go on is given back as it is: it may do where an odd slot is over at both ends.
    """
    walk = [int(next(draws, 0.5) * len(side))]
    rater_next = side[walk[0]] < 0
    seen = {(0, ends[walk[0]][0]) if not rater_next else (1, ends[walk[0]][1]): 0}
    while True:
        node = (0, ends[walk[-1]][0]) if rater_next else (1, ends[walk[-1]][1])
        if node in seen:
            return walk[seen[node] :]
        seen[node] = len(walk)
        wanted = 1 if rater_next else -1
        onward = [slot for slot in at[node] if side[slot] == wanted and slot != walk[-1]]
        if not onward:
            return walk
        walk.append(onward[int(next(draws, 0.5) * len(onward))])
        rater_next = not rater_next
