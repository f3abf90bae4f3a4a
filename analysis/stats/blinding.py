"""Whether raters recognized who wrote a script: guesses of origin against the truth and the preference."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.messages import Message, message
from analysis.stats.cells import Names, place_mean
from analysis.stats.coded_columns import codes, is_any
from analysis.stats.linear import Ints, Linear, combine
from analysis.stats.quantities import Quantity
from analysis.stats.scope import AnyScope, Scope, script_columns
from analysis.stats.win_rates import ALL

NO_GUESS = message("no_guess")
ONE_ORIGIN = message("one_origin_guessed")


@dataclass(frozen=True, eq=False)
class Guesses:
    """Guesses of origin, one per script: codes of rater, scene and system, and whether the rater guessed
    "machine" or was unsure."""

    names: Names
    rater: Ints
    item: Ints
    system: Ints
    machine: NDArray[np.bool_]
    unsure: NDArray[np.bool_]

    def machine_share(self, chosen: NDArray[np.bool_]) -> Linear | None:
        """The share of "machine" among the decided guesses `chosen`; None without any."""
        at = chosen & ~self.unsure
        return place_mean(self.machine[at].astype(float), self.rater[at], self.item[at], self.names)

    def difference(self, chosen: NDArray[np.bool_], others: NDArray[np.bool_]) -> Linear | None:
        """The share of "machine" on the scripts `chosen` minus that on `others`; None if one has none."""
        one, two = self.machine_share(chosen), self.machine_share(others)
        return None if one is None or two is None else combine((1, -1), (one, two))


def blinding_quantities(scope: AnyScope, rows: pd.DataFrame) -> Iterator[Quantity]:
    """Hits minus false alarms, the share of "machine" guesses overall and each system's against systems of
    its kind; how often "human" went with preference.

    A share of right guesses would depend on how readily raters say "machine". Hits minus false alarms does
    not: it is 0 for raters who guess without looking (Youden 1950, Cancer 3:32-35).
    """
    guesses = _guesses(scope, rows)
    if not guesses.unsure.size:
        return
    every, person = guesses.unsure | True, np.isin(guesses.system, scope.humans)
    share, contrast = guesses.machine_share(every), guesses.difference(~person, person)
    reason = NO_GUESS if share is None else ONE_ORIGIN
    counts = {"unsure": int(guesses.unsure.sum())}
    yield _quantity(scope, "hits_minus_false_alarms", ALL, contrast, counts, reason, 0.0)
    yield _quantity(scope, "machine_share", ALL, share, counts, NO_GUESS, None)
    for kind in (scope.machines, scope.humans):
        # Of two systems of a kind one contrast says it all.
        for code in kind if len(kind) > 2 else kind[: len(kind) - 1]:
            own = guesses.system == code
            gap = guesses.difference(own, np.isin(guesses.system, kind) & ~own)
            counts, name = {"unsure": int((own & guesses.unsure).sum())}, scope.name(code)
            yield _quantity(scope, "machine_share_vs_others", name, gap, counts, NO_GUESS, 0.0)
    if isinstance(scope, Scope):
        yield _human_when_preferred(scope, rows)


def _guesses(scope: AnyScope, rows: pd.DataFrame) -> Guesses:
    names, sides = scope.names, []
    for script in script_columns(rows):
        part = rows[~is_any(rows[script.guess], "")]
        guess = part[script.guess]
        rater, item = codes(part["rater"], names.raters), codes(part["item"], names.items)
        system = codes(part[script.system], names.systems)
        sides.append((rater, item, system, is_any(guess, "machine"), is_any(guess, "unsure")))
    return Guesses(names, *(np.concatenate(parts) for parts in zip(*sides, strict=True)))


def _human_when_preferred(scope: Scope, rows: pd.DataFrame) -> Quantity:
    """Of the pairs where one side was guessed human, the other machine, and one was preferred."""
    left, right, choice = rows["guess_left"], rows["guess_right"], rows["choice"]
    one_human = is_any(left, "human") & is_any(right, "machine")
    other = is_any(left, "machine") & is_any(right, "human")
    decided = (one_human | other) & is_any(choice, "left", "right")
    same = (one_human == is_any(choice, "left"))[decided]
    part = rows[decided]
    rater, item = codes(part["rater"], scope.names.raters), codes(part["item"], scope.names.items)
    share = place_mean(same.astype(float), rater, item, scope.names)
    counts = {"left_aside": len(rows) - len(part)}
    reason = message("no_guessed_pair")
    found = _quantity(scope, "human_when_preferred", ALL, share, counts, reason, 0.5)
    return replace(found, rates={"chance": 0.5})


def _quantity(
    scope: AnyScope,
    measure: str,
    system: str,
    value: Linear | None,
    counts: dict[str, int],
    reason: Message,
    null: float | None,
) -> Quantity:
    return Quantity(
        what="blinding",
        criterion=scope.criterion,
        keys={"system": system, "measure": measure},
        estimate=value,
        scale="identity" if null == 0 else "logit",
        counts=counts,
        null=null,
        reason=None if value else reason,
        extra={} if null is not None else {"p": None},
    )
