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
    """Standard deviations of the win rate between raters, scenes and series; the share of ties."""

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
    limit = _critical(freedom)
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
    half = _critical(freedom) * error
    # What is left when raters cost nothing: the scenes are still a sample.
    floor = math.sqrt(components.scenes**2 / scenes + (components.series**2 / series if series else 0.0))
    floor *= _critical(clusters - 1)
    found = smallest(error, freedom)
    chance = 100 * power(difference, error, freedom)
    found_at = f"{50 + 100 * found:.1f} % or more" if found < 0.5 else "nothing: too few raters or scenes"
    rows = {
        "standard error of the win rate": f"{100 * error:.1f} points",
        "half-width of its 95 % interval": _points(half),
        f"chance to tell {50 + 100 * difference:g} % from 50 %": f"{chance:.0f} %",
        "win rate told from 50 % with a chance of 80 %": found_at,
        "half-width with any number of raters": f"not under {_points(floor)}",
    }
    by = f"{series} series" if series else f"{scenes} scenes"
    return [
        f"{raters} raters, {scenes} scenes{f' of {series} series' if series else ''}, {judgments} judgments",
        *(f"  {what:<46}{value}" for what, value in rows.items()),
        "",
        f"Assumed: standard deviations of the win rate of {components.raters:g} between raters,"
        f" {components.scenes:g} between scenes and {components.series:g} between series;"
        f" {100 * components.ties:g} % ties; raters and {by} as samples,"
        f" t with {freedom} degrees of freedom, two-sided 5 %.",
        "This is a closed form. Simulate the study through its own analysis before fixing a plan.",
    ]


def _critical(freedom: int) -> float:
    return float(stats.t.ppf((1 + LEVEL) / 2, freedom))


def _points(width: float) -> str:
    return f"{100 * width:.1f} points of win rate ({200 * width:.1f} of parity)"
