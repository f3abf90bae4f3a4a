"""Whether raters judged otherwise late than early."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.messages import message
from analysis.stats.coded_columns import codes, numbers
from analysis.stats.linear import Ints, combine
from analysis.stats.quantities import Quantity
from analysis.stats.scope import AnyScope, Scope, contrasts
from analysis.stats.sensitivity import contrast_value

METHOD = message("half_difference")
NO_HALF = message("no_row_in_half")


def drift_quantities(scope: AnyScope, rows: pd.DataFrame) -> Iterator[Quantity]:
    """The win rate, or difference of mean scores, in the later half of each rater's positions less that in
    the earlier half, for machines over humans and the planned contrast. Nothing without positions.

    That of scores is about these scenes, as the model of `score_covariates` is.
    """
    half = halves_of_work(rows, codes(rows["rater"], scope.names.raters))
    if not half.any():
        return
    every, *halves = (
        scope.count(part, scope.names) if len(part) else None
        for part in (rows, rows[half == 1], rows[half == -1])
    )
    pairs = isinstance(scope, Scope)
    for system, other in contrasts(scope):
        whole = contrast_value(scope, every, system, other)
        late, early = (contrast_value(scope, cells, system, other) for cells in halves)
        known = sum(part.n for part in (late, early) if part)
        yield Quantity(
            what="drift",
            criterion=scope.criterion,
            keys={
                "system": scope.name(system),
                "opponent": scope.name(other),
                "measure": "late_minus_early",
                "of": "win_rate" if pairs else "score",
            },
            estimate=combine((1, -1), (late, early)) if late and early else None,
            counts={"left_out": whole.n - known if whole else 0},
            rates={"early": early.value if early else None, "late": late.value if late else None},
            family=scope.plan.supplementary_family(scope.criterion),
            null=0.0,
            reason=None if late and early else NO_HALF,
            method=METHOD,
            cluster=None if pairs else "item",
        )


def halves_of_work(frame: pd.DataFrame, raters: Ints) -> Ints:
    """Per row -1 in the earlier and 1 in the later half of its rater's positions in this scope.

    0 for the middle position of an odd number, and where no position is known.
    """
    position = numbers(frame["position"])
    known = np.flatnonzero(np.isfinite(position))
    half = np.zeros(len(position), dtype=np.int64)
    if not known.size:
        return half
    rank, ranks = pd.factorize(position[known], sort=True)
    place, places = pd.factorize(raters[known] * len(ranks) + rank, sort=True)
    rater = places // len(ranks)
    size = np.bincount(rater)
    order = np.arange(places.size) - (np.cumsum(size) - size)[rater]  # of a rater's positions, from 0
    side = np.sign(2 * order + 1 - size[rater])
    half[known] = side[place]
    return half
