"""The draw itself: briefs to seats, order, pairings, sides."""

from collections.abc import Hashable, Sequence

import numpy as np

from annotations.design.allocation import allocate, balanced_orders, ordered_briefs, seats_by_brief
from annotations.design.inputs import BriefInput, DesignInput, SeatPlan, SlotPlan
from annotations.design.pairings import Counts, Edge, draw_brief
from annotations.design.sides import MUST, Groups, balanced_sides, even_out_sides

Cell = tuple[int, str]
"""A seat's number and a brief's slug: at most one slot."""


def draw(given: DesignInput, rng: np.random.Generator) -> tuple[SeatPlan, ...]:
    """Every seat's slots, by number. The same input and generator state give the same draw.

    `design_problems` lists what cannot be promised for the given numbers; nothing is refused here.
    """
    if given.kind == "single":
        return draw_single(given, rng)
    order = ordered_briefs(given, allocate(given, rng), rng)
    position = {
        (number, brief.slug): place
        for number, briefs in order.items()
        for place, brief in enumerate(briefs, start=1)
    }
    pairs = _draw_pairs(given, order, position, rng)
    left = _draw_sides(given, pairs, rng)
    criteria = _criteria_orders(given, rng)
    return tuple(
        SeatPlan(
            number=seat.number,
            reads=tuple(sorted(set(seat.reads))),
            slots=tuple(
                SlotPlan(
                    position=place,
                    brief=brief.slug,
                    first=given.systems[pairs[seat.number, brief.slug][0]],
                    second=given.systems[pairs[seat.number, brief.slug][1]],
                    first_on_left=left[seat.number, brief.slug],
                )
                for place, brief in enumerate(order.get(seat.number, []), start=1)
            ),
            criteria=criteria[seat.number],
        )
        for seat in given.sorted_seats()
    )


def _draw_pairs(
    given: DesignInput,
    order: dict[int, list[BriefInput]],
    position: dict[Cell, int],
    rng: np.random.Generator,
) -> dict[Cell, Edge]:
    seats = given.sorted_seats()
    row = {seat.number: index for index, seat in enumerate(seats)}
    counts = Counts(len(given.systems), len(seats), max(position.values(), default=0))
    readers = seats_by_brief(order, seats)
    briefs = given.sorted_briefs()
    pairs: dict[Cell, Edge] = {}
    for index in rng.permutation(len(briefs)):
        slug = briefs[index].slug
        numbers = readers.get(slug, [])
        edges = draw_brief(
            [row[number] for number in numbers],
            [position[number, slug] for number in numbers],
            len(given.systems),
            counts,
            rng,
        )
        pairs |= {(number, slug): edge for number, edge in zip(numbers, edges, strict=True)}
    return pairs


def _draw_sides(given: DesignInput, pairs: dict[Cell, Edge], rng: np.random.Generator) -> dict[Cell, bool]:
    language = {brief.slug: brief.language for brief in given.briefs}
    cells = sorted(pairs)
    by_pairing: list[list[Hashable]] = [
        [(slug, pairs[number, slug]) for number, slug in cells],
        [(language[slug], pairs[number, slug]) for number, slug in cells],
        [pairs[cell] for cell in cells],
        [0 for _ in cells],
    ]
    by_rater: list[list[Hashable]] = [
        [(number, pairs[number, slug]) for number, slug in cells],
        [number for number, _ in cells],
    ]
    sides = balanced_sides((by_pairing, by_rater), len(cells), rng)
    ends = [(number, (slug, pairs[number, slug])) for number, slug in cells]
    sides = even_out_sides(ends, sides, _even_groups(given, pairs, cells), rng)
    return dict(zip(cells, sides, strict=True))


def _even_groups(given: DesignInput, pairs: dict[Cell, Edge], cells: list[Cell]) -> Groups:
    """What must be even, and what should be so for those who come first: system pairs and pairings."""
    groups = Groups([[] for _ in cells])
    _add(groups, [number for number, _ in cells], MUST)
    _add(groups, [(number, pairs[number, slug]) for number, slug in cells], MUST)
    _add(groups, [pairs[cell] for cell in cells], MUST)
    # Even for any number of first seats: each two in a row are on different sides.
    for slots in _gathered([(slug, pairs[number, slug]) for number, slug in cells]).values():
        for start in range(0, len(slots) - 1, 2):
            groups.add(slots[start : start + 2], MUST)
    for inside in given.first_comers():
        for key in (pairs.__getitem__, lambda cell: (cell[1], pairs[cell])):
            _add(groups, [key(cell) if cell[0] in inside else None for cell in cells], 1)
    return groups


def _gathered(keys: Sequence[Hashable | None]) -> dict[Hashable, list[int]]:
    found: dict[Hashable, list[int]] = {}
    for slot, key in enumerate(keys):
        if key is not None:
            found.setdefault(key, []).append(slot)
    return found


def _add(groups: Groups, keys: Sequence[Hashable | None], weight: int) -> None:
    for slots in _gathered(keys).values():
        groups.add(slots, weight)


def _criteria_orders(given: DesignInput, rng: np.random.Generator) -> dict[int, tuple[str, ...]]:
    """The primary criterion first, the others in an order per seat, balanced over seats."""
    seats, rest = given.sorted_seats(), given.criteria[1:]
    orders = balanced_orders(len(rest), len(seats), rng) if rest else [[] for _ in seats]
    return {
        seat.number: (*given.criteria[:1], *(rest[index] for index in order))
        for seat, order in zip(seats, orders, strict=True)
    }


def draw_single(given: DesignInput, rng: np.random.Generator) -> tuple[SeatPlan, ...]:
    """Every seat's slots; `second` is empty in each."""
    order = ordered_briefs(given, allocate(given, rng), rng)
    rows = _rows(given, order, rng)
    return tuple(
        SeatPlan(
            number=seat.number,
            reads=tuple(sorted(set(seat.reads))),
            slots=_slots(given, seat.number, order.get(seat.number, []), rows),
        )
        for seat in given.sorted_seats()
    )


def _slots(
    given: DesignInput, number: int, briefs: Sequence[BriefInput], rows: dict[tuple[int, str], list[int]]
) -> tuple[SlotPlan, ...]:
    cells = [
        (brief.slug, given.systems[rows[number, brief.slug][turn]])
        for turn in range(len(given.systems))
        for brief in briefs
    ]
    return tuple(
        SlotPlan(position=position, brief=slug, first=system, second="", first_on_left=True)
        for position, (slug, system) in enumerate(cells, start=1)
    )


def _rows(
    given: DesignInput, order: dict[int, list[BriefInput]], rng: np.random.Generator
) -> dict[tuple[int, str], list[int]]:
    """The order of the systems for each seat and brief: row (turn of the reader + place of the brief) of
    Williams' square, in squares that are drawn again whenever all rows have been used."""
    k = len(given.systems)
    zigzag = [(step + 1) // 2 if step % 2 else (k - step // 2) % k for step in range(k)]
    readers = seats_by_brief(order, given.sorted_seats())
    squares = [
        (rng.permutation(k), rng.permutation(k), bool(turn % 2 and k % 2))
        for turn in range(-(-max(map(len, readers.values()), default=0) // k))
    ]
    found: dict[tuple[int, str], list[int]] = {}
    for language in given.languages:
        briefs = given.sorted_briefs(language)
        for place, index in enumerate(rng.permutation(len(briefs))):
            slug = briefs[index].slug
            for rank, number in enumerate(readers.get(slug, [])):
                names, starts, mirrored = squares[rank // k]
                start = int(starts[(rank + place) % k])
                row = [int(names[(start + shift) % k]) for shift in zigzag]
                found[number, slug] = row[::-1] if mirrored else row
    return found
