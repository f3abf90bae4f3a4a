"""Results again under other rules for which answers count: a check of the result, never the result.

Of pairs these are win rates, of scripts read alone differences of mean scores.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.messages import Message, message
from analysis.stats.cells import Cells, Names, ScoreCells
from analysis.stats.coded_columns import coded, is_any, numbers
from analysis.stats.linear import Linear, combine
from analysis.stats.quantities import Quantity
from analysis.stats.scope import AnyScope, Scope, contrasts, script_columns
from analysis.stats.scores import means_of
from analysis.stats.tables import without_imputed
from analysis.stats.win_rates import win_rate

MANUAL = "manual"  # what excludes a row that a person excluded by hand
CONFIDENT = 3  # of 3: a guess of human or machine with this confidence
LEAST_LEFT = 1 / 3  # of the answers about a contrast, for a result without those with confident guesses
BY_CONFIDENCE = ("without_confident_guesses", "without_either")
NO_CONFIDENCE = message("no_confidence")
NO_ROWS = message("no_row")
FEW_LEFT = message("few_left")


@dataclass(frozen=True, eq=False)
class Rule:
    """What one rule counts, and what the result counts, with the same codes; `cells` is None with a `reason`
    where the rule cannot be applied."""

    rule: str
    cells: Cells | ScoreCells | None
    main: Cells | ScoreCells
    reason: Message | None = None


def contrast_value(
    scope: AnyScope, cells: Cells | ScoreCells | None, system: int, other: int
) -> Linear | None:
    """The win rate of a system over another one, or the difference of their mean scores; None without rows
    of both."""
    if isinstance(cells, Cells):
        found = win_rate(cells, system, [other])
        return None if found is None else found.linear
    means = means_of(cells)[0] if cells is not None and cells.present else {}
    return combine((1, -1), (means[system], means[other])) if {system, other} <= set(means) else None


def sensitivity_quantities(
    scope: AnyScope,
    rows: pd.DataFrame,
    excluded: pd.DataFrame | None,
    wide: Names,
    flagged: frozenset[str] | None = None,
) -> Iterator[Quantity]:
    """The planned contrasts and machines over humans, by every rule that the data can tell of, with the
    change from the result and its p.

    `rows` are the used rows of the scope, `excluded` those of its criterion and language that an
    exclusion took away, `wide` the names of both. `flagged` are raters whom signs of attention point out,
    None where results without them were not planned.
    """
    pairs = contrasts(scope)
    if not pairs:
        return
    again = [
        *_without(scope, rows, pairs),
        *_with_excluded(scope, rows, excluded, wide, pairs),
        *_with_fewer_rows(scope, rows, flagged),
    ]
    for system, other in pairs:
        for rule in again:
            yield _quantity(scope, rule, system, other)


def knew_script(rows: pd.DataFrame) -> np.ndarray:
    """Rows whose rater knew the scene or script on any side."""
    return np.any([is_any(rows[script.knew], "true") for script in script_columns(rows)], axis=0)


def confident_guess(rows: pd.DataFrame) -> np.ndarray:
    """Rows with a guess of human or machine, right or wrong, of confidence 3 on any side.

    Right and wrong alike: leaving out the right ones alone would pick rows by their outcome.
    """
    sides = [
        is_any(rows[script.guess], "human", "machine") & (numbers(rows[script.guess_confidence]) >= CONFIDENT)
        for script in script_columns(rows)
    ]
    return np.any(sides, axis=0)


def _was_asked(rows: pd.DataFrame, what: str) -> bool:
    return any(not is_any(rows[getattr(script, what)], "").all() for script in script_columns(rows))


def _rule(scope: AnyScope, rule: str, rows: pd.DataFrame) -> Rule:
    return Rule(rule, scope.count(rows, scope.names) if len(rows) else None, scope.cells)


def _without(scope: AnyScope, rows: pd.DataFrame, pairs: list[tuple[int, int]]) -> Iterator[Rule]:
    asked = {
        "without_known": _was_asked(rows, "knew"),
        "without_confident_guesses": _was_asked(rows, "guess"),
    }
    if not any(asked.values()):
        return
    rows = rows[_rows_of_pairs(rows, pairs, scope.names.systems)]
    rated = _was_asked(rows, "guess_confidence")
    drops: dict[str, np.ndarray | None] = {}
    if asked["without_known"]:
        drops["without_known"] = knew_script(rows)
    if asked["without_confident_guesses"]:
        drops["without_confident_guesses"] = confident_guess(rows) if rated else None
    if len(drops) == 2 and all(drop is None or drop.any() for drop in drops.values()):
        drops["without_either"] = knew_script(rows) | confident_guess(rows) if rated else None
    for rule, drop in drops.items():
        yield (
            Rule(rule, None, scope.cells, NO_CONFIDENCE) if drop is None else _rule(scope, rule, rows[~drop])
        )


def _with_excluded(
    scope: AnyScope,
    rows: pd.DataFrame,
    excluded: pd.DataFrame | None,
    wide: Names,
    pairs: list[tuple[int, int]],
) -> Iterator[Rule]:
    if excluded is None or excluded.empty:
        return
    by_hand = excluded.loc[is_any(excluded["excluded"], MANUAL)]
    main = scope.count(rows, wide)
    for rule, back in (("with_excluded", excluded), ("with_manual", by_hand)):
        if rule == "with_excluded" or len(by_hand):
            parts = [part.loc[_rows_of_pairs(part, pairs, scope.names.systems)] for part in (rows, back)]
            # Both have the categories of one table, so that they stay categories.
            yield Rule(rule, scope.count(pd.concat(parts, ignore_index=True), wide), main)


def _with_fewer_rows(scope: AnyScope, rows: pd.DataFrame, flagged: frozenset[str] | None) -> Iterator[Rule]:
    """Without imputed rows, flagged raters, and answers after staff issued a new link to the rater."""
    made = without_imputed(rows)
    if len(made) < len(rows):
        yield _rule(scope, "without_imputed", made)
    if flagged is not None:
        yield _rule(scope, "without_flagged", rows.loc[~is_any(rows["rater"], *flagged)])
    later = is_any(rows["after_new_link"], "true")
    if later.any():
        yield _rule(scope, "without_new_links", rows.loc[~later])


def _rows_of_pairs(rows: pd.DataFrame, pairs: list[tuple[int, int]], systems: tuple[str, ...]) -> np.ndarray:
    """Rows of these pairs; of scores those of any system in them. Excluded rows may be about a system that no
    other row knows: it has the last code."""
    width = len(systems) + 1
    wanted = np.array([min(pair) * width + max(pair) for pair in pairs], dtype=np.int64)
    of: Mapping[str, int] = {name: at for at, name in enumerate(systems)}
    sides = []
    for script in script_columns(rows):
        found, names = coded(rows[script.system])
        own = np.array([of.get(name, len(systems)) for name in names] + [len(systems)], dtype=np.int64)
        sides.append(own[found])
    if len(sides) == 1:
        return sides[0] < len(systems)
    return np.isin(np.minimum(*sides) * width + np.maximum(*sides), wanted)


def _quantity(scope: AnyScope, again: Rule, system: int, other: int) -> Quantity:
    main = contrast_value(scope, again.main, system, other)
    found = contrast_value(scope, again.cells, system, other)
    assert main is not None
    left, reason = found.n if found else 0, again.reason or NO_ROWS
    changed = 0 if again.reason else abs(main.n - left)
    if again.reason is None and again.rule in BY_CONFIDENCE and left < LEAST_LEFT * main.n:
        found, reason = None, FEW_LEFT
    pairs = isinstance(scope, Scope)
    return Quantity(
        what="sensitivity",
        criterion=scope.criterion,
        keys={
            "system": scope.name(system),
            "opponent": scope.name(other),
            "rule": again.rule,
            "of": "win_rate" if pairs else "score",
        },
        estimate=found,
        scale="logit" if pairs else "identity",
        counts={"left_out": changed},
        rates={"main": main.value},
        family=scope.plan.supplementary_family(scope.criterion),
        null=0.0,
        tested=None if found is None else (combine((1, -1), (found, main)), "identity"),
        reason=None if found else reason,
        method=message(again.rule),
    )
