"""Human level in percent, by its four definitions. They answer different questions: never mix them."""

from collections.abc import Sequence

from analysis.stats.calls.labels import Label, Labels, Numbers
from analysis.stats.calls.result import Estimate, estimate_of
from analysis.stats.calls.rows import judged, scored
from analysis.stats.calls.win_rates import NEVER_MET, _of
from analysis.stats.scores import ratio_of_means as ratio_of
from analysis.stats.win_rates import BASELINE_METHOD, over_baseline
from analysis.stats.win_rates import win_rate as rate_over

NO_CELL = "no rater scored both scripts of an item"
NOT_POSITIVE = "the mean of the human scripts is not above zero"


def parity(
    left_system: Labels,
    right_system: Labels,
    choice: Labels,
    rater: Labels,
    item: Labels,
    *,
    system: Label,
    human: Label,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
    systems: Sequence[Label] | None = None,
) -> Estimate:
    """200 x P(system beats human), in percent from 0 to 200; 100 is parity.

    Everything as of `win_rate`, times 200; `p` tests 100.

    >>> result = parity(["d", "h", "d", "d"], ["h", "d", "h", "h"], ["left", "left", "tie", "right"],
    ...                 [1, 1, 2, 2], ["s", "t", "s", "t"], system="d", human="h")
    >>> result.estimate
    75.0
    """
    rows = judged(left_system, right_system, choice, rater, item, series=series, systems=systems)
    code, others = rows.over(system, human)
    return _of(rate_over(rows.cells, code, others), cluster=cluster, level=level, factor=200.0)


def common_baseline(
    left_system: Labels,
    right_system: Labels,
    choice: Labels,
    rater: Labels,
    item: Labels,
    *,
    system: Label,
    human: Label,
    baseline: Label,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
    systems: Sequence[Label] | None = None,
) -> Estimate:
    """100 x win rate of the system over a baseline / win rate of the human over the same baseline, in
    percent.

    Limits: delta method on the log ratio with the two-way covariance of both, Fieller's (1954) where the
    denominator is shaky, none where the ratio is not bounded or a win rate is 0 or 1. `detail`: numerator,
    denominator. Arrays and errors raised as of `win_rate`.

    >>> left, right = ["d", "h", "d", "h"] * 2, ["b"] * 8
    >>> choice = ["left", "left", "right", "left", "left", "right", "tie", "left"]
    >>> result = common_baseline(left, right, choice, [1, 1, 2, 2, 3, 3, 4, 4], ["s", "s", "t", "t"] * 2,
    ...                          system="d", human="h", baseline="b")
    >>> round(result.estimate, 2)
    83.33
    """
    rows = judged(left_system, right_system, choice, rater, item, series=series, systems=systems)
    top = rate_over(rows.cells, *rows.over(system, baseline))
    bottom = rate_over(rows.cells, *rows.over(human, baseline))
    if top is None or bottom is None:
        return estimate_of(None, reason=NEVER_MET, level=level, cluster=cluster)
    detail = {"numerator": top.linear.value, "denominator": bottom.linear.value}
    found = over_baseline(top, bottom)
    if found.ratio is None:
        return estimate_of(None, reason=found.reason, level=level, cluster=cluster, detail=detail)
    return estimate_of(
        found.ratio,
        level=level,
        cluster=cluster,
        factor=100.0,
        method=BASELINE_METHOD,
        no_interval=found.no_interval,
        detail=detail,
    )


def ratio_of_means(
    score: Numbers,
    system: Labels,
    rater: Labels,
    item: Labels,
    *,
    of: Label,
    human: Label,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
    systems: Sequence[Label] | None = None,
) -> Estimate:
    """100 x mean score of a system / mean score of the human, over the same raters and items, in percent.

    The arrays have one element a score. Means are taken of the (rater, item) cells in which both have a
    score, cell means first. It depends on where the scale starts: see `above_floor`. Limits: delta method
    on the log ratio with the two-way covariance of the two means; Fieller's (1954) where t^2
    Var(denominator) / denominator^2 exceeds 0.05; none ("not bounded") where that reaches 1. `detail`:
    numerator, denominator.

    Raises UnknownLabel for a system that is not known, ValueError for NaN or arrays of different lengths.

    >>> result = ratio_of_means([8, 10, 6, 9, 9, 11], ["d", "h"] * 3, [1, 1, 2, 2, 1, 1],
    ...                         ["s", "s", "s", "s", "t", "t"], of="d", human="h")
    >>> round(result.estimate, 2), result.n
    (76.67, 6)
    """
    return _ratio(score, system, rater, item, of, human, series, cluster, level, systems, 0.0)


def above_floor(
    score: Numbers,
    system: Labels,
    rater: Labels,
    item: Labels,
    *,
    of: Label,
    human: Label,
    floor: float,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
    systems: Sequence[Label] | None = None,
) -> Estimate:
    """100 x (mean of a system - floor) / (mean of the human - floor), `floor` being the lowest score there
    is.

    Everything else as of `ratio_of_means`. Raises ValueError also for a score below the floor.

    >>> result = above_floor([8, 10, 6, 9, 9, 11], ["d", "h"] * 3, [1, 1, 2, 2, 1, 1],
    ...                      ["s", "s", "s", "s", "t", "t"], of="d", human="h", floor=1)
    >>> round(result.estimate, 2)
    74.07
    """
    return _ratio(score, system, rater, item, of, human, series, cluster, level, systems, floor)


def _ratio(
    score: Numbers,
    system: Labels,
    rater: Labels,
    item: Labels,
    of: Label,
    human: Label,
    series: Labels | None,
    cluster: str,
    level: float,
    systems: Sequence[Label] | None,
    floor: float,
) -> Estimate:
    rows = scored(score, system, rater, item, series=series, systems=systems, floor=floor)
    one, two = rows.systems.code(of), rows.systems.code(human)
    if one == two:
        raise ValueError(f"give two systems, not {of!r} twice")
    ratio = ratio_of(rows.cells, one, two, floor)
    reason = NO_CELL if ratio is None else None
    detail: dict[str, float] = {}
    if ratio is not None:
        detail = {"numerator": ratio.top.value, "denominator": ratio.bottom.value}
        reason = NOT_POSITIVE if ratio.bottom.value <= 0 else None
    return estimate_of(
        None if reason else ratio,
        level=level,
        cluster=cluster,
        factor=100.0,
        method="ratio of mean scores",
        reason=reason,
        detail=detail,
    )
