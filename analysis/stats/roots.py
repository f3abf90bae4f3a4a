"""Where a function crosses zero."""

from collections.abc import Callable


def root(function: Callable[[float], float], low: float, high: float, within: float = 2e-12) -> float:
    """A zero between two places where the signs differ, by Brent's (1973) method. Raises ValueError where
    they do not."""
    from scipy.optimize import brentq  # takes long to import, and few analyses need it

    return float(brentq(function, low, high, xtol=within))
