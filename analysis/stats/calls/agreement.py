"""Agreement: between raters, and of a rater with himself or herself."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from analysis.messages import Message
from analysis.stats import icc as correlations
from analysis.stats.agreement import ac1, alpha, nominal_by_group
from analysis.stats.agreement import raw_agreement as raw
from analysis.stats.calls.labels import Coded, Label, Labels, Numbers, as_array, coded, numbers, same_length
from analysis.stats.calls.result import Estimate, check_level, estimate_of, text_of
from analysis.stats.calls.rows import places
from analysis.stats.linear import Floats, Ints, distinct
from analysis.stats.resampling import bootstrap_limits, exponential_weights

OUTCOMES = ("win", "tie", "loss")  # a win from one side is a loss from the other
METRICS = ("nominal", "ordinal", "interval", "ratio")
BOOTSTRAP = "bootstrap over items, exponential weights, percentiles"
ALONE = "nothing was judged by two raters"
SAME = "every value is the same, so that agreement cannot be told from chance"
ONE_ITEM = "one item: nothing is known of how items differ"

Measure = Callable[[Floats, Ints, Floats | None], Floats]


def long_form(table: Iterable[Sequence[Any]]) -> tuple[list[Any], list[int], list[int]]:
    """(values, units, raters) of a table with a row per unit and a column per rater; None, NaN and "" are
    missing.

    >>> long_form([[1, 2], [None, 3]])
    ([1, 2, 3], [0, 0, 1], [0, 1, 1])
    """
    values, units, raters = [], [], []
    for unit, row in enumerate(table):
        for rater, value in enumerate(row):
            missing = value is None or value == "" or (isinstance(value, float) and np.isnan(value))
            if not missing:
                values.append(value)
                units.append(unit)
                raters.append(rater)
    return values, units, raters


def krippendorff_alpha(
    value: Labels,
    unit: Labels,
    rater: Labels | None = None,
    *,
    metric: str = "nominal",
    categories: Sequence[Label] | None = None,
    both_ways: bool = False,
    item: Labels | None = None,
    replicates: int = 2000,
    seed: int = 1,
    level: float = 0.95,
) -> Estimate:
    """Krippendorff's alpha (2011): 1 is agreement without exception, 0 that of chance, below 0 less than
    that.

    The arrays have one element a value. `unit` is what was judged (for judgments an item and its pair of
    systems, see `outcomes`); units with one value add nothing. `metric`: nominal, ordinal, interval or
    ratio. `categories` gives their order; without it numbers are taken in their own, and ordinal words must
    have it. `both_ways` takes the values of `outcomes` (win, tie, loss) and counts each half as it is and
    half from the side of the other system, so that over several pairs no order of the systems matters.
    Limits: bootstrap over items (`item`, or else the units), exponential weights, percentiles.
    Collapses when one outcome dominates: print `raw_agreement` and `gwet_ac1` beside it.

    Raises UnknownLabel for a value not among `categories`, ValueError for an unknown metric, a missing
    value, or two values of one rater for one unit.

    >>> result = krippendorff_alpha(*long_form([[1, 1], [2, 2], [1, 2], [2, 2]]))
    >>> round(result.estimate, 4), result.n, result.raters, result.items
    (0.5333, 8, 2, 4)
    """
    if metric not in METRICS:
        raise ValueError(f"metric is {metric!r}: use one of {', '.join(METRICS)}")
    name = f"Krippendorff's alpha, {metric}"
    if both_ways:
        words = coded(value, "value", known=OUTCOMES)
        return _agreement(_both("alpha_nominal"), name, words, unit, rater, item, replicates, seed, level)
    words = _categories(value, metric, categories)
    if metric in ("nominal", "ordinal"):
        measure: Measure = partial(alpha, ordinal=metric == "ordinal")
    else:
        scale = np.array([float(label) for label in words.labels])  # type: ignore[arg-type]
        gap = scale[:, None] - scale
        if metric == "ratio":
            total = scale[:, None] + scale
            gap = np.divide(gap, total, out=np.zeros_like(gap), where=total != 0)
        measure = partial(alpha, distance=gap**2)
    return _agreement(measure, name, words, unit, rater, item, replicates, seed, level)


def gwet_ac1(
    value: Labels,
    unit: Labels,
    rater: Labels | None = None,
    *,
    both_ways: bool = False,
    item: Labels | None = None,
    replicates: int = 2000,
    seed: int = 1,
    level: float = 0.95,
) -> Estimate:
    """Gwet's AC1 (2008): agreement beyond a chance that does not grow when one category dominates.

    Over the categories that are used. A unit with one value counts in the prevalence alone (Gwet 2014).
    Arrays, `both_ways`, limits and errors raised as of `krippendorff_alpha`.

    >>> round(gwet_ac1(*long_form([[1, 1], [2, 2], [1, 2], [2, 2]])).estimate, 4)
    0.5294
    """
    words = coded(value, "value", known=OUTCOMES) if both_ways else _categories(value, "nominal", None)
    measure = _both("ac1") if both_ways else ac1
    return _agreement(measure, "Gwet's AC1", words, unit, rater, item, replicates, seed, level)


def _both(name: str) -> Measure:
    """A measure of wins, ties and losses that counts each half from either side."""

    def measure(counts: Floats, item: Ints, weights: Floats | None) -> Floats:
        group = np.zeros(len(counts), dtype=np.int64)
        found = nominal_by_group(counts, item, group, 1, weights, both_ways=True)
        return np.asarray(getattr(found, name)[:, 0])

    return measure


def raw_agreement(
    value: Labels,
    unit: Labels,
    rater: Labels | None = None,
    *,
    item: Labels | None = None,
    replicates: int = 2000,
    seed: int = 1,
    level: float = 0.95,
) -> Estimate:
    """Mean over units of the share of agreeing pairs of values (Fleiss 1971), 0 to 1.

    Arrays, limits and errors raised as of `krippendorff_alpha`.

    >>> raw_agreement(*long_form([[1, 1], [2, 2], [1, 2], [2, 2]])).estimate
    0.75
    """
    words = _categories(value, "nominal", None)
    return _agreement(raw, "share of agreeing pairs", words, unit, rater, item, replicates, seed, level)


def fleiss_kappa(value: Labels, unit: Labels, rater: Labels | None = None) -> float | None:
    """Fleiss's kappa (1971), for comparison with older papers; None where one category alone is used.

    Units may differ in their number of values, which neither the paper nor statsmodels foresees: chance is
    then from the mean shares of all units, as Gwet (2014) has it. Errors raised as of `krippendorff_alpha`.

    >>> round(fleiss_kappa(*long_form([[1, 1], [2, 2], [1, 2], [2, 2]])), 4)
    0.4667
    """
    units = _units(_categories(value, "nominal", None), unit, rater, None)
    if not units.pairable.any():
        return None
    share = (units.counts / units.counts.sum(axis=1, keepdims=True)).mean(axis=0)
    chance = float((share**2).sum())
    agreed = float(raw(units.counts, units.item, None)[0])
    return (agreed - chance) / (1 - chance) if chance < 1 else None


def intraclass_correlation(
    value: Numbers, unit: Labels, rater: Labels, *, average: bool = False, level: float = 0.95
) -> Estimate:
    """ICC(A,1), or ICC(A,k) with `average`: absolute agreement of one rater's numbers, or of the mean of all.

    Two-way random effects (McGraw & Wong 1996; ICC(2,1) and ICC(2,k) of Shrout & Fleiss 1979) with their F
    limits. Only where every rater gave every unit one number, else None with a reason. Raises ValueError
    for NaN, arrays of different lengths, or two numbers of one rater for one unit.

    >>> result = intraclass_correlation(*long_form([[9, 2], [6, 1], [8, 4]]))
    >>> round(result.estimate, 3)
    0.072
    """
    check_level(level)
    score, units, raters = numbers(value, "value"), coded(unit, "unit"), coded(rater, "rater")
    same_length(value=score, unit=units.codes, rater=raters.codes)
    _refuse_twice(units, raters)
    shape = (len(units.labels), len(raters.labels))
    name = "ICC(A,k)" if average else "ICC(A,1)"
    found = correlations.Correlation(None, None, None)
    why: str | None = "not every rater has every unit, or there are too few"
    if score.size == shape[0] * shape[1] and min(shape) > 1:
        table = np.empty(shape)
        table[units.codes, raters.codes] = score
        found = correlations.agreement(table, level, average=average)
        why = text_of(found.reason)
    return Estimate(
        estimate=found.value,
        low=found.low,
        high=found.high,
        level=level,
        method=f"{name}; {correlations.METHOD}",
        n=score.size,
        raters=shape[1],
        items=shape[0],
        reason=why,
    )


def intra_rater(
    value: Labels,
    unit: Labels,
    rater: Labels,
    *,
    item: Labels | None = None,
    level: float = 0.95,
) -> Estimate:
    """Share of units that a rater judged alike both times, of those judged twice: 0 to 1.

    The arrays have one element a value; give each repeated unit both times, re-oriented (see `outcomes`).
    Limits: two-way cluster-robust by rater and item, logit scale. Raises ValueError for a third value of
    one rater for one unit.

    >>> intra_rater(["win", "win", "tie", "loss"], ["s", "s", "t", "t"], [1, 1, 1, 1]).estimate
    0.5
    """
    words, units, raters = coded(value, "value"), coded(unit, "unit"), coded(rater, "rater")
    same_length(value=words.codes, unit=units.codes, rater=raters.codes)
    key = units.codes * len(raters.labels) + raters.codes
    unique, count = np.unique(key, return_counts=True)
    if (count > 2).any():
        raise ValueError("a rater has a third value for one unit: give the first two")
    twice = unique[count == 2]
    if not twice.size:
        return estimate_of(None, reason="nothing was judged twice", level=level, method="repeated alike")
    order = np.argsort(key, kind="stable")
    both = order[np.isin(key[order], twice)].reshape(-1, 2)
    alike = (words.codes[both[:, 0]] == words.codes[both[:, 1]]).astype(float)
    first = both[:, 0]
    things = units.codes if item is None else coded(item, "item").codes
    where = places(raters.codes[first], things[first])
    return estimate_of(where.mean(alike), scale="logit", level=level, method="share of repeated units alike")


def _categories(value: Labels, metric: str, categories: Sequence[Label] | None) -> Coded:
    """Values as codes of categories in order."""
    array = as_array(value, "value")
    if categories is not None:
        return coded(array, "value", known=categories)
    found = coded(array, "value")
    numeric = all(isinstance(label, int | float) and not isinstance(label, bool) for label in found.labels)
    if metric == "nominal" and not numeric:
        return found
    if not numeric:
        raise ValueError(f"value: {metric} needs numbers, or the order of the words in categories")
    numbers(array, "value")
    return coded(array, "value", known=sorted(found.labels))  # type: ignore[type-var]


def _refuse_twice(units: Coded, raters: Coded) -> None:
    key = units.codes * len(raters.labels) + raters.codes
    unique, count = np.unique(key, return_counts=True)
    if (count > 1).any():
        unit, rater = divmod(int(unique[int(np.argmax(count > 1))]), len(raters.labels))
        raise ValueError(
            f"rater {raters.labels[rater]!r} has two values for unit {units.labels[unit]!r}:"
            " agreement between raters takes one"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Units x categories counts, per unit its item, and what of them is in units with two values or more."""

    counts: Floats
    item: Ints
    names: tuple[str, ...]
    raters: int
    n: int

    @property
    def pairable(self) -> np.ndarray:
        return np.asarray(self.counts.sum(axis=1) >= 2)


def _units(words: Coded, unit: Labels, rater: Labels | None, item: Labels | None) -> Units:
    units = coded(unit, "unit")
    things = units if item is None else coded(item, "item")
    who = None if rater is None else coded(rater, "rater")
    same_length(
        value=words.codes, unit=units.codes, rater=None if who is None else who.codes, item=things.codes
    )
    if who is not None:
        _refuse_twice(units, who)
    counts = np.zeros((len(units.labels), len(words.labels)))
    np.add.at(counts, (units.codes, words.codes), 1)
    item_of = np.full(len(units.labels), -1, dtype=np.int64)
    item_of[units.codes] = things.codes
    if (item_of[units.codes] != things.codes).any():
        raise ValueError("a unit has two items")
    inside = (counts.sum(axis=1) >= 2)[units.codes]
    raters = 0 if who is None else distinct(who.codes[inside])
    return Units(counts, item_of, things.names, raters, int(inside.sum()))


def _agreement(
    measure: Measure,
    name: str,
    words: Coded,
    unit: Labels,
    rater: Labels | None,
    item: Labels | None,
    replicates: int,
    seed: int,
    level: float,
) -> Estimate:
    check_level(level)
    units = _units(words, unit, rater, item)
    items = units.item[units.pairable]
    value, limits = None, None
    reason: str | Message | None = None
    if not items.size:
        reason = ALONE
    else:
        found = float(measure(units.counts, units.item, None)[0])
        value = found if np.isfinite(found) else None
        if value is None:
            reason = SAME
        elif distinct(items) < 2:
            reason = ONE_ITEM
        elif replicates:
            weights = exponential_weights(seed, "item", units.names, replicates)
            limits, reason = bootstrap_limits(measure(units.counts, units.item, weights), level)
        else:
            reason = "no replicates were asked for"
    low, high = limits or (None, None)
    return Estimate(
        estimate=value,
        low=low,
        high=high,
        level=level,
        method=f"{name}; {BOOTSTRAP}",
        n=units.n,
        raters=units.raters,
        items=distinct(items),
        reason=text_of(reason),
        detail={"units": int(units.pairable.sum())},
    )
