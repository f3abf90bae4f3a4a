"""Means over rows whose influence is summed by rater and item, to the same bytes in any order of the rows."""

import math

import numpy as np

from analysis.stats.cells import Names
from analysis.stats.linear import Floats, Ints, Linear, crossed


def place_mean(values: Floats, rater: Ints, item: Ints, names: Names) -> Linear | None:
    """The mean of `values`, one per row, with the rows' codes of rater and item. None without rows."""
    if not values.size:
        return None
    place, row = crossed(rater, item)
    rows = np.bincount(place, minlength=row.size)
    total = exact_sums(place, values, rows)
    mean = float(total.sum()) / values.size
    rater, item = rater[row], item[row]
    phi = (total - rows * mean) / values.size
    return Linear(mean, phi, rater, item, names.item_series[item], values.size)


def exact_sums(at: Ints, values: Floats, rows: Ints) -> Floats:
    """Sum `values` by the codes `at`, of which `rows` counts the rows.

    The values are rounded to a common power of two, so fine that no sum needs more than the 53 bits of a
    float: nothing is rounded in summing, and no order of the rows gives other bytes. Sorting would cost more.
    """
    largest = float(np.abs(values).max()) * int(rows.max())
    if largest == 0:
        return np.zeros(rows.size)
    step = 2.0 ** (math.frexp(largest)[1] - 52)
    return np.bincount(at, weights=np.rint(values / step) * step, minlength=rows.size)
