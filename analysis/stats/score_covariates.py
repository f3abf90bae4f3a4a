"""One linear model of the scores of single scripts, with order and length. It is exploratory.

    score = system + rater + scene + late + first + after + length

`late` is 1/2 in the later half of a rater's positions and -1/2 in the earlier one; `first` is 1 where the
rater had read no other script of the scene; `after` tells which system's script of the scene was read just
before, in comparison with the reference: the first human system, else the first one. `length` is the natural
logarithm. Least squares; the covariance is the two-way sandwich of `covariance.py` by rater and scene, with t
of min(raters, scenes) - 1 degrees of freedom: the question is whether these scores go with order and length,
not those of other series.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.messages import Message, message
from analysis.stats.coded_columns import codes, numbers
from analysis.stats.covariates import MOST_ROWS, independent, term_keys
from analysis.stats.drift import halves_of_work
from analysis.stats.intervals import CLUSTERS, FEW
from analysis.stats.linear import Floats, Ints, Linear, distinct
from analysis.stats.quantities import Quantity
from analysis.stats.scope import ScoreScope

METHOD = message("least_squares")
SWEEPS, SWEPT = 1000, 1e-10
Column = tuple[Mapping[str, Any], NDArray[Any] | Message]


def score_covariate_quantities(scope: ScoreScope, rows: pd.DataFrame) -> Iterator[Quantity]:
    """All coefficients of the model of one scope, in points, or the reason why there is none."""
    names = scope.names
    rater, item = codes(rows["rater"], names.raters), codes(rows["item"], names.items)
    fewest = min(distinct(rater), distinct(item))
    reason = None
    if len(rows) > MOST_ROWS:
        reason = message("too_many_rows", most=f"{MOST_ROWS:,}")
    elif fewest < FEW:
        reason = message("few_clusters", least=FEW, clusters=CLUSTERS["item"])
    if reason is not None:
        yield _quantity(scope, term_keys("model"), None, reason)
        return
    room = fewest - 2  # more terms than that have no error
    design, terms, left_out = np.zeros((len(rows), 0)), [], []
    for keys, column in _columns(scope, rows, rater, item):
        reason = column if isinstance(column, Message) else None
        if not isinstance(column, Message):
            wider = np.hstack([design, _without_means(column[:, None], rater, item)])
            if not independent(wider):
                reason = message("goes_with_others")
            elif wider.shape[1] > room:
                reason = message("many_terms")
            else:
                design = wider
                terms.append(keys)
        if reason is not None:
            left_out.append((keys, reason))
    series = names.item_series[item]
    score = _without_means(numbers(rows["score"])[:, None], rater, item)[:, 0]
    inverse = np.linalg.pinv(design)
    values = inverse @ score
    fitted = design.shape[1] + distinct(rater) + distinct(item) - 1
    residual = (score - design @ values) * np.sqrt(len(rows) / max(1, len(rows) - fitted))
    for keys, value, weights in zip(terms, values.tolist(), inverse, strict=True):
        yield _quantity(scope, keys, Linear(value, weights * residual, rater, item, series, len(rows)), None)
    for keys, reason in left_out:
        yield _quantity(scope, keys, None, reason)


def _columns(scope: ScoreScope, rows: pd.DataFrame, rater: Ints, item: Ints) -> Iterator[Column]:
    """The columns of the design in the order in which they enter, with their keys."""
    system = codes(rows["system"], scope.names.systems)
    reference = scope.humans[0] if scope.humans else scope.present[0]
    others = [code for code in scope.present if code != reference]
    name = scope.name(reference)
    for code in others:
        yield term_keys("system", system=scope.name(code), opponent=name), (system == code) * 1.0
    half = halves_of_work(rows, rater)
    yield term_keys("late"), half * 0.5 if half.any() else message("no_positions")
    before = _read_before(numbers(rows["position"]), rater, item, system)
    if before is None:
        yield term_keys("after"), message("no_positions")
    else:
        yield term_keys("first"), (before < 0) * 1.0
        for code in others:
            yield term_keys("after", system=scope.name(code), opponent=name), (before == code) * 1.0
    length = numbers(rows["length"])
    known = bool((length > 0).all())
    yield term_keys("length"), np.log(length) if known else message("some_lengths_unknown")


def _read_before(position: Floats, rater: Ints, item: Ints, system: Ints) -> Ints | None:
    """Per row the system of the script of the scene that the rater read just before, -1 for the first one;
    None where a position is not known."""
    if not np.isfinite(position).all():
        return None
    order = np.lexsort((position, item, rater))
    same = (np.diff(rater[order]) == 0) & (np.diff(item[order]) == 0)
    before = np.full(len(order), -1, dtype=np.int64)
    before[order[1:]] = np.where(same, system[order[:-1]], -1)
    return before


def _without_means(columns: NDArray[Any], *groups: Ints) -> Floats:
    """The columns less what terms for each rater and each scene explain, by sweeping means out in turn."""
    for _ in range(SWEEPS):
        swept = columns
        for group in groups:
            counts = np.maximum(np.bincount(group), 1)
            means = [np.bincount(group, weights=column) / counts for column in swept.T]
            swept = swept - np.stack(means, axis=1)[group]
        if np.abs(columns - swept).max(initial=0.0) < SWEPT:
            return swept
        columns = swept
    return columns


def _quantity(
    scope: ScoreScope, keys: Mapping[str, Any], linear: Linear | None, reason: Message | None
) -> Quantity:
    return Quantity(
        what="covariates",
        criterion=scope.criterion,
        keys={**keys, "of": "score"},
        estimate=linear,
        null=0.0,
        reason=reason,
        method=METHOD,
        with_se=True,
        cluster="item",
    )
