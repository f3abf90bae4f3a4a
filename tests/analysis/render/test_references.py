"""Report: a sentence refers to a section, table or list only where the same report has it."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.render import render_markdown, render_short_markdown
from analysis.render.words import Words
from analysis.stats import Plan, analyse, read_tables, tables_from_frames
from tests.analysis.render import tables

EXAMPLE = Path("docs/example")
EXCLUSION = {"at": "2026-01-01T10:00", "rater": "R1", "position": 1, "excluded": True, "role": "owner"}
# What refers to a table or section: the pattern, and the text of what must be there; none where nothing may.
REFERENCES = {
    "en": (
        ("table of pairs", "cap_pairs"),
        ("full table below", "all_numbers"),
        ("[Ss]ensitivity analyses", "cap_sensitivity"),
        ("[Ff]irst page|pair above|under “|[Ss]ee “|\\(see|source paper", ""),
    ),
    "zh-hans": (
        ("两两对比的表格", "cap_pairs"),
        ("下方完整表格", "all_numbers"),
        ("敏感性分析", "cap_sensitivity"),
        ("首页|上表|一节|[（，；]见“|来源论文", ""),
    ),
}


def _example() -> dict[str, Any]:
    names = ("judgments", "scores", "marks", "raters")
    found = read_tables(*(str(EXAMPLE / f"{name}.csv") for name in names))
    plan = Plan.from_json((EXAMPLE / "plan.json").read_text("utf-8"), "plan.json")
    return analyse(found, plan, seed=1, replicates=20).to_dict()


def _pairs() -> dict[str, Any]:
    """With an exclusion by hand, of which there is no sensitivity analysis."""
    report = _analysed(pd.DataFrame(tables.judgments()), None)
    assert not report["sensitivity"]
    study = {"exclusions": [EXCLUSION | {"reason": "A child answered."}]}
    return report | {"plan": report["plan"] | {"study": study}}


def _analysed(*frames: pd.DataFrame | None) -> dict[str, Any]:
    found = tables_from_frames(*frames)
    return analyse(found, Plan.default(found), seed=1, replicates=20).to_dict()


def _scores(*without: str) -> dict[str, Any]:
    return _analysed(None, pd.DataFrame(row for row in tables.scores() if row["system"] not in without))


@pytest.mark.parametrize("make", [_example, _pairs, _scores, lambda: _scores("human")])
def test_a_report_refers_only_to_what_it_has(make: Any) -> None:
    report = make()
    for lang, references in REFERENCES.items():
        words = Words(lang)
        for render in (render_markdown, render_short_markdown):
            text = render(report, lang=lang).replace("\\", "")
            headings = "\n".join(line for line in text.splitlines() if re.match(r"#|\*\*", line))
            for pattern, key in references:
                if found := re.search(f".*({pattern}).*", text):
                    assert key, found[0]
                    assert words(key) in headings, (lang, render.__name__, found[0])
            full_report = words("short_full").lower() in text.lower()
            assert full_report == (render is render_short_markdown)
            assert ("report-full.md" in text) == full_report
            assert not full_report or len(text.split()) <= 1300
