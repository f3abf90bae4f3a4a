"""Weights for the bootstrap: one draw for all numbers of an analysis.

Independent exponential weights on raters and on items (Owen & Eckles 2012, Bootstrapping data arrays of
arbitrary order), so that no replicate loses a system. Each rater's and item's weights come from the seed and
its own name: somebody who has no row in a contrast cannot change it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.messages import Message, message
from analysis.stats.linear import NOISE, Floats

Replicates = Callable[[], Floats | None]  # an estimate in every replicate; None where that cannot be had


def named_generator(seed: int, *name: str) -> np.random.Generator:
    """A generator for one named purpose."""
    digest = hashlib.sha256("\x1f".join(name).encode()).digest()
    words = np.frombuffer(digest[:16], dtype="<u4")
    return np.random.default_rng([seed, *words.tolist()])


def exponential_weights(seed: int, kind: str, names: Sequence[str], replicates: int) -> Floats:
    """replicates x names."""
    if not names:
        return np.ones((replicates, 0))
    rows = [named_generator(seed, kind, name).standard_exponential(replicates) for name in names]
    return np.ascontiguousarray(np.stack(rows).T)


@dataclass(frozen=True)
class Draw:
    """The weights of one analysis, made when they are first asked for."""

    seed: int
    replicates: int
    raters: tuple[str, ...]
    items: tuple[str, ...]
    series: tuple[str, ...] = ()

    @cached_property
    def rater_weights(self) -> Floats:
        return exponential_weights(self.seed, "rater", self.raters, self.replicates)

    @cached_property
    def item_weights(self) -> Floats:
        return exponential_weights(self.seed, "item", self.items, self.replicates)

    @cached_property
    def series_weights(self) -> Floats:
        return exponential_weights(self.seed, "series", self.series, self.replicates)


def percentile_limits(values: Floats, level: float) -> tuple[float, float] | None:
    """The middle `level` of the replicates that could be computed; None where too few could."""
    known = values[np.isfinite(values)]
    if known.size < 0.9 * values.size:
        return None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def bootstrap_limits(values: Floats, level: float) -> tuple[tuple[float, float] | None, Message | None]:
    """The percentile limits, or None with the reason; replicates that are all the same show no error."""
    limits = percentile_limits(values, level)
    if limits is None:
        return None, message("undefined_replicates")
    if limits[1] - limits[0] <= NOISE:
        return None, message("no_variation")
    return limits, None
