"""Statistics: simulated studies: balance, and the truth that they are drawn from."""

import numpy as np
import pytest

from analysis.stats import analyse, tables_from_frames
from analysis.stats.abilities.fit import fit_abilities
from analysis.stats.cells import score_cells
from analysis.stats.scores import adjusted_means, plain_means
from analysis.stats.simulate import (
    ScoreWorld,
    World,
    draw_design,
    judge,
    simulate_scores,
    simulate_study,
)
from analysis.stats.win_rates import win_rate
from tests.analysis.stats.studies import QUALITIES, SYSTEMS, one, plan_for

MEANS = (8.0, 6.0, 7.0, 9.5)


def _study(design="incomplete", seed=1, raters=12, items=10, **more):
    rng = np.random.default_rng(seed)
    return simulate_study(rng, raters, items, SYSTEMS, QUALITIES, design=design, **more)


def _scores(seed=1, raters=12, items=10, **more):
    return simulate_scores(np.random.default_rng(seed), raters, items, SYSTEMS, MEANS, **more)


@pytest.mark.parametrize("design", ["incomplete", "crossed"])
def test_a_rater_gets_an_item_once_and_sides_are_balanced(design):
    drawn = _study(design).design
    places = set(zip(drawn.rater.tolist(), drawn.item.tolist(), strict=True))
    assert len(places) == len(drawn.rater)
    for first in range(4):
        for second in range(first + 1, 4):
            as_left = ((drawn.left == first) & (drawn.right == second)).sum()
            as_right = ((drawn.left == second) & (drawn.right == first)).sum()
            assert abs(int(as_left) - int(as_right)) <= 1


def test_crossed_is_every_rater_with_every_item():
    assert len(_study("crossed").design.rater) == 12 * 10


@pytest.mark.parametrize("per_pairing", [1, 2])
def test_every_pairing_of_an_item_gets_its_raters(per_pairing):
    drawn = _study(per_pairing=per_pairing).design
    low, high = np.minimum(drawn.left, drawn.right), np.maximum(drawn.left, drawn.right)
    _, count = np.unique(np.stack([drawn.item, low, high]), axis=1, return_counts=True)
    assert (len(count), set(count.tolist())) == (10 * 6, {per_pairing})


def test_an_unknown_design_is_refused():
    with pytest.raises(ValueError, match="use crossed or incomplete"):
        _study("square")
    with pytest.raises(ValueError, match="use crossed or incomplete"):
        _scores(design="square")


def test_an_unknown_context_is_refused():
    with pytest.raises(ValueError, match="use single or pair"):
        _scores(context="triple")


@pytest.mark.parametrize(("draw", "what"), [(simulate_study, "quality"), (simulate_scores, "mean")])
def test_one_value_to_each_system(draw, what):
    with pytest.raises(ValueError, match=f"one {what} to each"):
        draw(np.random.default_rng(1), 3, 3, ("a", "b"), (0.0,))


def test_numbers_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="10 items cannot be spread over 11 series"):
        _study(series=11)
    with pytest.raises(ValueError, match="needs a number of series"):
        _study(series_system_sd=0.5)
    with pytest.raises(ValueError, match="or more of them"):
        draw_design(np.random.default_rng(1), 0, 3, 2)


def test_items_are_spread_equally_over_series_and_the_table_says_which():
    frame = _study(series=4).frame()
    per_series = frame.drop_duplicates("item")["series"].value_counts()
    assert sorted(per_series.tolist()) == [2, 2, 3, 3]
    assert "series" not in _study().frame()
    assert set(_study(language="zh").frame()["language"]) == {"zh"}


def test_the_truth_is_what_a_large_study_comes_to():
    world = World(QUALITIES)
    cells = simulate_study(np.random.default_rng(8), 600, 600, SYSTEMS, QUALITIES, design="crossed").cells()
    for first, second in ((0, 1), (0, 3), (1, 3)):
        # 600 raters and items leave a standard error of about 0.005.
        assert win_rate(cells, first, [second]).linear.value == pytest.approx(
            world.win_rate(first, second), abs=0.02
        )
    fitted = fit_abilities(cells)
    assert [worth.value for worth in fitted.worths] == pytest.approx(world.abilities().tolist(), abs=0.08)


def test_series_pull_the_truth_towards_one_half_as_far_as_a_large_study_shows():
    # 600 series of one item each: the effect is that of items with the two variances added up.
    size = {"design": "crossed", "raters": 200, "items": 600, "series": 600, "series_system_sd": 0.9}
    truth = World(QUALITIES, series_system_sd=0.9).win_rate(1, 3)
    assert truth == pytest.approx(World(QUALITIES, item_system_sd=np.hypot(0.7, 0.9)).win_rate(1, 3))
    assert truth - World(QUALITIES).win_rate(1, 3) > 0.02
    rates = [win_rate(_study(seed=seed, **size).cells(), 1, [3]).linear.value for seed in range(6)]
    # One study has a standard error of about 0.01, the mean of six 0.004.
    assert np.mean(rates) == pytest.approx(truth, abs=0.015)


def test_equals_win_half_of_the_time():
    world = World((0.3, 0.3))
    assert world.win_rate(0, 1) == pytest.approx(0.5, abs=1e-12)
    assert world.strength(0, 1) == pytest.approx(0, abs=1e-12)
    assert world.abilities().tolist() == pytest.approx([0, 0], abs=1e-12)


def test_no_effects_leave_the_logit():
    world = World((1.0, 0.0), item_system_sd=0, rater_system_sd=0, left_bias=0, tie_share=0)
    assert world.win_rate(0, 1) == pytest.approx(1 / (1 + np.exp(-1.0)), rel=1e-12)
    worths = world.abilities()
    assert worths[0] - worths[1] == pytest.approx(1.0, rel=1e-9)


def test_the_same_people_keep_their_taste():
    rng, world = np.random.default_rng(3), World((0.0, 0.0), item_system_sd=0, left_bias=0, tie_share=0)
    taste = np.array([[30.0, 0.0], [0.0, 30.0]])
    study = judge(rng, world, draw_design(rng, 2, 20, 2, design="crossed"), ("a", "b"), taste=taste)
    winner = np.where(study.outcome == 1, study.design.left, study.design.right)
    assert (winner == study.design.rater).all()


def test_cells_and_table_give_the_same_numbers():
    study = _study()
    tables = tables_from_frames(study.frame())
    report = analyse(tables, plan_for(tables), seed=1, replicates=100).to_dict()
    rate = win_rate(study.cells(), 0, [3])
    entry = one(report["win_rates"], system="dsr", opponent="human")
    assert entry["estimate"] == pytest.approx(rate.linear.value, rel=1e-11)
    assert report["warnings"][0]["code"] == "simulated_only"


def test_scores_lie_on_the_scale_and_every_rater_reads_every_script():
    frame = _scores().frame()
    assert len(frame) == 12 * 10 * 4
    assert not frame.duplicated(["rater", "item", "system"]).any()
    assert frame["score"].between(1, 12).all()
    assert set(frame["context"]) == {"single"}


def test_an_incomplete_design_of_scores_gives_each_script_its_raters():
    frame = _scores(design="incomplete").frame()
    assert set(frame.groupby(["item", "system"]).size()) == {3}


def test_both_scripts_of_a_pair_are_scored():
    frame = _scores(context="pair", design="incomplete").frame()
    assert set(frame.groupby(["rater", "item"]).size()) == {2}
    assert set(frame["context"]) == {"pair"}


def test_cells_and_table_of_scores_hold_the_same():
    study = _scores(context="pair", design="incomplete", series=5)
    own, counted = study.cells(), score_cells(study.frame(), study.cells().names, "pair")
    for name in ("rater", "item", "system", "score", "n"):
        assert (getattr(own, name) == getattr(counted, name)).all()
    assert own.floor == counted.floor


def test_the_true_mean_score_is_what_a_large_study_comes_to():
    world = ScoreWorld(MEANS)
    crossed = plain_means(_scores(seed=4, raters=400, items=400).cells())
    for system in range(4):
        # Raters of sd 1.1 and items of 1.06, 400 each: a standard error of about 0.075.
        assert crossed[system].value == pytest.approx(world.mean_score(system), abs=0.25)
    gap = crossed[0].value - crossed[1].value
    assert gap == pytest.approx(world.mean_score(0) - world.mean_score(1), abs=0.15)
    adjusted = adjusted_means(_scores(seed=5, raters=60, items=200, context="pair", design="crossed").cells())
    gap = adjusted[0].value - adjusted[1].value
    assert gap == pytest.approx(world.mean_score(0) - world.mean_score(1), abs=0.4)


def test_without_spread_a_score_is_its_mean_rounded_and_clipped():
    nothing = dict.fromkeys(("rater_sd", "item_sd", "rater_system_sd", "item_system_sd", "rest_sd"), 0.0)
    world = ScoreWorld((7.5, 3.2, 20.0), **nothing)
    assert [world.mean_score(system) for system in range(3)] == [8, 3, 12]
    assert world.ratio_of_means(1, 2) == 25
