"""Results by group of raters, and whether the groups judge differently. All of it is exploratory.

Raters are grouped by what the raters' table says of them: their experience, their role, or any group. A group
of less than LEAST_RATERS raters has no estimate, for it would say how a person judged. If its counts could be
found by subtracting the other groups from all raters, the smallest of those has no estimate either.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from analysis.messages import Message, Warn, message, steps
from analysis.stats.cells import Names, ScoreCells
from analysis.stats.coded_columns import coded
from analysis.stats.covariance import scaled_sums
from analysis.stats.intervals import FEW, NAMES, interval, p_value
from analysis.stats.linear import Floats, Ints, Linear, Pooled, combine, crossed, distinct
from analysis.stats.plan import Plan
from analysis.stats.quantities import POOLED, Quantity, entry_of
from analysis.stats.report import Entry
from analysis.stats.scope import Scope
from analysis.stats.scores import means_of
from analysis.stats.win_rates import ALL, PairCounts, broken_down, pair_counts

LEAST_RATERS = 3
MOST_GROUPS = 12  # of one column; free texts make no groups
NOT_STATED = "*not_stated"
FIRST = ("group", "years", "credits", "role")
BAND = re.compile(r"(\d+)(?:\s*[-\N{EN DASH}]\s*(\d+))?\s*(\+?)", re.ASCII)
SMALL = message("few_raters_in_group", least=LEAST_RATERS)
HIDDEN_FOR_ANOTHER = message("hidden_for_another", least=LEAST_RATERS)
DIFFERENCE = steps(message("group_difference"), NAMES["identity"], message("satterthwaite_groups"))
JOINT = message("group_joint")
TEST_ALONE = message("test_alone")


@dataclass(frozen=True, eq=False)
class Grouping:
    """One way to group raters. `of` has the place in `groups` for each code of a rater, -1 if not stated."""

    by: str
    groups: tuple[str, ...]
    of: Ints

    @cached_property
    def sizes(self) -> Ints:
        """Raters in each group."""
        return np.bincount(self.of[self.of >= 0], minlength=len(self.groups))

    @cached_property
    def reference(self) -> str | None:
        """The group with the most raters, the first of several; None if no group has enough."""
        if not self.sizes.size or self.sizes.max() < LEAST_RATERS:
            return None
        return self.groups[int(np.argmax(self.sizes))]


def find_groupings(raters: pd.DataFrame | None, names: Names) -> tuple[list[Grouping], list[Warn]]:
    """Return one grouping for each column of the raters' table, experience before role, and warnings about
    columns that hold too many different texts."""
    found: list[Grouping] = []
    warnings: list[Warn] = []
    if raters is None:
        return found, warnings
    code = {name: at for at, name in enumerate(names.raters)}
    known = [code.get(name, -1) for name in raters["code"]]
    for column in raters.columns.drop("code"):
        text = np.full(len(names.raters), "", dtype=object)
        for at, value in zip(known, raters[column], strict=True):
            if at >= 0:
                text[at] = value
        grouping = _grouping(column.removeprefix("profile_"), text)
        if len(grouping.groups) > MOST_GROUPS:
            found_groups = len(grouping.groups)
            warnings.append(
                Warn(message("many_groups", column=str(column), groups=found_groups, most=MOST_GROUPS))
            )
        elif grouping.groups:
            found.append(grouping)
    order = {by: at for at, by in enumerate(FIRST)}
    return sorted(found, key=lambda one: (order.get(one.by, len(order)), one.by)), warnings


def _grouping(by: str, text: np.ndarray) -> Grouping:
    place, values = coded(text)
    stated = [value for value in values if value]
    bands = [BAND.fullmatch(value) for value in stated]
    if stated and all(bands):
        stated.sort(key=_band_ends)
        size = dict(zip(values, np.bincount(place, minlength=len(values)).tolist(), strict=True))
        counts = [size[value] for value in stated]
        merged = _merge_bands(stated, counts)
    else:
        merged = [[value] for value in sorted(stated)]
    of = {value: at for at, group in enumerate(merged) for value in group}
    codes = np.array([of.get(value, -1) for value in values], dtype=np.int64)
    return Grouping(by, tuple(_joined(group) for group in merged), codes[place])


def _band_ends(band: str) -> tuple[int, float]:
    """Lower and upper end of a band such as 3-5, 21+ or 4."""
    low, high, more = BAND.fullmatch(band).groups()  # type: ignore[union-attr]
    return int(low), float("inf") if more else float(high or low)


def _joined(group: Sequence[str]) -> str:
    if len(group) == 1:
        return group[0]
    low, high = _band_ends(group[0])[0], _band_ends(group[-1])[1]
    return f"{low}+" if high == float("inf") else f"{low}-{high:g}"


def _merge_bands(bands: Sequence[str], counts: Sequence[int]) -> list[list[str]]:
    """Bands in order with their raters. Where one has fewer raters than an interval needs (FEW), neighbours
    are merged into three groups, or two, as equal as can be."""
    if min(counts) >= FEW and len(bands) <= MOST_GROUPS:
        return [[band] for band in bands]
    reached = np.cumsum(counts)
    for size, least in ((3, FEW), (2, LEAST_RATERS)):
        cuts = [int(np.argmin(np.abs(reached - reached[-1] * at / size))) + 1 for at in range(1, size)]
        edges = [0, *cuts, len(bands)]
        if all(sum(counts[one:other]) >= least for one, other in pairwise(edges)):
            return [list(bands[one:other]) for one, other in pairwise(edges)]
    return [list(bands)]


def group_quantities(
    scope: Scope, groupings: Sequence[Grouping], *, context: str | None = None, method: Message | None = None
) -> Iterator[Quantity]:
    """The win rates of the contrasts of interest within each group. `context` names that of scores which
    were compared."""
    for system, opponent, others in compared(scope):
        parts = [pair_counts(scope.cells, system, other) for other in others]
        for grouping in groupings:
            rates: list[Quantity] = []
            for at, group in _with_unstated(grouping):
                chosen = [(part, np.flatnonzero(grouping.of[part.rater] == at)) for part in parts]
                chosen = [(part, rows) for part, rows in chosen if rows.size]
                if not chosen:
                    continue
                keys = _keys(scope.name(system), opponent, grouping.by, group, "win_rate", context)
                rates.append(_win_rate(scope, keys, chosen, method))
            yield from _hide_small_groups(rates)


def compared(scope: Scope) -> list[tuple[int, str, list[int]]]:
    """System, opponent and the opponent's codes: the primary contrasts, else machines over humans, else two
    systems, else each system over all others."""
    pairs = broken_down(scope)
    pairs = [pair for pair in pairs if scope.plan.is_primary(*map(scope.name, pair))] or pairs
    if not pairs and len(scope.present) == 2:
        pairs = [(scope.present[0], scope.present[1])]
    if pairs or scope.many:
        return [(system, scope.name(other), [other]) for system, other in pairs]
    return [(system, ALL, scope.met(system)) for system in scope.present]


def _with_unstated(grouping: Grouping) -> list[tuple[int, str]]:
    return [*enumerate(grouping.groups), (-1, NOT_STATED)]


def _keys(
    system: str, opponent: str | None, by: str, group: str, measure: str, context: str | None
) -> dict[str, Any]:
    keys = {"system": system, "opponent": opponent, "by": by, "name": group}
    return keys | {"measure": measure, "context": context}


def _hide_small_groups(quantities: Sequence[Quantity]) -> list[Quantity]:
    """Leave groups that would show how a person judged their size alone.

    `quantities` are the results of all groups of one grouping. The row of all raters less the groups that are
    shown is the sum of the hidden ones. If that is of fewer than LEAST_RATERS raters, the smallest group that
    is shown is hidden as well (secondary suppression).
    """
    raters: dict[str, int] = {}
    reasons: dict[str, Message] = {}
    for quantity in quantities:
        group = quantity.keys["name"]
        assert isinstance(quantity.basis, Linear)
        raters[group] = quantity.basis.raters
        if group == NOT_STATED:
            reasons[group] = message("not_stated")
        elif raters[group] < LEAST_RATERS:
            reasons[group] = SMALL
    shown = [group for group in raters if group not in reasons]
    if shown and 0 < sum(raters[group] for group in reasons) < LEAST_RATERS:
        # Of groups of the same size the last, because the first is the reference of the differences.
        reasons[min(reversed(shown), key=raters.__getitem__)] = HIDDEN_FOR_ANOTHER
    return [
        replace(
            quantity,
            estimate=None,
            counts=dict.fromkeys(quantity.counts),
            reason=reasons[quantity.keys["name"]],
            method=None if quantity.keys["measure"] == "mean_score" else quantity.method,
        )
        if quantity.keys["name"] in reasons
        else quantity
        for quantity in quantities
    ]


def _win_rate(
    scope: Scope, keys: Mapping[str, Any], chosen: Sequence[tuple[PairCounts, Ints]], method: Message | None
) -> Quantity:
    rates = [part.linear(rows) for part, rows in chosen]
    rate = rates[0] if len(rates) == 1 else combine([1 / len(rates)] * len(rates), rates)
    counts = {
        name: sum(int(getattr(part, name)[rows].sum()) for part, rows in chosen)
        for name in ("wins", "ties", "losses")
    }
    return Quantity(
        what="rater_groups",
        criterion=scope.criterion,
        keys=keys,
        estimate=rate,
        scale="logit",
        counts=counts,
        method=method,
        basis=rate,
    )


def group_mean_quantities(cells: ScoreCells, groupings: Sequence[Grouping]) -> Iterator[Quantity]:
    """The mean scores of all systems within each group."""
    for grouping in groupings:
        found: list[Quantity] = []
        for at, group in _with_unstated(grouping):
            rows = np.flatnonzero(grouping.of[cells.rater] == at)
            if not rows.size:
                continue
            columns = {name: getattr(cells, name)[rows] for name in ("rater", "item", "system", "score", "n")}
            means, method = means_of(replace(cells, **columns))
            found += [
                Quantity(
                    what="rater_groups",
                    criterion=cells.criterion,
                    keys=_keys(
                        cells.names.systems[system], None, grouping.by, group, "mean_score", cells.context
                    ),
                    estimate=mean,
                    counts=dict.fromkeys(("wins", "ties", "losses")),
                    method=method,
                    basis=mean,
                )
                for system, mean in means.items()
            ]
        by_system: dict[str, list[Quantity]] = {}
        for quantity in found:
            by_system.setdefault(quantity.keys["system"], []).append(quantity)
        hidden = {system: iter(_hide_small_groups(rates)) for system, rates in by_system.items()}
        for quantity in found:
            yield next(hidden[quantity.keys["system"]])


Rates = Mapping[str, Quantity]  # the win rates of one contrast in one language, by group


def interaction_entries(
    found: Sequence[tuple[str | None, Quantity]], groupings: Sequence[Grouping], plan: Plan
) -> Iterator[Entry]:
    """From the win rates within groups: for each contrast and grouping the difference of each group from the
    reference, and a joint test that there is none.

    Raters of two groups are different people, so that each group keeps its own factors G/(G - 1) and its own
    degrees of freedom; the groups covary through the items that both judged. With several languages the
    pooled difference, if planned, is the mean over the languages.
    """
    contrasts: dict[tuple[Any, ...], dict[str | None, dict[str, Quantity]]] = {}
    for language, quantity in found:
        keys = quantity.keys
        if keys["measure"] == "win_rate":
            of = (quantity.criterion, keys["system"], keys["opponent"], keys["by"], keys["context"])
            contrasts.setdefault(of, {}).setdefault(language, {})[keys["name"]] = quantity
    for (*_, by, _), languages in contrasts.items():
        grouping = next(one for one in groupings if one.by == by)
        for language, rates in languages.items():
            yield from _interactions(grouping, [rates], language, plan)
        if plan.pooled and len(languages) > 1:
            yield from _interactions(grouping, list(languages.values()), POOLED, plan)


def _interactions(
    grouping: Grouping, languages: Sequence[Rates], language: str | None, plan: Plan
) -> Iterator[Entry]:
    reference = grouping.reference
    groups = [name for name in grouping.groups if name != reference and any(name in one for one in languages)]
    if reference is None or not groups:
        return
    any_of = next(iter(languages[0].values()))
    tested: dict[str, Quantity] = {}
    for group in groups:
        difference = _difference(group, reference, languages, any_of)
        entry = entry_of(difference, language, plan)
        if entry.estimate is not None:
            entry = replace(entry, method=DIFFERENCE)
        if entry.low is not None:
            tested[group] = difference
        if entry.reason is not None and entry.reason.code == "language_without_interval":
            entry = replace(entry, reason=message("group_without_interval", **dict(entry.reason.params)))
        yield entry
    yield _joint(reference, languages, tested, any_of, language, plan)


def _difference(group: str, reference: str, languages: Sequence[Rates], any_of: Quantity) -> Quantity:
    """The win rate in a group less that in the reference; with several languages the mean of them."""
    rates = [(one.get(group), one.get(reference)) for one in languages]
    parts: list[Linear] = []
    reason = None
    for one, other in rates:
        for quantity, sign in ((one, 1), (other, -1)):
            linear = quantity.estimate if quantity is not None else None
            if isinstance(linear, Linear):
                parts.append(_times(sign, linear))
            else:
                reason = reason or (quantity.reason if quantity else message("language_missing"))
    keys = {name: any_of.keys[name] for name in ("system", "opponent", "by")}
    keys |= {"name": group, "reference": reference, "measure": "difference", "groups": 2}
    basis = [quantity.basis for pair in rates for quantity in pair if quantity is not None]
    return Quantity(
        what="group_interactions",
        criterion=any_of.criterion,
        keys=keys | {"context": any_of.keys["context"]},
        estimate=Pooled(tuple(parts)) if reason is None else None,
        factor=2.0,  # half the parts are those of the reference, so that their mean is half the difference
        null=0.0,
        reason=reason,
        basis=Pooled(tuple(one for one in basis if isinstance(one, Linear))),
    )


def _times(sign: int, part: Linear) -> Linear:
    return part if sign > 0 else replace(part, value=-part.value, phi=-part.phi)


def _joint(
    reference: str,
    languages: Sequence[Rates],
    tested: Mapping[str, Quantity],
    any_of: Quantity,
    language: str | None,
    plan: Plan,
) -> Entry:
    """A test that all differences are zero: Wald's statistic over their number, as F with the degrees of
    freedom of the smallest group. Of the two-way and both one-way covariances that with the largest p
    counts, as for one value the largest variance does."""
    names = [reference, *tested]
    basis = Pooled(tuple(_rate(one, name) for one in languages for name in names if name in one))
    reason: Message | None = TEST_ALONE
    statistic = p = None
    if not tested:
        reason = message("one_group")
    elif len(tested) == 1:
        estimate = next(iter(tested.values())).estimate
        assert isinstance(estimate, Pooled)
        limits = interval(estimate, plan.item_cluster, plan.level)
        assert limits.se is not None
        statistic = (estimate.value / limits.se) ** 2
        p = p_value(estimate, plan.item_cluster, 0.0, level=plan.level)
    else:
        found = joint_test([[_rate(one, name) for name in names] for one in languages], plan.item_cluster)
        if found is None:
            reason = message("covariance_singular")
        else:
            statistic, p = found
    return Entry(
        criterion=any_of.criterion,
        estimate=statistic,
        low=None,
        high=None,
        level=plan.level,
        method=JOINT,
        n=basis.n if basis.parts else 0,
        raters=basis.raters if basis.parts else 0,
        items=basis.items if basis.parts else 0,
        language=language,
        series=distinct(basis.series) if basis.parts and basis.series_known else None,
        cluster=plan.item_cluster,
        reason=reason,
        own={
            **{key: any_of.keys[key] for key in ("system", "opponent", "by")},
            "name": None,
            "reference": reference,
            "measure": "joint",
            "groups": len(names),
            "context": any_of.keys["context"],
            "p": p,
        },
    )


def _rate(rates: Rates, name: str) -> Linear:
    linear = rates[name].estimate or rates[name].basis
    assert isinstance(linear, Linear)
    return linear


def joint_test(languages: Sequence[Sequence[Linear]], by: str) -> tuple[float, float] | None:
    """F and p of equal values in all groups, given the rates of the same groups in each language; None if no
    covariance can be inverted."""
    every = [part for rates in languages for part in rates]
    smallest = min(min(part.raters, distinct(part.clusters(by))) for part in every)
    long = 1 + max(int(part.rater.max()) for part in every)
    wide = 1 + max(int(part.clusters(by).max()) for part in every)
    count = len(languages[0])
    rater, item = np.zeros((count, long)), np.zeros((count, wide))
    cells = np.zeros((count, count))
    for rates in languages:
        for at, part in enumerate(rates):
            clusters = part.clusters(by)
            rater[at] += scaled_sums(part.phi, part.rater, long)
            item[at] += scaled_sums(part.phi, clusters, wide)
            place, row = crossed(part.rater, clusters)
            both = scaled_sums(part.phi, place, row.size)
            cells[at, at] += both @ both
    values = np.array([sum(part.value for part in column) for column in zip(*languages, strict=True)])
    contrast = np.hstack([-np.ones((count - 1, 1)), np.eye(count - 1)])
    gap = contrast @ values
    raters, items = rater @ rater.T, item @ item.T
    found = []
    for matrix in (raters + items - cells, raters, items):
        statistic = _quadratic(gap, contrast @ matrix @ contrast.T)
        if statistic is not None:
            found.append(statistic / gap.size)
    if not found:
        return None
    statistic = min(found)
    return statistic, float(special.fdtrc(gap.size, smallest - 1, statistic))


def _quadratic(gap: Floats, matrix: Floats) -> float | None:
    """Wald's statistic; None where the matrix is not positive definite."""
    values, vectors = np.linalg.eigh(matrix)
    if values.min() <= 1e-10 * max(float(values.max()), 1e-12):
        return None
    return float(((vectors.T @ gap) ** 2 / values).sum())
