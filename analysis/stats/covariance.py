"""Two-way cluster-robust covariance.

Source: Cameron, Gelbach and Miller (2011), Robust inference with multiway clustering, Journal of Business &
Economic Statistics 29:238-249: V = V_a + V_b - V_ab, each a one-way sandwich with the factor G/(G - 1) of its
own clusters.
"""

import numpy as np

from analysis.stats.linear import Floats, Ints, distinct


def one_way(phi: Floats, groups: Ints) -> Floats:
    """Sandwich of influences `phi` (rows x values) clustered by `groups` (codes): values x values."""
    count = distinct(groups)
    sums = np.stack([np.bincount(groups, weights=column) for column in phi.T])
    return np.asarray(sums @ sums.T * (count / (count - 1)))


def crossed(first: Ints, second: Ints) -> Ints:
    """Codes of the cells of two crossed codes."""
    return first * (int(second.max()) + 1) + second


def two_way(phi: Floats, first: Ints, second: Ints) -> Floats:
    """Covariance matrix for influences (rows x values); negative eigenvalues are set to zero.

    Both codes need two clusters or more.
    """
    matrix = one_way(phi, first) + one_way(phi, second) - one_way(phi, crossed(first, second))
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 0)) @ vectors.T)


def two_way_variance(phi: Floats, first: Ints, second: Ints) -> float:
    """Variance of one estimate: the largest of the two-way and both one-way variances."""
    column = phi[:, None]
    by_first = float(one_way(column, first)[0, 0])
    by_second = float(one_way(column, second)[0, 0])
    both = float(one_way(column, crossed(first, second))[0, 0])
    return max(by_first + by_second - both, by_first, by_second)
