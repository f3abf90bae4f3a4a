"""Statistics, flow: people, assignments and rows; checks passed; planned looks; and their warnings."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.stats import InputErrors, Plan, tables_from_frames
from analysis.stats.sequential import obrien_fleming
from tests.analysis.stats.studies import judgments, marks, one, report_of, scores, small

DSR = {"system": "dsr", "opponent": "human"}


def _codes(report):
    return [(warn["code"], warn["where"]) for warn in report["warnings"]]


def test_rows_add_up_and_say_where_they_went():
    frame = judgments()
    frame["kind"] = ["practice"] * 3 + ["check"] * 2 + ["main"] * (len(frame) - 5)
    frame["excluded"] = [""] * 8 + ["too fast"] * 2 + ["late"] + [""] * (len(frame) - 11)
    simulated = judgments(seed=2, prefix="x-").head(6).assign(rater_kind="simulated")
    lost = pd.DataFrame([{"item": "item-0001", "rater": "nobody", "system": "dsr", "class": "plot"}])
    report = report_of(
        tables_from_frames(pd.concat([frame, simulated]), scores=scores(), marks=pd.concat([marks(), lost]))
    )
    mine = {step["step"]: step for step in report["flow"] if step["table"] == "judgments"}
    assert list(mine) == ["rows", "other_kinds", "excluded", "other_raters", "analysed"]
    assert mine["other_kinds"]["detail"] == {"check": 2, "practice": 3}
    assert mine["excluded"]["detail"] == {"late": 1, "too fast": 2}
    assert mine["other_raters"]["detail"] == {"simulated": 6}
    for source in report["inputs"]:
        steps = [step for step in report["flow"] if step["table"] == source["table"]]
        assert steps[0]["count"] == source["rows"] == sum(step["count"] for step in steps[1:])
        assert steps[-1]["count"] == source["used"]
    assert one(report["flow"], table="marks", step="unused")["count"] >= 1
    raters = set(frame.loc[11:, "rater"]) | set(scores()["rater"])
    assert report["flow"][-1] == {
        "step": "analysed", "unit": "raters", "table": None, "count": len(raters),
        "detail": {}, "detail_codes": [],
    }  # fmt: skip


def test_people_and_assignments_come_from_the_plan_in_order():
    flow = {"submitted": 70, "invited": 12, "consented": 11, "assigned": 80, "expired": 6, "skipped": 4}
    steps = report_of(tables_from_frames(judgments()), study={"flow": flow})["flow"]
    told = [(step["step"], step["count"]) for step in steps if step["unit"] != "rows"]
    assert told == [
        ("invited", 12), ("consented", 11), ("assigned", 80), ("submitted", 70), ("skipped", 4),
        ("expired", 6), ("analysed", 10),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"study": {"flow": {"invited": -1}}}, "counts by step"),
        ({"study": {"flow": {"arrived": 1}}}, "counts by step"),
        ({"study": {"scripts": {"dsr": {"redraws": 0.5}}}}, "counts by system"),
        ({"looks": 6, "look": 1}, "2 to 5"),
        ({"looks": 3, "look": 4}, "above the 3 planned looks"),
        ({"looks": 3}, "look is not"),
        ({"look": 1}, "looks is not"),
        ({"known_worse": ["a", "a"]}, "different system names"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(change, said):
    with pytest.raises(InputErrors, match=said):
        Plan.from_dict(change)


def test_a_known_worse_system_stands_in_checks_alone():
    tables = tables_from_frames(judgments())
    with pytest.raises(InputErrors, match="'direct' is in known_worse but appears in main judgments"):
        report_of(tables, known_worse=["direct"])


def test_checks_passed_is_the_share_in_which_the_known_worse_lost():
    rows = [("r1", "s1", "dsr", "human", "left"), ("r2", "s1", "dsr", "human", "left"),
            ("r3", "s1", "dsr", "human", "left")]  # fmt: skip
    checks = [("r1", "c1", "cut", "human", "right"), ("r1", "c2", "human", "cut", "left"),
              ("r1", "c3", "human", "cut", "right"), ("r1", "c4", "cut", "human", "tie"),
              ("r2", "c1", "human", "cut", "left"), ("r2", "c5", "dsr", "human", "left"),
              ("r2", "c6", "cut", "cut2", "left")]  # fmt: skip
    kinds = ["main"] * 3 + ["check"] * 7
    tables = small([*rows, *checks], kind=kinds)
    entries = report_of(tables, known_worse=["cut", "cut2"])["raters"]
    passed = {entry["rater"]: entry["checks_passed"] for entry in entries}
    assert passed == {"r1": 0.5, "r2": 1.0, "r3": None}
    assert "no check" in one(entries, rater="r3")["reason"]
    unknown = report_of(tables)["raters"]
    assert {entry["checks_passed"] for entry in unknown} == {None}
    assert all("which script of a check was damaged" in entry["reason"] for entry in unknown)


@pytest.mark.parametrize("look", [1, 2, 3])
def test_a_look_has_the_boundary_carried_to_t(look):
    frame = judgments(raters=14, items=12)
    tables = tables_from_frames(frame)
    report = report_of(tables, primary_contrast=["human", "dsr"], looks=3, look=look)
    entry = one(report["looks"])
    main = one(report["win_rates"], **DSR)
    assert (entry["system"], entry["opponent"], entry["look"], entry["of"]) == ("dsr", "human", look, 3)
    assert (entry["estimate"], entry["n"], entry["family"]) == (main["estimate"], main["n"], "primary")
    # The limits are as far out on the logit scale as the boundary is beyond t's own 97.5 % point.
    df = min(main["raters"], main["items"]) - 1
    boundary = obrien_fleming(3).critical(look, df)

    def logit(p):
        return np.log(p / (1 - p))

    def width(e):
        return logit(e["high"]) - logit(e["low"])

    assert width(entry) / width(main) == pytest.approx(boundary / stats.t.ppf(0.975, df))
    assert entry["boundary"] == pytest.approx(boundary)
    assert entry["crossed"] is not (entry["low"] <= 0.5 <= entry["high"])
    assert entry["method"].startswith(f"O'Brien–Fleming, look {look} of 3; two-way")
    assert ("interim_look" in dict(_codes(report))) == (look < 3)


def test_looks_of_several_languages_are_of_the_pooled_number_where_planned():
    both = [judgments(seed=at, language=name, prefix=f"{name}-") for at, name in enumerate(("en", "zh"))]
    tables = tables_from_frames(pd.concat(both))
    planned = {"primary_contrast": ["dsr", "human"], "looks": 2, "look": 1}
    assert [e["language"] for e in report_of(tables, **planned)["looks"]] == ["en", "zh"]
    pooled = one(report_of(tables, pooled=True, **planned)["looks"])
    assert (pooled["language"], pooled["family"]) == ("*pooled", "primary")


def test_a_report_without_planned_looks_has_none():
    assert report_of(tables_from_frames(judgments()))["looks"] == []


def test_warnings_of_lengths_and_of_little_reading():
    frame = judgments(language="en")
    for side in ("left", "right"):
        frame[f"{side}_length"] = frame[f"{side}_system"].map(
            {"dsr": 1300, "direct": 1100, "outline": 700, "human": 1000}
        )
        frame[f"share_read_{side}"] = np.where(frame[f"{side}_system"] == "direct", 0.7, 0.95)
    report = report_of(tables_from_frames(frame))
    said = {warn["code"]: warn for warn in report["warnings"]}
    assert said["lengths_differ"]["text"].startswith("Scripts by dsr, outline differ in length from those by")
    assert said["lengths_differ"]["where"] == "length, en"
    assert "(direct: 70%)" in said["little_read"]["text"]
    assert said["little_read"]["where"] == "reading, en"


def test_a_warning_where_what_counts_decides_the_result():
    rows = [(f"r{at}", f"s{at}", "dsr", "human", "left" if at < 8 else "right") for at in range(12)]
    tables = small(rows, knew_left=["true"] * 6 + ["false"] * 6)
    report = report_of(tables)
    entry = one(report["sensitivity"], rule="without_known", **DSR)
    assert entry["main"] > 0.5 > entry["estimate"]
    assert [text for text in (warn["text"] for warn in report["warnings"]) if "dsr vs. human" in text] == [
        "The result depends on which rows are included, in its direction or in whether its interval excludes"
        " no difference: dsr vs. human from 66.7% to 33.3% without scenes or scripts known to the rater.",
        "With another selection of rows, results change more than chance explains: dsr vs. human from 66.7%"
        " to 33.3% without scenes or scripts known to the rater.",
    ]
    assert ("sensitive", "overall") in _codes(report)
    steady = report_of(small(rows, knew_left=["false"] * 12))
    assert "sensitive" not in dict(_codes(steady))


def test_a_warning_where_raters_turned():
    rows = []
    for rater in range(8):
        for item in range(8):
            choice = "left" if (item < 4) == ((rater * item) % 7 != 3) else "right"
            rows.append((f"r{rater}", f"s{item}", "dsr", "human", choice))
    tables = small(rows, position=[1 + at % 8 for at in range(64)])
    report = report_of(tables)
    entry = one(report["drift"], **DSR)
    assert entry["high"] < 0
    assert ("drift", "overall") in _codes(report)


@pytest.mark.parametrize("planned", ["item", "series"])
def test_a_warning_where_series_matter(planned):
    rng = np.random.default_rng(2)
    rows = []
    for item in range(24):
        lean = 0.85 if item % 3 == 0 else 0.3
        rows += [
            (f"r{at}", f"s{item:02d}", "dsr", "human", "left" if rng.random() < lean else "right")
            for at in range(10)
        ]
    tables = small(rows, series=[f"x{int(row[1][1:]) % 3}" for row in rows])
    report = report_of(tables, item_cluster=planned)
    main = one(report["win_rates"], **DSR)
    widths = [main["high"] - main["low"], main["other_high"] - main["other_low"]]
    by_item, by_series = widths if planned == "item" else widths[::-1]
    assert by_series > 1.5 * by_item
    found = [warn for warn in report["warnings"] if warn["code"] == "series_matter"]
    # Where the result is about other series, the wider interval decides already.
    assert [warn["where"] for warn in found] == (["overall"] if planned == "item" else [])


def test_of_very_many_reasons_the_most_frequent_are_named_and_the_rest_counted():
    frame = judgments(items=20, raters=20)
    reasons = ["late"] * 20 + [f"reason {at}" for at in range(len(frame) - 25)] + [""] * 5
    (source,) = tables_from_frames(frame.assign(excluded=reasons)).sources
    left_out = source.to_dict()["left_out"]
    assert left_out["excluded: late"] == 20
    assert len(left_out) == 101
    assert sum(left_out.values()) + source.used == source.rows == len(frame)
    others = len(frame) - 25 - 99
    assert left_out[f"excluded for {others} other reasons"] == others
