"""Statistics: rater quality on the anaesthetists of Dawid and Skene (1979)."""

import numpy as np
import pytest

from analysis.stats.rater_quality import fit_dawid_skene
from tests.analysis.stats.studies import reference, reference_table


def _anaesthetists():
    table = reference_table("dawid_skene_1979").drop(columns="patient").to_numpy()
    rater = np.tile([0, 0, 0, 1, 2, 3, 4], len(table))
    unit = np.repeat(np.arange(len(table)), table.shape[1])
    return unit, rater, np.eye(4)[table.ravel() - 1]


def test_shares_of_the_grades_are_the_papers():
    expected = reference("dawid_skene_1979")["published"]["marginals"]
    assert fit_dawid_skene(*_anaesthetists()).shares == pytest.approx(expected, abs=6e-3)


def test_errors_are_rates():
    quality = fit_dawid_skene(*_anaesthetists())
    assert quality.errors.sum(axis=2) == pytest.approx(np.ones((5, 4)))
    assert ((quality.accuracy > 0.6) & (quality.accuracy <= 1)).all()


def test_whoever_answers_at_random_is_found():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 300)
    skills = (0.9, 0.9, 0.8, 0.0)
    answers = [np.where(rng.random(300) < skill, truth, rng.integers(0, 3, 300)) for skill in skills]
    unit, rater = np.tile(np.arange(300), 4), np.repeat(np.arange(4), 300)
    accuracy = fit_dawid_skene(unit, rater, np.eye(3)[np.concatenate(answers)]).accuracy
    # A skill of s is right with chance s + (1 - s)/3.
    assert accuracy == pytest.approx([0.933, 0.933, 0.867, 0.333], abs=0.06)
