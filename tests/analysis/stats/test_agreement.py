"""Statistics, agreement: weights, limits, which judgments count. Published values: test_textbook_tables."""

import numpy as np
import pandas as pd
import pytest

from analysis.stats import Plan, analyse, tables_from_frames
from analysis.stats.agreement import (
    FEW_FOR_LIMITS,
    ac1,
    alpha,
    intraclass_correlation,
    raw_agreement,
)
from analysis.stats.rater_quality import fit_dawid_skene
from tests.analysis.stats.studies import SYSTEMS, judgments, one, reference_table

CANON = "krippendorff_canonical"


def _counts(frame):
    """Coders x units to units x categories, categories in order."""
    values = frame.drop(columns="coder").to_numpy(dtype=float)
    categories = np.unique(values[~np.isnan(values)])
    return np.stack([(values == category).sum(axis=0) for category in categories], axis=1).astype(float)


def test_weights_of_whole_items_are_copies_of_items():
    counts = _counts(reference_table(CANON))
    counts = counts[counts.sum(axis=1) >= 2]
    item = np.arange(len(counts))
    weights = np.array([[2.0, 0, 1, 3, 1, 1, 0, 1, 1, 2, 1]])
    copies = np.repeat(counts, weights[0].astype(int), axis=0)
    rows = np.arange(len(copies))
    for measure in (alpha, raw_agreement):
        assert measure(counts, item, weights)[0] == pytest.approx(measure(copies, rows)[0], rel=1e-12)
    ordinal = alpha(counts, item, weights, ordinal=True)[0]
    assert ordinal == pytest.approx(alpha(copies, rows, ordinal=True)[0], rel=1e-12)


def test_limits_of_an_intraclass_correlation_hold_it_or_are_left_out():
    """With two or three scripts that disagree the approximate degrees of freedom come to next to none."""
    found = intraclass_correlation(np.array([[5.0, 0], [2, 4]]), 0.95, average=False)
    assert found.value == pytest.approx(-4.8)
    assert (found.low, found.high, found.reason) == (None, None, FEW_FOR_LIMITS)
    rng = np.random.default_rng(1)
    with np.errstate(all="raise", under="ignore"):
        for _ in range(300):
            table = rng.integers(0, 5, size=(rng.integers(2, 5), rng.integers(2, 5))).astype(float)
            found = intraclass_correlation(table, 0.95, average=False)
            assert found.low is None or found.low <= found.value <= found.high


def test_whoever_answers_at_random_is_found():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 300)
    skills = (0.9, 0.9, 0.8, 0.0)
    answers = [np.where(rng.random(300) < skill, truth, rng.integers(0, 3, 300)) for skill in skills]
    unit, rater = np.tile(np.arange(300), 4), np.repeat(np.arange(4), 300)
    accuracy = fit_dawid_skene(unit, rater, np.eye(3)[np.concatenate(answers)]).accuracy
    # A skill of s is right with chance s + (1 - s)/3.
    assert accuracy == pytest.approx([0.933, 0.933, 0.867, 0.333], abs=0.06)


def _votes(frame):
    """Per judgment its item and pair of systems, its rater, and the outcome (win, tie or loss) of the
    system whose name comes first."""
    turned = frame["left_system"] > frame["right_system"]
    sign = frame["choice"].map({"left": 0, "right": 2}).fillna(1).astype(int).to_numpy()
    outcome = np.eye(3)[np.where(turned, 2 - sign, sign)]
    sides = np.sort(frame[["left_system", "right_system"]].to_numpy(), axis=1)
    unit = np.unique(frame["item"] + "|" + sides[:, 0] + "|" + sides[:, 1], return_inverse=True)[1]
    return unit, np.unique(frame["rater"], return_inverse=True)[1], outcome


def _report(frame):
    plan = Plan.from_dict({"primary_criterion": "overall", "systems": sorted(SYSTEMS), "human": ["human"]})
    return analyse(tables_from_frames(frame), plan, seed=1, replicates=100).to_dict()


def test_agreement_over_all_pairs_counts_each_judgment_in_both_orientations_with_half_weight():
    frame = judgments(seed=4, raters=12, items=20)
    unit, rater, outcome = _votes(frame)
    counts = np.stack([np.bincount(unit, weights=column) for column in outcome.T], axis=1)
    both = np.vstack([counts, counts[:, ::-1]])
    unit_of, half = np.arange(len(both)), np.full((1, len(both)), 0.5)
    report = _report(frame)
    for measure, function in (("alpha_nominal", alpha), ("raw", raw_agreement), ("ac1", ac1)):
        entry = one(report["agreement"], scope="all", measure=measure)
        assert entry["estimate"] == pytest.approx(function(both, unit_of, half)[0], rel=1e-9)
        assert entry["low"] < entry["estimate"] < entry["high"]
    mirrored = np.concatenate([unit, unit + unit.max() + 1])
    expected = fit_dawid_skene(mirrored, np.tile(rater, 2), np.vstack([outcome, outcome[:, ::-1]]))
    accuracy = [entry["accuracy"] for entry in report["raters"]]
    assert accuracy == pytest.approx(expected.accuracy, abs=1e-5)


def test_agreement_within_one_pair_takes_each_judgment_once():
    frame = judgments(seed=3, raters=9, items=6)
    pair = frame["left_system"].isin(["dsr", "human"]) & frame["right_system"].isin(["dsr", "human"])
    unit, rater, outcome = _votes(frame[pair])
    counts = np.stack([np.bincount(unit, weights=column) for column in outcome.T], axis=1)
    # One pair of several, and the only pair of a table: the same.
    for report, scope in ((_report(frame), "dsr|human"), (_report(frame[pair]), "all")):
        for measure, function in (("alpha_nominal", alpha), ("ac1", ac1)):
            entry = one(report["agreement"], scope=scope, measure=measure)
            assert entry["estimate"] == pytest.approx(function(counts, np.arange(len(counts)))[0], rel=1e-9)
    expected = fit_dawid_skene(unit, rater, outcome).accuracy
    for entry, accuracy in zip(report["raters"], expected, strict=True):
        assert entry["accuracy"] in (None, pytest.approx(accuracy, abs=1e-6))  # None: shared no pair


def test_a_rater_does_not_agree_with_himself():
    rows = judgments(5)
    alone = rows[rows["rater"] == rows["rater"].iloc[0]].assign(position="1")
    report = _report(pd.concat([alone, alone.assign(position="2")], ignore_index=True))
    assert report["agreement"]
    assert {entry["estimate"] for entry in report["agreement"]} == {None}


def test_a_rater_without_a_judgment_of_a_pair_changes_no_agreement_on_it():
    frame = judgments(5)
    other = {"rater": "stranger", "left_system": "direct", "right_system": "outline", "choice": "left"}
    extra = frame.drop_duplicates("item").assign(**other)
    before, after = (
        [entry for entry in _report(rows)["agreement"] if entry["scope"] == "dsr|human"]
        for rows in (frame, pd.concat([frame, extra], ignore_index=True))
    )
    assert before
    assert before == after
