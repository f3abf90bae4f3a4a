"""Report: a crossed table with the source paper's marginals gives the paper's numbers."""

import io
import re
from typing import Any

import pandas as pd
import pdfplumber
import pytest

from analysis.render import render_html, render_markdown
from analysis.render.chart_selection import charts
from analysis.render.report_files import pdf_bytes
from analysis.stats import Plan, analyse, tables_from_frames
from tests.analysis.render import tables
from tests.analysis.render.paper_table import paper_scores

PLAIN = {"\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " "}


def _report(rows: list[dict[str, Any]], **plan: Any) -> dict[str, Any]:
    found = tables_from_frames(scores=pd.DataFrame(rows, columns=list(tables.SCORES)))
    named = Plan.from_dict({"primary_criterion": "score", "human": ["human"], **plan})
    return analyse(found, named, seed=1, replicates=300).to_dict()


def _parts(report: dict[str, Any], lang: str = "en") -> list[str]:
    text = render_markdown(report, None, lang).translate(str.maketrans(PLAIN)).replace("\\", "")
    return text.split("\n## ")


def _answer(report: dict[str, Any], lang: str = "en") -> str:
    """The first page of the Markdown."""
    return _parts(report, lang)[1]


def _page_one(report: dict[str, Any], lang: str = "en") -> str:
    """The first page and the primary results."""
    return "\n## ".join(_parts(report, lang)[1:3])


@pytest.fixture(scope="module")
def paper() -> dict[str, Any]:
    """Read it, never change it."""
    return _report(paper_scores())


def test_the_table_has_the_papers_marginals(paper: dict[str, Any]) -> None:
    means = {entry["system"]: entry["estimate"] for entry in paper["mean_scores"]}
    assert means == {"qwen": 3.43, "claude": 6.69, "gemini": 6.95, "dsr": 8.06, "human": 9.75}
    (level,) = [
        entry["estimate"]
        for entry in paper["human_level"]
        if entry["system"] == "dsr" and entry["definition"] == "ratio_of_means"
    ]
    assert level == pytest.approx(82.67, abs=5e-3)  # arXiv 2510.23163, main table: 8.06 / 9.75
    best = {entry["system"]: (entry["numerator"], entry["denominator"]) for entry in paper["best_of_k"]}
    assert best == {"qwen": (0, 32), "claude": (4, 32), "gemini": (4, 32), "dsr": (24, 32)}


@pytest.mark.parametrize(
    ("lang", "sentences"),
    [
        (
            "en",
            [
                "dsr scored 8.06 on average and human 9.75 on the same scenes: 82.7% of human level by"
                " ratio of means",
                "dsr was the best of 4 machines on 24 of 32 scenes: 75.0%",
                "By chance, the share would be 25.0%.",
            ],
        ),
        (
            "zh-hans",
            [
                "在相同场次上，“dsr”平均 8.06 分，“human”平均 9.75 分：按均值比定义，相当于人类水平的 82.7%",
                "在 4 个机器系统中，“dsr”在 32 场戏里有 24 场最佳：75.0%",
                "随机水平为 25.0%。",
            ],
        ),
    ],
)
def test_both_numbers_stand_in_the_answer(paper: dict[str, Any], lang: str, sentences: list[str]) -> None:
    answer = _answer(paper, lang)
    assert [said for said in sentences if said not in answer] == []


def test_the_page_has_them_in_its_first_part(paper: dict[str, Any]) -> None:
    page = render_html(paper, None).translate(str.maketrans(PLAIN))
    first = page.split('id="rep-secondary"')[0]
    assert "82.7% of human level by ratio of means" in first
    assert "best of 4 machines on 24 of 32 scenes: 75.0%" in first
    assert 'id="rep-best-of-k-scores"' in first
    assert page.count('id="rep-best-of-k-scores"') == 1


@pytest.mark.slow
@pytest.mark.parametrize("plan", [{}, {"primary_contrast": ["dsr", "human"]}])
def test_the_first_sheet_of_the_pdf_has_them(plan: dict[str, Any]) -> None:
    with pdfplumber.open(io.BytesIO(pdf_bytes(_report(paper_scores(), **plan)))) as pdf:
        sheet = re.sub(r"\s+", " ", pdf.pages[0].extract_text())
    assert "82.7% of human level by ratio of means" in sheet
    assert "best of 4 machines on 24 of 32 scenes: 75.0%" in sheet


def test_with_a_contrast_only_its_system_is_named(paper: dict[str, Any]) -> None:
    answer = _answer(_report(paper_scores(), primary_contrast=["dsr", "human"]))
    assert "dsr was the best of 4 machines" in answer
    assert "gemini" not in answer.split("\n| ")[0]


def test_where_not_every_rater_scored_all_the_first_page_has_no_best_of_k() -> None:
    rows = [row for row in paper_scores() if (row["rater"], row["system"]) != ("rater00", "qwen")]
    text = render_markdown(_report(rows), None)
    first, rest = text.split("\n## What raters preferred")
    assert "best of 4" not in first.lower()
    assert "was the best of k" in rest


def test_two_means_of_one_system_are_explained_where_they_stand() -> None:
    """Some raters scored dsr only: the ratio uses the raters who scored both, the mean score uses all."""
    strict = {f"rater{number:02}" for number in range(5)}
    rows = [
        row | {"score": max(1, row["score"] - 3) if row["rater"] in strict else row["score"]}
        for row in paper_scores()
        if row["system"] in ("dsr", "human") and (row["rater"] not in strict or row["system"] == "dsr")
    ]
    report = _report(rows)
    level, mean = report["human_level"][0]["numerator"], report["mean_scores"][0]["estimate"]
    assert f"{level:.2f}" != f"{mean:.2f}"
    answer, others = _answer(report), _page_one(report).split("\n### ")[1:]
    human = report["mean_scores"][1]["estimate"]
    assert (
        "These two means use the 1 280 scores of raters who scored both scripts of a scene. Over all scores,"
        f" adjusted for rater and scene, the means are {mean:.2f} for dsr and {human:.2f} for human."
    ) in answer
    tables_said = {text.split("\n")[0].partition(" (")[0]: text for text in others}
    close = tables_said["How close are the systems to human level?"]
    assert "only scores by raters who scored both scripts of a scene" in close
    assert "Mean scores use all scores of a system" in tables_said["How do scripts score?"]
    chinese = _page_one(report, "zh-hans")
    assert "这两个平均分只计入对同一场戏的两份剧本都打过分的评审（共 1 280 个评分）" in chinese


def test_one_mean_per_system_needs_no_explanation(paper: dict[str, Any]) -> None:
    assert "scored both scripts" not in _page_one(paper)
    assert "use all scores of a system" not in _page_one(paper)


def test_spreads_are_named_for_what_they_are(paper: dict[str, Any]) -> None:
    page = _page_one(paper)
    assert "| SD of rater means | SD of scene means |" in page
    assert "2510.23163" not in render_markdown(paper, None)
    chinese = _page_one(paper, "zh-hans")
    assert "| 评审均分的标准差 | 场次均分的标准差 |" in chinese


def _many(count: int) -> list[dict[str, Any]]:
    """The scores of the paper's human scripts beside many systems, better ones later in the alphabet."""
    rows = [row for row in paper_scores() if row["system"] == "human"]
    return rows + [
        row | {"system": f"model{number:02}", "score": max(1, row["score"] - count + number)}
        for row in rows
        for number in range(count)
    ]


def test_the_answer_names_the_best_system_first(paper: dict[str, Any]) -> None:
    answer = _answer(paper)
    places = [answer.index(f"**{system} scored") for system in ("dsr", "gemini", "claude", "qwen")]
    assert places == sorted(places)


def test_many_systems_are_one_sentence_and_a_table_sorted_by_value() -> None:
    report = _report(_many(8))
    answer = _answer(report)
    assert set(re.findall(r"(\w+) scored", answer)) == {"model07"}
    places = [answer.index(f"| model{number:02} |") for number in range(7, -1, -1)]
    assert places == sorted(places)


def test_bars_stand_in_the_order_of_their_values(paper: dict[str, Any]) -> None:
    bars = [chart for chart in charts(paper) if chart.kind in ("human_level", "mean_scores")]
    drawn = {chart.kind: [row["system"] for row in chart.part.rows] for chart in bars}
    assert drawn["human_level"] == ["dsr", "gemini", "claude", "qwen"]
    assert drawn["mean_scores"] == ["human", "dsr", "gemini", "claude", "qwen"]
