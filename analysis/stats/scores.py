"""Mean scores: over the same raters and items where every system has them, else adjusted for rater and
item."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.stats.cells import Names, codes
from analysis.stats.linear import Floats, Ints, Linear, Ratio, combine, distinct
from analysis.stats.plan import SCORE, Plan
from analysis.stats.quantities import Quantity

ESTIMABLE = 1e-8


@dataclass(frozen=True, eq=False)
class ScoreCells:
    """Mean score per (rater, item, system) of one context and language, in the order of these codes."""

    names: Names
    context: str
    rater: Ints
    item: Ints
    system: Ints
    score: Floats
    n: Ints
    floor: float

    @property
    def present(self) -> tuple[int, ...]:
        return tuple(int(code) for code in np.unique(self.system))

    def of(self, system: int) -> Ints:
        return np.flatnonzero(self.system == system)

    def linear(self, at: Ints, phi: Floats, value: float) -> Linear:
        item = self.item[at]
        return Linear(value, phi, self.rater[at], item, self.names.item_series[item], int(self.n[at].sum()))

    @property
    def complete(self) -> bool:
        """Whether every system was scored by the same raters on the same items."""
        place = self.rater * len(self.names.items) + self.item
        sets = {tuple(place[self.of(system)].tolist()) for system in self.present}
        return len(sets) <= 1


def score_cells(frame: pd.DataFrame, names: Names, context: str) -> ScoreCells:
    """Cell means of checked rows of scores (one context, one language)."""
    rater = codes(frame["rater"], names.raters)
    item = codes(frame["item"], names.items)
    system = codes(frame["system"], names.systems)
    score = frame["score"].astype(float).to_numpy()
    k = len(names.systems)
    key = (rater * len(names.items) + item) * k + system
    order = np.lexsort((score, key))
    unique, at, n = np.unique(key[order], return_inverse=True, return_counts=True)
    means = np.bincount(at, weights=score[order]) / n
    rest, system_code = np.divmod(unique, k)
    rater_code, item_code = np.divmod(rest, len(names.items))
    floor = float(frame["scale_min"].iloc[0])
    return ScoreCells(names, context, rater_code, item_code, system_code, means, n, floor)


def plain_means(cells: ScoreCells) -> dict[int, Linear]:
    """Per system the mean of its cells."""
    result = {}
    for system in cells.present:
        at = cells.of(system)
        value = float(cells.score[at].mean())
        result[system] = cells.linear(at, (cells.score[at] - value) / at.size, value)
    return result


def adjusted_means(cells: ScoreCells) -> dict[int, Linear] | None:
    """Per system its mean at average rater and item, from score = system + rater + item by least squares.

    Influence: that of least squares plus what each rater's and item's own level adds to the average. None
    where the design does not tell the systems apart.
    """
    present = cells.present
    k = len(present)
    system = np.searchsorted(np.array(present), cells.system)
    raters, rater = np.unique(cells.rater, return_inverse=True)
    items, item = np.unique(cells.item, return_inverse=True)
    rows, width = np.arange(len(system)), k + raters.size + items.size
    design = np.zeros((len(system), width))
    design[rows, system] = design[rows, k + rater] = design[rows, k + raters.size + item] = 1.0
    gram = design.T @ design
    inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
    effects = inverse @ (design.T @ cells.score)
    residual = cells.score - design @ effects
    level = np.zeros(width)
    level[k : k + raters.size] = 1 / raters.size
    level[k + raters.size :] = 1 / items.size
    shared = _level_influence(effects[k : k + raters.size], rater) + _level_influence(
        effects[k + raters.size :], item
    )
    result = {}
    for at, code in enumerate(present):
        contrast = level.copy()
        contrast[at] = 1.0
        if np.abs(gram @ inverse @ contrast - contrast).max() > ESTIMABLE:
            return None
        phi = (design @ (inverse @ contrast)) * residual + shared
        linear = cells.linear(rows, phi, float(contrast @ effects))
        own = int(cells.n[cells.of(code)].sum())
        result[code] = Linear(linear.value, phi, linear.rater, linear.item, linear.series, own)
    return result


def _level_influence(effects: Floats, group: Ints) -> Floats:
    deviation = (effects - effects.mean()) / len(effects)
    return np.asarray(deviation[group] / np.bincount(group)[group])


def mean_quantities(cells: ScoreCells, plan: Plan) -> Iterator[Quantity]:
    """Mean scores with the spread between raters and between items, and all their differences."""
    plain = plain_means(cells)
    adjusted = None if cells.complete else adjusted_means(cells)
    means = adjusted or plain
    method = "adjusted for rater and item" if adjusted else "mean of cells"
    for system, mean in means.items():
        yield Quantity(
            what="mean_scores",
            criterion=SCORE,
            keys={"system": cells.names.systems[system], "context": cells.context},
            estimate=mean,
            rates={**_spreads(cells, system), "row_mean": plain[system].value},
            family=plan.family(SCORE, cells.names.systems[system]),
            method=method,
        )
    order = list(means)
    for at, first in enumerate(order):
        for second in order[at + 1 :]:
            one, two = cells.names.systems[first], cells.names.systems[second]
            yield Quantity(
                what="differences",
                criterion=SCORE,
                keys={"system": one, "other": two, "of": "score", "context": cells.context},
                estimate=combine((1, -1), (means[first], means[second])),
                family=plan.family(SCORE, one, two),
                null=0.0,
                method=method,
            )


def _spreads(cells: ScoreCells, system: int) -> dict[str, float | None]:
    at = cells.of(system)
    return {
        "sd_between_raters": _spread(cells.score[at], cells.rater[at]),
        "sd_between_items": _spread(cells.score[at], cells.item[at]),
    }


def _spread(score: Floats, group: Ints) -> float | None:
    """Standard deviation of the group means."""
    if distinct(group) < 2:
        return None
    counts = np.bincount(group)
    sums = np.bincount(group, weights=score)
    return float(np.std(sums[counts > 0] / counts[counts > 0], ddof=1))


def ratio_of_means(cells: ScoreCells, system: int, human: int, floor: float = 0.0) -> Ratio | None:
    """Mean score of a system over that of a human system, less `floor`, from the (rater, item) cells that
    have both.

    None where no cell has both.
    """
    top_at, bottom_at = cells.of(system), cells.of(human)
    place = cells.rater * len(cells.names.items) + cells.item
    _, first, second = np.intersect1d(
        place[top_at], place[bottom_at], assume_unique=True, return_indices=True
    )
    if not first.size:
        return None
    parts = []
    for at in (top_at[first], bottom_at[second]):
        values = cells.score[at] - floor
        mean = float(values.mean())
        parts.append(cells.linear(at, (values - mean) / at.size, mean))
    return Ratio(parts[0], parts[1], parts[0].n + parts[1].n)


def human_level_quantities(cells: ScoreCells, plan: Plan) -> Iterator[Quantity]:
    """100 x ratio of mean scores to each human system, as it stands and with the floor of the scale taken
    off."""
    names = cells.names.systems
    humans = [code for code in cells.present if names[code] in plan.human]
    for system in (code for code in cells.present if names[code] not in plan.human):
        for human in humans:
            for definition, floor in (("ratio_of_means", 0.0), ("above_floor", cells.floor)):
                ratio = ratio_of_means(cells, system, human, floor)
                if ratio is None:
                    reason = "no rater scored both scripts of a scene"
                elif ratio.bottom.value <= 0:
                    reason = "the mean of the human scripts is not above zero"
                else:
                    reason = None
                yield Quantity(
                    what="human_level",
                    criterion=SCORE,
                    keys={
                        "system": names[system],
                        "human": names[human],
                        "definition": definition,
                        "baseline": None,
                        "context": cells.context,
                    },
                    estimate=None if reason else ratio,
                    factor=100.0,
                    rates={
                        "numerator": ratio.top.value if ratio else None,
                        "denominator": ratio.bottom.value if ratio else None,
                    },
                    family=plan.family(SCORE, names[system], names[human]),
                    reason=reason,
                    method="ratio of mean scores",
                )
