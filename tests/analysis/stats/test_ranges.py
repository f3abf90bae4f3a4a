"""Statistics: limits stay inside what their quantity can be."""

import math

import pandas as pd
import pytest

from analysis.messages import message
from analysis.stats import analyse, tables_from_frames
from analysis.stats.quantities import ANY, CUT, Scale, range_of, scale_of, within_range
from analysis.stats.report import LISTS, Entry
from tests.analysis.stats.studies import judgments, marks, plan_for, scores


def _entry(low, estimate, high, own):
    return Entry(
        "overall", estimate, low, high, 0.95, message("t"), 9, 3, 3, other_low=low, other_high=high, own=own
    )


def test_limits_off_the_range_are_cut_and_say_so():
    found = within_range({"differences": [_entry(-1.3, 0.2, 1.4, {"of": "win_rate"})]}, Scale())[
        "differences"
    ][0]
    assert (found.low, found.high, found.other_low, found.other_high) == (-1, 1, -1, 1)
    assert str(found.method) == f"t; {CUT}"
    kept = _entry(-0.3, 0.2, 0.4, {"of": "win_rate"})
    assert within_range({"differences": [kept]}, Scale())["differences"] == [kept]


def test_an_estimate_off_the_range_keeps_the_limits_that_hold_it():
    kept = _entry(0.5, 0.8, 1.2, {})
    assert within_range({"mean_scores": [kept]}, Scale(1, 12))["mean_scores"] == [kept]


def test_limits_of_the_bootstrap_are_cut_too():
    own = {"bootstrap_low": 0.5, "bootstrap_high": 13.0}
    found = within_range({"mean_scores": [_entry(2.0, 3.0, 4.0, own)]}, Scale(1, 12))["mean_scores"][0]
    assert (found.own["bootstrap_low"], found.own["bootstrap_high"]) == (1, 12)


@pytest.mark.parametrize(
    ("name", "own", "expected"),
    [
        ("mean_scores", {}, (1, 12)),
        ("differences", {"of": "score"}, (-11, 11)),
        ("drift", {"of": "win_rate"}, (-1, 1)),
        ("drift", {"of": "score"}, (-22, 22)),
        ("strength", {}, (-3, 3)),
        ("human_level", {"definition": "parity"}, (0, 200)),
        ("human_level", {"definition": "ratio_of_means"}, (100 / 12, 1200)),
        ("human_level", {"definition": "above_floor"}, (0, math.inf)),
        ("error_ratios", {}, (0, math.inf)),
        ("abilities", {}, ANY),
    ],
)
def test_the_range_of_each_quantity(name, own, expected):
    assert range_of(name, own, Scale(1, 12)) == pytest.approx(expected)


def test_scores_below_zero_bound_no_ratio():
    assert Scale(-3, 3).ratio == ANY
    assert Scale(0, 10).ratio == (0, math.inf)
    assert scale_of(None).width == math.inf


def test_no_limit_of_a_tiny_study_is_impossible():
    """Three raters and three scenes: the t of two degrees of freedom reaches beyond every scale."""
    given = judgments(raters=3, items=3, strength="3")
    given["position"] = given.groupby("rater").cumcount() + 1
    tables = tables_from_frames(given, scores=scores(raters=3, items=3), marks=marks(raters=3, items=3))
    report = analyse(tables, plan_for(tables), seed=1, replicates=50).to_dict()
    cut = 0
    for name in LISTS:
        for entry in report[name]:
            low, high = range_of(name, entry, Scale(1, 12))
            for key in ("low", "high", "other_low", "other_high", "bootstrap_low", "bootstrap_high"):
                if entry.get(key) is not None:
                    assert low <= entry[key] <= high, (name, key, entry)
            cut += str(entry["method"]).endswith(str(CUT))
    assert cut


def test_scores_of_several_scales_span_both():
    frame = pd.DataFrame({"scale_min": [0.0, 1.0], "scale_max": [10.0, 12.0]})
    assert scale_of(frame) == Scale(0, 12)
