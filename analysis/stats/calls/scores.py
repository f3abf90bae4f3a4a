"""Mean scores, their differences, and the strength of preferences."""

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.stats.calls.labels import Label, Labels, Numbers, coded, numbers, one_of, same_length
from analysis.stats.calls.result import Estimate, estimate_of
from analysis.stats.calls.rows import Scored, places, scored
from analysis.stats.linear import Linear, combine
from analysis.stats.scores import adjusted_means, plain_means
from analysis.stats.tables.columns import CHOICES

ADJUSTED, PLAIN = "adjusted for rater and item", "mean of cells"
NO_SCORE = "it has no score"


def mean_score(
    score: Numbers,
    system: Labels,
    rater: Labels,
    item: Labels,
    *,
    of: Label,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
    systems: Sequence[Label] | None = None,
) -> Estimate:
    """The mean score of system `of`, on the scale of the scores.

    The arrays have one element a score; means are of (rater, item) cells, cell means first. Where some
    system lacks a cell that another has, the means are adjusted for rater and item (least squares, average
    rater and item), and the method says so; where that cannot tell the systems apart, each keeps the mean
    of its own cells. Limits: two-way cluster-robust by rater and `cluster`, t with min(R, O) - 1 degrees of
    freedom. `detail`: row_mean, the mean of its own cells.

    Raises UnknownLabel for a system that is not known, ValueError for NaN or arrays of different lengths.

    >>> mean = mean_score([7, 9, 6, 8], ["d", "h", "d", "h"], [1, 1, 2, 2], ["s"] * 4, of="h")
    >>> mean.estimate, mean.low, mean.reason
    (8.5, None, 'one scene: nothing is known of how scenes differ')
    """
    rows = scored(score, system, rater, item, series=series, systems=systems)
    code = rows.systems.code(of)
    means, method = _means(rows)
    if code not in means:
        return estimate_of(None, reason=NO_SCORE, level=level, cluster=cluster)
    detail = {"row_mean": plain_means(rows.cells)[code].value}
    return estimate_of(means[code], level=level, cluster=cluster, method=method, detail=detail)


def score_difference(
    score: Numbers,
    system: Labels,
    rater: Labels,
    item: Labels,
    *,
    of: Label,
    other: Label,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
    systems: Sequence[Label] | None = None,
) -> Estimate:
    """Mean score of `of` minus that of `other`, on the scale of the scores; `p` tests 0.

    Means, limits and errors raised as of `mean_score`; what raters and items have in common falls out.

    >>> gap = score_difference([7, 9, 6, 8, 5, 6, 8, 8], ["d", "h"] * 4, [1, 1, 2, 2] * 2,
    ...                        ["s"] * 4 + ["t"] * 4, of="d", other="h")
    >>> gap.estimate, gap.df
    (-1.25, 1)
    """
    rows = scored(score, system, rater, item, series=series, systems=systems)
    one, two = rows.systems.code(of), rows.systems.code(other)
    if one == two:
        raise ValueError(f"give two systems, not {of!r} twice")
    means, method = _means(rows)
    if one not in means or two not in means:
        return estimate_of(None, reason=NO_SCORE, level=level, cluster=cluster)
    gap = combine((1, -1), (means[one], means[two]))
    return estimate_of(gap, level=level, cluster=cluster, null=0.0, method=method)


def _means(rows: Scored) -> tuple[Mapping[int, Linear], str]:
    adjusted = None if rows.cells.complete else adjusted_means(rows.cells)
    return (adjusted, ADJUSTED) if adjusted else (plain_means(rows.cells), PLAIN)


def mean_strength(
    left_system: Labels,
    right_system: Labels,
    choice: Labels,
    strength: Numbers,
    rater: Labels,
    item: Labels,
    *,
    system: Label,
    opponent: Label,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
) -> Estimate:
    """How strongly `system` is preferred to `opponent`: the mean of the strength (1 to 3) of wins, minus
    that of losses, 0 for ties and neither; from -3 to 3. `p` tests 0.

    NaN as the strength of a decided row means not asked: it takes no part and is counted in `detail` as
    left_out. Limits: two-way cluster-robust, t. Raises UnknownLabel for a system or choice that is not
    known, ValueError for a strength off its scale.

    >>> result = mean_strength(["d", "h", "d"], ["h", "d", "h"], ["left", "left", "tie"],
    ...                        [3, 1, float("nan")], [1, 2, 2], ["s", "s", "t"], system="d", opponent="h")
    >>> round(result.estimate, 4)
    0.6667
    """
    words = one_of(choice, "choice", CHOICES)
    given = np.array([np.nan if value is None else float(value) for value in strength])
    left, right = coded(left_system, "left_system"), coded(right_system, "right_system")
    where = places(rater, item, series)
    same_length(
        left_system=left.codes,
        right_system=right.codes,
        choice=words,
        strength=given,
        rater=where.raters.codes,
    )
    known = np.isfinite(given)
    numbers(given[known], "strength", least=1)
    if (given[known] > 3).any():
        raise ValueError("strength: it is a number of 1 to 3")
    _known((left.labels, right.labels), (system, opponent))
    names = [np.array(side.labels, dtype=object)[side.codes] for side in (left, right)]
    as_left = (names[0] == system) & (names[1] == opponent)
    as_right = (names[0] == opponent) & (names[1] == system)
    sign = np.select([words == "left", words == "right"], [1, -1], 0) * np.where(as_left, 1, -1)
    ours = as_left | as_right
    used = ours & ((sign == 0) | known)
    signed = sign * np.where(sign == 0, 0.0, given)
    mean = where.mean(np.asarray(np.nan_to_num(signed)), used)
    return estimate_of(
        mean,
        level=level,
        cluster=cluster,
        null=0.0,
        method="mean signed strength",
        reason="no row has a strength" if ours.any() else "the two were never compared",
        detail={"left_out": int((ours & ~used).sum())},
    )


def _known(columns: tuple[Sequence[Label], Sequence[Label]], wanted: Sequence[Label]) -> None:
    both = coded([*columns[0], *columns[1]], "system")
    for label in wanted:
        both.code(label)
