"""Intervals, each with the name of its method; what has none says why."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from analysis.messages import Message, message, steps
from analysis.stats.covariance import (
    pooled_freedom,
    pooled_variance,
    two_way,
    variance,
    with_one_row_changed,
)
from analysis.stats.linear import Linear, Pooled, PooledRatio, Ratio, distinct, side_by_side

FEW = 8  # below this number of clusters no method is reliable
TINY = 1e-24  # a variance below this share of the squared scale is rounding
FIELLER_FROM = 0.05  # t^2 Var(denominator) / denominator^2 above which the delta method is left for Fieller's
WILSON = message("wilson")
FIELLER = message("fieller")
NAMES = {
    "logit": message("two_way_logit"),
    "log": message("two_way_log"),
    "identity": message("two_way_identity"),
}
CLUSTERS = {"item": message("scenes"), "series": message("series")}
NO_VARIATION = message("no_variation")
SATTERTHWAITE = message("satterthwaite")
SMALLEST_N = message("smallest_n")
IMPUTED = message("exact_language")
ONE_CHANGED = message("one_row_changed")


@dataclass(frozen=True)
class Interval:
    """Limits of a two-sided interval; None with a reason where there are none. `se` is on the scale of the
    value."""

    low: float | None
    high: float | None
    method: Message
    reason: Message | None = None
    se: float | None = None
    df: float | None = None


def interval(
    estimate: Linear | Ratio | Pooled | PooledRatio, by: str, level: float, scale: str = "identity"
) -> Interval:
    """The interval of an estimate clustered by rater and `by` (item or series). Scales: logit, log,
    identity."""
    if isinstance(estimate, Ratio):
        return _ratio_interval(estimate, by, level)
    if isinstance(estimate, PooledRatio):
        return _pooled_ratio_interval(estimate, by, level)
    if isinstance(estimate, Pooled):
        return _pooled_interval(estimate, by, level, scale)
    refused = _too_few(estimate, by, NAMES[scale])
    if refused is not None:
        return refused
    clusters = estimate.clusters(by)
    smaller = min(estimate.raters, distinct(clusters))
    squared = variance(estimate, by)
    if squared <= TINY * max(1.0, estimate.value**2):
        return _no_variance(estimate, smaller, by, level, scale)
    se = math.sqrt(squared)
    if scale == "logit" and by == "item" and _rows_independent(estimate):
        low, high = wilson(round(estimate.value * estimate.n), estimate.n, level)
        return Interval(low, high, WILSON, se=se, df=smaller - 1)
    reach = critical(level, smaller - 1) * se
    low, high = limits_around(estimate.value, reach, scale)
    return Interval(low, high, NAMES[scale], se=se, df=smaller - 1)


def critical(level: float, df: float) -> float:
    """Two-sided critical value of Student's t."""
    return float(special.stdtrit(df, 0.5 + level / 2))


def clopper_pearson(wins: float, n: float, level: float) -> tuple[float, float]:
    """Exact binomial limits (Clopper & Pearson 1934) by scipy's inverse of the beta distribution. `wins` may
    hold half wins, which `scipy.stats.binomtest` does not take."""
    tail = (1 - level) / 2
    low = 0.0 if wins <= 0 else float(special.betaincinv(wins, n - wins + 1, tail))
    high = 1.0 if wins >= n else float(special.betaincinv(wins + 1, n - wins, 1 - tail))
    return low, high


def wilson(wins: int, n: int, level: float) -> tuple[float, float]:
    """Score limits of Wilson (1927): right only where every row has its own rater and its own item."""
    from scipy.stats import binomtest  # takes a second to import

    found = binomtest(wins, n).proportion_ci(level, method="wilson")
    return float(found.low), float(found.high)


def exact_half(won: float, n: int) -> float:
    """Two-sided p of an exact binomial test against one half; part of a win counts as none for the side that
    has fewer."""
    from scipy.stats import binomtest  # takes a second to import

    return float(binomtest(math.floor(min(won, n - won) + 1e-9), n, 0.5).pvalue)


def _rows_independent(share: Linear) -> bool:
    """Whether an estimate is a plain share of rows that each have their own rater and item, without ties."""
    if not 2 <= share.n == share.phi.size == share.raters == share.items:
        return False
    none = abs(share.phi + share.value / share.n)
    one = abs(share.phi - (1 - share.value) / share.n)
    return bool((np.minimum(none, one) <= 1e-12).all())


def _score_test(wins: int, n: int, null: float) -> float:
    """Two-sided p of the test whose limits Wilson's are."""
    from scipy.stats import chisquare  # takes a second to import

    return float(chisquare([wins, n - wins], [n * null, n * (1 - null)]).pvalue)


def fieller(top: float, bottom: float, cov: np.ndarray, t: float) -> tuple[float, float] | None:
    """Limits of top / bottom by Fieller (1954); `cov` is their 2 x 2 covariance. None where they are not
    bounded."""
    a = bottom**2 - t * t * cov[1, 1]
    if a <= 0:
        return None
    b = top * bottom - t * t * cov[0, 1]
    c = top**2 - t * t * cov[0, 0]
    root = math.sqrt(max(0.0, b * b - a * c))
    return (b - root) / a, (b + root) / a


def p_value(
    estimate: Linear | Pooled, by: str, null: float, scale: str = "identity", level: float = 0.95
) -> float | None:
    """Two-sided p of the value being `null`, from the very error of the interval; None where there is none.

    Where the variance is zero the exact sign test with n = min(raters, clusters) stands in, or the test of
    the same table with one row changed, if its p is smaller.
    """
    limits = interval(estimate, by, level, scale)
    if limits.low is None or limits.df is None:
        return None
    if limits.se is None:
        n = int(limits.df) + 1
        exact = exact_half(estimate.value * n, n)
        changed = _one_row_changed(estimate, by, level, -1 if estimate.value > 0.5 else 1)
        return exact if changed is None or estimate.value == 0.5 else min(exact, changed[2])
    if limits.method == WILSON:
        return _score_test(round(estimate.value * estimate.n), estimate.n, null)
    distance, se = estimate.value - null, limits.se
    if scale == "logit":
        distance, se = logit(estimate.value) - logit(null), se / (estimate.value * (1 - estimate.value))
    return float(2 * special.stdtr(limits.df, -abs(distance) / se))


def _pooled_interval(pooled: Pooled, by: str, level: float, scale: str) -> Interval:
    """By the error of each language and the covariance of those who judge in several."""
    parts = [interval(part, by, level, scale) for part in pooled.parts]
    for part in parts:
        if part.low is None:
            return Interval(None, None, NAMES[scale], without_interval(part.reason))
    freedom = [int(part.df or 0) for part in parts]
    fixed = [part.se is None for part in parts]
    if all(fixed) and len({part.value for part in pooled.parts}) == 1:
        exact = _no_variance(pooled, min(freedom) + 1, by, level, scale)
        return replace(exact, method=steps(exact.method, SMALLEST_N))
    own = [_variance(limits, part.value, level) for limits, part in zip(parts, pooled.parts, strict=True)]
    se = math.sqrt(pooled_variance(pooled.parts, by, own))
    df = pooled_freedom(pooled.parts, by, own, freedom)
    low, high = limits_around(pooled.value, critical(level, df) * se, scale)
    method = steps(NAMES[scale], SATTERTHWAITE, *([IMPUTED] if any(fixed) else []))
    return Interval(low, high, method, se=se, df=df)


def without_interval(reason: Message | None) -> Message:
    """The reason of a pooled result one of whose languages has no interval."""
    assert reason is not None
    return message("language_without_interval", reason=reason)


def _variance(limits: Interval, value: float, level: float) -> float:
    """That of an interval; of an exact one the variance whose t interval would be as wide on its wider
    side."""
    if limits.se is not None:
        return limits.se**2
    assert limits.low is not None
    assert limits.high is not None
    assert limits.df is not None
    wide = max(value - limits.low, limits.high - value)
    return (wide / critical(level, limits.df)) ** 2


def _too_few(estimate: Linear, by: str, method: Message) -> Interval | None:
    if estimate.raters < 2:
        return Interval(None, None, method, message("one_rater_only"))
    if by == "series" and not estimate.series_known:
        return Interval(None, None, method, message("series_unknown"))
    if distinct(estimate.clusters(by)) < 2:
        return Interval(None, None, method, message(f"one_{'scene' if by == 'item' else 'series'}_only"))
    return None


def _no_variance(estimate: Linear | Pooled, smaller: int, by: str, level: float, scale: str) -> Interval:
    """Exact limits, or those of the same table with one row changed where they are tighter: all wins are
    never decided less favourably than all wins but one loss."""
    if scale != "logit":
        return Interval(None, None, NAMES[scale], NO_VARIATION)
    low, high = clopper_pearson(estimate.value * smaller, smaller, level)
    method = exact_method(by)
    if (less := _one_row_changed(estimate, by, level, -1)) is not None and less[0] > low:
        low, method = less[0], steps(exact_method(by), ONE_CHANGED)
    if (more := _one_row_changed(estimate, by, level, 1)) is not None and more[1] < high:
        high, method = more[1], steps(exact_method(by), ONE_CHANGED)
    return Interval(low, high, method, df=smaller - 1)


def _one_row_changed(
    estimate: Linear | Pooled, by: str, level: float, sign: int
) -> tuple[float, float, float] | None:
    """Limits and p (of one half) once the most favourable row is a loss (`sign` -1) or a win; None where no
    row can change so."""
    value = estimate.value
    if (sign < 0 and value <= 0) or (sign > 0 and value >= 1):
        return None
    change = sign * (1.0 if value in (0.0, 1.0) else 0.5)
    parts = estimate.parts if isinstance(estimate, Pooled) else (estimate,)
    found = []
    for at, part in enumerate(parts):
        changed = with_one_row_changed(part, by, change)
        if changed is None:
            return None
        other = Pooled((*parts[:at], changed, *parts[at + 1 :])) if len(parts) > 1 else changed
        limits, p = interval(other, by, level, "logit"), p_value(other, by, 0.5, "logit", level)
        if limits.low is not None and limits.high is not None and p is not None:
            found.append((limits.low, limits.high, p))
    return (max if sign < 0 else min)(found, key=lambda each: each[:2], default=None)


def limits_around(value: float, reach: float, scale: str) -> tuple[float, float]:
    """Limits that lie `reach` (on the scale of the value) to each side on the scale named,
    back-transformed."""
    if scale == "logit":
        middle, width = logit(value), reach / (value * (1 - value))
        return _expit(middle - width), _expit(middle + width)
    if scale == "log":
        return value * math.exp(-reach / value), value * math.exp(reach / value)
    return value - reach, value + reach


def _ratio_interval(ratio: Ratio, by: str, level: float) -> Interval:
    """Delta method on the log ratio; Fieller where the denominator is not far from zero; else "not
    bounded"."""
    top, bottom = ratio.top, ratio.bottom
    if top.value > 0 and bottom.value > 0:
        plain = interval(ratio.linear(), by, level, "log")
        if plain.low is None:
            return plain
    else:
        plain = None
    # The denominator may rest on fewer raters or items than the ratio.
    for part in (ratio.linear(), bottom):
        refused = _too_few(part, by, FIELLER)
        if refused is not None:
            return refused
    phi, both = side_by_side(top, bottom)
    clusters = both.clusters(by)
    df = min(both.raters, distinct(clusters)) - 1
    t = critical(level, df)
    cov = two_way(phi, both.rater, clusters)
    spread = t * t * variance(bottom, by) / bottom.value**2
    if plain is not None and spread <= FIELLER_FROM:
        return plain
    cov[1, 1] = max(cov[1, 1], spread * bottom.value**2 / (t * t))
    limits = fieller(top.value, bottom.value, cov, t)
    if limits is None:
        return Interval(None, None, FIELLER, message("not_bounded"))
    return Interval(*limits, FIELLER, se=math.sqrt(variance(ratio.linear(), by)), df=df)


def _pooled_ratio_interval(ratio: PooledRatio, by: str, level: float) -> Interval:
    """The same for pooled means, with the covariance that the variances of their difference leaves."""
    plain = _pooled_interval(ratio.linear(), by, level, "log")
    below, difference = (interval(part, by, level) for part in (ratio.bottom, ratio.minus(1.0)))
    above = interval(ratio.top, by, level)
    for part in (plain, below, above, difference):
        if part.se is None or part.df is None:
            return Interval(None, None, plain.method, part.reason or NO_VARIATION)
    assert plain.df is not None
    t, top, bottom = critical(level, plain.df), ratio.top.value, ratio.bottom.value
    variances = [float(part.se or 0.0) ** 2 for part in (above, below, difference)]
    if top > 0 and t * t * variances[1] <= FIELLER_FROM * bottom**2:
        return plain
    shared = (variances[0] + variances[1] - variances[2]) / 2
    cov = np.array([[variances[0], shared], [shared, variances[1]]])
    limits = fieller(top, bottom, cov, t)
    method = steps(FIELLER, SATTERTHWAITE)
    if limits is None:
        return Interval(None, None, method, message("not_bounded"))
    return Interval(*limits, method, se=plain.se, df=plain.df)


def exact_method(by: str) -> Message:
    """The method of an exact interval whose n is the smaller number of raters and clusters."""
    return message("clopper_pearson", clusters=CLUSTERS[by])


def logit(value: float) -> float:
    return math.log(value / (1 - value))


def _expit(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


def find_root(function: Callable[[float], float], low: float, high: float, within: float = 2e-12) -> float:
    """A zero between two places where the signs differ, by Brent's (1973) method. Raises ValueError where
    they do not."""
    from scipy.optimize import brentq  # takes long to import, and few analyses need it

    return float(brentq(function, low, high, xtol=within))
