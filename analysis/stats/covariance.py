"""Two-way cluster-robust covariance.

Source: Cameron, Gelbach and Miller (2011), Robust inference with multiway clustering, Journal of Business &
Economic Statistics 29:238-249: V = V_a + V_b - V_ab, each a one-way sandwich with the factor G/(G - 1) of its
own clusters.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from analysis.stats.linear import Floats, Ints, Linear, crossed, distinct


def one_way(phi: Floats, groups: Ints) -> Floats:
    """Sandwich of influences `phi` (rows x values) clustered by `groups` (codes): values x values."""
    count = distinct(groups)
    sums = np.stack([np.bincount(groups, weights=column) for column in phi.T])
    return np.asarray(sums @ sums.T * (count / (count - 1)))


def two_way(phi: Floats, first: Ints, second: Ints) -> Floats:
    """Covariance matrix for influences (rows x values); negative eigenvalues are set to zero.

    Both codes need two clusters or more.
    """
    matrix = one_way(phi, first) + one_way(phi, second) - one_way(phi, crossed(first, second)[0])
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 0)) @ vectors.T)


def two_way_variance(phi: Floats, first: Ints, second: Ints) -> float:
    """Variance of one estimate: the largest of the two-way and both one-way variances."""
    by_first, by_second = _spread(phi, first), _spread(phi, second)
    return max(by_first + by_second - _spread(phi, crossed(first, second)[0]), by_first, by_second)


def variance(estimate: Linear, by: str) -> float:
    """Two-way variance by rater and `by` (item or series), computed once for each estimate."""
    known: dict[str, float] = estimate.__dict__.setdefault("_variances", {})
    if by not in known:
        known[by] = two_way_variance(estimate.phi, estimate.rater, estimate.clusters(by))
    return known[by]


def _spread(phi: Floats, groups: Ints) -> float:
    """`one_way` of a single value."""
    count, sums = distinct(groups), np.bincount(groups, weights=phi)
    return float(sums @ sums) * (count / (count - 1))


def with_one_row_changed(estimate: Linear, by: str, change: float) -> Linear | None:
    """Return the mean of rows that are all alike, once one of them differs by `change`.

    Of all rows it is the one whose change leaves the smallest two-way variance. None where the value is no
    plain mean of rows, or of a single one.
    """
    rows, n = estimate.rows, estimate.n
    if rows is None or n < 2:
        return None
    rater, cluster = estimate.rater, estimate.clusters(by)
    spread = []
    for groups in (rater, cluster, crossed(rater, cluster)[0]):
        count, own = distinct(groups), np.bincount(groups, weights=rows)
        spread.append((float(own @ own) / n**2 - 2 * own[groups] / n + 1) * (count / (count - 1)))
    at = int(np.argmin(np.maximum.reduce([spread[0] + spread[1] - spread[2], spread[0], spread[1]])))
    phi = -rows * change / n**2
    phi[at] += change / n
    return replace(estimate, value=estimate.value + change / n, phi=phi, rows=None)


def pooled_variance(parts: Sequence[Linear], by: str, own: Sequence[float]) -> float:
    """Variance of the mean of several languages' estimates, whose own variances are `own`.

    Each language keeps its own factors G/(G - 1). Those who judge in two languages (and series with items in
    two) make them covary: the products of their sums, with the geometric mean of the two factors. As for one
    language the largest of the two-way and both one-way variances.
    """
    wide = 1 + max(int(part.clusters(by).max()) for part in parts)
    long = 1 + max(int(part.rater.max()) for part in parts)
    raters = [scaled_sums(part.phi, part.rater, long) for part in parts]
    items = [scaled_sums(part.phi, part.clusters(by), wide) for part in parts]
    cells = _cell_sums(parts, by)
    shared = [2 * sum(float(a @ b) for a, b in combinations(sums, 2)) for sums in (raters, items, cells)]
    by_rater = sum(float(sums @ sums) for sums in raters) + shared[0]
    by_item = sum(float(sums @ sums) for sums in items) + shared[1]
    return max(sum(own) + shared[0] + shared[1] - shared[2], by_rater, by_item) / len(parts) ** 2


def _cell_sums(parts: Sequence[Linear], by: str) -> list[Floats]:
    """The sums by rater and item, over the cells that any of the parts has: the whole grid may be huge."""
    rater = np.concatenate([part.rater for part in parts])
    place, row = crossed(rater, np.concatenate([part.clusters(by) for part in parts]))
    own = np.split(place, np.cumsum([part.phi.size for part in parts])[:-1])
    return [scaled_sums(part.phi, at, row.size) for part, at in zip(parts, own, strict=True)]


def pooled_freedom(parts: Sequence[Linear], by: str, own: Sequence[float], freedom: Sequence[int]) -> float:
    """Degrees of freedom of a pooled variance (Satterthwaite 1946) from those of the languages.

    Variances that rest on the same raters or series err together: the share of common ones (of the smaller
    number) stands for the correlation of their errors. All in common gives the degrees of the smaller
    language, none Satterthwaite's for independent variances; never less than the smallest.
    """
    down = sum(value**2 / df for value, df in zip(own, freedom, strict=True))
    for one, other in combinations(range(len(parts)), 2):
        common = max(
            _common(parts[one].rater, parts[other].rater),
            _common(parts[one].clusters(by), parts[other].clusters(by)),
        )
        down += 2 * common * own[one] * own[other] / min(freedom[one], freedom[other])
    return max(sum(own) ** 2 / down, float(min(freedom)))


def _common(first: Ints, second: Ints) -> float:
    one, other = np.unique(first), np.unique(second)
    return np.intersect1d(one, other, assume_unique=True).size / min(one.size, other.size)


def scaled_sums(phi: Floats, groups: Ints, size: int) -> Floats:
    """The sums of influences by cluster, times the root of G/(G - 1): their products are a covariance."""
    count = distinct(groups)
    return np.asarray(np.bincount(groups, weights=phi, minlength=size) * np.sqrt(count / (count - 1)))
