"""Left and right: as even as can be in every group at once.

Each slot belongs to two chains of groups, the finer within the coarser: its pairing within its system pair
within the study, and its rater's slots of one system pair within all of the rater's. Along each chain slots
are paired up: within the finest groups first, then those left over within the next coarser ones. That leaves
at most one slot of any group without a partner. Partners by the first chain and partners by the second make a
graph whose parts are paths and even cycles, so it can be coloured with two colours; partners are then on
different sides, and every group is even to within one. Each part's colours are drawn, so each slot's side is
a fair coin.

Partners by the first chain are found in the order of the slots, which is that of the seats: so each pairing
is even to within one, and each system pair nearly so, also when only the first seats have come.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

import numpy as np

Chain = Sequence[Sequence[Hashable]]
"""Groups from fine to coarse: for each level, the group of every slot."""


def balanced_sides(chains: tuple[Chain, Chain], count: int, rng: np.random.Generator) -> list[bool]:
    """For `count` slots in the order of their seats, whether the canonical first entry is left."""
    by_chance = [int(slot) for slot in rng.permutation(count)]
    partners = [_partners(chains[0], range(count)), _partners(chains[1], by_chance)]
    side: list[bool | None] = [None] * count
    for start in range(count):
        if side[start] is not None:
            continue
        side[start] = bool(rng.integers(2))
        waiting = [start]
        while waiting:
            slot = waiting.pop()
            for other in (partners[0].get(slot), partners[1].get(slot)):
                if other is not None and side[other] is None:
                    side[other] = not side[slot]
                    waiting.append(other)
    return [bool(each) for each in side]


def _partners(chain: Chain, slots: Sequence[int]) -> dict[int, int]:
    """Each slot's partner, found in the order of `slots`, which leaves the last one of a group alone."""
    found: dict[int, int] = {}
    place = {slot: index for index, slot in enumerate(slots)}
    waiting = list(slots)
    for groups in chain:
        alone: dict[Hashable, int] = {}
        for slot in waiting:
            other = alone.pop(groups[slot], None)
            if other is None:
                alone[groups[slot]] = slot
            else:
                found[slot], found[other] = other, slot
        waiting = sorted(alone.values(), key=place.__getitem__)
    return found


STEPS, MOST_SLOTS, HEAT = 6000, 4000, 0.6


MUST = 1_000_000
"""The weight of a group that must be even: no turn that breaks it is ever accepted."""


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


def even_out_sides(
    ends: Sequence[tuple[Hashable, Hashable]], left: Sequence[bool], groups: Groups, rng: np.random.Generator
) -> list[bool]:
    """The sides `left`, turned so that as few groups as possible are uneven. `ends` are rater and pairing."""
    side = [1 if each else -1 for each in left]
    if len(side) > MOST_SLOTS:
        return list(left)
    of_slot, weight = groups.of_slot, groups.weight
    sums = [0] * len(weight)
    for slot, each in enumerate(side):
        for group in of_slot[slot]:
            sums[group] += each
    over = _overs(len(side))
    cost = sum(each * over[total] for each, total in zip(weight, sums, strict=True))
    best, kept = cost, list(side)
    nodes = _Nodes.of(ends)
    # Made into numbers of Python only as far as they are used; always as many are drawn.
    draws = chain.from_iterable(row.tolist() for row in rng.random((STEPS, 40)))
    for _ in range(STEPS):
        if best == 0:
            break
        ring = _ring(nodes, side, draws)
        change: dict[int, int] = defaultdict(int)
        for slot in ring:
            by = 2 * side[slot]
            for group in of_slot[slot]:
                change[group] -= by
        worse = 0
        for group, by in change.items():
            total = sums[group]
            worse += weight[group] * (over[total + by] - over[total])
        if worse > 0 and next(draws, 1.0) >= _chance(worse):
            continue
        for slot in ring:
            side[slot] = -side[slot]
        for group, by in change.items():
            sums[group] += by
        cost += worse
        if cost < best:
            best, kept = cost, list(side)
    return [each > 0 for each in kept]


def _overs(most: int) -> list[int]:
    """By a sum of sides from -most to most: how far it is from even. Negative sums count from the end."""
    up = [max(0, total - 1) for total in range(most + 1)]
    return up + up[:0:-1]


@lru_cache(maxsize=1000)
def _chance(worse: int) -> float:
    """Of keeping a turn that makes things worse by so much."""
    return float(np.exp(-worse / HEAT))


@dataclass(frozen=True, slots=True)
class _Nodes:
    """Raters and pairings under numbers: by slot, and the slots at each."""

    rater: list[int]
    pairing: list[int]
    at: list[list[int]]

    @classmethod
    def of(cls, ends: Sequence[tuple[Hashable, Hashable]]) -> "_Nodes":
        number: dict[tuple[int, Hashable], int] = {}
        at: list[list[int]] = []
        by_kind: tuple[list[int], list[int]] = ([], [])
        for slot, both in enumerate(ends):
            for kind, end in enumerate(both):
                node = number.setdefault((kind, end), len(number))
                if node == len(at):
                    at.append([])
                at[node].append(slot)
                by_kind[kind].append(node)
        return cls(*by_kind, at)


def _ring(nodes: _Nodes, side: Sequence[int], draws: Iterator[float]) -> list[int]:
    """Slots whose turning leaves raters and pairings as even as they were.

    A walk that cannot go on is given back as it is: it may do where an odd slot is over at both ends.
    """
    last = int(next(draws, 0.5) * len(side))
    walk = [last]
    rater_next = side[last] < 0
    seen = {nodes.pairing[last] if rater_next else nodes.rater[last]: 0}
    while True:
        node = nodes.rater[last] if rater_next else nodes.pairing[last]
        if node in seen:
            return walk[seen[node] :]
        seen[node] = len(walk)
        wanted = 1 if rater_next else -1
        onward = [slot for slot in nodes.at[node] if side[slot] == wanted and slot != last]
        if not onward:
            return walk
        last = onward[int(next(draws, 0.5) * len(onward))]
        walk.append(last)
        rater_next = not rater_next
