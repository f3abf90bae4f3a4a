"""Models that simulated studies are drawn from, and the true values of what is estimated there.

The truth is that of the populations of raters, items and series, not of those that one study happened to
draw.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import special

from analysis.stats import davidson
from analysis.stats.linear import Floats

NODES = 64


@dataclass(frozen=True)
class World:
    """How judgments come about. All effects are standard deviations or shifts in logits.

    The chance that the left script wins a decided row is expit(quality + item x system + rater x system +
    series x system of the left, less those of the right, plus `left_bias`); a row is a tie with chance
    `tie_share`, whatever the scripts. The series effect takes part only where a study has series.
    """

    qualities: tuple[float, ...]
    item_system_sd: float = 0.7
    rater_system_sd: float = 0.4
    left_bias: float = 0.2
    tie_share: float = 0.15
    series_system_sd: float = 0.0

    def left_wins(self, left: int, right: int) -> float:
        """The share of all rows that the left script wins, over all raters, items and series, by
        Gauss-Hermite quadrature."""
        nodes, weights = normal_nodes()
        variances = self.item_system_sd**2 + self.rater_system_sd**2 + self.series_system_sd**2
        gap = self.qualities[left] - self.qualities[right] + np.sqrt(2 * variances) * nodes
        return (1 - self.tie_share) * float(expit(gap + self.left_bias) @ weights)

    def win_rate(self, first: int, second: int) -> float:
        """The true win rate, both sides with equal weight and a tie as half a win."""
        as_left = self.left_wins(first, second)
        as_right = 1 - self.tie_share - self.left_wins(second, first)
        return self.tie_share / 2 + (as_left + as_right) / 2

    def strength(self, first: int, second: int) -> float:
        """The true mean signed strength where decided judgments have strength 2 on average."""
        return 2 * (2 * self.win_rate(first, second) - 1)

    def abilities(self) -> Floats:
        """The true log worths of Davidson's model with an order term, centred on zero.

        The random effects make no Davidson model, so its "true" worths are those that maximise the expected
        likelihood: the fit to the expected share of each outcome, with every pair equally often and half of
        the time either way round. That is where the estimate goes as raters and items grow without limit.
        """
        k = len(self.qualities)
        pairs = np.array([(left, right) for left in range(k) for right in range(k) if left != right])
        wins = np.array([self.left_wins(left, right) for left, right in pairs])
        losses = 1 - self.tie_share - wins
        ties = np.full(len(pairs), self.tie_share)
        columns = np.eye(k)[pairs[:, 0]] - np.eye(k)[pairs[:, 1]]
        design = np.column_stack([columns[:, : k - 1], np.ones(len(pairs))])
        fitted = davidson.fit(design, davidson.Counts(wins, ties, losses))
        if fitted is None:
            raise ValueError("these qualities lie too far apart for abilities")
        worths = np.append(fitted.terms[: k - 1], 0.0)
        return np.asarray(worths - worths.mean())


@dataclass(frozen=True)
class ScoreWorld:
    """How scores come about: a latent normal value, rounded to a whole number and clipped to the scale.

    Latent = mean of the system + rater + item + rater x system + item x system + series x system + rest, each
    a standard deviation in points. The series effect takes part only where a study has series.
    """

    means: tuple[float, ...]
    rater_sd: float = 1.0
    item_sd: float = 0.8
    rater_system_sd: float = 0.4
    item_system_sd: float = 0.7
    rest_sd: float = 1.2
    series_system_sd: float = 0.0
    scale_min: int = 1
    scale_max: int = 12

    def mean_score(self, system: int) -> float:
        """The true mean of the rounded and clipped scores: the sum of P(score >= s) over the scale, exact."""
        sds = (self.rater_sd, self.item_sd, self.rater_system_sd, self.item_system_sd, self.rest_sd)
        sd = float(np.sqrt(sum(part**2 for part in sds) + self.series_system_sd**2))
        steps = np.arange(self.scale_min + 1, self.scale_max + 1) - 0.5
        if sd == 0:
            return self.scale_min + float((self.means[system] >= steps).sum())
        return self.scale_min + float(special.ndtr((self.means[system] - steps) / sd).sum())

    def ratio_of_means(self, system: int, human: int) -> float:
        """100 x the true mean of a system over that of a human one."""
        return 100 * self.mean_score(system) / self.mean_score(human)


@cache
def normal_nodes() -> tuple[Floats, Floats]:
    """Points and weights (of sum 1) of Gauss-Hermite quadrature over a standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()


def expit(value: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-value)))
