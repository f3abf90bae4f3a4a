"""Report, groups of raters and covariates: the sentence and the tables in both languages."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.render import entries as ask
from analysis.render import numbers, rater_groups
from analysis.render.fields import Context
from analysis.render.html import render_fragment
from analysis.render.page import build_document
from analysis.render.words import Words
from analysis.stats import Plan, analyse, read_tables, tables_from_frames
from tests.analysis.stats.studies import judgments

PLAN = {"primary_criterion": "overall", "primary_contrast": ["dsr", "human"], "human": ["human"]}

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "example"


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    """The demo's study: two languages, too few scenes for the model."""
    tables = read_tables(*(EXAMPLE / f"{name}.csv" for name in ("judgments", "scores", "marks", "raters")))
    plan = Plan.from_json((EXAMPLE / "plan.json").read_text("utf-8"))
    return analyse(tables, plan, seed=1, replicates=20).to_dict()


def _report(groups: list[str], column: str = "profile_years") -> dict[str, Any]:
    """One language, 24 raters and 24 scenes; the groups are given out in turn."""
    frame = judgments(raters=24, items=24)
    for side, more in (("left", 0), ("right", 7)):
        frame[f"{side}_length"] = 900 + 13 * ((frame.index + more) % 40)
    codes = sorted(set(frame["rater"]))
    values = [groups[at % len(groups)] for at in range(len(codes))]
    tables = tables_from_frames(frame, raters=pd.DataFrame({"code": codes, column: values}))
    return analyse(tables, Plan.from_dict(PLAN), seed=1, replicates=20).to_dict()


@pytest.fixture(scope="module")
def grouped() -> dict[str, Any]:
    return _report(["0-2", "6-10"])


def _context(report: dict[str, Any], lang: str = "en") -> Context:
    return Context(report, Words(lang))


@pytest.mark.slow
def test_a_sentence_says_whether_experienced_raters_judge_differently(example: dict[str, Any]) -> None:
    said = rater_groups.groups_sentence(_context(example))
    first = {"language": "*pooled", "by": "years", "system": "dsr", "opponent": "direct"}
    pooled = ask.filter_entries(example["rater_groups"], **first)
    low, high = (f"{100 * entry['estimate']:.1f}" for entry in pooled)
    assert said.startswith("Raters with 6 or more years of experience preferred")
    assert f"in {high}" in said
    assert f"0 to 5 years of experience in {low}" in said
    joint = ask.filter_entries(example["group_interactions"], measure="joint", **first)
    adjusted = numbers.p_equals(joint[0]["p_adjusted"])
    assert said.endswith(f"It is inconclusive whether the groups judge differently (adjusted {adjusted}).")


def test_the_sentence_names_every_one_of_several_groups() -> None:
    report = _report(["writer", "student", "editor"], "profile_role")
    said = rater_groups.groups_sentence(_context(report))
    assert said.count("by raters with the role") == 3
    assert "A joint test of all groups gives p" in said.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("groups", "column", "said"),
    [
        (["3-5"], "profile_years", "All raters who answered “Years of experience” are in the same group"),
        (list("abcdefghijkl"), "group", "too small"),
    ],
)
def test_the_sentence_says_why_there_is_no_answer(groups: list[str], column: str, said: str) -> None:
    assert said in rater_groups.groups_sentence(_context(_report(groups, column)))


def test_without_profiles_there_is_a_sentence_and_no_section(report: dict[str, Any]) -> None:
    assert "can't be compared" in rater_groups.groups_sentence(_context(report))
    assert "which-raters" not in [section.id for section in build_document(report, "en").sections]


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_the_section_is_in_the_report_and_exploratory(grouped: dict[str, Any], lang: str) -> None:
    section = next(s for s in build_document(grouped, lang).sections if s.id == "which-raters")
    assert section.role == "exploratory"
    html = render_fragment(grouped, lang=lang)
    for id in ("brief-rater-groups", "rater-groups", "group-interactions", "covariates"):
        assert f'id="rep-{id}"' in html


def test_a_difference_has_its_p_raw_and_adjusted_and_a_term_a_name(grouped: dict[str, Any]) -> None:
    ctx = _context(grouped)
    table, _ = rater_groups.interactions_table(ctx, "x", grouped["group_interactions"])
    headings = [column.label for column in table.columns]  # type: ignore[union-attr]
    assert headings.index("Adjusted p") == headings.index("p") + 1
    (table,) = rater_groups.covariates_table(ctx, "x", grouped["covariates"])
    terms = [row[0].text for row in table.rows]  # type: ignore[union-attr]
    assert "left side" in terms
    assert "log length ratio" in terms
