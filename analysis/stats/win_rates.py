"""Preferences: how often a system wins, how strongly, and on which scenes and series.

A win is 1, a tie 1/2, a loss 0; over a set of systems every opponent has the same weight. The breakdown by
scene and by series says where a system does well, not how well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from analysis.messages import Warn, message, steps
from analysis.stats.abilities.davidson import MOST_SYSTEMS
from analysis.stats.cells import Cells, place_mean
from analysis.stats.coded_columns import numbers
from analysis.stats.intervals import interval
from analysis.stats.linear import Floats, Ints, Linear, combine, distinct, without_noise
from analysis.stats.plan import Plan
from analysis.stats.quantities import Quantity
from analysis.stats.report import Entry
from analysis.stats.scope import MOST_PAIRS, PairRows, Scope, contrasts

MOST_CACHED = 20_000  # pairs of systems
ALL, MACHINES = "*all", "*machines"
BY_SCORES = message("compared_scores")
MOST_BROKEN_DOWN = 50  # above this many pairs of systems only the planned contrast is broken down
THIS_SCENE = steps(message("this_scene"), message("clopper_pearson_raters"))
THIS_SERIES = message("this_series")
ONE_RATER = message("one_rater_only")
LEAST_SCENES = 3  # of a series: two give one degree of freedom, whose limits reach from 0 to 1
TWO_SCENES = message("two_scenes")
STRENGTH_METHOD = message("mean_strength")


@dataclass(frozen=True, eq=False)
class WinRate:
    """How often `system` was preferred to the opponents. `neither` is a part of `ties`."""

    linear: Linear
    wins: int
    ties: int
    losses: int
    neither: int
    opponents: tuple[int, ...]

    @property
    def without_ties(self) -> float | None:
        decided = self.wins + self.losses
        return self.wins / decided if decided else None

    @property
    def row_mean(self) -> float:
        return (self.wins + self.ties / 2) / (self.wins + self.ties + self.losses)


def win_rate(cells: Cells, system: int, opponents: Sequence[int]) -> WinRate | None:
    """The win rate of a system (codes) over one opponent or several; None where it met none of them.

    Opponents that it never met take no part: `opponents` of the result are those it met.
    """
    met = cells.pairs.met(system, opponents)
    if not met:
        return None
    parts = [_win_rate_over_one(cells, system, other) for other in met]
    if len(parts) == 1:
        return parts[0]
    return WinRate(
        linear=combine([1 / len(parts)] * len(parts), [part.linear for part in parts]),
        wins=sum(part.wins for part in parts),
        ties=sum(part.ties for part in parts),
        losses=sum(part.losses for part in parts),
        neither=sum(part.neither for part in parts),
        opponents=tuple(met),
    )


@dataclass(frozen=True, eq=False)
class PairCounts:
    """The rows of one pair of systems, summed by rater and item, seen from the side of `system`."""

    system: int
    other: int
    rater: Ints
    item: Ints
    series: Ints
    wins: Ints
    ties: Ints
    losses: Ints
    neither: Ints

    @property
    def n(self) -> Ints:
        return self.wins + self.ties + self.losses

    def linear(self, at: Ints | slice = slice(None)) -> Linear:
        """The win rate over all sums, or over some of them."""
        wins, ties, n = self.wins[at], self.ties[at], self.n[at]
        total = int(n.sum())
        value = float(wins.sum() + ties.sum() / 2) / total
        phi = (wins + ties / 2 - n * value) / total
        return Linear(value, phi, self.rater[at], self.item[at], self.series[at], total, n)


def pair_counts(cells: Cells, system: int, other: int) -> PairCounts:
    """The rows of two systems that met."""
    pairs = cells.pairs
    at = pairs.bounds[min(system, other), max(system, other)]
    wins, losses = pairs.wins[at], pairs.losses[at]
    if system > other:
        wins, losses = losses, wins
    place = pairs.rater[at], pairs.item[at], pairs.series[at]
    return PairCounts(system, other, *place, wins, pairs.ties[at], losses, pairs.neither[at])


def _win_rate_over_one(cells: Cells, system: int, other: int) -> WinRate:
    """Each is computed once (kept where there are not too many), and the other way round from the very same
    counts."""
    known: dict[tuple[int, int], WinRate] = cells.__dict__.setdefault("_win_rates", {})
    found = known.get((system, other))
    if found is None:
        counts = pair_counts(cells, system, other)
        found = WinRate(
            linear=counts.linear(),
            wins=int(counts.wins.sum()),
            ties=int(counts.ties.sum()),
            losses=int(counts.losses.sum()),
            neither=int(counts.neither.sum()),
            opponents=(other,),
        )
        if len(cells.pairs.bounds) <= MOST_CACHED:
            known[system, other] = found
    return found


def win_rate_quantities(scope: Scope) -> Iterator[Quantity]:
    """Each system over each other, over all others, and over all machines where there are human systems.

    Of more than MOST_PAIRS pairs only those with a human system and the primary contrast.
    """
    for system in scope.present:
        others = scope.met(system)
        machines = [code for code in others if code in scope.machine_set]
        for other in others:
            if too_many_pairs(scope) and not _is_of_interest(scope, system, other):
                continue
            yield from _win_rate_quantity(scope, system, scope.name(other), [other])
        yield from _win_rate_quantity(scope, system, ALL, others)
        if scope.humans and machines:
            yield from _win_rate_quantity(scope, system, MACHINES, machines)


def score_win_rate_quantities(scope: Scope, context: str) -> Iterator[Quantity]:
    """The same from the comparisons that scores of one context hold. Exploratory, for what a study of scores
    plans is tested as a difference of mean scores."""
    for quantity in win_rate_quantities(scope):
        keys = {**quantity.keys, "derived_from": "scores", "context": context}
        yield replace(quantity, keys=keys, method=BY_SCORES, family="exploratory")


def _win_rate_quantity(
    scope: Scope, system: int, opponent: str, opponents: Sequence[int]
) -> Iterator[Quantity]:
    rate = win_rate(scope.cells, system, opponents)
    if rate is None:
        return
    yield Quantity(
        what="win_rates",
        criterion=scope.criterion,
        keys={"system": scope.name(system), "opponent": opponent},
        estimate=rate.linear,
        scale="logit",
        counts=_counts(rate),
        rates={"without_ties": rate.without_ties, "row_mean": rate.row_mean},
        family=scope.plan.family(scope.criterion, scope.name(system), opponent),
        null=0.5 if opponent not in (ALL, MACHINES) else None,
        replicates=scope.boot.win_rate(system, opponents) if scope.boot else None,
    )


def _counts(rate: WinRate) -> Mapping[str, int]:
    return {"wins": rate.wins, "ties": rate.ties, "losses": rate.losses, "neither": rate.neither}


def too_many_pairs(scope: Scope) -> bool:
    """Whether too many pairs of systems met to list each of them."""
    return len(scope.cells.pairs.bounds) > MOST_PAIRS


def _is_of_interest(scope: Scope, system: int, other: int) -> bool:
    contrast = scope.plan.is_primary(scope.name(system), scope.name(other))
    return contrast or (system in scope.machine_set) != (other in scope.machine_set)


MOST_UNMET = 7


def unmet(scope: Scope) -> list[tuple[str, str]]:
    """Pairs of systems that were never compared, the first few of them."""
    met, found = scope.cells.pairs.bounds, []
    for first, second in scope.pairs():
        if (first, second) not in met:
            found.append((scope.name(first), scope.name(second)))
            if len(found) == MOST_UNMET:
                break
    return found


def bounds_warning(scope: Scope) -> Iterator[Warn]:
    """What is left out where there are too many systems, and why."""
    if scope.many:
        yield Warn(message("many_systems", systems=len(scope.present), most=MOST_SYSTEMS), scope.places)
    if too_many_pairs(scope):
        pairs = len(scope.cells.pairs.bounds)
        yield Warn(message("many_contrasts", pairs=pairs, most=MOST_PAIRS), scope.places)
    if scope.boot is not None and not scope.boot.small:
        yield Warn(message("no_bootstrap"), scope.places)


def difference_quantities(scope: Scope) -> Iterator[Quantity]:
    """Differences of win rates over all others, rows paired through their raters and items.

    With two systems that is their win rate said otherwise, and the test is the same one. With more, the test
    of the contrast is that of its win rate, and this one is exploratory.
    """
    if scope.many:
        return
    rates = {code: win_rate(scope.cells, code, scope.met(code)) for code in scope.present}
    alone = len(scope.present) == 2
    for first, second in scope.pairs():
        one, two = rates[first], rates[second]
        if one is None or two is None:
            continue
        shared = win_rate(scope.cells, first, [second])
        rows = one.linear.n + two.linear.n - (shared.linear.n if shared else 0)
        names = scope.name(first), scope.name(second)
        yield Quantity(
            what="differences",
            criterion=scope.criterion,
            keys={"system": names[0], "other": names[1], "of": "win_rate"},
            estimate=combine((1, -1), (one.linear, two.linear), n=rows),
            family=scope.plan.family(scope.criterion, *names) if alone else "exploratory",
            null=0.5 if alone else 0.0,
            tested=(one.linear, "logit") if alone else None,
        )


def leading_criterion(plan: Plan, present: tuple[str, ...]) -> str | None:
    """The criterion that is broken down: the primary one, else the first."""
    if plan.primary_criterion in present:
        return plan.primary_criterion
    return next((name for name in plan.criteria or present if name in present), None)


def broken_down(scope: Scope) -> list[tuple[int, int]]:
    """Machines over humans and the planned contrasts; these alone where the others are too many."""
    pairs = contrasts(scope)
    if len(pairs) <= MOST_BROKEN_DOWN:
        return pairs
    return [pair for pair in pairs if scope.plan.is_primary(*map(scope.name, pair))]


def breakdown_warning(scope: Scope) -> Iterator[Warn]:
    """Says that pairs are not listed, where they are too many."""
    pairs = contrasts(scope)
    if len(pairs) > MOST_BROKEN_DOWN:
        yield Warn(message("breakdown_left_out", pairs=len(pairs)), scope.places)


def breakdown_entries(scope: Scope) -> Iterator[Entry]:
    """One entry an item, then one a series where series are known. An item's limits say what other raters
    would say of this very scene; neither kind says anything about other scenes."""
    for system, other in broken_down(scope):
        met = pair_counts(scope.cells, system, other)
        yield from _by_item(scope, met)
        yield from _by_series(scope, met)


def exact_limits(value: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    """Clopper and Pearson (1934) for shares of n raters, n not always whole."""
    tail, wins = (1 - level) / 2, value * n
    inner = np.clip(wins, 1e-9, n - 1e-9)
    low = np.where(wins <= 0, 0.0, special.betaincinv(inner, n - inner + 1, tail))
    high = np.where(wins >= n, 1.0, special.betaincinv(inner + 1, n - inner, 1 - tail))
    return low, high


def _by_item(scope: Scope, met: PairCounts) -> Iterator[Entry]:
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
            own=_breakdown_keys(
                scope, met, "item", scope.names.items[code], of, counts[at].astype(int).tolist()
            ),
        )


def _by_series(scope: Scope, met: PairCounts) -> Iterator[Entry]:
    order = np.argsort(met.series, kind="stable")
    edges = np.flatnonzero(np.diff(met.series[order], prepend=-2))  # -1 is not known
    for at in np.split(order, edges[1:]) if edges.size else []:
        code = int(met.series[at[0]])
        if code < 0:
            continue
        linear = met.linear(at)
        limits = interval(linear, "item", scope.plan.level, "logit")
        if limits.low is not None and distinct(linear.item) < LEAST_SCENES:
            limits = replace(limits, low=None, high=None, reason=TWO_SCENES)
        counts = tuple(int(part[at].sum()) for part in (met.wins, met.ties, met.losses))
        yield Entry(
            criterion=scope.criterion,
            estimate=without_noise(linear.value),
            low=limits.low,
            high=limits.high,
            level=scope.plan.level,
            method=steps(THIS_SERIES, limits.method),
            n=linear.n,
            raters=linear.raters,
            items=distinct(linear.item),
            language=scope.language,
            series=1,
            reason=limits.reason,
            own=_breakdown_keys(scope, met, "series", scope.names.series[code], None, counts),
        )


def _breakdown_keys(
    scope: Scope, met: PairCounts, by: str, name: str, of: str | None, counts: Sequence[int]
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


def strength_quantities(scope: Scope, rows: PairRows) -> Iterator[Quantity]:
    """Per two systems the mean of the strength (1 to 3) of wins, minus that of losses, 0 for ties and
    neithers; from -3 to 3.

    Decided rows without a strength were not asked for one: they take no part and are counted. Nothing where
    no row has one.
    """
    given = numbers(rows.frame["strength"])
    if not np.isfinite(given).any():
        return
    for first, second in rows.pairs:
        human_first = first in scope.humans and second not in scope.humans
        system, other = (second, first) if human_first else (first, second)
        at, sign = rows.rows_between(system, other)
        known = (sign == 0) | np.isfinite(given[at])
        signed = sign[known] * np.where(sign[known] == 0, 0.0, given[at[known]])
        yield Quantity(
            what="strength",
            criterion=scope.criterion,
            keys={"system": scope.name(system), "opponent": scope.name(other)},
            estimate=place_mean(signed, rows.rater[at[known]], rows.item[at[known]], scope.names),
            counts={"left_out": int((~known).sum())},
            family=scope.plan.supplementary_family(scope.criterion),
            reason=None if known.any() else message("no_strength"),
            method=STRENGTH_METHOD,
        )
