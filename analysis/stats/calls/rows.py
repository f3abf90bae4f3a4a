"""From arrays, one element a row, to what the estimators take: counted judgments, scores in cells, means of
rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis.stats.calls.labels import (
    Coded,
    Label,
    Labels,
    Numbers,
    coded,
    numbers,
    same_length,
    series_of_items,
)
from analysis.stats.cells import OUTCOMES, Cells, Names, count_codes
from analysis.stats.linear import Floats, Linear
from analysis.stats.place_means import place_mean
from analysis.stats.plan import Plan
from analysis.stats.scope import Scope
from analysis.stats.scores import ScoreCells, score_cells


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Counted judgments and the labels behind their codes."""

    cells: Cells
    systems: Coded
    raters: Coded
    items: Coded
    rows: int = field(default=0)

    def present(self) -> list[int]:
        """Codes of the systems that were judged."""
        return [int(code) for code in np.union1d(self.cells.left, self.cells.right)]

    def scope(self, human: Sequence[Label] = ()) -> Scope:
        """For estimators that take the scope of a report."""
        people = tuple(self.systems.names[self.systems.code(label)] for label in human)
        return Scope("", None, self.cells, Plan(human=people, systems=self.systems.names))

    def over(self, system: Label, opponent: Label | Sequence[Label] | None) -> tuple[int, list[int]]:
        """Codes of a system and of its opponents: one label, a list of labels, or None for all others. Raises
        UnknownLabel, and ValueError for a system over itself."""
        code = self.systems.code(system)
        if opponent is None:
            return code, [other for other in self.present() if other != code]
        others = sorted({self.systems.code(label) for label in several(opponent) or [opponent]})
        if code in others:
            raise ValueError(f"system {system!r} cannot be its own opponent")
        return code, others


def several(opponent: Any) -> list[Label] | None:
    """The labels of a list, a set or an array; None for a single label, which may be a tuple itself. Raises
    ValueError for an empty list."""
    if not isinstance(opponent, list | set | frozenset | np.ndarray):
        return None
    labels: list[Label] = list(opponent)
    if not labels:
        raise ValueError("name an opponent")
    return labels


def judged(
    left_system: Labels,
    right_system: Labels,
    choice: Labels,
    rater: Labels,
    item: Labels,
    *,
    series: Labels | None = None,
    systems: Sequence[Label] | None = None,
    left_length: Numbers | None = None,
    right_length: Numbers | None = None,
    keep: np.ndarray | None = None,
) -> Judged:
    """Judgments, one a row; `keep` picks rows once all of them are checked. Raises ValueError."""
    choices = coded(choice, "choice", OUTCOMES)
    raters, items = coded(rater, "rater"), coded(item, "item")
    both = sides(left_system, right_system, systems)
    size = same_length(
        left_system=both[0].codes,
        right_system=both[1].codes,
        choice=choices.codes,
        rater=raters.codes,
        item=items.codes,
    )
    left, right = both[0].codes, both[1].codes
    if (left == right).any():
        at = int(np.argmax(left == right))
        raise ValueError(f"row {at} (counted from 0): {both[0].labels[left[at]]!r} stands on both sides")
    item_series, series_names = series_of_items(series, items)
    names = Names(raters.names, items.names, both[0].names, series_names, item_series)
    lengths = _log_lengths(left_length, right_length, size)
    who, what, outcome = raters.codes, items.codes, choices.codes
    if keep is not None:
        who, what, left, right, outcome = (part[keep] for part in (who, what, left, right, outcome))
        lengths = None if lengths is None else lengths[keep]
    cells = count_codes(names, who, what, left, right, outcome, lengths)
    return Judged(cells, both[0], raters, items, size)


def sides(left: Labels, right: Labels, systems: Sequence[Label] | None) -> tuple[Coded, Coded]:
    """Both columns with the same codes."""
    one, two = coded(left, "left_system", systems), coded(right, "right_system", systems)
    if systems is None:
        known = sorted({*one.labels, *two.labels}, key=str)
        turns = [
            np.array([known.index(label) for label in side.labels], dtype=np.int64) for side in (one, two)
        ]
        names = tuple(map(str, known))
        if len(set(names)) < len(names):
            raise ValueError("two systems read alike, such as 1 and '1': give them different texts")
        one, two = (
            Coded("system", turn[side.codes] if side.codes.size else side.codes, tuple(known), names)
            for side, turn in zip((one, two), turns, strict=True)
        )
        return one, two
    return Coded("system", one.codes, one.labels, one.names), two


def _log_lengths(left: Numbers | None, right: Numbers | None, size: int) -> Floats | None:
    """Log of left length over right; NaN where one is 0, which stands for not known."""
    if left is None or right is None:
        return None
    one, two = numbers(left, "left_length", least=0), numbers(right, "right_length", least=0)
    same_length(rows=np.empty(size), left_length=one, right_length=two)
    result = np.full(size, np.nan)
    known = (one > 0) & (two > 0)
    result[known] = np.log(one[known] / two[known])
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Mean scores per rater, item and system, and the labels behind their codes."""

    cells: ScoreCells
    systems: Coded
    raters: Coded
    items: Coded


def scored(
    score: Numbers,
    system: Labels,
    rater: Labels,
    item: Labels,
    *,
    series: Labels | None = None,
    systems: Sequence[Label] | None = None,
    floor: float = 0.0,
) -> Scored:
    """Scores, one a row. Raises ValueError, also for a score below `floor`."""
    values = numbers(score, "score", least=floor if floor else -np.inf)
    which, raters, items = coded(system, "system", systems), coded(rater, "rater"), coded(item, "item")
    same_length(score=values, system=which.codes, rater=raters.codes, item=items.codes)
    item_series, series_names = series_of_items(series, items)
    names = Names(raters.names, items.names, which.names, series_names, item_series)
    frame = pd.DataFrame(
        {
            "rater": np.array(raters.names, dtype=object)[raters.codes],
            "item": np.array(items.names, dtype=object)[items.codes],
            "system": np.array(which.names, dtype=object)[which.codes],
            "score": values,
            "scale_min": floor,
        }
    )
    return Scored(score_cells(frame, names, ""), which, raters, items)


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Rater and item of each row, for means of rows."""

    raters: Coded
    items: Coded
    names: Names

    def mean(self, values: Floats, rows: np.ndarray | None = None) -> Linear | None:
        """The mean over some rows (a mask; all of them if None); None where there are none."""
        at = np.arange(len(values)) if rows is None else np.flatnonzero(rows)
        return place_mean(values[at], self.raters.codes[at], self.items.codes[at], self.names)


def places(rater: Labels, item: Labels, series: Labels | None = None) -> Places:
    raters, items = coded(rater, "rater"), coded(item, "item")
    same_length(rater=raters.codes, item=items.codes)
    item_series, series_names = series_of_items(series, items)
    return Places(raters, items, Names(raters.names, items.names, (), series_names, item_series))
