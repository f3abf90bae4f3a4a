"""The result of every call: a number with its interval, and all that must be printed beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from analysis.messages import Message
from analysis.stats.faults import counted
from analysis.stats.intervals import interval, p_value
from analysis.stats.linear import Linear, Ratio, distinct
from analysis.stats.sections.warnings import FEW

CLUSTERS = ("item", "series")


@dataclass(frozen=True, slots=True, repr=False)
class Estimate:
    """One number with its interval.

    `estimate`, `low`, `high` and `se` are on one scale (proportions 0 to 1, human level in percent); None
    is what cannot be computed, and `reason` says why. `level` is the confidence level of the two-sided
    limits, `method` the name of the interval. `n` counts rows, `raters` and `items` those of this contrast
    alone, `series` those known. `df` are the degrees of freedom of t; `p` is two-sided, of the value named
    `null`. `warnings` are sentences that belong beside the number; `detail` holds what the call promises
    besides.

    `linear` is the estimate with its influence per observation, for combining it with others.
    """

    estimate: float | None
    low: float | None
    high: float | None
    level: float
    method: str
    n: int
    raters: int
    items: int
    series: int | None = None
    cluster: str = "item"
    se: float | None = None
    df: float | None = None
    p: float | None = None
    null: float | None = None
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    scale: str = "identity"
    linear: Linear | Ratio | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        value = "not computed" if self.estimate is None else f"{self.estimate:.4g}"
        limits = "no interval" if self.low is None else f"{self.low:.4g} to {self.high:.4g}"
        why = f"; {self.reason}" if self.reason else ""
        clustered = (
            ""
            if self.cluster == "row"
            else f", {counted(self.raters, 'rater')}, {counted(self.items, 'item')}"
        )
        counts = f"n = {self.n}{clustered}"
        against = "" if self.null is None else f" against {self.null:g}"
        tested = "" if self.p is None else f"; p = {self.p:.2g}{against}"
        return f"{value} ({100 * self.level:g} %: {limits}{why}; {counts}; {self.method}{tested})"

    def __repr__(self) -> str:
        """What a notebook shows: the same, and what belongs beside it."""
        beside = [*self.warnings, *([f"more in .detail: {', '.join(self.detail)}"] if self.detail else [])]
        return f"<Estimate {'; '.join([str(self), *beside])}>"


def estimate_of(
    value: Linear | Ratio | None,
    *,
    scale: str = "identity",
    level: float = 0.95,
    cluster: str = "item",
    factor: float = 1.0,
    null: float | None = None,
    method: str | Message | None = None,
    reason: str | Message | None = None,
    no_interval: str | Message | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Estimate:
    """The result of an estimate: limits by `interval`, p by `p_value`, times `factor`.

    `reason` says why there is no value, `no_interval` why there are no limits, `null` is the value tested
    (before the factor); `method` names the estimator.
    """
    check_level(level)
    check_cluster(cluster)
    own = dict(detail or {})
    if value is None:
        return Estimate(
            None, None, None, level, str(method or "none"), 0, 0, 0, reason=text_of(reason), detail=own
        )
    linear = value.linear() if isinstance(value, Ratio) else value
    if cluster == "series" and not linear.series_known:
        raise ValueError("give the series of every item, or cluster by item")
    limits = interval(value, cluster, level, scale)
    why = text_of(limits.reason)
    if no_interval is not None and limits.low is not None:
        limits, why = replace(limits, low=None, high=None), text_of(no_interval)
    p = None if null is None or limits.low is None else p_value(linear, cluster, null, scale, level)

    def times(number: float | None) -> float | None:
        return None if number is None else number * factor

    return Estimate(
        estimate=linear.value * factor,
        low=times(limits.low),
        high=times(limits.high),
        level=level,
        method=f"{method}; {limits.method}" if method else str(limits.method),
        n=linear.n,
        raters=linear.raters,
        items=linear.items,
        series=distinct(linear.series) if linear.series_known else None,
        cluster=cluster,
        se=times(limits.se),
        df=limits.df,
        p=p,
        null=times(null),
        reason=why,
        warnings=few(linear, cluster),
        detail=own,
        scale="ratio" if isinstance(value, Ratio) else scale,
        linear=value,
    )


def text_of(reason: str | Message | None) -> str | None:
    """The English sentence of a reason."""
    return None if reason is None else str(reason)


def few(linear: Linear, cluster: str) -> tuple[str, ...]:
    """One sentence per kind of cluster that is too small a sample."""
    counts = {"raters": linear.raters, "items": linear.items}
    if cluster == "series":
        counts = {"raters": linear.raters, "series": distinct(linear.series)}
    return tuple(
        f"{count} {name}: below {FEW} no interval is reliable"
        for name, count in counts.items()
        if count < FEW
    )


def check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level is {level!r}: give a number between 0 and 1, such as 0.95")


def check_cluster(cluster: str) -> None:
    if cluster not in CLUSTERS:
        raise ValueError(f"cluster is {cluster!r}: use item or series")
