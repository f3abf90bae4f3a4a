"""Statistics: signs of attention: each by hand, and how well they tell careless raters from honest ones."""

from dataclasses import fields
from itertools import groupby, product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.stats import InputErrors, Plan, analyse, tables_from_frames
from analysis.stats.attention.signs import (
    LEAST_PAIRS,
    LEAST_SCORED,
    LEAST_SIDED,
    Thresholds,
    run_chance,
)
from analysis.stats.attention_rates import CARELESS, HONEST, ORDINARY, Setting, rates
from analysis.stats.plan import THRESHOLDS
from annotations.design import limits
from annotations.spec.values import AttentionSpec
from tests.analysis.stats.studies import judgments, one

PAIRS = 12


def pairs(rater: str, choice: str | list[str], **columns: object) -> pd.DataFrame:
    """Twelve English pairs of 500 words each script, read in full in five minutes by default."""
    choices = [choice] * PAIRS if isinstance(choice, str) else choice
    frame = pd.DataFrame({"choice": choices, "item": [f"s{at}" for at in range(len(choices))]})
    read = {
        "left_length": 500, "right_length": 500, "read_left_s": 150, "read_right_s": 150,
        "share_read_left": 1, "share_read_right": 1,
    }  # fmt: skip
    common = {
        "rater": rater,
        "criterion": "overall",
        "left_system": "a",
        "right_system": "b",
        "language": "en",
    }
    return frame.assign(position=range(1, len(choices) + 1), kind="main", **(common | read | columns))


EVEN = ["left", "right", "right", "left"] * 3


def entries(*frames: pd.DataFrame, **plan: object) -> list[dict]:
    tables = tables_from_frames(pd.concat(frames))
    made = Plan.from_dict({"primary_criterion": "overall", "systems": ["a", "b"], **plan})
    return analyse(tables, made, seed=1, replicates=100).to_dict()


def of(report, rater: str) -> dict:
    return one(report["attention"], rater=rater)


def test_who_reads_and_judges_has_no_sign():
    found = of(entries(pairs("calm", EVEN)), "calm")
    assert (found["flags"], found["estimate"]) == ([], 0)
    assert found["untold"] == ["checks"]
    assert (found["fast_share"], found["unread_share"], found["left_share"]) == (0, 0, 0.5)
    assert "not excluded" in found["reason"]


@pytest.mark.parametrize(
    ("columns", "flags", "timed"),
    [
        # 1,000 words in 60 s are 1,000 a minute, and half of them in view 500.
        ({"read_left_s": 30, "read_right_s": 30}, ["fast"], 12),
        ({"read_left_s": 30, "read_right_s": 30, "share_read_left": 0.5, "share_read_right": 0.5}, [], 12),
        ({"share_read_left": 0.2, "share_read_right": 0.3}, ["unread"], 12),
        ({"share_read_left": 0.2, "share_read_right": 1}, [], 12),
        # Nothing was measured of a script: the page's whole time stands in; then nothing at all.
        ({"read_left_s": 0, "read_right_s": 0, "seconds": 40}, ["fast"], 12),
        ({"read_left_s": "", "read_right_s": "", "seconds": 400}, [], 12),
        ({"read_left_s": "", "read_right_s": ""}, [], 0),
        # 1,000 Han characters a minute are below 1,200; of a language without a unit nothing is known.
        ({"read_left_s": 30, "read_right_s": 30, "language": "zh"}, [], 12),
        ({"read_left_s": 1, "read_right_s": 1, "language": "fr"}, [], 0),
    ],
)
def test_speed_and_share(columns, flags, timed):
    found = of(entries(pairs("r", EVEN, **columns)), "r")
    assert (found["flags"], found["timed"]) == (flags, timed)
    assert ("fast" in found["untold"]) == (timed == 0)


def test_one_side_is_an_exact_test_and_so_is_the_longest_run():
    left = of(entries(pairs("r", "left")), "r")
    assert left["flags"] == ["one_side"]
    assert left["side_p"] == pytest.approx(stats.binomtest(12, 12).pvalue)
    assert left["side_p"] == pytest.approx(left["run_p"])
    # Tired halfway: as often left as right, but never in turn.
    turned = of(entries(pairs("r", ["left"] * 12 + ["right"] * 12)), "r")
    assert (turned["left_share"], turned["longest_run"], turned["flags"]) == (0.5, 12, [])
    turned = of(entries(pairs("r", ["left"] * 16 + ["right"] * 16)), "r")
    assert turned["flags"] == ["one_side"]
    assert of(entries(pairs("r", ["left"] * 9 + ["tie"] * 3)), "r")["flags"] == []


@pytest.mark.parametrize(("n", "run"), [(1, 1), (5, 5), (6, 3), (10, 4), (11, 7)])
def test_the_chance_of_a_run_is_that_of_all_sequences(n, run):
    longest = [max(len(list(group)) for _, group in groupby(tosses)) for tosses in product("LR", repeat=n)]
    assert run_chance(n, run) == pytest.approx(np.mean([most >= run for most in longest]))


@pytest.mark.parametrize(("count", "told"), [(7, False), (8, True), (9, True)])
def test_one_side_in_few_pairs(count, told):
    found = of(entries(pairs("r", ["left"] * count)), "r")
    assert ("one_side" in found["untold"]) == (not told)
    assert found["flags"] == (["one_side"] if told else [])


def alone(rater: str, given: list[int], **columns: object) -> pd.DataFrame:
    """Scripts of 500 words scored one at a time, read in full in two and a half minutes by default."""
    read = {"length": 500, "read_s": 150, "share_read": 1, "seconds": 200} | columns
    frame = pd.DataFrame({"score": given, "item": [f"s{at}" for at in range(len(given))]})
    frame["system"] = ["a" if at % 2 else "b" for at in range(len(given))]
    return frame.assign(
        rater=rater, context="single", side="", language="en", scale_min=1, scale_max=12, kind="main",
        position=range(1, len(given) + 1), **read,
    )  # fmt: skip


def test_scripts_that_stand_alone_have_signs_too():
    scores = [5, 7, 6, 8, 5, 9, 7, 6]
    frames = [
        alone("calm", scores),
        alone("flat", [7] * 7 + [8]),
        alone("quick", scores, read_s=30),
        alone("top", scores, share_read=0.3),
    ]
    made = Plan.from_dict({"primary_criterion": "score", "systems": ["a", "b"]})
    report = analyse(tables_from_frames(None, pd.concat(frames)), made, seed=1, replicates=100).to_dict()
    flags = {entry["rater"]: entry["flags"] for entry in report["attention"]}
    assert flags == {"calm": [], "flat": ["one_side", "random"], "quick": ["fast"], "top": ["unread"]}
    assert of(report, "flat")["same_score"] == 7 / 8
    assert all(entry["untold"] == [] for entry in report["attention"])


def test_unbalanced_sides_tell_nothing_of_a_side():
    report = entries(*(pairs(f"r{at}", "left") for at in range(6)))
    assert all("one_side" in entry["untold"] and not entry["flags"] for entry in report["attention"])


def checks(rater: str, choices: str) -> pd.DataFrame:
    """The damaged script stands left; L prefers it, R the other one, T neither."""
    said = [{"L": "left", "R": "right", "T": "tie"}[each] for each in choices]
    frame = pairs(rater, said).assign(kind="check", left_system="check:cut", right_system="check:original")
    return frame.assign(item="k-" + frame["item"], position=frame["position"] + 50)


@pytest.mark.parametrize(
    ("answers", "flagged", "passed"),
    [("LLR", True, 1 / 3), ("LRR", False, 2 / 3), ("LL", True, 0), ("L", False, 0), ("TTL", False, 0)],
)
def test_checks_fail_where_the_damaged_script_is_preferred(answers, flagged, passed):
    report = entries(pairs("r", EVEN), checks("r", answers), known_worse=["check:cut"])
    found, row = of(report, "r"), one(report["raters"], rater="r")
    assert ("checks" in found["flags"]) == flagged
    assert found["checks_wrong"] == pytest.approx(answers.count("L") / len(answers))
    assert (row["checks"], row["checks_passed"]) == (len(answers), pytest.approx(passed))


def test_repeated_pairs_are_compared_with_the_first_choice():
    again = pairs("r", ["right", "left", "tie"]).assign(
        kind="repeat", reading=2, position=[20, 21, 22], left_system="b", right_system="a"
    )
    found = of(entries(pairs("r", EVEN), again), "r")
    # Sides changed: the first is as before, the second (first right, now left) too, the third is open.
    assert (found["repeats"], found["repeats_alike"]) == (3, pytest.approx(2 / 3))
    assert found["n"] == 15


def test_the_check_without_those_pointed_out_is_there_where_it_was_planned():
    frame = judgments(raters=10, items=8).assign(
        language="en", seconds=400, left_length=500, right_length=500
    )
    frame.loc[frame["rater"] == "rater-0001", "seconds"] = 20
    tables = tables_from_frames(frame)
    plan = {"primary_criterion": "overall", "human": ["human"]}
    planned = analyse(
        tables, Plan.from_dict(plan | {"attention": {"without_flagged": True}}), seed=1, replicates=100
    ).to_dict()
    assert [e["rater"] for e in planned["attention"] if e["flags"]] == ["rater-0001"]
    rows = [e for e in planned["sensitivity"] if e["rule"] == "without_flagged"]
    kept = tables_from_frames(frame[frame["rater"] != "rater-0001"])
    alone = analyse(kept, Plan.from_dict(plan), seed=1, replicates=100).to_dict()
    for row in rows:
        same = one(alone["win_rates"], system=row["system"], opponent=row["opponent"])
        assert (row["estimate"], row["low"], row["n"]) == (same["estimate"], same["low"], same["n"])
    assert len(rows) == 3
    without = analyse(tables, Plan.from_dict(plan | {"attention": {}}), seed=1, replicates=100).to_dict()
    assert without["win_rates"] == planned["win_rates"]
    assert "without_flagged" not in {e["rule"] for e in without["sensitivity"]}
    assert [w["code"] for w in planned["warnings"]].count("careless_raters") == 1


def test_the_study_file_and_the_analysis_have_the_same_thresholds():
    spec = {name: getattr(AttentionSpec(), name) for name in AttentionSpec.__struct_fields__}
    assert {*THRESHOLDS, "without_flagged"} == set(spec)
    assert Thresholds.of(spec) == Thresholds()
    del spec["side_odds"]  # of earlier versions: read, without effect
    assert spec == {field.name: field.default for field in fields(Thresholds)}


def test_what_is_warned_of_beforehand_is_what_the_signs_leave_untold():
    for ours, theirs in (
        (LEAST_PAIRS, limits.LEAST_MEASURED),
        (LEAST_SCORED, limits.LEAST_SCORED),
        (LEAST_SIDED, limits.LEAST_SIDED),
    ):
        assert ours == theirs


@pytest.mark.parametrize(
    "given", [{"side_p": 0.5}, {"speed": 1}, {"without_flagged": "yes"}, {"checks": True}, [0.5]]
)
def test_thresholds_that_cannot_be_are_refused(given):
    with pytest.raises(InputErrors, match="attention"):
        Plan.from_dict({"attention": given})


def test_same_pairs_are_a_control_of_their_own():
    same = pairs("r1", ["left", "left", "right", "tie"]).assign(
        kind="same", right_system="a", left_script=["m", "x", "m", "m"], right_script=["x", "m", "x", "x"]
    )
    main = [pairs(f"r{at}", EVEN, left_script="m", right_script="n") for at in (1, 2)]
    report = entries(*main, same.assign(position=same["position"] + 60))
    first = one(report["controls"], system="*all", measure="same_win_rate")
    left = one(report["controls"], system="*all", measure="same_left_share")
    # The study's script m won the first, lost the second and third, and tied: 1.5 of 4; the left one 2.5.
    assert (first["estimate"], first["n"], left["estimate"]) == (0.375, 4, 0.625)
    assert report["win_rates"][0]["n"] == 24


def test_what_is_read_first_has_its_share_where_it_was_measured():
    frames = [pairs(f"r{at}", EVEN, read_first=["left"] * 9 + [""] * 3) for at in (1, 2)]
    shares = entries(*frames)["position_bias"]
    first = one(shares, measure="first_read_share")
    assert (first["scope"], first["n"], first["estimate"]) == ("all", 18, pytest.approx(5 / 9))
    assert not [e for e in entries(pairs("r", EVEN))["position_bias"] if e["measure"] == "first_read_share"]


def test_a_few_made_up_studies_tell_careless_raters():
    found = rates(Setting(ORDINARY, 12, checks=2), studies=5, seed=3)
    for kind in CARELESS:
        assert found[kind].flagged == found[kind].raters == 5
    assert sum(found[kind].flagged for kind in HONEST) <= 9  # of 100; about 3 are expected


@pytest.mark.slow
@pytest.mark.parametrize(("pairs", "checks"), [(8, 0), (12, 2), (24, 0), (40, 6)])
def test_nine_in_ten_of_each_careless_kind_are_found_and_one_in_twenty_honest_ones_at_most(pairs, checks):
    """Of 60 careless ones of a kind 54 are wanted. Of 300 honest ones of a kind and more 15 are allowed, and
    3 are expected."""
    found = rates(Setting(ORDINARY, pairs, checks), studies=60, seed=7)
    assert {kind: found[kind].share >= 0.9 for kind in CARELESS} == dict.fromkeys(CARELESS, True)
    assert {kind: found[kind].share <= 0.05 for kind in HONEST} == dict.fromkeys(HONEST, True)
