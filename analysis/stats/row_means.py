"""Means over rows that are not counted in cells: guesses of origin, and marks per reading."""

from collections.abc import Sequence

import numpy as np

from analysis.stats.cells import Names
from analysis.stats.linear import Floats, Ints, Linear, crossed
from analysis.stats.values import Column, codes, sums


def row_mean(values: Sequence[float] | Floats, raters: Column, items: Column, names: Names) -> Linear | None:
    """The mean of rows, in whichever order they come. None without rows."""
    value = np.asarray(values, dtype=float)
    return mean_by_place(value, codes(raters, names.raters), codes(items, names.items), names)


def mean_by_place(values: Floats, rater: Ints, item: Ints, names: Names) -> Linear | None:
    """The same from codes; its influence is by rater and item. None without rows."""
    if not values.size:
        return None
    place, row = crossed(rater, item)
    total, n = sums(place, values, row.size), np.bincount(place, minlength=row.size)
    mean = float(total.sum()) / values.size
    rater, item = rater[row], item[row]
    phi = (total - n * mean) / values.size
    return Linear(mean, phi, rater, item, names.item_series[item], int(values.size))
