"""Report: the first page answers the question: a sentence for each contrast, the ranking, sizes, cautions."""

import re
from functools import cache
from typing import Any

import pandas as pd
import pytest

from analysis.render import render_fragment, render_markdown, render_short_markdown
from analysis.render.fields import Context
from analysis.render.page import build_document, collected
from analysis.render.words import Words
from analysis.stats import Plan, analyse, tables_from_frames
from tests.analysis.render.sample import warning
from tests.analysis.render.ten import ten_systems
from tests.analysis.stats.studies import SYSTEMS, judgments, scores

PLAIN = {"\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " "}


@cache
def _judged(*contrasts: tuple[str, str], human: tuple[str, ...] = ("human",)) -> dict[str, Any]:
    """Read it, never change it."""
    plan = {"primary_criterion": "overall", "human": human, "systems": SYSTEMS}
    tables = tables_from_frames(judgments(1, raters=24, items=20))
    plan |= {"generalize_to": "these-series"}
    named = Plan.from_dict({**plan, **({"primary_contrasts": contrasts} if contrasts else {})})
    return analyse(tables, named, seed=1, replicates=100).to_dict()


@cache
def _scored(*contrasts: tuple[str, str], human: tuple[str, ...] = ("human",)) -> dict[str, Any]:
    plan = {"primary_criterion": "score", "human": human, "systems": SYSTEMS}
    named = Plan.from_dict({**plan, **({"primary_contrasts": contrasts} if contrasts else {})})
    return analyse(tables_from_frames(None, scores(1)), named, seed=1, replicates=100).to_dict()


def _answer(report: dict[str, Any], lang: str = "en") -> str:
    """The first page as Markdown, up to the table."""
    text = render_markdown(report, None, lang).translate(str.maketrans(PLAIN)).replace("\\", "")
    return text.split("\n## ")[1].split("\n| ")[0]


def test_each_primary_contrast_has_a_sentence_with_rate_interval_both_p_and_verdict() -> None:
    report = _judged(("human", "outline"), ("dsr", "direct"))
    said = _answer(report)
    for entry in report["answer"]:
        verdict = {"better": "Better", "worse": "Worse", "undecided": "Undecided"}[entry["verdict"]]
        found = re.search(rf"\*\*{verdict}\*\*: {entry['system']} won .* with {entry['opponent']} .*", said)
        assert found is not None
        assert f"won {100 * entry['estimate']:.1f}%" in found[0]
        used = entry["interval_used"]
        limits = f"{100 * used['low']:.1f} to {100 * used['high']:.1f}%"
        assert re.search(rf"9\d(\.\d+)?% interval {limits}", found[0])
        assert re.search(r"p [=<] 0\.\d{3}, adjusted for 2 tests: p [=<] 0\.\d{3}", found[0])


def test_one_test_needs_no_adjusted_p() -> None:
    said = _answer(_judged(("dsr", "human")))
    assert re.search(r"; p [=<] 0\.\d{3}\)\.", said)
    assert "adjusted for" not in said


def test_the_answer_names_series_claim_margin_and_what_proves_that_raters_see_a_difference() -> None:
    report = _judged()
    entry = dict(report["answer"][0]) | {"series": 4, "cluster": "item"}
    entry |= {"other_cluster": "series", "other_low": 0.2, "other_high": 0.9}
    said = _answer(report | {"answer": [entry | {"tests": 2}]})
    assert "for these 4 series (" in said
    assert "The result is about these series only" in said
    assert "There are 2 primary tests (2 of them clear), so Holm's method sets the level" in said
    claim = {"claim": "equivalent", "margin": 0.1, "claim_holds": True, "verdict": "equivalent"}
    plan = report["plan"] | {"margin": 0.1, "margin_reason": "r", "weak_baseline": "direct"}
    for assay, proof in {
        "checks": "damaged on purpose) than by chance",
        "baseline": "direct lost to the other systems",
        None: "nothing shows that these raters could see a difference",
    }.items():
        verdict = "equivalent" if assay else "undecided"
        own = entry | claim | {"assay": assay, "verdict": verdict}
        said = _answer(report | {"plan": plan, "answer": [own]})
        assert "Equivalent means that the whole interval is inside 40.0% to 60.0%" in said
        assert proof in said
        assert ("**Equivalent**" in said) == bool(assay)


def test_the_ranking_has_rank_value_and_intervals_and_marks_people() -> None:
    report = _judged(("dsr", "human"))
    table = build_document(report, "en").tables()["leaderboard"]
    assert [column.label for column in table.columns] == [
        "Rank (range)", "System", "Win rate vs. all others", "Ability (log-worth)", "Share of human level",
    ]  # fmt: skip
    assert [row[1].text for row in table.rows].count("human (human)") == 1
    assert [row[0].raw for row in table.rows] == [1, 2, 3, 4]
    for row, entry in zip(table.rows, report["leaderboard"], strict=True):
        assert row[2].text.startswith(f"{100 * entry['win_rate']:.1f} (")
        assert row[2].span is not None
        assert 0 <= row[2].span.low <= row[2].span.value <= row[2].span.high <= 1
    html = render_fragment(report)
    first = html[: html.index('id="rep-results"')]
    assert first.count("<svg") == len(SYSTEMS)


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_ten_systems_without_people_or_contrast_have_a_leader_and_a_ranking(lang: str) -> None:
    report = ten_systems()
    assert report["answer"] == []
    said = _answer(report, lang)
    top = report["leaderboard"][0]
    assert top["system"] in said
    assert ("ranks first of 10 systems" if lang == "en" else "在 10 个系统中排名第一") in said
    assert f"{100 * top['win_rate']:.1f}" in said
    assert len(build_document(report, lang).tables()["leaderboard"].rows) == 10


def test_the_leader_is_certain_only_where_no_other_system_can_be_first() -> None:
    report = ten_systems()
    board = [dict(row) for row in report["leaderboard"]]
    assert "any of the systems could be first" in _answer(report)
    for at, row in enumerate(board):
        row |= {"rank_low": 1 if at == 0 else 2, "rank_high": 1 if at == 0 else 10}
    assert "**First place**" in _answer(report | {"leaderboard": board})
    assert "No other system could be first." in _answer(report | {"leaderboard": board})


def test_scores_alone_are_answered_by_mean_scores() -> None:
    report = _scored(("dsr", "human"))
    said = _answer(report)
    [entry] = report["answer"]
    assert f"{entry['human_level']:.1f}% of human level by ratio of means" in said
    assert re.search(r"minus that of human is [+−]\d\.\d\d points \(95% interval", said)
    assert "ranks first of 4 systems with a mean score of" in said
    bare = _scored(human=())
    assert bare["answer"] == []
    assert "ranks first of 4 systems with a mean score of" in _answer(bare)
    assert "Share of human level" not in [
        column.label for column in build_document(bare, "en").tables()["leaderboard"].columns
    ]


def test_the_strip_has_sizes_agreement_and_the_worst_cautions() -> None:
    report = dict(_judged(("dsr", "human")))
    report["warnings"] = [warning("few_series", n=3, few=8), warning("few_raters", n=4, few=8)]
    text = render_markdown(report, None).translate(str.maketrans(PLAIN))
    strip = text.split("\n## ")[1]
    assert re.search(r"\*\*Sizes\*\*: 24 raters, 20 scenes", strip)
    assert "Krippendorff's alpha" in strip
    assert re.search(r"\*\*Cautions\*\*: Some results are based on 4 raters.* 3 series", strip)


def test_a_study_without_a_primary_criterion_says_that_its_ranking_is_exploratory() -> None:
    report = ten_systems()
    open_plan = report["plan"] | {"primary_criterion": None}
    board = [row | {"family": "exploratory"} for row in report["leaderboard"]]
    said = _answer(report | {"plan": open_plan, "leaderboard": board})
    assert "No primary criterion was set" in said
    assert "ranks first" in said


def test_a_report_that_was_computed_before_the_ranking_still_has_its_answer() -> None:
    report = {k: v for k, v in _judged(("dsr", "human")).items() if k not in ("leaderboard", "answer")}
    assert "dsr won" in _answer(report)


def test_two_systems_are_answered_by_their_contrast_alone_and_a_tie_has_no_leader() -> None:
    rows = [("a", "i1", "x", "y", "left"), ("a", "i2", "y", "x", "left"), ("a", "i3", "x", "y", "tie")]
    columns = ["rater", "item", "left_system", "right_system", "choice"]
    tables = tables_from_frames(pd.DataFrame(rows, columns=columns).assign(criterion="overall"))
    plan = Plan.from_dict({"primary_criterion": "overall", "systems": ["x", "y"]})
    said = _answer(analyse(tables, plan, seed=1, replicates=100).to_dict())
    assert "x won 50.0%" in said
    assert "no interval: " in said
    assert "leads" not in said


def _void(share: float, flagged: int) -> dict[str, Any]:
    reading = {"measure": "share_read", "system": "dsr", "estimate": share}
    raters = [{"rater": f"r{at}", "flags": ["fast"] if at < flagged else []} for at in range(4)]
    return {**_judged(("dsr", "human")), "reading_time": [reading], "attention": raters}


@pytest.mark.parametrize(("share", "flagged"), [(0.9, 2), (0.4, 1), (0.5, 1)])
def test_what_voids_the_study_comes_before_the_verdict(share: float, flagged: int) -> None:
    report = _void(share, flagged)
    voids = ["2 of 4 raters show signs of inattention."] * (flagged == 2)
    voids += ["Raters saw 40% of the text of “dsr”."] * (share == 0.4)
    for text in (_answer(report), render_short_markdown(report)):
        sentence = "".join(f"**Not reliable**: {why} Don't report this result.\n" for why in voids)
        assert sentence in text
        assert ("Not reliable" in text.split("dsr won")[0]) == bool(voids)
    warnings = [warning("few_raters", n=3, few=8), warning("careless_raters", n=2, of=4)]
    ranked = collected(Context({**report, "warnings": warnings}, Words("en")))
    assert [code for *_, code in ranked] == ["careless_raters", "few_raters"]
