"""Which briefs each seat reads, and in which order: series in blocks, scenes in story order."""

import numpy as np

from annotations.design.inputs import BriefInput, DesignInput, SeatInput, quotas


def allocate(given: DesignInput, rng: np.random.Generator) -> dict[int, list[BriefInput]]:
    """The briefs of each seat. Every brief of a language is read equally often, to within one.

    A seat takes the briefs read least so far, ties by chance. That keeps the counts within one: while `m`
    briefs are one behind, a seat takes those first, and what it takes beyond them makes the next ones that
    are ahead.
    """
    shares = quotas(given)
    found: dict[int, list[BriefInput]] = {seat.number: [] for seat in given.seats}
    for language in given.languages:
        briefs = given.sorted_briefs(language)
        counts = np.zeros(len(briefs), dtype=np.int64)
        for seat in given.sorted_seats():
            chosen = _least_read(counts, shares[seat.number].get(language, 0), rng)
            counts[chosen] += 1
            found[seat.number] += [briefs[index] for index in sorted(chosen)]
    return found


def _least_read(counts: np.ndarray, wanted: int, rng: np.random.Generator) -> list[int]:
    order = np.lexsort((rng.permutation(len(counts)), counts))
    return [int(index) for index in order[:wanted]]


def seats_by_brief(allocation: dict[int, list[BriefInput]], seats: list[SeatInput]) -> dict[str, list[int]]:
    """The seats that read each brief, by number."""
    found: dict[str, list[int]] = {}
    for seat in seats:
        for brief in allocation[seat.number]:
            found.setdefault(brief.slug, []).append(seat.number)
    return found


def balanced_orders(things: int, wanted: int, rng: np.random.Generator) -> list[list[int]]:
    """`wanted` orders of `things`: over any number of them from the first, each thing is at each place
    equally often, to within one; over whole rounds each thing also follows each other one equally often.

    Williams (1949): rows of a Latin square built from 0, 1, n-1, 2, n-2, ...; for an odd number its mirror as
    well.
    """
    zigzag = [(step + 1) // 2 if step % 2 else (things - step // 2) % things for step in range(things)]
    square = [[(start + shift) % things for shift in zigzag] for start in range(things)]
    squares = [square] if things % 2 == 0 else [square, [row[::-1] for row in square]]
    orders: list[list[int]] = []
    turn = 0
    while len(orders) < wanted:
        names = rng.permutation(things)
        for row in rng.permutation(things):
            orders.append([int(names[index]) for index in squares[turn % len(squares)][row]])
        turn += 1
    return orders[:wanted]


def ordered_briefs(
    given: DesignInput, allocation: dict[int, list[BriefInput]], rng: np.random.Generator
) -> dict[int, list[BriefInput]]:
    """Each seat's briefs in the order in which they are read."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for seat in given.sorted_seats():
        groups.setdefault(tuple(sorted(set(seat.reads))), []).append(seat.number)
    found: dict[int, list[BriefInput]] = {}
    for reads in sorted(groups):
        series = sorted({brief.series for brief in given.briefs if brief.language in reads})
        orders = balanced_orders(len(series), len(groups[reads]), rng) if series else []
        for number, order in zip(groups[reads], orders, strict=False):
            place = {series[index]: rank for rank, index in enumerate(order)}
            found[number] = sorted(
                allocation[number], key=lambda brief: (place[brief.series], brief.order, brief.slug)
            )
    return found
