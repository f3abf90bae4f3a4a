"""Error marks: how many a reading of a script brought up, and against people's scripts."""

import numpy as np

from analysis.stats.calls.labels import Coded, Label, Labels, Numbers, coded, numbers, same_length
from analysis.stats.calls.result import Estimate, estimate_of
from analysis.stats.calls.rows import Places, places
from analysis.stats.linear import Floats, Linear, Ratio

PER = 1000.0


def error_rate(
    marks: Numbers,
    system: Labels,
    rater: Labels,
    item: Labels,
    *,
    of: Label,
    length: Numbers | None = None,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
) -> Estimate:
    """Marks per reading of a script of `of`; with `length` (words or characters) marks per 1,000 of them.

    The arrays have one element a reading, readings without a mark among them. Limits: two-way
    cluster-robust on the log scale; of a rate per 1,000 by the delta method for the ratio of two sums. A
    system without any mark has no limits. `detail`: marks, readings.

    Raises UnknownLabel for a system that is not known, ValueError for negative marks or lengths not above 0.

    >>> rate = error_rate([2, 0, 1, 3], ["d"] * 4, [1, 1, 2, 2], ["s", "t", "s", "t"], of="d",
    ...                   length=[500, 400, 500, 600])
    >>> rate.estimate
    3.0
    """
    made, who, where, long = _checked(marks, system, rater, item, length, series)
    mine = who.codes == who.code(of)
    detail = {"marks": int(made[mine].sum()), "readings": int(mine.sum())}
    rate = _rate(made, long, where, mine)
    none = None if made[mine].any() else "no mark: the error of a rate of zero cannot be told"
    return estimate_of(
        rate,
        scale="log" if none is None else "identity",
        level=level,
        cluster=cluster,
        method="marks per reading" if long is None else "marks per 1,000",
        no_interval=none,
        detail=detail,
    )


def error_rate_ratio(
    marks: Numbers,
    system: Labels,
    rater: Labels,
    item: Labels,
    *,
    of: Label,
    human: Label,
    length: Numbers | None = None,
    series: Labels | None = None,
    cluster: str = "item",
    level: float = 0.95,
) -> Estimate:
    """How many times as many marks scripts of `of` drew as those of `human`, per reading or, with `length`,
    per 1,000 words or characters, from the (rater, item) places where both were read once.

    Limits: delta method on the log ratio with the two-way covariance, or Fieller's (1954). Arrays and errors
    raised as of `error_rate`; a rater who read a script twice raises ValueError.

    >>> ratio = error_rate_ratio([2, 1, 3, 1], ["d", "h", "d", "h"], [1, 1, 2, 2], ["s", "s", "t", "t"],
    ...                          of="d", human="h")
    >>> ratio.estimate
    2.5
    """
    made, who, where, long = _checked(marks, system, rater, item, length, series)
    one, two = who.code(of), who.code(human)
    if one == two:
        raise ValueError(f"give two systems, not {of!r} twice")
    place = where.raters.codes * len(where.items.labels) + where.items.codes
    sides = [np.flatnonzero(who.codes == code) for code in (one, two)]
    for at in sides:
        if np.unique(place[at]).size < at.size:
            raise ValueError("a rater read one script of an item twice: give each reading once")
    _, first, second = np.intersect1d(
        place[sides[0]], place[sides[1]], assume_unique=True, return_indices=True
    )
    chosen = [np.isin(np.arange(len(made)), at) for at in (sides[0][first], sides[1][second])]
    rates = [_rate(made, long, where, mine) for mine in chosen]
    reason, none = None, None
    if rates[0] is None or rates[1] is None:
        reason = "no rater read both scripts of an item"
    elif not made[chosen[1]].any():
        reason = "no mark on the human scripts"
    elif not made[chosen[0]].any():
        none = "no mark on the system's scripts: the error of a ratio of zero cannot be told"
    ratio = None
    if reason is None:
        top, bottom = (rate.linear() if isinstance(rate, Ratio) else rate for rate in rates)
        assert top is not None
        assert bottom is not None
        ratio = Ratio(top, bottom, top.n + bottom.n)
    return estimate_of(
        ratio,
        level=level,
        cluster=cluster,
        method="rate ratio over the same raters and items",
        reason=reason,
        no_interval=none,
        detail={"marks": int(made[chosen[0]].sum()), "human_marks": int(made[chosen[1]].sum())},
    )


def _checked(
    marks: Numbers,
    system: Labels,
    rater: Labels,
    item: Labels,
    length: Numbers | None,
    series: Labels | None,
) -> tuple[Floats, Coded, Places, Floats | None]:
    made, who = numbers(marks, "marks", least=0, whole=True), coded(system, "system")
    where = places(rater, item, series)
    long = None if length is None else numbers(length, "length", least=0)
    same_length(marks=made, system=who.codes, rater=where.raters.codes, length=long)
    if long is not None and not (long > 0).all():
        raise ValueError("length: it must be above 0")
    return made, who, where, long


def _rate(made: Floats, long: Floats | None, where: Places, mine: np.ndarray) -> Linear | Ratio | None:
    """Marks per reading, or per 1,000 units of length; None without readings."""
    top = where.mean(made, mine)
    if long is None or top is None:
        return top
    bottom = where.mean(long / PER, mine)
    assert bottom is not None
    return Ratio(top, bottom, top.n)
