"""Statistics, report.json: every list is there and keeps its schema, and no number is without limits."""

import json
from functools import cache
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

from analysis.stats import Plan, analyse, load_schema, read_tables, tables_from_frames
from analysis.stats.report import FIRST_PAGE, LISTS
from tests.analysis.stats.studies import SYSTEMS, judgments, marks, scores

DOCS = Path(__file__).resolve().parents[3] / "docs"
NEW = (
    "strength", "error_ratios", "sensitivity", "breakdown", "lengths", "reading_time", "drift", "looks",
    "controls", "tier_shares", "rater_groups", "group_interactions", "covariates", "attention",
)  # fmt: skip


def _everything():
    """Two languages, series, and every column that a result is made from."""
    parts = []
    for seed, language in enumerate(("en", "zh"), 1):
        frame = judgments(seed=seed, raters=10, items=10, prefix=f"{language}-", language=language)
        rng = np.random.default_rng(seed)
        size = len(frame)
        for side in ("left", "right"):
            frame[f"{side}_length"] = frame[f"{side}_system"].map(
                dict(zip(SYSTEMS, (1300, 900, 950, 1000), strict=True))
            )
            frame[f"{side}_length"] += rng.integers(0, 50, size)
            frame[f"{side}_script"] = frame["item"] + "/" + frame[f"{side}_system"]
            frame[f"read_{side}_s"] = rng.integers(20, 400, size)
            frame[f"share_read_{side}"] = rng.uniform(0.2, 1, size).round(2)
            frame[f"guess_{side}"] = rng.choice(["human", "machine", "unsure"], size)
            frame[f"guess_{side}_confidence"] = rng.choice([1, 2, 3], size, p=[0.4, 0.4, 0.2])
            frame[f"knew_{side}"] = rng.choice(["true", "false"], size, p=[0.2, 0.8])
        frame["strength"] = np.where(frame["choice"].isin(["left", "right"]), 2, 0)
        frame["strength"] = frame["strength"].astype(str).replace("0", "")
        frame["position"] = frame.groupby("rater").cumcount() + 1
        frame["seconds"] = 60
        frame["excluded"] = np.where(rng.random(size) < 0.05, "a rule", "")
        again = frame.head(12).assign(kind="repeat", position=90)
        check = frame.head(12).assign(kind="check", left_system="cut", right_system="human", position=91)
        same = frame.head(12).assign(
            kind="same",
            left_system="dsr",
            right_system="dsr",
            left_script=frame["item"] + "/dsr",
            right_script=frame["item"] + "/dsr again",
            position=92,
        )
        frame["read_first"] = rng.choice(["left", "right"], size)
        parts += [frame.assign(kind="main"), again, check, same]
    scored = [
        scores(prefix=f"{name}-", language=name, context="single", rubric="tiers-figure@1")
        for name in ("en", "zh")
    ]
    marked = [
        marks().assign(
            item=lambda m, n=name: f"{n}-" + m["item"], rater=lambda m, n=name: f"{n}-" + m["rater"]
        )
        for name in ("en", "zh")
    ]
    judged = pd.concat(parts)
    codes = sorted({*judged["rater"], *pd.concat(scored)["rater"]})
    years = [("0-2", "3-5", "6-10", "21+", "")[at % 5] for at in range(len(codes))]
    raters = pd.DataFrame({"code": codes, "profile_years": years})
    return judged, pd.concat(scored), pd.concat(marked), raters


@cache
def _report(shuffled=False, **changes):
    frames = _everything()
    if shuffled:
        frames = [frame.sample(frac=1, random_state=4) for frame in frames]
    frame, scored, marked, raters = frames
    tables = tables_from_frames(frame, scores=scored, marks=marked, raters=raters)
    plan = {
        "primary_criterion": "overall", "primary_contrast": ["dsr", "human"], "human": ["human"],
        "systems": list(SYSTEMS), "pooled": True, "margin": 0.1, "margin_reason": "agreed before",
        "known_worse": ["cut"], "attention": {"without_flagged": True}, "looks": 3, "look": 2,
        "study": {"flow": {"invited": 25, "consented": 20, "assigned": 220},
                  "scripts": {"dsr": {"scripts": 20, "redraws": 3, "failures": 0, "refusals": 4}}},
    } | changes  # fmt: skip
    return json.loads(analyse(tables, Plan.from_dict(plan), seed=1, replicates=120).to_json())


@cache
def _example():
    folder = DOCS / "example"
    tables = read_tables(folder / "judgments.csv", scores=folder / "scores.csv")
    plan = Plan.from_json((folder / "plan.json").read_text("utf-8"))
    return json.loads(analyse(tables, plan, seed=1, replicates=120).to_json())


REPORTS = {"everything": _report, "by series": lambda: _report(item_cluster="series"), "example": _example}


@pytest.mark.slow
@pytest.mark.parametrize("name", REPORTS)
def test_a_report_keeps_its_schema(name):
    jsonschema.Draft202012Validator(load_schema()).validate(REPORTS[name]())


def test_every_list_is_filled_and_in_its_place():
    report = _report()
    keys = ["inputs", "plan", "seed", "versions", "audit_head", "sizes"]
    keys += [*LISTS, *FIRST_PAGE, "flow", "warnings"]
    assert list(report) == keys
    assert [name for name in LISTS if not report[name]] == []
    assert [step["step"] for step in report["flow"]][:3] == ["invited", "consented", "assigned"]


@pytest.mark.parametrize("name", NEW)
def test_a_list_has_the_keys_of_the_contract(name):
    schema = load_schema()["properties"][name]["items"]
    assert set(schema["properties"]) == set(schema["required"])
    every = {*load_schema()["$defs"]["entry"]["required"], *schema["required"]}
    assert {frozenset(entry) for entry in _report()[name]} == {frozenset(every)}


@pytest.mark.slow
def test_rows_in_another_order_give_the_same_report():
    assert _report(shuffled=True) | {"inputs": []} == _report() | {"inputs": []}


@pytest.mark.parametrize("name", REPORTS)
def test_no_number_stands_without_its_size_its_method_and_its_limits_or_a_reason(name):
    report = REPORTS[name]()
    for of in LISTS:
        for entry in report[of]:
            assert entry["method"]
            if entry["estimate"] is None:
                assert entry["reason"]
                continue
            assert entry["n"] >= 1
            assert entry["items"] >= 1
            assert entry["raters"] >= (0 if of == "lengths" else 1)
            if entry["low"] is None:
                assert entry["reason"]
                assert entry["high"] is None
            else:
                assert entry["low"] <= entry["high"]
                assert entry["reason"] is None


@pytest.mark.parametrize("name", ["win_rates", "strength", "sensitivity"])
def test_a_pooled_estimate_is_the_mean_of_the_languages(name):
    found, rules = {}, set()
    for entry in _report()[name]:
        place = tuple(entry.get(key) for key in ("criterion", "system", "opponent", "rule"))
        found.setdefault(place, {})[entry["language"]] = entry
    for place, entries in found.items():
        english, chinese, pooled = (entries[language] for language in ("en", "zh", "*pooled"))
        if None in (english["estimate"], chinese["estimate"]):
            assert pooled["estimate"] is None
            continue
        mean = (english["estimate"] + chinese["estimate"]) / 2
        assert pooled["estimate"] == pytest.approx(mean, rel=1e-11)
        for key in {"n", "raters", "items", "wins", "left_out"} & pooled.keys():
            assert pooled[key] == english[key] + chinese[key]
        rules.add(place[-1])
    if name == "sensitivity":
        assert rules >= {"without_known", "without_confident_guesses", "without_either", "with_excluded"}


def test_new_results_are_never_primary_but_for_the_looks():
    families = {name: {entry["family"] for entry in _report()[name]} for name in NEW}
    assert families.pop("looks") == {"primary"}
    assert set().union(*families.values()) == {"secondary", "exploratory"}


def test_the_schema_refuses_a_key_that_a_new_list_does_not_have():
    validator = jsonschema.Draft202012Validator(load_schema())
    bare = _report() | {name: [] for name in LISTS}
    assert validator.is_valid(bare)
    for name in NEW:
        broken = bare | {name: [_report()[name][0] | {"surprise": 1}]}
        assert not validator.is_valid(broken)
    assert not validator.is_valid(bare | {"flow": [{"step": "left", "unit": "raters", "count": 1}]})


@pytest.mark.parametrize(
    "name",
    ["win_rates", "human_level", "abilities", "differences", "agreement", "position_bias", "length_bias",
     "strength", "sensitivity", "breakdown", "lengths", "reading_time"],
)  # fmt: skip
def test_doubling_every_row_narrows_no_interval(name):
    """Two rows of one rater about one pair of scripts are not two opinions."""
    compared = 0
    for entry, twice in zip(_one_language()[name], _one_language(doubled=True)[name], strict=True):
        assert twice["estimate"] == pytest.approx(entry["estimate"], abs=1e-9)
        for low, high in (("low", "high"), ("bootstrap_low", "bootstrap_high")):
            if entry.get(low) is not None:
                assert twice[low] <= entry[low] + 1e-9 * abs(entry[low])
                assert twice[high] >= entry[high] - 1e-9 * abs(entry[high])
                compared += 1
        if entry.get("p") is not None:
            assert twice["p"] >= entry["p"] * (1 - 1e-7)
    assert compared


@pytest.mark.parametrize("name", sorted(set(NEW) - {"error_ratios", "looks", "attention", "covariates"}))
def test_mirrored_sides_give_the_same_list(name):
    assert _one_language(mirrored=True)[name] == _one_language()[name]


@cache
def _one_language(doubled=False, mirrored=False):
    frame = _everything()[0].query("language == 'en' and kind == 'main'")
    if doubled:
        frame = pd.concat([frame, frame.assign(position=frame["position"] + 1000)])
    if mirrored:
        other = {"left": "right", "right": "left"}
        swapped = {
            name: name.replace("left", "@").replace("right", "left").replace("@", "right") for name in frame
        }
        frame = frame.rename(columns=swapped).assign(choice=frame["choice"].replace(other))
    tables = tables_from_frames(frame)
    plan = Plan.from_dict({"primary_criterion": "overall", "human": ["human"], "systems": list(SYSTEMS)})
    return analyse(tables, plan, seed=1, replicates=100).to_dict()
