"""Simulated studies whose truth is known: for coverage, for power, and for trying things out.

    simulate_study(rng, raters, items, systems, qualities, item_system_sd=0.7, rater_system_sd=0.4,
                   left_bias=0.2, tie_share=0.15, design="incomplete", *, series=None, series_system_sd=0.0,
                   language=None, per_pairing=3) -> Study
    simulate_scores(rng, raters, items, systems, means, *, context="single", design="crossed", series=None,
                    language=None, per_pairing=3, **effects of ScoreWorld) -> ScoreStudy

Both results have `.frame()` (a table, with the columns series and language where there are any), `.cells()`
(counted, without the way through a table) and `.world` (its `win_rate`, `abilities`, `mean_score` and
`ratio_of_means` are the truth). For more than that, `draw_design` draws rows and `judge` or `score` fills
them for any `World` or `ScoreWorld`. The truth is that of the populations of raters, items
and series, not of those that one study happened to draw.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from analysis.stats.abilities import davidson
from analysis.stats.cells import OUTCOMES, Cells, Names, ScoreCells, count_codes
from analysis.stats.linear import Floats, Ints

PER_PAIRING = 3  # raters for each pairing of an item, in an incomplete design
NODES = 64


@dataclass(frozen=True, eq=False)
class Design:
    """Rows as codes: a rater, an item, and the systems on the left and on the right.

    `item_series` is the series of each item, -1 throughout where items have none.
    """

    raters: int
    items: int
    item_series: Ints
    rater: Ints
    item: Ints
    left: Ints
    right: Ints

    @property
    def series(self) -> int:
        """How many series there are, 0 where items have none."""
        return int(self.item_series.max()) + 1

    def names(self, systems: tuple[str, ...]) -> Names:
        return Names(
            raters=numbered("rater", self.raters),
            items=numbered("item", self.items),
            systems=systems,
            series=numbered("series", self.series),
            item_series=self.item_series,
        )


def draw_design(
    rng: np.random.Generator,
    raters: int,
    items: int,
    systems: int,
    *,
    design: str = "incomplete",
    series: int | None = None,
    per_pairing: int = PER_PAIRING,
) -> Design:
    """Draw who judges what. A rater gets at most one pairing of an item, and sides are balanced per pairing.

    `crossed`: every rater judges every item. `incomplete`: every pairing of an item gets `per_pairing`
    raters, or as many as there are. `series`: the number of series that the items are spread over, equally to
    within one. Raises ValueError for an unknown design or a number that cannot be.
    """
    if design not in ("crossed", "incomplete"):
        raise ValueError(f"the design is {design!r}: use crossed or incomplete")
    if min(raters, items) < 1 or systems < 2 or per_pairing < 1:
        raise ValueError("give a rater, an item, two systems and a rater per pairing, or more of them")
    pairs = np.array(np.triu_indices(systems, 1)).T
    readers = raters if design == "crossed" else min(raters, per_pairing * len(pairs))
    rater = np.argsort(rng.random((items, raters)), axis=1)[:, :readers].ravel()
    item = np.repeat(np.arange(items), readers)
    pair = ((np.arange(readers) + np.arange(items)[:, None]) % len(pairs)).ravel()
    turned = _balanced(rng, pair)
    left = np.where(turned, pairs[pair, 1], pairs[pair, 0])
    right = np.where(turned, pairs[pair, 0], pairs[pair, 1])
    return Design(raters, items, spread_over(items, series), rater, item, left, right)


def spread_over(items: int, series: int | None) -> Ints:
    """The series of each item: neighbours share one. -1 throughout where `series` is None."""
    if series is None:
        return np.full(items, -1, dtype=np.int64)
    if not 1 <= series <= items:
        raise ValueError(f"{items} items cannot be spread over {series} series")
    return np.arange(items) * series // items


def numbered(what: str, count: int) -> tuple[str, ...]:
    return tuple(f"{what}-{at + 1:04d}" for at in range(count))


def _balanced(rng: np.random.Generator, pair: Ints) -> np.ndarray:
    """Which rows show the pair turned round: half of each pairing's, to within one."""
    turned = np.zeros(len(pair), dtype=bool)
    for code in np.unique(pair):
        rows = rng.permutation(np.flatnonzero(pair == code))
        turned[rows[int(rng.integers(2)) :: 2]] = True
    return turned


@dataclass(frozen=True)
class World:
    """How judgments come about. All effects are standard deviations or shifts in logits.

    The chance that the left script wins a decided row is expit(quality + item x system + rater x system +
    series x system of the left, less those of the right, plus `left_bias`); a row is a tie with chance
    `tie_share`, whatever the scripts. The series effect takes part only where a study has series.
    """

    qualities: tuple[float, ...]
    item_system_sd: float = 0.7
    rater_system_sd: float = 0.4
    left_bias: float = 0.2
    tie_share: float = 0.15
    series_system_sd: float = 0.0

    def left_wins(self, left: int, right: int) -> float:
        """The share of all rows that the left script wins, over all raters, items and series, by
        Gauss-Hermite quadrature."""
        nodes, weights = normal_nodes()
        variances = self.item_system_sd**2 + self.rater_system_sd**2 + self.series_system_sd**2
        gap = self.qualities[left] - self.qualities[right] + np.sqrt(2 * variances) * nodes
        return (1 - self.tie_share) * float(expit(gap + self.left_bias) @ weights)

    def win_rate(self, first: int, second: int) -> float:
        """The true win rate, both sides with equal weight and a tie as half a win."""
        as_left = self.left_wins(first, second)
        as_right = 1 - self.tie_share - self.left_wins(second, first)
        return self.tie_share / 2 + (as_left + as_right) / 2

    def strength(self, first: int, second: int) -> float:
        """The true mean signed strength where decided judgments have strength 2 on average."""
        return 2 * (2 * self.win_rate(first, second) - 1)

    def abilities(self) -> Floats:
        """The true log worths of Davidson's model with an order term, centred on zero.

        The random effects make no Davidson model, so its "true" worths are those that maximise the expected
        likelihood: the fit to the expected share of each outcome, with every pair equally often and half of
        the time either way round. That is where the estimate goes as raters and items grow without limit.
        """
        k = len(self.qualities)
        pairs = np.array([(left, right) for left in range(k) for right in range(k) if left != right])
        wins = np.array([self.left_wins(left, right) for left, right in pairs])
        losses = 1 - self.tie_share - wins
        ties = np.full(len(pairs), self.tie_share)
        columns = np.eye(k)[pairs[:, 0]] - np.eye(k)[pairs[:, 1]]
        design = np.column_stack([columns[:, : k - 1], np.ones(len(pairs))])
        fitted = davidson.fit(design, davidson.Counts(wins, ties, losses))
        if fitted is None:
            raise ValueError("these qualities lie too far apart for abilities")
        worths = np.append(fitted.terms[: k - 1], 0.0)
        return np.asarray(worths - worths.mean())


@dataclass(frozen=True)
class ScoreWorld:
    """How scores come about: a latent normal value, rounded to a whole number and clipped to the scale.

    Latent = mean of the system + rater + item + rater x system + item x system + series x system + rest, each
    a standard deviation in points. The series effect takes part only where a study has series.
    """

    means: tuple[float, ...]
    rater_sd: float = 1.0
    item_sd: float = 0.8
    rater_system_sd: float = 0.4
    item_system_sd: float = 0.7
    rest_sd: float = 1.2
    series_system_sd: float = 0.0
    scale_min: int = 1
    scale_max: int = 12

    def mean_score(self, system: int) -> float:
        """The true mean of the rounded and clipped scores: the sum of P(score >= s) over the scale, exact."""
        sds = (self.rater_sd, self.item_sd, self.rater_system_sd, self.item_system_sd, self.rest_sd)
        sd = float(np.sqrt(sum(part**2 for part in sds) + self.series_system_sd**2))
        steps = np.arange(self.scale_min + 1, self.scale_max + 1) - 0.5
        if sd == 0:
            return self.scale_min + float((self.means[system] >= steps).sum())
        return self.scale_min + float(special.ndtr((self.means[system] - steps) / sd).sum())

    def ratio_of_means(self, system: int, human: int) -> float:
        """100 x the true mean of a system over that of a human one."""
        return 100 * self.mean_score(system) / self.mean_score(human)


@cache
def normal_nodes() -> tuple[Floats, Floats]:
    """Points and weights (of sum 1) of Gauss-Hermite quadrature over a standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()


def expit(value: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-value)))


@dataclass(frozen=True, eq=False)
class Study:
    """Simulated rows; `outcome` is 1 where the left script won, 0 for a tie, -1 for the right one."""

    systems: tuple[str, ...]
    world: World
    design: Design
    outcome: Ints
    language: str | None = None

    def cells(self) -> Cells:
        """Counted, without the way through a table."""
        drawn, places = self.design, np.array([OUTCOMES.index(choice) for choice in ("right", "tie", "left")])
        codes = (drawn.rater, drawn.item, drawn.left, drawn.right, places[self.outcome + 1])
        return count_codes(drawn.names(self.systems), *codes)

    def frame(self, criterion: str = "overall", rater_kind: str = "simulated") -> pd.DataFrame:
        """As a table of judgments."""
        systems, drawn = np.array(self.systems, dtype=object), self.design
        rows = _places(drawn, drawn.rater, drawn.item, self.systems, self.language, rater_kind)
        return rows.assign(
            criterion=criterion,
            left_system=systems[drawn.left],
            right_system=systems[drawn.right],
            choice=np.array(["right", "tie", "left"], dtype=object)[self.outcome + 1],
        )


@dataclass(frozen=True, eq=False)
class ScoreStudy:
    """Simulated scores: at most one per rater, item and system."""

    systems: tuple[str, ...]
    world: ScoreWorld
    design: Design
    context: str
    rater: Ints
    item: Ints
    system: Ints
    score: Floats
    language: str | None = None

    def cells(self) -> ScoreCells:
        """In the order of rater, item and system, without the way through a table."""
        order = np.lexsort((self.system, self.item, self.rater))
        return ScoreCells(
            names=self.design.names(self.systems),
            context=self.context,
            rater=self.rater[order],
            item=self.item[order],
            system=self.system[order],
            score=self.score[order],
            n=np.ones(len(order), dtype=np.int64),
            floor=float(self.world.scale_min),
        )

    def frame(self, rater_kind: str = "simulated") -> pd.DataFrame:
        """As a table of scores."""
        rows = _places(self.design, self.rater, self.item, self.systems, self.language, rater_kind)
        return rows.assign(
            context=self.context,
            system=np.array(self.systems, dtype=object)[self.system],
            score=self.score.astype(np.int64),
            scale_min=self.world.scale_min,
            scale_max=self.world.scale_max,
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
    *,
    series: int | None = None,
    series_system_sd: float = 0.0,
    language: str | None = None,
    per_pairing: int = PER_PAIRING,
) -> Study:
    """Draw a design (see `draw_design`) and judge it.

    Raises ValueError for an unknown design, for qualities that do not match the systems, and for a series
    effect without series.
    """
    _matches("quality", qualities, systems)
    world = World(tuple(qualities), item_system_sd, rater_system_sd, left_bias, tie_share, series_system_sd)
    drawn = draw_design(
        rng, raters, items, len(systems), design=design, series=series, per_pairing=per_pairing
    )
    return judge(rng, world, drawn, systems, language=language)


def judge(
    rng: np.random.Generator,
    world: World,
    design: Design,
    systems: Sequence[str],
    *,
    language: str | None = None,
    taste: Floats | None = None,
) -> Study:
    """Judge every row of a design. `taste` (raters x systems, logits) stands in for raters drawn anew: the
    same people in two languages."""
    k = len(world.qualities)
    by_item = rng.normal(0, world.item_system_sd, (design.items, k))
    by_rater = rng.normal(0, world.rater_system_sd, (design.raters, k)) if taste is None else taste
    by_item = by_item + _by_series(rng, world.series_system_sd, design, k)
    quality, item, rater = np.array(world.qualities), design.item, design.rater
    left, right = design.left, design.right
    gap = quality[left] - quality[right] + by_item[item, left] - by_item[item, right]
    gap += by_rater[rater, left] - by_rater[rater, right] + world.left_bias
    won = np.where(rng.random(len(gap)) < expit(gap), 1, -1)
    outcome = np.where(rng.random(len(gap)) < world.tie_share, 0, won)
    return Study(tuple(systems), world, design, outcome, language)


def simulate_scores(
    rng: np.random.Generator,
    raters: int,
    items: int,
    systems: Sequence[str],
    means: Sequence[float],
    *,
    context: str = "single",
    design: str = "crossed",
    series: int | None = None,
    language: str | None = None,
    per_pairing: int = PER_PAIRING,
    **effects: Any,
) -> ScoreStudy:
    """Draw scores. `effects` are those of ScoreWorld.

    Context `single`: in a crossed design every rater scores every script of every item; in an incomplete one
    every script gets `per_pairing` raters, drawn anew for each. Context `pair`: the two scripts of every row
    of `draw_design`. Raises ValueError as `simulate_study` does, and for an unknown context.
    """
    _matches("mean", means, systems)
    world = ScoreWorld(tuple(means), **effects)
    if context == "pair":
        drawn = draw_design(
            rng, raters, items, len(systems), design=design, series=series, per_pairing=per_pairing
        )
    elif context == "single":
        drawn = _readings(rng, raters, items, len(systems), design, series, per_pairing)
    else:
        raise ValueError(f"the context is {context!r}: use single or pair")
    return score(rng, world, drawn, systems, context=context, language=language)


def score(
    rng: np.random.Generator,
    world: ScoreWorld,
    design: Design,
    systems: Sequence[str],
    *,
    context: str = "pair",
    language: str | None = None,
) -> ScoreStudy:
    """Score the scripts of every row of a design: both in a pair, the left one where it was read alone."""
    k = len(world.means)
    rater, item, system = design.rater, design.item, design.left
    if context == "pair":
        rater, item = np.tile(rater, 2), np.tile(item, 2)
        system = np.concatenate([design.left, design.right])
    by_rater = rng.normal(0, world.rater_sd, (design.raters, 1))
    by_rater = by_rater + rng.normal(0, world.rater_system_sd, (design.raters, k))
    by_item = rng.normal(0, world.item_sd, (design.items, 1))
    by_item = by_item + rng.normal(0, world.item_system_sd, (design.items, k))
    by_item += _by_series(rng, world.series_system_sd, design, k)
    latent = np.array(world.means)[system] + by_rater[rater, system] + by_item[item, system]
    latent += rng.normal(0, world.rest_sd, len(latent))
    # Halves go up, as the truth counts them: np.round would send them to the even neighbour.
    rounded = np.clip(np.floor(latent + 0.5), world.scale_min, world.scale_max)
    return ScoreStudy(tuple(systems), world, design, context, rater, item, system, rounded, language)


def _readings(
    rng: np.random.Generator,
    raters: int,
    items: int,
    systems: int,
    design: str,
    series: int | None,
    per_script: int,
) -> Design:
    """Scripts read alone: they stand in `left`, and `right` is the same."""
    if design == "crossed":
        readers = np.tile(np.arange(raters), (items * systems, 1))
    elif design == "incomplete":
        chosen = min(raters, per_script)
        readers = np.argsort(rng.random((items * systems, raters)), axis=1)[:, :chosen]
    else:
        raise ValueError(f"the design is {design!r}: use crossed or incomplete")
    script = np.repeat(np.arange(items * systems), readers.shape[1])
    item, system = np.divmod(script, systems)
    return Design(raters, items, spread_over(items, series), readers.ravel(), item, system, system)


def _by_series(rng: np.random.Generator, sd: float, design: Design, k: int) -> Floats:
    """What each item's series adds (items x systems); nothing is drawn where there is no effect."""
    if sd == 0:
        return np.zeros((1, k))
    if not design.series:
        raise ValueError("a series effect needs a number of series")
    return np.asarray(rng.normal(0, sd, (design.series, k))[design.item_series])


def _matches(what: str, values: Sequence[float], systems: Sequence[str]) -> None:
    if len(values) != len(systems) or len(systems) < 2:
        raise ValueError(f"give two systems or more, and one {what} to each")


def _places(
    design: Design,
    rater: Ints,
    item: Ints,
    systems: tuple[str, ...],
    language: str | None,
    rater_kind: str,
) -> pd.DataFrame:
    """The columns that both tables begin with."""
    names = design.names(systems)
    columns: dict[str, Any] = {"item": np.array(names.items, dtype=object)[item]}
    if design.series:
        columns["series"] = np.array(names.series, dtype=object)[design.item_series[item]]
    if language is not None:
        columns["language"] = language
    columns["rater"] = np.array(names.raters, dtype=object)[rater]
    columns["rater_kind"] = rater_kind
    return pd.DataFrame(columns)
