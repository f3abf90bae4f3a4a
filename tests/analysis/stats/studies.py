"""Tables and reference data that the tests of the statistics share."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.stats import Judgments, Plan, Scores, Tables, analyse, tables_from_frames
from analysis.stats.simulate import simulate_study

DATA = Path(__file__).resolve().parents[2] / "data"
SYSTEMS = ("dsr", "direct", "outline", "human")
QUALITIES = (0.5, -0.6, -0.2, 0.8)


def reference(name: str) -> dict[str, Any]:
    """`expected.json` of a reference data set; its README names the source."""
    return dict(json.loads((DATA / name / "expected.json").read_text()))


def reference_table(name: str, file: str = "data.csv") -> pd.DataFrame:
    path = DATA / name / file
    if path.suffix == ".gz":
        with gzip.open(path, "rt") as stream:
            return pd.read_csv(stream)
    return pd.read_csv(path)


def judgments(
    seed: int = 1, raters: int = 10, items: int = 8, prefix: str = "", **columns: Any
) -> pd.DataFrame:
    """Simulated judgments of four systems by persons; `columns` are put beside. Two items make a series."""
    rng = np.random.default_rng(seed)
    frame = simulate_study(rng, raters, items, SYSTEMS, QUALITIES).frame(rater_kind="person")
    for column in ("item", "rater"):
        frame[column] = prefix + frame[column]
    frame["series"] = prefix + "series-" + (frame["item"].str[-2:].astype(int) // 2).astype(str)
    return frame.assign(**columns)


def scores(seed: int = 1, raters: int = 5, items: int = 6, prefix: str = "", **columns: Any) -> pd.DataFrame:
    """Every rater scores every script on the scale of 1 to 12."""
    rng = np.random.default_rng(seed)
    rows = [
        {"item": f"{prefix}item-{item:04d}", "rater": f"{prefix}rater-{rater:04d}", "system": system,
         "score": int(np.clip(round(7 + 2 * quality + rng.normal() * 1.5), 1, 12)),
         "scale_min": 1, "scale_max": 12}
        for item in range(1, items + 1)
        for rater in range(1, raters + 1)
        for system, quality in zip(SYSTEMS, QUALITIES, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(**columns)


def marks(seed: int = 1, count: int = 40, raters: int = 5, items: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = [
        {
            "item": f"item-{rng.integers(1, items + 1):04d}",
            "rater": f"rater-{rng.integers(1, raters + 1):04d}",
            "system": str(rng.choice(SYSTEMS)),
            "class": str(rng.choice(["plot", "character", "pacing"])),
        }
        for _ in range(count)
    ]
    return pd.DataFrame(rows)


def plan_for(tables: Tables, **changes: Any) -> Plan:
    data = {"primary_criterion": "overall", "human": ["human"], "systems": list(SYSTEMS)}
    target = {} if "item_cluster" in changes else {"generalize_to": "these-series"}
    return Plan.from_dict(data | target | changes)


def report_of(tables: Tables, **changes: Any) -> dict[str, Any]:
    """The report by `plan_for`, with few replicates."""
    return analyse(tables, plan_for(tables, **changes), seed=1, replicates=100).to_dict()


def as_judgments(frame: pd.DataFrame, **columns: Any) -> Judgments:
    """The object of a frame with the columns of judgments.csv."""
    names = ("left_system", "right_system", "choice", "rater", "item")
    return Judgments(*(frame[name] for name in names), **columns)


def as_scores(frame: pd.DataFrame, **columns: Any) -> Scores:
    return Scores(*(frame[name] for name in ("system", "score", "rater", "item")), **columns)


def small(rows: list[tuple[str, str, str, str, str]], **columns: Any) -> Tables:
    """Tables of judgments given as (rater, item, left, right, choice)."""
    frame = pd.DataFrame(rows, columns=["rater", "item", "left_system", "right_system", "choice"])
    return tables_from_frames(frame.assign(criterion="overall", **columns))


def one(entries: list[Mapping[str, Any]], **keys: Any) -> Mapping[str, Any]:
    """The one entry that has these keys."""
    found = [entry for entry in entries if all(entry.get(key) == value for key, value in keys.items())]
    assert len(found) == 1, f"{len(found)} entries have {keys}"
    return found[0]
