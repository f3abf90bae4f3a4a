"""Report: numbers that are small, or that have no interval, and what the text around them says."""

from typing import Any

import pandas as pd
import pytest

from analysis.render import numbers, render_markdown
from analysis.render.chart_selection import charts
from analysis.render.figures import ChartText
from analysis.stats import Plan, analyse, tables_from_frames
from tests.analysis.render import tables
from tests.analysis.render.full import full_report
from tests.analysis.render.paper_table import paper_scores
from tests.analysis.render.sample import sample_report


@pytest.mark.parametrize(
    ("value", "said"),
    [
        *((0.0, "0.00"), (0.0031, "0.0031"), (0.00999, "0.010"), (0.0496, "0.050"), (0.1, "0.10")),
        *((0.31, "0.31"), (1.444, "1.44"), (12.5, "12.50"), (-0.0031, "\N{MINUS SIGN}0.0031")),
        (3e-7, "0.00000030"),
    ],
)
def test_a_small_rate_keeps_two_significant_digits(value: float, said: str) -> None:
    assert numbers.rate(value) == said


def test_error_marks_show_small_rates() -> None:
    sample = sample_report()
    for row in sample["errors"]:
        row |= {"estimate": 0.0031, "low": 0.00042, "high": 0.0123, "per_1000": 0.0007}
    text = render_markdown(sample, None)
    assert "| 0.0031 | 0.00042 to 0.012 | 0.00070 |" in text
    assert "| 0.00 | 0.00 to 0.01 |" not in text


CHARTED = ("win_rates", "human_level", "mean_scores", "abilities", "agreement", "position_bias", "breakdown")
ALSO = ("lengths", "reading_time")


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_captions_promise_no_interval_that_is_not_there(lang: str) -> None:
    report = full_report()
    word = {"en": "interval", "zh-hans": "区间"}[lang]
    said = [ChartText(report, chart, lang) for chart in charts(report) if chart.kind != "flow"]
    assert {one.chart.kind for one in said} >= {"forest", "mean_scores", "lengths", "breakdown"}
    assert [one.chart.kind for one in said if word not in one.caption()] == []
    bare = dict.fromkeys(("low", "high", "other_low", "other_high", "rank_low", "rank_high"))
    without = report | {name: [row | bare for row in report[name]] for name in (*CHARTED, *ALSO)}
    for chart in charts(without):
        assert word not in ChartText(without, chart, lang).caption()


def test_a_table_of_scores_by_one_rater_promises_no_interval() -> None:
    rows = [row for row in paper_scores() if row["rater"] == "rater00"]
    found = tables_from_frames(scores=pd.DataFrame(rows, columns=list(tables.SCORES)))
    text = render_markdown(analyse(found, Plan.default(found), seed=1, replicates=50).to_dict())
    assert "with their intervals" not in text
    assert "95% intervals" not in text
    assert "(95% interval)" not in text
    assert "In brackets" not in text


def _all_lost(raters: int = 20, items: int = 40) -> dict[str, Any]:
    rows = [
        {"study": "harbour", "item": f"i{item}", "series": f"s{item % 4}", "language": "en"}
        | {"rater": f"r{rater}", "rater_kind": "person", "position": item + 1, "criterion": "overall"}
        | {"left_system": "dsr", "right_system": "human", "choice": "right", "kind": "main", "excluded": ""}
        for rater in range(raters)
        for item in range(items)
    ]
    found = tables_from_frames(judgments=pd.DataFrame(rows, columns=list(tables.JUDGMENTS)))
    plan = Plan.from_dict(
        {"primary_criterion": "overall", "primary_contrast": ["dsr", "human"], "human": ["human"]}
    )
    return analyse(found, plan, seed=1, replicates=50).to_dict()


def test_a_system_that_never_won_is_not_said_to_be_even_within_series() -> None:
    report = _all_lost()
    text = render_markdown(report, None).replace("\N{NO-BREAK SPACE}", " ")
    assert "dsr won 0.0% of its comparisons with human" in text
    assert "includes 50%" not in text
    assert "**Worse**" in text
