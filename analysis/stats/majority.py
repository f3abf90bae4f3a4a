"""Agreement of each rater with the majority of the others."""

import numpy as np

from analysis.stats.linear import Floats, Ints


def leave_one_out_points(unit: Ints, rater: Ints, own: Floats, raters: int) -> tuple[Floats, Floats]:
    """Per rater the points for agreeing with the majority of the others, and the values that others shared.

    `own` holds rows x categories counts, `unit` and `rater` their codes, of which there are `raters`. Where
    the majority is tied, each of its categories counts its part.
    """
    total = np.zeros((int(unit.max()) + 1 if unit.size else 0, own.shape[1]))
    np.add.at(total, unit, own)
    # A rater may have judged one unit twice: all of it is left out together.
    _, mine = np.unique(unit * raters + rater, return_inverse=True)
    by_rater = np.zeros((int(mine.max()) + 1 if mine.size else 0, own.shape[1]))
    np.add.at(by_rater, mine, own)
    others = total[unit] - by_rater[mine]
    most = others.max(axis=1, keepdims=True)
    majority = (others == most) & (most > 0)
    points = (own * majority).sum(axis=1) / np.maximum(majority.sum(axis=1), 1)
    shared = np.where(majority.any(axis=1), own.sum(axis=1), 0.0)
    return (
        np.bincount(rater, weights=points, minlength=raters),
        np.bincount(rater, weights=shared, minlength=raters),
    )
