"""Planner: the closed form against statsmodels, arithmetic, and properties."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import NormalIndPower

from analysis.stats.power import Components, Logits, PlannedTest, Question, Sizes, answer, logits_of
from analysis.stats.power.answer import FEW, least_sure
from analysis.stats.power.closed_form import chance, smallest, variance
from analysis.stats.power.pilot import Estimate, Pilot
from analysis.stats.simulate import World

COMPONENTS = Components(raters=0.1, scenes=0.2, series=0.1, ties=0.15)
WORLD = logits_of(COMPONENTS, left_bias=0.2)
NO_EFFECTS = Logits(0.0, 0.0, 0.0, ties=0.15)


@pytest.mark.parametrize("claim", ["different", "non-inferior", "equivalent"])
def test_without_random_effects_it_is_the_z_test_of_independent_judgments(claim):
    """Very many raters and scenes that do not differ: only the judgments count, and normal theory serves."""
    sizes = Sizes(4000, 4000, per_pairing=1)
    components = NO_EFFECTS.components(0.51)
    found = chance(components, sizes, PlannedTest(claim, 0.04))
    sd = math.sqrt(0.51 - 0.15 / 2 + 0.15 / 4 - 0.51**2)
    if claim == "different":
        expected = NormalIndPower(ddof=0).power(0.01 / sd, nobs1=4000, alpha=0.05, ratio=0)
    elif claim == "non-inferior":
        expected = NormalIndPower(ddof=0).power(0.05 / sd, 4000, 0.025, ratio=0, alternative="larger")
    else:
        error = sd / math.sqrt(4000)
        expected = stats.norm.cdf(0.03 / error - 1.645) - stats.norm.cdf(-0.05 / error + 1.645)
    assert found == pytest.approx(expected, abs=0.01)


def test_the_variance_is_the_sum_of_its_parts():
    rest = 0.85 / 4 - 0.1**2 - 0.2**2 - 0.1**2
    crossed = Sizes(20, 32, 4, design="crossed")
    expected = 0.1**2 / 20 + 0.2**2 / 32 + 0.1**2 / 4 + rest / 640
    assert variance(COMPONENTS, crossed) == pytest.approx(expected, rel=1e-12)


def test_the_judgments_of_raters_drawn_by_chance_are_uneven():
    # Of 24 scenes with 3 of 12 raters each, a rater has Binomial(24, 1/4): mean square 24 * 3/16 + 36 = 40.5.
    assert Sizes(12, 24).concentration == pytest.approx(12 * 40.5 / 72**2, rel=1e-12)


@pytest.mark.parametrize("rate", [0.3, 0.5, 0.62])
def test_the_win_rate_of_the_world_is_the_one_asked_for(rate):
    world = WORLD.world(rate, 3)
    assert isinstance(world, World)
    assert world.win_rate(0, 2) == pytest.approx(rate, abs=1e-6)


def test_a_component_is_what_its_effect_does_to_the_win_rate():
    # Scenes drawn by the thousand, raters averaged out by the same world without them.
    logits = Logits(0.0, 0.7, 0.0, ties=0.2)
    gaps = 0.7 * math.sqrt(2) * np.random.default_rng(5).standard_normal(400_000)
    rates = 0.1 + 0.8 / (1 + np.exp(-gaps))
    assert logits.components().scenes == pytest.approx(float(rates.std()), rel=0.01)


@pytest.mark.parametrize("design", ["incomplete", "crossed"])
def test_more_raters_and_more_scenes_never_show_less(design):
    components = WORLD.components(0.6)

    def chances(sizes):
        return [chance(components, one, PlannedTest()) for one in sizes]

    assert (np.diff(chances(Sizes(n, 32, design=design) for n in range(4, 60))) > -1e-3).all()
    assert (np.diff(chances(Sizes(20, n, design=design) for n in range(4, 200, 4))) > 0).all()
    assert (np.diff(chances(Sizes(20, 8 * n, n, design=design) for n in range(3, 16))) > 0).all()


def test_the_smallest_difference_is_found_with_the_chance_wanted():
    sizes = Sizes(20, 96)
    found = smallest(WORLD, sizes)
    assert chance(WORLD.components(0.5 + found), sizes, PlannedTest()) == pytest.approx(0.8, abs=1e-3)


def test_nothing_is_found_by_two_raters():
    assert smallest(WORLD, Sizes(2, 8)) is None


def test_the_level_of_the_test_is_its_chance_of_a_false_find_and_no_more():
    sizes = Sizes(40, 200, design="crossed")
    assert chance(WORLD.components(), sizes, PlannedTest()) == pytest.approx(0.05, abs=0.01)
    assert chance(WORLD.components(), sizes, PlannedTest(level=0.9)) == pytest.approx(0.1, abs=0.015)


@pytest.mark.parametrize(
    "wrong",
    [{"raters": 1}, {"scenes": 1}, {"series": 1}, {"series": 33}, {"systems": 1}, {"design": "square"}],
)
def test_sizes_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match=r"least|can't come from|use incomplete or crossed"):
        Sizes(**({"raters": 20, "scenes": 32} | wrong))


def asked(**changes):
    flat = logits_of(Components(raters=0.1, scenes=0.2, series=0.0, ties=0.15), 0.2)
    return Question(**({"difference": 0.1, "assumed": flat} | changes))


def test_what_is_needed_is_the_smallest_that_reaches_it():
    question = asked()
    reached = [need for need in answer(question).needs if need.sizes is not None]
    assert reached
    for need in reached:
        assert need.chance >= 0.8
        fewer = question.sizes(need.sizes.raters - 1, need.scenes, need.series)
        assert need.sizes.raters == FEW or question.chance(fewer) < 0.8


def test_few_scenes_need_more_scenes_whatever_the_raters():
    [few] = answer(asked(scenes=(32,))).needs
    assert (few.sizes, few.reason) == (None, "floor")
    [enough] = answer(asked(scenes=(64,))).needs
    assert enough.reason == "per_pairing"
    better = answer(asked(scenes=(64,), per_pairing=enough.per_pairing)).needs[0]
    assert better.sizes is not None


def test_equivalence_has_its_sizes():
    found = answer(asked(difference=0.0, test=PlannedTest("equivalent", 0.1), design="crossed"))
    reached = [need for need in found.needs if need.sizes is not None]
    assert reached
    assert all(need.chance >= 0.8 for need in reached)
    assert found.studies[0].closed.equivalent >= 0.8


def test_the_upper_end_of_a_pilots_interval_lowers_the_chance():
    components = Components(0.1, 0.2, 0.0, ties=0.15)
    estimates = {
        "raters": Estimate(0.1, 0.05, 0.11, 0.01),
        "scenes": Estimate(0.2, 0.1, 0.3, 0.04),
    }
    pilot = Pilot(components, estimates, None, 100, 10, 10, None, ("a and b",))
    question = asked(raters=(20,), scenes=(64,), pilot=pilot)
    [sizes] = (planned.sizes for planned in answer(question).studies)
    name, chance_then = least_sure(question, sizes)
    assert name == "scenes"
    assert chance_then < question.chance(sizes) - 0.02
    assert least_sure(asked(raters=(20,), scenes=(64,)), sizes) is None
