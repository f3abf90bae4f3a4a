"""What else follows from an estimate: a claim at a margin, limits at any time, limits by resampling."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from analysis.messages import Message
from analysis.stats.arrays.estimate import Estimate, check_level, text_of
from analysis.stats.arrays.labels import Labels, places, same_length
from analysis.stats.arrays.proportions import win_rate_from_counts
from analysis.stats.equivalence import Claim, claim
from analysis.stats.intervals import around, interval
from analysis.stats.linear import Floats, Linear
from analysis.stats.resampling import Draw, bootstrap_limits
from analysis.stats.sequential import bernoulli_sequence, mixture_multiplier

PIGEONHOLE = "pigeonhole bootstrap, exponential weights, percentiles"
SEQUENCE = "asymptotic confidence sequence, normal mixture, two-way cluster-robust, n = items"
EXACT_SEQUENCE = "confidence sequence, beta-binomial mixture, n = min(raters, items), conservative"


def human_level_claim(win_rate: Estimate, margin: float) -> Claim:
    """Return what may be claimed against people: non-inferior, equivalent, or neither.

    Parameters
    ----------
    win_rate : Estimate
        Win rate over people: else ValueError.
    margin : float
        Distance from 1/2 that counts as level, above 0 and below 1/2, fixed with its reason before there are
        data.

    Returns
    -------
    Claim
        Non-inferior: the lower limit exceeds 1/2 - margin. Equivalent: the limits at twice the error (90 %
        for a win rate at 95 %) lie inside 1/2 -+ margin, two one-sided tests (Schuirmann 1987). None without
        limits. A p value above 0.05 shows no equality.

    Examples
    --------
    >>> claim = human_level_claim(win_rate_from_counts(60, 50), 0.1)
    >>> claim.non_inferior, claim.equivalent
    (True, False)
    """
    if not 0 < margin < 0.5:
        raise ValueError(f"margin is {margin!r}. Fix: give a number between 0 and 1/2.")
    if win_rate.scale != "logit" or (win_rate.null is not None and win_rate.null != 0.5):
        raise ValueError("the estimate is no win rate. Fix: give one, as Judgments.win_rate returns it.")
    inner = _limits_at(win_rate, 2 * win_rate.level - 1) if win_rate.low is not None else None
    return claim(win_rate.low, inner, margin, win_rate.reason)


def _limits_at(win_rate: Estimate, level: float) -> tuple[float, float] | None:
    """Return the limits of a win rate at another level, by the method that it has."""
    if win_rate.linear is not None:
        found = interval(win_rate.linear, win_rate.cluster, level, win_rate.scale)
        return None if found.low is None or found.high is None else (found.low, found.high)
    counts = (int(win_rate.detail[key]) for key in ("wins", "losses", "ties"))
    again = win_rate_from_counts(*counts, method=win_rate.detail["interval"], level=level)
    return None if again.low is None or again.high is None else (again.low, again.high)


def confidence_sequence(estimate: Estimate, *, best_at: float | None = None) -> Estimate:
    """Return the same estimate with limits that hold at every look, however many there are.

    Parameters
    ----------
    estimate : Estimate
        A win rate, a mean or a difference, from rows: else ValueError.
    best_at : float, optional
        Number of items at which the sequence is narrowest: fix it before the first look (the number planned).

    Returns
    -------
    Estimate
        Asymptotic confidence sequence with n = items (Howard et al. 2021, Waudby-Smith et al. 2024). Where a
        win rate shows no error, the exact sequence of independent outcomes with n = min(raters, items).

    Examples
    --------
    >>> from analysis.stats import Judgments
    >>> j = Judgments.from_counts([3, 1, 2, 2], [0, 1, 0, 0], [1, 2, 2, 1], list("rrss"), list("abab"))
    >>> always = confidence_sequence(j.win_rate("system", "opponent"), best_at=40)
    >>> round(always.estimate, 4), always.p is None
    (0.5667, True)
    """
    value = estimate.linear
    if not isinstance(value, Linear):
        raise ValueError(
            "the estimate has no rows. Fix: give a win rate, a mean or a difference by its rows."
        )
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
    """Return limits of any statistic of weighted rows, by independent Exp(1) weights on raters and on items.

    Parameters
    ----------
    statistic : callable
        Takes weights, shape (n,), one for each row (the product of its rater's and its item's; ones for the
        estimate), and returns a number, NaN where it is not defined.
    rater, item : array-like of labels, shape (n,)
        ValueError for a missing label or different lengths.
    replicates, seed : int

    Returns
    -------
    Estimate
        Percentile limits (Owen & Eckles 2012), up to 1.6 times as wide as the two-way interval. `detail`:
        bias and standard error of the replicates.

    Examples
    --------
    >>> y = np.array([1, 0, 1, 1, 0, 1])
    >>> limits = pigeonhole_bootstrap(lambda w: float(w @ y / w.sum()), list("rrsstt"), list("ababab"))
    >>> round(limits.estimate, 4), limits.low < limits.estimate < limits.high
    (0.6667, True)
    """
    check_level(level)
    where = places(rater, item, None)
    raters, items = where.raters, where.items
    same_length(rater=raters.codes, item=items.codes)
    value = float(statistic(np.ones(len(raters.codes))))
    limits, detail = None, {}
    reason: str | Message | None = None
    if not np.isfinite(value):
        reason = "the statistic is not defined"
    elif min(len(raters.labels), len(items.labels)) < 2:
        reason = "one rater or one item: nothing is known of how they differ"
    else:
        draw = Draw(seed, replicates, raters.names, items.names)
        weights = zip(draw.rater_weights, draw.item_weights, strict=True)
        found = np.array([float(statistic(by[raters.codes] * on[items.codes])) for by, on in weights])
        limits, reason = bootstrap_limits(found, level)
        known = found[np.isfinite(found)]
        if known.size > 1:
            detail = {"bias": float(known.mean() - value), "se": float(known.std(ddof=1))}
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
