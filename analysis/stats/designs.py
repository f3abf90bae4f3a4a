"""Drawn designs of simulated studies: who judges which two systems of which item, and on which side they
stand."""

from dataclasses import dataclass

import numpy as np

from analysis.stats.cells import Names
from analysis.stats.linear import Ints

PER_PAIRING = 3  # raters for each pairing of an item, in an incomplete design


@dataclass(frozen=True, eq=False)
class Design:
    """Rows as codes: a rater, an item, and the systems on the left and on the right.

    `item_series` is the series of each item, -1 throughout where items have none.
    """

    raters: int
    items: int
    item_series: Ints
    rater: Ints
    item: Ints
    left: Ints
    right: Ints

    @property
    def series(self) -> int:
        """How many series there are, 0 where items have none."""
        return int(self.item_series.max()) + 1

    def names(self, systems: tuple[str, ...]) -> Names:
        return Names(
            raters=numbered("rater", self.raters),
            items=numbered("item", self.items),
            systems=systems,
            series=numbered("series", self.series),
            item_series=self.item_series,
        )


def draw_design(
    rng: np.random.Generator,
    raters: int,
    items: int,
    systems: int,
    *,
    design: str = "incomplete",
    series: int | None = None,
    per_pairing: int = PER_PAIRING,
) -> Design:
    """Draw who judges what. A rater gets at most one pairing of an item, and sides are balanced per pairing.

    `crossed`: every rater judges every item. `incomplete`: every pairing of an item gets `per_pairing`
    raters, or as many as there are. `series`: the number of series that the items are spread over, equally to
    within one. Raises ValueError for an unknown design or a number that cannot be.
    """
    if design not in ("crossed", "incomplete"):
        raise ValueError(f"the design is {design!r}: use crossed or incomplete")
    if min(raters, items) < 1 or systems < 2 or per_pairing < 1:
        raise ValueError("give a rater, an item, two systems and a rater per pairing, or more of them")
    pairs = np.array(np.triu_indices(systems, 1)).T
    readers = raters if design == "crossed" else min(raters, per_pairing * len(pairs))
    rater = np.argsort(rng.random((items, raters)), axis=1)[:, :readers].ravel()
    item = np.repeat(np.arange(items), readers)
    pair = ((np.arange(readers) + np.arange(items)[:, None]) % len(pairs)).ravel()
    turned = _balanced(rng, pair)
    left = np.where(turned, pairs[pair, 1], pairs[pair, 0])
    right = np.where(turned, pairs[pair, 0], pairs[pair, 1])
    return Design(raters, items, spread_over(items, series), rater, item, left, right)


def spread_over(items: int, series: int | None) -> Ints:
    """The series of each item: neighbours share one. -1 throughout where `series` is None."""
    if series is None:
        return np.full(items, -1, dtype=np.int64)
    if not 1 <= series <= items:
        raise ValueError(f"{items} items cannot be spread over {series} series")
    return np.arange(items) * series // items


def numbered(what: str, count: int) -> tuple[str, ...]:
    return tuple(f"{what}-{at + 1:04d}" for at in range(count))


def _balanced(rng: np.random.Generator, pair: Ints) -> np.ndarray:
    """Which rows show the pair turned round: half of each pairing's, to within one."""
    turned = np.zeros(len(pair), dtype=bool)
    for code in np.unique(pair):
        rows = rng.permutation(np.flatnonzero(pair == code))
        turned[rows[int(rng.integers(2)) :: 2]] = True
    return turned
