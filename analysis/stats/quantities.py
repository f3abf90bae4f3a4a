"""From estimates to entries of the report: one language or several pooled, both item clusters, and the tested
p."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.messages import Message, message, steps
from analysis.stats.covariance import variance
from analysis.stats.equivalence import claim
from analysis.stats.intervals import FIELLER_FROM, Interval, critical, interval, p_value, without_interval
from analysis.stats.linear import NOISE, Floats, Linear, Pooled, PooledRatio, Ratio, distinct, without_noise
from analysis.stats.plan import Plan
from analysis.stats.report import Entry
from analysis.stats.resampling import Replicates, percentile_limits

POOLED = "*pooled"
FEWEST = 3  # clusters of each language, for pooled limits by the cluster that decides nothing
# Reasons that are about the size of one language, and read wrong beside the pooled sizes.
SIZES_OF_A_LANGUAGE = ("few_raters_in_group", "hidden_for_another", "few_clusters", "few_left")
SECOND = ("win_rates", "human_level", "mean_scores", "abilities")  # lists with limits by the bootstrap too
WITH_ERROR = ("win_rates", "differences", "human_level", "mean_scores")  # lists with se and df
ANSWERS = ("win_rates", "differences")  # lists whose primary entries answer the question
CUT = message("cut")
PRIOR_ONLY = message("prior_only")
Range = tuple[float, float]
POSITIVE: Range = (0.0, math.inf)
ANY: Range = (-math.inf, math.inf)
LIMIT_PAIRS = (("low", "high"), ("other_low", "other_high"), ("bootstrap_low", "bootstrap_high"))


@dataclass(frozen=True, eq=False)
class Quantity:
    """An estimate of one language before it becomes an entry of the list `what`.

    `keys` tell it apart within its list; `counts` are summed and `rates` averaged where languages are pooled,
    `extra` is left out there. `with_se` gives the standard error its own key. What is not `poolable` has no
    entry over several languages. `cluster` is the item cluster, where it is not the plan's.
    `null` is the value that is tested (of `tested` on its scale, where that is not the estimate on its own),
    `no_interval` a reason to give no limits, `open_ends` whether only a prior bounds the value below and
    above, `margin` the planned distance from 1/2 within which a proportion counts as level. `replicates`
    gives the estimate (before `factor`) in every replicate of the bootstrap, None where that cannot be had.
    `basis` are the rows that an estimate which could not be computed would have rested on.
    """

    what: str
    criterion: str
    keys: Mapping[str, Any]
    estimate: Linear | Ratio | Pooled | PooledRatio | None
    scale: str = "identity"
    factor: float = 1.0
    counts: Mapping[str, int | None] = field(default_factory=dict)
    rates: Mapping[str, float | None] = field(default_factory=dict)
    family: str = "exploratory"
    null: float | None = None
    tested: tuple[Linear | Pooled, str] | None = None
    reason: Message | None = None
    no_interval: Message | None = None
    open_ends: tuple[bool, bool] = (False, False)
    method: Message | None = None
    margin: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    with_se: bool = False
    poolable: bool = True
    cluster: str | None = None
    replicates: Replicates | None = None
    basis: Linear | Pooled | None = None

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
    linear = estimate.linear() if isinstance(estimate, Ratio | PooledRatio) else estimate
    cluster = quantity.cluster or plan.item_cluster
    by, other = ("series", "item") if cluster == "series" else ("item", "series")
    limits = _interval(quantity, by, plan.level)
    beside = None
    if linear.series_known:
        parts = linear.parts if isinstance(linear, Pooled) else ()
        few = any(distinct(part.clusters(other)) < FEWEST for part in parts)
        beside = None if few else _interval(quantity, other, plan.level)
    if quantity.null is not None:
        tested, scale = quantity.tested or (linear, quantity.scale)
        own["p"] = p_value(tested, by, quantity.null, scale, plan.level)
    if quantity.with_se or quantity.what in WITH_ERROR:
        own["se"] = None if limits.se is None else limits.se * quantity.factor
    if quantity.what in WITH_ERROR:
        own["df"] = limits.df
    if quantity.margin is not None:
        own |= _claims(linear, limits, quantity.margin, by, plan.level)
    factor = quantity.factor
    if quantity.what in SECOND:
        own |= _second_opinion(quantity, limits, plan.level)

    def shown(value: float | None) -> float | None:
        return None if value is None else without_noise(value * factor)

    return Entry(
        criterion=quantity.criterion,
        estimate=shown(linear.value),
        low=shown(limits.low),
        high=shown(limits.high),
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
        other_low=shown(beside.low) if beside else None,
        other_high=shown(beside.high) if beside else None,
        reason=limits.reason,
        own=own,
        tested=linear if quantity.family == "primary" and quantity.what in ANSWERS else None,
    )


def _empty(quantity: Quantity, own: dict[str, Any], language: str | None, plan: Plan) -> Entry:
    """What cannot be computed keeps its keys, and says why."""
    second = quantity.what in SECOND
    has_error = quantity.what in WITH_ERROR
    keys = {"se": quantity.with_se or has_error, "df": has_error, "p": quantity.null is not None}
    keys |= {"bootstrap_low": second, "bootstrap_high": second}
    own |= dict.fromkeys(key for key, there in keys.items() if there)
    basis = quantity.basis
    return Entry(
        criterion=quantity.criterion,
        estimate=None,
        low=None,
        high=None,
        level=plan.level,
        method=quantity.method or message("none"),
        n=basis.n if basis else 0,
        raters=basis.raters if basis else 0,
        items=basis.items if basis else 0,
        language=language,
        series=distinct(basis.series) if basis and basis.series_known else None,
        family=quantity.family,
        cluster=plan.item_cluster,
        reason=quantity.reason,
        own=own,
    )


def _second_opinion(quantity: Quantity, limits: Interval, level: float) -> dict[str, float | None]:
    """Percentile limits; none where raters or items are too few for any, or where nothing varies."""
    values = quantity.replicates() if quantity.replicates is not None and limits.df is not None else None
    found = percentile_limits(values, level) if values is not None else None
    if found is None or found[1] - found[0] <= NOISE * max(1.0, abs(found[1])):
        return {"bootstrap_low": None, "bootstrap_high": None}
    names = ("bootstrap_low", "bootstrap_high")
    return {
        name: None if is_open else without_noise(limit * quantity.factor)
        for name, is_open, limit in zip(names, quantity.open_ends, found, strict=True)
    }


def _pooled_replicates(quantities: Sequence[Quantity]) -> Replicates | None:
    """The mean of the languages: the weights of a rater who judges in several are the same in all of them."""
    parts = [quantity.replicates for quantity in quantities]
    if None in parts:
        return None

    def values() -> Floats | None:
        known = [part() for part in parts if part is not None]
        found = [part for part in known if part is not None]
        return np.mean(found, axis=0) if len(found) == len(known) else None

    return values


def pool(quantities: Sequence[Quantity], plan: Plan, complete: bool = True) -> Quantity:
    """The mean of the same quantity in several languages, each with the same weight.

    It has no interval where one of the languages has none, for that one's error is not known, and no value
    where one of the languages lacks the quantity (not `complete`).
    """
    first = replace(quantities[0], extra=dict.fromkeys(quantities[0].extra))
    counts = {key: _sum([part.counts[key] for part in quantities]) for key in first.counts}
    sums = {key: _sum([part.rates[key] for part in quantities]) for key in first.rates}
    rates = {key: None if total is None else total / len(quantities) for key, total in sums.items()}
    if not complete:
        return replace(first, estimate=None, counts=counts, rates=rates, reason=message("language_missing"))
    missing = [part for part in quantities if part.estimate is None]
    if missing:
        reason = missing[0].reason
        by_size = reason is not None and reason.code in SIZES_OF_A_LANGUAGE
        if reason is not None and (len(missing) < len(quantities) or by_size):
            reason = message("language_without_value", reason=reason)
        basis = _pooled_basis(quantities)
        return replace(first, estimate=None, counts=counts, rates=rates, reason=reason, basis=basis)
    parts, scale, no_interval = [], first.scale, None
    ratios = [part.estimate for part in quantities if isinstance(part.estimate, Ratio)]
    if ratios and "numerator" in first.rates:
        tops, bottoms = (Pooled(tuple(getattr(ratio, end) for ratio in ratios)) for end in ("top", "bottom"))
        # The replicates of the languages are ratios, of which the mean is another number.
        of_means = PooledRatio(tops, bottoms, sum(ratio.n for ratio in ratios))
        return replace(first, estimate=of_means, rates=rates, counts=counts, replicates=None)
    for part in quantities:
        no_interval = no_interval or part.no_interval
        if isinstance(part.estimate, Ratio):
            scale = "log"
            no_interval = no_interval or _no_pooled_ratio(part.estimate, plan)
            parts.append(part.estimate.linear())
        else:
            assert isinstance(part.estimate, Linear)
            parts.append(part.estimate)
    return replace(
        first,
        estimate=Pooled(tuple(parts)),
        tested=_pooled_test(quantities),
        scale=scale,
        counts=counts,
        rates=rates,
        no_interval=no_interval,
        open_ends=(any(q.open_ends[0] for q in quantities), any(q.open_ends[1] for q in quantities)),
        replicates=_pooled_replicates(quantities),
    )


def _pooled_basis(quantities: Sequence[Quantity]) -> Pooled | None:
    parts = [part.basis for part in quantities]
    known = tuple(part for part in parts if isinstance(part, Linear))
    return Pooled(known) if known and len(known) == len(parts) else None


def _pooled_test(quantities: Sequence[Quantity]) -> tuple[Pooled, str] | None:
    """The mean of what the languages test; None where one of them tests its own estimate."""
    parts, scale = [], "identity"
    for quantity in quantities:
        if quantity.tested is None or not isinstance(quantity.tested[0], Linear):
            return None
        parts.append(quantity.tested[0])
        scale = quantity.tested[1]
    return Pooled(tuple(parts)), scale


def _no_pooled_ratio(ratio: Ratio, plan: Plan) -> Message | None:
    """Why a language's ratio leaves the pooled one without an interval."""
    own = interval(ratio, plan.item_cluster, plan.level)
    if own.low is None:
        return without_interval(own.reason)
    if not _delta_serves(ratio, plan):
        return message("fieller_not_pooled")
    return None


def _delta_serves(ratio: Ratio, plan: Plan) -> bool:
    bottom, by = ratio.bottom, plan.item_cluster
    smaller = min(bottom.raters, distinct(bottom.clusters(by)) if by == "item" or bottom.series_known else 0)
    if smaller < 2 or ratio.top.value <= 0:
        return False
    reach = critical(plan.level, smaller - 1) ** 2 * variance(bottom, by)
    return reach <= FIELLER_FROM * bottom.value**2


def _interval(quantity: Quantity, by: str, level: float) -> Interval:
    assert quantity.estimate is not None
    limits = interval(quantity.estimate, by, level, quantity.scale)
    if quantity.no_interval is not None and limits.low is not None:
        return replace(limits, low=None, high=None, reason=quantity.no_interval)
    if any(quantity.open_ends) and limits.low is not None:
        low, high = quantity.open_ends
        return replace(
            limits, low=None if low else limits.low, high=None if high else limits.high, reason=PRIOR_ONLY
        )
    return limits


def _claims(
    linear: Linear | Pooled, limits: Interval, margin: float, by: str, level: float
) -> dict[str, bool | None]:
    """Non-inferior by the two-sided interval, equivalent by two one-sided tests at half its error each
    side."""
    inner = interval(linear, by, 2 * level - 1, "logit")
    between = None if inner.low is None or inner.high is None else (inner.low, inner.high)
    found = claim(limits.low, between, margin, limits.reason)
    return {"non_inferior": found.non_inferior, "equivalent": found.equivalent}


def _method(quantity: Quantity, limits: Interval) -> Message:
    return steps(quantity.method, limits.method) if quantity.method else limits.method


def _sum[Number: (int, float)](values: Sequence[Number | None]) -> Number | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


@dataclass(frozen=True)
class Scale:
    """The lowest and the highest score that could be given; infinite where no score was."""

    low: float = -math.inf
    high: float = math.inf

    @property
    def width(self) -> float:
        return self.high - self.low

    @property
    def ratio(self) -> Range:
        """What a mean may be as a percentage of another one; anything where scores may be below zero."""
        if not 0 <= self.low < self.high < math.inf:
            return ANY
        return (100 * self.low / self.high, 100 * self.high / self.low) if self.low > 0 else POSITIVE


def scale_of(scores: pd.DataFrame | None) -> Scale:
    """That of all used scores."""
    if scores is None or scores.empty:
        return Scale()
    ends = [np.asarray(scores[name].unique(), dtype=float) for name in ("scale_min", "scale_max")]
    low, high = float(ends[0].min()), float(ends[1].max())
    return Scale(low, high) if math.isfinite(low) and math.isfinite(high) else Scale()


def range_of(name: str, own: Mapping[str, Any], scale: Scale) -> Range:
    """Between what an entry of a list may lie, in its own unit."""
    if name == "mean_scores" or (name == "rater_groups" and own.get("measure") == "mean_score"):
        return scale.low, scale.high
    if name in ("differences", "drift"):
        width = {"win_rate": 1.0, "score": scale.width}.get(str(own.get("of")), math.inf)
        return (-2 * width, 2 * width) if name == "drift" and own["of"] == "score" else (-width, width)
    if name == "human_level":
        kinds = {"parity": (0.0, 200.0), "ratio_of_means": scale.ratio, "common_baseline": POSITIVE}
        return kinds.get(str(own.get("definition")), POSITIVE if math.isfinite(scale.width) else ANY)
    return {
        "strength": (-3.0, 3.0),
        "blinding": (-1.0, 1.0),
        "group_interactions": (-1.0, 1.0),
        "error_ratios": POSITIVE,
        "lengths": POSITIVE,
    }.get(name, ANY)


def scales_of(scores: pd.DataFrame | None) -> dict[str, Scale]:
    """The scale of each criterion of the used scores."""
    if scores is None:
        return {}
    return {name: scale_of(scores[scores["criterion"] == name]) for name in scores["criterion"].unique()}


def within_range(
    lists: Mapping[str, Sequence[Entry]], scales: Scale | Mapping[str, Scale]
) -> dict[str, list[Entry]]:
    """The lists with every limit inside the range of its quantity. `scales` are by criterion, or one."""

    def scale(entry: Entry) -> Scale:
        return scales if isinstance(scales, Scale) else scales.get(entry.criterion, Scale())

    return {
        name: [_cut_to_range(entry, range_of(name, entry.own, scale(entry))) for entry in entries]
        for name, entries in lists.items()
    }


def _cut_to_range(entry: Entry, ends: Range) -> Entry:
    """An estimate that an adjustment carried out of the range keeps its limits: they hold it."""
    if ends == ANY or entry.estimate is None or not ends[0] <= entry.estimate <= ends[1]:
        return entry
    values = {**entry.own, **{key: getattr(entry, key) for key in ("low", "high", "other_low", "other_high")}}
    found = {}
    for pair in LIMIT_PAIRS:
        for key in pair:
            value = values.get(key)
            if value is not None and not ends[0] <= value <= ends[1]:
                found[key] = min(max(value, ends[0]), ends[1])
    if not found:
        return entry
    own = {**entry.own, **{key: value for key, value in found.items() if key in entry.own}}
    limits = {key: value for key, value in found.items() if key not in entry.own}
    return replace(entry, own=own, method=steps(entry.method, CUT), **limits)  # type: ignore[arg-type]
