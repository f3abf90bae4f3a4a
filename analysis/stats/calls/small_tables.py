"""Proportions of small tables, where every row has its own rater and its own item."""

from analysis.stats.calls.labels import numbers
from analysis.stats.calls.result import Estimate, check_level
from analysis.stats.newcombe import McNemar, Paired, independent_limits, mcnemar_test, paired_limits


def newcombe_difference(
    successes: int, n: int, other_successes: int, other_n: int, *, level: float = 0.95
) -> Estimate:
    """Difference of two independent proportions by Newcombe's method 10 (1998), -1 to 1.

    Right only where every row has its own rater and its own item: else use `win_rate_difference`. Raises
    ValueError unless 0 <= successes <= n and n > 0 in both.

    >>> gap = newcombe_difference(56, 70, 48, 80)
    >>> round(gap.estimate, 4), round(gap.low, 4), round(gap.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    check_level(level)
    values = numbers([successes, n, other_successes, other_n], "counts", least=0, whole=True)
    one, size, two, other_size = (int(value) for value in values)
    if not (0 < size >= one and 0 < other_size >= two):
        raise ValueError("give successes of 0 to n, and n above 0")
    low, high = independent_limits(one, size, two, other_size, level)
    return Estimate(
        estimate=one / size - two / other_size,
        low=low,
        high=high,
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
    """Share of yes to the first minus share of yes to the second, of units asked both, by Newcombe's paired
    method 10 (1998).

    The counts are of units that said yes to both, to the first alone, to the second alone, to none; every
    unit has its own rater and item. `p` is McNemar's exact one, `se` that of Agresti (2002);
    `detail["mcnemar"]` holds the other tests. Raises ValueError for negative counts or none at all.

    >>> gap = newcombe_paired_difference(794, 150, 86, 570)
    >>> round(gap.estimate, 2), round(gap.low, 3), round(gap.high, 3)
    (0.04, 0.021, 0.059)
    """
    check_level(level)
    counts = [int(value) for value in numbers([both, first, second, none], "counts", least=0, whole=True)]
    table = Paired(*counts)
    if table.n == 0:
        raise ValueError("the counts are all zero")
    low, high = paired_limits(table, level)
    test = mcnemar(counts[1], counts[2])
    return Estimate(
        estimate=table.difference,
        low=low,
        high=high,
        level=level,
        method="Newcombe's paired method 10, units independent",
        n=int(table.n),
        raters=int(table.n),
        items=int(table.n),
        cluster="row",
        se=table.se,
        p=test.p,
        null=0.0,
        detail={"mcnemar": test},
    )


def mcnemar(first: int, second: int) -> McNemar:
    """McNemar's (1947) tests of no change, from the units that said yes to the first alone and to the
    second alone.

    Exact binomial, and chi squared with and without the correction for continuity. Every unit has its own
    rater and item. Raises ValueError for negative counts.

    >>> round(mcnemar(86, 150).z, 2)
    -4.17
    """
    one, two = (int(value) for value in numbers([first, second], "counts", least=0, whole=True))
    return mcnemar_test(one, two)
