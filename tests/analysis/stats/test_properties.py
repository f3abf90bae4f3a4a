"""Statistics: what must hold for any table."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stats import InputErrors, analyse, tables_from_frames
from analysis.stats.coded_columns import codes
from tests import pace
from tests.analysis.stats.studies import SYSTEMS, judgments, plan_for

seeds = st.integers(0, 10**6)
few = settings(max_examples=pace.examples(6), deadline=None)
KEYS = ("estimate", "low", "high")


def _analyse(frame, **changes):
    tables = tables_from_frames(frame)
    return analyse(tables, plan_for(tables, **changes), seed=1, replicates=100).to_dict()


def _numbers(report, name="win_rates", **keys):
    return {
        (entry["system"], entry["opponent"]): tuple(entry[key] for key in KEYS)
        for entry in report[name]
        if all(entry[key] == value for key, value in keys.items())
    }


def _close(first, second):
    assert first.keys() == second.keys()
    for key, values in first.items():
        assert values == pytest.approx(second[key], rel=1e-9, abs=1e-9, nan_ok=True), key


def _mirror(frame):
    turned = frame.assign(left_system=frame["right_system"], right_system=frame["left_system"])
    return turned.assign(
        choice=frame["choice"].map({"left": "right", "right": "left"}).fillna(frame["choice"])
    )


@few
@given(seeds)
def test_turning_the_sides_round_changes_no_win_rate(seed):
    frame = judgments(seed)
    first, second = _analyse(frame), _analyse(_mirror(frame))
    _close(_numbers(first), _numbers(second))
    shares = [
        next(e["estimate"] for e in report["position_bias"] if e["scope"] == "all")
        for report in (first, second)
    ]
    assert sum(shares) == pytest.approx(1)
    worths = [{e["system"]: e["estimate"] for e in report["abilities"]} for report in (first, second)]
    assert worths[0] == pytest.approx(worths[1], abs=1e-8)


@few
@given(seeds, seeds)
def test_the_order_of_rows_does_not_matter(seed, other):
    frame = judgments(seed)
    first, second = _analyse(frame), _analyse(frame.sample(frac=1, random_state=other))
    assert first | {"inputs": []} == second | {"inputs": []}


@few
@given(seeds)
def test_other_names_for_systems_change_no_number(seed):
    names = dict(zip(SYSTEMS, ("zebra", "yak", "wolf", "ape"), strict=True))
    frame = judgments(seed)
    renamed = frame.assign(
        left_system=frame["left_system"].map(names), right_system=frame["right_system"].map(names)
    )
    first = _analyse(frame)
    second = _analyse(renamed, systems=sorted(names.values()), human=["ape"])
    translated = {
        (names[system], names.get(opponent, opponent)): values
        for (system, opponent), values in _numbers(first).items()
    }
    _close(translated, _numbers(second))


@few
@given(seeds)
def test_doubling_every_row_narrows_no_interval(seed):
    frame = judgments(seed).assign(position="1")
    once = _numbers(_analyse(frame))
    twice = _numbers(_analyse(pd.concat([frame, frame.assign(position="2")], ignore_index=True)))
    for key, (estimate, low, high) in once.items():
        other, below, above = twice[key]
        assert other == pytest.approx(estimate, rel=1e-9)
        if low is not None:
            assert above - below >= (high - low) * (1 - 1e-9)


def test_doubling_every_row_narrows_no_interval_of_any_list():
    """Two rows of one rater about one pair of scripts are not two opinions."""
    lengths = np.random.default_rng(5).integers(300, 900, size=(2, len(judgments(5))))
    frame = judgments(5).assign(position="1", left_length=lengths[0], right_length=lengths[1])
    once, twice = (
        _analyse(table)
        for table in (frame, pd.concat([frame, frame.assign(position="2")], ignore_index=True))
    )
    compared = 0
    for name in ("win_rates", "human_level", "abilities", "differences", "agreement", "position_bias",
                 "length_bias", "breakdown"):  # fmt: skip
        for one, two in zip(once[name], twice[name], strict=True):
            assert two["estimate"] == pytest.approx(one["estimate"], abs=1e-9), (name, one)
            for low, high in (("low", "high"), ("bootstrap_low", "bootstrap_high")):
                if one.get(low) is not None:
                    assert two[high] - two[low] >= (one[high] - one[low]) * (1 - 1e-7), (name, one)
                    compared += 1
            if one.get("p") is not None:
                assert two["p"] >= one["p"] * (1 - 1e-7), (name, one)
    assert compared > 60


def test_a_rater_does_not_agree_with_himself():
    rows = judgments(5)
    alone = rows[rows["rater"] == rows["rater"].iloc[0]].assign(position="1")
    report = _analyse(pd.concat([alone, alone.assign(position="2")], ignore_index=True))
    assert report["agreement"]
    assert {entry["estimate"] for entry in report["agreement"]} == {None}


@few
@given(seeds)
def test_a_rater_without_a_row_in_a_contrast_changes_nothing(seed):
    frame = judgments(seed)
    extra = pd.DataFrame(
        [
            {"item": item, "rater": "stranger", "rater_kind": "person", "criterion": "overall",
             "series": series, "left_system": "direct", "right_system": "outline", "choice": "left"}
            for item, series in set(zip(frame["item"], frame["series"], strict=True))
        ]
    )  # fmt: skip
    first, second = _analyse(frame), _analyse(pd.concat([frame, extra], ignore_index=True))
    assert _numbers(first)["dsr", "human"] == _numbers(second)["dsr", "human"]
    pair = [[e for e in report["agreement"] if e["scope"] == "dsr|human"] for report in (first, second)]
    assert pair[0] == pair[1]


@few
@given(seeds)
def test_limits_hold_their_estimate_and_stay_on_their_scale(seed):
    report = _analyse(judgments(seed, raters=6, items=6))
    for name, top in (("win_rates", 1), ("human_level", 200)):
        for entry in report[name]:
            if entry["low"] is not None and entry.get("definition", "parity") == "parity":
                assert 0 <= entry["low"] <= entry["estimate"] <= entry["high"] <= top


@few
@given(seeds)
def test_two_systems_share_what_there_is_to_win(seed):
    numbers = _numbers(_analyse(judgments(seed)))
    for (system, opponent), (estimate, low, high) in numbers.items():
        if opponent in SYSTEMS:
            other = numbers[opponent, system]
            assert estimate + other[0] == pytest.approx(1)
            if low is not None:
                assert (low + other[2], high + other[1]) == pytest.approx((1, 1))


@given(st.text(min_size=1).filter(lambda text: text not in ("left", "right", "tie", "neither")))
def test_an_unknown_choice_is_never_a_tie(choice):
    frame = judgments(items=2, raters=3)
    frame.loc[0, "choice"] = choice
    with pytest.raises(InputErrors) as caught:
        tables_from_frames(frame)
    assert caught.value.errors[0].line == 2


def test_an_unknown_name_has_no_code():
    with pytest.raises(KeyError):
        codes(np.array(["dsr", "dsrr"]), SYSTEMS)
