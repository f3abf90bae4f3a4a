"""Position bias: how often the script on the left won, over all and per rater."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.messages import message, steps
from analysis.stats.cells import Cells, row_mean
from analysis.stats.coded_columns import is_any
from analysis.stats.intervals import clopper_pearson, exact_half
from analysis.stats.linear import Floats, Ints, Linear, crossed
from analysis.stats.multiple_testing import benjamini_hochberg
from analysis.stats.quantities import Quantity
from analysis.stats.report import Entry
from analysis.stats.scope import Scope

EXACT = message("clopper_pearson_rows")
REPEATED = message("repeats_once")


def left_share(scope: Scope) -> Linear | None:
    """Share of decided rows that the left script won; None where no row was decided."""
    cells = scope.cells
    decided = cells.left_wins + cells.right_wins
    at = np.flatnonzero(decided)
    return _mean_of_sums(cells.left_wins[at].astype(float), decided[at], cells, at) if at.size else None


def _mean_of_sums(points: Floats, n: Ints, cells: Cells, at: Ints) -> Linear:
    """The mean of points over rows, both summed per cell, for the cells `at`; its influence by rater and
    item."""
    total = int(n.sum())
    value = float(points.sum()) / total
    place, row = crossed(cells.rater[at], cells.item[at])
    phi = np.bincount(place, weights=(points - n * value) / total, minlength=row.size)
    row = at[row]
    return Linear(value, phi, cells.rater[row], cells.item[row], cells.series[row], total)


def left_share_quantities(scope: Scope) -> Iterator[Quantity]:
    share = left_share(scope)
    yield Quantity(
        what="position_bias",
        criterion=scope.criterion,
        keys={"scope": "all", "measure": "left_share"},
        estimate=share,
        scale="logit",
        null=0.5,
        reason=None if share else message("no_decision"),
    )


def first_read_quantities(scope: Scope, rows: pd.DataFrame) -> Iterator[Quantity]:
    """Of the decided `rows` of which it is known which script was read first, how often that one won; nothing
    where it was not measured. On a narrow screen this is what the side is on a wide one."""
    known = is_any(rows["read_first"], "left", "right")
    if not known.any():
        return
    part = rows[known & is_any(rows["choice"], "left", "right")]
    won = is_any(part["read_first"], "left") == is_any(part["choice"], "left")
    share = row_mean(won.astype(float), part["rater"], part["item"], scope.names)
    yield Quantity(
        what="position_bias",
        criterion=scope.criterion,
        keys={"scope": "all", "measure": "first_read_share"},
        estimate=share,
        scale="logit",
        null=0.5,
        reason=None if share else message("no_decision"),
    )


@dataclass(frozen=True)
class RaterShare:
    """How often the left script won with one rater (a code), over `decided` rows of `different` pairs of
    scripts."""

    rater: int
    share: float
    low: float
    high: float
    p: float
    decided: int
    different: int


def shares_by_rater(cells: Cells, level: float) -> list[RaterShare]:
    """Per rater with a decided row an exact binomial interval and test.

    A pair of scripts that a rater decided more than once counts once in them, for its rows are not
    independent: judging the same again narrows no interval.
    """
    size, pairs = len(cells.names.raters), cells.pairs
    left = np.bincount(cells.rater, weights=cells.left_wins, minlength=size)
    decided = left + np.bincount(cells.rater, weights=cells.right_wins, minlength=size)
    different = np.bincount(pairs.rater, weights=pairs.wins + pairs.losses > 0, minlength=size)
    found = []
    for code in np.flatnonzero(decided).tolist():
        n, share = int(different[code]), float(left[code] / decided[code])
        low, high = clopper_pearson(share * n, n, level)
        found.append(RaterShare(code, share, low, high, exact_half(share * n, n), int(decided[code]), n))
    return found


def left_share_by_rater(scope: Scope) -> list[Entry]:
    """The shares of the raters; p adjusted over them by Benjamini-Hochberg."""
    cells, size = scope.cells, len(scope.names.raters)
    found = shares_by_rater(cells, scope.plan.level)
    at = np.flatnonzero(cells.left_wins + cells.right_wins)
    items = np.bincount(cells.rater[at][crossed(cells.rater[at], cells.item[at])[1]], minlength=size)
    entries = []
    for one, adjusted in zip(found, benjamini_hochberg([one.p for one in found]), strict=True):
        entries.append(
            Entry(
                criterion=scope.criterion,
                estimate=one.share,
                low=one.low,
                high=one.high,
                level=scope.plan.level,
                method=EXACT if one.different == one.decided else steps(EXACT, REPEATED),
                n=one.decided,
                raters=1,
                items=int(items[one.rater]),
                language=scope.language,
                cluster="row",
                own={
                    "scope": scope.names.raters[one.rater],
                    "measure": "left_share",
                    "p": one.p,
                    "p_adjusted": adjusted,
                    "adjustment": "benjamini-hochberg",
                    "tests": len(found),
                },
            )
        )
    return entries
