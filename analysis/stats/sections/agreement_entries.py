"""Agreement as entries of the report: of judgments and of scores.

Judgments of one pair of systems are re-oriented to one order of the two. Over several pairs no order can be
told from another, so each judgment counts half in either orientation.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.messages import Message, message
from analysis.stats import icc
from analysis.stats.agreement import alpha, by_item, nominal_by_group, raw_agreement
from analysis.stats.cells import Cells, ScoreCells
from analysis.stats.linear import Floats, Ints, crossed, distinct
from analysis.stats.plan import Plan
from analysis.stats.report import Entry
from analysis.stats.resampling import Draw, bootstrap_limits
from analysis.stats.scope import Scope
from analysis.stats.values import codes

Measure = Callable[[Floats, Ints, Floats | None], Floats]
BOOTSTRAP = message("bootstrap_scenes")
JUDGMENT_MEASURES = ("alpha_nominal", "raw", "ac1")
SCORE_MEASURES: Mapping[str, Measure] = {"alpha_ordinal": partial(alpha, ordinal=True), "raw": raw_agreement}
SAME = message("all_alike")
ALONE = message("not_shared")
TOO_MANY = message("too_many_scores")
MOST_COUNTS = 5_000_000  # units x different scores
AT_ONCE = 100  # pairs of systems


def oriented(cells: Cells) -> Floats:
    """Per cell the wins, ties and losses of the system that is listed first."""
    swapped = cells.left > cells.right
    wins = np.where(swapped, cells.right_wins, cells.left_wins)
    losses = np.where(swapped, cells.left_wins, cells.right_wins)
    return np.stack([wins, cells.ties, losses], axis=1).astype(float)


def judgment_agreement(scope: Scope, draw: Draw) -> Iterator[Entry]:
    """Over all pairs of systems, and for each pair (of up to MOST_SYSTEMS systems)."""
    judged = _judged(scope)
    pairs, groups = scope.cells.pairs, len(scope.cells.pairs.bounds)
    seen = np.zeros((groups, len(scope.names.raters)), dtype=bool)
    shared = judged.shared[judged.unit_of_row]
    seen[pairs.index[shared], pairs.rater[shared]] = True
    everyone = np.array([seen.any(axis=0).sum()])
    yield from _judgments(scope, draw, ["all"], judged.in_one(), everyone, both_ways=groups > 1)
    if groups < 2 or scope.many:
        return
    names = [f"{scope.name(one)}|{scope.name(two)}" for one, two in pairs.bounds]
    raters = seen.sum(axis=1)
    for begin in range(0, groups, AT_ONCE):
        part = slice(begin, begin + AT_ONCE)
        yield from _judgments(scope, draw, names[part], judged.of(begin, AT_ONCE), raters[part])


@dataclass(frozen=True, eq=False)
class _Judged:
    """Per unit (item x pair of systems) the outcomes with one in all for each of its raters, their `own`
    squared shares, the rows behind them, the item, and the group (pair of systems) it belongs to."""

    counts: Floats
    own: Floats
    rows: Ints
    item: Ints
    group: Ints
    unit_of_row: Ints

    @property
    def shared(self) -> NDArray[np.bool_]:
        """Which units two raters judged."""
        return np.asarray(self.counts.sum(axis=1) > 1.5)

    def in_one(self) -> "_Judged":
        return replace(self, group=np.zeros_like(self.group))

    def of(self, begin: int, size: int) -> "_Judged":
        """The units of some neighbouring groups, counted from the first of these."""
        at = np.flatnonzero((self.group >= begin) & (self.group < begin + size))
        parts = (self.counts[at], self.own[at], self.rows[at], self.item[at], self.group[at] - begin)
        return _Judged(*parts, self.unit_of_row)


def _judged(scope: Scope) -> _Judged:
    pairs = scope.cells.pairs
    unit, row = crossed(pairs.index, pairs.item)
    outcomes = np.stack([pairs.wins, pairs.ties, pairs.losses], axis=1)
    shares = outcomes / pairs.n[:, None]
    return _Judged(
        counts=by_item(shares, unit, row.size),
        own=np.bincount(unit, weights=(shares**2).sum(axis=1), minlength=row.size),
        rows=np.bincount(unit, weights=pairs.n, minlength=row.size).astype(np.int64),
        item=pairs.item[row],
        group=pairs.index[row],
        unit_of_row=unit,
    )


def _judgments(
    scope: Scope, draw: Draw, names: list[str], judged: _Judged, raters: Ints, both_ways: bool = False
) -> Iterator[Entry]:
    """The groups of units have the `names`."""
    size, group, item = len(names), judged.group, judged.item
    shared = np.flatnonzero(judged.shared)
    n = np.bincount(group[shared], weights=judged.rows[shared], minlength=size)
    items = np.bincount(group[shared[crossed(group[shared], item[shared])[1]]], minlength=size)
    parts = (judged.counts, item, group, size)
    found = nominal_by_group(*parts, own=judged.own, both_ways=both_ways)
    drawn = nominal_by_group(*parts, draw.item_weights, judged.own, both_ways=both_ways)
    for at, name in enumerate(names):
        for measure in JUDGMENT_MEASURES:
            yield _entry(
                criterion=scope.criterion,
                language=scope.language,
                plan=scope.plan,
                measure=measure,
                scope_name=name,
                value=float(getattr(found, measure)[0, at]),
                replicates=lambda: getattr(drawn, measure)[:, at],  # noqa: B023 - used at once
                n=int(n[at]),
                items=int(items[at]),
                raters=int(raters[at]),
            )


def score_agreement(cells: ScoreCells, language: str | None, plan: Plan, draw: Draw) -> Iterator[Entry]:
    """The unit is item x system; scores are ranks for alpha, and numbers for the intraclass correlations."""
    values, value = np.unique(cells.score, return_inverse=True)
    unit, row = crossed(cells.item, cells.system)
    item = cells.item[row]
    wide = row.size * values.size > MOST_COUNTS
    counts = np.zeros((0, 1)) if wide else _counts(unit, value, row.size, values.size)
    made = np.bincount(unit, minlength=row.size)
    enough = made >= 2
    units, at = (counts, item[:0]) if wide else (counts[enough], item[enough])
    for measure, function in SCORE_MEASURES.items():
        yield _entry(
            criterion=cells.criterion,
            language=language,
            plan=plan,
            measure=measure,
            scope_name="all",
            value=float(function(units, at, None)[0]) if units.size else np.nan,
            replicates=partial(function, units, at, draw.item_weights),
            n=int(made[enough].sum()),
            items=distinct(item[enough]),
            raters=distinct(cells.rater[enough[unit]]),
            context=cells.context,
            refused=TOO_MANY if wide else None,
        )
    yield from _icc_entries(cells, language, plan)


def _counts(unit: Ints, value: Ints, units: int, values: int) -> Floats:
    flat = np.bincount(unit * values + value, minlength=units * values)
    return flat.reshape(units, values).astype(float)


def _entry(
    *,
    criterion: str,
    language: str | None,
    plan: Plan,
    measure: str,
    scope_name: str,
    value: float,
    replicates: Callable[[], Floats],
    n: int,
    items: int,
    raters: int,
    context: str | None = None,
    refused: Message | None = None,
) -> Entry:
    own: dict[str, str] = {"measure": measure, "scope": scope_name}
    if context is not None:
        own["context"] = context
    limits, reason = None, refused
    if reason is None and not n:
        reason = ALONE
    elif reason is None and not np.isfinite(value):
        reason = SAME
    elif reason is None and items < 2:
        reason = message("one_scene_only")
    elif reason is None:
        limits, reason = bootstrap_limits(replicates(), plan.level)
    low, high = limits or (None, None)
    return Entry(
        criterion=criterion,
        estimate=value if n and np.isfinite(value) else None,
        low=low,
        high=high,
        level=plan.level,
        method=BOOTSTRAP,
        n=n,
        raters=raters,
        items=items,
        language=language,
        family=plan.family(criterion),
        reason=reason,
        own=own,
    )


def _icc_entries(cells: ScoreCells, language: str | None, plan: Plan) -> Iterator[Entry]:
    table = icc.crossed_table(cells)
    for measure in ("icc_a1", "icc_ak"):
        result = icc.agreement(table, plan.level, average=measure == "icc_ak") if table is not None else None
        yield Entry(
            criterion=cells.criterion,
            estimate=result.value if result else None,
            low=result.low if result else None,
            high=result.high if result else None,
            level=plan.level,
            method=icc.METHOD,
            n=int(cells.n.sum()),
            raters=distinct(cells.rater),
            items=distinct(cells.item),
            language=language,
            family=plan.family(cells.criterion),
            reason=result.reason if result else message("not_crossed"),
            own={"measure": measure, "scope": "all", "context": cells.context},
        )


def intra_rater(scope: Scope, repeats: pd.DataFrame) -> Iterator[Entry]:
    """Share of repeated pairs that a rater judged as the first time, sides undone."""
    cells, names = scope.cells, scope.names
    size, k = len(names.items), len(names.systems)
    known = repeats["rater"].isin(names.raters) & repeats["item"].isin(names.items)
    known &= repeats["left_system"].isin(names.systems) & repeats["right_system"].isin(names.systems)
    rows = repeats[known]
    left, right = codes(rows["left_system"], names.systems), codes(rows["right_system"], names.systems)
    choice = rows["choice"].to_numpy()
    sign = np.where(choice == "left", 1, np.where(choice == "right", -1, 0)) * np.where(left < right, 1, -1)
    rater, item = codes(rows["rater"], names.raters), codes(rows["item"], names.items)
    again = ((rater * size + item) * k + np.minimum(left, right)) * k + np.maximum(left, right)
    low, high = np.minimum(cells.left, cells.right), np.maximum(cells.left, cells.right)
    first = ((cells.rater * size + cells.item) * k + low) * k + high
    wins = oriented(cells)
    _, at, count = np.unique(first, return_inverse=True, return_counts=True)
    once = (wins.sum(axis=1) == 1) & (count[at] == 1)
    before = dict(zip(first[once].tolist(), (wins[once, 0] - wins[once, 2]).tolist(), strict=True))
    same = [
        before[key] == value
        for key, value in zip(again.tolist(), sign.tolist(), strict=True)
        if key in before
    ]
    found = np.array([key in before for key in again.tolist()], dtype=bool)
    yield Entry(
        criterion=scope.criterion,
        estimate=float(np.mean(same)) if same else None,
        low=None,
        high=None,
        level=scope.plan.level,
        method=message("repeats_alike"),
        n=len(same),
        raters=distinct(rater[found]),
        items=distinct(item[found]),
        language=scope.language,
        family=scope.plan.family(scope.criterion),
        reason=message("descriptive" if same else "no_repeats"),
        own={"measure": "intra", "scope": "all"},
    )
