"""Means over rows whose influence is summed by rater and item, to the same bytes in any order of the rows."""

import numpy as np

from analysis.stats.cells import Names
from analysis.stats.linear import Floats, Ints, Linear, crossed
from analysis.stats.values import sums


def place_mean(values: Floats, rater: Ints, item: Ints, names: Names) -> Linear | None:
    """The mean of `values`, one per row, with the rows' codes of rater and item. None without rows."""
    if not values.size:
        return None
    place, row = crossed(rater, item)
    total, rows = sums(place, values, row.size), np.bincount(place, minlength=row.size)
    mean = float(total.sum()) / values.size
    rater, item = rater[row], item[row]
    phi = (total - rows * mean) / values.size
    return Linear(mean, phi, rater, item, names.item_series[item], values.size)
