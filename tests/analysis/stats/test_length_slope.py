"""Statistics: the slope on length, where it can be told and where not."""

import numpy as np
import pytest
import statsmodels.api as sm

from analysis import stats

LONG = {"a": 400, "b": 700, "c": 500}


def _rows(count=300):
    rng = np.random.default_rng(8)
    left, right = np.array([rng.choice(3, 2, replace=False) for _ in range(count)]).T
    names = np.array(list(LONG))
    place = np.arange(count)
    choice = np.where(rng.random(count) < 0.55, "left", "right")
    return rng, names[left], names[right], choice, place % 17, place // 17


def _slope(left, right, choice, rater, item, lengths):
    one, two = lengths
    return stats.Judgments(left, right, choice, rater, item, left_length=one, right_length=two).length_bias()


def test_a_steep_slope_of_lengths_that_hardly_differ_is_that_of_a_logit_model():
    """In logits by log length the slope has no natural size: one above a hundred is no lack of a maximum."""
    rng, left, right, choice, rater, item = _rows()
    lengths = 500 + rng.integers(0, 3, size=(2, len(left)))
    ratio = np.log(lengths[0] / lengths[1])
    choice = np.where(rng.random(len(left)) < 1 / (1 + np.exp(-300 * ratio)), "left", "right")
    slope = _slope(left, right, choice, rater, item, lengths)
    design = np.column_stack(
        [*((left == name) * 1.0 - (right == name) for name in "ab"), np.ones(len(left)), ratio]
    )
    fitted = sm.Logit(choice == "left", design).fit(disp=0, tol=1e-12)
    assert slope.estimate == pytest.approx(fitted.params[3], rel=1e-6)
    assert slope.estimate > 100


def test_lengths_that_go_with_the_systems_have_no_slope():
    _, left, right, choice, rater, item = _rows()
    lengths = [[LONG[name] for name in side] for side in (left, right)]
    slope = _slope(left, right, choice, rater, item, lengths)
    assert slope.estimate is None
    assert slope.reason.startswith("lengths differ only between systems")
