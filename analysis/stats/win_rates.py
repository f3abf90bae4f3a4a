"""Win rates: a win is 1, a tie 1/2, a loss 0; over a set of systems every opponent has the same weight."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.stats.cells import Cells
from analysis.stats.linear import Floats, Ints, Linear, combine, crossed

MOST_KEPT = 20_000  # pairs of systems


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
    met = cells.pairs.met(system, opponents)
    if not met:
        return None
    parts = [_over_one(cells, system, other) for other in met]
    if len(parts) == 1:
        return parts[0]
    return WinRate(
        linear=combine([1 / len(parts)] * len(parts), [part.linear for part in parts]),
        wins=sum(part.wins for part in parts),
        ties=sum(part.ties for part in parts),
        losses=sum(part.losses for part in parts),
        neither=sum(part.neither for part in parts),
        opponents=tuple(met),
    )


def _over_one(cells: Cells, system: int, other: int) -> WinRate:
    """Each is computed once (kept where there are not too many), and the other way round from the very same
    counts."""
    known: dict[tuple[int, int], WinRate] = cells.__dict__.setdefault("_win_rates", {})
    found = known.get((system, other))
    if found is None:
        pairs = cells.pairs
        at = pairs.bounds[min(system, other), max(system, other)]
        wins, losses = pairs.wins[at], pairs.losses[at]
        if system > other:
            wins, losses = losses, wins
        ties, n = pairs.ties[at], pairs.n[at]
        total = int(n.sum())
        value = float(wins.sum() + ties.sum() / 2) / total
        phi = (wins + ties / 2 - n * value) / total
        found = WinRate(
            linear=Linear(value, phi, pairs.rater[at], pairs.item[at], pairs.series[at], total),
            wins=int(wins.sum()),
            ties=int(ties.sum()),
            losses=int(losses.sum()),
            neither=int(pairs.neither[at].sum()),
            opponents=(other,),
        )
        if len(pairs.bounds) <= MOST_KEPT:
            known[system, other] = found
    return found


def mean_of(points: Floats, n: Ints, cells: Cells, at: Ints) -> Linear:
    """The mean of points over rows, both summed per cell, for the cells `at`; its influence by rater and
    item."""
    total = int(n.sum())
    value = float(points.sum()) / total
    place, row = crossed(cells.rater[at], cells.item[at])
    phi = np.bincount(place, weights=(points - n * value) / total, minlength=row.size)
    row = at[row]
    return Linear(value, phi, cells.rater[row], cells.item[row], cells.series[row], total)
