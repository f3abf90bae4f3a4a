"""How well the blinding held: guesses of origin against what was true, and against what was preferred."""

from collections.abc import Iterator

import pandas as pd

from analysis.stats.comparisons import ALL
from analysis.stats.quantities import Quantity
from analysis.stats.row_means import row_mean
from analysis.stats.scope import Scope

NO_GUESS = "nobody guessed an origin"


def blinding_quantities(scope: Scope, rows: pd.DataFrame) -> Iterator[Quantity]:
    """Per system and over all the share of decided guesses that were right; how often "human" went with
    preference."""
    guesses = _guesses(rows)
    if guesses.empty:
        return
    guesses["right"] = (guesses["guess"] == "human") == guesses["system"].isin(scope.plan.human)
    for system in (*(scope.name(code) for code in scope.present), ALL):
        of = guesses if system == ALL else guesses[guesses["system"] == system]
        yield _right_share(scope, system, of)
    yield _preferred(scope, rows)


def _guesses(rows: pd.DataFrame) -> pd.DataFrame:
    sides = []
    for side in ("left", "right"):
        part = rows.loc[rows[f"guess_{side}"] != "", ["rater", "item", f"{side}_system", f"guess_{side}"]]
        sides.append(part.set_axis(["rater", "item", "system", "guess"], axis=1))
    return pd.concat(sides, ignore_index=True)


def _right_share(scope: Scope, system: str, guesses: pd.DataFrame) -> Quantity:
    decided = guesses[guesses["guess"] != "unsure"]
    share = row_mean(
        decided["right"].tolist(), decided["rater"].tolist(), decided["item"].tolist(), scope.names
    )
    return Quantity(
        what="blinding",
        criterion=scope.criterion,
        keys={"system": system, "measure": "right_share"},
        estimate=share,
        scale="logit",
        counts={"unsure": int((guesses["guess"] == "unsure").sum())},
        rates={"chance": 0.5},
        null=0.5,
        reason=None if share else NO_GUESS,
    )


def _preferred(scope: Scope, rows: pd.DataFrame) -> Quantity:
    """Of the pairs where one side was guessed human, the other machine, and one was preferred."""
    one_human = (rows["guess_left"] == "human") & (rows["guess_right"] == "machine")
    other = (rows["guess_left"] == "machine") & (rows["guess_right"] == "human")
    told = rows[(one_human | other) & rows["choice"].isin(["left", "right"])]
    same = (told["guess_left"] == "human") == (told["choice"] == "left")
    share = row_mean(same.tolist(), told["rater"].tolist(), told["item"].tolist(), scope.names)
    return Quantity(
        what="blinding",
        criterion=scope.criterion,
        keys={"system": ALL, "measure": "human_when_preferred"},
        estimate=share,
        scale="logit",
        counts={"left_aside": len(rows) - len(told)},
        rates={"chance": 0.5},
        null=0.5,
        reason=None if share else "no pair was guessed to be of a human and a machine",
    )
