"""Statistics: win rates under other rules: each is the win rate of the rows that its rule keeps."""

import numpy as np
import pytest

from analysis.stats import tables_from_frames
from tests.analysis.stats.studies import judgments, one, report_of, small

SAME = ("estimate", "low", "high", "n", "raters", "items")


def _report(frame, **changes):
    return report_of(tables_from_frames(frame), **changes)


def _told(seed=1, **columns):
    frame = judgments(seed=seed, raters=12, items=10, **columns)
    rng = np.random.default_rng(seed)
    guess = {
        f"guess_{side}": rng.choice(["human", "machine", "unsure", ""], len(frame))
        for side in ("left", "right")
    }
    frame = frame.assign(
        **guess, knew_left=rng.choice(["true", "false"], len(frame), p=[0.2, 0.8]), knew_right="false"
    )
    for side in ("left", "right"):
        frame[f"guess_{side}_confidence"] = np.where(
            frame[f"guess_{side}"] == "", "", rng.choice(["1", "2", "3"], len(frame))
        )
    return frame


def _sure(row, side):
    return row[f"guess_{side}"] in ("human", "machine") and row[f"guess_{side}_confidence"] == "3"


KEEPS = {
    "without_known": lambda row: "true" not in (row["knew_left"], row["knew_right"]),
    "without_confident_guesses": lambda row: not (_sure(row, "left") or _sure(row, "right")),
    "without_either": lambda row: KEEPS["without_known"](row) and KEEPS["without_confident_guesses"](row),
}


@pytest.mark.slow
@pytest.mark.parametrize("rule", KEEPS)
def test_a_rule_gives_the_win_rate_of_what_it_keeps(rule):
    frame = _told()
    report = _report(frame)
    kept = frame[frame.apply(KEEPS[rule], axis=1)]
    assert 0 < len(kept) < len(frame)
    alone = _report(kept)["win_rates"]
    for system in ("dsr", "direct", "outline"):
        contrast = {"system": system, "opponent": "human"}
        entry = one(report["sensitivity"], rule=rule, **contrast)
        main = one(report["win_rates"], **contrast)
        assert [entry[key] for key in SAME] == [one(alone, **contrast)[key] for key in SAME]
        assert entry["left_out"] == main["n"] - entry["n"]
        assert entry["main"] == main["estimate"]
        assert entry["family"] == "secondary"
        assert 0 <= entry["p"] <= entry["p_adjusted"] + 1e-12


def test_excluded_judgments_are_put_back_and_counted():
    frame = judgments(raters=12, items=10)
    out = frame["item"] == "item-0003"
    report = _report(frame.assign(excluded=np.where(out, "left early", "")))
    whole = _report(frame)["win_rates"]
    contrast = {"system": "dsr", "opponent": "human"}
    entry = one(report["sensitivity"], rule="with_excluded", **contrast)
    assert [entry[key] for key in SAME] == [one(whole, **contrast)[key] for key in SAME]
    assert entry["left_out"] == entry["n"] - one(report["win_rates"], **contrast)["n"] > 0


def test_excluded_rows_of_a_system_scene_or_rater_that_nobody_else_knows_do_no_harm():
    rows = [("r1", "s1", "dsr", "human", "left"), ("r2", "s2", "dsr", "human", "right"),
            ("r9", "s9", "dsr", "human", "left"), ("r9", "s9", "stranger", "human", "left")]  # fmt: skip
    report = report_of(small(rows, excluded=["", "", "late", "late"]))
    entry = one(report["sensitivity"], rule="with_excluded")
    assert (entry["system"], entry["n"], entry["raters"], entry["left_out"]) == ("dsr", 3, 3, 1)


@pytest.mark.slow
def test_only_rules_that_the_data_can_tell_of():
    assert _report(judgments())["sensitivity"] == []
    guessed = _told().assign(guess_left_confidence="", guess_right_confidence="", knew_left="")
    entries = _report(guessed.assign(knew_right=""))["sensitivity"]
    assert {(entry["rule"], entry["estimate"], entry["reason"]) for entry in entries} == {
        ("without_confident_guesses", None, "the guesses have no confidence rating")
    }
    nothing_known = _report(judgments().assign(knew_left="false"))["sensitivity"]
    assert {(entry["rule"], entry["left_out"]) for entry in nothing_known} == {("without_known", 0)}


def test_a_rest_of_fewer_than_a_third_of_the_judgments_gives_no_number():
    frame = _told().assign(guess_left="human", guess_right="unsure", knew_left="", knew_right="")
    for sure, computed in ((0.6, True), (0.75, False), (1, False)):
        confident = np.arange(len(frame)) % 20 < 20 * sure
        found = _report(frame.assign(guess_left_confidence=np.where(confident, "3", "2")))["sensitivity"]
        reasons = {entry["reason_code"] for entry in found if entry["estimate"] is None}
        assert reasons == (set() if computed else {"few_left"})


def test_nothing_left_is_said():
    entries = _report(judgments().assign(knew_left="true"))["sensitivity"]
    assert {(entry["estimate"], entry["reason"]) for entry in entries} == {(None, "no rows left")}


def test_the_planned_contrast_of_two_machines_is_checked_too():
    contrasts = {
        (entry["system"], entry["opponent"])
        for entry in _report(_told(), primary_contrast=["dsr", "direct"])["sensitivity"]
    }
    assert contrasts == {("dsr", "direct"), ("dsr", "human"), ("direct", "human"), ("outline", "human")}
