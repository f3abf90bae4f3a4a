"""Judgments and scores of one criterion and one language, counted once by rater, item and systems.

Means over rows have their influence summed by rater and item, to the same bytes in any order of the rows.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.stats.coded_columns import Column, coded, codes, numbers, sums, used_names
from analysis.stats.linear import DENSE, SMALL, Floats, Ints, Linear, crossed
from analysis.stats.tables.columns import SCORE

OUTCOMES = ("left", "tie", "neither", "right")
MOST_COMPARISONS = 20_000_000  # comparisons
ALIKE = 1e-9  # two means of the same scores may differ by rounding


@dataclass(frozen=True, eq=False)
class Names:
    """What the codes of one analysis stand for. Raters and items are in alphabetical, systems in planned
    order."""

    raters: tuple[str, ...]
    items: tuple[str, ...]
    systems: tuple[str, ...]
    series: tuple[str, ...]
    item_series: Ints  # per item the code of its series, -1 where not known


@dataclass(frozen=True, eq=False)
class Cells:
    """Counts per (rater, item, left system, right system), in the order of these four codes.

    `ties` counts the neither too. `log_length` is the mean natural log of left length over right, NaN where
    unknown.
    """

    names: Names
    rater: Ints
    item: Ints
    left: Ints
    right: Ints
    left_wins: Ints
    ties: Ints
    right_wins: Ints
    neither: Ints
    log_length: Floats

    @cached_property
    def n(self) -> Ints:
        return self.left_wins + self.ties + self.right_wins

    @cached_property
    def series(self) -> Ints:
        return self.names.item_series[self.item]

    @cached_property
    def rater_and_item(self) -> Ints:
        """Rater and item as one code."""
        return self.rater * len(self.names.items) + self.item

    @cached_property
    def pairs(self) -> "Pairs":
        return _pairs(self)

    def __len__(self) -> int:
        return len(self.rater)


@dataclass(frozen=True, eq=False)
class Pairs:
    """The same counts by unordered pair of systems, rater and item, in the order of these, sides undone.

    Wins and losses are those of the system of the lower code (`low`); `bounds` maps each pair that met to
    its rows.
    """

    low: Ints
    high: Ints
    rater: Ints
    item: Ints
    series: Ints
    wins: Ints
    ties: Ints
    losses: Ints
    neither: Ints
    bounds: dict[tuple[int, int], slice]

    @cached_property
    def n(self) -> Ints:
        return self.wins + self.ties + self.losses

    @cached_property
    def index(self) -> Ints:
        """Per row the place of its pair in `bounds`."""
        sizes = [rows.stop - rows.start for rows in self.bounds.values()]
        return np.repeat(np.arange(len(sizes)), sizes)

    def met(self, system: int, others: Sequence[int]) -> list[int]:
        """Those of the others that the system met."""
        known = self.opponents.get(system, frozenset())
        return [other for other in others if other in known]

    @cached_property
    def opponents(self) -> dict[int, frozenset[int]]:
        met: dict[int, set[int]] = {}
        for low, high in self.bounds:
            met.setdefault(low, set()).add(high)
            met.setdefault(high, set()).add(low)
        return {system: frozenset(others) for system, others in met.items()}


def _pairs(cells: Cells) -> Pairs:
    k = len(cells.names.systems)
    low, high = np.minimum(cells.left, cells.right), np.maximum(cells.left, cells.right)
    turned = cells.left > cells.right
    pair = low * k + high
    narrow = pair.astype(np.int16) if k <= 181 else pair  # a stable sort of small integers counts them
    order = np.argsort(narrow, kind="stable")  # the cells are in the order of their places already
    pair, place = pair[order], cells.rater_and_item[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (pair[1:] != pair[:-1]) | (place[1:] != place[:-1])
    start = np.flatnonzero(new)

    def total(values: Ints) -> Ints:
        return np.add.reduceat(values[order], start) if start.size else values[order]

    pair, first = pair[start], order[start]
    edges = np.flatnonzero(np.diff(pair, prepend=-1))
    stops = [*edges[1:].tolist(), len(pair)][: edges.size]  # none where there is no row
    codes_of = [divmod(code, k) for code in pair[edges].tolist()]
    return Pairs(
        low=low[first],
        high=high[first],
        rater=cells.rater[first],
        item=cells.item[first],
        series=cells.series[first],
        wins=total(np.where(turned, cells.right_wins, cells.left_wins)),
        ties=total(cells.ties),
        losses=total(np.where(turned, cells.left_wins, cells.right_wins)),
        neither=total(cells.neither),
        bounds={
            two: slice(begin, stop) for two, begin, stop in zip(codes_of, edges.tolist(), stops, strict=True)
        },
    )


def name_codes(frames: Sequence[pd.DataFrame], systems: Sequence[str]) -> Names:
    """The codes for all used rows. An item that has two series in two studies counts as of no known
    series."""
    raters = sorted(set().union(*(used_names(frame["rater"]) for frame in frames)))
    series_of: dict[str, set[str]] = {}
    for frame in frames:
        (item, items), (series, names) = coded(frame["item"]), coded(frame["series"])
        width = max(1, len(names))
        for place in np.unique(item.astype(np.int64) * width + series).tolist():
            series_of.setdefault(items[place // width], set()).add(names[place % width])
    items = sorted(series_of)
    known = [next(iter(series_of[item])) if len(series_of[item]) == 1 else "" for item in items]
    all_series = sorted(set(known) - {""})
    code = {name: at for at, name in enumerate(all_series)}
    item_series = np.array([code.get(name, -1) for name in known], dtype=np.int64)
    return Names(tuple(raters), tuple(items), tuple(systems), tuple(all_series), item_series)


def count_cells(frame: pd.DataFrame, names: Names) -> Cells:
    """Count checked rows of judgments (one criterion, one language)."""
    return count_codes(
        names,
        codes(frame["rater"], names.raters),
        codes(frame["item"], names.items),
        codes(frame["left_system"], names.systems),
        codes(frame["right_system"], names.systems),
        codes(frame["choice"], OUTCOMES),
        _log_lengths(frame),
    )


def count_codes(
    names: Names,
    rater: Ints,
    item: Ints,
    left: Ints,
    right: Ints,
    outcome: Ints,
    log_length: Floats | None = None,
) -> Cells:
    """Count rows given as codes, the outcome as its place in OUTCOMES."""
    k, kinds = len(names.systems), len(OUTCOMES)
    grid = len(names.raters) * len(names.items) * k * k
    key = ((rater * len(names.items) + item) * k + left) * k + right
    if grid * kinds <= max(SMALL, 2 * DENSE * key.size):
        # One plane of the grid per outcome: whole planes are added quickly.
        table = np.bincount(outcome * grid + key, minlength=grid * kinds).reshape(kinds, grid)
        made = table.sum(axis=0) > 0
        unique = np.flatnonzero(made)
        counts = table[:, unique]
        at = (np.cumsum(made) - 1)[key] if log_length is not None else key
    else:
        unique, at = np.unique(key, return_inverse=True)
        counts = np.bincount(outcome * unique.size + at, minlength=unique.size * kinds)
        counts = counts.reshape(kinds, unique.size)
    size = unique.size
    rest, right_code = _split(unique, k)
    rest, left_code = _split(rest, k)
    rater_code, item_code = _split(rest, len(names.items))
    left_wins, plain, neither, right_wins = counts
    lengths = np.full(size, np.nan)
    if log_length is not None and np.isfinite(log_length).any():
        lengths = sums(at, log_length, size) / counts.sum(axis=0)  # NaN where a row lacks its value
    return Cells(
        names=names,
        rater=rater_code,
        item=item_code,
        left=left_code,
        right=right_code,
        left_wins=left_wins,
        ties=plain + neither,
        right_wins=right_wins,
        neither=neither,
        log_length=lengths,
    )


def _split(code: Ints, width: int) -> tuple[Ints, Ints]:
    """Quotient and rest, of codes that are not negative; several times as fast as divmod."""
    rest = code // max(width, 1)
    return rest, code - rest * width


def _log_lengths(frame: pd.DataFrame) -> Floats:
    left, right = numbers(frame["left_length"]), numbers(frame["right_length"])
    known = (left > 0) & (right > 0)
    result = np.full(len(frame), np.nan)
    result[known] = np.log(left[known] / right[known])
    return result


def place_mean(values: Floats, rater: Ints, item: Ints, names: Names) -> Linear | None:
    """The mean of `values`, one per row, with the rows' codes of rater and item. None without rows."""
    if not values.size:
        return None
    place, row = crossed(rater, item)
    rows = np.bincount(place, minlength=row.size)
    total = exact_sums(place, values, rows)
    mean = float(total.sum()) / values.size
    rater, item = rater[row], item[row]
    phi = (total - rows * mean) / values.size
    return Linear(mean, phi, rater, item, names.item_series[item], values.size, rows)


def exact_sums(at: Ints, values: Floats, rows: Ints) -> Floats:
    """Sum `values` by the codes `at`, of which `rows` counts the rows.

    The values are rounded to a common power of two, so fine that no sum needs more than the 53 bits of a
    float: nothing is rounded in summing, and no order of the rows gives other bytes. Sorting would cost more.
    """
    largest = float(np.abs(values).max()) * int(rows.max())
    if largest == 0:
        return np.zeros(rows.size)
    step = 2.0 ** (math.frexp(largest)[1] - 52)
    return np.bincount(at, weights=np.rint(values / step) * step, minlength=rows.size)


def row_mean(values: Sequence[float] | Floats, raters: Column, items: Column, names: Names) -> Linear | None:
    """The mean of rows, in whichever order they come. None without rows."""
    value = np.asarray(values, dtype=float)
    return place_mean(value, codes(raters, names.raters), codes(items, names.items), names)


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
    criterion: str = SCORE

    @cached_property
    def present(self) -> tuple[int, ...]:
        return tuple(np.flatnonzero(np.bincount(self.system)).tolist())

    @cached_property
    def rater_and_item(self) -> Ints:
        """Rater and item as one code."""
        return self.rater * len(self.names.items) + self.item

    def cells_of(self, system: int) -> Ints:
        """The cells of a system."""
        return self._by_system.get(system, np.zeros(0, dtype=np.int64))

    @cached_property
    def _by_system(self) -> dict[int, Ints]:
        order = np.argsort(self.system, kind="stable")
        stops = np.cumsum(np.bincount(self.system))
        return {code: order[stops[code - 1] if code else 0 : stops[code]] for code in self.present}

    def linear(self, at: Ints, phi: Floats, value: float) -> Linear:
        item = self.item[at]
        return Linear(value, phi, self.rater[at], item, self.names.item_series[item], int(self.n[at].sum()))

    @cached_property
    def complete(self) -> bool:
        """Whether every system was scored by the same raters on the same items."""
        places = [self.rater_and_item[self.cells_of(system)] for system in self.present]
        return all(np.array_equal(places[0], other) for other in places[1:])


def score_cells(frame: pd.DataFrame, names: Names, context: str, values: Floats | None = None) -> ScoreCells:
    """Return cell means of checked rows of scores (one criterion, context and language), or of `values`, one
    per row, in place of the scores."""
    rater, item = codes(frame["rater"], names.raters), codes(frame["item"], names.items)
    system = codes(frame["system"], names.systems)
    score = numbers(frame["score"]) if values is None else values
    floor = float(numbers(frame["scale_min"].iloc[:1])[0])
    criterion = str(frame["criterion"].iloc[0]) if "criterion" in frame else SCORE
    return average_codes(names, rater, item, system, score, context=context, floor=floor, criterion=criterion)


def average_codes(
    names: Names,
    rater: Ints,
    item: Ints,
    system: Ints,
    score: Floats,
    *,
    floor: float,
    context: str = "",
    criterion: str = SCORE,
) -> ScoreCells:
    """Return cell means of rows given as codes."""
    k = len(names.systems)
    key = (rater * len(names.items) + item) * k + system
    grid = len(names.raters) * len(names.items) * k
    if grid <= max(SMALL, DENSE * key.size):
        made = np.bincount(key, minlength=grid)
        unique = np.flatnonzero(made)
        n, at = made[unique], (np.cumsum(made > 0) - 1)[key]
    else:
        unique, at, n = np.unique(key, return_inverse=True, return_counts=True)
    means = sums(at, score, unique.size) / n
    rest, system_code = np.divmod(unique, k)
    rater_code, item_code = np.divmod(rest, len(names.items))
    return ScoreCells(names, context, rater_code, item_code, system_code, means, n, floor, criterion)


def compare_scores(cells: ScoreCells) -> Cells | None:
    """Every two systems that one rater scored on one scene, as counted judgments; None where there are too
    many.

    What a rater scored more than once counts by its mean, so that each pair is compared once.
    """
    size = np.bincount(cells.rater_and_item) if cells.rater_and_item.size else np.zeros(0, dtype=np.int64)
    if int((size * (size - 1) // 2).sum()) > MOST_COMPARISONS:
        return None
    # The cells of one rater and scene are neighbours: compare each with the next one, the one after, ...
    first = [np.zeros(0, dtype=np.int64)]
    second = [np.zeros(0, dtype=np.int64)]
    for step in range(1, int(size.max(initial=0))):
        at = np.flatnonzero(cells.rater_and_item[:-step] == cells.rater_and_item[step:])
        first.append(at)
        second.append(at + step)
    one, two = np.concatenate(first), np.concatenate(second)
    gap = cells.score[one] - cells.score[two]
    outcome = np.full(one.size, OUTCOMES.index("tie"))
    outcome[gap > ALIKE], outcome[gap < -ALIKE] = OUTCOMES.index("left"), OUTCOMES.index("right")
    return count_codes(
        cells.names, cells.rater[one], cells.item[one], cells.system[one], cells.system[two], outcome
    )
