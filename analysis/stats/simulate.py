"""Simulated studies whose truth is known: for coverage, for power, and for trying things out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.stats.cells import Cells, Names, cells_from_codes
from analysis.stats.linear import Floats, Ints

PER_PAIRING = 3  # raters for each pairing of an item, in an incomplete design
NODES = 64


@dataclass(frozen=True)
class World:
    """How judgments come about. All effects are standard deviations or shifts in logits.

    The chance that the left script wins a decided row is expit(quality + item x system + rater x system of
    the left, less those of the right, plus `left_bias`); a row is a tie with chance `tie_share`, whatever the
    scripts.
    """

    qualities: tuple[float, ...]
    item_system_sd: float = 0.7
    rater_system_sd: float = 0.4
    left_bias: float = 0.2
    tie_share: float = 0.15

    def win_rate(self, first: int, second: int) -> float:
        """The true win rate: over all raters, all items and both sides, by Gauss-Hermite quadrature."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
        sd = np.sqrt(2 * (self.item_system_sd**2 + self.rater_system_sd**2))
        gap = self.qualities[first] - self.qualities[second] + sd * nodes
        decided = (_expit(gap + self.left_bias) + _expit(gap - self.left_bias)) / 2
        share = float(decided @ weights / weights.sum())
        return self.tie_share / 2 + (1 - self.tie_share) * share


@dataclass(frozen=True, eq=False)
class Study:
    """Simulated rows as codes; `outcome` is 1 where the left script won, 0 for a tie, -1 for the right
    one."""

    systems: tuple[str, ...]
    raters: int
    items: int
    rater: Ints
    item: Ints
    left: Ints
    right: Ints
    outcome: Ints

    def cells(self) -> Cells:
        """Counted, without the way through a table."""
        names = Names(
            raters=_numbered("rater", self.raters),
            items=_numbered("item", self.items),
            systems=self.systems,
            series=(),
            item_series=np.full(self.items, -1, dtype=np.int64),
        )
        return cells_from_codes(
            names,
            rater=self.rater,
            item=self.item,
            left=self.left,
            right=self.right,
            left_wins=(self.outcome == 1).astype(np.int64),
            ties=(self.outcome == 0).astype(np.int64),
            right_wins=(self.outcome == -1).astype(np.int64),
            neither=np.zeros(len(self.outcome), dtype=np.int64),
        )

    def frame(self, criterion: str = "overall", rater_kind: str = "simulated") -> pd.DataFrame:
        """As a table of judgments."""
        systems = np.array(self.systems, dtype=object)
        raters = np.array(_numbered("rater", self.raters), dtype=object)
        items = np.array(_numbered("item", self.items), dtype=object)
        return pd.DataFrame(
            {
                "item": items[self.item],
                "rater": raters[self.rater],
                "rater_kind": rater_kind,
                "criterion": criterion,
                "left_system": systems[self.left],
                "right_system": systems[self.right],
                "choice": np.array(["right", "tie", "left"], dtype=object)[self.outcome + 1],
            }
        )


def simulate_study(
    rng: np.random.Generator,
    raters: int,
    items: int,
    systems: Sequence[str],
    qualities: Sequence[float],
    item_system_sd: float = 0.7,
    rater_system_sd: float = 0.4,
    left_bias: float = 0.2,
    tie_share: float = 0.15,
    design: str = "incomplete",
) -> Study:
    """Draw a design and judge it. A rater gets at most one pairing of an item, and sides are balanced per
    pairing.

    `crossed`: every rater judges every item. `incomplete`: every pairing of an item gets three raters, or as
    many as there are. Raises ValueError for an unknown design or qualities that do not match the systems.
    """
    if design not in ("crossed", "incomplete"):
        raise ValueError(f"the design is {design!r}: use crossed or incomplete")
    if len(qualities) != len(systems) or len(systems) < 2:
        raise ValueError("give two systems or more, and one quality to each")
    world = World(tuple(qualities), item_system_sd, rater_system_sd, left_bias, tie_share)
    pairs = np.array(np.triu_indices(len(systems), 1)).T
    readers = raters if design == "crossed" else min(raters, PER_PAIRING * len(pairs))
    rater = np.argsort(rng.random((items, raters)), axis=1)[:, :readers].ravel()
    item = np.repeat(np.arange(items), readers)
    pair = ((np.arange(readers) + np.arange(items)[:, None]) % len(pairs)).ravel()
    turned = _balanced(rng, pair)
    left = np.where(turned, pairs[pair, 1], pairs[pair, 0])
    right = np.where(turned, pairs[pair, 0], pairs[pair, 1])
    outcome = _judge(rng, world, raters, items, rater, item, left, right)
    return Study(tuple(systems), raters, items, rater, item, left, right, outcome)


def _balanced(rng: np.random.Generator, pair: Ints) -> np.ndarray:
    """Which rows show the pair turned round: half of each pairing's, to within one."""
    turned = np.zeros(len(pair), dtype=bool)
    for code in np.unique(pair):
        rows = rng.permutation(np.flatnonzero(pair == code))
        turned[rows[int(rng.integers(2)) :: 2]] = True
    return turned


def _judge(
    rng: np.random.Generator,
    world: World,
    raters: int,
    items: int,
    rater: Ints,
    item: Ints,
    left: Ints,
    right: Ints,
) -> Ints:
    k = len(world.qualities)
    by_item = rng.normal(0, world.item_system_sd, (items, k))
    by_rater = rng.normal(0, world.rater_system_sd, (raters, k))
    quality = np.array(world.qualities)
    gap = quality[left] - quality[right] + by_item[item, left] - by_item[item, right]
    gap += by_rater[rater, left] - by_rater[rater, right] + world.left_bias
    won = np.where(rng.random(len(gap)) < _expit(gap), 1, -1)
    return np.where(rng.random(len(gap)) < world.tie_share, 0, won)


def _expit(value: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-value)))


def _numbered(what: str, count: int) -> tuple[str, ...]:
    return tuple(f"{what}-{at + 1:04d}" for at in range(count))
