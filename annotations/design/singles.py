"""One script at a time: every rater reads all scripts of a brief, each with a score of its own.

A seat goes through its briefs as often as there are systems, always in the same order: series in blocks, the
scenes as the story goes, one script of each brief per round. So the scripts of one brief stand apart as far
as they can: by all the other briefs. Which system comes in which round is a row of a Latin square: over the
seats each script of a brief comes in each round equally often, and within a round of a seat each system
equally often, as far as the numbers go.
"""

from collections.abc import Sequence

import numpy as np

from annotations.design.allocation import allocate, ordered_briefs, seats_by_brief
from annotations.design.inputs import BriefInput, DesignInput, SeatPlan, SlotPlan


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
    Williams' square, in squares that are drawn anew every time all rows have been used."""
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
