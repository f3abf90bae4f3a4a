"""The result of every estimate: a number with its interval, counts, method and warnings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from analysis.messages import Message
from analysis.stats.errors import counted
from analysis.stats.intervals import FEW, interval, p_value
from analysis.stats.linear import Linear, Ratio, distinct

CLUSTERS = ("item", "series")


@dataclass(frozen=True, slots=True, repr=False)
class Estimate:
    """One number with its interval. It is frozen, and prints with its counts and its method.

    Attributes
    ----------
    estimate, low, high, se : float or None
        The number, the limits of its interval and its standard error, on one scale: proportions from 0 to 1,
        human level in percent. None is what cannot be computed.
    reason : str or None
        Why the number or its limits cannot be computed.
    level : float
        Confidence level of the two-sided limits.
    method : str
        Estimator and interval by name.
    n, raters, items : int
        Rows, raters and items behind this number alone.
    series : int or None
        Number of series; None where they are not known.
    cluster : str
        Cluster of items that the error allows for: "item", "series", or "row" (rows are independent).
    df : float or None
        Degrees of freedom of Student's t.
    p, null : float or None
        Two-sided p value of the hypothesis that the true value is `null`.
    warnings : tuple of str
        Sentences to print with the number.
    detail : Mapping
        Further numbers that the method promises.
    scale : str
        Scale on which the limits were computed.
    linear : Linear, Ratio or None
        The estimate with its influence per observation, for combining it with others.
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
        limits = self.limits_text(".4g")
        why = f"; {self.reason}" if self.reason else ""
        counts = f"n = {self.n}"
        if self.cluster != "row":
            counts += f", {counted(self.raters, 'rater')}, {counted(self.items, 'item')}"
        against = "" if self.null is None else f" against {self.null:g}"
        tested = "" if self.p is None else f"; p = {self.p:.2g}{against}"
        return f"{value} ({100 * self.level:g}%: {limits}{why}; {counts}; {self.method}{tested})"

    def limits_text(self, form: str) -> str:
        """Return the limits, of which one or both may be missing, in a format such as ".3f"."""
        if self.low is None:
            return "no interval" if self.high is None else f"{self.high:{form}} or less"
        return f"{self.low:{form}} " + ("or more" if self.high is None else f"to {self.high:{form}}")

    def __repr__(self) -> str:
        """Show the same in a notebook, with warnings and the names of the details."""
        beside = [*self.warnings, *([f"more in .detail: {', '.join(self.detail)}"] if self.detail else [])]
        return f"<Estimate {'; '.join([str(self), *beside])}>"

    def times(self, factor: float) -> "Estimate":
        """Return the same estimate in another unit, for example in percent."""
        keys = ("estimate", "low", "high", "se", "null")
        changes: dict[str, Any] = {
            key: value * factor for key in keys if (value := getattr(self, key)) is not None
        }
        return replace(self, **changes)

    def without_limits(self, reason: str | Message) -> "Estimate":
        """Return the same estimate without limits and test, where these cannot be trusted."""
        return self if self.low is None else replace(self, low=None, high=None, p=None, reason=str(reason))


def estimate_of(
    value: Linear | Ratio,
    *,
    level: float,
    cluster: str = "item",
    scale: str = "identity",
    null: float | None = None,
    method: str | Message | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Estimate:
    """Return an estimate with the limits of `interval` and, against `null`, the p of `p_value`.

    Raises ValueError for a level or a cluster that is not known, and where series are missing.
    """
    check_level(level)
    check_cluster(cluster)
    linear = value.linear() if isinstance(value, Ratio) else value
    if cluster == "series" and not linear.series_known:
        raise ValueError(
            "cluster: the series of some items are not known. Fix: give them, or cluster by item."
        )
    limits = interval(value, cluster, level, scale)
    return Estimate(
        estimate=linear.value,
        low=limits.low,
        high=limits.high,
        level=level,
        method=f"{method}; {limits.method}" if method else str(limits.method),
        n=linear.n,
        raters=linear.raters,
        items=linear.items,
        series=distinct(linear.series) if linear.series_known else None,
        cluster=cluster,
        se=limits.se,
        df=limits.df,
        p=None if null is None or limits.low is None else p_value(linear, cluster, null, scale, level),
        null=null,
        reason=text_of(limits.reason),
        warnings=few_clusters(linear, cluster),
        detail=dict(detail or {}),
        scale="ratio" if isinstance(value, Ratio) else scale,
        linear=value,
    )


def not_computed(
    reason: str | Message,
    *,
    level: float,
    cluster: str = "item",
    method: str | Message = "none",
    detail: Mapping[str, Any] | None = None,
) -> Estimate:
    """Return an estimate without a number, and why there is none. Raises ValueError as `estimate_of` does."""
    check_level(level)
    check_cluster(cluster)
    return Estimate(
        None, None, None, level, str(method), 0, 0, 0, reason=str(reason), detail=dict(detail or {})
    )


def text_of(reason: str | Message | None) -> str | None:
    """Return the English sentence of a reason."""
    return None if reason is None else str(reason)


def few_clusters(linear: Linear, cluster: str) -> tuple[str, ...]:
    """Return one sentence per kind of cluster that is too small a sample."""
    clusters = distinct(linear.series) if cluster == "series" else linear.items
    counts = {"raters": linear.raters, "series" if cluster == "series" else "items": clusters}
    return tuple(
        f"{count} {name}: below {FEW} no interval is reliable"
        for name, count in counts.items()
        if count < FEW
    )


def check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level is {level!r}. Fix: give a number between 0 and 1, such as 0.95.")


def check_cluster(cluster: str) -> None:
    if cluster not in CLUSTERS:
        raise ValueError(f"cluster is {cluster!r}. Fix: use item or series.")
