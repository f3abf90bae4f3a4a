"""Statistics: mean scores, ratios of means and best-of-k shares."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from analysis.stats import Plan, analyse, tables_from_frames
from analysis.stats.agreement import LITTLE_VARIATION, intraclass_correlation
from analysis.stats.cells import name_codes, score_cells
from analysis.stats.intervals import clopper_pearson
from analysis.stats.scores import adjusted_means, plain_means
from tests.analysis.stats.studies import SYSTEMS, one, plan_for, scores


def _report(frame, replicates=200, **others):
    tables = tables_from_frames(scores=frame, **others)
    return analyse(
        tables, plan_for(tables, primary_criterion="score"), seed=1, replicates=replicates
    ).to_dict()


def test_a_crossed_mean_is_the_mean():
    frame = scores()
    report = _report(frame)
    for system, part in frame.groupby("system"):
        entry = one(report["mean_scores"], system=system)
        assert entry["estimate"] == pytest.approx(part["score"].mean())
        assert entry["sd_between_raters"] == pytest.approx(part.groupby("rater")["score"].mean().std())
        assert entry["sd_between_items"] == pytest.approx(part.groupby("item")["score"].mean().std())
        assert entry["method"].startswith("mean of cell means")


def test_a_gap_makes_the_means_adjusted_for_rater_and_item():
    frame = scores().sample(frac=0.6, random_state=3)
    report = _report(frame)
    fit = smf.ols("score ~ C(system, Treatment('human')) + C(rater) + C(item)", frame).fit()
    for system in SYSTEMS[:3]:
        entry = one(report["differences"], system=system, other="human", of="score")
        coefficient = fit.params[f"C(system, Treatment('human'))[T.{system}]"]
        assert entry["estimate"] == pytest.approx(coefficient, rel=1e-9)
        assert entry["method"].startswith("adjusted")


def test_where_nothing_is_missing_adjusting_changes_no_mean_and_differences_by_their_freedom_alone():
    tables = tables_from_frames(scores=scores())
    cells = score_cells(tables.scores, name_codes([tables.scores], SYSTEMS), "single")
    plain, adjusted = plain_means(cells), adjusted_means(cells)
    # Terms: 4 systems, 5 raters and 6 items, less the two constants that they share.
    freedom = np.sqrt(120 / (120 - (4 + 5 + 6 - 2)))

    def sums(means, code, by):
        return np.bincount(getattr(means[code], by), weights=means[code].phi)

    for by in ("rater", "item"):
        level = [sum(sums(means, code, by) for code in range(4)) for means in (plain, adjusted)]
        assert level[1] == pytest.approx(level[0], abs=1e-12)
        for code in range(3):
            gaps = [sums(means, code, by) - sums(means, 3, by) for means in (plain, adjusted)]
            assert gaps[1] == pytest.approx(freedom * gaps[0], abs=1e-12)
    for system, mean in plain.items():
        assert adjusted[system].value == pytest.approx(mean.value, rel=1e-12)


def test_ratio_of_means_uses_the_cells_that_have_both():
    rows = [("r1", "s1", "dsr", 8), ("r1", "s1", "human", 10), ("r2", "s1", "dsr", 6),
            ("r2", "s1", "human", 9), ("r1", "s2", "dsr", 9), ("r1", "s2", "human", 11),
            ("r2", "s2", "dsr", 2)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["rater", "item", "system", "score"]).assign(scale_min=1, scale_max=12)
    level = _report(frame)["human_level"]
    ratio = one(level, system="dsr", definition="ratio_of_means")
    assert (ratio["estimate"], ratio["n"]) == (pytest.approx(100 * 23 / 30), 6)
    assert (ratio["numerator"], ratio["denominator"]) == (pytest.approx(23 / 3), 10)
    above = one(level, system="dsr", definition="above_floor")
    assert above["estimate"] == pytest.approx(100 * (23 / 3 - 1) / (10 - 1))


def test_a_cell_mean_is_taken_before_the_mean():
    frame = pd.concat([scores(raters=2, items=2), scores(raters=1, items=1).assign(script="again", score=12)])
    entry = one(_report(frame)["mean_scores"], system="dsr")
    cells = frame[frame["system"] == "dsr"].groupby(["rater", "item"])["score"].mean()
    assert entry["estimate"] == pytest.approx(cells.mean())


def test_nobody_scored_both_is_said():
    frame = scores().query("(system == 'human') == (rater == 'rater-0001')")
    entry = one(_report(frame)["human_level"], system="dsr", definition="ratio_of_means")
    assert (entry["estimate"], entry["reason"]) == (None, "no rater scored both scripts of a scene")


def test_best_of_k_counts_items_and_splits_ties():
    values = {"s1": (9, 5, 5, 12), "s2": (7, 7, 3, 12), "s3": (4, 6, 6, 1)}
    rows = [
        (rater, item, system, score)
        for rater in ("r1", "r2")
        for item, row in values.items()
        for system, score in zip(SYSTEMS, row, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["rater", "item", "system", "score"]).assign(scale_min=1, scale_max=12)
    best = _report(frame)["best_of_k"]
    shares = {entry["system"]: entry["estimate"] for entry in best}
    assert shares == pytest.approx({"dsr": 1.5 / 3, "direct": 1 / 3, "outline": 0.5 / 3})
    entry = one(best, system="dsr")
    assert (entry["k"], entry["chance"], entry["by"]) == (3, pytest.approx(1 / 3), "scores")
    assert (entry["numerator"], entry["denominator"], entry["with_human"]) == (1.5, 3, False)


def test_best_of_k_needs_the_same_raters():
    best = _report(scores().drop(index=0))["best_of_k"]
    assert {entry["estimate"] for entry in best} == {None}
    assert "same raters" in best[0]["reason"]


def test_best_of_k_intervals_hold_their_estimates_and_print_the_bias():
    entry = one(_report(scores(raters=8, items=12), replicates=500)["best_of_k"], system="dsr")
    assert entry["low"] <= entry["estimate"] <= entry["high"]
    assert abs(entry["bias"]) < 0.2


def test_best_on_every_scene_is_exact_with_the_smaller_number():
    # dsr has the highest score from every rater on every scene, direct never.
    frame = scores(raters=8, items=12).query("system != 'human'")
    frame["score"] = frame["system"].map({"dsr": 9, "direct": 2, "outline": 5})
    best = _report(frame)["best_of_k"]
    for system, share in (("dsr", 1), ("direct", 0)):
        entry = one(best, system=system)
        assert entry["estimate"] == share
        assert (entry["low"], entry["high"]) == pytest.approx(clopper_pearson(8 * share, 8, 0.95))
        assert entry["method"] == "Clopper-Pearson, n = min(raters, scenes), conservative"
    tied = frame.assign(score=7)
    assert {entry["high"] - entry["low"] > 0.5 for entry in _report(tied)["best_of_k"]} == {True}


@pytest.mark.slow
def test_agreement_on_scores_has_both_correlations_when_crossed():
    agreement = _report(scores())["agreement"]
    assert {entry["measure"] for entry in agreement} == {"alpha_ordinal", "raw", "icc_a1", "icc_ak"}
    assert one(agreement, measure="icc_a1")["estimate"] < one(agreement, measure="icc_ak")["estimate"]
    gap = one(_report(scores().drop(index=0))["agreement"], measure="icc_a1")
    assert (gap["estimate"], gap["reason"]) == (None, "not every rater scored every script")


def test_scores_in_pairs_are_kept_apart_and_warned_of():
    frame = pd.concat([scores().assign(context="single"), scores(seed=2).assign(context="pair")])
    report = _report(frame)
    assert {entry["context"] for entry in report["mean_scores"]} == {"single", "pair"}
    assert "scores_in_pairs" in [warning["code"] for warning in report["warnings"]]


def test_without_a_human_there_is_no_human_level():
    tables = tables_from_frames(scores=scores().query("system != 'human'"))
    report = analyse(tables, Plan.default(tables), seed=1, replicates=200).to_dict()
    assert report["human_level"] == []
    assert "no_human" in [warning["code"] for warning in report["warnings"]]


@pytest.mark.parametrize(
    ("table", "average"), [([[1.0, 2.0], [2.0, 1.0]], False), ([[1.0, 2.0], [2.0, 1.0]], True)]
)
def test_opposite_raters_leave_no_intraclass_correlation(table, average):
    result = intraclass_correlation(np.array(table), 0.95, average=average)
    assert (result.value, result.low, result.reason) == (None, None, LITTLE_VARIATION)
