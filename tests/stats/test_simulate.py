"""Simulated studies: balance, and the truth that they are drawn from."""

import numpy as np
import pytest

from analysis.stats import analyse, tables_from_frames
from analysis.stats.simulate import World, simulate_study
from analysis.stats.win_rates import win_rate
from tests.stats.studies import QUALITIES, SYSTEMS, one, plan_for


def _study(design="incomplete", seed=1, raters=12, items=10):
    return simulate_study(np.random.default_rng(seed), raters, items, SYSTEMS, QUALITIES, design=design)


@pytest.mark.parametrize("design", ["incomplete", "crossed"])
def test_a_rater_gets_an_item_once_and_sides_are_balanced(design):
    study = _study(design)
    places = set(zip(study.rater.tolist(), study.item.tolist(), strict=True))
    assert len(places) == len(study.rater)
    for first in range(4):
        for second in range(first + 1, 4):
            as_left = ((study.left == first) & (study.right == second)).sum()
            as_right = ((study.left == second) & (study.right == first)).sum()
            assert abs(int(as_left) - int(as_right)) <= 1


def test_crossed_is_every_rater_with_every_item():
    assert len(_study("crossed").rater) == 12 * 10


def test_an_unknown_design_is_refused():
    with pytest.raises(ValueError, match="use crossed or incomplete"):
        _study("square")


def test_qualities_must_match_the_systems():
    with pytest.raises(ValueError, match="one quality to each"):
        simulate_study(np.random.default_rng(1), 3, 3, ("a", "b"), (0.0,))


def test_the_truth_is_what_a_large_study_comes_to():
    world = World(QUALITIES)
    cells = simulate_study(np.random.default_rng(8), 600, 600, SYSTEMS, QUALITIES, design="crossed").cells()
    for first, second in ((0, 1), (0, 3), (1, 3)):
        # 600 raters and items leave a standard error of about 0.005.
        assert win_rate(cells, first, [second]).linear.value == pytest.approx(
            world.win_rate(first, second), abs=0.02
        )


def test_equals_win_half_of_the_time():
    assert World((0.3, 0.3)).win_rate(0, 1) == pytest.approx(0.5, abs=1e-12)


def test_no_effects_leave_the_logit():
    world = World((1.0, 0.0), item_system_sd=0, rater_system_sd=0, left_bias=0, tie_share=0)
    assert world.win_rate(0, 1) == pytest.approx(1 / (1 + np.exp(-1.0)), rel=1e-12)


def test_cells_and_table_give_the_same_numbers():
    study = _study()
    tables = tables_from_frames(study.frame())
    report = analyse(tables, plan_for(tables), seed=1, replicates=100).to_dict()
    rate = win_rate(study.cells(), 0, [3])
    entry = one(report["win_rates"], system="dsr", opponent="human")
    assert entry["estimate"] == pytest.approx(rate.linear.value, rel=1e-11)
    assert report["warnings"][0]["code"] == "simulated_only"
