"""How much raters, scenes and series differ about a contrast: variance components by the method of moments.

Source: Gao and Owen (2017), Efficient moment calculations for variance components in large unbalanced crossed
random effects models, Electronic Journal of Statistics 11:1235-1296. Half the squared difference of two
judgments of one contrast is, in the mean, the variance that they do not share. So its mean over all pairs of
judgments that share nothing, less that over pairs that share a rater alone, is the variance between raters;
less that over pairs of one scene by different raters, that between scenes and series; and so on. This holds
however unequal the counts are, and needs no distribution. Estimates may fall below zero.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from analysis.messages import message
from analysis.stats.intervals import critical
from analysis.stats.linear import Floats, Ints, distinct
from analysis.stats.report import Entry
from analysis.stats.scope import AnyScope, Scope, contrasts
from analysis.stats.win_rates import pair_counts

MOST_GROUPS = 40  # raters or scenes are left out one by one, or in this many groups where there are more
SD_NAMES = ("raters", "scenes", "series")
LEAST_SERIES = 3


@dataclass(frozen=True, eq=False)
class Rows:
    """Judgments of one contrast or several, oriented to the first system: 1 won, 1/2 tie, 0 lost.

    `contrast`, `rater`, `scene` and `series` are codes; `left` says whether the first system stood left.
    """

    value: Floats
    contrast: Ints
    rater: Ints
    scene: Ints
    series: Ints | None
    left: np.ndarray

    def select(self, rows: np.ndarray) -> "Rows":
        series = None if self.series is None else self.series[rows]
        return Rows(
            self.value[rows], self.contrast[rows], self.rater[rows], self.scene[rows], series, self.left[rows]
        )


@dataclass(frozen=True, slots=True)
class Moments:
    """Variances of the win rate. None where no two judgments tell it apart."""

    raters: float | None
    scenes: float | None
    series: float | None

    def __getitem__(self, name: str) -> float | None:
        value: float | None = getattr(self, name)
        return value


@dataclass(frozen=True, slots=True)
class Estimate:
    """A standard deviation (of the win rate, in planning) with its interval; `variance` may be below zero."""

    sd: float
    low: float
    high: float
    variance: float


def moments(rows: Rows) -> Moments:
    """Variances between raters, scenes (within series, where these are known) and series."""
    series = rows.scene if rows.series is None else rows.series
    both = [_half_squares(rows.value, rows.contrast, groups) for groups in _sharings(rows, series)]
    everyone, by_rater, by_scene, by_series, in_scene, in_series = (np.array(pair) for pair in both)
    nothing = _mean_half_square(everyone - by_rater - by_series + in_series)
    one_rater = _mean_half_square(by_rater - in_series)
    one_scene = _mean_half_square(by_scene - in_scene)
    one_series = _mean_half_square((by_series - in_series) - (by_scene - in_scene))
    raters = _difference(nothing, one_rater)
    if rows.series is None:
        return Moments(raters, _difference(nothing, one_scene), None)
    return Moments(raters, _difference(one_series, one_scene), _difference(nothing, one_series))


def component_sds(rows: Rows, level: float) -> dict[str, Estimate]:
    """The components by name, with their uncertainty: a jackknife that leaves out raters, and one that leaves
    out scenes (series where known), their variances added, with Student's t.

    Raises ValueError where there are too few raters or scenes to tell them apart.
    """
    clusters = rows.scene if rows.series is None else rows.series
    fewest = min(distinct(rows.rater), distinct(clusters))
    if distinct(rows.rater) < 3 or distinct(rows.scene) < 3 or fewest < 2:
        raise ValueError(
            "the pilot needs at least three raters, three scenes and, if series are given, two series"
        )
    most = float(np.ptp(rows.value)) / 2  # no standard deviation within these limits is larger
    whole = moments(rows)
    errors = _errors(rows, clusters)
    found = {}
    for name in SD_NAMES:
        variance = whole[name]
        if variance is None:
            if name == "series":
                continue
            raise ValueError(f"the variance between {name} can't be separated from the rest")
        reach = critical(level, fewest - 1) * errors[name]
        found[name] = Estimate(
            _root_or_zero(variance),
            _root_or_zero(variance - reach),
            min(_root_or_zero(variance + reach), most),
            variance,
        )
    return found


def component_entries(scope: AnyScope) -> Iterator[Entry]:
    """The components of each primary contrast, its design effect, and the test of equal series.

    The design effect is the variance of the mean by these components over that of as many independent
    answers, as the planner has it. The test is an analysis of variance of the scenes' means.
    """
    for system, other in contrasts(scope):
        names = scope.name(system), scope.name(other)
        if scope.plan.is_primary(*names):
            yield from _entries(scope, names, _rows(scope, system, other))


def _rows(scope: AnyScope, system: int, other: int) -> Rows:
    """The wins of `system`, or the differences of the two scores of a rater for a scene."""
    if isinstance(scope, Scope):
        met = pair_counts(scope.cells, system, other)
        outcomes = np.stack([met.wins, met.ties, met.losses], axis=1)
        value = np.repeat(np.tile([1.0, 0.5, 0.0], len(outcomes)), outcomes.ravel())
        at = np.repeat(np.arange(len(outcomes)), outcomes.sum(axis=1))
        rater, scene = met.rater[at], met.item[at]
    else:
        cells = scope.cells
        mine, theirs = cells.cells_of(system), cells.cells_of(other)
        places = cells.rater_and_item[mine], cells.rater_and_item[theirs]
        _, first, second = np.intersect1d(*places, assume_unique=True, return_indices=True)
        value = cells.score[mine[first]] - cells.score[theirs[second]]
        rater, scene = cells.rater[mine[first]], cells.item[mine[first]]
    series = scope.names.item_series[scene]
    none = np.zeros(len(value), dtype=np.int64)
    return Rows(value, none, rater, scene, series if (series >= 0).all() else None, none > 0)


def _entries(scope: AnyScope, names: tuple[str, str], rows: Rows) -> Iterator[Entry]:
    level = scope.plan.level
    series = 0 if rows.series is None else distinct(rows.series)

    def entry(measure: str, value: float | None, reason: str | None, **own: Any) -> Entry:
        low, high = (found[measure].low, found[measure].high) if measure in found else (None, None)
        keys = {"system": names[0], "opponent": names[1], "measure": measure}
        return Entry(
            criterion=scope.criterion,
            estimate=value,
            low=low,
            high=high,
            level=level,
            method=message("series_means" if measure == "series_test" else "moments"),
            n=len(rows.value),
            raters=distinct(rows.rater),
            items=distinct(rows.scene),
            language=scope.language,
            series=series or None,
            reason=message(reason) if reason else None,
            own={**keys, "of": "win_rate" if isinstance(scope, Scope) else "score", **own},
        )

    found: dict[str, Estimate] = {}
    try:
        found = component_sds(rows, level)
    except ValueError:
        yield entry("raters", None, "few_for_components")
        return
    between = sum(max(part.variance, 0.0) for part in found.values())
    rest = max(float(np.var(rows.value)) - between, 0.0)
    for name, part in found.items():
        yield entry(name, part.sd, None)
    yield entry("rest", math.sqrt(rest), "descriptive")
    clusters = {"raters": rows.rater, "scenes": rows.scene, "series": rows.series}
    shares = {name: np.bincount(of) / len(of) for name, of in clusters.items() if of is not None}
    shared = sum(max(part.variance, 0.0) * float(shares[name] @ shares[name]) for name, part in found.items())
    if between + rest > 0:
        effect = (shared + rest / len(rows.value)) / ((between + rest) / len(rows.value))
        yield entry("design_effect", effect, "descriptive")
    if series >= LEAST_SERIES and (test := _equal_series(rows)) is not None:
        yield entry("series_test", test[0], "test_alone", p=test[1])


def _equal_series(rows: Rows) -> tuple[float, float] | None:
    """F and p of equal means of the scenes in all series; None where it cannot be computed."""
    assert rows.series is not None
    scenes, at = np.unique(rows.scene, return_inverse=True)
    means = np.bincount(at, weights=rows.value) / np.bincount(at)
    of_scene = np.zeros(scenes.size, dtype=np.int64)
    of_scene[at] = rows.series
    _, group = np.unique(of_scene, return_inverse=True)
    sizes = np.bincount(group)
    centers = np.bincount(group, weights=means) / sizes
    inside = float(((means - centers[group]) ** 2).sum())
    between = float((sizes * (centers - means.mean()) ** 2).sum())
    df = sizes.size - 1, scenes.size - sizes.size
    if df[1] < 1 or inside <= 0:
        return None
    statistic = (between / df[0]) / (inside / df[1])
    return statistic, float(special.fdtrc(*df, statistic))


def _sharings(rows: Rows, series: Ints) -> list[Ints]:
    """Groups by what two judgments have in common: anything, rater, scene, series, rater and scene, rater
    and series."""
    return [
        np.zeros(len(rows.value), dtype=np.int64),
        rows.rater,
        rows.scene,
        series,
        rows.rater * (int(rows.scene.max()) + 1) + rows.scene,
        rows.rater * (int(series.max()) + 1) + series,
    ]


def _half_squares(value: Floats, contrast: Ints, groups: Ints) -> tuple[float, float]:
    """Sum of half the squared differences over all pairs within a group and contrast, and their number."""
    key = contrast * (int(groups.max()) + 1) + groups
    _, at = np.unique(key, return_inverse=True)
    n = np.bincount(at)
    sums, squares = np.bincount(at, weights=value), np.bincount(at, weights=value**2)
    return float((n * squares - sums**2).sum() / 2), float((n * (n - 1.0)).sum() / 2)


def _mean_half_square(pair: Floats) -> float | None:
    total, count = pair
    return float(total / count) if count > 0.5 else None


def _difference(whole: float | None, part: float | None) -> float | None:
    return None if whole is None or part is None else whole - part


def _errors(rows: Rows, clusters: Ints) -> dict[str, float]:
    """Standard errors of the variances by leaving out groups of raters and groups of clusters in turn."""
    found = dict.fromkeys(SD_NAMES, 0.0)
    for codes in (rows.rater, clusters):
        _, at = np.unique(codes, return_inverse=True)
        groups = min(int(at.max()) + 1, MOST_GROUPS)
        left = [moments(rows.select(at % groups != group)) for group in range(groups)]
        for name in SD_NAMES:
            values = [value for one in left if (value := one[name]) is not None]
            if len(values) > 1:
                spread = np.array(values) - np.mean(values)
                found[name] += (len(values) - 1) / len(values) * float(spread @ spread)
    return {name: math.sqrt(variance) for name, variance in found.items()}


def _root_or_zero(variance: float) -> float:
    return math.sqrt(max(variance, 0.0))
