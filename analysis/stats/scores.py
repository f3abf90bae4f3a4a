"""Mean scores: over the same raters and items where every system has them, else adjusted for rater and item.

The estimates, the lists of the report, and `Scores` for notebooks.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from analysis.messages import Message, message
from analysis.stats.abilities.davidson import MOST_SYSTEMS
from analysis.stats.best_of_k import BestOfK, best_by_scores
from analysis.stats.bootstrap import ScoreBootstrap
from analysis.stats.cells import ScoreCells, average_codes
from analysis.stats.estimate import Estimate, estimate_of, not_computed
from analysis.stats.human_level import ratio_of_means
from analysis.stats.labels import (
    Label,
    Labels,
    Numbers,
    check_numbers,
    check_same_length,
    code_labels,
    code_places,
)
from analysis.stats.linear import Floats, Ints, Linear, combine, crossed, distinct
from analysis.stats.plan import Plan
from analysis.stats.quantities import Quantity, Replicates
from analysis.stats.ratings import Ratings
from analysis.stats.report import Entry
from analysis.stats.resampling import Draw

ESTIMABLE = 1e-8
MOST_EFFECTS = 2000  # systems, raters and items that one fit may adjust for
NO_SCORE = "it has no score"


def plain_means(cells: ScoreCells) -> dict[int, Linear]:
    """Per system the mean of its cells."""
    result = {}
    for system in cells.present:
        at = cells.cells_of(system)
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
        own = int(cells.n[cells.cells_of(code)].sum())
        result[code] = Linear(float(contrast @ effects), phi, at_rater, at_item, series, own)
    return result


def _shrunk(n: int, terms: float) -> float:
    """How much too small residuals are; 1 where no row is left over to tell."""
    return float(np.sqrt(n / (n - terms))) if n - terms > 0.5 else 1.0


def _level_influence(effects: Floats, group: Ints) -> Floats:
    deviation = (effects - effects.mean()) / len(effects)
    return np.asarray(deviation[group] / np.bincount(group)[group])


def means_of(cells: ScoreCells, plain: dict[int, Linear] | None = None) -> tuple[dict[int, Linear], Message]:
    """Per system its mean score, adjusted for rater and item where not all systems have the same ones, and
    the method. `plain` are the means of cells, if they are known."""
    plain = plain_means(cells) if plain is None else plain
    adjusted = None if cells.complete else adjusted_means(cells)
    return (adjusted, message("adjusted_mean")) if adjusted else (plain, message("cell_mean"))


def mean_quantities(cells: ScoreCells, plan: Plan, boot: ScoreBootstrap | None = None) -> Iterator[Quantity]:
    """Mean scores with the spread between raters and between items, and all their differences (of up to
    MOST_SYSTEMS systems)."""
    plain = plain_means(cells)
    means, method = means_of(cells, plain)
    for system, mean in means.items():
        yield Quantity(
            what="mean_scores",
            criterion=cells.criterion,
            keys={"system": cells.names.systems[system], "context": cells.context},
            estimate=mean,
            rates={**_spreads(cells, system), "row_mean": plain[system].value},
            family=plan.family(cells.criterion, cells.names.systems[system]),
            method=method,
            replicates=_replicates(boot, system, means is not plain),
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
    at = cells.cells_of(system)
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


class Scores(BestOfK):
    """Scores of scripts, one element of each array per score.

    Means are of (rater, item) cells, cell means first. Methods take `cluster`, "item" (default) or "series":
    the cluster, crossed with raters, that the error allows for; and `level`, the confidence level (default
    0.95). Results are frozen; what cannot be computed is None with a reason. Limits are two-way
    cluster-robust (Cameron, Gelbach & Miller 2011), t with min(raters, items) - 1 degrees of freedom. Methods
    raise UnknownLabel for a system that is not known, and ValueError for a system compared with itself.

    Parameters
    ----------
    system : array-like of labels, shape (n,)
        Systems that made the scripts. A label is a string, a number or any other hashable value.
    score : array-like of float, shape (n,)
        Scores on one scale.
    rater, item : array-like of labels, shape (n,)
        Who scored, and which scene.
    series : array-like of labels, shape (n,), optional
        Series of the item; None, NaN or "" where it is not known.
    floor : float, optional
        Lowest score of the scale, for `human_level` above the floor.
    systems : sequence of labels, optional
        All systems that may occur. Default: those that occur.

    Raises
    ------
    UnknownLabel
        For a system that is not allowed.
    ValueError
        For a missing label, arrays of different lengths, an item of two series, or a score that is not a
        number or lies below the floor. The message names the argument and the row, and says how to fix it.

    Examples
    --------
    >>> s = Scores(
    ...     system=["dsr", "human"] * 4,
    ...     score=[7, 9, 6, 8, 5, 6, 8, 8],
    ...     rater=["ann", "ann", "bob", "bob"] * 2,
    ...     item=["s1"] * 4 + ["s2"] * 4,
    ...     floor=1,
    ... )
    >>> s
    <Scores 8 rows, 2 raters, 2 items; systems: dsr, human>
    >>> s.best_of_k()["human"].estimate
    1.0
    """

    def __init__(
        self,
        system: Labels,
        score: Numbers,
        rater: Labels,
        item: Labels,
        *,
        series: Labels | None = None,
        floor: float | None = None,
        systems: Sequence[Label] | None = None,
    ) -> None:
        self._systems = code_labels(system, "system", systems)
        self._score = check_numbers(score, "score", least=-np.inf if floor is None else floor)
        self._floor = floor
        self._places = code_places(rater, item, series, self._systems.names)
        raters, items = self._places.raters, self._places.items
        check_same_length(system=self._systems.codes, score=self._score, rater=raters.codes, item=items.codes)

    def __repr__(self) -> str:
        raters, items = len(self._places.raters.labels), len(self._places.items.labels)
        names = ", ".join(self._systems.names)
        return f"<Scores {len(self._score)} rows, {raters} raters, {items} items; systems: {names}>"

    def mean(self, system: Label, *, cluster: str = "item", level: float = 0.95) -> Estimate:
        """Return the mean score of a system, on the scale of the scores.

        Where some system lacks a cell that another has, means are adjusted for rater and item by least
        squares, at the average rater and item, and the method says so. Where that cannot separate the
        systems, each keeps the mean of its own cells. `detail`: row_mean, the mean of the system's own cells.

        >>> s.mean("dsr").estimate
        6.5
        """
        code, (means, method) = self._systems.code(system), self._means
        if code not in means:
            return not_computed(NO_SCORE, level=level, cluster=cluster)
        detail = {"row_mean": plain_means(self._cells)[code].value}
        return estimate_of(means[code], level=level, cluster=cluster, method=method, detail=detail)

    def difference(
        self, system: Label, other: Label, *, cluster: str = "item", level: float = 0.95
    ) -> Estimate:
        """Return the mean score of `system` minus that of `other`, on the scale of the scores; `p` tests 0.

        The means are those of `mean`. What raters and items have in common falls out of the error.

        >>> s.difference("dsr", "human").estimate
        -1.25
        """
        (one, two), (means, method) = self._two(system, other), self._means
        if one not in means or two not in means:
            return not_computed(NO_SCORE, level=level, cluster=cluster)
        gap = combine((1, -1), (means[one], means[two]))
        return estimate_of(gap, level=level, cluster=cluster, null=0.0, method=method)

    def human_level(
        self,
        system: Label,
        human: Label,
        *,
        above_floor: bool = False,
        cluster: str = "item",
        level: float = 0.95,
    ) -> Estimate:
        """Return human level in percent by the ratio of means: 100 x mean of the system / mean of the human.

        Parameters
        ----------
        system, human : label
        above_floor : bool
            Subtract `floor` from both means: else the ratio depends on where the scale starts.

        Returns
        -------
        Estimate
            Over the (rater, item) cells in which both have a score. Limits: delta method on the log ratio
            with the covariance of both means; Fieller's (1954) where t^2 Var(denominator) / denominator^2
            exceeds 0.05; none ("not bounded") where it reaches 1. `detail`: numerator, denominator.

        Examples
        --------
        >>> round(s.human_level("dsr", "human").estimate, 2)
        83.87
        >>> round(s.human_level("dsr", "human", above_floor=True).estimate, 2)
        81.48
        """
        one, two = self._two(system, human)
        floor = self._floor if above_floor else 0.0
        if floor is None:
            raise ValueError("the floor of the scale is not known. Fix: pass floor=... to Scores.")
        ratio = ratio_of_means(self._cells, one, two, floor)
        if ratio is None:
            return not_computed("no rater scored both scripts of an item", level=level, cluster=cluster)
        detail = {"numerator": ratio.top.value, "denominator": ratio.bottom.value}
        if ratio.bottom.value <= 0:
            reason = "the mean of the human scripts is not above zero"
            return not_computed(reason, level=level, cluster=cluster, detail=detail)
        method = "ratio of mean scores"
        return estimate_of(ratio, level=level, cluster=cluster, method=method, detail=detail).times(100.0)

    def ratings(self) -> Ratings:
        """Return the scores as ratings of units (item, system), for measures of agreement.

        >>> s.ratings().icc().n
        8
        """
        raters, items = self._places.raters, self._places.items
        item = [items.labels[code] for code in items.codes]
        unit = [
            (name, self._systems.labels[code]) for name, code in zip(item, self._systems.codes, strict=True)
        ]
        return Ratings(self._score, unit, [raters.labels[code] for code in raters.codes], item=item)

    def _best_of_k_entries(self, plan: Plan, draw: Draw) -> Iterator[Entry]:
        return best_by_scores(self._cells, None, plan, draw)

    @cached_property
    def _cells(self) -> ScoreCells:
        rater, item = self._places.raters.codes, self._places.items.codes
        floor = self._floor or 0.0
        return average_codes(self._places.names, rater, item, self._systems.codes, self._score, floor=floor)

    @cached_property
    def _means(self) -> tuple[Mapping[int, Linear], str]:
        adjusted = None if self._cells.complete else adjusted_means(self._cells)
        if adjusted:
            return adjusted, "adjusted for rater and item"
        return plain_means(self._cells), "mean of cells"

    def _two(self, system: Label, other: Label) -> tuple[int, int]:
        if system == other:
            raise ValueError(f"both systems are {system!r}. Fix: name two systems.")
        return self._systems.code(system), self._systems.code(other)
