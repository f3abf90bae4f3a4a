"""From estimates to entries of the report: one language or several pooled, both item clusters, and the tested
p."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from analysis.stats.covariance import two_way_variance
from analysis.stats.intervals import FIELLER_FROM, Interval, critical, interval, p_value
from analysis.stats.linear import Linear, Ratio, combine, distinct
from analysis.stats.plan import Plan
from analysis.stats.report import Entry

POOLED = "*pooled"


@dataclass(frozen=True, eq=False)
class Quantity:
    """An estimate of one language before it becomes an entry of the list `what`.

    `keys` tell it apart within its list; `counts` are summed and `rates` averaged where languages are pooled,
    `extra` is left out there. `with_se` gives the standard error its own key.
    `null` is the value that is tested, `no_interval` a reason to give no limits, `margin` the planned
    distance from 1/2 within which a proportion counts as level.
    """

    what: str
    criterion: str
    keys: Mapping[str, Any]
    estimate: Linear | Ratio | None
    scale: str = "identity"
    factor: float = 1.0
    counts: Mapping[str, int] = field(default_factory=dict)
    rates: Mapping[str, float | None] = field(default_factory=dict)
    family: str = "exploratory"
    null: float | None = None
    reason: str | None = None
    no_interval: str | None = None
    method: str | None = None
    margin: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    with_se: bool = False

    @property
    def identity(self) -> tuple[Any, ...]:
        return (self.what, self.criterion, *self.keys.items())


def entry_of(quantity: Quantity, language: str | None, plan: Plan) -> Entry:
    """The entry of a quantity, with the interval by the plan's item cluster and, where known, by the other
    one."""
    estimate = quantity.estimate
    own = {**quantity.keys, **quantity.counts, **quantity.rates, **quantity.extra}
    if estimate is None:
        return _empty(quantity, own, language, plan)
    linear = estimate.linear() if isinstance(estimate, Ratio) else estimate
    by, other = plan.item_cluster, "item" if plan.item_cluster == "series" else "series"
    limits = _interval(quantity, by, plan.level)
    beside = _interval(quantity, other, plan.level) if linear.series_known else None
    if quantity.null is not None:
        own["p"] = p_value(linear, by, quantity.null, quantity.scale)
    if quantity.with_se:
        own["se"] = limits.se
    if quantity.margin is not None:
        own |= _claims(linear, limits, quantity.margin, by, plan.level)
    factor = quantity.factor
    return Entry(
        criterion=quantity.criterion,
        estimate=linear.value * factor,
        low=_times(limits.low, factor),
        high=_times(limits.high, factor),
        level=plan.level,
        method=_method(quantity, limits),
        n=linear.n,
        raters=linear.raters,
        items=linear.items,
        language=language,
        series=distinct(linear.series) if linear.series_known else None,
        family=quantity.family,
        cluster=by,
        other_cluster=other if beside is not None else None,
        other_low=_times(beside.low, factor) if beside else None,
        other_high=_times(beside.high, factor) if beside else None,
        reason=limits.reason,
        own=own,
    )


def _empty(quantity: Quantity, own: dict[str, Any], language: str | None, plan: Plan) -> Entry:
    """What cannot be computed keeps its keys, and says why."""
    for key, there in (("se", quantity.with_se), ("p", quantity.null is not None)):
        if there:
            own[key] = None
    return Entry(
        criterion=quantity.criterion,
        estimate=None,
        low=None,
        high=None,
        level=plan.level,
        method=quantity.method or "none",
        n=0,
        raters=0,
        items=0,
        language=language,
        family=quantity.family,
        cluster=plan.item_cluster,
        reason=quantity.reason,
        own=own,
    )


def pool(quantities: Sequence[Quantity], plan: Plan) -> Quantity:
    """The mean of the same quantity in several languages, each with the same weight."""
    count = len(quantities)
    first = replace(quantities[0], extra=dict.fromkeys(quantities[0].extra))
    counts = {key: sum(part.counts[key] for part in quantities) for key in first.counts}
    rates = {key: _mean([part.rates[key] for part in quantities]) for key in first.rates}
    missing = [part for part in quantities if part.estimate is None]
    if missing:
        return replace(first, estimate=None, counts=counts, rates=rates, reason=missing[0].reason)
    parts, scale, no_interval = [], first.scale, None
    for part in quantities:
        no_interval = no_interval or part.no_interval
        if isinstance(part.estimate, Ratio):
            scale = "log"
            if not _delta_serves(part.estimate, plan):
                no_interval = "one language's ratio needs Fieller's method, which does not pool"
            parts.append(part.estimate.linear())
        else:
            assert part.estimate is not None
            parts.append(part.estimate)
    estimate = combine([1 / count] * count, parts)
    return replace(first, estimate=estimate, scale=scale, counts=counts, rates=rates, no_interval=no_interval)


def _delta_serves(ratio: Ratio, plan: Plan) -> bool:
    bottom, by = ratio.bottom, plan.item_cluster
    smaller = min(bottom.raters, distinct(bottom.clusters(by)) if by == "item" or bottom.series_known else 0)
    if smaller < 2 or ratio.top.value <= 0:
        return False
    variance = two_way_variance(bottom.phi, bottom.rater, bottom.clusters(by))
    return critical(plan.level, smaller - 1) ** 2 * variance <= FIELLER_FROM * bottom.value**2


def _interval(quantity: Quantity, by: str, level: float) -> Interval:
    assert quantity.estimate is not None
    limits = interval(quantity.estimate, by, level, quantity.scale)
    if quantity.no_interval is not None and limits.low is not None:
        return replace(limits, low=None, high=None, reason=quantity.no_interval)
    return limits


def _claims(linear: Linear, limits: Interval, margin: float, by: str, level: float) -> dict[str, bool | None]:
    """Non-inferior by the two-sided interval, equivalent by two one-sided tests at half its error each
    side."""
    inner = interval(linear, by, 2 * level - 1, "logit")
    if limits.low is None or inner.low is None or inner.high is None:
        return {"non_inferior": None, "equivalent": None}
    return {
        "non_inferior": limits.low > 0.5 - margin,
        "equivalent": 0.5 - margin < inner.low and inner.high < 0.5 + margin,
    }


def _method(quantity: Quantity, limits: Interval) -> str:
    return f"{quantity.method}; {limits.method}" if quantity.method else limits.method


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None
