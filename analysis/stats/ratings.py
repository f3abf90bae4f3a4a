"""Values that raters gave to units, as one object: agreement between raters, and the quality of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from analysis.messages import Message
from analysis.stats.agreement import (
    ICC_METHOD,
    Correlation,
    Measure,
    ac1,
    alpha,
    intraclass_correlation,
    nominal_by_group,
    raw_agreement,
)
from analysis.stats.estimate import Estimate, check_level, estimate_of, not_computed, text_of
from analysis.stats.labels import (
    Coded,
    Label,
    Labels,
    check_same_length,
    code_labels,
    code_places,
    refuse_rows,
)
from analysis.stats.linear import Floats, Ints, distinct
from analysis.stats.rater_quality import fit_dawid_skene, leave_one_out_points
from analysis.stats.resampling import bootstrap_limits, exponential_weights

OUTCOMES = ("win", "tie", "loss")  # a win from one side is a loss from the other
METRICS = ("nominal", "ordinal", "interval", "ratio")
BOOTSTRAP = "bootstrap over items, exponential weights, percentiles"


@dataclass(frozen=True, slots=True, repr=False)
class RaterQuality:
    """How good each rater is by the model of Dawid and Skene. It is frozen.

    Attributes
    ----------
    shares : Mapping of label to float
        Shares of the true values.
    accuracy : Mapping of label to float
        For each rater the chance of giving the true value.
    errors : Mapping of label to Mapping of label to Mapping of label to float
        For each rater and true value the chance of giving each value.
    """

    shares: Mapping[Label, float]
    accuracy: Mapping[Label, float]
    errors: Mapping[Label, Mapping[Label, Mapping[Label, float]]]

    def __repr__(self) -> str:
        """Show shares and accuracy; the errors are a table for each rater."""
        shares = ", ".join(f"{label} {share:.3f}" for label, share in self.shares.items())
        accuracy = ", ".join(f"{rater} {share:.3f}" for rater, share in self.accuracy.items())
        return f"<RaterQuality shares: {shares}; accuracy: {accuracy}; more in .errors>"


@dataclass(frozen=True, slots=True, eq=False)
class _Units:
    """Counts of units x values, and of each unit its item. `n`, `raters` and `items` are of units with two
    values or more, of which there are `pairable`."""

    counts: Floats
    item: Ints
    names: tuple[str, ...]
    pairable: int
    n: int
    raters: int
    items: int


class Ratings:
    """Values that raters gave to units, one element of each array per value.

    `Judgments.ratings` and `Scores.ratings` make them from judgments and scores. Methods with `replicates`
    and `seed` give limits by a bootstrap over items with exponential weights (percentiles; 0 replicates give
    none); `level` is the confidence level. Results are frozen; what cannot be computed is None with a reason.
    Measures of agreement raise ValueError for two values of one rater for one unit.

    Parameters
    ----------
    value : array-like of labels, shape (n,)
        What the rater said of the unit.
    unit : array-like of labels, shape (n,)
        What was rated. A unit with one value adds nothing to agreement.
    rater : array-like of labels, shape (n,), optional
        Who gave the value. Needed for `icc`, `intra_rater_agreement`, `leave_one_out` and `dawid_skene`.
    item : array-like of labels, shape (n,), optional
        What is resampled, for example the scene of a unit. Default: the unit.
    categories : sequence of labels, optional
        All values in their order. Default: numbers in ascending order, else in the order of text.
    both_ways : bool
        The values are "win", "tie" and "loss". Each counts half as it is and half from the side of the other
        system, so that over several pairs no order of the systems matters.

    Raises
    ------
    UnknownLabel
        For a value that is not among the categories.
    ValueError
        For a missing label, arrays of different lengths, or a unit of two items.

    Examples
    --------
    >>> r = Ratings.from_table([[1, 1], [2, 2], [1, 2], [2, 2]])
    >>> r
    <Ratings 8 values of 4 units by 2 raters; values: 1, 2>
    """

    def __init__(
        self,
        value: Labels,
        unit: Labels,
        rater: Labels | None = None,
        *,
        item: Labels | None = None,
        categories: Sequence[Label] | None = None,
        both_ways: bool = False,
    ) -> None:
        self._both_ways = both_ways
        self._ordered = categories is not None
        self._value = code_labels(value, "value", OUTCOMES if both_ways else categories)
        labels = self._value.labels
        self._numeric = all(
            isinstance(label, int | float) and not isinstance(label, bool) for label in labels
        )
        if self._numeric and categories is None:
            refuse_rows(
                ~np.isfinite(np.array(labels, dtype=float))[self._value.codes],
                "value",
                "it is not a finite number",
                "correct the number, or leave the row out",
            )
            self._value = self._value.recoded("value", sorted(labels))  # type: ignore[type-var]
        self._unit = code_labels(unit, "unit")
        self._rater = None if rater is None else code_labels(rater, "rater")
        self._item = self._unit if item is None else code_labels(item, "item")
        who = None if self._rater is None else self._rater.codes
        check_same_length(value=self._value.codes, unit=self._unit.codes, rater=who, item=self._item.codes)
        self._item_of = np.full(len(self._unit.labels), -1, dtype=np.int64)
        self._item_of[self._unit.codes] = self._item.codes
        clash = self._item_of[self._unit.codes] != self._item.codes
        refuse_rows(clash, "item", "its unit has another item in another row", "give a unit one item")

    @classmethod
    def from_table(cls, table: Iterable[Sequence[Any]], **keywords: Any) -> "Ratings":
        """Return the ratings of a table with one row per unit and one column per rater; None, NaN and "" are
        missing.

        Units and raters are labelled by their number, from 0. Keywords are those of `Ratings`.

        >>> Ratings.from_table([[1, 2], [None, 3]])
        <Ratings 3 values of 2 units by 2 raters; values: 1, 2, 3>
        """
        cells = [
            (value, unit, rater)
            for unit, row in enumerate(table)
            for rater, value in enumerate(row)
            if not (pd.isna(value) or value == "")
        ]
        return cls(*(zip(*cells, strict=True) if cells else ([], [], [])), **keywords)

    def __repr__(self) -> str:
        raters = "" if self._rater is None else f" by {len(self._rater.labels)} raters"
        values, units = len(self._value.codes), len(self._unit.labels)
        return f"<Ratings {values} values of {units} units{raters}; values: {', '.join(self._value.names)}>"

    # --- Agreement between raters

    def alpha(
        self, metric: str = "nominal", *, replicates: int = 2000, seed: int = 1, level: float = 0.95
    ) -> Estimate:
        """Return Krippendorff's alpha (2011): 1 is full agreement, 0 that of chance.

        It collapses where one value dominates: print `raw_agreement` and `ac1` beside it.

        Parameters
        ----------
        metric : {"nominal", "ordinal", "interval", "ratio"}
            Difference of two values. All but the first need numbers, or `categories` (ordinal): else
            ValueError.

        Examples
        --------
        >>> result = r.alpha()
        >>> round(result.estimate, 4), result.n, result.raters, result.items
        (0.5333, 8, 2, 4)
        """
        if metric not in METRICS:
            raise ValueError(f"metric is {metric!r}. Fix: use one of {', '.join(METRICS)}.")
        if metric != "nominal" and not (self._numeric or (metric == "ordinal" and self._ordered)):
            raise ValueError(f"metric {metric} needs an order. Fix: give numbers, or categories (ordinal).")
        if self._both_ways:
            measure: Measure = _both_ways("alpha_nominal")
        elif metric in ("nominal", "ordinal"):
            measure = partial(alpha, ordinal=metric == "ordinal")
        else:
            scale = np.array(self._value.labels, dtype=float)
            gap = scale[:, None] - scale
            if metric == "ratio":
                total = scale[:, None] + scale
                gap = np.divide(gap, total, out=np.zeros_like(gap), where=total != 0)
            measure = partial(alpha, distance=gap**2)
        return self._agreement(measure, f"Krippendorff's alpha, {metric}", replicates, seed, level)

    def ac1(self, *, replicates: int = 2000, seed: int = 1, level: float = 0.95) -> Estimate:
        """Return Gwet's AC1 (2008): agreement beyond a chance that does not grow where one value dominates.

        It is over the values that are used. A unit with one value counts in the prevalence alone (Gwet 2014).

        >>> round(r.ac1().estimate, 4)
        0.5294
        """
        measure = _both_ways("ac1") if self._both_ways else ac1
        return self._agreement(measure, "Gwet's AC1", replicates, seed, level)

    def raw_agreement(self, *, replicates: int = 2000, seed: int = 1, level: float = 0.95) -> Estimate:
        """Return the mean over units of the share of agreeing pairs of values (Fleiss 1971), from 0 to 1.

        >>> r.raw_agreement().estimate
        0.75
        """
        return self._agreement(raw_agreement, "share of agreeing pairs", replicates, seed, level)

    def fleiss_kappa(self) -> float | None:
        """Return Fleiss's kappa (1971), for older papers; None where only one value is used.

        Units may differ in their number of values. Chance is then from the mean shares of all units (Gwet
        2014).

        >>> round(r.fleiss_kappa(), 4)
        0.4667
        """
        units = self._units
        if not units.pairable:
            return None
        share = (units.counts / units.counts.sum(axis=1, keepdims=True)).mean(axis=0)
        chance = float((share**2).sum())
        agreed = float(raw_agreement(units.counts, units.item, None)[0])
        return (agreed - chance) / (1 - chance) if chance < 1 else None

    def icc(self, *, average: bool = False, level: float = 0.95) -> Estimate:
        """Return the intraclass correlation ICC(A,1), or ICC(A,k) with `average`: agreement on numbers.

        Two-way random effects with F limits (McGraw & Wong 1996; ICC(2,1) and ICC(2,k) of Shrout & Fleiss
        1979). None unless every rater gave every unit one number; ValueError for values that are not numbers.

        >>> round(r.icc().estimate, 3)
        0.571
        """
        check_level(level)
        if not self._numeric:
            raise ValueError("an intraclass correlation needs numbers. Fix: give numbers as values.")
        rater = self._known_rater()
        self._refuse_twice(rater)
        shape = (len(self._unit.labels), len(rater.labels))
        found = Correlation(None, None, None)
        reason: str | None = "not every rater has every unit, or there are too few"
        if self._value.codes.size == shape[0] * shape[1] and min(shape) > 1:
            table = np.empty(shape)
            table[self._unit.codes, rater.codes] = np.array(self._value.labels, dtype=float)[
                self._value.codes
            ]
            found = intraclass_correlation(table, level, average=average)
            reason = text_of(found.reason)
        return Estimate(
            estimate=found.value,
            low=found.low,
            high=found.high,
            level=level,
            method=f"{'ICC(A,k)' if average else 'ICC(A,1)'}; {ICC_METHOD}",
            n=self._value.codes.size,
            raters=shape[1],
            items=shape[0],
            reason=reason,
        )

    # --- Each rater

    def intra_rater_agreement(self, *, level: float = 0.95) -> Estimate:
        """Return the share of units that a rater valued alike both times, of those rated twice: 0 to 1.

        Limits: two-way cluster-robust by rater and item, logit scale. Raises ValueError for a third value of
        one rater for one unit.

        >>> repeated = Ratings(["win", "win", "tie", "loss"], list("sstt"), [1, 1, 1, 1])
        >>> repeated.intra_rater_agreement().estimate
        0.5
        """
        key, method = self._key(self._known_rater()), "share of repeated units alike"
        unique, count = np.unique(key, return_counts=True)
        if (count > 2).any():
            raise ValueError("a rater has a third value for one unit. Fix: give the first two.")
        if not (count == 2).any():
            return not_computed("nothing was judged twice", level=level, method=method)
        order = np.argsort(key, kind="stable")
        first, second = order[np.isin(key[order], unique[count == 2])].reshape(-1, 2).T
        alike = (self._value.codes[first] == self._value.codes[second]).astype(float)
        where = code_places(self._known_rater().codes[first], self._item.codes[first], None)
        mean = where.mean(alike, np.arange(len(alike)))
        assert mean is not None
        return estimate_of(mean, scale="logit", level=level, method=method)

    def leave_one_out(self) -> Mapping[Label, float | None]:
        """Return for each rater the share of values that agree with the majority of the others: 0 to 1.

        Where the majority is tied, each of its values counts its part. None for a rater who shares no unit.

        >>> Ratings(["x", "x", "y", "y"], ["s", "s", "s", "t"], [1, 2, 3, 3]).leave_one_out()
        {1: 0.5, 2: 0.5, 3: 0.0}
        """
        rater = self._known_rater()
        given = np.eye(len(self._value.labels))[self._value.codes]
        points, shared = leave_one_out_points(self._unit.codes, rater.codes, given, len(rater.labels))
        return {
            label: float(points[at] / shared[at]) if shared[at] else None
            for at, label in enumerate(rater.labels)
        }

    def dawid_skene(self) -> RaterQuality:
        """Return how good each rater is where the true values are not known (Dawid & Skene 1979).

        It takes raters as independent given the truth, and taste for error: it describes, and excludes
        nobody. A rater may have several values for one unit.

        >>> table = ["xxy", "yyy", "xxx", "yyx", "xxx"]
        >>> quality = Ratings.from_table(table).dawid_skene()
        >>> [round(quality.accuracy[rater], 2) for rater in (0, 1, 2)]
        [1.0, 1.0, 0.6]
        """
        rater, labels = self._known_rater(), self._value.labels
        given = np.eye(len(labels))[self._value.codes]
        found = fit_dawid_skene(self._unit.codes, rater.codes, given, both_ways=self._both_ways)
        return RaterQuality(
            shares=dict(zip(labels, found.shares.tolist(), strict=True)),
            accuracy=dict(zip(rater.labels, found.accuracy.tolist(), strict=True)),
            errors={
                name: {
                    true: dict(zip(labels, row, strict=True)) for true, row in zip(labels, rows, strict=True)
                }
                for name, rows in zip(rater.labels, found.errors.tolist(), strict=True)
            },
        )

    # --- What the methods share

    def _known_rater(self) -> Coded:
        if self._rater is None:
            raise ValueError("the raters are not known. Fix: pass rater=... to Ratings.")
        return self._rater

    def _key(self, rater: Coded) -> Ints:
        return self._unit.codes * len(rater.labels) + rater.codes

    def _refuse_twice(self, rater: Coded) -> None:
        twice = pd.Series(self._key(rater)).duplicated().to_numpy()
        if twice.any():
            at = int(np.argmax(twice))
            name, unit = rater.labels[rater.codes[at]], self._unit.labels[self._unit.codes[at]]
            raise ValueError(
                f"row {at} (counted from 0): rater {name!r} has a second value for unit {unit!r}."
                " Fix: agreement between raters takes one; give the first."
            )

    @cached_property
    def _units(self) -> _Units:
        if self._rater is not None:
            self._refuse_twice(self._rater)
        counts = np.zeros((len(self._unit.labels), len(self._value.labels)))
        np.add.at(counts, (self._unit.codes, self._value.codes), 1)
        pairable = counts.sum(axis=1) >= 2
        inside = pairable[self._unit.codes]
        return _Units(
            counts,
            self._item_of,
            self._item.names,
            pairable=int(pairable.sum()),
            n=int(inside.sum()),
            raters=0 if self._rater is None else distinct(self._rater.codes[inside]),
            items=distinct(self._item_of[pairable]),
        )

    def _agreement(self, measure: Measure, name: str, replicates: int, seed: int, level: float) -> Estimate:
        check_level(level)
        units = self._units
        value, limits = float("nan"), None
        reason: str | Message | None = None
        if not units.pairable:
            reason = "nothing was judged by two raters"
        else:
            value = float(measure(units.counts, units.item, None)[0])
            if not np.isfinite(value):
                reason = "every value is the same, so that agreement cannot be told from chance"
            elif units.items < 2:
                reason = "one item: nothing is known of how items differ"
            elif replicates:
                weights = exponential_weights(seed, "item", units.names, replicates)
                limits, reason = bootstrap_limits(measure(units.counts, units.item, weights), level)
            else:
                reason = "no replicates were asked for"
        low, high = limits or (None, None)
        return Estimate(
            estimate=value if np.isfinite(value) else None,
            low=low,
            high=high,
            level=level,
            method=f"{name}; {BOOTSTRAP}",
            n=units.n,
            raters=units.raters,
            items=units.items,
            reason=text_of(reason),
            detail={"units": units.pairable},
        )


def _both_ways(name: str) -> Measure:
    """Return a measure of wins, ties and losses that counts each half from either side."""

    def measure(counts: Floats, item: Ints, weights: Floats | None) -> Floats:
        group = np.zeros(len(counts), dtype=np.int64)
        found = nominal_by_group(counts, item, group, 1, weights, both_ways=True)
        return np.asarray(getattr(found, name)[:, 0])

    return measure
