"""Win rates: a win counts 1, a tie 1/2, a loss 0."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from analysis.stats.calls.labels import Label, Labels, Numbers, coded, numbers, one_of, same_length
from analysis.stats.calls.result import Estimate, check_level, estimate_of
from analysis.stats.calls.rows import Judged, judged, several, sides
from analysis.stats.intervals import clopper_pearson, exact_half, wilson
from analysis.stats.linear import combine
from analysis.stats.tables.columns import CHOICES
from analysis.stats.win_rates import WinRate
from analysis.stats.win_rates import win_rate as rate_over

NEVER_MET = "the two were never compared"
BY_COUNTS = {
    "clopper-pearson": "Clopper-Pearson, rows independent",
    "wilson": "Wilson, rows independent",
}


def win_rate(
    left_system: Labels,
    right_system: Labels,
    choice: Labels,
    rater: Labels,
    item: Labels,
    *,
    system: Label,
    opponent: Label | Sequence[Label] | None = None,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
    systems: Sequence[Label] | None = None,
) -> Estimate:
    """How often `system` is preferred to `opponent`: a share from 0 to 1.

    The arrays have one element a row: the systems as they stood, `choice` (left, right, tie, neither),
    rater and item. `opponent` is one label, a list of labels (each with the same weight), or None for all
    others. Limits: two-way cluster-robust by rater and `cluster` (item or series) on the logit scale with t
    of min(R, O) - 1 degrees of freedom (Cameron, Gelbach & Miller 2011); at 0 or 1 Clopper-Pearson with n =
    min(R, O). `p` tests 1/2. `detail`: wins, ties (neither among them), losses, neither, without_ties,
    row_mean.

    Raises UnknownLabel for a system or choice that is not known, ValueError for a missing label or arrays of
    different lengths.

    >>> left = ["dsr", "human", "dsr", "human", "dsr", "dsr"]
    >>> right = ["human", "dsr", "human", "dsr", "human", "human"]
    >>> choice = ["left", "left", "tie", "right", "right", "left"]
    >>> rater, item = ["r1", "r1", "r2", "r2", "r3", "r3"], ["a", "b", "a", "c", "b", "c"]
    >>> rate = win_rate(left, right, choice, rater, item, system="dsr", opponent="human")
    >>> round(rate.estimate, 4), rate.n, rate.raters, rate.items, rate.detail["ties"]
    (0.5833, 6, 3, 3, 1)
    """
    rows = judged(left_system, right_system, choice, rater, item, series=series, systems=systems)
    found = rate_over(rows.cells, *rows.over(system, opponent))
    return _of(found, cluster=cluster, level=level, many=opponent is None or several(opponent) is not None)


def win_rate_from_cells(
    wins: Numbers,
    ties: Numbers,
    losses: Numbers,
    rater: Labels,
    item: Labels,
    *,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
) -> Estimate:
    """A win rate from counts per rater and item, as of a table that was counted already.

    All arrays have one element a cell. Limits as of `win_rate`. Raises ValueError for counts that are
    negative or not whole.

    >>> rate = win_rate_from_cells([3, 1, 2, 2], [0, 1, 0, 0], [1, 2, 2, 1], ["r", "r", "s", "s"],
    ...                            ["a", "b", "a", "b"])
    >>> round(rate.estimate, 4), rate.n
    (0.5667, 15)
    """
    counts = [
        numbers(values, what, least=0, whole=True).astype(np.int64)
        for what, values in (("wins", wins), ("ties", ties), ("losses", losses))
    ]
    raters, items = coded(rater, "rater"), coded(item, "item")
    same_length(wins=counts[0], ties=counts[1], losses=counts[2], rater=raters.codes, item=items.codes)
    rows = np.repeat(np.arange(len(raters.codes)), sum(counts))
    if not rows.size:
        raise ValueError("the counts are all zero")
    every = np.arange(len(raters.codes))
    words = np.concatenate([np.full(count.sum(), word) for count, word in zip(counts, WORDS, strict=True)])
    rows = np.concatenate([np.repeat(every, count) for count in counts])
    series_rows = None if series is None else np.asarray(list(series), dtype=object)[rows]
    ones = np.full(rows.size, "system"), np.full(rows.size, "opponent")
    table = judged(*ones, words, raters.codes[rows], items.codes[rows], series=series_rows)
    found = rate_over(table.cells, *table.over("system", "opponent"))
    return _of(found, cluster=cluster, level=level)


WORDS = ("left", "tie", "right")


def win_rate_from_counts(
    wins: int, losses: int, ties: int = 0, *, method: str = "clopper-pearson", level: float = 0.95
) -> Estimate:
    """A win rate where every row has its own rater and its own item: `clopper-pearson` (1934) or `wilson`
    (1927).

    For anything else it is wrong, and too narrow: use `win_rate`. Wilson's takes no ties. `p` is the exact
    binomial one of 1/2, without ties. Raises ValueError for negative counts, none at all, or an unknown
    method.

    >>> rate = win_rate_from_counts(81, 182, method="wilson")
    >>> round(rate.low, 4), round(rate.high, 4)
    (0.2553, 0.3662)
    """
    check_level(level)
    counts = numbers([wins, ties, losses], "counts", least=0, whole=True).astype(int)
    won, tied, lost = counts.tolist()
    n = won + tied + lost
    if method not in BY_COUNTS:
        raise ValueError(f"method is {method!r}: use one of {', '.join(BY_COUNTS)}")
    if n == 0:
        raise ValueError("there are no rows")
    if method == "wilson" and tied:
        raise ValueError("Wilson's interval takes no ties: leave them out, or use clopper-pearson")
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
        detail={"wins": won, "ties": tied, "losses": lost},
        scale="logit",
    )


def win_rate_difference(
    left_system: Labels,
    right_system: Labels,
    choice: Labels,
    rater: Labels,
    item: Labels,
    *,
    system: Label,
    other: Label,
    opponent: Label | Sequence[Label] | None = None,
    same_items: bool = False,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
    systems: Sequence[Label] | None = None,
) -> Estimate:
    """Win rate of `system` minus that of `other`, both over `opponent` (None: each over all others): -1 to 1.

    The rows of both are paired through their raters and items, whose common levels fall out of the two-way
    error. `same_items` keeps only the items on which both met an opponent. `p` tests 0. Arrays, limits and
    errors raised as of `win_rate`; without a back-transformation, for a difference has no logit.

    >>> left, right = ["a", "b", "c", "a", "b", "c"], ["h", "h", "a", "h", "h", "b"]
    >>> gap = win_rate_difference(left, right, ["left", "right", "tie", "left", "left", "right"],
    ...     [1, 1, 1, 2, 2, 2], ["s", "s", "s", "t", "t", "t"], system="a", other="b", opponent="h")
    >>> gap.estimate, gap.n
    (0.5, 4)
    """
    columns = (left_system, right_system, choice, rater, item)
    rows = judged(*columns, series=series, systems=systems)
    if system == other:
        raise ValueError(f"give two systems, not {system!r} twice")
    if same_items:
        kept = _shared_items(rows, system, other, opponent)
        keep = np.isin(rows.items.codes, kept)
        if not keep.any():
            return estimate_of(None, reason="no item has both", level=level)
        rows = judged(*columns, series=series, systems=systems, keep=keep)
    rates = [
        rate_over(rows.cells, *rows.over(name, _without(rows, name, opponent))) for name in (system, other)
    ]
    if rates[0] is None or rates[1] is None:
        return estimate_of(None, reason=NEVER_MET, level=level)
    one, two = rates[0].linear, rates[1].linear
    shared = 0
    if rows.systems.code(other) in rates[0].opponents and rows.systems.code(system) in rates[1].opponents:
        direct = rate_over(rows.cells, rows.systems.code(system), [rows.systems.code(other)])
        shared = direct.linear.n if direct else 0
    gap = combine((1, -1), (one, two), n=one.n + two.n - shared)
    detail = {"win_rate": one.value, "other_win_rate": two.value}
    return estimate_of(gap, cluster=cluster, level=level, null=0.0, detail=detail)


def outcomes(
    left_system: Labels,
    right_system: Labels,
    choice: Labels,
    item: Labels,
    *,
    systems: Sequence[Label] | None = None,
) -> tuple[list[str], list[tuple[Any, Any, Any]]]:
    """Judgments re-oriented to one order of systems, for measures of agreement: (values, units).

    A value is win, tie or loss of the system that `systems` lists first, or whose label comes first as text
    ("neither" is a tie); a unit is (item, first system, second system). Over several pairs of systems alpha
    and AC1 of these values depend on that order: there use `both_ways`, as the report does. Raises
    UnknownLabel for a system that `systems` does not list.

    >>> outcomes(["b", "a"], ["a", "b"], ["left", "left"], [7, 7])
    (['loss', 'win'], [(7, 'a', 'b'), (7, 'a', 'b')])
    """
    words, things = one_of(choice, "choice", CHOICES), coded(item, "item")
    left, right = sides(left_system, right_system, systems)
    same_length(left_system=left.codes, right_system=right.codes, choice=words, item=things.codes)
    values, units = [], []
    for word, one, two, at in zip(
        words.tolist(), left.codes.tolist(), right.codes.tolist(), things.codes.tolist(), strict=True
    ):
        turned = one > two
        won = {"left": "loss" if turned else "win", "right": "win" if turned else "loss"}.get(word, "tie")
        first, second = sorted((one, two))
        values.append(won)
        units.append((things.labels[at], left.labels[first], left.labels[second]))
    return values, units


def _of(
    found: WinRate | None, *, cluster: str, level: float, many: bool = False, factor: float = 1.0
) -> Estimate:
    """The result of a win rate, times `factor` (200 for parity)."""
    if found is None:
        return estimate_of(None, reason=NEVER_MET, level=level, cluster=cluster)
    detail = {
        "wins": found.wins,
        "ties": found.ties,
        "losses": found.losses,
        "neither": found.neither,
        "without_ties": found.without_ties,
        "row_mean": found.row_mean,
    }
    return estimate_of(
        found.linear,
        scale="logit",
        level=level,
        cluster=cluster,
        factor=factor,
        null=None if many else 0.5,
        detail=detail,
    )


def _without(
    rows: Judged, system: Label, opponent: Label | Sequence[Label] | None
) -> Label | Sequence[Label] | None:
    """The opponents of a system: of a set that holds the system itself, the rest."""
    many = several(opponent)
    return opponent if many is None else [label for label in many if label != system]


def _shared_items(
    rows: Judged, system: Label, other: Label, opponent: Label | Sequence[Label] | None
) -> np.ndarray:
    """Codes of the items on which both systems met an opponent."""
    sets = []
    for name in (system, other):
        found = rate_over(rows.cells, *rows.over(name, _without(rows, name, opponent)))
        sets.append(np.unique(found.linear.item) if found else np.zeros(0, dtype=np.int64))
    return np.intersect1d(sets[0], sets[1])
