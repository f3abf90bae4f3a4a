"""The limit that all differences of abilities are held to at once, against tabulated distributions."""

import importlib

import numpy as np
import pytest
from scipy import stats

# The package exports a function of the same name as the module.
largest = importlib.import_module("analysis.stats.abilities")._largest


def _reach(covariance, df):
    return float(
        np.quantile(largest(np.asarray(covariance, dtype=float), df, np.random.default_rng(1)), 0.95)
    )


@pytest.mark.parametrize("df", [1, 7, 39])
def test_two_systems_are_one_t_test(df):
    # 20,000 draws leave the level of the 95 % point a standard error of 0.0015, its upper half 0.0008.
    assert stats.t.cdf(_reach([[1, -1], [-1, 1]], df), df) == pytest.approx(0.975, abs=0.004)


@pytest.mark.parametrize(("k", "df"), [(3, 11), (6, 11), (6, 39)])
def test_many_systems_lie_between_tukey_and_hotelling(k, df):
    """Tukey's range has one error for all differences; Hotelling's bound holds for every contrast."""
    reach = _reach(np.eye(k) - 1 / k, df)
    tukey = stats.studentized_range.ppf(0.95, k, df) / np.sqrt(2)
    p = k - 1
    hotelling = np.sqrt(stats.f.ppf(0.95, p, df - p + 1) * p * df / (df - p + 1))
    assert tukey < reach < hotelling


def test_with_many_clusters_the_limit_is_that_of_tukey_s_range():
    reach = _reach(np.eye(5) - 0.2, 100_000)
    assert reach == pytest.approx(stats.studentized_range.ppf(0.95, 5, np.inf) / np.sqrt(2), rel=0.02)


def test_fewer_clusters_than_systems_still_give_a_limit():
    assert np.isfinite(_reach(np.eye(9) - 1 / 9, 4))
