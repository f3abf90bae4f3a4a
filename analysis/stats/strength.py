"""How strong preferences were: the signed mean of the strengths that raters gave."""

from collections.abc import Iterator

import numpy as np

from analysis.messages import message
from analysis.stats.cells import place_mean
from analysis.stats.quantities import Quantity
from analysis.stats.scope import PairRows, Scope
from analysis.stats.values import numbers

METHOD = message("mean_strength")


def strength_quantities(scope: Scope, rows: PairRows) -> Iterator[Quantity]:
    """Per two systems the mean of the strength (1 to 3) of wins, minus that of losses, 0 for ties and
    neithers; from -3 to 3.

    Decided rows without a strength were not asked for one: they take no part and are counted. Nothing where
    no row has one.
    """
    given = numbers(rows.frame["strength"])
    if not np.isfinite(given).any():
        return
    for first, second in rows.pairs:
        human_first = first in scope.humans and second not in scope.humans
        system, other = (second, first) if human_first else (first, second)
        at, sign = rows.of(system, other)
        known = (sign == 0) | np.isfinite(given[at])
        signed = sign[known] * np.where(sign[known] == 0, 0.0, given[at[known]])
        yield Quantity(
            what="strength",
            criterion=scope.criterion,
            keys={"system": scope.name(system), "opponent": scope.name(other)},
            estimate=place_mean(signed, rows.rater[at[known]], rows.item[at[known]], scope.names),
            counts={"left_out": int((~known).sum())},
            family=scope.plan.family_beside(scope.criterion),
            reason=None if known.any() else message("no_strength"),
            method=METHOD,
        )
