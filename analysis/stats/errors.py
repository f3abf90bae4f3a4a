"""Error marks: how many of each class a reading of a script brought up."""

from collections.abc import Iterator, Mapping

import pandas as pd

from analysis.stats.cells import Names
from analysis.stats.columns import CLASSES
from analysis.stats.plan import Plan
from analysis.stats.quantities import Quantity
from analysis.stats.row_means import row_mean

CRITERION = "errors"
Key = tuple[str, str, str]  # rater, item, system


def readings(judgments: pd.DataFrame | None, scores: pd.DataFrame | None) -> dict[Key, float]:
    """Every used reading of a script with the script's length, 0 where it is not known."""
    read: dict[Key, float] = {}
    if scores is not None:
        for key in zip(scores["rater"], scores["item"], scores["system"], strict=True):
            read.setdefault(key, 0.0)
    if judgments is not None:
        for side in ("left", "right"):
            columns = (judgments[name] for name in ("rater", "item", f"{side}_system", f"{side}_length"))
            for rater, item, system, length in zip(*columns, strict=True):
                read[rater, item, system] = max(read.get((rater, item, system), 0.0), float(length or 0))
    return read


def error_quantities(
    marks: pd.DataFrame, read: Mapping[Key, float], names: Names, plan: Plan
) -> Iterator[Quantity]:
    """Marks per reading by system and class, with their count and the count per 1,000 units of length."""
    counted = marks.groupby(["rater", "item", "system", "class"]).size().to_dict()
    for system in names.systems:
        mine = sorted(key for key in read if key[2] == system)
        length = sum(read[key] for key in mine)
        known = bool(mine) and all(read[key] > 0 for key in mine)
        for kind in CLASSES if mine else ():
            values = [float(counted.get((*key, kind), 0)) for key in mine]
            count = int(sum(values))
            yield Quantity(
                what="errors",
                criterion=CRITERION,
                keys={"system": system, "class": kind},
                estimate=row_mean(values, [key[0] for key in mine], [key[1] for key in mine], names),
                scale="log",
                counts={"count": count},
                rates={"per_1000": 1000 * count / length if known else None},
                family=plan.family(CRITERION, system),
                method="marks per reading",
            )
