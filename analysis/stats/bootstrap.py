"""A second opinion on the intervals: the pigeonhole bootstrap.

Independent Exp(1) weights on raters and on item clusters, a row weighing the product (Owen & Eckles 2012,
Bootstrapping data arrays of arbitrary order, Annals of Applied Statistics 6:895-927); limits are percentiles
of the replicates. It errs on the wide side. Every replicate is computed in full, abilities by Newton's method
on the weighted counts from the estimate on, all replicates at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.messages import Message
from analysis.stats.abilities import davidson
from analysis.stats.abilities.fit import Abilities
from analysis.stats.cells import Cells, Names, ScoreCells
from analysis.stats.estimate import Estimate, check_level, text_of
from analysis.stats.labels import Labels, check_same_length, code_places
from analysis.stats.linear import NOISE, Floats, Ints, crossed
from analysis.stats.plan import Plan
from analysis.stats.resampling import Draw, Replicates, bootstrap_limits

PIGEONHOLE = "pigeonhole bootstrap, exponential weights, percentiles"
MOST_WORK = 2e10  # products that one table may cost
MOST_VALUES = 2e7  # numbers of all replicates of one table
MOST_SYSTEMS = 100  # whose abilities are computed again
STEPS, CONVERGED, LONGEST = 40, 1e-8, 1.0  # of Newton's method: how many, to what change, and how far each
CHUNK = 4_000_000  # numbers held at once
RIDGE = 1e-10  # of the largest weight: makes a choice where levels of raters and items can be exchanged


def weighted_sums(
    rater_weights: Floats, item_weights: Floats, rater: Ints, item: Ints, values: Floats
) -> Floats:
    """Per replicate the sums over rows of rater weight x item weight x values.

    Weights are replicates x codes, `values` rows x columns; gives replicates x columns. A matrix product for
    every rater (or item, whichever are fewer).
    """
    if np.unique(rater).size > np.unique(item).size:
        rater_weights, item_weights, rater, item = item_weights, rater_weights, item, rater
    order = np.argsort(rater, kind="stable")
    rater, item, values = rater[order], item[order], values[order]
    edges = np.flatnonzero(np.diff(rater, prepend=-1, append=-1))
    result = np.zeros((len(rater_weights), values.shape[1]))
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        part = item_weights[:, item[begin:end]] @ values[begin:end]
        part *= rater_weights[:, rater[begin], None]
        result += part
    return result


def cluster_weights(draw: Draw, names: Names, by: str) -> Floats | None:
    """Per replicate and item the weight of its cluster; None where a series is not known."""
    if by != "series":
        return draw.item_weights
    if (names.item_series < 0).any():
        return None
    return np.ascontiguousarray(draw.series_weights[:, names.item_series])


@dataclass(frozen=True, eq=False)
class JudgmentBootstrap:
    """Replicates of what one table of counted judgments gives."""

    cells: Cells
    plan: Plan
    draw: Draw

    @cached_property
    def possible(self) -> bool:
        """Whether it can be computed, and within bounds."""
        known = self.plan.item_cluster != "series" or bool((self.cells.series >= 0).all())
        return len(self.cells) > 0 and known and self.small

    @cached_property
    def small(self) -> bool:
        """Whether it is within bounds."""
        columns, count = 3 * len(self.cells.pairs.bounds) + 2, self.draw.replicates
        code_places = np.unique(self.cells.rater_and_item).size
        return code_places * columns * count <= MOST_WORK and columns * max(count, code_places) <= MOST_VALUES

    def win_rate(self, system: int, opponents: Sequence[int]) -> Replicates:
        """Every opponent with equal weight, as in the estimate; opponents never met take no part."""
        met = self.cells.pairs.met(system, opponents)

        def values() -> Floats | None:
            if not self.possible or not met:
                return None
            rates = self._rates
            at = self._pair_at
            parts = [
                rates[:, at[system, other]] if system < other else 1 - rates[:, at[other, system]]
                for other in met
            ]
            return np.asarray(sum(parts) / len(parts))

        return values

    def ratio(self, system: int, human: int, baseline: int) -> Replicates:
        """Of two win rates over the same baseline."""
        top, bottom = self.win_rate(system, [baseline]), self.win_rate(human, [baseline])

        def values() -> Floats | None:
            above, below = top(), bottom()
            if above is None or below is None:
                return None
            return above / np.where(below > 0, below, np.nan)

        return values

    def worth(self, fitted: Abilities, at: int) -> Replicates:
        """The centred log worth of one system of the fit."""

        def values() -> Floats | None:
            if not self.possible or len(fitted.systems) > MOST_SYSTEMS:
                return None
            known: dict[int, Floats] = self.__dict__.setdefault("_worths", {})
            if id(fitted) not in known:
                known[id(fitted)] = self._worths_of(fitted)
            return known[id(fitted)][:, at]

        return values

    @cached_property
    def _pair_at(self) -> dict[tuple[int, int], int]:
        return {two: at for at, two in enumerate(self.cells.pairs.bounds)}

    @cached_property
    def _rates(self) -> Floats:
        """Replicates x pairs: the win rate of the lower code."""
        return self._sums.points / self._sums.n

    @cached_property
    def _sums(self) -> "_WeightedSums":
        cells, pairs = self.cells, self.cells.pairs
        place, row = crossed(cells.rater, cells.item)
        kind, first = crossed(cells.left, cells.right)
        left, right = cells.left[first], cells.right[first]
        kinds, met = left.size, len(pairs.bounds)
        columns = kinds + met + 2
        at_pair = np.array([self._pair_at[min(a, b), max(a, b)] for a, b in zip(left, right, strict=True)])
        points = np.where(cells.left < cells.right, cells.left_wins, cells.right_wins) + cells.ties / 2
        ahead = (cells.left_wins - cells.right_wins) / 2
        base = place * columns
        parts = (
            (base + kind, cells.n),
            (base + kinds + at_pair[kind], points),
            (base + columns - 2, ahead),
            (base + columns - 1, cells.ties),
        )
        size = row.size * columns
        table = np.zeros(size)
        for at, part in parts:
            table += np.bincount(at, weights=part, minlength=size)
        values = table.reshape(row.size, columns)
        weights = cluster_weights(self.draw, cells.names, self.plan.item_cluster)
        assert weights is not None
        sums = weighted_sums(self.draw.rater_weights, weights, cells.rater[row], cells.item[row], values)
        by_kind = np.ascontiguousarray(sums[:, :kinds])
        n = np.zeros((len(sums), met))
        for side in (left < right, left > right):
            n[:, at_pair[side]] += by_kind[:, side]
        return _WeightedSums(
            left, right, at_pair, by_kind, sums[:, kinds : kinds + met], n, sums[:, -2], sums[:, -1]
        )

    def _worths_of(self, fitted: Abilities) -> Floats:
        sums, systems = self._sums, np.array(fitted.systems)
        k, left = len(systems), np.searchsorted(systems, self._sums.left)
        right = np.searchsorted(systems, sums.right)
        # What each system won more than it lost, halved, from the side of the lower code of every pair.
        surplus = sums.points - sums.n / 2
        low, high = (np.searchsorted(systems, part) for part in np.array(list(self.cells.pairs.bounds)).T)
        sign = np.zeros((low.size, k))
        sign[np.arange(low.size), low], sign[np.arange(low.size), high] = 1.0, -1.0
        model = _DavidsonReplicates(
            left=left,
            right=right,
            k=k,
            n=sums.by_kind,
            worth=surplus @ sign,
            order=sums.order if fitted.order is not None else None,
            ties=sums.ties if fitted.tie is not None else None,
            pairs=(low, high) if fitted.prior else None,
        )
        start = np.array([worth.value for worth in fitted.worths])
        start = start[:-1] - start[-1]
        terms = [term.value for term in (fitted.order, fitted.tie) if term is not None]
        return model.worths(np.concatenate([start, terms]))


@dataclass(frozen=True, eq=False)
class _WeightedSums:
    """Weighted sums, replicates first: rows per kind of meeting (who stood left and right), points of the
    lower code and rows per pair, half of what left won more than right, ties."""

    left: Ints
    right: Ints
    at_pair: Ints
    by_kind: Floats
    points: Floats
    n: Floats
    order: Floats
    ties: Floats


@dataclass(frozen=True, eq=False)
class _DavidsonReplicates:
    """Davidson's likelihood of all replicates at once: who met (`left`, `right`), how often (`n`), and its
    sufficient statistics."""

    left: Ints
    right: Ints
    k: int
    n: Floats
    worth: Floats
    order: Floats | None
    ties: Floats | None
    pairs: tuple[Ints, Ints] | None

    def worths(self, start: Floats) -> Floats:
        """Replicates x systems, centred; NaN where Newton's method does not arrive."""
        theta = np.tile(start, (len(self.n), 1))
        arrived = np.zeros(len(theta), dtype=bool)
        for _ in range(STEPS):
            open_ = np.flatnonzero(~arrived)
            if not open_.size:
                break
            score, information = self._derivatives(theta[open_], open_)
            try:
                step = np.linalg.solve(information, score[:, :, None])[:, :, 0]
            except np.linalg.LinAlgError:
                break
            longest = self._longest(step)
            theta[open_] += step * np.minimum(1, LONGEST / np.maximum(longest, NOISE))[:, None]
            arrived[open_[longest < CONVERGED]] = True
        worths = np.column_stack([theta[:, : self.k - 1], np.zeros(len(theta))])
        worths[~arrived] = np.nan
        return np.asarray(worths - worths.mean(axis=1, keepdims=True))

    def _longest(self, step: Floats) -> Floats:
        """The largest change of a centred worth or another term: no matter which system is the last."""
        worths = np.column_stack([step[:, : self.k - 1], np.zeros(len(step))])
        worths -= worths.mean(axis=1, keepdims=True)
        return np.asarray(np.abs(np.column_stack([worths, step[:, self.k - 1 :]])).max(axis=1))

    def _derivatives(self, theta: Floats, of: Ints) -> tuple[Floats, Floats]:
        """Score and information over (worths but the last, order, log tie) of the replicates `of`."""
        k, size = self.k, theta.shape[1]
        tie = theta[:, -1:] if self.ties is not None else -np.inf
        order = theta[:, k - 1 : k] if self.order is not None else 0.0
        full = np.column_stack([theta[:, : k - 1], np.zeros(len(theta))])
        score, information = np.zeros((len(of), size)), np.zeros((len(of), size, size))
        score[:, : k - 1] = self.worth[of][:, :-1]
        if self.order is not None:
            score[:, k - 1] = self.order[of]
        if self.ties is not None:
            score[:, -1] = self.ties[of]
        parts = [(self.left, self.right, self.n[of])]
        if self.pairs is not None:
            # Wins of both, on both sides, of every pair that met; never ties.
            twice = np.full((len(of), len(self.pairs[0])), 2 * davidson.PRIOR)
            parts += [(*self.pairs, twice), (*self.pairs[::-1], twice)]
        for left, right, n in parts:
            half = (full[:, left] - full[:, right] + order) / 2
            self._add(score, information, left, right, n, davidson.chances(half, tie))
        return score, information

    def _add(
        self,
        score: Floats,
        information: Floats,
        left: Ints,
        right: Ints,
        n: Floats,
        chances: tuple[Floats, Floats, Floats, Floats],
    ) -> None:
        k = self.k
        p_left, even, p_right, _ = chances
        mean = (p_left - p_right) / 2
        won, variance, cross = n * mean, n * ((p_left + p_right) / 4 - mean**2), -n * mean * even
        sign = np.zeros((left.size, k))
        rows = np.arange(left.size)
        sign[rows, left] += 1
        sign[rows, right] -= 1
        sign = sign[:, :-1]
        score[:, : k - 1] -= won @ sign
        met = np.zeros((len(n), k, k))
        met[:, left, right] = variance
        met += met.transpose(0, 2, 1)
        index = np.arange(k - 1)
        information[:, : k - 1, : k - 1] -= met[:, :-1, :-1]
        information[:, index, index] += met.sum(axis=2)[:, :-1]
        if self.order is not None:
            between = variance @ sign
            score[:, k - 1] -= won.sum(axis=1)
            information[:, : k - 1, k - 1] += between
            information[:, k - 1, : k - 1] += between
            information[:, k - 1, k - 1] += variance.sum(axis=1)
        if self.ties is not None:
            between = cross @ sign
            score[:, -1] -= (n * even).sum(axis=1)
            information[:, : k - 1, -1] += between
            information[:, -1, : k - 1] += between
            information[:, -1, -1] += (n * even * (1 - even)).sum(axis=1)
            if self.order is not None:
                information[:, k - 1, -1] += cross.sum(axis=1)
                information[:, -1, k - 1] += cross.sum(axis=1)


def pigeonhole_bootstrap(
    statistic: Callable[[Floats], float],
    rater: Labels,
    item: Labels,
    *,
    replicates: int = 2000,
    seed: int = 1,
    level: float = 0.95,
) -> Estimate:
    """Return limits of any statistic of weighted rows, by independent Exp(1) weights on raters and on items.

    Parameters
    ----------
    statistic : callable
        Takes weights, shape (n,), one for each row (the product of its rater's and its item's; ones for the
        estimate), and returns a number, NaN where it is not defined.
    rater, item : array-like of labels, shape (n,)
        ValueError for a missing label or different lengths.
    replicates, seed : int

    Returns
    -------
    Estimate
        Percentile limits (Owen & Eckles 2012), up to 1.6 times as wide as the two-way interval. `detail`:
        bias and standard error of the replicates.

    Examples
    --------
    >>> y = np.array([1, 0, 1, 1, 0, 1])
    >>> limits = pigeonhole_bootstrap(lambda w: float(w @ y / w.sum()), list("rrsstt"), list("ababab"))
    >>> round(limits.estimate, 4), limits.low < limits.estimate < limits.high
    (0.6667, True)
    """
    check_level(level)
    where = code_places(rater, item, None)
    raters, items = where.raters, where.items
    check_same_length(rater=raters.codes, item=items.codes)
    value = float(statistic(np.ones(len(raters.codes))))
    limits, detail = None, {}
    reason: str | Message | None = None
    if not np.isfinite(value):
        reason = "the statistic is not defined"
    elif min(len(raters.labels), len(items.labels)) < 2:
        reason = "one rater or one item: nothing is known of how they differ"
    else:
        draw = Draw(seed, replicates, raters.names, items.names)
        weights = zip(draw.rater_weights, draw.item_weights, strict=True)
        found = np.array([float(statistic(by[raters.codes] * on[items.codes])) for by, on in weights])
        limits, reason = bootstrap_limits(found, level)
        known = found[np.isfinite(found)]
        if known.size > 1:
            detail = {"bias": float(known.mean() - value), "se": float(known.std(ddof=1))}
    low, high = limits or (None, None)
    return Estimate(
        estimate=value if np.isfinite(value) else None,
        low=low,
        high=high,
        level=level,
        method=PIGEONHOLE,
        n=len(raters.codes),
        raters=len(raters.labels),
        items=len(items.labels),
        se=detail.get("se"),
        reason=text_of(reason),
        detail=detail,
    )


@dataclass(frozen=True, eq=False)
class ScoreBootstrap:
    """Replicates of what the cell means of one table of scores give, by rater and `by` (item or series)."""

    cells: ScoreCells
    by: str
    draw: Draw

    @cached_property
    def weights(self) -> Floats | None:
        """Replicates x items, None where that cannot be computed, or not within bounds."""
        columns, count = 3 * len(self.cells.present), self.draw.replicates
        rows = len(self.cells.system)
        if rows * columns * count > MOST_WORK or columns * max(count, rows) > MOST_VALUES:
            return None
        return cluster_weights(self.draw, self.cells.names, self.by)

    def mean(self, system: int) -> Replicates:
        """The mean of the cells of a system."""

        def values() -> Floats | None:
            if self.weights is None:
                return None
            at, k = self.cells.present.index(system), len(self.cells.present)
            return self._sums[:, at] / self._sums[:, k + at]

        return values

    def adjusted_mean(self, system: int) -> Replicates:
        """The mean adjusted for rater and item, whose levels weigh as they do in the replicate."""

        def values() -> Floats | None:
            found = self._adjusted
            return None if found is None else found[:, self.cells.present.index(system)]

        return values

    def ratio(self, system: int, human: int, floor: float) -> Replicates:
        """Of the means of two systems less `floor`, over the places where both have a score."""

        def values() -> Floats | None:
            if self.weights is None:
                return None
            known: dict[int, Floats] = self.__dict__.setdefault("_joint", {})
            if human not in known:
                known[human] = self._joint_sums(self.cells.present.index(human))
            at, k = self.cells.present.index(system), len(self.cells.present)
            top, bottom, n = (known[human][:, block * k + at] for block in range(3))
            below = bottom - floor * n
            return np.asarray((top - floor * n) / np.where(below > 0, below, np.nan))

        return values

    @cached_property
    def _table(self) -> tuple[Ints, Ints, Floats, Floats]:
        """Rater and item of each place; places x systems of scores (0 where there is none), and whether
        there is one."""
        cells = self.cells
        place, row = crossed(cells.rater, cells.item)
        system = np.searchsorted(np.array(cells.present), cells.system)
        score, there = np.zeros((2, row.size, len(cells.present)))
        score[place, system], there[place, system] = cells.score, 1.0
        return cells.rater[row], cells.item[row], score, there

    def _sum(self, values: Floats) -> Floats:
        rater, item, _, _ = self._table
        assert self.weights is not None
        return weighted_sums(self.draw.rater_weights, self.weights, rater, item, values)

    @cached_property
    def _sums(self) -> Floats:
        _, _, score, there = self._table
        return self._sum(np.hstack([score, there]))

    def _joint_sums(self, human: int) -> Floats:
        _, _, score, there = self._table
        both = there * there[:, human, None]
        return self._sum(np.hstack([score * both, score[:, human, None] * both, both]))

    @cached_property
    def _adjusted(self) -> Floats | None:
        """Replicates x systems by weighted least squares of score = system + rater + item."""
        if self.weights is None:
            return None
        rater, item, score, there = self._table
        raters, rater = np.unique(rater, return_inverse=True)
        items, item = np.unique(item, return_inverse=True)
        outer, inner = self.draw.rater_weights[:, raters], self.weights[:, items]
        if raters.size > items.size:
            outer, inner, rater, item = inner, outer, item, rater
        m, o, k = outer.shape[1], inner.shape[1], score.shape[1]
        if len(outer) * o * (m + k) ** 2 > MOST_WORK or m * o * k > MOST_VALUES:
            return None
        grid = np.zeros((2, m, o, k))
        grid[0, rater, item], grid[1, rater, item] = there, score
        step = max(1, CHUNK // ((m + k) * max(o, m + k)))
        parts = (slice(at, at + step) for at in range(0, len(outer), step))
        return np.concatenate([_least_squares(outer[part], inner[part], *grid) for part in parts])


def _least_squares(outer: Floats, inner: Floats, there: Floats, score: Floats) -> Floats:
    """Replicates x systems. `there` and `score` are outer x inner x systems; the inner effects are
    eliminated, which leaves one equation per system and outer effect."""
    count, m, o, k = len(outer), *there.shape
    made, total = there.sum(axis=2), score.sum(axis=2)
    # What the rows of each inner effect weigh: on the systems, on the outer effects, and their scores.
    load = np.empty((count, k + m, o))
    load[:, :k] = (outer @ there.reshape(m, o * k)).reshape(count, o, k).transpose(0, 2, 1)
    load[:, k:] = outer[:, :, None] * made
    weight, points = outer @ made, outer @ total
    scale = inner / weight
    normal = -(load * scale[:, None, :]) @ load.transpose(0, 2, 1)
    cross = outer[:, :, None] * (inner @ there.transpose(1, 0, 2).reshape(o, m * k)).reshape(count, m, k)
    normal[:, k:, :k] += cross
    normal[:, :k, k:] += cross.transpose(0, 2, 1)
    index = np.arange(k + m)
    own = np.hstack([cross.sum(axis=1), cross.sum(axis=2)])
    normal[:, index, index] += own + RIDGE * own.max(axis=1, keepdims=True)
    by_system = outer[:, :, None] * (inner @ score.transpose(1, 0, 2).reshape(o, m * k)).reshape(count, m, k)
    right = np.hstack([by_system.sum(axis=1), by_system.sum(axis=2)])
    right -= ((scale * points)[:, None, :] * load).sum(axis=2)
    effects = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
    levels = (points - (effects[:, None, :] @ load)[:, 0]) / weight
    level = (levels * inner).sum(axis=1) / inner.sum(axis=1)
    level += (effects[:, k:] * outer).sum(axis=1) / outer.sum(axis=1)
    return np.asarray(effects[:, :k] + level[:, None])
