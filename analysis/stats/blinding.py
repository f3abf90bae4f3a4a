"""How well the blinding held: guesses of origin against what was true, and against what was preferred."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.messages import message
from analysis.stats.cells import place_mean
from analysis.stats.coded_columns import codes, is_any
from analysis.stats.linear import Ints
from analysis.stats.quantities import Quantity
from analysis.stats.scope import Scope
from analysis.stats.win_rates import ALL

NO_GUESS = message("no_guess")


def blinding_quantities(scope: Scope, rows: pd.DataFrame) -> Iterator[Quantity]:
    """Per system and over all the share of decided guesses that were right; how often "human" went with
    preference."""
    guesses = _guesses(scope, rows)
    if not guesses.right.size:
        return
    for code in scope.present:
        yield _right_share(scope, scope.name(code), guesses.of(code))
    yield _right_share(scope, ALL, guesses)
    yield _human_when_preferred(scope, rows)


@dataclass(frozen=True, eq=False)
class _Guesses:
    """Per script that a guess was made of: who and where, the system, whether it was left open, else whether
    it was right."""

    rater: Ints
    item: Ints
    system: Ints
    unsure: NDArray[np.bool_]
    right: NDArray[np.bool_]

    def at(self, rows: NDArray[np.bool_]) -> "_Guesses":
        return _Guesses(
            self.rater[rows], self.item[rows], self.system[rows], self.unsure[rows], self.right[rows]
        )

    def of(self, system: int) -> "_Guesses":
        return self.at(self.system == system)


def _guesses(scope: Scope, rows: pd.DataFrame) -> _Guesses:
    names, sides = scope.names, []
    people = np.isin(np.array(names.systems, dtype=object), scope.plan.human)
    for side in ("left", "right"):
        guess = rows[f"guess_{side}"]
        made = ~is_any(guess, "")
        if made.any():
            part = rows[made]
            system = codes(part[f"{side}_system"], names.systems)
            right = is_any(guess, "human")[made] == people[system]
            rater, item = codes(part["rater"], names.raters), codes(part["item"], names.items)
            sides.append((rater, item, system, is_any(guess, "unsure")[made], right))
    if not sides:
        none = np.zeros(0, dtype=np.int64)
        return _Guesses(none, none, none, none > 0, none > 0)
    return _Guesses(*(np.concatenate(parts) for parts in zip(*sides, strict=True)))


def _right_share(scope: Scope, system: str, guesses: _Guesses) -> Quantity:
    decided = guesses.at(~guesses.unsure)
    share = place_mean(decided.right.astype(float), decided.rater, decided.item, scope.names)
    return Quantity(
        what="blinding",
        criterion=scope.criterion,
        keys={"system": system, "measure": "right_share"},
        estimate=share,
        scale="logit",
        counts={"unsure": int(guesses.unsure.sum())},
        rates={"chance": 0.5},
        null=0.5,
        reason=None if share else NO_GUESS,
    )


def _human_when_preferred(scope: Scope, rows: pd.DataFrame) -> Quantity:
    """Of the pairs where one side was guessed human, the other machine, and one was preferred."""
    left, right, choice = rows["guess_left"], rows["guess_right"], rows["choice"]
    one_human = is_any(left, "human") & is_any(right, "machine")
    other = is_any(left, "machine") & is_any(right, "human")
    told = (one_human | other) & is_any(choice, "left", "right")
    same = (one_human == is_any(choice, "left"))[told]
    part = rows[told]
    rater, item = codes(part["rater"], scope.names.raters), codes(part["item"], scope.names.items)
    share = place_mean(same.astype(float), rater, item, scope.names)
    return Quantity(
        what="blinding",
        criterion=scope.criterion,
        keys={"system": ALL, "measure": "human_when_preferred"},
        estimate=share,
        scale="logit",
        counts={"left_aside": len(rows) - len(part)},
        rates={"chance": 0.5},
        null=0.5,
        reason=None if share else message("no_guessed_pair"),
    )
