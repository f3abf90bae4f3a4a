from pathlib import Path
from typing import Any

import pytest

from analysis.stats import Plan, analyse, read_tables
from tests.analysis.render import tables

PLAN = {
    "primary_criterion": "overall",
    "primary_contrast": ["dsr", "human"],
    "human": ["human"],
    "systems": list(tables.SYSTEMS),
    "pooled": True,
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three tables: two criteria, two languages, ten raters, twelve scenes."""
    into = tmp_path_factory.mktemp("tables")
    languages = ("en", "zh")
    rows = tables.judgments(items=12, criteria=("overall", "dialogue"), languages=languages)
    tables.write(into / "judgments.csv", tables.JUDGMENTS, rows)
    tables.write(into / "scores.csv", tables.SCORES, tables.scores(items=12, languages=languages))
    tables.write(into / "marks.csv", tables.MARKS, tables.marks(items=12))
    return into


@pytest.fixture(scope="session")
def report(folder: Path) -> dict[str, Any]:
    """What the analysis makes of them. Read it, never change it."""
    found = read_tables(folder / "judgments.csv", folder / "scores.csv", folder / "marks.csv")
    return analyse(found, Plan.from_dict(PLAN), seed=1, replicates=200).to_dict()
