"""What a study of given sizes can show, by drawing it many times and analysing each as the report does."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.stats.analyse import analyse
from analysis.stats.intervals import wilson
from analysis.stats.plan import Plan
from analysis.stats.power.closed_form import Closed, Logits, PlannedTest, Sizes
from analysis.stats.report import Entry, Report
from analysis.stats.simulate import simulate_study
from analysis.stats.tables import tables_from_frames

ERROR_LEVEL = 0.95  # of the interval that tells the simulation's own error
CRITERION, SYSTEM, HUMAN = "overall", "system", "human"
MOST_ROWS = 30_000_000  # judgments that one answer may draw, over all its studies
# Who reads what is drawn over all raters of each scene, which costs a tenth of a judgment.
PLACES_A_ROW, MOST_PLACES = 10, 20_000_000
FEWEST_STUDIES = 20


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the simulated studies, with Wilson's interval for its Monte-Carlo error."""

    count: int
    studies: int

    @property
    def value(self) -> float:
        return self.count / self.studies

    @property
    def limits(self) -> tuple[float, float]:
        return wilson(self.count, self.studies, ERROR_LEVEL)

    def holds(self, value: float) -> bool:
        low, high = self.limits
        return low - 1e-9 <= value <= high + 1e-9


@dataclass(frozen=True, slots=True)
class Simulated:
    """The answer of the simulation. `half_width` is a mean with its standard error; `without` counts studies
    whose interval could not be computed, which make no claim and cover nothing."""

    studies: int
    different: Share
    covered: Share
    half_width: float | None
    half_width_error: float | None
    without: int
    non_inferior: Share | None = None
    equivalent: Share | None = None
    non_inferior_if_level: Share | None = None
    equivalent_if_level: Share | None = None


SHARES = (
    "different",
    "covered",
    "non_inferior",
    "equivalent",
    "non_inferior_if_level",
    "equivalent_if_level",
)


@dataclass(frozen=True, slots=True)
class StudyResult:
    """What one analysed study says."""

    different: bool
    covers: bool
    half_width: float | None
    non_inferior: bool
    equivalent: bool


def simulate_power(
    logits: Logits, sizes: Sizes, difference: float, test: PlannedTest, *, studies: int, seed: int,
    first: int = 0, progress: Callable[[float], None] | None = None,
) -> Simulated | None:  # fmt: skip
    """Draw and analyse `studies` studies (with a margin as many again of systems that are level), numbered
    from `first`.

    Study number i depends on the seed, its sizes and i alone. An interrupt from the keyboard ends the
    drawing, and what is known by then is returned; None where that is nothing.
    """
    batches = [difference, 0.0] if test.margin is not None and difference else [difference]
    found: list[list[StudyResult]] = [[] for _ in batches]
    try:
        # Turn by turn, so that an interrupt leaves as many of each.
        for study in range(first, first + studies):
            for at, true in enumerate(batches):
                found[at].append(one_study(logits, sizes, true, test, [seed, at, study]))
            if progress is not None:
                progress((study - first + 1) / studies)
    except KeyboardInterrupt:
        if not found[-1]:
            return None
    return _summary(found[0], found[-1][: len(found[0])], test.margin is not None)


def merged(one: Simulated, other: Simulated) -> Simulated:
    """The answer of both runs together, for runs of different studies of the same question."""
    widths = [part for part in (one, other) if part.half_width is not None]
    counts = [part.studies - part.without for part in widths]
    total, mean, error = sum(counts), None, None
    if widths:
        means = [part.half_width or 0.0 for part in widths]
        mean = sum(count * value for count, value in zip(counts, means, strict=True)) / total
        squares = sum(
            count * (count - 1) * (part.half_width_error or 0.0) ** 2 + count * (value - mean) ** 2
            for count, part, value in zip(counts, widths, means, strict=True)
        )
        error = math.sqrt(squares / (total - 1) / total) if total > 1 else None
    shares = {name: _together(getattr(one, name), getattr(other, name)) for name in SHARES}
    return Simulated(
        studies=one.studies + other.studies,
        half_width=mean,
        half_width_error=error,
        without=one.without + other.without,
        **shares,
    )


def _together(one: Share | None, other: Share | None) -> Any:
    if one is None or other is None:
        return None
    return Share(one.count + other.count, one.studies + other.studies)


def one_study(
    logits: Logits, sizes: Sizes, difference: float, test: PlannedTest, seed: list[int]
) -> StudyResult:
    """One study, drawn and taken through `analyse`."""
    report = analysed(logits, sizes, difference, test, seed)
    rate = _primary(report, "win_rates", "opponent")
    covers = rate.low is not None and rate.high is not None and rate.low <= 0.5 + difference <= rate.high
    p = rate.own["p"]
    parity = _primary(report, "human_level", "human").own if test.margin is not None else {}
    return StudyResult(
        different=p is not None and p < 1 - test.level,
        covers=covers,
        half_width=None if rate.low is None or rate.high is None else (rate.high - rate.low) / 2,
        non_inferior=bool(parity.get("non_inferior")),
        equivalent=bool(parity.get("equivalent")),
    )


def analysed(logits: Logits, sizes: Sizes, difference: float, test: PlannedTest, seed: list[int]) -> Report:
    """The report of one drawn study, of the lists that are needed."""
    world = logits.world(0.5 + difference, sizes.systems)
    names = _systems(sizes.systems)
    drawn = simulate_study(
        np.random.default_rng([*seed, sizes.raters, sizes.scenes]),
        sizes.raters,
        sizes.scenes,
        names,
        world.qualities,
        world.item_system_sd,
        world.rater_system_sd,
        world.left_bias,
        world.tie_share,
        sizes.design,
        series=sizes.series,
        series_system_sd=world.series_system_sd,
        per_pairing=sizes.per_pairing,
    )
    lists = ("win_rates",) if test.margin is None else ("win_rates", "human_level")
    tables = tables_from_frames(drawn.frame(CRITERION))
    return analyse(tables, _plan(names, sizes, test), seed=0, only=lists)


def _systems(count: int) -> tuple[str, ...]:
    """The system first and people last: the contrast that is asked about."""
    return (SYSTEM, *(f"other-{at}" for at in range(1, count - 1)), HUMAN)


def _plan(names: tuple[str, ...], sizes: Sizes, test: PlannedTest) -> Plan:
    return Plan(
        primary_criterion=CRITERION,
        primary_contrast=(SYSTEM, HUMAN),
        human=(HUMAN,),
        item_cluster=sizes.cluster,
        systems=names,
        criteria=(CRITERION,),
        level=test.level,
        margin=test.margin,
        margin_reason=None if test.margin is None else "the margin that the planner was given",
    )


def _primary(report: Report, name: str, other: str) -> Entry:
    [entry] = (
        entry for entry in report.lists[name] if entry.own["system"] == SYSTEM and entry.own[other] == HUMAN
    )
    return entry


def _summary(found: list[StudyResult], level: list[StudyResult], claims: bool) -> Simulated:
    studies = len(found)
    widths = [one.half_width for one in found if one.half_width is not None]
    shares: list[Share | None] = [None] * 4
    if claims:
        shares = [
            Share(sum(getattr(one, name) for one in some), len(some))
            for some in (found, level)
            for name in ("non_inferior", "equivalent")
        ]
    spread = float(np.std(widths, ddof=1)) / math.sqrt(len(widths)) if len(widths) > 1 else None
    return Simulated(
        studies,
        Share(sum(one.different for one in found), studies),
        Share(sum(one.covers for one in found), studies),
        float(np.mean(widths)) if widths else None,
        spread,
        studies - len(widths),
        *shares,
    )


def affordable(sizes: Sizes, studies: int, batches: int) -> int:
    """How many studies are drawn of those asked for: fewer where they are very large, 0 where too large."""
    places = sizes.raters * sizes.scenes
    if places > MOST_PLACES:
        return 0
    fits = MOST_ROWS // (max(sizes.rows, places // PLACES_A_ROW) * batches)
    return min(studies, fits) if fits >= min(studies, FEWEST_STUDIES) else 0


def differences(closed: Closed, simulated: Simulated) -> Iterator[str]:
    """Where the two answers lie further apart than the simulation's own error explains."""
    for name in ("different", "non_inferior", "equivalent", "non_inferior_if_level", "equivalent_if_level"):
        share, value = getattr(simulated, name), getattr(closed, name)
        if share is not None and value is not None and not share.holds(value):
            yield name
    if simulated.half_width is not None and simulated.half_width_error is not None:
        off = abs(simulated.half_width - closed.half_width)
        if off > max(2 * simulated.half_width_error, 0.0005):
            yield "half_width"
