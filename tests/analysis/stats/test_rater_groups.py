"""Statistics, groups of raters: results within groups, and whether groups judge differently."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.stats import InputErrors, Plan, analyse, tables_from_frames
from analysis.stats.cells import OUTCOMES, Names, count_codes
from analysis.stats.rater_groups import (
    NOT_STATED,
    Grouping,
    find_groupings,
    group_quantities,
    interaction_entries,
)
from analysis.stats.scope import Scope
from tests.analysis.stats.studies import judgments, one, scores

PLAN = {"primary_criterion": "overall", "primary_contrast": ["dsr", "human"], "human": ["human"]}
GROUPS = {"a": "writer", "b": "writer", "c": "writer", "d": "student", "e": "student", "f": ""}
# What each rater chose of dsr and human on the scenes 1 and 2: a win of dsr (1), a loss (0), a tie (2).
CHOICES = {"a": (1, 1), "b": (1, 0), "c": (0, 2), "d": (0, 0), "e": (0, 1), "f": (1, 1)}


def _report(frame, raters=None, *, scored=None, **plan):
    tables = tables_from_frames(frame, scores=scored, raters=raters)
    return analyse(tables, Plan.from_dict(PLAN | plan), seed=1, replicates=20).to_dict()


def _small(choices=CHOICES):
    sides = {1: "left", 0: "right", 2: "tie"}
    rows = [
        {"rater": rater, "item": f"i{item}", "choice": sides[choice]}
        for rater, both in choices.items()
        for item, choice in enumerate(both)
    ]
    return pd.DataFrame(rows).assign(criterion="overall", left_system="dsr", right_system="human")


def _raters(groups, column="profile_role"):
    return pd.DataFrame({"code": list(groups), column: list(groups.values())})


def test_each_group_has_its_own_wins_ties_and_losses():
    found = _report(_small(), _raters(GROUPS))["rater_groups"]
    writers = one(found, name="writer")
    assert (writers["wins"], writers["ties"], writers["losses"]) == (3, 1, 2)
    assert writers["estimate"] == pytest.approx(3.5 / 6)
    assert (writers["by"], writers["system"], writers["opponent"]) == ("role", "dsr", "human")
    assert (writers["n"], writers["raters"], writers["items"]) == (6, 3, 2)


@pytest.mark.parametrize(
    ("name", "reason", "n"), [("student", "fewer than 3", 4), (NOT_STATED, "not state", 2)]
)
def test_a_group_that_would_show_a_person_has_a_size_alone(name, reason, n):
    report = _report(_small(), _raters(GROUPS))
    entry = one(report["rater_groups"], name=name)
    assert reason in entry["reason"]
    assert entry["n"] == n
    assert {entry[key] for key in ("estimate", "low", "high", "wins", "ties", "losses")} == {None}
    differences = [e for e in report["group_interactions"] if e["measure"] == "difference"]
    assert {e["estimate"] for e in differences} == {None}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("groups", "hidden"),
    [
        # One student, or one who did not answer: the smallest other group is hidden too.
        ({**dict.fromkeys("abc", "writer"), **dict.fromkeys("defg", "actor"), "h": "student"}, {"writer"}),
        ({**dict.fromkeys("abc", "writer"), **dict.fromkeys("defg", "actor"), "h": ""}, {"writer"}),
        ({**dict.fromkeys("abcdefg", "writer"), "h": "student"}, {"writer"}),
        ({**dict.fromkeys("abc", "writer"), **dict.fromkeys("def", "actor"), "g": "x", "h": "y"}, {"writer"}),
        # Three hidden raters hide each other; without hidden raters nothing is to be found.
        ({**dict.fromkeys("abcde", "writer"), "f": "student", "g": "student", "h": ""}, set()),
        ({**dict.fromkeys("abcd", "writer"), **dict.fromkeys("efgh", "actor")}, set()),
    ],
)
def test_a_small_group_cannot_be_found_by_subtraction(groups, hidden):
    choices = {rater: CHOICES.get(rater, (1, 0)) for rater in groups}
    scored = scores(raters=8, items=4, context="single")
    scored["rater"] = scored["rater"].map(dict(zip(sorted(set(scored["rater"])), groups, strict=True)))
    pairs = _report(_small(choices), _raters(groups))
    alone = _report(None, _raters(groups), scored=scored, primary_criterion="score")
    for report, measure in ((pairs, "win_rate"), (alone, "win_rate"), (alone, "mean_score")):
        found = [e for e in report["rater_groups"] if e["measure"] == measure]
        assert found
        suppressed = [e for e in found if "would reveal" in (e["reason"] or "")]
        assert {e["name"] for e in suppressed} == hidden
        for entry in suppressed:
            assert entry["raters"] >= 3
            keys = ("estimate", "low", "high", "wins", "ties", "losses")
            assert {entry[key] for key in keys} == {None}
    for entry in pairs["group_interactions"]:
        if entry["measure"] == "difference" and hidden & {entry["name"], entry["reference"]}:
            assert entry["estimate"] is None


def test_without_a_raters_table_there_are_no_groups():
    report = _report(_small())
    assert report["rater_groups"] == report["group_interactions"] == []


def test_a_difference_by_hand():
    """Two groups of three raters on three scenes, all in one pair: the sandwich of each group and what the
    scenes that both judged have in common."""
    rng = np.random.default_rng(3)
    won = rng.integers(0, 2, (6, 3))
    rows = [
        {"rater": f"r{rater}", "item": f"i{item}", "choice": "left" if won[rater, item] else "right"}
        for rater in range(6)
        for item in range(3)
    ]
    frame = pd.DataFrame(rows).assign(criterion="overall", left_system="dsr", right_system="human")
    raters = pd.DataFrame({"code": [f"r{at}" for at in range(6)], "group": ["x"] * 3 + ["y"] * 3})
    entry = one(_report(frame, raters)["group_interactions"], measure="difference")
    parts = [won[:3], won[3:]]
    phi = [(part - part.mean()) / part.size for part in parts]
    by_rater = [1.5 * (one.sum(axis=1) ** 2).sum() for one in phi]
    by_item = [1.5 * (one.sum(axis=0) ** 2).sum() for one in phi]
    by_cell = [9 / 8 * (one**2).sum() for one in phi]
    own = [max(r + i - c, r, i) for r, i, c in zip(by_rater, by_item, by_cell, strict=True)]
    shared = -2 * 1.5 * float(phi[0].sum(axis=0) @ phi[1].sum(axis=0))
    both = 1.5 * float(((phi[0] - phi[1]).sum(axis=0) ** 2).sum())
    variance = max(sum(own) + shared, sum(by_rater), both)
    # All scenes are common to the groups: the degrees of freedom are not much above those of the smaller one.
    freedom = sum(own) ** 2 / (sum(value**2 / 2 for value in own) + 2 * own[0] * own[1] / 2)
    gap = parts[1].mean() - parts[0].mean()
    assert (entry["name"], entry["reference"]) == ("y", "x")
    assert entry["estimate"] == pytest.approx(gap)
    assert entry["p"] == pytest.approx(2 * stats.t.sf(abs(gap) / np.sqrt(variance), freedom), rel=1e-9)


def _groups(bands):
    codes = [f"r{at:02d}" for at in range(len(bands))]
    names = Names(tuple(codes), (), (), (), np.zeros(0, dtype=np.int64))
    (grouping,), _ = find_groupings(pd.DataFrame({"code": codes, "profile_years": bands}), names)
    return dict(zip(grouping.groups, grouping.sizes.tolist(), strict=True))


def test_bands_of_experience_are_merged_where_they_have_few_raters():
    years = ("0-2", "3-5", "6-10", "11-20", "21+")
    assert _groups([*np.repeat(years, (5, 6, 8, 8, 3))]) == {"0-5": 11, "6-10": 8, "11+": 11}
    assert _groups([*np.repeat(years[:3], (5, 6, 1))]) == {"0-2": 5, "3-10": 7}
    assert _groups([*np.repeat(years, (8, 8, 8, 9, 10))]) == dict(zip(years, (8, 8, 8, 9, 10), strict=True))
    assert _groups(["0-2", "3-5", "3-5"]) == {"0-5": 3}
    assert _groups([*np.repeat(["writer", "2nd writer"], (2, 9))]) == {"2nd writer": 9, "writer": 2}


def test_free_texts_make_no_groups_and_the_report_says_so():
    frame = judgments(raters=14, items=6)
    raters = pd.DataFrame({"code": sorted(set(frame["rater"]))})
    raters["profile_home"] = [f"town {chr(97 + at)}" for at in range(14)]
    report = _report(frame, raters)
    assert report["rater_groups"] == []
    (warning,) = [w for w in report["warnings"] if w["code"] == "many_groups"]
    assert "profile_home" in warning["text"]


def test_raters_who_judged_nothing_are_counted_and_ignored():
    raters = _raters({**GROUPS, "z": "writer"})
    raters["profile_forms_written"] = "film series"
    report = _report(_small(), raters)
    assert report["rater_groups"] == _report(_small(), _raters(GROUPS))["rater_groups"]
    source = one(report["inputs"], table="raters")
    assert (source["rows"], source["used"]) == (7, 6)
    assert list(source["left_out"].values()) == [1]
    assert not [w for w in report["warnings"] if w["code"] == "unknown_columns"]


def test_a_rater_who_is_listed_twice_or_has_no_code_is_refused():
    raters = pd.DataFrame({"code": ["a", "a", ""], "group": ["x", "y", "x"]})
    with pytest.raises(InputErrors) as refused:
        tables_from_frames(_small(), raters=raters)
    lines = refused.value.lines()
    assert ["is also on line 2" in lines[0], "the cell is empty" in lines[1]] == [True, True]
    with pytest.raises(InputErrors, match="'code' is missing"):
        tables_from_frames(_small(), raters=raters.drop(columns="code"))


def test_other_columns_of_a_foreign_table_are_named_and_ignored():
    report = _report(_small(), _raters(GROUPS).assign(shoe_size="42"))
    (warning,) = [w for w in report["warnings"] if w["code"] == "unknown_columns"]
    assert "shoe_size" in warning["text"]


def test_scores_alone_have_mean_scores_and_win_rates_by_group():
    scored = scores(raters=9, items=8, context="single")
    codes = sorted(set(scored["rater"]))
    raters = pd.DataFrame({"code": codes, "group": ["x", "y", "y"] * 3})
    report = _report(None, raters, scored=scored, primary_criterion="score")
    assert {e["measure"] for e in report["rater_groups"]} == {"mean_score", "win_rate"}
    mean = one(report["rater_groups"], measure="mean_score", system="dsr", name="x")
    mine = scored[scored["rater"].isin(codes[::3]) & (scored["system"] == "dsr")]
    assert mean["estimate"] == pytest.approx(mine["score"].mean())
    assert (mean["opponent"], mean["context"]) == (None, "single")
    assert one(report["group_interactions"], measure="joint")["p"] is not None


# Simulated studies: raters and scenes have effects, and groups may differ.


def _study(rng, sizes, items, each, shift):
    raters, group = sum(sizes), np.repeat(np.arange(len(sizes)), sizes)
    rater = np.concatenate([rng.permutation(raters)[:each] for _ in range(items)])
    item = np.repeat(np.arange(items), each)
    worth = (
        rng.normal(0, 0.7, raters)[rater] + rng.normal(0, 0.7, items)[item] + np.array(shift)[group[rater]]
    )
    won = (rng.random(rater.size) < 1 / (1 + np.exp(-worth))).astype(np.int64)
    none = np.zeros_like(won)
    codes = tuple(f"r{at:02d}" for at in range(raters))
    names = Names(codes, tuple(f"i{at:02d}" for at in range(items)), ("dsr", "human"), (), none[:items] - 1)
    outcome = np.where(won == 1, OUTCOMES.index("left"), OUTCOMES.index("right"))
    cells = count_codes(names, rater, item, none, none + 1, outcome)
    plan = Plan.from_dict(PLAN | {"systems": ["dsr", "human"]})
    return Scope("overall", None, cells, plan), Grouping("years", tuple(map(str, range(len(sizes)))), group)


def _interactions(seed, **study):
    scope, grouping = _study(np.random.default_rng(seed), **study)
    found = [(None, quantity) for quantity in group_quantities(scope, [grouping])]
    return list(interaction_entries(found, [grouping], scope.plan))


def test_groups_that_differ_are_found():
    p = [
        e.own["p"]
        for seed in range(20)
        for e in _interactions(seed, sizes=(12, 12), items=20, each=12, shift=(0, -1.8))
        if e.own["measure"] == "joint"
    ]
    assert np.mean(np.array(p) < 0.05) >= 0.8


@pytest.mark.parametrize("sizes", [(12, 12), (4, 14), (8, 8, 8)])
def test_intervals_of_groups_that_do_not_differ_hold_zero(sizes):
    """200 studies: nominally 95 %, and somewhat more where a group is small."""
    held, rejected = [], []
    for seed in range(200):
        for entry in _interactions(
            seed, sizes=sizes, items=20, each=sum(sizes) // 2, shift=(0,) * len(sizes)
        ):
            if entry.own["measure"] == "joint":
                rejected.append(entry.own["p"] < 0.05)
            elif entry.low is not None:
                held.append(entry.low <= 0 <= entry.high)
    assert 0.93 <= np.mean(held) <= 0.995
    assert np.mean(rejected) <= 0.08
