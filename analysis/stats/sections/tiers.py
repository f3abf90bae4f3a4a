"""Shares of scores by tier of the rubric: how many scores of a system are good, excellent, and so on."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.messages import Warn, message, names_and_more
from analysis.stats.cells import Names, score_cells
from analysis.stats.faults import MOST_NAMES
from analysis.stats.plan import Plan
from analysis.stats.quantities import Quantity
from analysis.stats.rubrics import Tier, planned_tiers, tiers_of
from analysis.stats.scores import plain_means
from analysis.stats.values import codes, numbers, used_names

PLANNED = "plan"  # the rubric's name where the plan gives the tiers and the table names no rubric


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
    return found[0], tiers_of(found[0], low, high)
