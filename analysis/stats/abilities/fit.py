"""Abilities: Davidson's model on counted judgments, two-way errors, and simultaneous intervals of the
ranks. Bradley and Terry's model, with a tie as half a win to each, is a check on a scale of its own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components, shortest_path

from analysis.messages import Message, message
from analysis.stats.abilities import davidson
from analysis.stats.abilities.davidson import MOST_SYSTEMS
from analysis.stats.cells import Cells
from analysis.stats.covariance import two_way
from analysis.stats.linear import Floats, Ints, Linear, crossed, distinct, without_noise
from analysis.stats.resampling import named_generator

DRAWS, FEWEST_DRAWS = 20_000, 2_000
MOST_DRAWN = 40_000_000  # differences in all draws together
CHUNK = 500_000  # and at once
FEW = 12  # systems whose errors are drawn difference by difference
COLLINEAR = 1e-10  # share of a covariate's squares, of which rounding alone is left
NOTHING, TINY = 1e-15, 1e-290


@dataclass(frozen=True, eq=False)
class Abilities:
    """Log worths centred on zero, in the order of `systems` (codes), and the terms beside them.

    `order` is None where the sides did not change, `tie` where nothing was tied, `length` where it was not
    asked for. `reaches` (systems x systems), which is None without a prior, is whether the first one beat or
    tied the second, directly or through others.
    """

    systems: tuple[int, ...]
    worths: tuple[Linear, ...]
    order: Linear | None
    tie: Linear | None
    length: Linear | None
    prior: float
    loglik: float
    reaches: NDArray[np.bool_] | None = None

    def open_ends(self, at: int, other: int | None = None) -> tuple[bool, bool]:
        """Whether only the prior bounds a worth, or its difference from another one, below and above.

        The likelihood lets a system rise above every system that cannot reach it, and fall below every
        system that it cannot reach (Ford 1957, American Mathematical Monthly 64:28-33).
        """
        if self.reaches is None:
            return False, False
        others = slice(None) if other is None else other
        return not np.all(self.reaches[at, others]), not np.all(self.reaches[others, at])


def fit_abilities(cells: Cells, *, length: bool = False) -> Abilities | Message:
    """Fit all systems that were judged; the reason where that cannot be done.

    `length` adds the log length ratio as a covariate, on the cells where it is known.
    """
    at = np.flatnonzero(np.isfinite(cells.log_length)) if length else None
    if at is not None and not at.size:
        return message("no_lengths")
    met = _meetings(cells, at)
    if met.k < 2 or not davidson.connected(met.k, met.left, met.right):
        return message("separate_systems")
    if met.k > MOST_SYSTEMS:
        return message("too_many_systems", most=MOST_SYSTEMS)
    covariate = cells.log_length[at] if at is not None else None
    if covariate is not None and np.ptp(covariate) < 1e-12:
        return message("lengths_alike")
    if covariate is not None and _goes_with_systems(met, covariate):
        return message("lengths_by_system")
    fitted = _maximise(met, covariate)
    if fitted is None:
        return message("no_maximum")
    return _abilities_of(cells, met, fitted)


@dataclass(frozen=True, eq=False)
class _Meetings:
    """The cells `at` (all of them if None) by who stood on which side.

    `left` and `right` are places in `systems`, per kind of meeting; `kind` is the kind of every cell.
    """

    at: Ints | None
    systems: Ints
    left: Ints
    right: Ints
    kind: Ints
    counts: davidson.Counts
    order: bool

    @property
    def k(self) -> int:
        return int(self.systems.size)

    def by_kind(self) -> davidson.Counts:
        size = self.left.size
        parts = (self.counts.left, self.counts.ties, self.counts.right)
        return davidson.Counts(*(np.bincount(self.kind, weights=part, minlength=size) for part in parts))

    def design(self) -> Floats:
        return _design(self.left, self.right, self.k, self.order)


def _meetings(cells: Cells, at: Ints | None) -> _Meetings:
    def chosen(values: Ints) -> Ints:
        return values if at is None else values[at]

    size = len(cells.names.systems)
    kind, row = crossed(chosen(cells.left), chosen(cells.right)) if len(cells) else (cells.left, cells.left)
    left, right = chosen(cells.left)[row], chosen(cells.right)[row]
    systems = np.flatnonzero(np.bincount(np.concatenate([left, right]), minlength=size))
    place = np.zeros(size, dtype=np.int64)
    place[systems] = np.arange(systems.size)
    left, right = place[left], place[right]
    counts = (chosen(part).astype(float) for part in (cells.left_wins, cells.ties, cells.right_wins))
    order = 1 < systems.size <= MOST_SYSTEMS and _order_shows(left, right, systems.size)
    return _Meetings(at, systems, left, right, kind, davidson.Counts(*counts), order)


def _maximise(met: _Meetings, covariate: Floats | None) -> davidson.Fit | None:
    """Without a covariate the counts of each kind of meeting are all that the likelihood knows. Where the
    likelihood has no maximum, the prior gives it one."""
    rows, start = davidson.Rows(met.design(), met.by_kind()), None
    if covariate is not None:
        near = davidson.fit_rows(rows)
        if near is not None:
            start = np.insert(near.values, len(near.terms), 0.0)
        rows = davidson.Rows(rows.design, met.counts, met.kind, covariate)
    return davidson.fit_rows(rows, start=start) or davidson.fit_rows(rows, _prior_rows(met, rows.terms))


def _goes_with_systems(met: _Meetings, covariate: Floats) -> bool:
    """Whether the covariate is a sum of terms of the design, up to rounding."""
    n = met.counts.n
    total = np.bincount(met.kind, weights=n, minlength=met.left.size)
    mean = np.bincount(met.kind, weights=n * covariate, minlength=met.left.size) / total
    root = np.sqrt(total)
    design = met.design() * root[:, None]
    rest = mean * root - design @ np.linalg.lstsq(design, mean * root, rcond=None)[0]
    unlike = float(n @ (covariate - mean[met.kind]) ** 2 + rest @ rest)
    return unlike <= COLLINEAR * float(n @ covariate**2)


def _design(left: Ints, right: Ints, k: int, order: bool) -> Floats:
    """Worth of all systems but the last, and the order term if it is in."""
    worths = np.zeros((len(left), k - 1))
    rows = np.arange(len(left))
    for side, sign in ((left, 1.0), (right, -1.0)):
        free = side < k - 1
        worths[rows[free], side[free]] += sign
    return np.hstack([worths, np.ones((len(left), 1))]) if order else worths


def _order_shows(left: Ints, right: Ints, k: int) -> bool:
    """Whether the sides changed enough for an order term to be told from the worths.

    Some two systems must have met both ways round: else it would come from the pairs not being transitive, as
    in a table that merely lists the earlier name first.
    """
    if not np.isin(left * k + right, right * k + left).any():
        return False
    return int(np.linalg.matrix_rank(_design(left, right, k, True))) == k


def _prior_rows(met: _Meetings, width: int) -> Floats:
    """One row each way round for every pair that met."""
    low, high = np.minimum(met.left, met.right), np.maximum(met.left, met.right)
    pairs = np.unique(np.stack([low, high]), axis=1)
    both = np.concatenate([pairs, pairs[::-1]], axis=1)
    part = _design(both[0], both[1], met.k, met.order)
    return np.hstack([part, np.zeros((len(part), width - part.shape[1]))])


def _abilities_of(cells: Cells, met: _Meetings, fitted: davidson.Fit) -> Abilities:
    k, n = met.k, int(met.counts.n.sum())
    rater, item, series, influence = _by_place(cells, met, fitted)
    # Free worths (all but the last) to centred worths of all systems.
    spread = np.vstack([np.eye(k - 1), np.zeros((1, k - 1))])
    centre = spread - spread.mean(axis=0)
    worths, values = influence[:, : k - 1] @ centre.T, centre @ fitted.terms[: k - 1]

    def linear(value: float, phi: Floats) -> Linear:
        return Linear(without_noise(float(value)), np.ascontiguousarray(phi), rater, item, series, n)

    def term(position: int, there: bool) -> Linear | None:
        return linear(fitted.values[position], influence[:, position]) if there else None

    return Abilities(
        systems=tuple(met.systems.tolist()),
        worths=tuple(linear(value, worths[:, at]) for at, value in enumerate(values)),
        order=term(k - 1, met.order),
        tie=term(-1, fitted.log_tie is not None),
        length=term(len(fitted.terms) - 1, fitted.rows.covariate is not None),
        prior=fitted.prior,
        loglik=fitted.loglik,
        reaches=_reaches(met) if fitted.prior else None,
    )


def _reaches(met: _Meetings) -> NDArray[np.bool_]:
    """Systems x systems: whether the first one beat or tied the second, directly or through others."""
    beat, tied = np.zeros((met.k, met.k), dtype=bool), np.zeros((met.k, met.k), dtype=bool)
    counts = met.by_kind()
    for first, second, table, made in (
        (met.left, met.right, beat, counts.left),
        (met.right, met.left, beat, counts.right),
        (met.left, met.right, tied, counts.ties),
        (met.right, met.left, tied, counts.ties),
    ):
        table[first[made > 0], second[made > 0]] = True
    # Where no wins go round a circle, the tie term grows with the worths, and ties hold no two together.
    circle = connected_components(beat, connection="strong")[0] < met.k
    return np.isfinite(shortest_path(beat | tied if circle else beat, unweighted=True))


def _by_place(cells: Cells, met: _Meetings, fitted: davidson.Fit) -> tuple[Ints, Ints, Ints, Floats]:
    """Influence summed by rater and item: all that clustering needs, and far fewer rows."""
    rater, item = (part if met.at is None else part[met.at] for part in (cells.rater, cells.item))
    place, row = crossed(rater, item)
    side, even = _row_scores(met, fitted)
    size, k = row.size, met.k

    def summed(values: Floats) -> Floats:
        return np.bincount(place, weights=values, minlength=size)

    sides = (
        np.bincount(place * k + of[met.kind], weights=side, minlength=size * k)
        for of in (met.left, met.right)
    )
    worths = np.subtract(*sides).reshape(size, k)[:, : k - 1]
    columns = [summed(side)] if met.order else []
    if fitted.rows.covariate is not None:
        columns.append(summed(side * fitted.rows.covariate))
    if fitted.log_tie is not None:
        columns.append(summed(even))
    score = np.column_stack([worths, *columns])
    rater, item = rater[row], item[row]
    return rater, item, cells.names.item_series[item], score @ fitted.bread


def _row_scores(met: _Meetings, fitted: davidson.Fit) -> tuple[Floats, Floats]:
    """What every cell adds to the score; a fit of counts by kind gives it through its chances."""
    if fitted.rows.kind is not None:
        return fitted.side, fitted.even
    tie = -np.inf if fitted.log_tie is None else fitted.log_tie
    left, even, right, _ = davidson.chances(fitted.rows.half(fitted.values), tie)
    counts, n = met.counts, met.counts.n
    return (counts.left - counts.right) / 2 - n * ((left - right) / 2)[met.kind], counts.ties - n * even[
        met.kind
    ]


def rank_limits(
    result: Abilities, by: str, level: float, seed: int, name: str
) -> list[tuple[int, int]] | None:
    """Simultaneous limits of each rank: max-t over all differences, simulated.

    Rank 1 is best. `by` is the item cluster. None where raters or items are too few, or a difference has no
    error.
    """
    k = len(result.systems)
    rater, cluster = result.worths[0].rater, result.worths[0].clusters(by)
    smaller = min(distinct(rater), distinct(cluster)) if (cluster >= 0).all() else 0
    if smaller < 2:
        return None
    first, second = np.triu_indices(k, 1)
    # Drawn in the order of the worths, so that other names for the systems change nothing.
    merit = sorted(
        range(k), key=lambda at: (result.worths[at].value, float((result.worths[at].phi ** 2).sum()))
    )
    phi = np.stack([result.worths[at].phi for at in merit], axis=1)
    se = _errors_of_differences(phi, rater, cluster, first, second)
    covariance = two_way(phi, rater, cluster)
    own = np.diag(covariance)
    spread = np.sqrt(np.maximum(own[first] + own[second] - 2 * covariance[first, second], 0))
    if min(se.min(), spread.min()) < 1e-12:
        return None
    largest = _draw_largest_differences(covariance, smaller - 1, named_generator(seed, "ranks", name))
    reach = float(np.quantile(largest, level))
    worths = np.array([result.worths[at].value for at in merit])
    gap = worths[first] - worths[second]
    low, high = gap - reach * se, gap + reach * se
    above = np.bincount(np.concatenate([second[low > 0], first[high < 0]]), minlength=k)
    below = np.bincount(np.concatenate([first[low > 0], second[high < 0]]), minlength=k)
    limits = {at: (1 + int(up), k - int(down)) for at, up, down in zip(merit, above, below, strict=True)}
    return [limits[at] for at in range(k)]


def _errors_of_differences(phi: Floats, rater: Ints, cluster: Ints, first: Ints, second: Ints) -> Floats:
    """Standard errors of all differences: of each the largest of the two-way and both one-way variances."""
    found = []
    for groups in (rater, cluster, crossed(rater, cluster)[0]):
        count = distinct(groups)
        sums = np.stack([np.bincount(groups, weights=column) for column in phi.T])
        product = sums @ sums.T * (count / (count - 1))
        own = np.diag(product)
        found.append(own[first] + own[second] - 2 * product[first, second])
    by_rater, by_item, both = found
    return np.sqrt(np.maximum(np.maximum(by_rater + by_item - both, np.maximum(by_rater, by_item)), 0))


def _draw_largest_differences(covariance: Floats, df: int, rng: np.random.Generator) -> Floats:
    """The largest of all differences over their errors, drawn.

    Differences are normal and their errors come from a Wishart matrix with `df` degrees of freedom, so that
    each error is uncertain in its own way. One common error (a multivariate t) would give too small a limit
    where clusters are few and systems many.
    """
    k = len(covariance)
    first, second = np.triu_indices(k, 1)
    count = min(DRAWS, max(FEWEST_DRAWS, MOST_DRAWN // first.size))
    values, vectors = np.linalg.eigh(covariance)
    there = values > 1e-12 * values.max()
    root = vectors[:, there] * np.sqrt(values[there])
    squares_of = _squares if root.shape[1] <= FEW else _squares_of_many
    parts, step = [], max(1, CHUNK // (k * k))
    for at in range(0, count, step):
        size = min(step, count - at)
        draws = root @ rng.standard_normal((root.shape[1], size))
        squares = squares_of(root, df, size, rng)
        parts.append(((draws[first] - draws[second]) ** 2 / squares).max(axis=0))
    return np.sqrt(np.concatenate(parts))


def _squares(root: Floats, df: int, count: int, rng: np.random.Generator) -> Floats:
    """Drawn squared errors of all differences (differences x draws), a column of the Wishart root at a
    time."""
    first, second = np.triu_indices(len(root), 1)
    contrasts, least = root[first] - root[second], _least_squared_error(root, first, second)
    result = np.zeros((first.size, count))
    for column in range(min(root.shape[1], df)):
        mixed = contrasts @ _wishart_column(column, root.shape[1], df, count, rng)
        result += mixed * mixed
    return np.maximum(result / df, least[:, None])


def _squares_of_many(root: Floats, df: int, count: int, rng: np.random.Generator) -> Floats:
    """The same for many systems, by products of matrices."""
    first, second = np.triu_indices(len(root), 1)
    width = root.shape[1]
    columns = [_wishart_column(column, width, df, count, rng) for column in range(min(width, df))]
    mixed = root @ np.stack(columns).transpose(2, 1, 0)
    errors = np.ascontiguousarray((mixed @ mixed.transpose(0, 2, 1)).transpose(1, 2, 0)) / df
    own = np.einsum("iin->in", errors)
    result = own[first] + own[second] - 2 * errors[first, second]
    return np.maximum(result, _least_squared_error(root, first, second)[:, None])


def _least_squared_error(root: Floats, first: Ints, second: Ints) -> Floats:
    """An error that is rounding alone is as good as none; the ratio is then beyond any limit."""
    own = (root * root).sum(axis=1)
    return np.asarray(NOTHING * (own[first] + own[second]) + TINY)


def _wishart_column(column: int, size: int, df: int, count: int, rng: np.random.Generator) -> Floats:
    """A column (size x draws) of a matrix whose product with its own transpose is Wishart with identity scale
    (Bartlett 1933): lower triangular, or all normal where there are fewer degrees of freedom than rows."""
    if df < size:
        return rng.standard_normal((size, count))
    result = np.zeros((size, count))
    result[column] = np.sqrt(rng.chisquare(df - column, count))
    result[column + 1 :] = rng.standard_normal((size - column - 1, count))
    return result


def half_win_worths(cells: Cells) -> dict[int, float] | Message:
    """Log worths by system, centred on 0; the reason where there are none.

    Bradley and Terry (1952), Biometrika 39:324-345. Sides take no part.
    """
    first, second = np.minimum(cells.left, cells.right), np.maximum(cells.left, cells.right)
    k = len(cells.names.systems)
    pairs, at = np.unique(first * k + second, return_inverse=True)
    turned = cells.left > cells.right
    won = np.where(turned, cells.right_wins, cells.left_wins) + cells.ties / 2
    wins = np.bincount(at, weights=won, minlength=pairs.size)
    losses = np.bincount(at, weights=cells.n - won, minlength=pairs.size)
    systems, places = np.unique(np.concatenate(np.divmod(pairs, k)), return_inverse=True)
    one, two = places[: pairs.size], places[pairs.size :]
    if not davidson.connected(systems.size, one, two):
        return message("separate_systems")
    design = np.zeros((pairs.size, systems.size))
    rows = np.arange(pairs.size)
    design[rows, one], design[rows, two] = 1.0, -1.0
    fitted = davidson.fit(design[:, :-1], davidson.Counts(wins, 0 * wins, losses))
    if fitted is None:
        return message("never_lost")
    worths = np.append(fitted.terms, 0.0)
    return dict(zip(systems.tolist(), (worths - worths.mean()).tolist(), strict=True))
