"""Statistics: lengths over scripts, what was read of them, and the slope on length."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from analysis.stats import Judgments, tables_from_frames
from tests.analysis.stats.direct import t_limits
from tests.analysis.stats.studies import judgments, one, report_of, small

LENGTHS = {"s1": 800, "s2": 900, "s3": 1300}


def _three(**columns):
    rows = [(f"r{at}", item, "dsr", "human", "left") for item in LENGTHS for at in range(1 + int(item[1]))]
    long = [LENGTHS[row[1]] for row in rows]
    return small(rows, **{"left_length": long, "right_length": 1000, **columns})


def test_the_mean_is_over_scripts_however_often_each_was_read():
    entry = one(report_of(_three(language="en"))["lengths"], system="dsr")
    values = list(LENGTHS.values())
    low, high = stats.t.interval(0.95, 2, np.mean(values), stats.sem(values))
    assert (entry["estimate"], entry["low"], entry["high"]) == pytest.approx((1000, low, high))
    assert (entry["median"], entry["sd"]) == pytest.approx((900, np.std(values, ddof=1)))
    assert [entry[key] for key in ("n", "scripts", "items", "raters", "unit")] == [3, 3, 3, 0, "words"]
    assert (entry["criterion"], entry["cluster"]) == ("length", "script")


def test_scripts_of_one_length_have_no_limits():
    entry = one(report_of(_three())["lengths"], system="human")
    assert (entry["estimate"], entry["low"], entry["unit"]) == (1000, None, None)
    assert "do not vary" in entry["reason"]


def test_two_scripts_of_one_scene_are_two():
    tables = _three(left_script=[f"script-{at % 2}" for at in range(9)])
    entry = one(report_of(tables)["lengths"], system="dsr")
    assert (entry["n"], entry["items"]) == (6, 3)


def test_unknown_lengths_are_left_out_and_shown():
    tables = _three(right_length=["", *[1000] * 8])
    dsr = one(report_of(_three(left_length=[""] * 2 + [900] * 7))["lengths"], system="dsr")
    assert (dsr["n"], dsr["scripts"]) == (2, 3)
    assert one(report_of(tables)["lengths"], system="human")["n"] == 3  # somebody else's row knows it
    none = one(report_of(_three(left_length=""))["lengths"], system="dsr")
    assert (none["estimate"], none["reason"]) == (None, "the lengths of the scripts are unknown")
    assert report_of(_three(left_length="", right_length=""))["lengths"] == []


def test_lengths_are_never_pooled():
    frame = judgments().assign(left_length=900, right_length=1100)
    both = pd.concat([frame.assign(language=name, item=f"{name}-" + frame["item"]) for name in ("en", "zh")])
    entries = report_of(tables_from_frames(both), pooled=True)["lengths"]
    assert {(entry["language"], entry["unit"]) for entry in entries} == {
        ("en", "words"),
        ("zh", "characters"),
    }


def _measured(criteria=("overall", "dialogue"), **columns):
    frame = judgments(raters=8, items=8, seed=3, **columns)
    rng = np.random.default_rng(3)
    for side in ("left", "right"):
        frame[f"read_{side}_s"] = rng.integers(30, 600, len(frame))
        frame[f"share_read_{side}"] = rng.uniform(0.5, 1, len(frame)).round(3)
        frame[f"{side}_length"] = 1000
    return pd.concat([frame.assign(criterion=name) for name in criteria])


def _readings(frame, system):
    rows = frame[frame["criterion"] == "overall"]
    parts = [
        rows.loc[rows[f"{side}_system"] == system, ["rater", "item", f"read_{side}_s", f"share_read_{side}"]]
        .set_axis(["rater", "item", "seconds", "share"], axis=1)
        for side in ("left", "right")
    ]  # fmt: skip
    return pd.concat(parts)


def test_a_reading_counts_once_whatever_the_number_of_criteria():
    frame = _measured(language="en")
    entries = report_of(tables_from_frames(frame))["reading_time"]
    mine = _readings(frame, "dsr")
    seconds = one(entries, system="dsr", measure="seconds")
    log_limits = t_limits(np.log(mine["seconds"]), mine["rater"], mine["item"])
    assert [seconds[key] for key in ("estimate", "low", "high")] == pytest.approx(np.exp(log_limits))
    assert (seconds["n"], seconds["left_out"], seconds["criterion"]) == (len(mine), 0, "reading")
    share = one(entries, system="dsr", measure="share_read")
    assert share["estimate"] == pytest.approx(mine["share"].mean())
    assert 0 < share["low"] < share["estimate"] < share["high"] < 1
    speed = one(entries, system="dsr", measure="words_per_minute")
    assert speed["estimate"] == pytest.approx(
        np.exp(np.log(1000 * mine["share"] / mine["seconds"] * 60).mean())
    )


def test_zeros_and_gaps_are_counted():
    frame = _measured(criteria=("overall",))
    at = (frame["left_system"] == "dsr").idxmax()
    frame.loc[at, "read_left_s"] = 0
    entry = one(report_of(tables_from_frames(frame))["reading_time"], system="dsr", measure="seconds")
    assert (entry["left_out"], entry["n"]) == (1, len(_readings(frame, "dsr")) - 1)


def test_speed_is_of_the_language_and_never_pooled():
    frame = pd.concat(
        [
            _measured(language="en", prefix="en-"),
            _measured(language="zh", prefix="zh-"),
        ]
    )
    entries = report_of(tables_from_frames(frame), pooled=True)["reading_time"]
    seen = {(entry["measure"], entry["language"]) for entry in entries}
    assert ("words_per_minute", "en") in seen
    assert ("characters_per_minute", "zh") in seen
    assert {language for measure, language in seen if measure == "seconds"} == {"en", "zh", "*pooled"}
    assert not any(language == "*pooled" for measure, language in seen if "minute" in measure)


def test_not_measured_is_not_there():
    assert report_of(tables_from_frames(judgments()))["reading_time"] == []


LONG = {"a": 400, "b": 700, "c": 500}


def _rows(count=300):
    rng = np.random.default_rng(8)
    left, right = np.array([rng.choice(3, 2, replace=False) for _ in range(count)]).T
    names = np.array(list(LONG))
    place = np.arange(count)
    choice = np.where(rng.random(count) < 0.55, "left", "right")
    return rng, names[left], names[right], choice, place % 17, place // 17


def _slope(left, right, choice, rater, item, lengths):
    one, two = lengths
    return Judgments(left, right, choice, rater, item, left_length=one, right_length=two).length_bias()


def test_a_steep_slope_of_lengths_that_hardly_differ_is_that_of_a_logit_model():
    """In logits by log length the slope has no natural size: one above a hundred is no lack of a maximum."""
    rng, left, right, choice, rater, item = _rows()
    lengths = 500 + rng.integers(0, 3, size=(2, len(left)))
    ratio = np.log(lengths[0] / lengths[1])
    choice = np.where(rng.random(len(left)) < 1 / (1 + np.exp(-300 * ratio)), "left", "right")
    slope = _slope(left, right, choice, rater, item, lengths)
    design = np.column_stack(
        [*((left == name) * 1.0 - (right == name) for name in "ab"), np.ones(len(left)), ratio]
    )
    fitted = sm.Logit(choice == "left", design).fit(disp=0, tol=1e-12)
    assert slope.estimate == pytest.approx(fitted.params[3], rel=1e-6)
    assert slope.estimate > 100


def test_lengths_that_go_with_the_systems_have_no_slope():
    _, left, right, choice, rater, item = _rows()
    lengths = [[LONG[name] for name in side] for side in (left, right)]
    slope = _slope(left, right, choice, rater, item, lengths)
    assert slope.estimate is None
    assert slope.reason.startswith("lengths differ only between systems")
