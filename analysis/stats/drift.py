"""Whether raters judged otherwise late than early."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.messages import message
from analysis.stats.cells import place_mean
from analysis.stats.coded_columns import numbers
from analysis.stats.linear import Ints, combine
from analysis.stats.quantities import Quantity
from analysis.stats.scope import PairRows, Scope, contrasts

METHOD = message("half_difference")
NO_HALF = message("no_row_in_half")


def drift_quantities(scope: Scope, rows: PairRows) -> Iterator[Quantity]:
    """The win rate in the later half of each rater's positions less that in the earlier half, for machines
    over humans and the planned contrast. Nothing where no position is known."""
    half = halves_of_work(rows)
    if not half.any():
        return
    for system, other in contrasts(scope):
        at, sign = rows.rows_between(system, other)
        parts = []
        for side in (1, -1):
            chosen = half[at] == side
            points = (sign[chosen] + 1) / 2
            parts.append(place_mean(points, rows.rater[at[chosen]], rows.item[at[chosen]], scope.names))
        late, early = parts
        yield Quantity(
            what="drift",
            criterion=scope.criterion,
            keys={
                "system": scope.name(system),
                "opponent": scope.name(other),
                "measure": "late_minus_early",
            },
            estimate=combine((1, -1), (late, early)) if late and early else None,
            counts={"left_out": int((half[at] == 0).sum())},
            rates={"early": early.value if early else None, "late": late.value if late else None},
            family=scope.plan.supplementary_family(scope.criterion),
            reason=None if late and early else NO_HALF,
            method=METHOD,
        )


def halves_of_work(rows: PairRows) -> Ints:
    """Per row -1 in the earlier and 1 in the later half of its rater's positions in this scope.

    0 for the middle position of an odd number, and where no position is known.
    """
    position = numbers(rows.frame["position"])
    known = np.flatnonzero(np.isfinite(position))
    half = np.zeros(len(position), dtype=np.int64)
    if not known.size:
        return half
    rank, ranks = pd.factorize(position[known], sort=True)
    place, places = pd.factorize(rows.rater[known] * len(ranks) + rank, sort=True)
    rater = places // len(ranks)
    size = np.bincount(rater)
    order = np.arange(places.size) - (np.cumsum(size) - size)[rater]  # of a rater's positions, from 0
    side = np.sign(2 * order + 1 - size[rater])
    half[known] = side[place]
    return half
