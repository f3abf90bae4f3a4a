"""Rows that share neither rater nor item: the one case in which Wilson's interval is right, and the exact
test of half."""

import math

import numpy as np
from scipy import special

from analysis.stats.linear import Linear

WILSON = "Wilson, every row has its own rater and scene"


def independent(share: Linear) -> bool:
    """Whether an estimate is a plain share of rows that each have their own rater and item, without ties."""
    if not 2 <= share.n == share.phi.size == share.raters == share.items:
        return False
    none = abs(share.phi + share.value / share.n)
    one = abs(share.phi - (1 - share.value) / share.n)
    return bool((np.minimum(none, one) <= 1e-12).all())


def wilson(wins: float, n: float, z: float) -> tuple[float, float]:
    """Score limits of Wilson (1927)."""
    share = wins / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def score_test(share: float, n: int, null: float) -> float:
    """Two-sided p of the test whose limits Wilson's are."""
    z = (share - null) / math.sqrt(null * (1 - null) / n)
    return math.erfc(abs(z) / math.sqrt(2))


def exact_half(won: float, n: int) -> float:
    """Two-sided p of an exact binomial test against one half; part of a win counts as none for the side that
    has fewer."""
    fewer = math.floor(min(won, n - won) + 1e-9)
    return min(1.0, 2 * float(special.bdtr(fewer, n, 0.5)))
