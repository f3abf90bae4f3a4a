"""Win rates: a win is 1, a tie 1/2, a loss 0; over a set of systems every opponent has the same weight."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.stats.cells import Cells
from analysis.stats.linear import Floats, Ints, Linear, combine


@dataclass(frozen=True, eq=False)
class WinRate:
    """How often `system` was preferred to the opponents. `neither` is a part of `ties`."""

    linear: Linear
    wins: int
    ties: int
    losses: int
    neither: int
    opponents: tuple[int, ...]

    @property
    def without_ties(self) -> float | None:
        decided = self.wins + self.losses
        return self.wins / decided if decided else None

    @property
    def row_mean(self) -> float:
        return (self.wins + self.ties / 2) / (self.wins + self.ties + self.losses)


def win_rate(cells: Cells, system: int, opponents: Sequence[int]) -> WinRate | None:
    """The win rate of a system (codes) over one opponent or several; None where it met none of them.

    Opponents that it never met take no part: `opponents` of the result are those it met.
    """
    rates = [(rate, other) for other in opponents if (rate := _over_one(cells, system, other)) is not None]
    if not rates:
        return None
    parts = [rate for rate, _ in rates]
    return WinRate(
        linear=combine([1 / len(parts)] * len(parts), [part.linear for part in parts]),
        wins=sum(part.wins for part in parts),
        ties=sum(part.ties for part in parts),
        losses=sum(part.losses for part in parts),
        neither=sum(part.neither for part in parts),
        opponents=tuple(other for _, other in rates),
    )


def _over_one(cells: Cells, system: int, other: int) -> WinRate | None:
    as_left = (cells.left == system) & (cells.right == other)
    as_right = (cells.left == other) & (cells.right == system)
    at = np.flatnonzero(as_left | as_right)
    if not at.size:
        return None
    is_left = as_left[at]
    wins = np.where(is_left, cells.left_wins[at], cells.right_wins[at])
    losses = np.where(is_left, cells.right_wins[at], cells.left_wins[at])
    ties = cells.ties[at]
    return WinRate(
        linear=mean_of(wins + ties / 2, wins + ties + losses, cells, at),
        wins=int(wins.sum()),
        ties=int(ties.sum()),
        losses=int(losses.sum()),
        neither=int(cells.neither[at].sum()),
        opponents=(other,),
    )


def mean_of(points: Floats, n: Ints, cells: Cells, at: Ints) -> Linear:
    """The mean of points over rows, both summed per cell, for the cells `at`."""
    total = int(n.sum())
    value = float(points.sum()) / total
    return Linear(
        value, (points - n * value) / total, cells.rater[at], cells.item[at], cells.series[at], total
    )
