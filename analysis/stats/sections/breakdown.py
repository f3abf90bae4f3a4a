"""The win rate against people scene by scene and series by series: where a system does well, not how well."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from analysis.messages import Warn, message, steps
from analysis.stats.intervals import interval
from analysis.stats.linear import Floats, Ints, Linear, distinct, without_noise
from analysis.stats.plan import Plan
from analysis.stats.report import Entry
from analysis.stats.scope import Scope, contrasts

MOST_PAIRS = 50  # above this many pairs of systems only the planned contrast is broken down
THIS_SCENE = steps(message("this_scene"), message("clopper_pearson_raters"))
THIS_SERIES = message("this_series")
ONE_RATER = message("one_rater_only")
LEAST_SCENES = 3  # of a series: two give one degree of freedom, whose limits reach from 0 to 1
TWO_SCENES = message("two_scenes")


@dataclass(frozen=True, eq=False)
class Met:
    """The rows of one pair of systems, summed by rater and item, seen from the side of `system`."""

    system: int
    other: int
    rater: Ints
    item: Ints
    series: Ints
    wins: Ints
    ties: Ints
    losses: Ints

    @property
    def n(self) -> Ints:
        return self.wins + self.ties + self.losses


def leading(plan: Plan, present: tuple[str, ...]) -> str | None:
    """The criterion that is broken down: the primary one, else the first."""
    if plan.primary_criterion in present:
        return plan.primary_criterion
    return next((name for name in plan.criteria or present if name in present), None)


def broken_down(scope: Scope) -> list[tuple[int, int]]:
    """Machines over humans and the planned contrast; that alone where the others are too many."""
    pairs = contrasts(scope)
    if len(pairs) <= MOST_PAIRS:
        return pairs
    planned = set(scope.plan.primary_contrast or ())
    return [pair for pair in pairs if {scope.name(code) for code in pair} == planned]


def breakdown_warning(scope: Scope) -> Iterator[Warn]:
    """Says that pairs are not listed, where they are too many."""
    pairs = contrasts(scope)
    if len(pairs) > MOST_PAIRS:
        yield Warn(message("breakdown_left_out", pairs=len(pairs)), scope.places)


def breakdown_entries(scope: Scope) -> Iterator[Entry]:
    """One entry an item, then one a series where series are known. An item's limits say what other raters
    would say of this very scene; neither kind says anything about other scenes."""
    for system, other in broken_down(scope):
        met = _met(scope, system, other)
        yield from _by_item(scope, met)
        yield from _by_series(scope, met)


def _met(scope: Scope, system: int, other: int) -> Met:
    pairs = scope.cells.pairs
    at = pairs.bounds[min(system, other), max(system, other)]
    wins, losses = pairs.wins[at], pairs.losses[at]
    if system > other:
        wins, losses = losses, wins
    return Met(system, other, pairs.rater[at], pairs.item[at], pairs.series[at], wins, pairs.ties[at], losses)


def exact_limits(value: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    """Clopper and Pearson (1934) for shares of n raters, n not always whole."""
    tail, wins = (1 - level) / 2, value * n
    inner = np.clip(wins, 1e-9, n - 1e-9)
    low = np.where(wins <= 0, 0.0, special.betaincinv(inner, n - inner + 1, tail))
    high = np.where(wins >= n, 1.0, special.betaincinv(inner + 1, n - inner, 1 - tail))
    return low, high


def _by_item(scope: Scope, met: Met) -> Iterator[Entry]:
    size = len(scope.names.items)

    def per_item(values: Ints | Floats) -> Floats:
        return np.bincount(met.item, weights=values, minlength=size)

    rows, raters = per_item(met.n), np.bincount(met.item, minlength=size)
    there = np.flatnonzero(rows)
    # Raters with several rows of a scene count by their weight (Kish 1965).
    effective = rows[there] ** 2 / per_item(met.n**2)[there]
    counts = np.stack([per_item(part)[there] for part in (met.wins, met.ties, met.losses)], axis=1)
    wins, ties, _ = counts.T
    value = (wins + ties / 2) / rows[there]
    low, high = exact_limits(value, effective, scope.plan.level)
    for at, code in enumerate(there.tolist()):
        alone = int(raters[code]) < 2
        series = int(scope.names.item_series[code])
        of = scope.names.series[series] if series >= 0 else None
        yield Entry(
            criterion=scope.criterion,
            estimate=float(value[at]),
            low=None if alone else float(low[at]),
            high=None if alone else float(high[at]),
            level=scope.plan.level,
            method=THIS_SCENE,
            n=int(rows[code]),
            raters=int(raters[code]),
            items=1,
            language=scope.language,
            series=1 if series >= 0 else None,
            cluster="rater",
            reason=ONE_RATER if alone else None,
            own=_own(scope, met, "item", scope.names.items[code], of, counts[at].astype(int).tolist()),
        )


def _by_series(scope: Scope, met: Met) -> Iterator[Entry]:
    order = np.argsort(met.series, kind="stable")
    edges = np.flatnonzero(np.diff(met.series[order], prepend=-2))  # -1 is not known
    for at in np.split(order, edges[1:]) if edges.size else []:
        code = int(met.series[at[0]])
        if code < 0:
            continue
        n = met.n[at]
        total = int(n.sum())
        value = float(met.wins[at].sum() + met.ties[at].sum() / 2) / total
        phi = (met.wins[at] + met.ties[at] / 2 - n * value) / total
        linear = Linear(value, phi, met.rater[at], met.item[at], met.series[at], total)
        limits = interval(linear, "item", scope.plan.level, "logit")
        if limits.low is not None and distinct(linear.item) < LEAST_SCENES:
            limits = replace(limits, low=None, high=None, reason=TWO_SCENES)
        counts = tuple(int(part[at].sum()) for part in (met.wins, met.ties, met.losses))
        yield Entry(
            criterion=scope.criterion,
            estimate=without_noise(value),
            low=limits.low,
            high=limits.high,
            level=scope.plan.level,
            method=steps(THIS_SERIES, limits.method),
            n=total,
            raters=linear.raters,
            items=distinct(linear.item),
            language=scope.language,
            series=1,
            reason=limits.reason,
            own=_own(scope, met, "series", scope.names.series[code], None, counts),
        )


def _own(
    scope: Scope, met: Met, by: str, name: str, of: str | None, counts: Sequence[int]
) -> dict[str, object]:
    wins, ties, losses = counts
    return {
        "system": scope.name(met.system),
        "opponent": scope.name(met.other),
        "by": by,
        "name": name,
        "of": of,
        "wins": wins,
        "ties": ties,
        "losses": losses,
    }
