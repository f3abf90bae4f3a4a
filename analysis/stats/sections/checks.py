"""Checks passed: of the pairs with a script that is worse by construction, how often a rater saw it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.stats.values import coded, is_any


@dataclass(frozen=True, slots=True)
class Checks:
    """Of the checks that one rater `made`, the share in which the known-worse script lost (`passed`)."""

    passed: float
    made: int


def checks_passed(checks: pd.DataFrame, known_worse: Sequence[str]) -> Mapping[str, Checks]:
    """Per rater with checks among the rows (of one criterion and language) how they went. A tie is not
    passed; a pair with no known-worse system, or two, is none of these checks."""
    worse_left = is_any(checks["left_system"], *known_worse)
    worse_right = is_any(checks["right_system"], *known_worse)
    asked = worse_left != worse_right
    passed = np.where(worse_left, is_any(checks["choice"], "right"), is_any(checks["choice"], "left"))
    rater, names = coded(checks["rater"])
    made = np.bincount(rater[asked], minlength=len(names))
    right = np.bincount(rater[asked], weights=passed[asked], minlength=len(names))
    return {
        names[at]: Checks(float(right[at] / made[at]), int(made[at])) for at in np.flatnonzero(made).tolist()
    }
