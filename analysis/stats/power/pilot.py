"""What a pilot's judgments say about how raters, scenes and series differ, by the method of moments."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.stats.errors import InputError, InputErrors, list_names
from analysis.stats.linear import distinct
from analysis.stats.power.closed_form import LEVEL, Components, Logits, logits_of
from analysis.stats.tables import Tables, read_tables
from analysis.stats.variance_components import SD_NAMES, Estimate, Rows, component_sds


@dataclass(frozen=True)
class Pilot:
    """The components of a pilot at its own win rates. `left_share` is of the decided judgments."""

    components: Components
    estimates: dict[str, Estimate]
    left_share: float | None
    judgments: int
    raters: int
    scenes: int
    series: int | None
    contrasts: tuple[str, ...]

    def logits(self) -> Logits:
        """The world that these components belong to. Raises ValueError where there is none."""
        plain = logits_of(self.components)
        return logits_of(self.components, left_bias_of(plain, self.components.rate, self.left_share))


def estimate(rows: Rows, names: Sequence[str], level: float = LEVEL) -> Pilot:
    """The components with their uncertainty. Raises ValueError as `component_sds` does."""
    found = component_sds(rows, level)
    ties = float(np.mean(rows.value == 0.5))
    sds = {name: found[name].sd if name in found else 0.0 for name in SD_NAMES}
    return Pilot(
        Components(**sds, ties=ties, rate=_typical_rate(rows, ties)),
        found,
        _left_share(rows),
        len(rows.value),
        distinct(rows.rater),
        distinct(rows.scene),
        None if rows.series is None else distinct(rows.series),
        tuple(names),
    )


def left_bias_of(logits: Logits, rate: float, left_share: float | None) -> float:
    """The advantage of the left side in logits that gives this share of decided judgments, by bisection."""
    if left_share is None:
        return 0.0
    gap = logits.gap(rate)
    low, high = -6.0, 6.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if logits.left_share(gap, middle) < left_share else (low, middle)
    return high


def _typical_rate(rows: Rows, ties: float) -> float:
    """1/2 plus the mean distance of the contrasts' win rates from it, weighted by their judgments."""
    n = np.bincount(rows.contrast)
    sums = np.bincount(rows.contrast, weights=rows.value)
    far = float(np.abs(sums - n / 2).sum()) / len(rows.value)
    return 0.5 + min(far, 0.5 - ties / 2 - 0.01)


def _left_share(rows: Rows) -> float | None:
    decided = rows.value != 0.5
    if not decided.any():
        return None
    share = float(np.mean((rows.value[decided] == 1) == rows.left[decided]))
    return min(max(share, 0.001), 0.999)


def read_pilot(path: str, criterion: str | None = None, contrast: Sequence[str] = ()) -> Pilot:
    """The components that a table of judgments tells. Of several criteria one has to be named; without a
    contrast all are taken together, each about its own win rate.

    Raises InputErrors for a table that is refused, or that cannot tell them.
    """
    tables = read_tables(path)
    frame, names = _rows_of_contrast(path, tables, criterion, contrast)
    fix = "use a larger pilot, or enter the standard deviations"
    try:
        pilot = estimate(rows_of(frame), names)
    except ValueError as error:
        raise _refusal(path, f"can't estimate how raters and scenes differ: {error}", fix) from error
    try:
        pilot.logits()
    except ValueError as error:
        sds = ", ".join(f"{100 * found.sd:.0f} between {name}" for name, found in pilot.estimates.items())
        message = (
            f"the estimated standard deviations are implausibly large ({sds} percentage points of win rate)"
        )
        raise _refusal(path, message, fix) from error
    return pilot


def rows_of(frame: pd.DataFrame) -> Rows:
    """Used judgments as rows. Languages are contrasts of their own; a series is known where all are."""
    left, right = frame["left_system"].to_numpy(dtype=str), frame["right_system"].to_numpy(dtype=str)
    choice = frame["choice"].to_numpy(dtype=str)
    turned = left > right
    won = np.where(turned, choice == "right", choice == "left")
    value = np.where(np.isin(choice, ["tie", "neither"]), 0.5, won.astype(float))
    first, second = np.where(turned, right, left), np.where(turned, left, right)
    pairs = pd.Series(zip(first, second, frame["language"].astype(str), strict=True))
    series = frame["series"].to_numpy(dtype=str)
    return Rows(
        value,
        _codes(pairs),
        _codes(frame["rater"].astype(str)),
        _codes(frame["item"].astype(str)),
        _codes(pd.Series(series)) if (series != "").all() else None,
        ~turned,
    )


def _codes(values: pd.Series) -> np.ndarray:
    return np.asarray(pd.factorize(values)[0], dtype=np.int64)


def _rows_of_contrast(
    path: str, tables: Tables, criterion: str | None, contrast: Sequence[str]
) -> tuple[pd.DataFrame, list[str]]:
    frame = tables.made
    criteria, systems = tables.criteria(), tables.systems()
    if frame is None or not len(frame):
        raise _refusal(path, "there are no usable rows", "use a table with judgments of kind main")
    if criterion is None and len(criteria) > 1:
        raise _refusal(
            path, "the table has several criteria", f"choose one with --primary: {list_names(criteria)}"
        )
    criterion = criterion or criteria[0]
    if criterion not in criteria:
        raise _refusal(
            path, f"there are no rows for the criterion {criterion!r}", f"use {list_names(criteria)}"
        )
    for system in contrast:
        if system not in systems:
            raise _refusal(
                path, f"there are no rows for the system {system!r}", f"use two of {list_names(systems)}"
            )
    frame = frame[frame["criterion"] == criterion]
    if contrast:
        pair = list(contrast)
        frame = frame[frame["left_system"].isin(pair) & frame["right_system"].isin(pair)]
        if not len(frame):
            raise _refusal(path, f"{pair[0]} and {pair[1]} were never compared", "choose another contrast")
    lefts, rights = frame["left_system"].astype(str), frame["right_system"].astype(str)
    met = sorted({tuple(sorted(pair)) for pair in zip(lefts, rights, strict=True)})
    return frame, [f"{one} and {other}" for one, other in met]


def _refusal(path: str, message: str, fix: str) -> InputErrors:
    return InputErrors([InputError(path, 1, 1, message, fix)])
