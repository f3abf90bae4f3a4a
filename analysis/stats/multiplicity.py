"""Adjusted p values: Holm (1979) for what was planned, Benjamini and Hochberg (1995) for what was looked
at."""

from collections.abc import Sequence

import numpy as np


def holm(p: Sequence[float]) -> list[float]:
    """Return p values adjusted by Holm's (1979) step-down method, in the same order.

    It controls the chance of any false positive. Raises ValueError for a p outside 0 to 1.

    >>> [round(value, 3) for value in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    values = _checked(p)
    if len(values) < 2:  # nothing to adjust, and nothing to import for it
        return [float(value) for value in values]
    from statsmodels.stats.multitest import multipletests  # takes seconds to import

    return [float(value) for value in multipletests(values, method="holm")[1]]


def behind(first: Sequence[float], p: Sequence[float]) -> list[float]:
    """Adjusted p of tests that are looked at only once all of `first` (adjusted) have rejected.

    The serial gatekeeper of Westfall and Krishen (2001): no false positive in both families together, at the
    promised chance.
    """
    gate = max(first, default=0.0)
    return [max(gate, value) for value in p]


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Return p values adjusted by Benjamini and Hochberg's (1995) step-up method, in the same order.

    It controls the share of false positives among the positives. Raises ValueError for a p outside 0 to 1.

    >>> [round(value, 3) for value in benjamini_hochberg([0.01, 0.04, 0.03])]
    [0.03, 0.04, 0.04]
    """
    values = _checked(p)
    if len(values) < 2:
        return [float(value) for value in values]
    from scipy.stats import false_discovery_control  # takes a second to import

    return [float(value) for value in false_discovery_control(values, method="bh")]


def _checked(p: Sequence[float]) -> np.ndarray:
    values = np.asarray(p, dtype=float)
    wrong = ~((values >= 0) & (values <= 1))
    if wrong.any():
        raise ValueError(f"p: {values[wrong][0]} is not a p value: it lies from 0 to 1")
    return values
