"""Adjusted p values: Holm (1979) for what was planned, Benjamini and Hochberg (1995) for what was looked
at."""

from collections.abc import Sequence

import numpy as np


def holm(p: Sequence[float]) -> list[float]:
    """Step-down, controls the chance of any false positive."""
    order = np.argsort(p, kind="stable")
    values = np.asarray(p, dtype=float)[order]
    steps = np.maximum.accumulate(values * np.arange(len(values), 0, -1))
    return _back(order, np.minimum(steps, 1.0))


def behind(first: Sequence[float], p: Sequence[float]) -> list[float]:
    """Adjusted p of tests that are looked at only once all of `first` (adjusted) have rejected.

    The serial gatekeeper of Westfall and Krishen (2001): no false positive in both families together, at the
    promised chance.
    """
    gate = max(first, default=0.0)
    return [max(gate, value) for value in p]


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Step-up, controls the share of false positives among the positives."""
    order = np.argsort(p, kind="stable")
    values = np.asarray(p, dtype=float)[order]
    scaled = values * len(values) / np.arange(1, len(values) + 1)
    steps = np.minimum.accumulate(scaled[::-1])[::-1]
    return _back(order, np.minimum(steps, 1.0))


def _back(order: np.ndarray, values: np.ndarray) -> list[float]:
    result = np.empty(len(values))
    result[order] = values
    return [float(value) for value in result]
