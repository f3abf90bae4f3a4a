"""Limits of another kind for what has an estimate already: at any time, and by resampling."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from analysis.messages import Message
from analysis.stats.calls.labels import Labels
from analysis.stats.calls.result import Estimate, check_level, text_of
from analysis.stats.calls.rows import places
from analysis.stats.intervals import around
from analysis.stats.linear import Floats, Linear
from analysis.stats.looks import bernoulli_sequence, mixture_multiplier
from analysis.stats.resampling import Draw, bootstrap_limits

PIGEONHOLE = "pigeonhole bootstrap, exponential weights, percentiles"
SEQUENCE = "asymptotic confidence sequence, normal mixture, two-way cluster-robust, n = items"
EXACT_SEQUENCE = "confidence sequence, beta-binomial mixture, n = min(raters, items), conservative"


def confidence_sequence(estimate: Estimate, *, best_at: float | None = None) -> Estimate:
    """The same estimate with limits that hold at every look, however many there are: an asymptotic confidence
    sequence with n = items (Howard et al. 2021, Waudby-Smith et al. 2024).

    `best_at` is the number of items at which it is narrowest: fix it before the first look (the number
    planned). Where a win rate shows no error, the exact sequence of independent outcomes with n = min(R,
    O). Raises ValueError for a ratio or for counts without rows.

    >>> from analysis.stats import win_rate_from_cells
    >>> rate = win_rate_from_cells([3, 1, 2, 2], [0, 1, 0, 0], [1, 2, 2, 1], list("rrss"), list("abab"))
    >>> always = confidence_sequence(rate, best_at=40)
    >>> always.estimate == rate.estimate, always.p is None
    (True, True)
    """
    value = estimate.linear
    if not isinstance(value, Linear):
        raise ValueError("a confidence sequence needs a win rate, a mean or a difference by its rows")
    if estimate.low is None or estimate.df is None or estimate.estimate is None:
        return replace(estimate, p=None, null=None)
    alpha = 1 - estimate.level
    factor = estimate.estimate / value.value if value.value else 1.0
    if estimate.se is None:
        n = int(estimate.df) + 1
        method = EXACT_SEQUENCE
        low, high = bernoulli_sequence(value.value * n, n, alpha=alpha, best_at=best_at or n)
    else:
        reach = mixture_multiplier(estimate.items, alpha=alpha, best_at=best_at) * estimate.se / factor
        method = SEQUENCE
        low, high = around(value.value, reach, estimate.scale)
    return replace(estimate, low=low * factor, high=high * factor, method=method, df=None, p=None, null=None)


def pigeonhole_bootstrap(
    statistic: Callable[[Floats], float],
    rater: Labels,
    item: Labels,
    *,
    replicates: int = 2000,
    seed: int = 1,
    level: float = 0.95,
) -> Estimate:
    """Limits of any statistic of weighted rows: independent Exp(1) weights on raters and on items,
    percentiles (Owen & Eckles 2012).

    `statistic` takes one weight a row (the product of its rater's and its item's; ones for the estimate)
    and returns a number, NaN where it is not defined. Up to 1.6 times as wide as the two-way interval.
    `detail`: bias and standard error of the replicates. Raises ValueError for a missing label or arrays of
    different lengths.

    >>> y = np.array([1, 0, 1, 1, 0, 1])
    >>> limits = pigeonhole_bootstrap(lambda w: float(w @ y / w.sum()), list("rrsstt"), list("ababab"),
    ...                               replicates=200)
    >>> round(limits.estimate, 4), limits.low < limits.estimate < limits.high
    (0.6667, True)
    """
    check_level(level)
    where = places(rater, item)
    raters, items = where.raters, where.items
    value = float(statistic(np.ones(len(raters.codes))))
    few = min(len(raters.labels), len(items.labels)) < 2
    reason: str | Message | None = (
        "one rater or one item: nothing is known of how they differ" if few else None
    )
    limits, detail = None, {}
    if reason is None and np.isfinite(value):
        draw = Draw(seed, replicates, raters.names, items.names)
        weights = zip(draw.rater_weights, draw.item_weights, strict=True)
        found = np.array([float(statistic(by[raters.codes] * on[items.codes])) for by, on in weights])
        limits, reason = bootstrap_limits(found, level)
        known = found[np.isfinite(found)]
        detail = (
            {"bias": float(known.mean() - value), "se": float(known.std(ddof=1))} if known.size > 1 else {}
        )
    elif not np.isfinite(value):
        reason = "the statistic is not defined"
    low, high = limits or (None, None)
    return Estimate(
        estimate=value if np.isfinite(value) else None,
        low=low,
        high=high,
        level=level,
        method=PIGEONHOLE,
        n=len(raters.codes),
        raters=len(raters.labels),
        items=len(items.labels),
        se=detail.get("se"),
        reason=text_of(reason),
        detail=detail,
    )
