"""A planner's question, answered: at once in closed form, then by simulation."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from analysis.stats.power.closed_form import (
    CROSSED,
    DIFFERENT,
    INCOMPLETE,
    PER_PAIRING,
    WANTED,
    Closed,
    Components,
    Logits,
    PlannedTest,
    Sizes,
    chance,
    closed_form,
    logits_of,
    size_words,
)
from analysis.stats.power.pilot import Pilot
from analysis.stats.power.simulated import Share, Simulated, affordable, differences, simulate_power

FEW = 8  # raters, scenes or series under which no interval can be relied on
MOST_RATERS, MOST_SCENES, MOST_PER_PAIRING = 200, 1024, 30
ENDLESS = 10**6
SCENES = (8, 12, 16, 24, 32, 48, 64, 96, 128)
SERIES, OF_A_SERIES = (4, 8, 12, 16, 24, 32, 48), (2, 4, 8)
SIMULATED_NEEDS = 3
MOST_LINES = 4
PLAIN = PlannedTest()
FLOOR, PER_PAIRING_TOO_FEW, TOO_MANY = "floor", "per_pairing", "raters"


@dataclass(frozen=True)
class Question:
    """`raters`, `scenes` and `series` are what is given of each; an empty one is asked for (of series: the
    report clusters by scene, unless series differ). Raises ValueError for what cannot be answered."""

    difference: float
    assumed: Logits
    raters: tuple[int, ...] = ()
    scenes: tuple[int, ...] = ()
    series: tuple[int, ...] = ()
    systems: int = 2
    design: str = INCOMPLETE
    per_pairing: int = PER_PAIRING
    test: PlannedTest = PLAIN
    wanted: float = WANTED
    studies: int = 400
    seed: int = 1
    pilot: Pilot | None = None

    def __post_init__(self) -> None:
        if self.sized and self.assumed.series and not self.series:
            raise ValueError("series vary: give the number of series")
        if not self.sized and self.test.claim == DIFFERENT and not self.difference:
            raise ValueError(
                "a true rate of 50% can't be distinguished from 50%: give another difference or claim"
            )
        if self.test.claim != DIFFERENT and self.test.margin is None:
            raise ValueError("this claim needs a margin")
        self.assumed.gap(self.rate)  # raises where ties alone forbid the win rate

    @property
    def rate(self) -> float:
        return 0.5 + self.difference

    @property
    def sized(self) -> bool:
        """Whether the sizes are given, rather than asked for."""
        return bool(self.raters and self.scenes)

    @property
    def components(self) -> Components:
        return self.assumed.components(self.rate)

    def sizes(self, raters: int, scenes: int, series: int | None) -> Sizes:
        return Sizes(raters, scenes, series, self.systems, self.design, self.per_pairing)

    def chance(self, sizes: Sizes, components: Components | None = None) -> float:
        """Of the claim that is asked about, in closed form."""
        return chance(components or self.components, sizes, self.test)


@dataclass(frozen=True)
class PlannedStudy:
    """One study of given sizes. `differ` names what closed form and simulation do not agree on."""

    sizes: Sizes
    closed: Closed
    simulated: Simulated | None = None
    differ: tuple[str, ...] = ()

    def asked(self, question: Question) -> Share | None:
        """The simulated chance of the claim that is asked about."""
        name = question.test.claim.replace("-", "_")
        share: Share | None = None if self.simulated is None else getattr(self.simulated, name)
        return share


@dataclass(frozen=True)
class Need:
    """The fewest raters (scenes, where those were asked for) that give the chance wanted, 8 or more; `chance`
    is theirs, or that of the most that are looked for. `sizes` is None where none do, for the `reason`:
    `floor` (too few scenes or series whatever the raters), `per_pairing` (too few raters per pairing;
    `per_pairing` would do) or `raters` (more than are looked for)."""

    raters: int | None
    scenes: int | None
    series: int | None
    sizes: Sizes | None
    chance: float
    reason: str | None = None
    per_pairing: int | None = None


@dataclass(frozen=True)
class Line:
    """The chance against the number of raters, for one number of scenes and series."""

    scenes: int
    series: int | None
    points: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Answer:
    question: Question
    studies: tuple[PlannedStudy, ...]
    needs: tuple[Need, ...]
    lines: tuple[Line, ...]
    interrupted: bool = False


def answer(question: Question) -> Answer:
    """The answer in closed form. Raises ValueError where sizes do not go together."""
    if question.sized:
        needs: tuple[Need, ...] = ()
        sizes = list(_given_sizes(question))
    else:
        needs = tuple(_needs(question))
        sizes = _spread([need.sizes for need in needs if need.sizes is not None])
    studies = tuple(_plan_study(question, one) for one in sizes)
    return Answer(question, studies, needs, tuple(_lines(question, needs)))


def simulate(found: Answer, progress: Callable[[str, float], None] | None = None) -> Answer:
    """The same answer with each study simulated. An interrupt from the keyboard ends it early."""
    question, done = found.question, list(found.studies)
    for at, planned in enumerate(found.studies):
        batches = 2 if question.test.margin is not None and question.difference else 1
        studies = affordable(planned.sizes, question.studies, batches)
        if not studies:
            continue

        def tell(share: float, at: int = at) -> None:
            if progress is not None:
                progress(f"simulating {size_words(found.studies[at].sizes)}", (at + share) / len(done))

        result = simulate_power(
            question.assumed, planned.sizes, question.difference, question.test,
            studies=studies, seed=question.seed, progress=tell,
        )  # fmt: skip
        if result is not None:
            differ = tuple(differences(planned.closed, result))
            done[at] = replace(planned, simulated=result, differ=differ)
        if result is None or result.studies < studies:
            return replace(found, studies=tuple(done), interrupted=True)
    return replace(found, studies=tuple(done))


def least_sure(question: Question, sizes: Sizes) -> tuple[str, float] | None:
    """The component of the pilot that lowers the chance most at the upper end of its interval, and that
    chance; None without a pilot, or where no world has such components."""
    found = []
    for name, estimate in question.pilot.estimates.items() if question.pilot else ():
        at = question.assumed.components()
        if name == "series" and not question.series:
            continue
        try:
            logits = logits_of(replace(at, **{name: max(estimate.high, getattr(at, name))}))
            found.append((question.chance(sizes, logits.components(question.rate)), name))
        except ValueError:
            continue
    return (min(found)[1], min(found)[0]) if found else None


def _plan_study(question: Question, sizes: Sizes) -> PlannedStudy:
    closed = closed_form(question.assumed, sizes, question.difference, question.test, wanted=question.wanted)
    return PlannedStudy(sizes, closed)


def _given_sizes(question: Question) -> Iterator[Sizes]:
    for series in question.series or (None,):
        for scenes in question.scenes:
            for raters in question.raters:
                yield question.sizes(raters, scenes, series)


def _needs(question: Question) -> Iterator[Need]:
    components = question.components
    if question.raters:
        for series in question.series or _series(question):
            for raters in question.raters:
                yield _scenes_needed(question, components, raters, series)
        return
    for scenes, series in _scenes_and_series(question):
        yield _raters_needed(question, components, scenes, series)


def _scenes_and_series(question: Question) -> Iterator[tuple[int, int | None]]:
    """Numbers of scenes and series to look for raters at."""
    for series in question.series or _series(question):
        if question.scenes:
            wanted: Iterable[int] = question.scenes
        elif series is None:
            wanted = SCENES
        else:
            wanted = (series * each for each in OF_A_SERIES)
        yield from ((scenes, series) for scenes in wanted if series is None or scenes >= series)


def _series(question: Question) -> tuple[int | None, ...]:
    return SERIES if question.assumed.series else (None,)


def _raters_needed(question: Question, components: Components, scenes: int, series: int | None) -> Need:
    def reached(raters: int) -> float:
        return question.chance(question.sizes(raters, scenes, series), components)

    raters = _fewest(reached, FEW, MOST_RATERS, question.wanted)
    if raters is not None:
        return Need(raters, scenes, series, question.sizes(raters, scenes, series), reached(raters))
    reason, per_pairing = _why_not(question, components, scenes, series)
    return Need(None, scenes, series, None, reached(MOST_RATERS), reason, per_pairing)


def _scenes_needed(question: Question, components: Components, raters: int, series: int | None) -> Need:
    def reached(scenes: int) -> float:
        return question.chance(question.sizes(raters, scenes, series), components)

    scenes = _fewest(reached, max(FEW, series or FEW), MOST_SCENES, question.wanted)
    if scenes is None:
        return Need(raters, None, series, None, reached(MOST_SCENES), FLOOR if series else TOO_MANY)
    return Need(raters, scenes, series, question.sizes(raters, scenes, series), reached(scenes))


def _why_not(
    question: Question, components: Components, scenes: int, series: int | None
) -> tuple[str, int | None]:
    all_read = Sizes(ENDLESS, scenes, series, question.systems, CROSSED)
    if question.chance(all_read, components) < question.wanted:
        return FLOOR, None
    if question.design == CROSSED:
        return TOO_MANY, None

    def reached(per_pairing: int) -> float:
        sizes = Sizes(MOST_RATERS, scenes, series, question.systems, INCOMPLETE, per_pairing)
        return question.chance(sizes, components)

    enough = _fewest(reached, question.per_pairing, MOST_PER_PAIRING, question.wanted)
    return (TOO_MANY, None) if enough is None else (PER_PAIRING_TOO_FEW, enough)


def _fewest(reached: Callable[[int], float], low: int, high: int, wanted: float) -> int | None:
    """The smallest number from low to high that reaches what is wanted; more reach more."""
    if reached(high) < wanted:
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) >= wanted else (middle + 1, high)
    return low


def _spread(sizes: list[Sizes]) -> list[Sizes]:
    """The first, the middle and the last."""
    if len(sizes) <= SIMULATED_NEEDS:
        return sizes
    return [sizes[0], sizes[len(sizes) // 2], sizes[-1]]


def _lines(question: Question, needs: Iterable[Need]) -> Iterator[Line]:
    components = question.components
    needed = (need.sizes.raters for need in needs if need.sizes is not None)
    most = max([40, *(3 * raters // 2 for raters in (*question.raters, *needed))])
    most = min(most, MOST_RATERS)
    step = max(1, most // 40)
    for scenes, series in _line_places(question, needs):
        counts = sorted({*range(4, most + 1, step), most, *(r for r in question.raters if r <= most)})
        points = [(n, question.chance(question.sizes(n, scenes, series), components)) for n in counts]
        yield Line(scenes, series, tuple(points))


def _line_places(question: Question, needs: Iterable[Need]) -> list[tuple[int, int | None]]:
    if question.sized:
        places = [(scenes, series) for series in question.series or (None,) for scenes in question.scenes]
        if len(places) == 1:
            scenes, series = places[0]
            half = None if series is None else max(2, series // 2)
            double = None if series is None else 2 * series
            places = [(max(2, scenes // 2, half or 2), half), places[0], (2 * scenes, double)]
    else:
        places = list(dict.fromkeys((need.scenes, need.series) for need in needs if need.scenes is not None))
    if len(places) > MOST_LINES:
        places = [places[round(at * (len(places) - 1) / (MOST_LINES - 1))] for at in range(MOST_LINES)]
    return places


def study_power(
    difference: float, sizes: Sizes, components: Components, test: PlannedTest = PlannedTest()
) -> Closed:
    """Return the chance that a study separates a win rate of 1/2 + `difference` from 1/2, and its error.

    `components` are standard deviations of the win rate (0 to 1) between raters, scenes and series, from a
    pilot or assumed. Raises ValueError for sizes or components that are not possible.

    >>> components = Components(raters=0.05, scenes=0.1, series=0.0, ties=0.15)
    >>> study = study_power(0.1, Sizes(raters=20, scenes=32), components)
    >>> round(study.error, 3), study.different > 0.3
    (0.049, True)
    """
    return closed_form(logits_of(components), sizes, difference, test)


def sample_size(question: Question) -> Need:
    """Return the fewest raters for a number of scenes, or scenes for a number of raters.

    The question has one value of raters or of scenes: else ValueError. The `sizes` of the result are None
    where no number is enough, with a `reason`: with too few scenes no number of raters is.

    >>> assumed = logits_of(Components(raters=0.05, scenes=0.1, series=0.0, ties=0.15))
    >>> need = sample_size(Question(0.15, assumed, scenes=(48,)))
    >>> need.raters is not None and need.chance >= 0.8
    True
    """
    if len(question.raters) + len(question.scenes) != 1:
        raise ValueError(
            "both or none of raters and scenes are given. Fix: give one of them, with one value."
        )
    return answer(question).needs[0]


def t_test_power(difference: float, error: float, df: float, *, level: float = 0.95) -> float:
    """Return the chance that a two-sided t test finds a difference with this standard error (noncentral t).

    Raises ValueError unless the error and the degrees of freedom are above 0.

    >>> round(t_test_power(1.0, (2 / 20) ** 0.5, 38), 4)  # two groups of 20, one standard deviation apart
    0.869
    """
    if not error > 0 or not df > 0:
        raise ValueError("the error or df is not above zero. Fix: give both above zero.")
    from statsmodels.stats.power import TTestPower  # takes seconds to import

    return float(TTestPower().power(difference / error, nobs=1, alpha=1 - level, df=df))
