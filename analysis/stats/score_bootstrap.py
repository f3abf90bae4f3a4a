"""The second opinion on mean scores and their ratios: see `bootstrap`."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.stats.bootstrap import MOST_VALUES, MOST_WORK, cluster_weights, weighted_sums
from analysis.stats.linear import Floats, Ints, crossed
from analysis.stats.resampling import Draw, Replicates
from analysis.stats.score_cells import ScoreCells

CHUNK = 4_000_000  # numbers held at once
RIDGE = 1e-10  # of the largest weight: makes a choice where levels of raters and items can be exchanged


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
