"""Agreement of raters: Krippendorff's alpha, Gwet's AC1, raw agreement and intraclass correlations.

Alpha: Krippendorff (2011), Computing Krippendorff's alpha-reliability. AC1: Gwet (2008), British Journal of
Mathematical and Statistical Psychology 61:29-48. Raw agreement: the mean over units of the share of agreeing
pairs of judgments, the observed agreement of Fleiss (1971). Intraclass correlations of absolute agreement,
two-way random effects: McGraw and Wong (1996), Psychological Methods 1:30-46, ICC(A,1) and ICC(A,k), which
are ICC(2,1) and ICC(2,k) of Shrout and Fleiss (1979), Psychological Bulletin 86:420-428.

Judgments of one pair of systems are re-oriented to one order of the two. Over several pairs no order can be
told from another, so each judgment counts half in either orientation.

Raters who agree on nothing but that one system is weak agree on many scripts. Scope `*within` is alpha
without that: the chance agreement of choices is that within pairs of systems, and scores are less the mean of
their system.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from analysis.messages import Message, message
from analysis.stats.cells import Cells, ScoreCells
from analysis.stats.coded_columns import codes
from analysis.stats.linear import Floats, Ints, crossed, distinct
from analysis.stats.plan import Plan
from analysis.stats.report import Entry
from analysis.stats.resampling import Draw, bootstrap_limits
from analysis.stats.scope import Scope

# Most numbers that one step of a bootstrap holds at once.
CHUNK = 4_000_000
Measure = Callable[[Floats, Ints, Floats | None], Floats]
LITTLE_VARIATION = message("little_variation")
FEW_FOR_LIMITS = message("few_for_limits")
ICC_METHOD = message("f_icc")
BOOTSTRAP = message("bootstrap_scenes")
WITHIN = "*within"
JUDGMENT_MEASURES = ("alpha_nominal", "raw", "ac1")
SAME = message("all_alike")
ALONE = message("not_shared")
TOO_MANY = message("too_many_scores")
MOST_COUNTS = 5_000_000  # units x different scores
AT_ONCE = 100  # pairs of systems


def by_item(values: Floats, item: Ints, size: int) -> Floats:
    """Sum the rows of `values` by item."""
    return np.stack([np.bincount(item, weights=column, minlength=size) for column in values.T], axis=1)


def alpha(
    counts: Floats,
    item: Ints,
    weights: Floats | None = None,
    *,
    ordinal: bool = False,
    distance: Floats | None = None,
) -> Floats:
    """Krippendorff's alpha of units x categories counts, categories in order.

    `weights` (replicates x items) gives one alpha a replicate, else a single one. `distance` (categories x
    categories) holds the squared differences of another metric. NaN where it is not defined: no unit with
    two values, or only one category ever used.
    """
    made = counts.sum(axis=1)
    counts, item, made = counts[made >= 2], item[made >= 2], made[made >= 2]
    size = int(item.max()) + 1 if item.size else 0
    weights = np.ones((1, size)) if weights is None else weights[:, :size]
    step = max(1, CHUNK // max(1, *counts.shape))
    parts = (weights[at : at + step] for at in range(0, len(weights), step))
    squares = None if ordinal else 1.0 - np.eye(counts.shape[1]) if distance is None else distance
    return np.concatenate([_alpha(part, counts, item, made, squares) for part in parts])


def _alpha(weights: Floats, counts: Floats, item: Ints, made: Floats, squares: Floats | None) -> Floats:
    """`squares` are the squared differences of categories; None for the ordinal ones, which depend on how
    often each category was used."""
    margin = weights @ by_item(counts, item, weights.shape[1])
    total = margin.sum(axis=1)
    if squares is None:
        # The difference of two categories is that of their mean ranks. The sum of squared differences of
        # values is 2 (n x sum of squares - square of the sum), ranks counted from their mean.
        rank = np.cumsum(margin, axis=1) - margin / 2
        rank -= ((margin * rank).sum(axis=1) / np.where(total > 0, total, 1))[:, None]
        within = made * (rank**2 @ counts.T) - (rank @ counts.T) ** 2
        observed = 2 * (weights[:, item] * within / (made - 1)).sum(axis=1)
        expected = 2 * (total * (margin * rank**2).sum(axis=1) - (margin * rank).sum(axis=1) ** 2)
    else:
        within = ((counts @ squares) * counts).sum(axis=1) / (made - 1)
        observed = weights @ np.bincount(item, weights=within, minlength=weights.shape[1])
        expected = ((margin @ squares) * margin).sum(axis=1)
    defined = expected > 1e-12
    return np.where(defined, 1 - (total - 1) * observed / np.where(defined, expected, 1), np.nan)


def raw_agreement(counts: Floats, item: Ints, weights: Floats | None = None) -> Floats:
    """Mean over units of the share of agreeing pairs of values."""
    size = int(item.max()) + 1 if item.size else 0
    weights = np.ones((1, size)) if weights is None else weights[:, :size]
    made = counts.sum(axis=1)
    pairable = made >= 2
    share = (counts * (counts - 1)).sum(axis=1) / np.where(pairable, made * (made - 1), 1)
    sums = np.bincount(item, weights=np.where(pairable, share, 0.0), minlength=size)
    units = np.bincount(item, weights=pairable, minlength=size)
    total = weights @ units
    return np.where(total > 0, weights @ sums / np.where(total > 0, total, 1), np.nan)


def ac1(counts: Floats, item: Ints, weights: Floats | None = None) -> Floats:
    """Gwet's AC1 over the categories that are used at all. A unit with one value tells of the prevalence
    alone (Gwet 2014, Handbook of Inter-Rater Reliability)."""
    counts = counts[:, counts.sum(axis=0) > 0]
    k = counts.shape[1]
    agreed = raw_agreement(counts, item, weights)
    if k < 2:
        return np.full_like(agreed, np.nan)
    size = int(item.max()) + 1
    weights = np.ones((1, size)) if weights is None else weights[:, :size]
    made = counts.sum(axis=1, keepdims=True)
    shares = by_item(counts / made, item, size)
    units = np.bincount(item, minlength=size)
    prevalence = (weights @ shares) / (weights @ units)[:, None]
    chance = (prevalence * (1 - prevalence)).sum(axis=1) / (k - 1)
    return np.asarray((agreed - chance) / (1 - chance))


@dataclass(frozen=True, eq=False)
class Nominal:
    """Agreement in several groups of units at once: each replicates x groups, NaN where not defined.

    `within` is alpha over all groups, of chance agreement within the groups (replicates).
    """

    alpha_nominal: Floats
    raw: Floats
    ac1: Floats
    within: Floats


def nominal_by_group(
    counts: Floats,
    item: Ints,
    group: Ints,
    groups: int,
    weights: Floats | None = None,
    own: Floats | None = None,
    both_ways: bool = False,
) -> Nominal:
    """`alpha`, `raw_agreement` and `ac1` of each group of units.

    With `both_ways` every value counts half as it is and half as its mirror image (the categories in reverse
    order), so that it does not matter from which side it was written down.

    `counts` are units x categories, one in all for each rater; `weights` are replicates x items. `own` is per
    unit the sum over its raters of their squared shares of the categories, where some judged it more than
    once: nobody agrees with himself or herself. A unit with one value tells of the prevalence in AC1 alone.
    """
    k, size = counts.shape[1], int(item.max()) + 1 if item.size else 0
    weights = np.ones((1, size)) if weights is None else weights[:, :size]
    made = counts.sum(axis=1)
    alike = (counts**2).sum(axis=1) - (made if own is None else own)  # pairs of two raters
    pairable = made > 1.5
    others = np.where(pairable, made - 1, 1)
    columns = [
        np.where(pairable, made * others - alike, 0) / others,
        np.where(pairable, alike, 0) / (made * others),
        pairable.astype(float),
        np.ones_like(made),
        *(counts * pairable[:, None]).T,
        *(counts / made[:, None]).T,
    ]
    place = item * groups + group
    by_place = (np.bincount(place, weights=column, minlength=size * groups) for column in columns)
    table = np.stack([sums.reshape(size, groups) for sums in by_place])
    used = (table[4 + k :].sum(axis=1) > 0).sum(axis=0)
    apart, same, units, every, *rest = weights @ table
    margin, share = np.stack(rest[:k]), np.stack(rest[k:])
    if both_ways:  # within a unit as many values agree as before
        margin, share = (margin + margin[::-1]) / 2, (share + share[::-1]) / 2
        used = ((table[4 + k :] + table[4 + k :][::-1]).sum(axis=1) > 0).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):  # what is not defined is NaN below
        total = margin.sum(axis=0)
        expected = total**2 - (margin**2).sum(axis=0)
        alphas = np.where(expected > 1e-12, 1 - (total - 1) * apart / expected, np.nan)
        by_chance = np.where(total > 1, expected / (total - 1), 0.0).sum(axis=1)
        within = np.where(by_chance > 1e-12, 1 - apart.sum(axis=1) / by_chance, np.nan)
        raw = same / units
        prevalence = share / every
        chance = (prevalence * (1 - prevalence)).sum(axis=0) / (used - 1)
        first = np.where(used > 1, (raw - chance) / (1 - chance), np.nan)
    return Nominal(alphas, raw, first, within)


@dataclass(frozen=True)
class Correlation:
    value: float | None
    low: float | None
    high: float | None
    reason: Message | None = None


def crossed_table(cells: ScoreCells) -> Floats | None:
    """Scripts x raters where every rater scored every script, else None."""
    raters, rater = np.unique(cells.rater, return_inverse=True)
    scripts, script = np.unique(cells.item * len(cells.names.systems) + cells.system, return_inverse=True)
    if raters.size * scripts.size != cells.score.size or raters.size < 2 or scripts.size < 2:
        return None
    table = np.empty((scripts.size, raters.size))
    table[script, rater] = cells.score
    return table


def intraclass_correlation(table: Floats, level: float, *, average: bool) -> Correlation:
    """ICC(A,1), or ICC(A,k) with `average`, of a targets x raters table without gaps."""
    n, k = table.shape
    grand = table.mean()
    rows = k * ((table.mean(axis=1) - grand) ** 2).sum() / (n - 1)
    columns = n * ((table.mean(axis=0) - grand) ** 2).sum() / (k - 1)
    rest_table = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + grand
    rest = (rest_table**2).sum() / ((n - 1) * (k - 1))
    if rows + columns + rest <= 1e-12 or rest <= 1e-12:
        return Correlation(None, None, None, LITTLE_VARIATION)
    with np.errstate(all="ignore"):  # what is not finite is refused below
        single = (rows - rest) / (rows + (k - 1) * rest + k * (columns - rest) / n)
        a = k * single / (n * (1 - single))
        b = 1 + k * single * (n - 1) / (n * (1 - single))
        df = (a * columns + b * rest) ** 2 / (
            (a * columns) ** 2 / (k - 1) + (b * rest) ** 2 / ((n - 1) * (k - 1))
        )
        tail = 0.5 + level / 2
        upper, lower = special.fdtri(n - 1, df, tail), special.fdtri(df, n - 1, tail)
        other = k * columns + (k * n - k - n) * rest
        low = n * (rows - upper * rest) / (upper * other + n * rows)
        high = n * (lower * rows - rest) / (other + n * lower * rows)
    values = [float(value) for value in (single, low, high)]
    if not np.isfinite(values).all():
        return Correlation(None, None, None, LITTLE_VARIATION)
    if average:
        if min(1 + (k - 1) * value for value in values) <= 1e-12:
            return Correlation(None, None, None, LITTLE_VARIATION)  # at -1/(k - 1) the average has no ICC
        values = [k * value / (1 + (k - 1) * value) for value in values]
    if not values[1] <= values[0] <= values[2]:
        return Correlation(values[0], None, None, FEW_FOR_LIMITS)  # the approximate freedom is next to none
    return Correlation(values[0], values[1], values[2])


ALPHA_OF_SCORES: Mapping[str, Measure] = {"alpha_ordinal": partial(alpha, ordinal=True)}
SCORE_MEASURES: Mapping[str, Measure] = {**ALPHA_OF_SCORES, "raw": raw_agreement}


def outcomes_in_order(cells: Cells) -> Floats:
    """Per cell the wins, ties and losses of the system that is listed first."""
    swapped = cells.left > cells.right
    wins = np.where(swapped, cells.right_wins, cells.left_wins)
    losses = np.where(swapped, cells.left_wins, cells.right_wins)
    return np.stack([wins, cells.ties, losses], axis=1).astype(float)


def judgment_agreement(scope: Scope, draw: Draw) -> Iterator[Entry]:
    """Over all pairs of systems, and for each pair (of up to MOST_SYSTEMS systems)."""
    judged = _units_of(scope)
    pairs, groups = scope.cells.pairs, len(scope.cells.pairs.bounds)
    seen = np.zeros((groups, len(scope.names.raters)), dtype=bool)
    shared = judged.shared[judged.unit_of_row]
    seen[pairs.index[shared], pairs.rater[shared]] = True
    everyone = np.array([seen.any(axis=0).sum()])
    yield from _judgments(scope, draw, ["all"], judged.in_one(), everyone, both_ways=groups > 1)
    if groups < 2 or scope.many:
        return
    if groups <= AT_ONCE:
        yield from _judgments(scope, draw, [WITHIN], judged, everyone, groups=groups)
    names = [f"{scope.name(one)}|{scope.name(two)}" for one, two in pairs.bounds]
    raters = seen.sum(axis=1)
    for begin in range(0, groups, AT_ONCE):
        part = slice(begin, begin + AT_ONCE)
        yield from _judgments(scope, draw, names[part], judged.in_groups(begin, AT_ONCE), raters[part])


@dataclass(frozen=True, eq=False)
class _Units:
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

    def in_one(self) -> "_Units":
        return replace(self, group=np.zeros_like(self.group))

    def in_groups(self, begin: int, size: int) -> "_Units":
        """The units of some neighbouring groups, counted from the first of these."""
        at = np.flatnonzero((self.group >= begin) & (self.group < begin + size))
        parts = (self.counts[at], self.own[at], self.rows[at], self.item[at], self.group[at] - begin)
        return _Units(*parts, self.unit_of_row)


def _units_of(scope: Scope) -> _Units:
    pairs = scope.cells.pairs
    unit, row = crossed(pairs.index, pairs.item)
    outcomes = np.stack([pairs.wins, pairs.ties, pairs.losses], axis=1)
    shares = outcomes / pairs.n[:, None]
    return _Units(
        counts=by_item(shares, unit, row.size),
        own=np.bincount(unit, weights=(shares**2).sum(axis=1), minlength=row.size),
        rows=np.bincount(unit, weights=pairs.n, minlength=row.size).astype(np.int64),
        item=pairs.item[row],
        group=pairs.index[row],
        unit_of_row=unit,
    )


def _judgments(
    scope: Scope,
    draw: Draw,
    names: list[str],
    judged: _Units,
    raters: Ints,
    both_ways: bool = False,
    groups: int | None = None,
) -> Iterator[Entry]:
    """The groups of units have the `names`; of agreement within several `groups` there is one."""
    within, group = groups is not None, judged.group
    parts = (judged.counts, judged.item, group, groups or len(names))
    found = nominal_by_group(*parts, own=judged.own, both_ways=both_ways)
    drawn = nominal_by_group(*parts, draw.item_weights, judged.own, both_ways=both_ways)
    if within:
        group = np.zeros_like(group)
    size, item, shared = len(names), judged.item, np.flatnonzero(judged.shared)
    n = np.bincount(group[shared], weights=judged.rows[shared], minlength=size)
    items = np.bincount(group[shared[crossed(group[shared], item[shared])[1]]], minlength=size)

    def values(of: Nominal, measure: str, at: int) -> Floats:
        return of.within if within else np.asarray(getattr(of, measure)[:, at])

    for at, name in enumerate(names):
        for measure in JUDGMENT_MEASURES[: 1 if within else None]:
            yield _entry(
                criterion=scope.criterion,
                language=scope.language,
                plan=scope.plan,
                measure=measure,
                scope_name=name,
                value=float(values(found, measure, at)[0]),
                replicates=partial(values, drawn, measure, at),
                n=int(n[at]),
                items=int(items[at]),
                raters=int(raters[at]),
            )


def score_agreement(cells: ScoreCells, language: str | None, plan: Plan, draw: Draw) -> Iterator[Entry]:
    """The unit is item x system; scores are ranks for alpha, and numbers for the intraclass correlations."""
    yield from _scores(cells, language, plan, draw, "all", cells.score, SCORE_MEASURES)
    if len(cells.present) > 1:
        means = np.bincount(cells.system, cells.score) / np.maximum(np.bincount(cells.system), 1)
        rest = np.round(cells.score - means[cells.system], 9)
        yield from _scores(cells, language, plan, draw, WITHIN, rest, ALPHA_OF_SCORES)
    yield from _icc_entries(cells, language, plan)


def _scores(
    cells: ScoreCells,
    language: str | None,
    plan: Plan,
    draw: Draw,
    scope_name: str,
    scores: Floats,
    measures: Mapping[str, Measure],
) -> Iterator[Entry]:
    values, value = np.unique(scores, return_inverse=True)
    unit, row = crossed(cells.item, cells.system)
    item = cells.item[row]
    wide = row.size * values.size > MOST_COUNTS
    counts = np.zeros((0, 1)) if wide else _counts(unit, value, row.size, values.size)
    made = np.bincount(unit, minlength=row.size)
    enough = made >= 2
    units, at = (counts, item[:0]) if wide else (counts[enough], item[enough])
    for measure, function in measures.items():
        yield _entry(
            criterion=cells.criterion,
            language=language,
            plan=plan,
            measure=measure,
            scope_name=scope_name,
            value=float(function(units, at, None)[0]) if units.size else np.nan,
            replicates=partial(function, units, at, draw.item_weights),
            n=int(made[enough].sum()),
            items=distinct(item[enough]),
            raters=distinct(cells.rater[enough[unit]]),
            context=cells.context,
            refused=TOO_MANY if wide else None,
        )


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
    table = crossed_table(cells)
    for measure in ("icc_a1", "icc_ak"):
        result = (
            intraclass_correlation(table, plan.level, average=measure == "icc_ak")
            if table is not None
            else None
        )
        yield Entry(
            criterion=cells.criterion,
            estimate=result.value if result else None,
            low=result.low if result else None,
            high=result.high if result else None,
            level=plan.level,
            method=ICC_METHOD,
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
    wins = outcomes_in_order(cells)
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
