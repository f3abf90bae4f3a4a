"""Proportions of small tables, where every row has its own rater and its own item."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.stats.estimate import Estimate, check_level
from analysis.stats.intervals import clopper_pearson, exact_half, wilson
from analysis.stats.labels import check_numbers

BY_COUNTS = {
    "clopper-pearson": "Clopper-Pearson, rows independent",
    "wilson": "Wilson, rows independent",
}


def win_rate_from_counts(
    wins: int, losses: int, ties: int = 0, *, method: str = "clopper-pearson", level: float = 0.95
) -> Estimate:
    """Return a win rate where every row has its own rater and its own item, a tie counting 1/2.

    For anything else it is wrong, and too narrow: use `Judgments.win_rate`. `method`: "clopper-pearson"
    (1934) or "wilson" (1927), which takes no ties. `p` is the exact binomial one of 1/2, without ties.
    `detail`: wins, ties, losses. Raises ValueError for negative counts, none at all, or an unknown method.

    >>> rate = win_rate_from_counts(81, 182, method="wilson")
    >>> round(rate.low, 4), round(rate.high, 4)
    (0.2553, 0.3662)
    """
    check_level(level)
    counts = check_numbers([wins, ties, losses], "counts", least=0, whole=True).astype(int)
    won, tied, lost = counts.tolist()
    n = won + tied + lost
    if method not in BY_COUNTS:
        raise ValueError(f"method is {method!r}. Fix: use one of {', '.join(BY_COUNTS)}.")
    if n == 0:
        raise ValueError("the counts are all zero. Fix: give at least one.")
    if method == "wilson" and tied:
        raise ValueError("Wilson's interval takes no ties. Fix: leave them out, or use clopper-pearson.")
    points = won + tied / 2
    low, high = wilson(won, n, level) if method == "wilson" else clopper_pearson(points, n, level)
    return Estimate(
        estimate=points / n,
        low=low,
        high=high,
        level=level,
        method=BY_COUNTS[method],
        n=n,
        raters=n,
        items=n,
        cluster="row",
        p=exact_half(won, won + lost) if won + lost else None,
        null=0.5,
        detail={"wins": won, "ties": tied, "losses": lost, "interval": method},
        scale="logit",
    )


def newcombe_difference(
    successes: int, n: int, other_successes: int, other_n: int, *, level: float = 0.95
) -> Estimate:
    """Return the difference of two independent proportions by Newcombe's method 10 (1998), from -1 to 1.

    It is right only where every row has its own rater and its own item: else use
    `Judgments.win_rate_difference`. Raises ValueError unless 0 <= successes <= n and n > 0 in both.

    >>> gap = newcombe_difference(56, 70, 48, 80)
    >>> round(gap.estimate, 4), round(gap.low, 4), round(gap.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    check_level(level)
    values = check_numbers([successes, n, other_successes, other_n], "counts", least=0, whole=True)
    one, size, two, other_size = (int(value) for value in values)
    if not (0 < size >= one and 0 < other_size >= two):
        raise ValueError("the counts do not fit. Fix: give successes of 0 to n, and n above 0.")
    from statsmodels.stats.proportion import confint_proportions_2indep  # takes seconds to import

    # Not its method "score", which contradicts the published tables in some versions.
    low, high = confint_proportions_2indep(
        one, size, two, other_size, method="newcomb", compare="diff", alpha=1 - level
    )
    return Estimate(
        estimate=one / size - two / other_size,
        low=float(low),
        high=float(high),
        level=level,
        method="Newcombe's method 10, rows independent",
        n=size + other_size,
        raters=size + other_size,
        items=size + other_size,
        cluster="row",
    )


def newcombe_paired_difference(
    both: int, first: int, second: int, none: int, *, level: float = 0.95
) -> Estimate:
    """Return the share of yes to the first question minus that to the second, of units asked both.

    Parameters
    ----------
    both, first, second, none : int
        Units that said yes to both, to the first alone, to the second alone, to none. Every unit has its own
        rater and item. ValueError for negative counts or none at all.

    Returns
    -------
    Estimate
        From -1 to 1, by Newcombe's paired method 10 (1998, Statistics in Medicine 17:2635-2650). `p` is
        McNemar's exact one, `se` that of Agresti (2002). `detail["mcnemar"]` holds the other tests.

    Examples
    --------
    >>> gap = newcombe_paired_difference(794, 150, 86, 570)
    >>> round(gap.estimate, 2), round(gap.low, 3), round(gap.high, 3)
    (0.04, 0.021, 0.059)
    """
    check_level(level)
    counts = [
        int(value) for value in check_numbers([both, first, second, none], "counts", least=0, whole=True)
    ]
    n = sum(counts)
    if n == 0:
        raise ValueError("the counts are all zero. Fix: give at least one.")
    low, high = _paired_limits(counts, level)
    test = mcnemar(counts[1], counts[2])
    gap = (counts[1] - counts[2]) / n
    return Estimate(
        estimate=gap,
        low=low,
        high=high,
        level=level,
        method="Newcombe's paired method 10, units independent",
        n=n,
        raters=n,
        items=n,
        cluster="row",
        se=math.sqrt(max((counts[1] + counts[2]) / n - gap**2, 0.0) / n),
        p=test.p,
        null=0.0,
        detail={"mcnemar": test},
    )


def _paired_limits(counts: Sequence[int], level: float) -> tuple[float, float]:
    """Return Wilson's limits of both shares, squared and added, less their correlation (phi)."""
    both, first, second, none = counts
    n, yes, other_yes = sum(counts), both + first, both + second
    share, other = yes / n, other_yes / n
    (low, high), (other_low, other_high) = wilson(yes, n, level), wilson(other_yes, n, level)
    cross = float(both * none - first * second)
    if cross > 0:
        cross = max(0.0, cross - n / 2)
    margins = yes * (n - yes) * other_yes * (n - other_yes)
    phi = cross / math.sqrt(margins) if margins else 0.0

    def reach(one: float, two: float) -> float:
        return math.sqrt(max(0.0, one**2 - 2 * phi * one * two + two**2))

    gap = share - other
    below, above = reach(share - low, other_high - other), reach(high - share, other - other_low)
    return max(-1.0, gap - below), min(1.0, gap + above)


@dataclass(frozen=True, slots=True)
class McNemar:
    """Tests of no change. `z` is signed (more yes to the first is positive), `chi2` its square without and
    `chi2_corrected` with the correction for continuity; `p` is the exact binomial one."""

    z: float | None
    chi2: float | None
    chi2_corrected: float | None
    p_chi2: float | None
    p_chi2_corrected: float | None
    p: float


def mcnemar(first: int, second: int) -> McNemar:
    """Return McNemar's (1947) tests of no change, from the units that said yes to one question alone.

    `first` of them said yes to the first question, `second` to the second. Every unit has its own rater and
    item. Raises ValueError for negative counts.

    >>> round(mcnemar(86, 150).z, 2)
    -4.17
    """
    one, two = (int(value) for value in check_numbers([first, second], "counts", least=0, whole=True))
    if one + two == 0:
        return McNemar(None, None, None, None, None, 1.0)
    from statsmodels.stats import contingency_tables  # takes seconds to import

    table = [[0, one], [two, 0]]
    exact = contingency_tables.mcnemar(table, exact=True)
    plain = contingency_tables.mcnemar(table, exact=False, correction=False)
    # Where nothing changed on balance, a correction would only move the statistic away from zero.
    corrected = contingency_tables.mcnemar(table, exact=False, correction=one != two)
    return McNemar(
        z=math.copysign(math.sqrt(plain.statistic), one - two),
        chi2=float(plain.statistic),
        chi2_corrected=float(corrected.statistic),
        p_chi2=float(plain.pvalue),
        p_chi2_corrected=float(corrected.pvalue),
        p=float(exact.pvalue),
    )
