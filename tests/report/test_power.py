"""The closed-form calculator, against statsmodels and arithmetic."""

import math

import pytest
from statsmodels.stats.power import TTestPower

from analysis.stats.power import Components, power, power_lines, smallest

# The planner's floor: a standard deviation of 0.2 between 32 scenes, and raters without end.
FLAT = Components(raters=0.0, scenes=0.2, series=0.0, ties=0.15)


@pytest.mark.parametrize(("difference", "freedom"), [(0.05, 11), (0.1, 19), (0.2, 7)])
def test_power_is_that_of_the_t_test(difference: float, freedom: int) -> None:
    # statsmodels 0.15: the one-sample t-test of n = freedom + 1 has standard error sd / sqrt(n).
    n = freedom + 1
    expected = TTestPower().power(effect_size=difference / 0.2, nobs=n, alpha=0.05)
    assert power(difference, 0.2 / math.sqrt(n), freedom) == pytest.approx(expected, abs=1e-9)


def test_the_smallest_difference_is_found_with_the_chance_wanted() -> None:
    assert power(smallest(0.04, 15), 0.04, 15) == pytest.approx(0.8, abs=1e-9)


def test_scenes_bound_what_raters_can_do() -> None:
    lines = power_lines(FLAT, difference=0.1, raters=10**6, scenes=32, series=None, judgments=32 * 10**6)
    # t(0.975, 31) = 2.0395 (any table of t), times 0.2 / sqrt(32) = 7.2 points of win rate.
    assert any("not under 7.2 points of win rate (14.4 of parity)" in line for line in lines)


def test_variance_is_the_sum_of_its_parts() -> None:
    parts = Components(raters=0.1, scenes=0.2, series=0.15, ties=0.2)
    rest = 0.8 / 4 - 0.1**2 - 0.2**2 - 0.15**2
    expected = 0.1**2 / 20 + 0.2**2 / 32 + 0.15**2 / 4 + rest / 640
    assert parts.variance(20, 32, 4, 640) == pytest.approx(expected, rel=1e-12)


def test_more_between_than_a_win_rate_can_have() -> None:
    assert Components(raters=0.4, scenes=0.4, series=0.0, ties=0.15).rest is None
