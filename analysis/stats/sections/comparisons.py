"""Quantities from judgments: win rates, their differences, human level by parity and against a common
baseline."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from analysis.messages import Warn, message
from analysis.stats.davidson import MOST_SYSTEMS
from analysis.stats.linear import combine
from analysis.stats.quantities import Quantity
from analysis.stats.scope import MOST_PAIRS, Scope
from analysis.stats.win_rates import WinRate, win_rate

ALL, MACHINES = "*all", "*machines"
BY_SCORES = message("compared_scores")


def win_rate_quantities(scope: Scope) -> Iterator[Quantity]:
    """Each system over each other, over all others, and over all machines where there are human systems.

    Of more than MOST_PAIRS pairs only those with a human system and the primary contrast.
    """
    for system in scope.present:
        others = scope.met(system)
        machines = [code for code in others if code in scope.machine_set]
        for other in others:
            if crowded(scope) and not _matters(scope, system, other):
                continue
            yield from _win_rate(scope, system, scope.name(other), [other])
        yield from _win_rate(scope, system, ALL, others)
        if scope.humans and machines:
            yield from _win_rate(scope, system, MACHINES, machines)


def score_win_rate_quantities(scope: Scope, context: str) -> Iterator[Quantity]:
    """The same from the comparisons that scores of one context hold. Exploratory, for what a study of scores
    plans is tested as a difference of mean scores."""
    for quantity in win_rate_quantities(scope):
        keys = {**quantity.keys, "derived_from": "scores", "context": context}
        yield replace(quantity, keys=keys, method=BY_SCORES, family="exploratory")


def _win_rate(scope: Scope, system: int, opponent: str, opponents: Sequence[int]) -> Iterator[Quantity]:
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


def crowded(scope: Scope) -> bool:
    """Whether too many pairs of systems met to list each of them."""
    return len(scope.cells.pairs.bounds) > MOST_PAIRS


def _matters(scope: Scope, system: int, other: int) -> bool:
    contrast = {scope.name(system), scope.name(other)} == set(scope.plan.primary_contrast or ())
    return contrast or (system in scope.machine_set) != (other in scope.machine_set)


def unmet(scope: Scope, most: int = 7) -> list[tuple[str, str]]:
    """Pairs of systems that were never compared, the first few of them."""
    met, found = scope.cells.pairs.bounds, []
    for first, second in scope.pairs():
        if (first, second) not in met:
            found.append((scope.name(first), scope.name(second)))
            if len(found) == most:
                break
    return found


def bounds_warning(scope: Scope) -> Iterator[Warn]:
    """What is left out where there are too many systems, and why."""
    if scope.many:
        yield Warn(message("many_systems", systems=len(scope.present), most=MOST_SYSTEMS), scope.places)
    if crowded(scope):
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
