"""What a pilot's judgments say about how raters, scenes and series differ, by the method of moments.

Source: Gao and Owen (2017), Efficient moment calculations for variance components in large unbalanced crossed
random effects models, Electronic Journal of Statistics 11:1235-1296. Half the squared difference of two
judgments of one contrast is, in the mean, the variance that they do not share. So its mean over all pairs of
judgments that share nothing, less that over pairs that share a rater alone, is the variance between raters;
less that over pairs of one scene by different raters, that between scenes and series; and so on. This holds
however unequal the counts are, and needs no distribution. Estimates may fall below zero.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.stats.errors import InputError, InputErrors, list_names
from analysis.stats.intervals import critical
from analysis.stats.linear import Floats, Ints, distinct
from analysis.stats.power.closed_form import LEVEL, Components, Logits, logits_of
from analysis.stats.tables import Tables, read_tables

MOST_GROUPS = 40  # raters or scenes are left out one by one, or in this many groups where there are more
SD_NAMES = ("raters", "scenes", "series")


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
    """A standard deviation of the win rate with its interval; `variance` may be below zero."""

    sd: float
    low: float
    high: float
    variance: float


@dataclass(frozen=True)
class Pilot:
    """The components of a pilot at its own win rates. `left_share` is of the decided judgments."""

    components: Components
    estimates: dict[str, Estimate]
    left_share: float | None
    judgments: int
    raters: int
    scenes: int
    series: int | None
    contrasts: tuple[str, ...]

    def logits(self) -> Logits:
        """The world that these components belong to. Raises ValueError where there is none."""
        plain = logits_of(self.components)
        return logits_of(self.components, left_bias_of(plain, self.components.rate, self.left_share))


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


def estimate(rows: Rows, names: Sequence[str], level: float = LEVEL) -> Pilot:
    """The components with their uncertainty: a jackknife that leaves out raters, and one that leaves out
    scenes (series where known), their variances added, with Student's t.

    Raises ValueError where there are too few raters or scenes to tell them apart.
    """
    clusters = rows.scene if rows.series is None else rows.series
    fewest = min(distinct(rows.rater), distinct(clusters))
    if distinct(rows.rater) < 3 or distinct(rows.scene) < 3 or fewest < 2:
        raise ValueError(
            "the pilot needs at least three raters, three scenes and, if series are given, two series"
        )
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
            min(_root_or_zero(variance + reach), 0.5),
            variance,
        )
    ties = float(np.mean(rows.value == 0.5))
    sds = {name: found[name].sd if name in found else 0.0 for name in SD_NAMES}
    return Pilot(
        Components(**sds, ties=ties, rate=_typical_rate(rows, ties)),
        found,
        _left_share(rows),
        len(rows.value),
        distinct(rows.rater),
        distinct(rows.scene),
        None if rows.series is None else distinct(rows.series),
        tuple(names),
    )


def left_bias_of(logits: Logits, rate: float, left_share: float | None) -> float:
    """The advantage of the left side in logits that gives this share of decided judgments, by bisection."""
    if left_share is None:
        return 0.0
    gap = logits.gap(rate)
    low, high = -6.0, 6.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if logits.left_share(gap, middle) < left_share else (low, middle)
    return high


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


def _typical_rate(rows: Rows, ties: float) -> float:
    """1/2 plus the mean distance of the contrasts' win rates from it, weighted by their judgments."""
    n = np.bincount(rows.contrast)
    sums = np.bincount(rows.contrast, weights=rows.value)
    far = float(np.abs(sums - n / 2).sum()) / len(rows.value)
    return 0.5 + min(far, 0.5 - ties / 2 - 0.01)


def _left_share(rows: Rows) -> float | None:
    decided = rows.value != 0.5
    if not decided.any():
        return None
    share = float(np.mean((rows.value[decided] == 1) == rows.left[decided]))
    return min(max(share, 0.001), 0.999)


def _root_or_zero(variance: float) -> float:
    return math.sqrt(max(variance, 0.0))


def read_pilot(path: str, criterion: str | None = None, contrast: Sequence[str] = ()) -> Pilot:
    """The components that a table of judgments tells. Of several criteria one has to be named; without a
    contrast all are taken together, each about its own win rate.

    Raises InputErrors for a table that is refused, or that cannot tell them.
    """
    tables = read_tables(path)
    frame, names = _rows_of_contrast(path, tables, criterion, contrast)
    fix = "use a larger pilot, or enter the standard deviations"
    try:
        pilot = estimate(rows_of(frame), names)
    except ValueError as error:
        raise _refusal(path, f"can't estimate how raters and scenes differ: {error}", fix) from error
    try:
        pilot.logits()
    except ValueError as error:
        sds = ", ".join(f"{100 * found.sd:.0f} between {name}" for name, found in pilot.estimates.items())
        message = (
            f"the estimated standard deviations are implausibly large ({sds} percentage points of win rate)"
        )
        raise _refusal(path, message, fix) from error
    return pilot


def rows_of(frame: pd.DataFrame) -> Rows:
    """Used judgments as rows. Languages are contrasts of their own; a series is known where all are."""
    left, right = frame["left_system"].to_numpy(dtype=str), frame["right_system"].to_numpy(dtype=str)
    choice = frame["choice"].to_numpy(dtype=str)
    turned = left > right
    won = np.where(turned, choice == "right", choice == "left")
    value = np.where(np.isin(choice, ["tie", "neither"]), 0.5, won.astype(float))
    first, second = np.where(turned, right, left), np.where(turned, left, right)
    pairs = pd.Series(zip(first, second, frame["language"].astype(str), strict=True))
    series = frame["series"].to_numpy(dtype=str)
    return Rows(
        value,
        _codes(pairs),
        _codes(frame["rater"].astype(str)),
        _codes(frame["item"].astype(str)),
        _codes(pd.Series(series)) if (series != "").all() else None,
        ~turned,
    )


def _codes(values: pd.Series) -> np.ndarray:
    return np.asarray(pd.factorize(values)[0], dtype=np.int64)


def _rows_of_contrast(
    path: str, tables: Tables, criterion: str | None, contrast: Sequence[str]
) -> tuple[pd.DataFrame, list[str]]:
    frame = tables.made
    criteria, systems = tables.criteria(), tables.systems()
    if frame is None or not len(frame):
        raise _refusal(path, "there are no usable rows", "use a table with judgments of kind main")
    if criterion is None and len(criteria) > 1:
        raise _refusal(
            path, "the table has several criteria", f"choose one with --primary: {list_names(criteria)}"
        )
    criterion = criterion or criteria[0]
    if criterion not in criteria:
        raise _refusal(
            path, f"there are no rows for the criterion {criterion!r}", f"use {list_names(criteria)}"
        )
    for system in contrast:
        if system not in systems:
            raise _refusal(
                path, f"there are no rows for the system {system!r}", f"use two of {list_names(systems)}"
            )
    frame = frame[frame["criterion"] == criterion]
    if contrast:
        pair = list(contrast)
        frame = frame[frame["left_system"].isin(pair) & frame["right_system"].isin(pair)]
        if not len(frame):
            raise _refusal(path, f"{pair[0]} and {pair[1]} were never compared", "choose another contrast")
    lefts, rights = frame["left_system"].astype(str), frame["right_system"].astype(str)
    met = sorted({tuple(sorted(pair)) for pair in zip(lefts, rights, strict=True)})
    return frame, [f"{one} and {other}" for one, other in met]


def _refusal(path: str, message: str, fix: str) -> InputErrors:
    return InputErrors([InputError(path, 1, 1, message, fix)])
