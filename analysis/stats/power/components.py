"""The world that a plan assumes, said in logits or as standard deviations of the win rate: the same world.

A judgment's logit is the systems' distance plus effects of its rater, scene and series (normal, each the
difference of two systems' own) plus or minus the advantage of the left side; a tie comes with a fixed chance.
What one effect alone does to the win rate, all others averaged out, is its component on that scale. Both ways
are by Gauss-Hermite quadrature.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from analysis.stats.linear import Floats
from analysis.stats.roots import root
from analysis.stats.simulate import World

NODES = 48
WIDEST = 1e4  # variance of the gap in squared logits; with more, everything is decided beforehand
_AT, _WEIGHTS = np.polynomial.hermite_e.hermegauss(NODES)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


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
                f"with {100 * self.ties:g} % ties no win rate lies outside"
                f" {50 * self.ties:g} % to {100 - 50 * self.ties:g} %"
            )
        if rate == 0.5:
            return 0.0
        width = 60 + 10 * math.sqrt(self.variance)

        def off(gap: float) -> float:
            return float(self._mean(np.array(gap), self.variance)) - rate

        return root(off, -width, width)

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
        return _spread(gap, variance, self.variance, self.left_bias, self.ties)


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
            if _spread(gap, total, total, left_bias, ties) < part:
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
                "no raters, scenes and series differ this much: the standard deviations of the win rate leave"
                " nothing to a single judgment"
            )
    for _ in range(60):
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
        return _spread(gap, variance, total, left_bias, ties) - part

    if off(0.0) >= 0:
        return 0.0
    return root(off, 0.0, total, 1e-12) if off(total) > 0 else total


def _mean_rate(gap: Floats, variance: float, left_bias: float, ties: float) -> Floats:
    """The win rate at each distance, over both sides and a normal effect of this variance."""
    at = gap[..., None] + math.sqrt(max(variance, 0.0)) * _AT
    decided = (expit(at + left_bias) + expit(at - left_bias)) / 2
    return np.asarray(ties / 2 + (1 - ties) * (decided @ _WEIGHTS))


def _spread(gap: float, variance: float, total: float, left_bias: float, ties: float) -> float:
    """Standard deviation of the win rate that an effect of this variance makes, out of a `total`."""
    rates = _mean_rate(gap + math.sqrt(variance) * _AT, total - variance, left_bias, ties)
    mean = float(rates @ _WEIGHTS)
    return math.sqrt(float((rates - mean) ** 2 @ _WEIGHTS))
