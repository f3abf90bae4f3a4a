"""Shares of scores by tier of a rubric: how many scores of a system are good, excellent, and so on.

The two rubrics whose tiers are known by name are those of the source paper (arXiv 2510.23163), whose figure
and appendix disagree at 7. `annotations/spec/rules.py` has them for study files; a test holds both together.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.messages import Warn, message, names_and_more
from analysis.stats.cells import Names, score_cells
from analysis.stats.coded_columns import codes, numbers, used_names
from analysis.stats.errors import MOST_NAMES
from analysis.stats.plan import Plan
from analysis.stats.quantities import Quantity
from analysis.stats.scores import plain_means

VERSION = "1"
PLANNED = "plan"  # the rubric's name where the plan gives the tiers and the table names no rubric


@dataclass(frozen=True)
class Tier:
    """A band of scores, ends included. `label_zh` is None where there is no Chinese label."""

    low: float
    high: float
    label: str
    label_zh: str | None = None


_LABELS = (
    ("Unacceptable", "不可用"),
    ("Flawed", "有硬伤"),
    ("Acceptable", "合格"),
    ("Good", "良好"),
    ("Excellent", "优秀"),
    ("Exceptional", "卓越"),
)

_BANDS = {
    "tiers-figure": ((1, 3), (4, 5), (6, 6), (7, 8), (9, 10), (11, 12)),
    "tiers-appendix": ((1, 3), (4, 5), (6, 7), (8, 8), (9, 10), (11, 12)),
}

RUBRICS: Mapping[str, tuple[Tier, ...]] = {
    name: tuple(Tier(*band, *labels) for band, labels in zip(bands, _LABELS, strict=True))
    for name, bands in _BANDS.items()
}


def tiers_of_rubric(rubric: str, low: float, high: float) -> tuple[Tier, ...]:
    """Return the tiers of a cell of the column `rubric` (NAME or NAME@VERSION) on the scale from `low` to
    `high`; none where the rubric or its version is not known, or has another scale."""
    name, _, version = rubric.partition("@")
    tiers = RUBRICS.get(name, ()) if version in ("", VERSION) else ()
    return tiers if tiers and (tiers[0].low, tiers[-1].high) == (low, high) else ()


def planned_tiers(tiers: Iterable[Mapping[str, Any]]) -> tuple[Tier, ...]:
    """Return the tiers of a plan: `from`, `to`, and a label in one language or {en, zh}."""
    found = []
    for tier in tiers:
        label = tier["label"]
        names = {"en": label} if isinstance(label, str) else dict(label)
        first = names.get("en") or next(iter(names.values()))
        found.append(Tier(tier["from"], tier["to"], first, names.get("zh")))
    return tuple(found)


def tier_quantities(rows: pd.DataFrame, names: Names, context: str, plan: Plan) -> Iterator[Quantity]:
    """Yield per system and tier the share of (rater, item) cells, for rows of one criterion, context and
    language. A score between two bands counts in the lower one."""
    rubric, tiers = _rubric(rows, plan)
    score = numbers(rows["score"])
    systems = codes(rows["system"], names.systems)
    for number, tier in enumerate(tiers, 1):
        above = score >= tiers[number].low if number < len(tiers) else score > tier.high
        inside = (score >= tier.low) & ~above
        cells = score_cells(rows, names, context, values=inside.astype(float))
        counts = np.bincount(systems[inside], minlength=len(names.systems))
        for system, share in plain_means(cells).items():
            yield Quantity(
                what="tier_shares",
                criterion=cells.criterion,
                keys={
                    "system": names.systems[system],
                    "context": context,
                    "rubric": rubric,
                    "tier": number,
                    "from": tier.low,
                    "to": tier.high,
                    "label": tier.label,
                    "label_zh": tier.label_zh,
                },
                estimate=share,
                scale="logit",
                counts={"count": int(counts[system])},
            )


def tier_warnings(scores: pd.DataFrame | None, plan: Plan) -> Iterator[Warn]:
    """Say why there are no shares by tier although the table names a rubric."""
    if scores is None or scores.empty or plan.tiers:
        return
    for criterion in sorted(used_names(scores["criterion"])):
        rows = scores[(scores["criterion"] == criterion).to_numpy()]
        found = sorted(used_names(rows["rubric"]))
        if len(found) > 1:
            named = names_and_more([name or "(none)" for name in found], MOST_NAMES)
            yield Warn(message("several_rubrics", rubrics=named), ((criterion, None),))
        elif found[0] and not _rubric(rows, plan)[1]:
            yield Warn(message("unknown_rubric", rubric=found[0]), ((criterion, None),))


def _rubric(rows: pd.DataFrame, plan: Plan) -> tuple[str, tuple[Tier, ...]]:
    found = sorted(used_names(rows["rubric"]))
    if plan.tiers:
        return (found[0] if len(found) == 1 and found[0] else PLANNED), planned_tiers(plan.tiers)
    if len(found) != 1:
        return "", ()
    low, high = (float(numbers(rows[name].iloc[:1])[0]) for name in ("scale_min", "scale_max"))
    return found[0], tiers_of_rubric(found[0], low, high)
