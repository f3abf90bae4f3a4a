"""Win rates again under other rules for which judgments count: a check of the result, never the result."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.messages import Message, message
from analysis.stats.cells import Cells, Names, count_cells
from analysis.stats.coded_columns import coded, is_any, numbers
from analysis.stats.quantities import Quantity
from analysis.stats.scope import Scope, contrasts
from analysis.stats.tables import without_imputed
from analysis.stats.win_rates import win_rate

MANUAL = "manual"  # what excludes a row that a person excluded by hand
CONFIDENT = 3  # of 3: a guess of human or machine with this confidence
LEAST_LEFT = 1 / 3  # of the judgments of a contrast, for a result without those with confident guesses
BY_CONFIDENCE = ("without_confident_guesses", "without_either")
COUNTED = (
    "rater", "item", "series", "left_system", "right_system", "choice", "left_length", "right_length",
)  # fmt: skip
NO_CONFIDENCE = message("no_confidence")
NO_ROWS = message("no_row")
FEW_LEFT = message("few_left")


@dataclass(frozen=True, eq=False)
class Rule:
    """What one rule counts; `cells` is None with a `reason` where the rule cannot be applied."""

    rule: str
    cells: Cells | None
    reason: Message | None = None


def sensitivity_quantities(
    scope: Scope,
    rows: pd.DataFrame,
    excluded: pd.DataFrame | None,
    wide: Names,
    flagged: frozenset[str] | None = None,
) -> Iterator[Quantity]:
    """Win rates of machines over humans and of the planned contrast, by every rule that the data can tell
    of.

    `rows` are the used judgments of the scope, `excluded` those of its criterion and language that an
    exclusion took away, `wide` the names of both. `flagged` are raters whom signs of attention point out,
    None where results without them were not planned.
    """
    pairs = contrasts(scope)
    if not pairs:
        return
    again = [
        *_without(scope, rows, pairs),
        *_with_excluded(scope, rows, excluded, wide, pairs),
        *_without_imputed(scope, rows),
        *_without_flagged(scope, rows, flagged),
        *_without_new_links(scope, rows),
    ]
    for system, other in pairs:
        for rule in again:
            yield _win_rate_quantity(scope, rule, system, other)


def knew_script(rows: pd.DataFrame) -> np.ndarray:
    """Rows whose rater knew the scene or script on either side."""
    return is_any(rows["knew_left"], "true") | is_any(rows["knew_right"], "true")


def confident_guess(rows: pd.DataFrame) -> np.ndarray:
    """Rows with a guess of human or machine, right or wrong, of confidence 3 on either side.

    Right and wrong alike: leaving out the right ones alone would pick rows by their outcome.
    """
    sides = [
        is_any(rows[f"guess_{side}"], "human", "machine")
        & (numbers(rows[f"guess_{side}_confidence"]) >= CONFIDENT)
        for side in ("left", "right")
    ]
    return sides[0] | sides[1]


def _was_asked(rows: pd.DataFrame, *columns: str) -> bool:
    return any(not is_any(rows[column], "").all() for column in columns)


def _without(scope: Scope, rows: pd.DataFrame, pairs: list[tuple[int, int]]) -> Iterator[Rule]:
    asked = {
        "without_known": _was_asked(rows, "knew_left", "knew_right"),
        "without_confident_guesses": _was_asked(rows, "guess_left", "guess_right"),
    }
    if not any(asked.values()):
        return
    rows = rows[_rows_of_pairs(rows, pairs, scope.names.systems)]
    rated = _was_asked(rows, "guess_left_confidence", "guess_right_confidence")
    drops: dict[str, np.ndarray | None] = {}
    if asked["without_known"]:
        drops["without_known"] = knew_script(rows)
    if asked["without_confident_guesses"]:
        drops["without_confident_guesses"] = confident_guess(rows) if rated else None
    if len(drops) == 2:
        drops["without_either"] = knew_script(rows) | confident_guess(rows) if rated else None
    for rule, drop in drops.items():
        if drop is None:
            yield Rule(rule, None, NO_CONFIDENCE)
        else:
            yield Rule(rule, count_cells(rows.loc[~drop, list(COUNTED)], scope.names))


def _with_excluded(
    scope: Scope,
    rows: pd.DataFrame,
    excluded: pd.DataFrame | None,
    wide: Names,
    pairs: list[tuple[int, int]],
) -> Iterator[Rule]:
    if excluded is None or excluded.empty:
        return
    by_hand = excluded.loc[is_any(excluded["excluded"], MANUAL)]
    for rule, back in (("with_excluded", excluded), ("with_manual", by_hand)):
        if rule == "with_excluded" or len(by_hand):
            parts = [
                part.loc[_rows_of_pairs(part, pairs, scope.names.systems), list(COUNTED)]
                for part in (rows, back)
            ]
            # Both have the categories of one table, so that they stay categories.
            yield Rule(rule, count_cells(pd.concat(parts, ignore_index=True), wide))


def _without_imputed(scope: Scope, rows: pd.DataFrame) -> Iterator[Rule]:
    made = without_imputed(rows)
    if len(made) < len(rows):
        yield Rule("without_imputed", count_cells(made[list(COUNTED)], scope.names))


def _without_flagged(scope: Scope, rows: pd.DataFrame, flagged: frozenset[str] | None) -> Iterator[Rule]:
    if flagged is not None:
        kept = rows.loc[~is_any(rows["rater"], *flagged), list(COUNTED)]
        yield Rule("without_flagged", count_cells(kept, scope.names))


def _without_new_links(scope: Scope, rows: pd.DataFrame) -> Iterator[Rule]:
    """Without answers that came after staff issued a new link to the rater, if there are any."""
    later = is_any(rows["after_new_link"], "true")
    if later.any():
        yield Rule("without_new_links", count_cells(rows.loc[~later, list(COUNTED)], scope.names))


def _rows_of_pairs(rows: pd.DataFrame, pairs: list[tuple[int, int]], systems: tuple[str, ...]) -> np.ndarray:
    """Rows of these pairs. Excluded rows may be about a system that no other row knows: it has the last
    code."""
    width = len(systems) + 1
    wanted = np.array([min(pair) * width + max(pair) for pair in pairs], dtype=np.int64)
    of: Mapping[str, int] = {name: at for at, name in enumerate(systems)}
    sides = []
    for column in ("left_system", "right_system"):
        found, names = coded(rows[column])
        own = np.array([of.get(name, len(systems)) for name in names] + [len(systems)], dtype=np.int64)
        sides.append(own[found])
    return np.isin(np.minimum(*sides) * width + np.maximum(*sides), wanted)


def _win_rate_quantity(scope: Scope, again: Rule, system: int, other: int) -> Quantity:
    main = win_rate(scope.cells, system, [other])
    rate = win_rate(again.cells, system, [other]) if again.cells is not None else None
    assert main is not None
    left, reason = rate.linear.n if rate else 0, again.reason or NO_ROWS
    changed = abs(main.linear.n - left) if again.cells is not None else 0
    if again.cells is not None and again.rule in BY_CONFIDENCE and left < LEAST_LEFT * main.linear.n:
        rate, reason = None, FEW_LEFT
    return Quantity(
        what="sensitivity",
        criterion=scope.criterion,
        keys={"system": scope.name(system), "opponent": scope.name(other), "rule": again.rule},
        estimate=rate.linear if rate else None,
        scale="logit",
        counts={"left_out": changed},
        rates={"main": main.linear.value},
        family=scope.plan.supplementary_family(scope.criterion),
        reason=None if rate else reason,
        method=message(again.rule),
    )
