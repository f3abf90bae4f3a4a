"""The table of raters: side, time, and agreement with the majority of the others. It describes; it excludes
nobody."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from analysis.messages import Message, message
from analysis.stats.dawid_skene import rater_quality
from analysis.stats.linear import Floats, Ints, crossed
from analysis.stats.majority import leave_one_out_points
from analysis.stats.report import Entry
from analysis.stats.scope import Scope
from analysis.stats.sections.checks import Checks
from analysis.stats.values import codes, numbers

DESCRIPTIVE = message("descriptive_worse_unknown")
CHECKED = message("descriptive")
UNCHECKED = message("descriptive_no_check")
METHOD = message("leave_one_out")


def _votes(scope: Scope) -> tuple[Ints, Ints, Floats]:
    """Per row the code of its item and pair of systems, its rater, and the outcomes with sides undone."""
    pairs = scope.cells.pairs
    unit, _ = crossed(pairs.index, pairs.item)
    return unit, pairs.rater, np.stack([pairs.wins, pairs.ties, pairs.losses], axis=1).astype(float)


def leave_one_out(scope: Scope) -> tuple[Floats, Floats]:
    """Per rater the points for agreeing with the majority of the others, and the judgments that others
    shared."""
    return leave_one_out_points(*_votes(scope), len(scope.names.raters))


def _medians(seconds: Floats, rater: Ints, raters: int) -> Floats:
    """Per rater, NaN where nothing is known."""
    known = np.isfinite(seconds)
    seconds, rater = seconds[known], rater[known]
    seconds = seconds[np.lexsort((seconds, rater))]
    counts = np.bincount(rater, minlength=raters)
    result, there = np.full(raters, np.nan), counts > 0
    first = (np.cumsum(counts) - counts)[there]
    low, high = first + (counts[there] - 1) // 2, first + counts[there] // 2
    result[there] = (seconds[low] + seconds[high]) / 2
    return result


def rater_entries(
    scope: Scope, rows: pd.DataFrame, passed: Mapping[str, Checks] | None = None
) -> Iterator[Entry]:
    """One entry a rater; its estimate is the leave-one-out agreement. `rows` are the judgments of the scope,
    `passed` how the checks of each rater went, None where no script is known to be the worse one."""
    cells, size = scope.cells, len(scope.names.raters)
    points, shared = leave_one_out(scope)
    several = len(cells.pairs.bounds) > 1  # of one pair the two systems have an order of their own
    accuracy = rater_quality(*_votes(scope), both_ways=several).accuracy
    left = np.bincount(cells.rater, weights=cells.left_wins, minlength=size)
    decided = left + np.bincount(cells.rater, weights=cells.right_wins, minlength=size)
    made = np.bincount(cells.rater, weights=cells.n, minlength=size)
    seconds = _medians(numbers(rows["seconds"]), codes(rows["rater"], scope.names.raters), size)
    items = np.bincount(cells.rater[crossed(cells.rater, cells.item)[1]], minlength=size)
    for code in np.flatnonzero(made).tolist():
        name = scope.names.raters[code]
        median = float(seconds[code])
        agreed = float(points[code] / shared[code]) if shared[code] else None
        yield Entry(
            criterion=scope.criterion,
            estimate=agreed,
            low=None,
            high=None,
            level=scope.plan.level,
            method=METHOD,
            n=int(made[code]),
            raters=1,
            items=int(items[code]),
            language=scope.language,
            family="exploratory",
            reason=_reason(name, passed) if agreed is not None else message("not_shared_pairs"),
            own={
                "rater": name,
                "left_share": float(left[code] / decided[code]) if decided[code] else None,
                "median_seconds": median if np.isfinite(median) else None,
                "leave_one_out": agreed,
                "checks_passed": passed[name].passed if passed and name in passed else None,
                "checks": passed[name].made if passed and name in passed else 0,
                "accuracy": float(accuracy[code]) if shared[code] else None,
            },
        )


def _reason(name: str, passed: Mapping[str, Checks] | None) -> Message:
    """Why there are no limits, and why no checks, where there are none."""
    if passed is None:
        return DESCRIPTIVE
    return CHECKED if name in passed else UNCHECKED
