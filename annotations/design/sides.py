"""Left and right: as even as can be in every group at once.

Each slot belongs to two chains of groups, the finer within the coarser: its pairing within its system pair
within the study, and its rater's slots of one system pair within all of the rater's. Along each chain slots
are paired up: within the finest groups first, then those left over within the next coarser ones. That leaves
at most one slot of any group without a partner. Partners by the first chain and partners by the second make a
graph whose parts are paths and even cycles, so it can be coloured with two colours; partners then stand on
different sides, and every group is even to within one. Each part's colours are drawn, so each slot's side is
a fair coin.
"""

from collections.abc import Hashable, Sequence

import numpy as np

Chain = Sequence[Sequence[Hashable]]
"""Groups from fine to coarse: for each level, the group of every slot."""


def balanced_sides(chains: tuple[Chain, Chain], count: int, rng: np.random.Generator) -> list[bool]:
    """For `count` slots, whether the canonical first entry stands left."""
    partners = [_partners(chain, count, rng) for chain in chains]
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


def _partners(chain: Chain, count: int, rng: np.random.Generator) -> dict[int, int]:
    found: dict[int, int] = {}
    waiting = [int(slot) for slot in rng.permutation(count)]
    for groups in chain:
        alone: dict[Hashable, int] = {}
        for slot in waiting:
            other = alone.pop(groups[slot], None)
            if other is None:
                alone[groups[slot]] = slot
            else:
                found[slot], found[other] = other, slot
        waiting = list(alone.values())
    return found
