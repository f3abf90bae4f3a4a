"""Statistics, first page: the ranking of the systems and the answer to the question, from the other lists."""

import numpy as np
import pandas as pd
import pytest

from analysis.stats import InputErrors, tables_from_frames
from analysis.stats.multiple_testing import holm
from tests.analysis.stats.studies import SYSTEMS, judgments, one, report_of, scores

CONTRAST = ["dsr", "human"]


def _report(judged=None, scored=None, **changes):
    return report_of(tables_from_frames(judged, scored), **changes)


def _two_languages():
    return pd.concat(
        [judgments(seed, prefix=f"{name}-", language=name) for seed, name in ((1, "en"), (2, "zh"))],
        ignore_index=True,
    )


def test_the_leaderboard_has_every_system_best_first_with_the_numbers_of_the_other_lists():
    report = _report(judgments(1), primary_contrast=CONTRAST)
    board = report["leaderboard"]
    assert {row["system"] for row in board} == set(SYSTEMS)
    assert [row["estimate"] for row in board] == sorted((row["estimate"] for row in board), reverse=True)
    assert [row["rank"] for row in board] == [1, 2, 3, 4]
    assert [row["system"] for row in board if row["is_human"]] == ["human"]
    for row in board:
        ability = one(report["abilities"], system=row["system"])
        rate = one(report["win_rates"], system=row["system"], opponent="*all")
        for key in ("estimate", "low", "high", "rank_low", "rank_high", "n"):
            assert row[key] == ability[key]
        assert [row[f"win_rate{end}"] for end in ("", "_low", "_high")] == [
            rate[key] for key in ("estimate", "low", "high")
        ]
        assert row["rank_low"] <= row["rank"] <= row["rank_high"]
        assert (row["measure"], row["rank_method"]) == ("ability", "max_t")
    parity = one(report["human_level"], system="dsr", definition="parity")
    dsr = one(board, system="dsr")
    assert [dsr["human_level"], dsr["human_level_low"]] == [parity["estimate"], parity["low"]]
    assert one(board, system="human")["human_level"] is None


def test_pooled_languages_have_one_ranking_whose_ranges_follow_holm_over_all_differences():
    report = _report(_two_languages(), pooled=True, primary_contrast=CONTRAST)
    board = report["leaderboard"]
    assert [row["language"] for row in board] == ["*pooled"] * len(SYSTEMS)
    assert {row["rank_method"] for row in board} == {"holm"}
    tests = [e for e in report["differences"] if e["of"] == "ability" and e["language"] == "*pooled"]
    apart = []
    for entry, p in zip(tests, holm([e["p"] for e in tests]), strict=True):
        if p <= 0.05:
            pair = entry["system"], entry["other"]
            apart.append(pair if entry["estimate"] > 0 else pair[::-1])
    for row in board:
        above = sum(worse == row["system"] for _, worse in apart)
        below = sum(better == row["system"] for better, _ in apart)
        assert (row["rank_low"], row["rank_high"]) == (1 + above, len(SYSTEMS) - below)


def test_languages_that_are_not_pooled_have_a_ranking_and_an_answer_each():
    report = _report(_two_languages(), primary_contrast=CONTRAST)
    assert [row["language"] for row in report["leaderboard"]] == ["en"] * 4 + ["zh"] * 4
    assert [entry["language"] for entry in report["answer"]] == ["en", "zh"]


def test_the_answer_has_one_entry_for_each_primary_contrast_with_both_p():
    report = _report(judgments(1), primary_contrasts=[["direct", "dsr"], CONTRAST])
    assert [(e["system"], e["opponent"]) for e in report["answer"]] == [("direct", "dsr"), ("dsr", "human")]
    for entry in report["answer"]:
        rate = one(report["win_rates"], system=entry["system"], opponent=entry["opponent"])
        for key in ("estimate", "low", "high", "p", "p_adjusted", "tests", "n"):
            assert entry[key] == rate[key]
        assert entry["tests"] == 2


@pytest.mark.parametrize(
    ("contrast", "verdict"), [(["human", "outline"], "better"), (["outline", "human"], "worse")]
)
def test_the_verdict_has_the_direction_of_the_contrast(contrast, verdict):
    [entry] = _report(judgments(1, raters=24, items=20), primary_contrast=contrast)["answer"]
    assert entry["verdict"] == verdict
    assert entry["p_adjusted"] <= 0.05


def test_a_contrast_that_the_adjusted_p_leaves_open_is_undecided_and_says_why():
    report = _report(judgments(1))  # every pair is primary: the family holds all of them
    found = [e for e in report["answer"] if e["adjusted_note"] is not None]
    assert all(e["verdict"] in ("undecided", "equivalent") for e in found)
    assert {e["opponent"] for e in report["answer"]} == {"human"}


WIDE = {"primary_contrast": CONTRAST, "margin": 0.45, "margin_reason": "wide"}
CLAIM = WIDE | {"claim": "equivalent"}


def _coins(passed, checks=4, chinese=None, **changes):
    """The answer of 24 raters who toss coins on 24 scenes, and pass this share of their checks."""
    rng = np.random.default_rng(1)
    rows = judgments(3, raters=24, items=24)
    rows["choice"] = rng.choice(["left", "right"], len(rows))
    tests = pd.DataFrame(
        {
            "rater": [rater for rater in sorted(set(rows["rater"])) for _ in range(checks)],
            "item": [f"check-{at % checks}" for at in range(24 * checks)],
            "left_system": "human",
            "right_system": "check:cut",
            "choice": np.where(rng.random(24 * checks) < passed, "left", "right"),
            "criterion": "overall",
            "kind": "check",
        }
    )
    frame = pd.concat([rows.assign(kind="main"), tests], ignore_index=True)
    if chinese is not None:
        other = frame.assign(language="zh", rater=frame["rater"] + "z", item=frame["item"] + "z")
        missed = (other["kind"] == "check") & (rng.random(len(other)) > chinese)
        frame = pd.concat(
            [frame.assign(language="en"), other.assign(choice=other["choice"].mask(missed, "right"))]
        )
        return _report(frame, **(CLAIM | {"known_worse": ["check:cut"]} | changes))["answer"][0]
    [entry] = _report(frame, **(CLAIM | {"known_worse": ["check:cut"]} | changes))["answer"]
    return entry


def test_equivalence_is_claimed_only_of_raters_who_see_a_difference():
    careful, blind = _coins(0.9), _coins(0.5)
    assert [careful["verdict"], careful["assay"], careful["claim_holds"]] == ["equivalent", "checks", True]
    assert [blind["verdict"], blind["assay"], blind["claim_holds"]] == ["undecided", None, True]
    assert _coins(1.0, claim="non-inferior")["verdict"] == "non_inferior"
    assert [_coins(1.0, chinese=passed)["assay"] for passed in (1.0, 0.4)] == ["checks", None]
    [bare] = _report(judgments(3), **WIDE)["answer"]
    assert (bare["claim"], bare["margin"], bare["claim_holds"]) == ("difference", None, None)


def test_a_weak_baseline_that_loses_proves_the_same():
    rows = judgments(3, raters=24, items=24)
    weak = (rows["left_system"] == "direct") | (rows["right_system"] == "direct")
    rows.loc[weak, "choice"] = np.where(rows.loc[weak, "left_system"] == "direct", "right", "left")
    [entry] = _report(rows, **CLAIM, weak_baseline="direct")["answer"]
    assert (entry["assay"], entry["verdict"]) == ("baseline", "equivalent")
    [other] = _report(rows, **CLAIM, weak_baseline="outline")["answer"]
    assert other["assay"] is None
    [forfeits] = _report(rows.assign(imputed=weak), **CLAIM, weak_baseline="direct")["answer"]
    assert forfeits["assay"] is None


@pytest.mark.parametrize("claim", ["equivalent", "non-inferior", "difference"])
@pytest.mark.parametrize("margin", [0.05, 0.12, 0.3])
def test_the_interval_used_and_the_adjusted_p_decide_alike(claim, margin):
    plan = WIDE | {"claim": claim, "margin": margin, "primary_contrast": None}
    plan["primary_contrasts"] = [CONTRAST, ["direct", "human"], ["outline", "human"]]
    answers = _report(judgments(2, raters=20, items=20), **plan)["answer"]
    undecided = [entry["interval_used"]["level"] for entry in answers if entry["p_adjusted"] > 0.05]
    if claim == "difference":  # Holm's method stopped with these left, so each has a share of the error
        assert undecided == pytest.approx([1 - 0.05 / len(undecided)] * len(undecided))
    for entry in answers:
        used = entry["interval_used"]
        assert round(used["level"], 4) in (0.9, 0.95, 0.975, 0.9667, 0.9833)
        above, below = used["low"] > 0.5 - margin, used["high"] < 0.5 + margin
        inside = {"equivalent": above and below, "non-inferior": above}
        if claim == "difference":
            assert (entry["p_adjusted"] <= 0.05) == (not used["low"] <= 0.5 <= used["high"])
        else:
            assert entry["claim_holds"] == inside[claim]


def test_a_difference_is_shown_with_its_own_interval_where_another_claim_was_planned():
    plan = CLAIM | {"primary_contrast": ["human", "outline"], "margin": 0.05}
    [entry] = _report(judgments(1, raters=24, items=20), **plan)["answer"]
    assert (entry["verdict"], entry["claim_holds"]) == ("better", False)
    assert entry["interval_used"] == {key: entry[key] for key in ("low", "high", "level")}


def test_a_margin_in_points_serves_scores():
    plan = {"primary_criterion": "score", "primary_contrast": ["dsr", "human"], "claim": "equivalent"}
    margin = {"of": "points", "value": 5, "reason": "half of the scale"}
    [entry] = _report(None, scores(1), margin=margin, **plan)["answer"]
    assert (entry["claim_holds"], entry["margin"]) == (True, 5)
    assert -5 < entry["interval_used"]["low"] < entry["interval_used"]["high"] < 5
    with pytest.raises(InputErrors, match="the margin is of points, but the tables have pairs"):
        _report(judgments(1), margin=margin)


def test_scores_alone_have_a_ranking_by_mean_and_an_answer_by_difference():
    report = _report(None, scores(1), primary_criterion="score", primary_contrast=["human", "dsr"])
    board = report["leaderboard"]
    assert {row["measure"] for row in board} == {"score"}
    for row in board:
        mean = one(report["mean_scores"], system=row["system"], context=row["context"])
        assert row["estimate"] == mean["estimate"]
        assert row["rank_low"] <= row["rank"] <= row["rank_high"]
    [entry] = report["answer"]
    kept = one(report["differences"], system="dsr", other="human", of="score", context=entry["context"])
    assert (entry["estimate"], entry["low"], entry["high"]) == (
        -kept["estimate"], -kept["high"], -kept["low"]
    )  # fmt: skip
    assert (entry["measure"], entry["p"]) == ("score_difference", kept["p"])


def test_without_people_or_contrast_there_is_a_ranking_and_no_answer():
    report = _report(judgments(1), human=[])
    assert len(report["leaderboard"]) == len(SYSTEMS)
    assert report["answer"] == []


def test_a_planned_look_answers_with_the_interval_of_the_look_and_without_p():
    report = _report(judgments(1), primary_contrast=CONTRAST, looks=3, look=1)
    [entry], [look] = report["answer"], report["looks"]
    assert (entry["low"], entry["high"], entry["p"]) == (look["low"], look["high"], None)
    assert (entry["verdict"] == "undecided") == (not look["crossed"])


def test_systems_that_never_met_have_win_rates_and_no_ranks():
    frame = judgments(1, raters=12)
    apart = {frozenset(("dsr", "direct")), frozenset(("outline", "human"))}
    met = [frozenset(pair) in apart for pair in zip(frame["left_system"], frame["right_system"], strict=True)]
    board = _report(frame[met].reset_index(drop=True))["leaderboard"]
    assert {row["measure"] for row in board} == {"win_rate"}
    assert {row["rank"] for row in board} == {row["rank_low"] for row in board} == {None}
    assert [row["estimate"] for row in board] == [row["win_rate"] for row in board]
