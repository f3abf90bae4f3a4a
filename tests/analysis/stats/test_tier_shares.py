"""Statistics: shares of scores by tier of the study's rubric."""

import jsonschema
import pandas as pd
import pytest

from analysis.render import render_markdown
from analysis.stats import InputErrors, Plan, analyse, tables_from_frames
from analysis.stats.report import load_schema
from analysis.stats.tier_shares import RUBRICS
from annotations.spec.rules import BANDS, preset
from tests.analysis.stats.studies import scores

ENGLISH = ("Unacceptable", "Flawed", "Acceptable", "Good", "Excellent", "Exceptional")


def report_of(frame: pd.DataFrame, **plan: object) -> dict:
    tables = tables_from_frames(scores=frame)
    found = Plan.from_dict({"human": ["human"], "primary_criterion": "score", **plan})
    return analyse(tables, found, seed=1, replicates=100).to_dict()


def share(report: dict, system: str, label: str) -> dict:
    (entry,) = [e for e in report["tier_shares"] if (e["system"], e["label"]) == (system, label)]
    return entry


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rubric", "good", "acceptable"),
    [("tiers-figure@1", (7, 8), (6, 6)), ("tiers-appendix@1", (8, 8), (6, 7))],
)
def test_shares_by_tier_of_both_versions_of_the_paper_s_rubric(rubric, good, acceptable):
    frame = scores(raters=8, items=8, rubric=rubric)
    report = report_of(frame)
    jsonschema.validate(report, load_schema())
    for label, (low, high) in {"Good": good, "Acceptable": acceptable}.items():
        for system in ("dsr", "human"):
            entry = share(report, system, label)
            mine = frame[frame["system"] == system]["score"]
            assert entry["estimate"] == pytest.approx(mine.between(low, high).mean(), abs=1e-12)
            assert entry["count"] == mine.between(low, high).sum()
            assert (entry["from"], entry["to"], entry["rubric"]) == (low, high, rubric)
            assert entry["low"] <= entry["estimate"] <= entry["high"]
    for system in ("dsr", "direct", "outline", "human"):
        rows = [e for e in report["tier_shares"] if e["system"] == system]
        assert [e["label"] for e in rows] == list(ENGLISH)
        assert sum(e["estimate"] for e in rows) == pytest.approx(1)


def test_a_share_of_nothing_has_exact_limits():
    entry = share(report_of(scores(raters=8, items=8, rubric="tiers-figure@1")), "human", "Unacceptable")
    assert entry["estimate"] == entry["low"] == 0
    assert entry["high"] == pytest.approx(1 - 0.025 ** (1 / 8))
    assert "Clopper-Pearson" in entry["method"]


def test_the_plan_s_own_tiers_come_before_the_rubric_column():
    tiers = [
        {"from": 1, "to": 6, "label": {"en": "weak", "zh": "弱"}},
        {"from": 7, "to": 12, "label": "strong"},
    ]
    frame = scores(rubric="ours@2")
    report = report_of(frame, tiers=tiers)
    jsonschema.validate(report, load_schema())
    entry = share(report, "dsr", "strong")
    assert entry["estimate"] == pytest.approx((frame[frame["system"] == "dsr"]["score"] >= 7).mean())
    assert share(report, "dsr", "weak")["label_zh"] == "弱"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rubric", "code"),
    [
        ("", None),
        ("ours@2", "unknown_rubric"),
        ("tiers-figure@7", "unknown_rubric"),
        (["tiers-figure@1", "tiers-appendix@1"], "several_rubrics"),
    ],
)
def test_without_a_known_rubric_there_are_no_shares_and_a_reason(rubric, code):
    frame = scores()
    frame["rubric"] = [rubric[at % 2] for at in range(len(frame))] if isinstance(rubric, list) else rubric
    report = report_of(frame)
    assert report["tier_shares"] == []
    found = {warning["code"] for warning in report["warnings"]} & {"unknown_rubric", "several_rubrics"}
    assert found == ({code} if code else set())


def test_a_known_rubric_on_another_scale_is_not_used():
    frame = scores(rubric="tiers-figure@1", scale_max=20)
    report = report_of(frame)
    assert report["tier_shares"] == []
    assert "unknown_rubric" in {warning["code"] for warning in report["warnings"]}


@pytest.mark.parametrize(
    "tiers",
    [
        [{"from": 1, "to": 6, "label": "weak"}, {"from": 6, "to": 12, "label": "strong"}],
        [{"from": 5, "to": 2, "label": "weak"}],
        [{"from": 1, "label": "weak"}],
        "tiers-figure",
    ],
)
def test_wrong_tiers_of_a_plan_are_refused(tiers):
    with pytest.raises(InputErrors, match="tiers"):
        Plan.from_dict({"tiers": tiers})


def test_the_rubrics_are_those_of_the_study_files():
    assert {name: tuple((t.low, t.high) for t in tiers) for name, tiers in RUBRICS.items()} == BANDS
    for name, tiers in RUBRICS.items():
        assert [t.label for t in tiers] == [t.label["en"] for t in preset(name).tiers]
        assert [t.label_zh for t in tiers] == [t.label["zh"] for t in preset(name).tiers]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lang", "caption", "label"),
    [("en", "Score distribution by tier", "Good"), ("zh-hans", "各档评分的比例", "良好")],
)
def test_the_report_has_a_table_of_shares(lang, caption, label):
    report = report_of(scores(raters=8, items=8, rubric="tiers-appendix@1"))
    page = render_markdown(report, lang=lang)
    assert caption in page
    row = next(
        line
        for line in page.split(caption)[1].splitlines()
        if line.startswith("| human") and f"{label} (8)" in line
    )
    shown = f"{100 * share(report, 'human', 'Good')['estimate']:.1f}"
    assert shown in row
