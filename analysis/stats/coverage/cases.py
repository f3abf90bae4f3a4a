"""The simulated studies of the coverage table, by table and column: their true values, and the intervals by
the functions that the report uses, on counted rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.messages import Message
from analysis.stats.abilities.fit import fit_abilities, rank_limits
from analysis.stats.best_of_k import best_by_scores
from analysis.stats.cells import Cells, ScoreCells, place_mean
from analysis.stats.error_marks import EVERY_CLASS, Readings, error_ratio_quantities
from analysis.stats.human_level import ratio_of_means
from analysis.stats.intervals import find_root, interval, p_value
from analysis.stats.linear import Linear, Pooled, combine
from analysis.stats.multiple_testing import adjusted, holm
from analysis.stats.plan import Plan
from analysis.stats.quantities import Quantity, entry_of
from analysis.stats.report import LISTS, Entry
from analysis.stats.resampling import Draw
from analysis.stats.scope import Scope
from analysis.stats.scores import adjusted_means, plain_means
from analysis.stats.simulate import (
    ScoreWorld,
    Study,
    World,
    draw_design,
    judge,
    normal_nodes,
    simulate_scores,
    simulate_study,
)
from analysis.stats.tables.columns import PAPER_CLASSES
from analysis.stats.win_rates import WinRate, difference_quantities, win_rate, win_rate_quantities

Limits = tuple[float | None, float | None]
NONE: Limits = (None, None)
LEVEL = 0.95
SYSTEMS = ("dsr", "direct", "human")
RANKS = "ranks, all at once"
WILSON = "for comparison: win rate, Wilson on rows"
STRENGTH = "mean strength, dsr over human"
HeldByRow = Mapping[str, bool]  # per row of the table whether it held in one study
SIZES = ((12, 40), (30, 60))
DESIGNS = ("incomplete", "crossed")
QUALITIES = (0.5, -0.6, 0.8)
MEANS = (8.0, 6.0, 9.5)
SERIES, SERIES_SD = 8, 0.5
MARGIN = 0.1
MARKS = (2.0, 3.0, 1.2)  # of a script of each system, where raters and items are as the middle one


def judgment_truths(world: World) -> dict[str, float]:
    """The true values of `judgment_limits`: of the first system over the others, the last one human."""
    rates = {other: world.win_rate(0, other) for other in range(1, len(SYSTEMS))}
    everyone = [_true_rate_over_all(world, system) for system in range(len(SYSTEMS))]
    worths = world.abilities()
    return {
        f"win rate, {SYSTEMS[0]} over {SYSTEMS[1]}": rates[1],
        f"parity of {SYSTEMS[0]}": 200 * rates[len(SYSTEMS) - 1],
        f"win rate of {SYSTEMS[0]} over all others": everyone[0],
        f"difference of win rates, {SYSTEMS[0]} - {SYSTEMS[1]}": everyone[0] - everyone[1],
        STRENGTH: world.strength(0, len(SYSTEMS) - 1),
        **{
            f"ability difference, {SYSTEMS[i]} - {SYSTEMS[j]}": float(worths[i] - worths[j])
            for i in range(len(SYSTEMS))
            for j in range(i + 1, len(SYSTEMS))
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


def score_truths(world: ScoreWorld) -> dict[str, float]:
    """The true values of `score_limits`; the last system is human."""
    means = [world.mean_score(system) for system in range(len(SYSTEMS))]
    human = len(SYSTEMS) - 1
    return {
        **{f"mean score of {name}": mean for name, mean in zip(SYSTEMS, means, strict=True)},
        f"difference of mean scores, {SYSTEMS[0]} - {SYSTEMS[1]}": means[0] - means[1],
        **{f"ratio of means, {SYSTEMS[at]}": 100 * means[at] / means[human] for at in range(human)},
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


def is_within(truth: float, limits: Limits) -> bool:
    low, high = limits
    return low is not None and high is not None and low <= truth <= high


def within_limits(truths: Mapping[str, float], limits: Mapping[str, Limits]) -> dict[str, bool]:
    """Whether each truth lies within its limits; without limits it does not."""
    return {name: is_within(truth, limits.get(name, NONE)) for name, truth in truths.items()}


@lru_cache
def true_rate(world: World) -> float:
    """The true win rate of the first system over the second."""
    return world.win_rate(0, 1)


@lru_cache
def quality_for(rate: float) -> float:
    """The quality that gives a system this win rate over one of quality 0."""
    return find_root(lambda quality: World((quality, 0.0)).win_rate(0, 1) - rate, -8.0, 8.0)


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


def _true_rate_over_all(world: World, system: int) -> float:
    others = [other for other in range(len(world.qualities)) if other != system]
    return sum(world.win_rate(system, other) for other in others) / len(others)


@dataclass(frozen=True)
class Case:
    """One column of one table: `study` draws a study with a generator and says what held in it."""

    table: str
    column: str
    study: Callable[[np.random.Generator], HeldByRow]

    @property
    def name(self) -> str:
        return f"{self.table}/{self.column}"


@cache
def cases() -> dict[str, Case]:
    """All cases by name, in the order of the tables."""
    found = [*_judged_cases(), *_equal_cases(), *_score_cases(), *_few_series_cases(), *_pooled_cases()]
    found += [*_error_cases(), *_claim_cases(), *_family_cases(), *_best_cases()]
    return {case.name: case for case in found}


def _judged_cases() -> list[Case]:
    result = []
    for table, series, sd in (("judgments", None, 0.0), ("judgments-series", SERIES, SERIES_SD)):
        world = World(QUALITIES, series_system_sd=sd)
        truths, by = judgment_truths(world), "series" if series else "item"
        drawn = {"systems": SYSTEMS, "qualities": QUALITIES, "series": series, "series_system_sd": sd}
        result += _cases_by_size(table, _judged, truths=truths, worths=world.abilities(), by=by, drawn=drawn)
    return result


def _cases_by_size(table: str, study: Callable[..., HeldByRow], **keywords: Any) -> list[Case]:
    """One case for each size and design, which `study` takes besides the other keywords."""
    return [
        Case(
            table,
            f"{raters} x {items} {design}",
            partial(study, raters=raters, items=items, design=design, **keywords),
        )
        for raters, items in SIZES
        for design in DESIGNS
    ]


def _judged(
    rng: np.random.Generator,
    truths: Mapping[str, float],
    worths: np.ndarray,
    by: str,
    drawn: Mapping[str, Any],
    **size: Any,
) -> HeldByRow:
    study = simulate_study(rng, **size, **drawn)
    cells = study.cells()
    limits = judgment_limits(cells, by) | {STRENGTH: strength_limits(study, rng, by)}
    gaps, ranks = ability_limits(cells, by, int(rng.integers(2**31)))
    return {
        **within_limits(truths, limits | gaps),
        RANKS: ranks_hold(worths, ranks),
        **within_limits({WILSON: truths[f"win rate, {SYSTEMS[0]} over {SYSTEMS[1]}"]}, limits),
    }


def _equal_cases() -> list[Case]:
    """No system is better: a rank interval that leaves out any rank is wrong."""
    return _cases_by_size("equals", _equals)


def _equals(rng: np.random.Generator, design: str, **size: Any) -> HeldByRow:
    result: dict[str, bool] = {}
    # With six systems three raters a pairing are more than there are: both designs are the same.
    for k in (3, 6) if design == "crossed" else (3,):
        for series in (None, SERIES):
            result |= _equal(rng, k, series, design=design, **size)
    return result


def _equal(rng: np.random.Generator, k: int, series: int | None, **size: Any) -> HeldByRow:
    systems, by = tuple(f"system {at + 1}" for at in range(k)), "series" if series else "item"
    sd = SERIES_SD if series else 0.0
    study = simulate_study(
        rng, systems=systems, qualities=(0.0,) * k, series=series, series_system_sd=sd, **size
    )
    gaps, ranks = ability_limits(study.cells(), by, int(rng.integers(2**31)))
    what = f"{k} equal systems{f', {series} series' if series else ''}"
    first = {f"{what}: ability difference": gaps.get("ability difference, system 1 - system 2", NONE)}
    return {
        **within_limits(dict.fromkeys(first, 0.0), first),
        f"{what}: {RANKS}": ranks_hold(np.zeros(k), ranks),
    }


def _score_cases() -> list[Case]:
    result = []
    for table, series, sd in (("scores", None, 0.0), ("scores-series", SERIES, SERIES_SD)):
        truths, by = score_truths(ScoreWorld(MEANS, series_system_sd=sd)), "series" if series else "item"
        drawn = {"systems": SYSTEMS, "means": MEANS, "series": series, "series_system_sd": sd}
        result += _cases_by_size(table, _scored, truths=truths, by=by, drawn=drawn)
    return result


def _scored(
    rng: np.random.Generator, truths: Mapping[str, float], by: str, drawn: Mapping[str, Any], **size: Any
) -> HeldByRow:
    result: dict[str, bool] = {}
    for context in ("single", "pair"):
        study = simulate_scores(rng, context=context, **size, **drawn)
        found = within_limits(truths, score_limits(study.cells(), by))
        result |= {f"{context}: {name}": value for name, value in found.items()}
    return result


def _few_series_cases() -> list[Case]:
    """20 raters and 32 items of a few series, clustered by item and by series; and how often two primary
    contrasts of three equal systems have a false positive."""
    result = []
    for sd in (0.0, 0.3, 0.5, 0.8):
        parts: list[Callable[[np.random.Generator], HeldByRow]] = []
        for series in (4, 6, 8, 12):
            parts += [
                partial(_few_series, k=2, design="crossed", sd=sd, series=series),
                partial(_few_series, k=3, design="incomplete", sd=sd, series=series),
                partial(_false_positives, sd=sd, series=series),
            ]
        result.append(Case("few-series", f"series effect {sd:g}", partial(_all_of, parts=parts)))
    return result


def _false_positives(rng: np.random.Generator, sd: float, series: int) -> HeldByRow:
    world = World((0.0, 0.0, 0.0), series_system_sd=sd)
    drawn = draw_design(rng, 20, 32, 3, design="crossed", series=series)
    cells = judge(rng, world, drawn, SYSTEMS).cells()
    rates = [rate_of(cells, system, [2]).linear for system in (0, 1)]
    result = {}
    for by in ("item", "series"):
        p = [p_value(rate, by, 0.5, "logit", LEVEL) for rate in rates]
        known = holm([value for value in p if value is not None])
        result[f"{series} series, 3 equal systems: false positive by {by}"] = (
            min(known, default=1) <= 1 - LEVEL
        )
    return result


def _few_series(rng: np.random.Generator, k: int, design: str, sd: float, series: int) -> HeldByRow:
    names, qualities = SYSTEMS[-k:], QUALITIES[-k:]
    world = World(qualities, series_system_sd=sd)
    drawn = draw_design(rng, 20, 32, k, design=design, series=series)
    rate = rate_of(judge(rng, world, drawn, names).cells(), 0, [1])
    truth = true_rate(world)
    what = f"{series} series, {k} systems, {design}"
    return {
        f"{what}: by {by}": is_within(truth, limits_of(rate.linear, by, "logit")) for by in ("item", "series")
    }


def _pooled_cases() -> list[Case]:
    """Raters of two languages, of whom `common` judge in both; 20 items a language, crossed, two systems."""
    groups = ((12, 12, 0), (12, 12, 6), (12, 12, 12), (4, 12, 0), (4, 12, 2), (2, 8, 0))
    return [
        Case(
            "pooled",
            f"{english} + {chinese} raters, {common} in both",
            partial(_pooled, english=english, chinese=chinese, common=common),
        )
        for english, chinese, common in groups
    ]


def _pooled(rng: np.random.Generator, english: int, chinese: int, common: int) -> HeldByRow:
    world, names, items = World((0.5, 0.0)), ("dsr", "human"), 20
    people = english + chinese - common
    taste = rng.normal(0, world.rater_system_sd, (people, 2))
    parts = []
    for language, (first, count) in enumerate(((0, english), (people - chinese, chinese))):
        drawn = draw_design(rng, count, items, 2, design="crossed")
        study = judge(rng, world, drawn, names, taste=taste[first : first + count])
        own = rate_of(study.cells(), 0, [1]).linear
        parts.append(replace(own, rater=own.rater + first, item=own.item + language * items))
    limits = interval(Pooled(tuple(parts)), "item", LEVEL, "logit")
    return {"win rate": is_within(true_rate(world), (limits.low, limits.high))}


def _error_cases() -> list[Case]:
    """Marks of the scripts of pairs: Poisson, with lognormal raters, items and item x system."""
    return _cases_by_size("errors", _errors)


def _errors(rng: np.random.Generator, raters: int, items: int, design: str) -> HeldByRow:
    k, rates = len(SYSTEMS), np.array(MARKS)
    drawn = draw_design(rng, raters, items, k, design=design)
    rater, item = np.tile(drawn.rater, 2), np.tile(drawn.item, 2)
    system = np.concatenate([drawn.left, drawn.right])
    order = np.lexsort((system, item, rater))
    rater, item, system = rater[order], item[order], system[order]
    logs = np.log(rates)[system] + rng.normal(0, 0.5, raters)[rater] + rng.normal(0, 0.4, items)[item]
    made = rng.poisson(np.exp(logs + rng.normal(0, 0.3, (items, k))[item, system]))
    marks = np.zeros((len(made), len(PAPER_CLASSES) + 1), dtype=np.int64)
    marks[:, 0] = marks[:, -1] = made
    read = Readings(drawn.names(SYSTEMS), rater, item, system, np.full(len(made), 500.0), marks)
    plan, result = Plan.from_dict({"human": [SYSTEMS[-1]], "systems": list(SYSTEMS)}), {}
    for quantity in error_ratio_quantities(read, plan):
        if quantity.keys["class"] == EVERY_CLASS:
            entry, name = entry_of(quantity, None, plan), quantity.keys["system"]
            truth = float(rates[SYSTEMS.index(name)] / rates[-1])
            what = f"ratio of {name} to human per {quantity.keys['per'].replace('1000', '1,000 words')}"
            result[what] = is_within(truth, (entry.low, entry.high))
    return result


def _claim_cases() -> list[Case]:
    """How often a claim is made that is just not true: a system exactly at the margin."""
    return _cases_by_size("claims", _claims)


def _claims(rng: np.random.Generator, **size: Any) -> HeldByRow:
    return {**_claims_at(rng, 0.5 - MARGIN, **size), **_claims_at(rng, 0.5 + MARGIN, **size)}


def _claims_at(rng: np.random.Generator, truth: float, **size: Any) -> HeldByRow:
    qualities = (quality_for(truth), 0.0)
    names = ("dsr", "human")
    plan = Plan.from_dict({"human": ["human"], "margin": MARGIN, "margin_reason": "simulated"})
    rate = rate_of(simulate_study(rng, systems=names, qualities=qualities, **size).cells(), 0, [1])
    quantity = Quantity(
        what="human_level",
        criterion="overall",
        keys={},
        estimate=rate.linear,
        scale="logit",
        factor=200.0,
        margin=MARGIN,
    )
    own = entry_of(quantity, None, plan).own
    where = "below" if truth < 0.5 else "above"
    result = {f"truth at the margin {where}: claimed equivalent": bool(own["equivalent"])}
    if truth < 0.5:
        result |= {f"truth at the margin {where}: claimed non-inferior": bool(own["non_inferior"])}
    return result


def _family_cases() -> list[Case]:
    """How often equals are told apart by the tests of win rates and their differences, of which one is
    primary."""
    return _cases_by_size("families", _families)


def _families(rng: np.random.Generator, raters: int, items: int, design: str) -> HeldByRow:
    study = simulate_study(rng, raters, items, SYSTEMS, (0.0, 0.0, 0.0), design=design)
    contrast = [SYSTEMS[0], SYSTEMS[-1]]
    plan = Plan.from_dict(
        {"primary_criterion": "overall", "primary_contrast": contrast, "human": [SYSTEMS[-1]]}
    )
    scope = Scope("overall", None, study.cells(), plan)
    lists: dict[str, list[Entry]] = {name: [] for name in LISTS}
    for quantity in (*win_rate_quantities(scope), *difference_quantities(scope)):
        lists[quantity.what].append(entry_of(quantity, None, plan))
    tests = [entry for group in adjusted(lists).values() for entry in group if entry.own.get("p") is not None]
    return {
        "the primary test": any(_is_significant(entry, "p") for entry in tests if entry.family == "primary"),
        "any test, adjusted": any(_is_significant(entry, "p_adjusted") for entry in tests),
        "for comparison: any test, not adjusted": any(_is_significant(entry, "p") for entry in tests),
    }


def _is_significant(entry: Entry, p: str) -> bool:
    return entry.own[p] is not None and entry.own[p] <= 1 - LEVEL


def _best_cases() -> list[Case]:
    """The share of items on which a system is the best of four by mean score, 2,000 replicates."""
    return [
        Case("best-of-k", f"{raters} x {items} crossed", partial(_best, raters=raters, items=items))
        for raters, items in ((12, 40), (20, 32), (30, 60))
    ]


def _best(rng: np.random.Generator, raters: int, items: int) -> HeldByRow:
    world, systems = ScoreWorld((8.0, 7.5, 7.0, 6.0)), ("one", "two", "three", "four")
    study = simulate_scores(rng, raters, items, systems, world.means)
    cells = study.cells()
    draw = Draw(int(rng.integers(2**31)), 2000, cells.names.raters, cells.names.items)
    plan = Plan.from_dict({"human": [], "systems": list(systems)})
    result = {}
    for at, entry in enumerate(best_by_scores(cells, None, plan, draw)):
        truth = best_share(world, at)
        what = f"best of 4, {systems[at]} ({100 * truth:.1f}%)"
        result[what] = is_within(truth, (entry.low, entry.high))
    return result


def _all_of(
    rng: np.random.Generator, parts: Sequence[Callable[[np.random.Generator], HeldByRow]]
) -> HeldByRow:
    result: dict[str, bool] = {}
    for part in parts:
        result.update(part(rng))
    return result
