"""Statistics: marks per reading and per 1,000 units, and their ratio to the human scripts'."""

from collections import Counter

import jsonschema
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.render import render_html
from analysis.stats import load_schema, tables_from_frames
from tests.analysis.stats.direct import two_way_se
from tests.analysis.stats.studies import SYSTEMS, judgments, marks, one, report_of, scores

LENGTH = {"dsr": 900, "direct": 700, "outline": 800, "human": 1000}


def _study(raters=8, items=6):
    frame = judgments(raters=raters, items=items, seed=4)
    for side in ("left", "right"):
        frame[f"{side}_length"] = frame[f"{side}_system"].map(LENGTH) + frame["item"].str[-1].astype(int)
    return frame


def _report(frame, marked, scored=None, **changes):
    return report_of(tables_from_frames(frame, scores=scored, marks=marked), **changes)


def _readings(frame):
    """Every (rater, item, system) once with its length."""
    read = {}
    for _, row in frame.iterrows():
        for side in ("left", "right"):
            read[row["rater"], row["item"], row[f"{side}_system"]] = row[f"{side}_length"]
    return read


def _marks(read, seed=2, per_reading=1.3):
    rng = np.random.default_rng(seed)
    rows = [
        {"rater": rater, "item": item, "system": system, "class": str(rng.choice(["plot", "pacing"]))}
        for rater, item, system in sorted(read)
        for _ in range(rng.poisson(per_reading * (0.5 if system == "human" else 1)))
    ]
    return pd.DataFrame(rows)


def _log_limits(value, residuals, raters, items):
    se = two_way_se(residuals, raters, items) / value
    df = min(len(set(raters)), len(set(items))) - 1
    reach = stats.t.ppf(0.975, df) * se
    return value, value * np.exp(-reach), value * np.exp(reach)


def test_marks_per_thousand_have_the_interval_of_a_ratio_of_sums():
    frame = _study()
    read = _readings(frame)
    marked = _marks(read)
    entry = one(_report(frame, marked)["errors"], system="dsr", **{"class": "plot"})
    mine = [key for key in sorted(read) if key[2] == "dsr"]
    counts = Counter(
        marked[marked["class"] == "plot"][["rater", "item", "system"]].itertuples(index=False, name=None)
    )
    made = np.array([counts[key] for key in mine])
    long = np.array([read[key] for key in mine]) / 1000
    rate = made.sum() / long.sum()
    residuals = (made - rate * long) / long.mean()
    limits = _log_limits(rate, residuals, [key[0] for key in mine], [key[1] for key in mine])
    assert [entry[f"per_1000{end}"] for end in ("", "_low", "_high")] == pytest.approx(limits)
    assert entry["count"] == made.sum()
    assert entry["estimate"] == pytest.approx(made.mean())
    assert entry["n"] == len(mine)


def test_without_every_length_there_is_no_rate_by_length():
    frame = _study(16, 16)
    marked = _marks(_readings(frame), per_reading=3)
    rows = (frame["left_system"] == "dsr") & (frame["right_system"] == "human")
    frame.loc[rows.idxmax(), "left_length"] = 0
    report = _report(frame, marked)
    entry = one(report["errors"], system="dsr", **{"class": "plot"})
    assert [entry[f"per_1000{end}"] for end in ("", "_low", "_high")] == [None] * 3
    assert entry["low"] is not None
    by_length, by_reading = (
        one(report["error_ratios"], system="dsr", per=per, **{"class": "all"}) for per in ("1000", "reading")
    )
    assert (by_length["estimate"], by_length["reason"]) == (None, "the length of some scripts is unknown")
    assert by_reading["low"] > 0
    assert one(report["error_ratios"], system="direct", per="1000", **{"class": "all"})["low"] > 0


@pytest.mark.parametrize("per", ["reading", "1000"])
def test_the_ratio_is_over_the_same_raters_and_scenes(per):
    frame = _study(16, 16)
    read = _readings(frame)
    marked = _marks(read, per_reading=3)
    entry = one(_report(frame, marked)["error_ratios"], system="dsr", per=per, **{"class": "all"})
    counts = Counter(marked[["rater", "item", "system"]].itertuples(index=False, name=None))
    both = sorted(
        {key[:2] for key in read if key[2] == "dsr"} & {key[:2] for key in read if key[2] == "human"}
    )
    assert 1 < len(both) < len([key for key in read if key[2] == "dsr"])
    rates, parts = [], []
    for system in ("dsr", "human"):
        made = np.array([counts[(*place, system)] for place in both])
        long = (
            np.array([read[(*place, system)] for place in both]) / 1000
            if per == "1000"
            else np.ones(len(both))
        )
        rates.append(made.sum() / long.sum())
        parts.append((made - rates[-1] * long) / long.mean())
    ratio = rates[0] / rates[1]
    residuals = (parts[0] - ratio * parts[1]) / rates[1]
    expected = _log_limits(ratio, residuals, *zip(*both, strict=True))
    assert entry["estimate"] == pytest.approx(ratio)
    assert entry["n"] == 2 * len(both)
    assert entry["count"] == sum(counts[(*place, "dsr")] for place in both)
    assert entry["human_count"] == sum(counts[(*place, "human")] for place in both)
    assert "for the same raters and scenes" in entry["method"]
    assert entry["method"].endswith("two-way cluster-robust, log scale, t")
    assert [entry["low"], entry["high"]] == pytest.approx(expected[1:])


def test_zeros_say_why_they_have_no_limits():
    frame = _study()
    marked = _marks(_readings(frame))
    none_on_dsr = marked[marked["system"] != "dsr"]
    entry = one(_report(frame, none_on_dsr)["error_ratios"], system="dsr", per="reading", **{"class": "all"})
    assert (entry["estimate"], entry["low"], entry["high"]) == (0, None, None)
    assert "so the standard error is unknown" in entry["reason"]
    none_on_people = marked[marked["system"] != "human"]
    entry = one(
        _report(frame, none_on_people)["error_ratios"], system="dsr", per="reading", **{"class": "all"}
    )
    assert (entry["estimate"], entry["reason"]) == (None, "no marked errors in human scripts")
    # The counts of marks come from these readings, estimate or not.
    assert min(entry["n"], entry["raters"], entry["items"]) > 0
    entry = one(_report(frame, none_on_dsr)["errors"], system="dsr", **{"class": "plot"})
    assert (entry["estimate"], entry["per_1000"], entry["per_1000_low"]) == (0, 0, None)


def test_readings_of_scores_count_and_marks_of_nothing_read_do_not():
    scored = scores(raters=5, items=6)
    report = _report(None, marks(raters=5, items=6), scored)
    assert sum(entry["count"] for entry in report["errors"]) == 40
    assert {entry["n"] for entry in report["errors"]} == {30}
    assert {entry["per_1000"] for entry in report["errors"]} == {None}
    assert {entry["n"] for entry in report["error_ratios"] if entry["per"] == "reading"} == {60}
    assert {entry["system"] for entry in report["error_ratios"]} == set(SYSTEMS) - {"human"}


def test_rates_by_length_are_not_pooled_over_words_and_characters():
    english = _study().assign(language="en")
    chinese = _study().assign(language="zh", item=lambda frame: "zh-" + frame["item"])
    frame = pd.concat([english, chinese])
    report = _report(frame, _marks(_readings(frame)), pooled=True)
    pooled = one(report["errors"], system="dsr", language="*pooled", **{"class": "plot"})
    assert pooled["estimate"] is not None
    assert pooled["per_1000"] is None


@pytest.mark.slow
def test_a_study_has_classes_of_its_own_and_good_lines_are_no_errors():
    frame = _study()
    marked = _marks(_readings(frame))
    plain = _report(frame, marked)["errors"]
    assert list(dict.fromkeys(entry["class"] for entry in plain)) == ["plot", "character", "pacing"]
    praise = marked.assign(**{"class": "good-line"})
    assert _report(frame, pd.concat([marked, praise], ignore_index=True))["errors"] == plain
    renamed = marked.replace({"class": {"plot": "tone", "pacing": "format"}})
    renamed["severity"] = "major"
    entries = _report(frame, renamed)["errors"]
    assert list(dict.fromkeys(entry["class"] for entry in entries)) == ["format", "tone"]
    assert (
        one(entries, system="dsr", **{"class": "tone"})["count"]
        == (one(plain, system="dsr", **{"class": "plot"})["count"])
    )


def test_marks_are_counted_by_severity_where_raters_gave_any():
    frame = _study()
    marked = _marks(_readings(frame))
    plain = _report(frame, marked)
    assert "minor" not in plain["errors"][0]
    marked["severity"] = np.resize(["minor", "critical", ""], len(marked))
    report = _report(frame, marked)
    for entry in report["errors"]:
        mine = marked[(marked["system"] == entry["system"]) & (marked["class"] == entry["class"])]
        assert {name: entry[name] for name in ("minor", "major", "critical")} == {
            name: (mine["severity"] == name).sum() for name in ("minor", "major", "critical")
        }
    assert [entry["estimate"] for entry in report["errors"]] == [e["estimate"] for e in plain["errors"]]
    jsonschema.Draft202012Validator(load_schema()).validate(report)
    page = render_html(report)
    assert ">Critical<" in page
    assert ">Critical<" not in render_html(plain)
