"""Agreement as entries of the report: judgments re-oriented to the planned order of systems, and scores."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
import pandas as pd

from analysis.stats import icc
from analysis.stats.agreement import ac1, alpha, raw_agreement
from analysis.stats.cells import Cells, codes
from analysis.stats.linear import Floats, Ints, distinct
from analysis.stats.plan import SCORE, Plan
from analysis.stats.report import Entry
from analysis.stats.resampling import Draw, percentile_limits
from analysis.stats.scope import Scope
from analysis.stats.scores import ScoreCells

Measure = Callable[[Floats, Ints, Floats | None], Floats]
BOOTSTRAP = "bootstrap over scenes, exponential weights, percentiles"
JUDGMENT_MEASURES: Mapping[str, Measure] = {"alpha_nominal": alpha, "raw": raw_agreement, "ac1": ac1}
SCORE_MEASURES: Mapping[str, Measure] = {"alpha_ordinal": partial(alpha, ordinal=True), "raw": raw_agreement}
SAME = "every judgment is the same, so that agreement cannot be told from chance"
ALONE = "nothing was judged by two raters"


def oriented(cells: Cells) -> Floats:
    """Per cell the wins, ties and losses of the system that the plan lists first."""
    swapped = cells.left > cells.right
    wins = np.where(swapped, cells.right_wins, cells.left_wins)
    losses = np.where(swapped, cells.left_wins, cells.right_wins)
    return np.stack([wins, cells.ties, losses], axis=1).astype(float)


def judgment_agreement(scope: Scope, draw: Draw) -> Iterator[Entry]:
    """Over all pairs of systems, and for each pair."""
    cells = scope.cells
    first, second = np.minimum(cells.left, cells.right), np.maximum(cells.left, cells.right)
    yield from _judgments(scope, draw, "all", np.ones(len(cells), dtype=bool))
    pairs = list(scope.pairs())
    for one, two in pairs if len(pairs) > 1 else []:
        chosen = (first == one) & (second == two)
        if chosen.any():
            yield from _judgments(scope, draw, f"{scope.name(one)}|{scope.name(two)}", chosen)


def _judgments(scope: Scope, draw: Draw, name: str, chosen: np.ndarray) -> Iterator[Entry]:
    cells, k = scope.cells, len(scope.names.systems)
    first, second = np.minimum(cells.left, cells.right), np.maximum(cells.left, cells.right)
    unit = (cells.item * k + first) * k + second
    counts, item, rows = _units(unit[chosen], oriented(cells)[chosen], cells.item[chosen], k * k)
    for measure, function in JUDGMENT_MEASURES.items():
        yield _entry(
            criterion=scope.criterion,
            language=scope.language,
            plan=scope.plan,
            measure=measure,
            scope_name=name,
            counts=counts,
            item=item,
            raters=distinct(cells.rater[chosen][np.isin(unit[chosen], rows)]),
            function=function,
            draw=draw,
        )


def _units(unit: Ints, counts: Floats, item: Ints, per_item: int) -> tuple[Floats, Ints, Ints]:
    """Counts per unit, of the units with two judgments or more; their items; their codes."""
    found, at = np.unique(unit, return_inverse=True)
    sums = np.zeros((found.size, counts.shape[1]))
    np.add.at(sums, at, counts)
    enough = sums.sum(axis=1) >= 2
    return sums[enough], found[enough] // per_item, found[enough]


def score_agreement(cells: ScoreCells, language: str | None, plan: Plan, draw: Draw) -> Iterator[Entry]:
    """The unit is item x system; scores are ranks for alpha, and numbers for the intraclass correlations."""
    values, value = np.unique(cells.score, return_inverse=True)
    k = len(cells.names.systems)
    unit = cells.item * k + cells.system
    counts, item, rows = _units(unit, np.eye(values.size)[value], cells.item, k)
    raters = distinct(cells.rater[np.isin(unit, rows)])
    for measure, function in SCORE_MEASURES.items():
        yield _entry(
            criterion=SCORE,
            language=language,
            plan=plan,
            measure=measure,
            scope_name="all",
            counts=counts,
            item=item,
            raters=raters,
            function=function,
            draw=draw,
            context=cells.context,
        )
    yield from _icc_entries(cells, language, plan)


def _entry(
    *,
    criterion: str,
    language: str | None,
    plan: Plan,
    measure: str,
    scope_name: str,
    counts: Floats,
    item: Ints,
    raters: int,
    function: Measure,
    draw: Draw,
    context: str | None = None,
) -> Entry:
    own: dict[str, str] = {"measure": measure, "scope": scope_name}
    if context is not None:
        own["context"] = context
    estimate, limits, reason = None, None, None
    if not len(counts):
        reason = ALONE
    else:
        value = float(function(counts, item, None)[0])
        estimate = value if np.isfinite(value) else None
        if estimate is None:
            reason = SAME
        elif distinct(item) < 2:
            reason = "one scene: nothing is known of how scenes differ"
        else:
            limits = percentile_limits(function(counts, item, draw.item_weights), plan.level)
            reason = None if limits else "too many replicates are not defined"
    low, high = limits or (None, None)
    return Entry(
        criterion=criterion,
        estimate=estimate,
        low=low,
        high=high,
        level=plan.level,
        method=BOOTSTRAP,
        n=int(counts.sum()),
        raters=raters,
        items=distinct(item),
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
            criterion=SCORE,
            estimate=result.value if result else None,
            low=result.low if result else None,
            high=result.high if result else None,
            level=plan.level,
            method=icc.METHOD,
            n=int(cells.n.sum()),
            raters=distinct(cells.rater),
            items=distinct(cells.item),
            language=language,
            family=plan.family(SCORE),
            reason=result.reason if result else "not every rater scored every script",
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
        method="share of repeated pairs judged alike",
        n=len(same),
        raters=distinct(rater[found]),
        items=distinct(item[found]),
        language=scope.language,
        family=scope.plan.family(scope.criterion),
        reason="descriptive" if same else "no pair was judged again",
        own={"measure": "intra", "scope": "all"},
    )
