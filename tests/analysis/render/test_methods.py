"""Report: the methods paragraph: what was done with these data, and nothing that was not."""

from typing import Any

import pytest

from analysis.render import export_table
from analysis.render.page import build_document
from analysis.render.page_texts import METHODS_TEXTS, REFERENCES
from tests.analysis.render.sample import sample_report
from tests.analysis.render.test_table_export import HOSTILE

ANSWER = {"system": "dsr", "opponent": "human", "criterion": "overall", "estimate": None, "level": 0.95}


def said(report: dict[str, Any], lang: str = "en") -> str:
    return str(export_table(report, "methods", "txt", lang)).replace("\N{NO-BREAK SPACE}", " ")


def test_it_works(report: dict[str, Any]) -> None:
    text = said(report)
    for part in (
        "4 systems were compared in pairs",
        "10 raters and 12 scenes from 4 series, in English and Chinese",
        "The primary criterion was “overall” and the primary contrast was “dsr” vs. “human”.",
        "One other criterion was exploratory.",
        "Cameron, Gelbach & Miller, 2011",
        "pooled with equal weight",
        "Davidson's (1970) model",
        "200 replicates",
        "Within one pair of systems, all judgments have the same order of systems; over several pairs, each"
        " judgment counts one half in each order.",
        f"numpy {report['versions']['numpy']}",
        report["inputs"][0]["sha256"],
    ):
        assert part in text


def test_every_row_left_out_is_counted_by_reason() -> None:
    text = said(sample_report())
    assert "Of 1\N{NARROW NO-BREAK SPACE}210 rows of judgments" in text
    assert "excluded: 10 (excluded: failed two checks), 48 (kind: practice)." in text


@pytest.mark.parametrize(
    ("lists", "gone"),
    [
        (["abilities", "ability_model"], ["Davidson"]),
        (["agreement"], ["Krippendorff", "Gwet", "one half in each order"]),
        (["raters"], ["Dawid"]),
        (["mean_scores", "human_level"], ["ratio of means", "scored"]),
        (["win_rates"], ["in pairs", "½ for a tie"]),
    ],
)
def test_what_was_not_done_is_not_said(report: dict[str, Any], lists: list[str], gone: list[str]) -> None:
    assert all(word in said(report) for word in gone)
    without = report | {name: [] for name in lists}
    text = said(without)
    assert [word for word in gone if word in text] == []


def test_every_reference_is_cited_in_the_text(report: dict[str, Any]) -> None:
    paper = build_document(report, "en").papers()["methods"]
    text = " ".join(paper.paragraphs)
    assert paper.references
    for reference in paper.references:
        assert reference.split(",")[0] in text
    assert list(paper.references) == sorted(paper.references, key=str.casefold)
    assert set(REFERENCES) <= set(METHODS_TEXTS)


def test_nothing_estimated_says_nothing() -> None:
    assert export_table({"inputs": [], "plan": {}}, "methods", "txt") is None


def test_a_plan_that_was_not_frozen_is_not_called_so() -> None:
    sample = sample_report()
    assert "frozen" in said(sample)
    assert "blind" not in said(sample)
    del sample["plan"]["study"]["digest"]
    assert "frozen" not in said(sample)


def test_the_design_is_told_where_it_is_known() -> None:
    sample = sample_report()
    assert "The plan assigned" not in said(sample)
    sample["plan"]["study"] |= {"design": {"scheme": "crossed", "raters_per_pairing": 3}, "draw_nonce": "77"}
    assert "assigned at least 3 raters to each pair; each rater judged one pair for every scene" in said(
        sample
    )
    assert "Raters were blind to the origin of the scripts" in said(sample | {"warnings": []})
    assert "Raters were blind" not in said(sample)  # they were simulated


def test_a_margin_stands_with_its_reason() -> None:
    sample = sample_report()
    sample["plan"] |= {"margin": 0.05, "margin_reason": "what two colleagues differ by"}
    assert "margin" not in said(sample)
    sample["answer"] = [ANSWER | {"claim": "non-inferior"}]
    assert "5.0 percentage points of win rate (what two colleagues differ by)" in said(sample)


@pytest.mark.parametrize(("form", "escaped"), [("md", r"\#"), ("tex", r"\#"), ("txt", "#")])
def test_names_are_escaped_in_each_form(form: str, escaped: str) -> None:
    sample = sample_report()
    sample["plan"]["criterion_labels"] = {"overall": HOSTILE}
    text = str(export_table(sample, "methods", form))
    assert escaped in text
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
    assert form == "txt" or r" \input" not in text


def test_chinese_is_as_long_in_sentences(report: dict[str, Any]) -> None:
    one, other = (
        build_document(report, "en").papers()["methods"],
        build_document(report, "zh-hans").papers()["methods"],
    )
    assert len(one.paragraphs) == len(other.paragraphs)
    assert one.references == other.references
    assert "双向" not in other.paragraphs[0]


def test_a_bootstrap_is_over_the_planned_cluster(report: dict[str, Any]) -> None:
    assert "pigeonhole bootstrap over raters and series" in said(report)
    by_scene = report | {"plan": report["plan"] | {"generalize_to": "these-series"}}
    assert "pigeonhole bootstrap over raters and scenes" in said(by_scene)


def test_the_rule_of_a_claim_stands_where_one_was_made() -> None:
    sample = sample_report()
    sample["plan"] |= {"margin": 0.1, "margin_reason": "r"}
    assert "non-inferior if" not in said(sample)
    sample["answer"] = [ANSWER | {"claim": "equivalent"}]
    assert "exceeds 40.0%, and as equivalent if the 90% interval is between 40.0 and 60.0%" in said(sample)
    sample["answer"][0]["level"] = 0.99
    assert "as equivalent if the 98% interval is between" in said(sample)


def test_every_further_list_is_told_of_where_it_holds_anything(report: dict[str, Any]) -> None:
    sentences = {
        "strength": "Strength of preference",
        "drift": "Drift is",
        "breakdown": "Win rates of single",
    }
    for name, words in sentences.items():
        there = bool([e for e in report.get(name) or [] if e["estimate"] is not None])
        assert (words in said(report)) == there
        assert words not in said(report | {name: []})
