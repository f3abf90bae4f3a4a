"""Agreement of each rater with the majority of the others."""

import numpy as np

from analysis.stats.linear import Floats, Ints, crossed


def leave_one_out_points(unit: Ints, rater: Ints, own: Floats, raters: int) -> tuple[Floats, Floats]:
    """Per rater the points for agreeing with the majority of the others, and the values that others shared.

    `own` holds rows x categories counts, `unit` and `rater` their codes, of which there are `raters`. Where
    the majority is tied, each of its categories counts its part.
    """
    total = _sums(unit, own)
    # A rater may have judged one unit twice: all of it is left out together.
    mine, _ = crossed(unit, rater)
    by_rater = _sums(mine, own)
    others = total[unit] - by_rater[mine]
    most = others.max(axis=1, keepdims=True)
    majority = (others == most) & (most > 0)
    points = (own * majority).sum(axis=1) / np.maximum(majority.sum(axis=1), 1)
    shared = np.where(majority.any(axis=1), own.sum(axis=1), 0.0)
    return (
        np.bincount(rater, weights=points, minlength=raters),
        np.bincount(rater, weights=shared, minlength=raters),
    )


def _sums(at: Ints, values: Floats) -> Floats:
    return np.stack([np.bincount(at, weights=column) for column in values.T], axis=1)
