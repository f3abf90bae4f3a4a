"""Statistics, abilities: Davidson's paper; Bradley-Terry on Stigler's citations and choix; errors of R."""

import numpy as np
import pytest

from analysis.stats.abilities import davidson
from analysis.stats.covariance import one_way
from tests.analysis.stats.studies import reference, reference_table

PUDDING, CEMS, CITATIONS = "davidson_pudding_1970", "cems_clustered_ties", "bt_citations_stigler"


def _design(first, second, names):
    """Columns for all names but the last."""
    design = np.zeros((len(first), len(names)))
    for at, (one, other) in enumerate(zip(first, second, strict=True)):
        design[at, names.index(one)] += 1
        design[at, names.index(other)] -= 1
    return design[:, :-1]


def test_no_ties_are_bradley_terry():
    frame, expected = reference_table(CITATIONS), reference(CITATIONS)["verified"]
    names = ["Comm Statist", "JASA", "JRSS-B", "Biometrika"]
    wins, losses = frame["wins1"].to_numpy(float), frame["wins2"].to_numpy(float)
    fit = davidson.fit(
        _design(frame["journal1"], frame["journal2"], names), davidson.Counts(wins, 0 * wins, losses)
    )
    assert fit.log_tie is None
    assert fit.terms == pytest.approx([expected["coef"][f"..{name}"] for name in names[:3]], rel=1e-6)
    errors = np.sqrt(np.diag(fit.bread))
    assert errors == pytest.approx([expected["se"][f"..{name}"] for name in names[:3]], rel=1e-4)


@pytest.fixture(scope="module")
def students():
    frame = reference_table(CEMS)
    names = ["Barcelona", "London", "Milano", "Paris", "St.Gallen", "Stockholm"]
    outcome = frame["outcome"].to_numpy()
    counts = [(outcome == name).astype(float) for name in ("a", "tie", "b")]
    return _design(frame["a"], frame["b"], names), counts, frame["rater"].to_numpy(), names


def _listed(table, names):
    return [table[name] for name in names]


def test_clustered_errors_of_half_wins_are_those_of_sandwich(students):
    design, (left, ties, right), rater, names = students
    expected = reference(CEMS)["verified"]["half_win_bt"]
    fit = davidson.fit(design, davidson.Counts(left + ties / 2, 0 * ties, right + ties / 2))
    assert fit.terms == pytest.approx(_listed(expected["coef"], names[:5]), rel=1e-6)
    errors = np.sqrt(np.diag(one_way(fit.influence, rater)))
    assert errors == pytest.approx(_listed(expected["se_cluster_rater_CR0_G_over_Gm1"], names[:5]), rel=1e-5)


def test_the_prior_gives_it_one():
    # 4 wins, 0 losses and half a win each way in one pair: log odds of 4.5 to 0.5.
    ones = np.ones(4)
    fit = davidson.fit(np.ones((4, 1)), davidson.Counts(ones, 0 * ones, 0 * ones), pseudo=np.ones((1, 1)))
    assert fit.terms[0] == pytest.approx(np.log(4.5 / 0.5), rel=1e-9)


SIDES = np.array([[1.0, 0], [0, 1], [-1, 1]])  # a over c, b over c, b over a


@pytest.mark.parametrize(
    ("left", "ties", "right", "found"),
    [
        ([5, 5, 0], [0, 0, 0], [0, 0, 5], False),  # a beats b beats c
        ([5, 0, 5], [0, 0, 0], [0, 5, 0], True),  # each beats the next one round a circle
        ([5, 5, 0], [0, 0, 1], [0, 0, 5], False),  # a tie of a and b alone holds c down for ever
        (
            [5, 5, 0],
            [0, 1, 1],
            [0, 0, 5],
            False,
        ),  # nobody ever won against a better one: ties can take it all
        ([5, 5, 1], [0, 1, 1], [0, 1, 5], True),
        ([0, 0, 0], [5, 5, 5], [0, 0, 0], False),  # nothing but ties
    ],
)
def test_a_fit_is_found_exactly_where_the_likelihood_has_a_maximum(left, ties, right, found):
    counts = davidson.Counts(*(np.array(part, dtype=float) for part in (left, ties, right)))
    assert (davidson.fit(SIDES, counts) is not None) is found
    fitted = davidson.fit(SIDES, counts, pseudo=SIDES)
    assert np.isfinite(fitted.values).all()


def test_a_covariate_that_decides_every_row_has_no_maximum():
    rng = np.random.default_rng(1)
    length = rng.normal(size=200)
    for noise, found in ((0.0, False), (2.0, True)):
        won = (length + noise * rng.normal(size=200) > 0).astype(float)
        rows = davidson.Rows(
            np.ones((1, 1)), davidson.Counts(won, 0 * won, 1 - won), np.zeros(200, int), length
        )
        assert (davidson.fit_rows(rows) is not None) is found
        assert (davidson.fit_rows(rows, np.array([[1.0, 0.0]])) is not None) is found
