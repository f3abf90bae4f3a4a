"""Means and two-way errors straight from their definitions, row by row, for tests to compare with."""

from collections import defaultdict
from collections.abc import Hashable, Sequence

import numpy as np
from scipy import stats


def two_way_se(residuals: Sequence[float], raters: Sequence[Hashable], items: Sequence[Hashable]) -> float:
    """Of the mean of rows with these residuals: Cameron, Gelbach and Miller (2011) with G/(G - 1)."""

    def one(keys):
        sums = defaultdict(float)
        for key, value in zip(keys, residuals, strict=True):
            sums[key] += value / len(residuals)
        return len(sums) / (len(sums) - 1) * sum(value**2 for value in sums.values())

    both = list(zip(raters, items, strict=True))
    first, second, crossed = one(raters), one(items), one(both)
    return float(np.sqrt(max(first + second - crossed, first, second)))


def t_limits(values, raters, items, level=0.95):
    """Mean, and its limits on its own scale."""
    values = np.asarray(values, dtype=float)
    mean = float(values.mean())
    df = min(len(set(raters)), len(set(items))) - 1
    reach = stats.t.ppf(0.5 + level / 2, df) * two_way_se(values - mean, raters, items)
    return mean, mean - reach, mean + reach
