"""Intraclass correlations of absolute agreement, two-way random effects.

Source: McGraw and Wong (1996), Psychological Methods 1:30-46, ICC(A,1) and ICC(A,k), which are ICC(2,1) and
ICC(2,k) of Shrout and Fleiss (1979), Psychological Bulletin 86:420-428.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.messages import Message, message
from analysis.stats.cells import ScoreCells
from analysis.stats.linear import Floats

LITTLE = message("little_variation")
FEW = message("few_for_limits")
METHOD = message("f_icc")


@dataclass(frozen=True)
class Correlation:
    value: float | None
    low: float | None
    high: float | None
    reason: Message | None = None


def crossed_table(cells: ScoreCells) -> Floats | None:
    """Scripts x raters where every rater scored every script, else None."""
    raters, rater = np.unique(cells.rater, return_inverse=True)
    scripts, script = np.unique(cells.item * len(cells.names.systems) + cells.system, return_inverse=True)
    if raters.size * scripts.size != cells.score.size or raters.size < 2 or scripts.size < 2:
        return None
    table = np.empty((scripts.size, raters.size))
    table[script, rater] = cells.score
    return table


def agreement(table: Floats, level: float, *, average: bool) -> Correlation:
    """ICC(A,1), or ICC(A,k) with `average`, of a targets x raters table without gaps."""
    n, k = table.shape
    grand = table.mean()
    rows = k * ((table.mean(axis=1) - grand) ** 2).sum() / (n - 1)
    columns = n * ((table.mean(axis=0) - grand) ** 2).sum() / (k - 1)
    rest_table = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + grand
    rest = (rest_table**2).sum() / ((n - 1) * (k - 1))
    if rows + columns + rest <= 1e-12 or rest <= 1e-12:
        return Correlation(None, None, None, LITTLE)
    with np.errstate(all="ignore"):  # what is not finite is refused below
        single = (rows - rest) / (rows + (k - 1) * rest + k * (columns - rest) / n)
        a = k * single / (n * (1 - single))
        b = 1 + k * single * (n - 1) / (n * (1 - single))
        df = (a * columns + b * rest) ** 2 / (
            (a * columns) ** 2 / (k - 1) + (b * rest) ** 2 / ((n - 1) * (k - 1))
        )
        tail = 0.5 + level / 2
        upper, lower = special.fdtri(n - 1, df, tail), special.fdtri(df, n - 1, tail)
        other = k * columns + (k * n - k - n) * rest
        low = n * (rows - upper * rest) / (upper * other + n * rows)
        high = n * (lower * rows - rest) / (other + n * lower * rows)
    values = [float(value) for value in (single, low, high)]
    if not np.isfinite(values).all():
        return Correlation(None, None, None, LITTLE)
    if average:
        if min(1 + (k - 1) * value for value in values) <= 1e-12:
            return Correlation(None, None, None, LITTLE)  # at -1/(k - 1) the average has no ICC
        values = [k * value / (1 + (k - 1) * value) for value in values]
    if not values[1] <= values[0] <= values[2]:
        return Correlation(values[0], None, None, FEW)  # the approximate freedom is next to none
    return Correlation(values[0], values[1], values[2])
