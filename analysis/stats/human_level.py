"""Human level: by parity, over a common baseline, and by the ratio of mean scores."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from analysis.messages import Message, message
from analysis.stats.bootstrap import ScoreBootstrap
from analysis.stats.cells import ScoreCells
from analysis.stats.linear import Ratio
from analysis.stats.plan import Plan
from analysis.stats.quantities import Quantity
from analysis.stats.scope import Scope
from analysis.stats.win_rates import WinRate, too_many_pairs, win_rate


@dataclass(frozen=True, eq=False)
class Baseline:
    """The win rate of a system over a baseline against that of another one: a ratio, or why there is none."""

    ratio: Ratio | None
    reason: Message | None
    no_interval: Message | None


BASELINE_METHOD = message("win_rate_ratio")


def over_baseline(top: WinRate, bottom: WinRate) -> Baseline:
    """`top` is the system's win rate over the baseline, `bottom` the human's."""
    if bottom.linear.value == 0:
        return Baseline(None, message("human_never_won"), None)
    sure = {top.linear.value, bottom.linear.value} & {0.0, 1.0}
    ratio = Ratio(top.linear, bottom.linear, top.linear.n + bottom.linear.n)
    return Baseline(ratio, None, message("certain_win_rate") if sure else None)


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
                    replicates=scope.boot.win_rate(system, [human]) if scope.boot else None,
                )


def common_baseline_quantities(scope: Scope) -> Iterator[Quantity]:
    """100 x win rate of the system over a baseline / win rate of the human over the same baseline."""
    if too_many_pairs(scope):
        return
    for system in scope.machines:
        known = frozenset(scope.met(system))
        for human in scope.humans:
            for baseline in scope.met(human):
                if baseline in known and baseline in scope.machine_set:
                    top = win_rate(scope.cells, system, [baseline])
                    bottom = win_rate(scope.cells, human, [baseline])
                    assert top is not None
                    assert bottom is not None
                    yield _common_baseline(scope, system, human, baseline, top, bottom)


def _common_baseline(
    scope: Scope, system: int, human: int, baseline: int, top: WinRate, bottom: WinRate
) -> Quantity:
    found = over_baseline(top, bottom)
    return Quantity(
        what="human_level",
        criterion=scope.criterion,
        keys=_human_keys(scope, system, human, "common_baseline", scope.name(baseline)),
        estimate=found.ratio,
        factor=100.0,
        family="exploratory",
        reason=found.reason,
        no_interval=found.no_interval,
        method=BASELINE_METHOD,
        replicates=scope.boot.ratio(system, human, baseline) if scope.boot else None,
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


def ratio_of_means(cells: ScoreCells, system: int, human: int, floor: float = 0.0) -> Ratio | None:
    """Mean score of a system over that of a human system, less `floor`, from the (rater, item) cells that
    have both.

    None where no cell has both.
    """
    top_at, bottom_at = cells.cells_of(system), cells.cells_of(human)
    place = cells.rater_and_item
    _, first, second = np.intersect1d(
        place[top_at], place[bottom_at], assume_unique=True, return_indices=True
    )
    if not first.size:
        return None
    parts = []
    for at in (top_at[first], bottom_at[second]):
        values = cells.score[at] - floor
        mean = float(values.mean())
        parts.append(cells.linear(at, (values - mean) / at.size, mean))
    return Ratio(parts[0], parts[1], parts[0].n + parts[1].n)


def ratio_of_means_quantities(
    cells: ScoreCells, plan: Plan, boot: ScoreBootstrap | None = None
) -> Iterator[Quantity]:
    """100 x ratio of mean scores to each human system, as it stands and with the floor of the scale taken
    off."""
    names = cells.names.systems
    humans = [code for code in cells.present if names[code] in plan.human]
    for system in (code for code in cells.present if names[code] not in plan.human):
        for human in humans:
            for definition, floor in (("ratio_of_means", 0.0), ("above_floor", cells.floor)):
                ratio = ratio_of_means(cells, system, human, floor)
                if ratio is None:
                    reason = message("no_common_score")
                elif ratio.bottom.value <= 0:
                    reason = message("human_mean_not_positive")
                else:
                    reason = None
                yield Quantity(
                    what="human_level",
                    criterion=cells.criterion,
                    keys={
                        "system": names[system],
                        "human": names[human],
                        "definition": definition,
                        "baseline": None,
                        "context": cells.context,
                    },
                    estimate=None if reason else ratio,
                    factor=100.0,
                    rates={
                        "numerator": ratio.top.value if ratio else None,
                        "denominator": ratio.bottom.value if ratio else None,
                    },
                    family=plan.family(cells.criterion, names[system], names[human]),
                    reason=reason,
                    method=message("mean_score_ratio"),
                    replicates=boot.ratio(system, human, floor) if boot else None,
                )
