"""What stands beside the win rates of one criterion and language, and what is read across criteria."""

from collections.abc import Iterator

import pandas as pd

from analysis.messages import Warn, message
from analysis.stats.cells import Names, name_codes
from analysis.stats.lists.attention_entries import Attended
from analysis.stats.lists.breakdown import MOST_PAIRS, breakdown_entries, leading
from analysis.stats.lists.checks import Checks, checks_passed
from analysis.stats.lists.controls import control_quantities
from analysis.stats.lists.drift import drift_quantities
from analysis.stats.lists.errors import by_language
from analysis.stats.lists.lengths import length_entries
from analysis.stats.lists.reading_time import Read, read, speed_quantities
from analysis.stats.lists.sensitivity import sensitivity_quantities
from analysis.stats.lists.strength import strength_quantities
from analysis.stats.pair_rows import PairRows, contrasts
from analysis.stats.plan import Plan
from analysis.stats.quantities import Quantity, entry_of
from analysis.stats.report import Entry
from analysis.stats.scope import Scope
from analysis.stats.tables import Tables
from analysis.stats.values import is_any


def wide_names(tables: Tables, names: Names) -> Names:
    """The names of used and of excluded judgments, for results that put the latter back."""
    excluded = tables.excluded
    if excluded is None or excluded.empty or tables.judgments is None:
        return names
    return name_codes([tables.judgments, excluded], names.systems)


def quantities(scope: Scope, rows: pd.DataFrame) -> Iterator[Quantity]:
    """Strength and drift of the judgments of one scope."""
    by_pair = PairRows(rows, scope.names)
    yield from strength_quantities(scope, by_pair)
    yield from drift_quantities(scope, by_pair)


def sensitivity(
    scope: Scope, rows: pd.DataFrame, tables: Tables, wide: Names, attended: Attended | None
) -> Iterator[Quantity]:
    """The win rates of one scope under other rules for what counts; without those whom the signs of attention
    point out where that was planned."""
    flagged = attended.flagged if attended and (scope.plan.attention or {}).get("without_flagged") else None
    yield from sensitivity_quantities(scope, rows, _same_scope(tables.excluded, scope), wide, flagged)


def controls(scope: Scope, rows: pd.DataFrame, tables: Tables) -> Iterator[Quantity]:
    same = _same_scope(tables.same, scope)
    if same is not None and len(same):
        yield from control_quantities(scope, same, rows)


def passed_checks(scope: Scope, tables: Tables) -> dict[str, Checks] | None:
    """Per rater how the checks went; None where the plan names no known-worse system."""
    if not scope.plan.known_worse:
        return None
    checks = _same_scope(tables.checks, scope)
    return {} if checks is None else dict(checks_passed(checks, scope.plan.known_worse))


def breakdown(scope: Scope, tables: Tables) -> Iterator[Entry]:
    if scope.criterion == leading(scope.plan, tables.criteria()):
        yield from breakdown_entries(scope)


def breakdown_warning(scope: Scope, tables: Tables) -> Iterator[Warn]:
    """Says that pairs are not listed, where they are too many."""
    pairs = contrasts(scope)
    if len(pairs) > MOST_PAIRS and scope.criterion == leading(scope.plan, tables.criteria()):
        yield Warn(message("breakdown_left_out", pairs=len(pairs)), scope.places)


def lengths(tables: Tables, names: Names, plan: Plan) -> Iterator[Entry]:
    for language, judged, _ in by_language(tables.made, None):
        assert judged is not None
        yield from length_entries(judged, language, names, plan)


def readings(tables: Tables, names: Names) -> Iterator[tuple[str | None, Read]]:
    for language, judged, _ in by_language(tables.made, None):
        assert judged is not None
        found = read(judged, names)
        if found is not None:
            yield language, found


def speeds(language: str | None, found: Read, plan: Plan) -> Iterator[Entry]:
    """Entries at once, for words and characters per minute are never pooled."""
    for quantity in speed_quantities(found, language):
        yield entry_of(quantity, language, plan)


def _same_scope(frame: pd.DataFrame | None, scope: Scope) -> pd.DataFrame | None:
    if frame is None or frame.empty:
        return None
    return frame[
        is_any(frame["criterion"], scope.criterion) & is_any(frame["language"], scope.language or "")
    ]
