"""Mean scores: over the same raters and items where every system has them, else adjusted for rater and
item."""

from collections.abc import Iterator

import numpy as np

from analysis.messages import message
from analysis.stats.bootstrap import ScoreBootstrap
from analysis.stats.cells import ScoreCells, score_cells
from analysis.stats.davidson import MOST_SYSTEMS
from analysis.stats.linear import Floats, Ints, Linear, combine, crossed, distinct
from analysis.stats.plan import Plan
from analysis.stats.quantities import Quantity, Replicates

__all__ = ["ScoreCells", "adjusted_means", "plain_means", "score_cells"]

ESTIMABLE = 1e-8
MOST_EFFECTS = 2000  # systems, raters and items that one fit may adjust for


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

    Influence: that of least squares plus what each rater's and item's own level adds to the average. The
    residuals are scaled by the root of n / (n - fitted terms), for with a term per rater and item they come
    out small in a sparse design. None where the design does not tell the systems apart.
    """
    present = cells.present
    k = len(present)
    system = np.searchsorted(np.array(present), cells.system)
    raters, rater = np.unique(cells.rater, return_inverse=True)
    items, item = np.unique(cells.item, return_inverse=True)
    width = k + raters.size + items.size
    if width > MOST_EFFECTS:
        return None
    columns = (system, k + rater, k + raters.size + item)
    table, right = np.zeros(width * width), np.zeros(width)
    for one in columns:
        right += np.bincount(one, weights=cells.score, minlength=width)
        for other in columns:
            table += np.bincount(one * width + other, minlength=width * width)
    gram = table.reshape(width, width)
    inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)

    def fitted(effects: Floats) -> Floats:
        return effects[columns[0]] + effects[columns[1]] + effects[columns[2]]

    effects = inverse @ right
    residual = (cells.score - fitted(effects)) * _shrunk(len(system), float((gram * inverse).sum()))
    level = np.zeros(width)
    level[k : k + raters.size] = 1 / raters.size
    level[k + raters.size :] = 1 / items.size
    shared = _level_influence(effects[k : k + raters.size], rater) + _level_influence(
        effects[k + raters.size :], item
    )
    place, row = crossed(cells.rater, cells.item)
    at_rater, at_item = cells.rater[row], cells.item[row]
    series = cells.names.item_series[at_item]
    result = {}
    for at, code in enumerate(present):
        contrast = level.copy()
        contrast[at] = 1.0
        solved = inverse @ contrast
        if np.abs(gram @ solved - contrast).max() > ESTIMABLE:
            return None
        phi = np.bincount(place, weights=fitted(solved) * residual + shared, minlength=row.size)
        own = int(cells.n[cells.of(code)].sum())
        result[code] = Linear(float(contrast @ effects), phi, at_rater, at_item, series, own)
    return result


def _shrunk(n: int, terms: float) -> float:
    """How much too small residuals are; 1 where no row is left over to tell."""
    return float(np.sqrt(n / (n - terms))) if n - terms > 0.5 else 1.0


def _level_influence(effects: Floats, group: Ints) -> Floats:
    deviation = (effects - effects.mean()) / len(effects)
    return np.asarray(deviation[group] / np.bincount(group)[group])


def mean_quantities(cells: ScoreCells, plan: Plan, boot: ScoreBootstrap | None = None) -> Iterator[Quantity]:
    """Mean scores with the spread between raters and between items, and all their differences (of up to
    MOST_SYSTEMS systems)."""
    plain = plain_means(cells)
    adjusted = None if cells.complete else adjusted_means(cells)
    means = adjusted or plain
    method = message("adjusted_mean" if adjusted else "cell_mean")
    for system, mean in means.items():
        yield Quantity(
            what="mean_scores",
            criterion=cells.criterion,
            keys={"system": cells.names.systems[system], "context": cells.context},
            estimate=mean,
            rates={**_spreads(cells, system), "row_mean": plain[system].value},
            family=plan.family(cells.criterion, cells.names.systems[system]),
            method=method,
            replicates=_replicates(boot, system, adjusted is not None),
        )
    order = list(means) if len(means) <= MOST_SYSTEMS else []
    for at, first in enumerate(order):
        for second in order[at + 1 :]:
            one, two = cells.names.systems[first], cells.names.systems[second]
            yield Quantity(
                what="differences",
                criterion=cells.criterion,
                keys={"system": one, "other": two, "of": "score", "context": cells.context},
                estimate=combine((1, -1), (means[first], means[second])),
                family=plan.family(cells.criterion, one, two),
                null=0.0,
                method=method,
            )


def _replicates(boot: ScoreBootstrap | None, system: int, adjusted: bool) -> Replicates | None:
    if boot is None:
        return None
    return boot.adjusted_mean(system) if adjusted else boot.mean(system)


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
