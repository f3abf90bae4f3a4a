"""Statistics, standard errors: clustered, against Petersen (2009) and R's sandwich."""

import numpy as np
import pytest

from analysis.stats.covariance import one_way, two_way, two_way_variance
from tests.analysis.stats.studies import reference, reference_table

PETERSEN = "twoway_cluster_petersen_2009"


@pytest.fixture(scope="module")
def regression():
    """Influence of every row on intercept and slope of y on x, with the codes of firm and year."""
    frame = reference_table(PETERSEN, "data.csv.gz")
    design = np.column_stack([np.ones(len(frame)), frame["x"]])
    bread = np.linalg.inv(design.T @ design)
    residual = frame["y"].to_numpy() - design @ (bread @ design.T @ frame["y"].to_numpy())
    phi = (design * residual[:, None]) @ bread
    return phi, frame["firm"].to_numpy(), frame["year"].to_numpy()


def _se(matrix, rows):
    # The published errors carry the factor (n - 1)/(n - k) besides.
    return np.sqrt(np.diag(matrix) * (rows - 1) / (rows - 2))


@pytest.mark.parametrize(("by", "published", "verified"), [(1, "firm", "firm_HC1"), (2, "year", "year_HC1")])
def test_one_way_is_petersens(regression, by, published, verified):
    expected = reference(PETERSEN)
    intercept, slope = _se(one_way(regression[0], regression[by]), len(regression[0]))
    assert intercept == pytest.approx(expected["published"]["se_intercept"][published], abs=6e-5)
    assert slope == pytest.approx(expected["published"]["se_slope"][published], abs=6e-5)
    assert slope == pytest.approx(expected["verified"]["se"][verified]["x"], rel=1e-9)


def test_two_way_is_petersens(regression):
    expected = reference(PETERSEN)
    phi, firm, year = regression
    intercept, slope = _se(two_way(phi, firm, year), len(phi))
    assert intercept == pytest.approx(expected["published"]["se_intercept"]["firm_and_year"], abs=6e-5)
    assert slope == pytest.approx(expected["published"]["se_slope"]["firm_and_year"], abs=6e-5)
    assert slope == pytest.approx(expected["verified"]["se"]["firm_year_HC1"]["x"], rel=1e-9)
    assert intercept == pytest.approx(expected["verified"]["se"]["firm_year_HC1"]["(Intercept)"], rel=1e-9)


def test_one_value_takes_the_largest_of_three(regression):
    phi, firm, year = regression
    both = two_way_variance(phi[:, 1], firm, year)
    assert both == pytest.approx(float(two_way(phi, firm, year)[1, 1]), rel=1e-9)
    # Crossed so that rows cancel within pairs: V_a + V_b - V_ab falls below V_a.
    column, first, second = np.array([1.0, -1.0, 1.0, 1.0]), np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    by_first = float(one_way(column[:, None], first)[0, 0])
    by_second = float(one_way(column[:, None], second)[0, 0])
    assert two_way_variance(column, first, second) >= max(by_first, by_second)


def test_negative_eigenvalues_become_zero():
    rng = np.random.default_rng(5)
    phi = rng.normal(size=(12, 3))
    matrix = two_way(phi, np.arange(12) % 3, np.arange(12) // 3)
    assert np.linalg.eigvalsh(matrix).min() > -1e-12
