"""Position bias: how often the script on the left won, over all and per rater."""

from collections.abc import Iterator

import numpy as np
from scipy import stats

from analysis.stats.intervals import clopper_pearson
from analysis.stats.linear import Linear, crossed
from analysis.stats.multiplicity import benjamini_hochberg
from analysis.stats.quantities import Quantity
from analysis.stats.report import Entry
from analysis.stats.scope import Scope
from analysis.stats.win_rates import mean_of

EXACT = "Clopper-Pearson, rows of one rater"


def left_share(scope: Scope) -> Linear | None:
    """Share of decided rows that the left script won; None where no row was decided."""
    cells = scope.cells
    decided = cells.left_wins + cells.right_wins
    at = np.flatnonzero(decided)
    return mean_of(cells.left_wins[at].astype(float), decided[at], cells, at) if at.size else None


def left_share_quantities(scope: Scope) -> Iterator[Quantity]:
    share = left_share(scope)
    yield Quantity(
        what="position_bias",
        criterion=scope.criterion,
        keys={"scope": "all", "measure": "left_share"},
        estimate=share,
        scale="logit",
        null=0.5,
        reason=None if share else "no judgment was decided",
    )


def left_share_by_rater(scope: Scope) -> list[Entry]:
    """Per rater an exact binomial interval and test; p adjusted over the raters by Benjamini-Hochberg."""
    cells, level = scope.cells, scope.plan.level
    size = len(scope.names.raters)
    left = np.bincount(cells.rater, weights=cells.left_wins, minlength=size).astype(int)
    right = np.bincount(cells.rater, weights=cells.right_wins, minlength=size).astype(int)
    decided = left + right
    judged = np.flatnonzero(decided)
    p = [float(stats.binomtest(int(left[code]), int(decided[code])).pvalue) for code in judged]
    at = np.flatnonzero(cells.left_wins + cells.right_wins)
    items = np.bincount(cells.rater[at][crossed(cells.rater[at], cells.item[at])[1]], minlength=size)
    entries = []
    for code, value, adjusted in zip(judged.tolist(), p, benjamini_hochberg(p), strict=True):
        low, high = clopper_pearson(left[code], decided[code], level)
        entries.append(
            Entry(
                criterion=scope.criterion,
                estimate=left[code] / decided[code],
                low=low,
                high=high,
                level=level,
                method=EXACT,
                n=int(decided[code]),
                raters=1,
                items=int(items[code]),
                language=scope.language,
                cluster="row",
                own={
                    "scope": scope.names.raters[code],
                    "measure": "left_share",
                    "p": value,
                    "p_adjusted": adjusted,
                    "adjustment": "benjamini-hochberg",
                },
            )
        )
    return entries
