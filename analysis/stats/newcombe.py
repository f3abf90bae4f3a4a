"""The difference of two proportions of small tables, where every row has its own rater and item.

Newcombe (1998), Statistics in Medicine 17:873-890, method 10 for independent samples, and 17:2635-2650,
method 10 for paired ones: Wilson's limits of both shares, squared and added.
"""

import math
from dataclasses import dataclass

from scipy import special

from analysis.stats.independent import exact_half
from analysis.stats.intervals import wilson


def independent_limits(
    successes: float, n: float, other_successes: float, other_n: float, level: float
) -> tuple[float, float]:
    """Limits of successes/n - other_successes/other_n."""
    share, other = successes / n, other_successes / other_n
    low, high = wilson(successes, n, level)
    other_low, other_high = wilson(other_successes, other_n, level)
    gap = share - other
    below = math.hypot(share - low, other_high - other)
    above = math.hypot(high - share, other - other_low)
    return max(-1.0, gap - below), min(1.0, gap + above)


@dataclass(frozen=True, slots=True)
class Paired:
    """Counts of units by two yes-or-no answers: yes to both, to the first alone, to the second alone, to
    none."""

    both: float
    first: float
    second: float
    none: float

    @property
    def n(self) -> float:
        return self.both + self.first + self.second + self.none

    @property
    def difference(self) -> float:
        return (self.first - self.second) / self.n

    @property
    def se(self) -> float:
        """Agresti (2002), section 10.1.1."""
        square = (self.first + self.second) / self.n - self.difference**2
        return math.sqrt(max(square, 0.0) / self.n)


def paired_limits(table: Paired, level: float) -> tuple[float, float]:
    """Limits of share yes to the first - share yes to the second."""
    n = table.n
    first, second = table.both + table.first, table.both + table.second
    share, other = first / n, second / n
    low, high = wilson(first, n, level)
    other_low, other_high = wilson(second, n, level)
    phi = _correlation(table)

    def reach(one: float, two: float) -> float:
        return math.sqrt(max(0.0, one**2 - 2 * phi * one * two + two**2))

    gap = share - other
    low_limit = gap - reach(share - low, other_high - other)
    return max(-1.0, low_limit), min(1.0, gap + reach(high - share, other - other_low))


def _correlation(table: Paired) -> float:
    """Phi, corrected towards zero where it is positive."""
    margins = (
        (table.both + table.first)
        * (table.second + table.none)
        * (table.both + table.second)
        * (table.first + table.none)
    )
    cross = table.both * table.none - table.first * table.second
    if cross > 0:
        cross = max(0.0, cross - table.n / 2)
    return cross / math.sqrt(margins) if margins > 0 else 0.0


@dataclass(frozen=True, slots=True)
class McNemar:
    """Tests of no change. `z` is signed (more yes to the first is positive), `chi2` its square without and
    `chi2_corrected` with the correction for continuity; `p` is the exact binomial one."""

    z: float | None
    chi2: float | None
    chi2_corrected: float | None
    p_chi2: float | None
    p_chi2_corrected: float | None
    p: float


def mcnemar_test(first: int, second: int) -> McNemar:
    """From the units that said yes to the first alone and to the second alone (McNemar 1947)."""
    changed = first + second
    if changed == 0:
        return McNemar(None, None, None, None, None, 1.0)
    z = (first - second) / math.sqrt(changed)
    corrected = max(abs(first - second) - 1, 0) ** 2 / changed
    return McNemar(
        z=z,
        chi2=z * z,
        chi2_corrected=corrected,
        p_chi2=float(special.chdtrc(1, z * z)),
        p_chi2_corrected=float(special.chdtrc(1, corrected)),
        p=exact_half(first, changed),
    )
