"""Statistics: how large a study is: what its used rows hold, not what its largest estimate rests on."""

from typing import Any

import pandas as pd

from analysis.render import export_table, render_markdown
from analysis.stats import Plan, analyse, tables_from_frames
from tests.analysis.render.tables import JUDGMENTS, SCORES


def _judgments(pairs: list[tuple[str, str, int, int]], raters: int, items: int) -> pd.DataFrame:
    """Each pair of systems is judged by raters and on items of its own: their first numbers are given."""
    rows = [
        {"study": "harbour", "item": f"i{item}", "series": f"s{item // 10}", "language": "en"}
        | {"rater": f"r{rater}", "rater_kind": "person", "position": item + 1, "criterion": "overall"}
        | {"left_system": left, "right_system": right, "kind": "main", "excluded": ""}
        | {"choice": ("left", "right", "tie")[(rater + item) % 3]}
        for left, right, first_rater, first_item in pairs
        for rater in range(first_rater, first_rater + raters)
        for item in range(first_item, first_item + items)
    ]
    return pd.DataFrame(rows, columns=list(JUDGMENTS))


def _report(**frames: pd.DataFrame) -> dict[str, Any]:
    tables = tables_from_frames(**frames)
    return analyse(tables, Plan.default(tables), seed=1, replicates=50).to_dict()


def _page(report: dict[str, Any], lang: str = "en") -> str:
    return render_markdown(report, None, lang).replace("\N{NO-BREAK SPACE}", " ")


def _methods(report: dict[str, Any], lang: str = "en") -> str:
    return str(export_table(report, "methods", "txt", lang))


TWO_PARTS = [("alpha", "beta", 0, 0), ("gamma", "delta", 5, 30)]


def test_it_works():
    report = _report(judgments=_judgments(TWO_PARTS, raters=5, items=30))
    assert report["sizes"] == {"raters": 10, "items": 60, "series": 6, "judgments": 300, "scores": 0}


def test_page_and_methods_give_the_sizes_of_the_study():
    report = _report(judgments=_judgments(TWO_PARTS, raters=5, items=30))
    assert "10 raters; 60 scenes; 6 series" in _page(report)
    assert "The analysis is based on 10 raters and 60 scenes from 6 series." in _methods(report)
    assert "10 位评审；60 场戏；6 部剧" in _page(report, "zh-hans")
    assert "分析基于 10 位评审和 60 场戏（来自 6 部剧）。" in _methods(report, "zh-hans")


def test_rows_that_are_left_out_do_not_count():
    frame = _judgments(TWO_PARTS, raters=5, items=30)
    frame.loc[frame["left_system"] == "gamma", "excluded"] = "wrong file"
    sizes = _report(judgments=frame)["sizes"]
    assert sizes == {"raters": 5, "items": 30, "series": 3, "judgments": 150, "scores": 0}


def test_judgments_and_scores_are_counted_together():
    scores = [
        {"study": "harbour", "item": f"i{item}", "series": "", "language": "en", "rater": f"r{rater}"}
        | {"rater_kind": "person", "position": 1, "context": "single", "side": "", "system": system}
        | {"score": 5 + rater % 3, "scale_min": 1, "scale_max": 12}
        for rater in range(8, 12)
        for item in range(28, 32)
        for system in ("alpha", "beta")
    ]
    report = _report(
        judgments=_judgments([("alpha", "beta", 0, 0)], raters=10, items=30),
        scores=pd.DataFrame(scores, columns=list(SCORES)),
    )
    assert report["sizes"] == {"raters": 12, "items": 32, "series": 3, "judgments": 300, "scores": 32}


def test_no_series_is_null():
    frame = _judgments([("alpha", "beta", 0, 0)], raters=2, items=3).assign(series="")
    report = _report(judgments=frame)
    assert report["sizes"]["series"] is None
    assert "2 raters; 3 scenes\n" in _page(report)


def test_one_is_singular():
    report = _report(judgments=_judgments([("alpha", "beta", 0, 0)], raters=1, items=60))
    assert "1 rater; 60 scenes; 6 series" in _page(report)
    assert "The analysis is based on 1 rater and 60 scenes from 6 series." in _methods(report)
    assert "60 judgments, 1 rater, 60 scenes, 6 series" in _page(report)
    single = _report(judgments=_judgments([("alpha", "beta", 0, 0)], raters=1, items=1))
    assert "1 judgment, 1 rater, 1 scene, 1 series" in _page(single)
    assert (
        "The analysis is based on 1 rater and 1 scene from 1 series. The single row of judgments was"
        " included." in (_methods(single))
    )
    assert "1 of 1 row\n" in _page(single)
