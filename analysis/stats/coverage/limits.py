"""What is looked at in a simulated study: the true values, and the intervals by the functions that the report
uses, on counted rows."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.messages import Message
from analysis.stats.abilities.fit import fit_abilities, rank_limits
from analysis.stats.cells import Cells, ScoreCells, place_mean
from analysis.stats.human_level import ratio_of_means
from analysis.stats.intervals import interval
from analysis.stats.linear import Linear, combine
from analysis.stats.scores import adjusted_means, plain_means
from analysis.stats.simulate import ScoreWorld, Study, World, normal_nodes
from analysis.stats.win_rates import WinRate, win_rate

Limits = tuple[float | None, float | None]
NONE: Limits = (None, None)

LEVEL = 0.95
SYSTEMS = ("dsr", "direct", "human")
RANKS = "ranks, all at once"
WILSON = "for comparison: win rate, Wilson on rows"
STRENGTH = "mean strength, dsr over human"


def judgment_truths(world: World, systems: tuple[str, ...] = SYSTEMS) -> dict[str, float]:
    """The true values of `judgment_limits`: of the first system over the others, the last one human."""
    rates = {other: world.win_rate(0, other) for other in range(1, len(systems))}
    everyone = [_over_all(world, system) for system in range(len(systems))]
    worths = world.abilities()
    return {
        f"win rate, {systems[0]} over {systems[1]}": rates[1],
        f"parity of {systems[0]}": 200 * rates[len(systems) - 1],
        f"win rate of {systems[0]} over all others": everyone[0],
        f"difference of win rates, {systems[0]} - {systems[1]}": everyone[0] - everyone[1],
        STRENGTH: world.strength(0, len(systems) - 1),
        **{
            f"ability difference, {systems[i]} - {systems[j]}": float(worths[i] - worths[j])
            for i in range(len(systems))
            for j in range(i + 1, len(systems))
        },
    }


def judgment_limits(cells: Cells, by: str) -> dict[str, Limits]:
    """The intervals of `judgment_truths`, strength and abilities aside; under WILSON that of the first win
    rate as if its rows were independent."""
    systems = cells.names.systems
    k = len(systems)
    one, human = rate_of(cells, 0, [1]), rate_of(cells, 0, [k - 1])
    all_others = [
        rate_of(cells, system, [other for other in range(k) if other != system]) for system in (0, 1)
    ]
    gap = combine((1, -1), [rate.linear for rate in all_others], n=len(cells))
    return {
        f"win rate, {systems[0]} over {systems[1]}": limits_of(one.linear, by, "logit"),
        f"parity of {systems[0]}": _times(200, limits_of(human.linear, by, "logit")),
        f"win rate of {systems[0]} over all others": limits_of(all_others[0].linear, by, "logit"),
        f"difference of win rates, {systems[0]} - {systems[1]}": limits_of(gap, by),
        WILSON: by_rows(one),
    }


def strength_limits(study: Study, rng: np.random.Generator, by: str) -> Limits:
    """Of the mean signed strength of the first system over the last; strengths of 1 to 3 are drawn at
    random."""
    design, last = study.design, len(study.systems) - 1
    at = np.flatnonzero(np.minimum(design.left, design.right) == 0)
    at = at[np.maximum(design.left, design.right)[at] == last]
    sign = np.where(design.left[at] == 0, 1, -1) * study.outcome[at]
    signed = (sign * rng.integers(1, 4, at.size)).astype(float)
    mean = place_mean(signed, design.rater[at], design.item[at], design.names(study.systems))
    return NONE if mean is None else limits_of(mean, by)


def ability_limits(
    cells: Cells, by: str, seed: int, name: str = "coverage"
) -> tuple[dict[str, Limits], list[tuple[int, int]] | None]:
    """Intervals of all ability differences, and those of the ranks; `name` is what the draws are named by."""
    fitted = fit_abilities(cells)
    if isinstance(fitted, Message):
        return {}, None
    systems = cells.names.systems
    result = {}
    for i in range(len(systems)):
        for j in range(i + 1, len(systems)):
            gap = combine((1, -1), (fitted.worths[i], fitted.worths[j]), n=fitted.worths[i].n)
            result[f"ability difference, {systems[i]} - {systems[j]}"] = limits_of(gap, by)
    return result, rank_limits(fitted, by, LEVEL, seed, name)


def ranks_hold(worths: np.ndarray, ranks: list[tuple[int, int]] | None) -> bool:
    """Whether every rank interval holds all ranks that its system may truly have: equals share theirs."""
    if ranks is None:
        return False
    gaps = worths[:, None] - worths
    best, worst = 1 + (gaps < -1e-9).sum(axis=1), len(worths) - (gaps > 1e-9).sum(axis=1)
    return all(low <= up and down <= high for (low, high), up, down in zip(ranks, best, worst, strict=True))


def score_truths(world: ScoreWorld, systems: tuple[str, ...] = SYSTEMS) -> dict[str, float]:
    """The true values of `score_limits`; the last system is human."""
    means = [world.mean_score(system) for system in range(len(systems))]
    human = len(systems) - 1
    return {
        **{f"mean score of {name}": mean for name, mean in zip(systems, means, strict=True)},
        f"difference of mean scores, {systems[0]} - {systems[1]}": means[0] - means[1],
        **{f"ratio of means, {systems[at]}": 100 * means[at] / means[human] for at in range(human)},
    }


def score_limits(cells: ScoreCells, by: str) -> dict[str, Limits]:
    """The intervals of `score_truths`: of plain means where all systems were scored alike, else of adjusted
    ones."""
    systems = cells.names.systems
    means = plain_means(cells) if cells.complete else adjusted_means(cells)
    if means is None:
        return {}
    result = {f"mean score of {systems[at]}": limits_of(mean, by) for at, mean in means.items()}
    gap = combine((1, -1), (means[0], means[1]))
    result[f"difference of mean scores, {systems[0]} - {systems[1]}"] = limits_of(gap, by)
    human = len(systems) - 1
    for at in range(human):
        ratio = ratio_of_means(cells, at, human)
        if ratio is not None:
            limits = interval(ratio, by, LEVEL)
            result[f"ratio of means, {systems[at]}"] = _times(100, (limits.low, limits.high))
    return result


def within(truth: float, limits: Limits) -> bool:
    low, high = limits
    return low is not None and high is not None and low <= truth <= high


def held(truths: Mapping[str, float], limits: Mapping[str, Limits]) -> dict[str, bool]:
    """Whether each truth lies within its limits; without limits it does not."""
    return {name: within(truth, limits.get(name, NONE)) for name, truth in truths.items()}


@lru_cache
def true_rate(world: World) -> float:
    """The true win rate of the first system over the second."""
    return world.win_rate(0, 1)


@lru_cache
def quality_for(rate: float) -> float:
    """The quality that gives a system this win rate over one of quality 0, by bisection."""
    low, high = -8.0, 8.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if World((middle, 0.0)).win_rate(0, 1) < rate else (low, middle)
    return low


@lru_cache
def best_share(world: ScoreWorld, system: int) -> float:
    """The true share of items on which all raters together would score a system highest, by quadrature.

    Rounding keeps the order of expected scores, so that the largest of mean + item x system decides.
    """
    nodes, weights = normal_nodes()
    sd = float(np.hypot(world.item_system_sd, world.series_system_sd))
    others = [mean for at, mean in enumerate(world.means) if at != system]
    beaten = [stats.norm.cdf((world.means[system] - mean) / sd + nodes) for mean in others]
    return float(np.prod(beaten, axis=0) @ weights)


def rate_of(cells: Cells, system: int, opponents: list[int]) -> WinRate:
    rate = win_rate(cells, system, opponents)
    if rate is None:
        raise ValueError("the two systems never met in this study")
    return rate


def limits_of(linear: Linear, by: str, scale: str = "identity") -> Limits:
    limits = interval(linear, by, LEVEL, scale)
    return limits.low, limits.high


def by_rows(rate: WinRate) -> Limits:
    """Wilson's limits, which take rows as independent."""
    low, high = proportion_confint(rate.wins + rate.ties / 2, rate.linear.n, 1 - LEVEL, method="wilson")
    return float(low), float(high)


def _times(factor: float, limits: Limits) -> Limits:
    low, high = limits
    return (None, None) if low is None or high is None else (factor * low, factor * high)


def _over_all(world: World, system: int) -> float:
    others = [other for other in range(len(world.qualities)) if other != system]
    return sum(world.win_rate(system, other) for other in others) / len(others)
