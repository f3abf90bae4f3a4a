"""Left and right: as even as can be in every group at once.

Each slot belongs to two chains of groups, the finer within the coarser: its pairing within its system pair
within the study, and its rater's slots of one system pair within all of the rater's. Along each chain slots
are paired up: within the finest groups first, then those left over within the next coarser ones. That leaves
at most one slot of any group without a partner. Partners by the first chain and partners by the second make a
graph whose parts are paths and even cycles, so it can be coloured with two colours; partners then stand on
different sides, and every group is even to within one. Each part's colours are drawn, so each slot's side is
a fair coin.

Partners by the first chain are found in the order of the slots, which is that of the seats: so each pairing
is even to within one, and each system pair nearly so, also when only the first seats have come.
"""

from collections.abc import Hashable, Sequence

import numpy as np

Chain = Sequence[Sequence[Hashable]]
"""Groups from fine to coarse: for each level, the group of every slot."""


def balanced_sides(chains: tuple[Chain, Chain], count: int, rng: np.random.Generator) -> list[bool]:
    """For `count` slots in the order of their seats, whether the canonical first entry stands left."""
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
