"""Statistics: what must hold for any data, on the functions themselves."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import stats
from tests import pace
from tests.analysis.stats.studies import as_judgments, as_scores

few = settings(max_examples=pace.examples(12), deadline=None)
SYSTEMS = ("dsr", "direct", "human")
MIRROR = {"left": "right", "right": "left"}


@st.composite
def judged(draw, most_raters=6, most_items=6, least=2):
    """A table of judgments of three systems, dense or sparse, with every kind of choice."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    raters, items = draw(st.integers(least, most_raters)), draw(st.integers(least, most_items))
    grid = [(rater, item) for rater in range(raters) for item in range(items)]
    share = draw(st.sampled_from([0.6, 1.0]))
    rows = [
        (
            f"r{rater}",
            f"s{item}",
            *rng.permutation(SYSTEMS)[:2],
            rng.choice(["left", "right", "tie", "neither"]),
        )
        for rater, item in grid
        if rng.random() <= share
    ]
    rows += [
        ("r0", "s0", "dsr", "human", "left"),
        ("r1", "s1", "human", "dsr", "tie"),
        ("r1", "s0", "direct", "human", "right"),
    ]
    frame = pd.DataFrame(rows, columns=["rater", "item", "left_system", "right_system", "choice"])
    frame["left_length"], frame["right_length"] = rng.integers(100, 900, size=(2, len(frame)))
    frame["strength"] = rng.integers(1, 4, len(frame))
    return frame


@st.composite
def scored(draw):
    """Scores of three systems from 1 to 12, by at least two raters of two items."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    raters, items = draw(st.integers(2, 5)), draw(st.integers(2, 5))
    rows = [
        (f"r{rater}", f"s{item}", system, int(rng.integers(1, 13)))
        for rater in range(raters)
        for item in range(items)
        for system in SYSTEMS
    ]
    return pd.DataFrame(rows, columns=["rater", "item", "system", "score"])


def mirrored(frame):
    turned = frame.rename(
        columns={
            "left_system": "right_system",
            "right_system": "left_system",
            "left_length": "right_length",
            "right_length": "left_length",
        }
    )
    return turned.assign(choice=frame["choice"].replace(MIRROR))


def over_human(frame, system="dsr"):
    return as_judgments(frame).win_rate(system, "human")


def pairwise(frame):
    """Every single number that a table of judgments gives, by name."""
    judged = as_judgments(frame, strength=frame["strength"])
    named = {
        "win rate": judged.win_rate("dsr", "human"),
        "parity": judged.human_level("dsr", "human"),
        "over all": judged.win_rate("dsr"),
        "difference": judged.win_rate_difference("dsr", "direct", "human"),
        "baseline": judged.human_level("dsr", "human", baseline="direct"),
        "strength": judged.mean_strength("dsr", "human"),
    }
    return named | {f"worth of {name}": worth for name, worth in judged.abilities().worths.items()}


def both_sided(frame):
    """Those that also know left from right."""
    judged = as_judgments(frame, left_length=frame["left_length"], right_length=frame["right_length"])
    return {"left share": judged.position_bias(), "slope": judged.length_bias()}


def from_scores(frame):
    scores = as_scores(frame, floor=1)
    return {
        "mean": scores.mean("dsr"),
        "difference": scores.difference("dsr", "human"),
        "ratio": scores.human_level("dsr", "human"),
        "above floor": scores.human_level("dsr", "human", above_floor=True),
    }


def same(first, second, keys=("estimate", "low", "high", "n", "raters", "items", "method", "reason")):
    assert first.keys() == second.keys()
    for name, value in first.items():
        for key in keys:
            one, two = getattr(value, key), getattr(second[name], key)
            if isinstance(one, float) and isinstance(two, float):
                assert one == pytest.approx(two, rel=1e-6, abs=1e-7), (name, key)
            else:
                assert one == two, (name, key)


@few
@given(judged())
def test_mirroring_the_sides_changes_no_preference(frame):
    other = mirrored(frame)
    same(pairwise(frame), pairwise(other))
    share, turned = both_sided(frame)["left share"], both_sided(other)["left share"]
    if share.estimate is not None:
        assert share.estimate + turned.estimate == pytest.approx(1)
    slope, back = both_sided(frame)["slope"], both_sided(other)["slope"]
    if slope.estimate is not None and back.estimate is not None:
        assert slope.estimate == pytest.approx(back.estimate, abs=1e-6)


@few
@given(scored())
def test_doubling_every_score_changes_nothing_but_n(frame):
    once, twice = from_scores(frame), from_scores(pd.concat([frame, frame]))
    same(once, twice, keys=("estimate", "low", "high", "raters", "items"))
    assert all(twice[name].n == 2 * value.n for name, value in once.items())


@few
@given(judged())
def test_a_rater_without_a_row_in_a_contrast_changes_nothing_in_it(frame):
    extra = [("stranger", "elsewhere", "dsr", "direct", "left"), ("stranger", "s0", "direct", "dsr", "right")]
    more = pd.DataFrame(extra, columns=["rater", "item", "left_system", "right_system", "choice"])
    longer = pd.concat([frame, more.assign(left_length=1, right_length=1, strength=1)])
    for key in ("win rate", "parity", "strength"):
        same({key: pairwise(frame)[key]}, {key: pairwise(longer)[key]})


@few
@given(scored())
def test_a_rater_who_scored_neither_script_changes_no_ratio(frame):
    more = pd.DataFrame([("stranger", "s0", "direct", 12)], columns=["rater", "item", "system", "score"])
    key = "ratio"
    same({key: from_scores(frame)[key]}, {key: from_scores(pd.concat([frame, more]))[key]})


@few
@given(judged(), st.sampled_from(["system", "opponent", "choice", "systems"]))
def test_a_label_that_is_not_known_raises(frame, where):
    keys, systems = {"system": "dsr", "opponent": "human"}, None
    if where == "choice":
        frame = frame.assign(choice=["lefty", *frame["choice"][1:]])
    elif where == "systems":
        systems = ["dsr", "human"]
        frame.loc[0, ["left_system", "right_system"]] = ["direct", "dsr"]
    else:
        keys[where] = "nobody"
    wanted = {"choice": "lefty", "systems": "direct"}.get(where, "nobody")
    with pytest.raises(stats.UnknownLabel, match=wanted) as caught:
        as_judgments(frame, systems=systems).win_rate(**keys)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, KeyError)


@few
@given(judged())
def test_limits_hold_their_estimate_and_stay_on_their_scale(frame):
    tops = {"win rate": (0, 1), "over all": (0, 1), "parity": (0, 200), "left share": (0, 1)}
    for name, value in (pairwise(frame) | both_sided(frame)).items():
        assert value.reason or None not in (value.low, value.high)
        low, high = tops.get(name, (-math.inf, math.inf))
        ends = [low if value.low is None else value.low, high if value.high is None else value.high]
        assert value.estimate is None or low <= ends[0] <= value.estimate <= ends[1] <= high, name


@few
@given(judged())
def test_swapping_the_systems_turns_a_share_round(frame):
    rate, back = over_human(frame), as_judgments(frame).win_rate("human", "dsr")
    assert rate.estimate + back.estimate == pytest.approx(1)
    parity = as_judgments(frame).human_level("dsr", "human")
    other = as_judgments(frame).human_level("human", "dsr")
    assert parity.estimate + other.estimate == pytest.approx(200)
    assert parity.estimate == pytest.approx(200 * rate.estimate)
    assert rate.p == back.p or rate.p == pytest.approx(back.p)
    if rate.low is not None:
        assert (rate.low + back.high, rate.high + back.low) == pytest.approx((1, 1))
        assert (parity.low, parity.high) == pytest.approx((200 * rate.low, 200 * rate.high))
    worths = as_judgments(frame).abilities()
    if worths.reason is None:
        there, back = worths.difference("dsr", "human"), worths.difference("human", "dsr")
        assert there.estimate == pytest.approx(-back.estimate)
        assert sum(worth.estimate for worth in worths.worths.values()) == pytest.approx(0, abs=1e-9)


@few
@given(scored(), st.floats(0.5, 20), st.integers(-5, 5))
def test_scores_on_another_scale(frame, unit, shift):
    plain = from_scores(frame)
    other = from_scores(frame.assign(score=(frame["score"] - 1) * unit + 1))
    for key in ("estimate", "low", "high"):
        gap, wide = getattr(plain["difference"], key), getattr(other["difference"], key)
        if gap is not None:
            assert wide == pytest.approx(gap * unit, rel=1e-6, abs=1e-9)
        if getattr(plain["above floor"], key) is not None:
            # The floor of 1 stays where it is: what lies above it is stretched alike.
            assert getattr(other["above floor"], key) == pytest.approx(
                getattr(plain["above floor"], key), rel=1e-6
            )
    ratio = as_scores(frame.assign(score=frame["score"] * unit)).human_level("dsr", "human")
    moved = as_scores(frame.assign(score=frame["score"] + shift)).difference("dsr", "human")
    same({"": ratio}, {"": plain["ratio"]})
    same({"": moved}, {"": plain["difference"]})


@few
@given(st.lists(st.sampled_from("xyz"), min_size=2, max_size=8), st.integers(2, 4))
def test_raters_who_agree_on_everything_have_an_alpha_of_one(values, raters):
    ratings = stats.Ratings.from_table([[value] * raters for value in values])
    alpha = ratings.alpha(replicates=20)
    if len(set(values)) > 1:
        assert alpha.estimate == pytest.approx(1)
        assert ratings.ac1(replicates=0).estimate == pytest.approx(1)
    else:
        assert (alpha.estimate, "every value is the same" in alpha.reason) == (None, True)
    assert ratings.raw_agreement(replicates=0).estimate == 1


@few
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_adjusted_p_values_are_no_smaller_and_keep_their_order(p):
    for adjust in (stats.holm, stats.benjamini_hochberg):
        adjusted = adjust(p)
        assert all(one <= two + 1e-15 <= 1 + 1e-12 for one, two in zip(p, adjusted, strict=True))
        by_p = [value for _, value in sorted(zip(p, adjusted, strict=True))]
        assert by_p == sorted(by_p)
    assert all(
        two <= one + 1e-12 for one, two in zip(stats.holm(p), stats.benjamini_hochberg(p), strict=True)
    )


@few
@given(judged(), st.floats(0.02, 0.45))
def test_a_claim_of_equality_is_never_had_without_non_inferiority_at_its_own_level(frame, margin):
    rate = over_human(frame)
    claim = stats.human_level_claim(rate, margin)
    if rate.low is None:
        assert (claim.non_inferior, claim.equivalent) == (None, None)
    else:
        assert claim.non_inferior is (rate.low > 0.5 - margin)
        assert claim.inner[0] >= rate.low
        assert claim.inner[1] <= rate.high
        if claim.equivalent:
            assert 0.5 - margin < rate.estimate < 0.5 + margin


@few
@given(judged())
def test_a_confidence_sequence_is_wider_than_one_look(frame):
    rate = over_human(frame)
    always = stats.confidence_sequence(rate, best_at=40)
    if rate.low is not None and rate.se is not None and rate.df > 4:
        assert always.low <= rate.low
        assert always.high >= rate.high
    assert always.estimate == rate.estimate
