"""What a study of given sizes can show, in closed form from variance components.

Var(win rate) = s2_rater * sum(share of each rater)^2 + s2_scene / O + s2_series / K + s2_rest / n. The report
does not know this variance: it estimates max(V_rater + V_scene - V_cell, V_rater, V_scene) and compares
with Student's t with min(R, clusters) - 1 degrees of freedom, on the logit scale. Chances and widths are
therefore means over the distribution of that estimate: V_rater and V_scene as independent chi2, with R - 1
and clusters - 1 degrees of freedom, about their expectations; V_cell, of very many cells, as known.

Components and logits are the same world, assumed by a plan. A judgment's logit is the systems' distance plus
effects of its rater, scene and series (normal, each the difference of two systems' own) plus or minus the
advantage of the left side; a tie comes with a fixed chance. What one effect alone does to the win rate, all
others averaged out, is its component on that scale. Both ways are by Gauss-Hermite quadrature.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import expit, gammaincinv, ndtr

from analysis.stats.intervals import critical, find_root, logit
from analysis.stats.linear import Floats
from analysis.stats.simulate import PER_PAIRING, World
from analysis.translation import gettext_lazy as _

INCOMPLETE, CROSSED = DESIGNS = ("incomplete", "crossed")
FEWEST = 2  # raters, scenes, series and systems
NODES = 48
WIDEST = 1e4  # variance of the gap in squared logits; with more, everything is decided beforehand
_AT, _WEIGHTS = np.polynomial.hermite_e.hermegauss(NODES)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
LEVEL, WANTED = 0.95, 0.8
DIFFERENT, NON_INFERIOR, EQUIVALENT = CLAIMS = ("different", "non-inferior", "equivalent")
NEVER = 0.005  # a win rate closer than this to 0 or 1 is not looked for
STEPS = 64  # of the distribution of each variance


@dataclass(frozen=True, slots=True)
class Sizes:
    """`crossed`: every rater judges one pairing of every scene; `incomplete`: every pairing of a scene gets
    `per_pairing` raters. With `series` the report clusters by rater and series, else by rater and scene.

    Raises ValueError for what cannot be.
    """

    raters: int
    scenes: int
    series: int | None = None
    systems: int = 2
    design: str = INCOMPLETE
    per_pairing: int = PER_PAIRING

    def __post_init__(self) -> None:
        if self.design not in DESIGNS:
            raise ValueError(f"the design is {self.design!r}: use {' or '.join(DESIGNS)}")
        if min(self.raters, self.scenes, self.systems) < FEWEST or self.per_pairing < 1:
            raise ValueError("give at least two raters, two scenes, two systems and one rater per pair")
        if self.series is not None and not FEWEST <= self.series <= self.scenes:
            raise ValueError(f"{self.scenes} scenes can't come from {self.series} series")

    @property
    def cluster(self) -> str:
        return "item" if self.series is None else "series"

    @property
    def clusters(self) -> int:
        return self.scenes if self.series is None else self.series

    @property
    def pairings(self) -> int:
        """Pairings of one scene."""
        return self.systems * (self.systems - 1) // 2

    @property
    def readers(self) -> int:
        """Raters of one scene, each with one of its pairings."""
        return min(self.raters, self.raters if self.design == CROSSED else self.per_pairing * self.pairings)

    @property
    def rows(self) -> int:
        """Judgments of one criterion, of all contrasts together."""
        return self.scenes * self.readers

    @property
    def judgments(self) -> float:
        """Judgments of one contrast; their mean over the contrasts where they do not come out even."""
        return self.rows / self.pairings

    @property
    def per_rater(self) -> float:
        """Pairs that one rater judges, of all contrasts together."""
        return self.rows / self.raters

    @property
    def met(self) -> float:
        """The share of the contrast's scenes that one rater judges."""
        return self.readers / self.pairings / self.raters

    @property
    def concentration(self) -> float:
        """Sum of the squared shares that the raters have of the contrast's judgments, where the raters of a
        scene are drawn by chance: 1 / R where everybody judges everything, a little more elsewhere."""
        return 1 / self.raters + (1 - self.met) / self.judgments

    @property
    def meeting(self) -> float:
        """How many raters meet the contrast at all."""
        return max(float(FEWEST), self.raters * (1 - (1 - self.met) ** self.scenes))

    @property
    def smaller(self) -> float:
        """min(R, clusters), counting only raters who meet the contrast."""
        return min(self.meeting, float(self.clusters))


def size_words(sizes: Sizes, lang: str = "en") -> str:
    """The sizes of a study as a planner names them."""
    text = _("%(raters)s raters, %(scenes)s scenes")
    if sizes.series is not None:
        text = _("%(raters)s raters, %(scenes)s scenes from %(series)s series")
    numbers = {"raters": f"{sizes.raters:,}", "scenes": f"{sizes.scenes:,}", "series": sizes.series}
    return text.translate(lang) % numbers


@dataclass(frozen=True, slots=True)
class Components:
    """Standard deviations of the win rate between raters, scenes (within a series) and series, and the share
    of ties, all of two systems whose win rate is `rate`."""

    raters: float
    scenes: float
    series: float
    ties: float
    rate: float = 0.5

    @property
    def total(self) -> float:
        """Variance of one judgment (1, 1/2 or 0) about the win rate."""
        wins = self.rate - self.ties / 2
        return wins + self.ties / 4 - self.rate**2

    @property
    def rest(self) -> float | None:
        """What is left of one judgment's standard deviation; None where nothing would be."""
        left = self.total - self.raters**2 - self.scenes**2 - self.series**2
        return math.sqrt(left) if left > 0 else None


@dataclass(frozen=True, slots=True)
class Logits:
    """Standard deviations in logits of the liking of one rater, scene or series for one system (of which a
    comparison holds two), the advantage of the left side in logits, and the share of ties."""

    raters: float
    scenes: float
    series: float
    ties: float
    left_bias: float = 0.0

    @property
    def variance(self) -> float:
        """Of the distance of two systems, over all raters, scenes and series."""
        return 2 * (self.raters**2 + self.scenes**2 + self.series**2)

    def gap(self, rate: float) -> float:
        """The distance of two systems in logits at which the win rate is `rate`. Raises ValueError where
        ties alone forbid it."""
        if not self.ties / 2 < rate < 1 - self.ties / 2:
            raise ValueError(
                f"with {100 * self.ties:g}% ties, win rates must be between"
                f" {50 * self.ties:g}% and {100 - 50 * self.ties:g}%"
            )
        if rate == 0.5:
            return 0.0
        width = 60 + 10 * math.sqrt(self.variance)

        def off(gap: float) -> float:
            return float(self._mean(np.array(gap), self.variance)) - rate

        return find_root(off, -width, width)

    def components(self, rate: float = 0.5) -> Components:
        """What these effects are on the scale of the win rate, at this win rate."""
        gap = self.gap(rate)
        raters, series, both = (
            self._spread(gap, 2 * variance)
            for variance in (self.raters**2, self.series**2, self.series**2 + self.scenes**2)
        )
        scenes = math.sqrt(max(both**2 - series**2, 0.0))
        return Components(raters, scenes, series, self.ties, rate)

    def world(self, rate: float, systems: int) -> World:
        """The world in which the first of the systems has this win rate over the last; the others lie
        between, evenly."""
        gap = self.gap(rate)
        qualities = tuple(gap * (1 - at / (systems - 1)) for at in range(systems))
        return World(
            qualities,
            item_system_sd=self.scenes,
            rater_system_sd=self.raters,
            left_bias=self.left_bias,
            tie_share=self.ties,
            series_system_sd=self.series,
        )

    def left_share(self, gap: float, left_bias: float) -> float:
        """The share of decided judgments that the left script wins, either system standing left as often."""
        at = math.sqrt(self.variance) * _AT
        return float(((expit(at + gap + left_bias) + expit(at - gap + left_bias)) / 2) @ _WEIGHTS)

    def _mean(self, gap: Floats, variance: float) -> Floats:
        """The win rate at a distance, over both sides and normal effects of this variance."""
        return _mean_rate(gap, variance, self.left_bias, self.ties)

    def _spread(self, gap: float, variance: float) -> float:
        return _sd_of_part(gap, variance, self.variance, self.left_bias, self.ties)


def logits_of(components: Components, left_bias: float = 0.0) -> Logits:
    """The world whose components these are, at their own win rate.

    Raises ValueError where no effects in logits give them: between them they would leave a judgment nothing.
    """
    ties, rate = components.ties, components.rate
    parts = (components.raters, components.series, math.hypot(components.series, components.scenes))
    if not any(parts):
        return Logits(0.0, 0.0, 0.0, ties, left_bias)

    def needed(total: float) -> list[float] | None:
        """Variances in logits that give the parts, where all effects together have the variance `total`."""
        gap = Logits(math.sqrt(total / 2), 0.0, 0.0, ties, left_bias).gap(rate)
        found = []
        for part in parts:
            if _sd_of_part(gap, total, total, left_bias, ties) < part:
                return None
            found.append(_variance_of(part, gap, total, left_bias, ties))
        return found

    def excess(total: float) -> float:
        variances = needed(total)
        return math.inf if variances is None else variances[0] + variances[2] - total

    low, high = 1e-9, 1e-3
    while excess(high) > 0:
        low, high = high, 2 * high
        if high > WIDEST:
            raise ValueError(
                "raters, scenes and series can't differ this much: the standard deviations of the win rate"
                " leave no variance for single judgments"
            )
    for _step in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
        if high - low < 1e-10 * high:
            break
    variances = needed(high)
    assert variances is not None
    raters, series, both = variances
    return Logits(
        math.sqrt(raters / 2), math.sqrt(max(both - series, 0.0) / 2), math.sqrt(series / 2), ties, left_bias
    )


def _variance_of(part: float, gap: float, total: float, left_bias: float, ties: float) -> float:
    """The variance of an effect, out of a `total`, whose standard deviation of the win rate is `part`."""

    def off(variance: float) -> float:
        return _sd_of_part(gap, variance, total, left_bias, ties) - part

    if off(0.0) >= 0:
        return 0.0
    return find_root(off, 0.0, total, 1e-12) if off(total) > 0 else total


def _mean_rate(gap: Floats, variance: float, left_bias: float, ties: float) -> Floats:
    """The win rate at each distance, over both sides and a normal effect of this variance."""
    at = gap[..., None] + math.sqrt(max(variance, 0.0)) * _AT
    decided = (expit(at + left_bias) + expit(at - left_bias)) / 2
    return np.asarray(ties / 2 + (1 - ties) * (decided @ _WEIGHTS))


def _sd_of_part(gap: float, variance: float, total: float, left_bias: float, ties: float) -> float:
    """Standard deviation of the win rate that an effect of this variance makes, out of a `total`."""
    rates = _mean_rate(gap + math.sqrt(variance) * _AT, total - variance, left_bias, ties)
    mean = float(rates @ _WEIGHTS)
    return math.sqrt(float((rates - mean) ** 2 @ _WEIGHTS))


@dataclass(frozen=True, slots=True)
class Closed:
    """The answer for one study. Shares, win rates and their widths from 0 to 1; None where it was not asked
    (claims without a margin) or where there is none (no win rate is found with the chance wanted).

    `floor` is the half-width at a win rate of 1/2 that any number of raters leaves.
    """

    different: float
    error: float
    half_width: float
    floor: float
    smallest: float | None
    non_inferior: float | None = None
    equivalent: float | None = None
    non_inferior_if_level: float | None = None
    equivalent_if_level: float | None = None


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """What is asked of each study: a claim, its margin, the level of the intervals."""

    claim: str = DIFFERENT
    margin: float | None = None
    level: float = LEVEL


def variance(components: Components, sizes: Sizes) -> float:
    """Of the estimated win rate. Raises ValueError where the components leave nothing to a judgment."""
    rest = components.rest
    if rest is None:
        raise ValueError("the components leave no variance for single judgments")
    between = components.raters**2 * sizes.concentration + components.scenes**2 / sizes.scenes
    if sizes.series is not None:
        between += components.series**2 / sizes.series
    return between + rest**2 / sizes.judgments


def closed_form(
    logits: Logits, sizes: Sizes, difference: float, test: PlannedTest, *, wanted: float = WANTED
) -> Closed:
    """All that is asked of one study whose true win rate is 1/2 + difference."""
    components, level = logits.components(0.5 + difference), logits.components()
    claims: list[float | None] = [None] * 4
    if test.margin is not None:
        claims = [
            chance(at, sizes, PlannedTest(claim, test.margin, test.level))
            for at in (components, level)
            for claim in (NON_INFERIOR, EQUIVALENT)
        ]
    reach = critical(test.level, sizes.smaller - 1) * _estimated_errors(components, sizes)
    return Closed(
        chance(components, sizes, PlannedTest(level=test.level)),
        math.sqrt(variance(components, sizes)),
        float(_half_widths(components.rate, reach).mean()),
        floor(level, sizes, test.level),
        smallest(logits, sizes, level=test.level, wanted=wanted),
        *claims,
    )


def chance(components: Components, sizes: Sizes, test: PlannedTest) -> float:
    """That the report makes the claim, where the components are those at the true win rate.

    The report's limits are symmetric on the logit scale, with the error carried there by the slope at the
    rate: all is counted in true standard errors of that scale from the truth.
    """
    rate, error = components.rate, math.sqrt(variance(components, sizes))
    unit = error / (rate * (1 - rate))
    estimated = _estimated_errors(components, sizes) / error
    if test.claim == DIFFERENT:
        reach, shift = critical(test.level, sizes.smaller - 1) * estimated, logit(rate) / unit
        return _share((ndtr(shift - reach) + ndtr(-shift - reach)).mean())
    if test.margin is None:
        raise ValueError("this claim needs a margin")
    low, high = ((logit(0.5 + sign * test.margin) - logit(rate)) / unit for sign in (-1, 1))
    if test.claim == NON_INFERIOR:
        return _share(ndtr(-low - critical(test.level, sizes.smaller - 1) * estimated).mean())
    reach = critical(2 * test.level - 1, sizes.smaller - 1) * estimated
    return _share(np.maximum(ndtr(high - reach) - ndtr(low + reach), 0.0).mean())


def smallest(logits: Logits, sizes: Sizes, *, level: float = LEVEL, wanted: float = WANTED) -> float | None:
    """The smallest distance from 1/2 that is found with the chance wanted; None where no win rate is."""
    test = PlannedTest(level=level)
    low, high = 0.0, 0.5 - logits.ties / 2 - NEVER
    if high <= 0 or chance(logits.components(0.5 + high), sizes, test) < wanted:
        return None
    while high - low > 1e-5:
        middle = (low + high) / 2
        found = chance(logits.components(0.5 + middle), sizes, test) >= wanted
        low, high = (low, middle) if found else (middle, high)
    return high


def floor(components: Components, sizes: Sizes, level: float = LEVEL) -> float:
    """The half-width that is left when raters cost nothing and read everything: scenes are still a sample."""
    left = components.scenes**2 / sizes.scenes
    if sizes.series is not None:
        left += components.series**2 / sizes.series
    reach = critical(level, sizes.clusters - 1) * math.sqrt(left)
    return float(_half_widths(components.rate, np.array(reach)))


def _estimated_errors(components: Components, sizes: Sizes) -> Floats:
    """Standard errors that the report may find, equally likely ones.

    The expectations are those of the sandwich's one-way sums: what is shared within a cluster, what a
    judgment adds of its own, and, where a cluster holds a share `met` of the other kind, what is left of that
    kind's effect.
    """
    rest = components.rest
    if rest is None:
        raise ValueError("the components leave no variance for single judgments")
    n, apart = sizes.judgments, 1 - sizes.met
    raters, scenes = components.raters**2, components.scenes**2
    series, own = components.series**2, rest**2
    by_rater = raters * sizes.concentration + (own + apart * (scenes + series)) / n
    by_cluster = scenes / sizes.scenes + (own + apart * raters) / n
    if sizes.series is not None:
        by_cluster += series / sizes.series
    rows = 1 + (sizes.scenes / sizes.clusters - 1) * sizes.met  # of one rater in one cluster
    by_cell = (own + scenes + rows * (raters + series)) / n
    one = by_rater * _chi2_over_df(round(sizes.meeting) - 1)[:, None]
    other = by_cluster * _chi2_over_df(sizes.clusters - 1)[None, :]
    return np.asarray(np.sqrt(np.maximum(one + other - by_cell, np.maximum(one, other))))


@lru_cache(maxsize=512)
def _chi2_over_df(freedom: int) -> Floats:
    return np.asarray(2 * gammaincinv(freedom / 2, (np.arange(STEPS) + 0.5) / STEPS) / freedom)


def _half_widths(rate: float, reach: Floats) -> Floats:
    """Half the distance of the limits of intervals that reach so far at the slope of the logit scale."""
    middle, width = logit(rate), reach / (rate * (1 - rate))
    return np.asarray((_expit(middle + width) - _expit(middle - width)) / 2)


def _share(value: float) -> float:
    return min(1.0, max(0.0, float(value)))


def _expit(value: Floats) -> Floats:
    return np.asarray(0.5 + 0.5 * np.tanh(value / 2))
