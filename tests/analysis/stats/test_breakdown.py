"""Statistics: scene by scene and series by series."""

import pandas as pd
import pytest
from scipy import stats

from analysis.stats import tables_from_frames
from tests.analysis.stats import studies
from tests.analysis.stats.studies import judgments, one, report_of, small

DSR = {"system": "dsr", "opponent": "human"}


def _scene(choices, **columns):
    """One scene in which each rater gave one choice, and another one with one rater."""
    rows = [(f"r{at}", "s1", "dsr", "human", choice) for at, choice in enumerate(choices)]
    return small([*rows, ("r0", "s2", "human", "dsr", "right")], **columns)


def test_a_scene_has_the_exact_limits_of_its_raters():
    entry = one(report_of(_scene(["left"] * 6 + ["right"] * 3))["breakdown"], by="item", name="s1", **DSR)
    exact = stats.binomtest(6, 9).proportion_ci(method="exact")
    assert entry["estimate"] == pytest.approx(6 / 9)
    assert (entry["low"], entry["high"]) == pytest.approx((exact.low, exact.high))
    assert [entry[key] for key in ("wins", "ties", "losses", "n", "raters", "items")] == [6, 0, 3, 9, 9, 1]
    assert "this scene only" in entry["method"]
    assert (entry["family"], entry["cluster"], entry["of"]) == ("exploratory", "rater", None)


def test_all_wins_reach_to_one_and_a_tie_is_half():
    entry = one(report_of(_scene(["left"] * 5))["breakdown"], by="item", name="s1", **DSR)
    assert (entry["low"], entry["high"]) == pytest.approx((0.025 ** (1 / 5), 1.0))
    entry = one(report_of(_scene(["left", "tie", "neither"]))["breakdown"], by="item", name="s1", **DSR)
    assert (entry["estimate"], entry["ties"]) == (pytest.approx(2 / 3), 2)


def test_one_rater_has_no_limits():
    entry = one(report_of(_scene(["left", "right"]))["breakdown"], by="item", name="s2", **DSR)
    assert (entry["estimate"], entry["low"]) == (1, None)
    assert entry["reason"] == "with one rater, variation between raters is unknown"


def test_many_rows_of_few_raters_count_as_few():
    """Three raters, one of whom judged the scene four times: n is (4 + 1 + 1)^2 / (16 + 1 + 1) = 2."""
    rows = [("r1", "s1", "dsr", "human", "left")] * 4 + [("r2", "s1", "dsr", "human", "right"),
            ("r3", "s1", "dsr", "human", "right"), ("r3", "s2", "dsr", "human", "right")]  # fmt: skip
    tables = small(rows, position=[str(at) for at in range(1, 8)])
    entry = one(report_of(tables)["breakdown"], by="item", name="s1", **DSR)
    low, high = (float(stats.beta.ppf(q, a, b)) for q, a, b in ((0.025, 4 / 3, 5 / 3), (0.975, 7 / 3, 2 / 3)))
    assert (entry["low"], entry["high"]) == pytest.approx((low, high))


def test_a_series_of_two_scenes_has_no_interval():
    frame = judgments(raters=12, items=8)
    report = report_of(tables_from_frames(frame))
    entry = one(report["breakdown"], by="series", name="series-1", **DSR)
    assert entry["items"] == 2
    assert (entry["low"], entry["high"]) == (None, None)
    assert entry["reason"].startswith("two scenes")


def test_a_series_has_the_two_way_interval_of_its_own_rows():
    frame = judgments(raters=12, items=8)
    frame["series"] = frame["item"].map(lambda name: f"series-{int(name[-2:]) % 2}")
    report = report_of(tables_from_frames(frame))
    for name in frame["series"].unique():
        mine = frame[frame["series"] == name]
        alone = one(report_of(tables_from_frames(mine))["win_rates"], **DSR)
        entry = one(report["breakdown"], by="series", name=name, **DSR)
        for key in ("estimate", "low", "high", "n", "raters", "items", "wins", "ties", "losses"):
            assert entry[key] == alone[key]
        assert "this series only" in entry["method"]
    scenes = {(e["name"], e["of"]) for e in report["breakdown"] if e["by"] == "item"}
    assert scenes == set(frame[["item", "series"]].drop_duplicates().itertuples(index=False, name=None))


def test_scenes_without_series_have_no_series_entries():
    entries = report_of(tables_from_frames(judgments().assign(series="")))["breakdown"]
    assert {entry["by"] for entry in entries} == {"item"}


def test_only_the_leading_criterion_and_the_planned_pairs():
    both = pd.concat([judgments(), judgments(seed=2).assign(criterion="dialogue")])
    entries = report_of(tables_from_frames(both), primary_contrast=["direct", "outline"])["breakdown"]
    assert {entry["criterion"] for entry in entries} == {"overall"}
    pairs = {(entry["system"], entry["opponent"]) for entry in entries}
    assert pairs == {("direct", "outline"), *((name, "human") for name in studies.SYSTEMS[:3])}
    explored = report_of(tables_from_frames(both), primary_criterion=None, criteria=["dialogue", "overall"])
    assert {entry["criterion"] for entry in explored["breakdown"]} == {"dialogue"}


def test_too_many_pairs_are_not_listed_and_that_is_said():
    rows = [("r1", "s1", f"machine-{at}", "human", "left") for at in range(51)]
    tables = small(rows, position=[str(at) for at in range(1, 52)])
    systems = [*(f"machine-{at}" for at in range(51)), "human"]
    plain = report_of(tables, systems=systems)
    assert plain["breakdown"] == []
    assert [warn["code"] for warn in plain["warnings"]].count("breakdown_left_out") == 1
    planned = report_of(tables, systems=systems, primary_contrast=["machine-7", "human"])
    assert {entry["system"] for entry in planned["breakdown"]} == {"machine-7"}
