"""Quantities from judgments: win rates, their differences, human level by parity and against a common
baseline."""

from collections.abc import Iterator, Mapping, Sequence

from analysis.stats.linear import Ratio, combine
from analysis.stats.quantities import Quantity
from analysis.stats.scope import Scope
from analysis.stats.win_rates import WinRate, win_rate

ALL, MACHINES = "*all", "*machines"


def win_rate_quantities(scope: Scope) -> Iterator[Quantity]:
    """Each system over each other, over all others, and over all machines where there are human systems."""
    for system in scope.present:
        others = [code for code in scope.present if code != system]
        machines = [code for code in scope.machines if code != system]
        for other in others:
            yield from _win_rate(scope, system, scope.name(other), [other])
        yield from _win_rate(scope, system, ALL, others)
        if scope.humans and machines:
            yield from _win_rate(scope, system, MACHINES, machines)


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
    )


def _counts(rate: WinRate) -> Mapping[str, int]:
    return {"wins": rate.wins, "ties": rate.ties, "losses": rate.losses, "neither": rate.neither}


def unmet(scope: Scope) -> list[tuple[str, str]]:
    """Pairs of systems that were never compared."""
    return [
        (scope.name(first), scope.name(second))
        for first, second in scope.pairs()
        if win_rate(scope.cells, first, [second]) is None
    ]


def difference_quantities(scope: Scope) -> Iterator[Quantity]:
    """Differences of win rates over all others, rows paired through their raters and items.

    With two systems that is their win rate said otherwise, and the test is the same one.
    """
    everyone = {code: [other for other in scope.present if other != code] for code in scope.present}
    rates = {code: win_rate(scope.cells, code, others) for code, others in everyone.items()}
    alone = len(scope.present) == 2
    for first, second in scope.pairs():
        one, two = rates[first], rates[second]
        if one is None or two is None:
            continue
        shared = win_rate(scope.cells, first, [second])
        rows = one.linear.n + two.linear.n - (shared.linear.n if shared else 0)
        yield Quantity(
            what="differences",
            criterion=scope.criterion,
            keys={"system": scope.name(first), "other": scope.name(second), "of": "win_rate"},
            estimate=combine((1, -1), (one.linear, two.linear), n=rows),
            family=scope.plan.family_beside(scope.criterion),
            null=0.5 if alone else 0.0,
            tested=(one.linear, "logit") if alone else None,
        )


def parity_quantities(scope: Scope) -> Iterator[Quantity]:
    """200 x P(system beats human): 100 is parity."""
    for system in scope.machines:
        for human in scope.humans:
            rate = win_rate(scope.cells, system, [human])
            if rate is not None:
                yield Quantity(
                    what="human_level",
                    criterion=scope.criterion,
                    keys=_human_keys(scope, system, human, "parity"),
                    estimate=rate.linear,
                    scale="logit",
                    factor=200.0,
                    family=scope.plan.family(scope.criterion, scope.name(system), scope.name(human)),
                    margin=scope.plan.margin,
                )


def common_baseline_quantities(scope: Scope) -> Iterator[Quantity]:
    """100 x win rate of the system over a baseline / win rate of the human over the same baseline."""
    for system in scope.machines:
        for human in scope.humans:
            for baseline in scope.machines:
                top = win_rate(scope.cells, system, [baseline])
                bottom = win_rate(scope.cells, human, [baseline])
                if baseline != system and top is not None and bottom is not None:
                    yield _common_baseline(scope, system, human, baseline, top, bottom)


def _common_baseline(
    scope: Scope, system: int, human: int, baseline: int, top: WinRate, bottom: WinRate
) -> Quantity:
    zero = bottom.linear.value == 0
    sure = [rate for rate in (top, bottom) if rate.linear.value in (0.0, 1.0)]
    return Quantity(
        what="human_level",
        criterion=scope.criterion,
        keys=_human_keys(scope, system, human, "common_baseline", scope.name(baseline)),
        estimate=None if zero else Ratio(top.linear, bottom.linear, top.linear.n + bottom.linear.n),
        factor=100.0,
        family="exploratory",
        reason="the human scripts never won against the baseline" if zero else None,
        no_interval="a win rate of 0 or 1 shows no error" if sure else None,
        method="ratio of win rates",
    )


def _human_keys(
    scope: Scope, system: int, human: int, definition: str, baseline: str | None = None
) -> Mapping[str, str | None]:
    return {
        "system": scope.name(system),
        "human": scope.name(human),
        "definition": definition,
        "baseline": baseline,
    }
