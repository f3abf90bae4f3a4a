"""Negative controls: pairs of two samples of one system, of which neither may win more than half."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from analysis.messages import Warn, message
from analysis.stats.cells import row_mean
from analysis.stats.coded_columns import codes, is_any, used_names
from analysis.stats.linear import Floats
from analysis.stats.quantities import POOLED, Quantity
from analysis.stats.report import Entry
from analysis.stats.scope import POINTS, Scope
from analysis.stats.win_rates import ALL

NO_NAMES = message("origin_unknown")


def control_quantities(scope: Scope, same: pd.DataFrame, made: pd.DataFrame) -> Iterator[Quantity]:
    """Win rates within pairs of kind same, of one criterion and language: of the script that the study uses
    over the other sample, and of the left one; over all systems, and for each. `made` are the judgments of
    kind main."""
    names = scope.names
    rows = same[
        (
            is_any(same["rater"], *names.raters)
            & is_any(same["item"], *names.items)
            & is_any(same["left_system"], *names.systems)
        )
    ]
    if not len(rows):
        return
    won = (np.array(list(POINTS.values()))[codes(rows["choice"], tuple(POINTS))] + 1) / 2
    first = _side_of_main_script(rows, made)
    system = codes(rows["left_system"], names.systems)
    every = [None, *np.unique(system).tolist()]
    for code in every:
        of = np.ones(len(rows), dtype=bool) if code is None else system == code
        name = ALL if code is None else scope.name(code)
        mine = np.where(first == 1, won, 1 - won)
        yield _quantity(scope, rows, name, "same_win_rate", mine, of & (first != 0), int(of.sum()))
        yield _quantity(scope, rows, name, "same_left_share", won, of, int(of.sum()))


def _side_of_main_script(rows: pd.DataFrame, made: pd.DataFrame) -> np.ndarray:
    """1 where the left script is the one that stands in the other pairs, -1 where the right one, 0 where that
    cannot be told."""
    main = used_names(made["left_script"]) | used_names(made["right_script"])
    left, right = (is_any(rows[f"{side}_script"], *(main - {""})) for side in ("left", "right"))
    return left.astype(np.int64) - right


def _quantity(
    scope: Scope, rows: pd.DataFrame, system: str, measure: str, won: Floats, of: np.ndarray, every: int
) -> Quantity:
    part = rows[of]
    share = row_mean(won[of], part["rater"], part["item"], scope.names)
    return Quantity(
        what="controls",
        criterion=scope.criterion,
        keys={"system": system, "measure": measure},
        estimate=share,
        scale="logit",
        counts={"left_out": every - int(of.sum())},
        rates={"chance": 0.5},
        null=0.5,
        reason=None if share else NO_NAMES,
    )


def control_warnings(entries: Sequence[Entry]) -> Iterator[Warn]:
    """Where a control over all systems is not about half."""
    for entry in entries:
        if entry.language == POOLED or entry.own["system"] != ALL or entry.low is None or entry.high is None:
            continue
        if entry.low > 0.5 or entry.high < 0.5:
            assert entry.estimate is not None
            code = "control_win_rate" if entry.own["measure"] == "same_win_rate" else "control_left_share"
            percent = 100 * float(entry.estimate)
            yield Warn(message(code, percent=percent), ((entry.criterion, entry.language),))
