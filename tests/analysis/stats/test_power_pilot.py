"""Statistics: variance components from a pilot: what two judgments share, and how sure one can be."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from analysis.stats.power import Logits
from analysis.stats.power.pilot import estimate, left_bias_of
from analysis.stats.simulate import simulate_study
from analysis.stats.variance_components import Rows, moments

WORLD = Logits(0.4, 0.7, 0.5, ties=0.15, left_bias=0.3)


def rows_of(rng, raters, scenes, series=None, logits=WORLD, rate=0.6, design="crossed"):
    if series is None:
        logits = replace(logits, series=0.0)
    world = logits.world(rate, 2)
    study = simulate_study(
        rng, raters, scenes, ("a", "b"), world.qualities, logits.scenes, logits.raters, logits.left_bias,
        logits.ties, design, series=series, series_system_sd=logits.series,
    )  # fmt: skip
    left = study.design.left == 0
    value = np.where(left, study.outcome, -study.outcome) / 2 + 0.5
    of = None if series is None else study.design.item_series[study.design.item]
    return Rows(value, np.zeros(len(value), dtype=np.int64), study.design.rater, study.design.item, of, left)


def by_hand(rows):
    """Half the squared differences of all pairs of judgments, one pair after the other."""
    found = {}
    for one, other in itertools.combinations(range(len(rows.value)), 2):
        if rows.contrast[one] != rows.contrast[other]:
            continue
        series = rows.scene if rows.series is None else rows.series
        shared = tuple(bool(codes[one] == codes[other]) for codes in (rows.rater, rows.scene, series))
        found.setdefault(shared, []).append((rows.value[one] - rows.value[other]) ** 2 / 2)
    return {shared: float(np.mean(values)) for shared, values in found.items()}


def test_it_is_the_mean_over_pairs_by_what_they_share():
    rows = rows_of(np.random.default_rng(1), 7, 9, 3, design="incomplete")
    rows = Rows(rows.value, rows.scene % 2, rows.rater, rows.scene, rows.series, rows.left)
    hand, found = by_hand(rows), moments(rows)
    nothing = hand[False, False, False]
    assert found.raters == pytest.approx(nothing - hand[True, False, False], rel=1e-9)
    assert found.series == pytest.approx(nothing - hand[False, False, True], rel=1e-9)
    assert found.scenes == pytest.approx(hand[False, False, True] - hand[False, True, True], rel=1e-9)


def test_without_series_scenes_are_all_there_is():
    rows = rows_of(np.random.default_rng(2), 6, 8)
    hand, found = by_hand(rows), moments(rows)
    assert found.scenes == pytest.approx(hand[False, False, False] - hand[False, True, True], rel=1e-9)
    assert found.series is None


def test_balanced_tables_give_the_analysis_of_variance():
    """Henderson's method for a crossed table: (mean square - residual mean square) / number."""
    value = np.random.default_rng(3).normal(size=(5, 7))
    rater, scene = np.indices(value.shape)
    contrast, left = np.zeros(35, dtype=np.int64), np.ones(35, dtype=bool)
    rows = Rows(value.ravel(), contrast, rater.ravel(), scene.ravel(), None, left)
    by_rater, by_scene, mean = value.mean(1), value.mean(0), value.mean()
    residual = value - by_rater[:, None] - by_scene[None, :] + mean
    rest = (residual**2).sum() / (4 * 6)
    found = moments(rows)
    assert found.raters == pytest.approx((7 * by_rater.var(ddof=1) - rest) / 7, rel=1e-9)
    assert found.scenes == pytest.approx((5 * by_scene.var(ddof=1) - rest) / 5, rel=1e-9)


def test_it_is_right_in_the_mean():
    truth = WORLD.components(0.6)
    found = np.array(
        [
            [part.raters, part.scenes, part.series]
            for study in range(120)
            for part in [moments(rows_of(np.random.default_rng([4, study]), 12, 24, 8, design="crossed"))]
        ]
    )
    expected = np.array([truth.raters, truth.scenes, truth.series]) ** 2
    error = found.std(axis=0) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - expected) < 3.5 * error).all()


def test_the_interval_holds_the_truth_most_of_the_time():
    truth = WORLD.components(0.6)
    hits = 0
    for study in range(40):
        pilot = estimate(rows_of(np.random.default_rng([5, study]), 10, 16, 8), ["a and b"])
        found = pilot.estimates["raters"]
        hits += found.low <= truth.raters <= found.high
    assert hits >= 34  # of a true coverage of 95 % less than once in 500 times


def test_a_component_below_zero_is_taken_as_none():
    rng = np.random.default_rng(6)
    none = Logits(0.0, 0.0, 0.0, ties=0.2)
    pilots = [estimate(rows_of(rng, 5, 6, logits=none, rate=0.5), ["a and b"]) for _ in range(6)]
    below = [pilot for pilot in pilots if pilot.estimates["raters"].variance < 0]
    assert below
    assert all(pilot.components.raters == 0 and pilot.estimates["raters"].high >= 0 for pilot in below)


def test_the_left_bias_is_the_one_that_gives_the_share():
    plain = Logits(0.4, 0.7, 0.0, ties=0.1)
    share = plain.left_share(plain.gap(0.6), 0.35)
    assert left_bias_of(plain, 0.6, share) == pytest.approx(0.35, abs=1e-6)
    assert left_bias_of(plain, 0.6, None) == 0.0


def test_the_pilots_world_has_its_components():
    pilot = estimate(rows_of(np.random.default_rng(7), 20, 40, 10), ["a and b"])
    found = pilot.logits().components(pilot.components.rate)
    assert found.scenes == pytest.approx(pilot.components.scenes, abs=1e-6)


@pytest.mark.parametrize(("raters", "scenes", "series"), [(2, 8, None), (8, 2, None), (8, 8, 1)])
def test_too_small_a_pilot_is_refused(raters, scenes, series):
    with pytest.raises(ValueError, match="needs at least"):
        estimate(rows_of(np.random.default_rng(8), raters, scenes, series), ["a and b"])
