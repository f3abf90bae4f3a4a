"""Statistics, whole report: schema, families, languages, and that only rows and seed matter."""

import json
import re
from collections import defaultdict
from functools import cache
from itertools import combinations
from pathlib import Path
from time import process_time

import jsonschema
import pandas as pd
import pytest

from analysis.stats import InputErrors, Plan, analyse, load_schema, tables_from_frames
from tests.analysis.stats.studies import SYSTEMS, judgments, marks, one, plan_for, scores, small

QUICK = {"seed": 3, "replicates": 200}


def _full(**changes):
    frames = {
        "judgments": pd.concat(
            [judgments(language="en", prefix="en-"), judgments(seed=2, language="zh", prefix="zh-")]
        ).assign(left_length=900, right_length=[800 + at % 90 for at in range(160)], seconds=30),
        "scores": scores(language="en", prefix="en-"),
    }
    tables = tables_from_frames(**frames)
    return analyse(tables, plan_for(tables, **changes), **QUICK)


@pytest.fixture(scope="module")
def report():
    return _full(pooled=True, primary_contrast=["dsr", "human"]).to_dict()


MADE = {
    "full": lambda: _full(pooled=True),
    "one row": lambda: _of(judgments().head(1)),
    "no rows": lambda: _of(judgments().head(0)),
    "one rater": lambda: _of(judgments().query("rater == 'rater-0001'")),
    "one item": lambda: _of(judgments().query("item == 'item-0001'")),
    "all left": lambda: _of(judgments().assign(choice="left")),
    "all ties": lambda: _of(judgments().assign(choice="tie")),
    "never lost": lambda: _of(_never_lost()),
    "two parts": lambda: _of(_two_parts()),
    "scores": lambda: _of(None, scores=scores(), marks=marks()),
    "one score": lambda: _of(None, scores=scores().head(1)),
    "series": lambda: _of(judgments(), item_cluster="series", margin=0.1, margin_reason="agreed before"),
}


@cache
def made(name):
    """The report of `MADE`. Read it, never change it."""
    return MADE[name]()


def _of(frame, scores=None, marks=None, **changes):
    tables = tables_from_frames(frame, scores=scores, marks=marks)
    return analyse(tables, plan_for(tables, human=["human"], **changes), **QUICK)


def _never_lost():
    frame = judgments()
    frame.loc[frame["left_system"] == "dsr", "choice"] = "left"
    frame.loc[frame["right_system"] == "dsr", "choice"] = "right"
    return frame


def _two_parts():
    frame = judgments()
    apart = [{"dsr", "direct"}, {"outline", "human"}]
    return frame[
        [set(pair) in apart for pair in zip(frame["left_system"], frame["right_system"], strict=True)]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", MADE)
def test_every_report_keeps_its_schema(name):
    jsonschema.Draft202012Validator(load_schema()).validate(json.loads(made(name).to_json()))


# What each list holds by contract, beside what every entry holds.
EVERY = {
    "criterion", "estimate", "low", "high", "level", "method", "n", "raters", "items", "language", "series",
    "family", "cluster", "other_cluster", "other_low", "other_high", "reason",
    "method_code", "method_params", "reason_code", "reason_params",
}  # fmt: skip
OWN = {
    "win_rates": {"system", "opponent", "wins", "ties", "losses", "neither", "without_ties"},
    "human_level": {"system", "human", "definition", "baseline"},
    "best_of_k": {"system", "k", "chance", "by", "with_human"},
    "mean_scores": {"system", "context", "sd_between_raters", "sd_between_items"},
    "errors": {"system", "class", "count", "per_1000"},
    "abilities": {"system", "log_worth", "se", "rank_low", "rank_high"},
    "ability_model": set(),
    "differences": {"system", "other", "of", "p", "p_adjusted"},
    "agreement": {"measure", "scope"},
    "position_bias": {"scope", "measure"},
    "length_bias": {"measure"},
    "raters": {"rater", "left_share", "median_seconds", "leave_one_out", "checks_passed", "accuracy"},
    "blinding": {"system", "measure"},
}


def _documented():
    """The further keys by list, from the table of docs/statistics.md."""
    text = (Path(__file__).resolve().parents[3] / "docs" / "statistics.md").read_text("utf-8")
    extra = defaultdict(set)
    for line in text.split("## Keys of `report.json`")[1].split("\n## ")[0].splitlines():
        cells = line.split("|")
        if len(cells) == 5 and "`" in cells[1]:
            for name in re.findall(r"`(\w+)`", cells[1]):
                extra[name] |= set(re.findall(r"`(\w+)`", cells[2]))
    return extra


@pytest.mark.parametrize("name", OWN)
def test_every_list_has_the_keys_of_the_contract_and_no_other_that_is_not_documented(name):
    extra = _documented()[name]
    schema = load_schema()
    properties = set(schema["properties"][name]["items"]["properties"])
    assert set(schema["$defs"]["entry"]["required"]) == EVERY
    assert properties == OWN[name] | extra
    rows = [e for report in (_rich(), made("scores")) for e in report.to_dict()[name]]
    assert rows
    for entry in rows:
        assert EVERY | OWN[name] <= set(entry)
        assert set(entry) <= EVERY | OWN[name] | extra


@cache
def _rich():
    """A report with an entry in every list but those of marks."""
    frame = judgments().assign(left_length=900, right_length=[800 + at % 90 for at in range(80)], seconds=30)
    guesses = {"guess_left": "human", "guess_right": "machine"}
    return _of(frame.assign(**guesses), scores=scores(), margin=0.1, margin_reason="agreed before")


def test_the_schema_refuses_what_it_does_not_know(report):
    validator = jsonschema.Draft202012Validator(load_schema())
    broken = json.loads(json.dumps(report))
    broken["win_rates"][0]["winrate"] = 0.5
    assert not validator.is_valid(broken)
    broken = json.loads(json.dumps(report))
    broken["win_rates"][0] |= {"low": None, "high": None, "reason": None}
    assert not validator.is_valid(broken)


def test_the_seed_matters_to_the_bootstrap_alone():
    tables = tables_from_frames(judgments())
    first = analyse(tables, plan_for(tables), seed=1, replicates=200).to_dict()
    second = analyse(tables, plan_for(tables), seed=2, replicates=200).to_dict()
    assert first["win_rates"] != second["win_rates"]
    assert [_without_bootstrap(entry) for entry in first["win_rates"]] == [
        _without_bootstrap(entry) for entry in second["win_rates"]
    ]
    assert first["agreement"] != second["agreement"]


def _without_bootstrap(entry):
    return {key: value for key, value in entry.items() if not key.startswith("bootstrap_")}


def test_numbers_have_twelve_significant_digits(report):
    for entry in report["win_rates"]:
        assert entry["low"] == float(f"{entry['low']:.12g}")


def test_rounding_is_no_number():
    # Every pair meets as often with the same outcomes, so that all worths are equal.
    rows = [
        (f"r{rater}-{left < right}", f"s{item}", left, right, choice)
        for rater, item in ((1, 1), (1, 2), (2, 1), (2, 2))
        for left in SYSTEMS
        for right in SYSTEMS
        if left != right
        for choice in (("left", "tie", "right")[(rater + item) % 3],)
    ]
    tables = small(rows)
    report = analyse(tables, plan_for(tables), **QUICK).to_dict()
    numbers = [e["log_worth"] for e in report["abilities"]] + [e["estimate"] for e in report["differences"]]
    assert len(numbers) == 4 + 2 * 6
    assert set(numbers) == {0.0}


def test_families_are_the_plans(report):
    rates = report["win_rates"]
    primary = {(e["language"], e["system"], e["opponent"]) for e in rates if e["family"] == "primary"}
    assert primary == {("*pooled", "dsr", "human"), ("*pooled", "human", "dsr")}
    assert {entry["family"] for entry in report["mean_scores"]} == {"exploratory"}


def test_pooled_is_only_where_planned():
    languages = {entry["language"] for entry in _full().to_dict()["win_rates"]}
    assert languages == {"en", "zh"}


def test_differences_are_paired_through_the_same_rows(report):
    english = [
        entry for entry in report["win_rates"] if entry["language"] == "en" and entry["opponent"] == "*all"
    ]
    gap = one(report["differences"], language="en", system="dsr", other="human", of="win_rate")
    dsr, human = one(english, system="dsr"), one(english, system="human")
    assert gap["estimate"] == pytest.approx(dsr["estimate"] - human["estimate"], abs=1e-11)
    worths = [one(report["abilities"], language="en", system=name)["log_worth"] for name in ("dsr", "human")]
    of_worth = one(report["differences"], language="en", system="dsr", other="human", of="ability")
    assert of_worth["estimate"] == pytest.approx(worths[0] - worths[1], abs=1e-11)


def test_a_system_that_never_lost_gets_the_prior_and_a_warning():
    report = _of(_never_lost()).to_dict()
    assert "ability_prior" in [warning["code"] for warning in report["warnings"]]
    assert one(report["ability_model"], term="tie_term")["prior"] == 0.5
    assert one(report["abilities"], system="dsr")["rank_low"] == 1


def test_opponents_that_were_met_a_few_times_are_warned_of():
    """Three systems, two judgments of each pair: an interval over both opponents rests on two of each."""
    rows = [
        (f"r{at}", f"i{at}", one, other, "left" if at % 2 else "right", "overall")
        for at, (one, other) in enumerate([*combinations(("dsr", "direct", "human"), 2)] * 2)
    ]
    frame = pd.DataFrame(
        rows, columns=["rater", "item", "left_system", "right_system", "choice", "criterion"]
    )
    found = {warning["code"]: warning for warning in _of(frame).to_dict()["warnings"]}
    assert found["sparse_pairs"]["text_params"] == {"n": 2.0, "enough": 5}
    codes = {warning["code"] for warning in _of(judgments(raters=24, items=40)).to_dict()["warnings"]}
    assert "sparse_pairs" not in codes


def test_few_raters_items_and_series_are_warned_of():
    codes = {warning["code"] for warning in _of(judgments(raters=4, items=6)).to_dict()["warnings"]}
    assert {"few_raters", "few_items", "few_series"} <= codes
    few = [warning["text"] for warning in _of(judgments().head(1)).to_dict()["warnings"]]
    for count in ("1 rater", "1 scene"):
        assert f"Some results are based on {count}; with fewer than 8, intervals are unreliable." in few
    codes = {warning["code"] for warning in _of(judgments(raters=24, items=40)).to_dict()["warnings"]}
    assert codes == set()


def test_a_pair_judged_again_enters_intra_agreement_alone():
    frame = judgments().assign(position="1")
    again = frame.head(10).assign(kind="repeat", position="2")
    again["left_system"], again["right_system"] = again["right_system"].copy(), again["left_system"].copy()
    again["choice"] = again["choice"].map({"left": "right", "right": "left", "tie": "tie"})
    again.loc[again.index[:3], "choice"] = "neither"
    report = _of(pd.concat([frame.assign(kind="main"), again], ignore_index=True)).to_dict()
    plain = _of(frame).to_dict()
    intra = one(report["agreement"], measure="intra")
    same = sum(choice == "tie" for choice in frame["choice"].head(3)) + 7
    assert (intra["estimate"], intra["n"]) == (pytest.approx(same / 10), 10)
    assert report["win_rates"] == plain["win_rates"]


def test_progress_is_told():
    tables = tables_from_frames(judgments())
    told = []
    analyse(tables, plan_for(tables), **QUICK, progress=lambda what, share: told.append((what, share)))
    assert told[0] == ("judgments: overall", 0)
    assert told[-1] == ("done", 1)


def test_an_unknown_system_is_refused():
    tables = tables_from_frames(judgments())
    with pytest.raises(InputErrors, match="the system 'human', which is not in the plan"):
        analyse(tables, Plan.from_dict({"systems": ["dsr", "direct", "outline"]}), **QUICK)


def test_two_thousand_replicates_are_quick():
    tables = tables_from_frames(judgments(raters=24, items=8), scores=scores(raters=24, items=8))
    start = process_time()
    analyse(tables, plan_for(tables), seed=1, replicates=2000)
    assert process_time() - start < 2.0
