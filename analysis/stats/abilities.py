"""Abilities: Davidson's model on counted judgments, two-way errors, and simultaneous intervals of the
ranks."""

from dataclasses import dataclass

import numpy as np

from analysis.stats import davidson
from analysis.stats.cells import Cells
from analysis.stats.covariance import two_way, two_way_variance
from analysis.stats.linear import Floats, Ints, Linear, distinct, without_noise
from analysis.stats.resampling import named_generator

DRAWS = 20_000


@dataclass(frozen=True, eq=False)
class Abilities:
    """Log worths centred on zero, in the order of `systems` (codes), and the terms beside them.

    `order` is None where the sides did not change, `tie` where nothing was tied, `length` where it was not
    asked for.
    """

    systems: tuple[int, ...]
    worths: tuple[Linear, ...]
    order: Linear | None
    tie: Linear | None
    length: Linear | None
    prior: float
    loglik: float


def abilities(cells: Cells, *, length: bool = False) -> Abilities | str:
    """Fit all systems that were judged; a sentence where that cannot be done.

    `length` adds the log length ratio as a covariate, on the cells where it is known.
    """
    at = np.flatnonzero(np.isfinite(cells.log_length)) if length else np.arange(len(cells))
    if not at.size:
        return "no row holds the lengths of both scripts"
    systems, places = np.unique(np.concatenate([cells.left[at], cells.right[at]]), return_inverse=True)
    left, right = places[: at.size], places[at.size :]
    if systems.size < 2 or not davidson.connected(systems.size, left, right):
        return "some systems were never compared with the others, not even through third ones"
    covariate = cells.log_length[at] if length else None
    if covariate is not None and np.ptp(covariate) < 1e-12:
        return "the lengths do not vary"
    order = _order_shows(left, right, systems.size)
    design = _design(left, right, systems.size, order, covariate)
    outcome = davidson.Counts(
        cells.left_wins[at].astype(float), cells.ties[at].astype(float), cells.right_wins[at].astype(float)
    )
    fitted = None
    if not _separated(systems.size, left, right, outcome):
        fitted = davidson.fit(design, outcome)
    if fitted is None:
        fitted = davidson.fit(
            design, outcome, pseudo=_pseudo(left, right, systems.size, order, design.shape[1])
        )
    if fitted is None:
        return "the likelihood has no maximum"
    return _result(cells, at, systems, fitted, order, length)


def _design(left: Ints, right: Ints, k: int, order: bool, covariate: Floats | None = None) -> Floats:
    """Worth of all systems but the last, the order term and the covariate, if they are in."""
    columns = [np.zeros((len(left), k - 1))]
    rows = np.arange(len(left))
    for side, sign in ((left, 1.0), (right, -1.0)):
        free = side < k - 1
        columns[0][rows[free], side[free]] += sign
    if order:
        columns.append(np.ones((len(left), 1)))
    if covariate is not None:
        columns.append(covariate[:, None])
    return np.hstack(columns)


def _order_shows(left: Ints, right: Ints, k: int) -> bool:
    """Whether the sides changed enough for an order term to be told from the worths."""
    seen = np.unique(np.stack([left, right]), axis=1)
    return int(np.linalg.matrix_rank(_design(seen[0], seen[1], k, True))) == k


def _pseudo(left: Ints, right: Ints, k: int, order: bool, width: int) -> Floats:
    """One row each way round for every pair that met."""
    pairs = np.unique(np.stack([np.minimum(left, right), np.maximum(left, right)]), axis=1)
    both = np.concatenate([pairs, pairs[::-1]], axis=1)
    part = _design(both[0], both[1], k, order)
    return np.hstack([part, np.zeros((len(part), width - part.shape[1]))])


def _separated(k: int, left: Ints, right: Ints, outcome: davidson.Counts) -> bool:
    up, down = outcome.left + outcome.ties > 0, outcome.right + outcome.ties > 0
    winner = np.concatenate([left[up], right[down]])
    loser = np.concatenate([right[up], left[down]])
    return davidson.separates(k, winner, loser)


def _result(
    cells: Cells, at: Ints, systems: Ints, fitted: davidson.Fit, order: bool, length: bool
) -> Abilities:
    k, n = systems.size, int(cells.n[at].sum())
    place, influence = _by_place(cells, at, fitted.influence)
    rater, item = np.divmod(place, len(cells.names.items))
    series = cells.names.item_series[item]
    # Free worths (all but the last) to centred worths of all systems.
    spread = np.vstack([np.eye(k - 1), np.zeros((1, k - 1))])
    centre = spread - spread.mean(axis=0)

    def linear(value: float, phi: Floats) -> Linear:
        return Linear(without_noise(float(value)), phi, rater, item, series, n)

    def term(position: int, there: bool) -> Linear | None:
        return linear(fitted.values[position], influence[:, position]) if there else None

    return Abilities(
        systems=tuple(systems.tolist()),
        worths=tuple(linear(row @ fitted.terms[: k - 1], influence[:, : k - 1] @ row) for row in centre),
        order=term(k - 1, order),
        tie=term(-1, fitted.log_tie is not None),
        length=term(len(fitted.terms) - 1, length),
        prior=fitted.prior,
        loglik=fitted.loglik,
    )


def _by_place(cells: Cells, at: Ints, influence: Floats) -> tuple[Ints, Floats]:
    """Influence summed by rater and item: all that clustering needs, and far fewer rows."""
    place, row = np.unique(cells.rater[at] * len(cells.names.items) + cells.item[at], return_inverse=True)
    sums = [np.bincount(row, weights=column, minlength=place.size) for column in influence.T]
    return place, np.stack(sums, axis=1)


def rank_limits(
    result: Abilities, by: str, level: float, seed: int, name: str
) -> list[tuple[int, int]] | None:
    """Simultaneous limits of each rank: max-t over all differences, simulated from a multivariate t.

    Rank 1 is best. `by` is the item cluster. None where raters or items are too few, or a difference has no
    error.
    """
    k = len(result.systems)
    rater, cluster = result.worths[0].rater, result.worths[0].clusters(by)
    smaller = min(distinct(rater), distinct(cluster)) if (cluster >= 0).all() else 0
    if smaller < 2:
        return None
    first, second = np.triu_indices(k, 1)
    phi = np.stack([worth.phi for worth in result.worths], axis=1)
    differences = phi[:, first] - phi[:, second]
    se = np.sqrt([two_way_variance(column, rater, cluster) for column in differences.T])
    covariance = two_way(phi, rater, cluster)
    spread = np.sqrt(np.maximum(np.einsum("ii->i", _between(covariance, first, second)), 0))
    if min(se.min(), spread.min()) < 1e-12:
        return None
    rng = named_generator(seed, "ranks", name)
    values, vectors = np.linalg.eigh(covariance)
    draws = rng.standard_normal((DRAWS, k)) @ (vectors * np.sqrt(np.maximum(values, 0))).T
    scale = np.sqrt(rng.chisquare(smaller - 1, DRAWS) / (smaller - 1))
    largest = np.abs((draws[:, first] - draws[:, second]) / spread).max(axis=1) / scale
    reach = float(np.quantile(largest, level))
    worths = np.array([worth.value for worth in result.worths])
    gap = worths[first] - worths[second]
    above, below = np.zeros(k, dtype=int), np.zeros(k, dtype=int)
    for i, j, low, high in zip(first, second, gap - reach * se, gap + reach * se, strict=True):
        better, worse = (i, j) if low > 0 else (j, i)
        if low > 0 or high < 0:
            above[worse] += 1
            below[better] += 1
    return [(1 + int(up), k - int(down)) for up, down in zip(above, below, strict=True)]


def _between(covariance: Floats, first: Ints, second: Ints) -> Floats:
    contrast = np.zeros((first.size, len(covariance)))
    rows = np.arange(first.size)
    contrast[rows, first], contrast[rows, second] = 1.0, -1.0
    return np.asarray(contrast @ covariance @ contrast.T)
