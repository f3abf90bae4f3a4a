"""Limits that leave what a quantity can be are cut there: no win rate differs by 120 points.

A t interval on few clusters, or Fieller's, knows nothing of the range of what it is about. Cutting takes no
possible value away, so that coverage stays; the method says that it was done.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.messages import message, steps
from analysis.stats.report import Entry

CUT = message("cut")
Range = tuple[float, float]
POSITIVE: Range = (0.0, math.inf)
ANY: Range = (-math.inf, math.inf)
PAIRS = (("low", "high"), ("other_low", "other_high"), ("bootstrap_low", "bootstrap_high"))


@dataclass(frozen=True)
class Scale:
    """The lowest and the highest score that could be given; infinite where no score was."""

    low: float = -math.inf
    high: float = math.inf

    @property
    def width(self) -> float:
        return self.high - self.low

    @property
    def ratio(self) -> Range:
        """What a mean may be as a percentage of another one; anything where scores may be below zero."""
        if not 0 <= self.low < self.high < math.inf:
            return ANY
        return (100 * self.low / self.high, 100 * self.high / self.low) if self.low > 0 else POSITIVE


def scale_of(scores: pd.DataFrame | None) -> Scale:
    """That of all used scores."""
    if scores is None or scores.empty:
        return Scale()
    ends = [np.asarray(scores[name].unique(), dtype=float) for name in ("scale_min", "scale_max")]
    low, high = float(ends[0].min()), float(ends[1].max())
    return Scale(low, high) if math.isfinite(low) and math.isfinite(high) else Scale()


def range_of(name: str, own: Mapping[str, Any], scale: Scale) -> Range:
    """Between what an entry of a list may lie, in its own unit."""
    if name == "mean_scores":
        return scale.low, scale.high
    if name == "differences":
        width = {"win_rate": 1.0, "score": scale.width}.get(str(own.get("of")), math.inf)
        return -width, width
    if name == "human_level":
        kinds = {"parity": (0.0, 200.0), "ratio_of_means": scale.ratio, "common_baseline": POSITIVE}
        return kinds.get(str(own.get("definition")), POSITIVE if math.isfinite(scale.width) else ANY)
    return {
        "strength": (-3.0, 3.0),
        "drift": (-1.0, 1.0),
        "error_ratios": POSITIVE,
        "lengths": POSITIVE,
    }.get(name, ANY)


def scales_of(scores: pd.DataFrame | None) -> dict[str, Scale]:
    """The scale of each criterion of the used scores."""
    if scores is None:
        return {}
    return {name: scale_of(scores[scores["criterion"] == name]) for name in scores["criterion"].unique()}


def within(
    lists: Mapping[str, Sequence[Entry]], scales: Scale | Mapping[str, Scale]
) -> dict[str, list[Entry]]:
    """The lists with every limit inside the range of its quantity. `scales` are by criterion, or one."""

    def scale(entry: Entry) -> Scale:
        return scales if isinstance(scales, Scale) else scales.get(entry.criterion, Scale())

    return {
        name: [_cut(entry, range_of(name, entry.own, scale(entry))) for entry in entries]
        for name, entries in lists.items()
    }


def _cut(entry: Entry, ends: Range) -> Entry:
    """An estimate that an adjustment carried out of the range keeps its limits: they hold it."""
    if ends == ANY or entry.estimate is None or not ends[0] <= entry.estimate <= ends[1]:
        return entry
    values = {**entry.own, **{key: getattr(entry, key) for key in ("low", "high", "other_low", "other_high")}}
    found = {}
    for pair in PAIRS:
        for key in pair:
            value = values.get(key)
            if value is not None and not ends[0] <= value <= ends[1]:
                found[key] = min(max(value, ends[0]), ends[1])
    if not found:
        return entry
    own = {**entry.own, **{key: value for key, value in found.items() if key in entry.own}}
    limits = {key: value for key, value in found.items() if key not in entry.own}
    return replace(entry, own=own, method=steps(entry.method, CUT), **limits)  # type: ignore[arg-type]
