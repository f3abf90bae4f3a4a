"""The table of raters: side, time, and agreement with the majority of the others. It describes; it excludes
nobody."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from analysis.stats.agreement_entries import oriented
from analysis.stats.dawid_skene import rater_quality
from analysis.stats.linear import Floats, Ints
from analysis.stats.majority import leave_one_out_points
from analysis.stats.report import Entry
from analysis.stats.scope import Scope

DESCRIPTIVE = "descriptive; the tables do not say which script of a check is the worse one"
CHECKED = "descriptive"
UNCHECKED = "descriptive; no check of this criterion came to the rater"
METHOD = "leave-one-out agreement with the majority, tied majorities shared"


def _units(scope: Scope) -> Ints:
    """Per cell the code of its item and pair of systems."""
    cells, k = scope.cells, len(scope.names.systems)
    low, high = np.minimum(cells.left, cells.right), np.maximum(cells.left, cells.right)
    _, unit = np.unique((cells.item * k + low) * k + high, return_inverse=True)
    return unit


def leave_one_out(scope: Scope) -> tuple[Floats, Floats]:
    """Per rater the points for agreeing with the majority of the others, and the judgments that others
    shared."""
    cells, size = scope.cells, len(scope.names.raters)
    return leave_one_out_points(_units(scope), cells.rater, oriented(cells), size)


def rater_entries(
    scope: Scope, rows: pd.DataFrame, passed: Mapping[str, float] | None = None
) -> Iterator[Entry]:
    """One entry a rater; its estimate is the leave-one-out agreement. `rows` are the judgments of the scope,
    `passed` the share of checks that each rater passed, None where no script is known to be the worse one."""
    cells, size = scope.cells, len(scope.names.raters)
    points, shared = leave_one_out(scope)
    accuracy = rater_quality(_units(scope), cells.rater, oriented(cells)).accuracy
    left = np.bincount(cells.rater, weights=cells.left_wins, minlength=size)
    decided = left + np.bincount(cells.rater, weights=cells.right_wins, minlength=size)
    made = np.bincount(cells.rater, weights=cells.n, minlength=size)
    seconds = pd.to_numeric(rows["seconds"].replace("", np.nan)).groupby(rows["rater"]).median()
    for code in np.flatnonzero(made).tolist():
        name = scope.names.raters[code]
        median = float(seconds.get(name, np.nan))
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
            items=len(np.unique(cells.item[cells.rater == code])),
            language=scope.language,
            family="exploratory",
            reason=_reason(name, passed) if agreed is not None else "nobody else judged the same pairs",
            own={
                "rater": name,
                "left_share": float(left[code] / decided[code]) if decided[code] else None,
                "median_seconds": median if np.isfinite(median) else None,
                "leave_one_out": agreed,
                "checks_passed": passed.get(name) if passed is not None else None,
                "accuracy": float(accuracy[code]) if shared[code] else None,
            },
        )


def _reason(name: str, passed: Mapping[str, float] | None) -> str:
    """Why there are no limits, and why no checks, where there are none."""
    if passed is None:
        return DESCRIPTIVE
    return CHECKED if name in passed else UNCHECKED
