"""Scores of single scripts in the source paper's shape: every rater scores every script of every scene, in
rounds. Planted faults are named; without faults the report seldom names one."""

import functools
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from analysis.stats import Plan, Report, analyse, tables_from_frames

SYSTEMS = ("human", "dsr", "plan", "direct", "base")
MEANS = dict(zip(SYSTEMS, (8.2, 7.0, 6.8, 6.6, 4.0), strict=True))
RATERS, SCENES, SERIES = 20, 32, 4
ASKED = ("knew", "guess", "guess_confidence", "position", "length", "read_s", "share_read")
NAMES = {
    "known": "moved",
    "guesses": "recognized",
    "exclusions": "uneven_exclusions",
    "drift": "scores_by_late",
    "drift_of_one": "drift",
    "carry_over": "scores_by_after",
    "length": "scores_by_length",
    "random": "careless_raters",
}
RULES = {"known": "without_known", "exclusions": "with_manual"}  # the result moves without these rows
PLAN = Plan(primary_criterion="score", human=("human",), primary_contrast=("dsr", "human"))


def scores_table(seed: int, *faults: str) -> pd.DataFrame:
    """A table of scores with the faults. Raters, scenes, and both by system differ; so do single scores."""
    rng = np.random.default_rng(seed)
    rater_sd, scene_sd = rng.normal(0, 0.8, RATERS), rng.normal(0, 0.6, SCENES)
    by_rater = rng.normal(0, 0.4, (RATERS, len(SYSTEMS)))
    by_scene = rng.normal(0, 0.5, (SCENES, len(SYSTEMS)))
    lengths = np.exp(rng.normal(np.log(900), 0.3, (SCENES, len(SYSTEMS))))
    rows = []
    for rater in range(RATERS):
        orders = np.array([rng.permutation(len(SYSTEMS)) for _ in range(SCENES)])
        known = rng.random(SCENES) < 0.5
        position = 0
        for turn in range(len(SYSTEMS)):
            for scene in rng.permutation(SCENES):
                position += 1
                at = int(orders[scene, turn])
                system = SYSTEMS[at]
                before = SYSTEMS[orders[scene, turn - 1]] if turn else ""
                length = lengths[scene, at]
                knew = system == "human" and bool(known[scene])
                value = MEANS[system] + rater_sd[rater] + scene_sd[scene] + rng.normal(0, 1.1)
                value += by_rater[rater, at] + by_scene[scene, at]
                late = position > RATERS * 4
                value += 1.5 * (knew and "known" in faults)
                value += 0.7 * (late and "drift" in faults)
                value += 1.0 * (late and system == "dsr" and "drift_of_one" in faults)
                value -= 1.0 * (before == "human" and "carry_over" in faults)
                value += 1.5 * np.log(length / 900) * ("length" in faults)
                if "random" in faults and rater < 2:
                    value = rng.uniform(1, 12)
                right = rng.random() < (0.9 if "guesses" in faults else 0.5)
                truth = "human" if system == "human" else "machine"
                rows.append(
                    {
                        "rater": f"r{rater:02}",
                        "item": f"s{scene:02}",
                        "series": f"show{scene % SERIES}",
                        "language": "en",
                        "system": system,
                        "score": int(np.clip(round(value), 1, 12)),
                        "scale_min": 1,
                        "scale_max": 12,
                        "context": "single",
                        "position": position,
                        "knew": "true" if knew else "false",
                        "guess": truth if right else "machine" if truth == "human" else "human",
                        "guess_confidence": 2,
                        "length": round(length),
                        "read_s": round(length / 3.3),
                        "share_read": 1,
                        "excluded": "",
                    }
                )
    table = pd.DataFrame(rows)
    if "exclusions" in faults:
        low = table[table["system"] == "dsr"].sort_values("score", kind="stable").index[:96]
        table.loc[low, "excluded"] = "manual"
    return table


@functools.lru_cache(maxsize=32)
def report_of(seed: int, *faults: str) -> Report:
    tables = tables_from_frames(scores=scores_table(seed, *faults).astype(str))
    return analyse(tables, PLAN, seed=1, replicates=20)


def named(report: Report) -> dict[str, str]:
    return {warn.code: warn.text for warn in report.warnings if warn.code in NAMES.values()}


@pytest.mark.parametrize("fault", NAMES)
def test_a_planted_fault_is_named(fault: str) -> None:
    said = named(report_of(7, fault))[NAMES[fault]]
    if fault in RULES:
        entry = next(
            e
            for e in report_of(7, fault).lists["sensitivity"]
            if e.own["rule"] == RULES[fault] and e.own["system"] == "dsr"
        )
        assert entry.own["p_adjusted"] <= 0.05
        assert "dsr" in said


def test_planted_faults_are_named_together() -> None:
    report = report_of(7, *NAMES)
    assert set(named(report)) == set(NAMES.values())
    flagged = [e.own["rater"] for e in report.lists["attention"] if "random" in e.own["flags"]]
    assert flagged == ["r00", "r01"]


def test_every_check_of_pairs_has_its_list() -> None:
    report = report_of(7)
    for name in ("blinding", "sensitivity", "drift", "lengths", "reading_time", "attention", "covariates"):
        assert report.lists[name], name
    assert {e.own["of"] for e in report.lists["sensitivity"]} == {"score"}


def test_agreement_within_systems_lacks_what_the_weak_system_adds() -> None:
    found = {
        e.own["scope"]: e.estimate for e in report_of(7).lists["agreement"] if "alpha" in e.own["measure"]
    }
    assert 0.05 < found["*within"] < 0.3 < 0.5 < found["all"]


@pytest.mark.slow  # it takes two minutes: 100 tables
def test_without_faults_little_is_named() -> None:
    """Each check in at most 5 of 100 tables, any of them in at most 15."""
    found = [set(named(report_of.__wrapped__(seed))) for seed in range(100, 200)]
    by_check = Counter(code for codes in found for code in codes)
    assert max(by_check.values(), default=0) <= 5, by_check
    assert sum(map(bool, found)) <= 15, by_check


def test_components_are_those_that_the_table_was_made_with() -> None:
    found = {e.own["measure"]: e for e in report_of(7).lists["components"]}
    for name, sd in (("raters", 0.4), ("scenes", 0.5)):
        assert found[name].low <= sd * 2**0.5 <= found[name].high
    assert found["rest"].estimate == pytest.approx((2 * (1.1**2 + 1 / 12)) ** 0.5, rel=0.1)
    # From the components of the table, by the planner's formula: equal shares of raters and of scenes.
    shared = 0.32 / RATERS + 0.5 / SCENES + 2.6 / (RATERS * SCENES)
    assert found["design_effect"].estimate == pytest.approx(shared * RATERS * SCENES / 3.42, rel=0.35)
    assert found["series_test"].own["p"] > 0.05
