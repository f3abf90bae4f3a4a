"""Statistics: early and late: halves of each rater's positions, and the difference of two win rates."""

import numpy as np
import pytest
from scipy import stats

from analysis.stats import tables_from_frames
from tests.analysis.stats.direct import two_way_se
from tests.analysis.stats.studies import judgments, one, report_of, small

DSR = {"system": "dsr", "opponent": "human"}


def _drift(tables, **changes):
    return report_of(tables, **changes)["drift"]


def test_halves_are_of_each_raters_own_positions_and_the_middle_one_is_in_neither():
    rows = [("r1", f"s{at}", "dsr", "human", choice) for at, choice in enumerate(["left", "tie", "right"])]
    rows += [
        ("r2", f"s{at}", "human", "dsr", choice)
        for at, choice in enumerate(["left", "left", "right", "right"])
    ]
    positions = ["1", "10", "12", "5", "6", "70", "80"]
    entry = one(_drift(small(rows, position=positions)), **DSR)
    # Early: r1 won, r2 lost twice. Late: r1 lost, r2 won twice.
    assert (entry["early"], entry["late"]) == pytest.approx((1 / 3, 2 / 3))
    assert entry["estimate"] == pytest.approx(1 / 3)
    assert (entry["n"], entry["left_out"], entry["measure"]) == (6, 1, "late_minus_early")


def test_the_interval_is_that_of_a_difference_over_shared_raters_and_scenes():
    frame = judgments(raters=14, items=12, seed=5)
    frame["position"] = frame.groupby("rater").cumcount() + 1
    entry = one(_drift(tables_from_frames(frame)), **DSR)
    pairs = [
        {left, right} == {"dsr", "human"}
        for left, right in zip(frame["left_system"], frame["right_system"], strict=True)
    ]
    size = frame.groupby("rater")["position"].transform("max")
    late = frame["position"] * 2 > size
    assert (size % 2 == 0).all()
    mine = frame[pairs].assign(late=late[pairs])
    won = np.where(mine["left_system"] == "dsr", "left", "right")
    points = np.where(mine["choice"].isin(["tie", "neither"]), 0.5, mine["choice"] == won)
    means = {half: points[mine["late"] == half].mean() for half in (True, False)}
    share = {half: (mine["late"] == half).mean() for half in (True, False)}
    residuals = [
        (1 if half else -1) * (point - means[half]) / share[half]
        for half, point in zip(mine["late"], points, strict=True)
    ]
    se = two_way_se(residuals, mine["rater"], mine["item"])
    reach = stats.t.ppf(0.975, min(mine["rater"].nunique(), mine["item"].nunique()) - 1) * se
    value = means[True] - means[False]
    expected = (value, value - reach, value + reach)
    assert [entry[key] for key in ("estimate", "low", "high")] == pytest.approx(expected)


def test_without_positions_or_without_a_half_there_is_nothing_to_tell():
    assert _drift(tables_from_frames(judgments().assign(position=""))) == []
    rows = [("r1", "s1", "dsr", "human", "left"), ("r1", "s2", "dsr", "direct", "left")]
    entry = one(_drift(small(rows, position=["1", "2"])), **DSR)
    assert (entry["estimate"], entry["reason"], entry["early"], entry["late"]) == (
        None, "no rows in one half", 1, None,
    )  # fmt: skip
