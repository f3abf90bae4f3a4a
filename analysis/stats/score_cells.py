"""Scores of one context and one language, averaged once by rater, item and system."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.stats.cells import Names
from analysis.stats.linear import DENSE, SMALL, Floats, Ints, Linear
from analysis.stats.tables.columns import SCORE
from analysis.stats.values import codes, numbers, sums


@dataclass(frozen=True, eq=False)
class ScoreCells:
    """Mean score per (rater, item, system) of one context and language, in the order of these codes."""

    names: Names
    context: str
    rater: Ints
    item: Ints
    system: Ints
    score: Floats
    n: Ints
    floor: float
    criterion: str = SCORE

    @cached_property
    def present(self) -> tuple[int, ...]:
        return tuple(np.flatnonzero(np.bincount(self.system)).tolist())

    @cached_property
    def place(self) -> Ints:
        """Rater and item as one code."""
        return self.rater * len(self.names.items) + self.item

    def of(self, system: int) -> Ints:
        """The cells of a system."""
        return self._by_system.get(system, np.zeros(0, dtype=np.int64))

    @cached_property
    def _by_system(self) -> dict[int, Ints]:
        order = np.argsort(self.system, kind="stable")
        stops = np.cumsum(np.bincount(self.system))
        return {code: order[stops[code - 1] if code else 0 : stops[code]] for code in self.present}

    def linear(self, at: Ints, phi: Floats, value: float) -> Linear:
        item = self.item[at]
        return Linear(value, phi, self.rater[at], item, self.names.item_series[item], int(self.n[at].sum()))

    @cached_property
    def complete(self) -> bool:
        """Whether every system was scored by the same raters on the same items."""
        places = [self.place[self.of(system)] for system in self.present]
        return all(np.array_equal(places[0], other) for other in places[1:])


def score_cells(frame: pd.DataFrame, names: Names, context: str, values: Floats | None = None) -> ScoreCells:
    """Return cell means of checked rows of scores (one criterion, context and language), or of `values`, one
    per row, in place of the scores."""
    rater, item = codes(frame["rater"], names.raters), codes(frame["item"], names.items)
    system = codes(frame["system"], names.systems)
    score = numbers(frame["score"]) if values is None else values
    floor = float(numbers(frame["scale_min"].iloc[:1])[0])
    criterion = str(frame["criterion"].iloc[0]) if "criterion" in frame else SCORE
    return average_codes(names, rater, item, system, score, context=context, floor=floor, criterion=criterion)


def average_codes(
    names: Names,
    rater: Ints,
    item: Ints,
    system: Ints,
    score: Floats,
    *,
    floor: float,
    context: str = "",
    criterion: str = SCORE,
) -> ScoreCells:
    """Return cell means of rows given as codes."""
    k = len(names.systems)
    key = (rater * len(names.items) + item) * k + system
    grid = len(names.raters) * len(names.items) * k
    if grid <= max(SMALL, DENSE * key.size):
        made = np.bincount(key, minlength=grid)
        unique = np.flatnonzero(made)
        n, at = made[unique], (np.cumsum(made > 0) - 1)[key]
    else:
        unique, at, n = np.unique(key, return_inverse=True, return_counts=True)
    means = sums(at, score, unique.size) / n
    rest, system_code = np.divmod(unique, k)
    rater_code, item_code = np.divmod(rest, len(names.items))
    return ScoreCells(names, context, rater_code, item_code, system_code, means, n, floor, criterion)
