"""What a study of given sizes can show, in closed form from variance components.

Var(win rate) = s2_rater * sum(share of each rater)^2 + s2_scene / O + s2_series / K + s2_rest / n. The report
does not know this variance: it estimates max(V_rater + V_scene - V_cell, V_rater, V_scene) and compares
with Student's t with min(R, clusters) - 1 degrees of freedom, on the logit scale. Chances and widths are
therefore means over the distribution of that estimate: V_rater and V_scene as independent chi2, with R - 1
and clusters - 1 degrees of freedom, about their expectations; V_cell, of very many cells, as known.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import gammaincinv, ndtr

from analysis.stats.intervals import critical
from analysis.stats.linear import Floats
from analysis.stats.power.components import Components, Logits
from analysis.stats.power.sizes import Sizes

LEVEL, WANTED = 0.95, 0.8
DIFFERENT, NON_INFERIOR, EQUIVALENT = CLAIMS = ("different", "non-inferior", "equivalent")
NEVER = 0.005  # a win rate closer than this to 0 or 1 is not looked for
STEPS = 64  # of the distribution of each variance


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
class Asked:
    """What is asked of each study: a claim, its margin, the level of the intervals."""

    claim: str = DIFFERENT
    margin: float | None = None
    level: float = LEVEL


def variance(components: Components, sizes: Sizes) -> float:
    """Of the estimated win rate. Raises ValueError where the components leave nothing to a judgment."""
    rest = components.rest
    if rest is None:
        raise ValueError("the components leave no variance to a judgment")
    between = components.raters**2 * sizes.concentration + components.scenes**2 / sizes.scenes
    if sizes.series is not None:
        between += components.series**2 / sizes.series
    return between + rest**2 / sizes.judgments


def closed_form(
    logits: Logits, sizes: Sizes, difference: float, test: Asked, *, wanted: float = WANTED
) -> Closed:
    """All that is asked of one study whose true win rate is 1/2 + difference."""
    components, level = logits.components(0.5 + difference), logits.components()
    claims: list[float | None] = [None] * 4
    if test.margin is not None:
        claims = [
            chance(at, sizes, Asked(claim, test.margin, test.level))
            for at in (components, level)
            for claim in (NON_INFERIOR, EQUIVALENT)
        ]
    reach = critical(test.level, sizes.smaller - 1) * _estimated_errors(components, sizes)
    return Closed(
        chance(components, sizes, Asked(level=test.level)),
        math.sqrt(variance(components, sizes)),
        float(_half_widths(components.rate, reach).mean()),
        floor(level, sizes, test.level),
        smallest(logits, sizes, level=test.level, wanted=wanted),
        *claims,
    )


def chance(components: Components, sizes: Sizes, test: Asked) -> float:
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
        raise ValueError("a claim of equality needs a margin")
    low, high = ((logit(0.5 + sign * test.margin) - logit(rate)) / unit for sign in (-1, 1))
    if test.claim == NON_INFERIOR:
        return _share(ndtr(-low - critical(test.level, sizes.smaller - 1) * estimated).mean())
    reach = critical(2 * test.level - 1, sizes.smaller - 1) * estimated
    return _share(np.maximum(ndtr(high - reach) - ndtr(low + reach), 0.0).mean())


def smallest(logits: Logits, sizes: Sizes, *, level: float = LEVEL, wanted: float = WANTED) -> float | None:
    """The smallest distance from 1/2 that is found with the chance wanted; None where no win rate is."""
    test = Asked(level=level)
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
        raise ValueError("the components leave no variance to a judgment")
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


def logit(value: float) -> float:
    return math.log(value / (1 - value))


def _expit(value: Floats) -> Floats:
    return np.asarray(0.5 + 0.5 * np.tanh(value / 2))
