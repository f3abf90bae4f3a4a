"""Means over rows that are not counted in cells: guesses of origin, and marks per reading."""

from collections.abc import Sequence

import numpy as np

from analysis.stats.cells import Names, codes
from analysis.stats.linear import Linear


def row_mean(
    values: Sequence[float], raters: Sequence[str], items: Sequence[str], names: Names
) -> Linear | None:
    """The mean of rows; they are sorted by rater, item and value before they are summed. None without
    rows."""
    if not len(values):
        return None
    value = np.asarray(values, dtype=float)
    rater, item = codes(raters, names.raters), codes(items, names.items)
    order = np.lexsort((value, item, rater))
    value, rater, item = value[order], rater[order], item[order]
    mean = float(value.mean())
    return Linear(mean, (value - mean) / value.size, rater, item, names.item_series[item], value.size)
