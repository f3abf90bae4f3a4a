"""What a number of raters and scenes can show, in closed form from variance components.

Var(win rate) = s2_rater / R + s2_scene / O + s2_series / K + s2_rest / n, with a critical value of t with
min(R, clusters of scenes) - 1 degrees of freedom. A planning figure: the components are assumed, and a plan
rests on simulating the study.
"""

import math
from dataclasses import dataclass

from scipy import stats

LEVEL = 0.95
WANTED = 0.8


@dataclass(frozen=True, slots=True)
class Components:
    """Standard deviations of the win rate (0 to 1) between raters, scenes and series, and the share of ties."""

    raters: float
    scenes: float
    series: float
    ties: float

    @property
    def rest(self) -> float | None:
        """What is left of one judgment's variance about one half; None where nothing would be."""
        left = (1 - self.ties) / 4 - self.raters**2 - self.scenes**2 - self.series**2
        return math.sqrt(left) if left > 0 else None

    def variance(self, raters: int, scenes: int, series: int | None, judgments: int) -> float:
        rest = self.rest
        if rest is None:
            raise ValueError("the components leave no variance to a judgment")
        between = self.raters**2 / raters + self.scenes**2 / scenes
        return between + (self.series**2 / series if series else 0.0) + rest**2 / judgments


def power(difference: float, error: float, freedom: int) -> float:
    """Chance that a two-sided test finds a win rate this far from 0.5 (noncentral t)."""
    limit = stats.t.ppf((1 + LEVEL) / 2, freedom)
    shift = difference / error
    return float(stats.nct.sf(limit, freedom, shift) + stats.nct.cdf(-limit, freedom, shift))


def smallest(error: float, freedom: int, wanted: float = WANTED) -> float:
    """The smallest distance from 0.5 that is found with the chance wanted, by bisection."""
    low, high = 0.0, 50 * error
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if power(middle, error, freedom) < wanted else (low, middle)
    return high


def power_lines(
    components: Components, *, difference: float, raters: int, scenes: int, series: int | None, judgments: int
) -> list[str]:
    """The answer in sentences, with all that it assumes."""
    clusters = series or scenes
    freedom = min(raters, clusters) - 1
    error = math.sqrt(components.variance(raters, scenes, series, judgments))
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * error
    floor = math.sqrt(components.scenes**2 / scenes + (components.series**2 / series if series else 0.0))
    floor *= float(stats.t.ppf((1 + LEVEL) / 2, clusters - 1))
    by = f"{series} series" if series else f"{scenes} scenes"
    found = smallest(error, freedom)
    return [
        f"{raters} raters, {scenes} scenes{f' of {series} series' if series else ''}, {judgments} judgments",
        f"standard error of the win rate      {100 * error:.1f} points",
        f"half-width of its 95 % interval     {100 * half:.1f} points ({200 * half:.1f} of parity)",
        f"chance to find {50 + 100 * difference:g} % against 50 %      {100 * power(difference, error, freedom):.0f} %",
        f"found with a chance of 80 %         {50 + 100 * found:.1f} % or more"
        if found < 0.5
        else "found with a chance of 80 %         nothing: too few raters or scenes",
        f"with any number of raters           half-width not under {100 * floor:.1f} points ({200 * floor:.1f} of parity)",
        "",
        "Assumed: standard deviations of the win rate of"
        f" {components.raters:g} between raters, {components.scenes:g} between scenes,"
        f" {components.series:g} between series; {100 * components.ties:g} % ties;"
        f" raters and {by} as samples, t with {freedom} degrees of freedom, two-sided 5 %.",
        "This is a closed form. Simulate the study through its own analysis before fixing a plan.",
    ]
