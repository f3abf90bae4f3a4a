"""An estimate together with what each observation adds to it: all that a cluster-robust interval needs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOISE = 1e-12
DENSE = 8  # a grid of at most this many places per row is counted rather than sorted
SMALL = 65_536  # and one of at most this many places always


@dataclass(frozen=True, eq=False)
class Linear:
    """`value` and its influence `phi` per observation (an estimate minus its truth is about the sum of phi).

    `rater`, `item` and `series` are codes per observation, the same codes throughout one analysis; a series
    of -1 is not known. `n` counts the rows behind the value.
    """

    value: float
    phi: Floats
    rater: Ints
    item: Ints
    series: Ints
    n: int
    rows: Ints | None = None
    """How many rows each observation sums up, where the value is their plain mean."""

    @cached_property
    def raters(self) -> int:
        return distinct(self.rater)

    @cached_property
    def items(self) -> int:
        return distinct(self.item)

    @cached_property
    def series_known(self) -> bool:
        return bool(self.series.size) and bool((self.series >= 0).all())

    def clusters(self, by: str) -> Ints:
        """Codes of the item cluster: `item` or `series`."""
        return self.series if by == "series" else self.item


def without_noise(value: float) -> float:
    """0 for what is rounding alone, so that the same table gives the same bytes on another processor.

    For differences and centred numbers of ordinary size; never for p values.
    """
    return 0.0 if abs(value) < NOISE else value


def distinct(codes: Ints) -> int:
    """How many different non-negative codes there are."""
    return int(np.count_nonzero(np.bincount(codes))) if codes.size else 0


def crossed(first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """The different places of two crossed codes, in their order: of every row its place, of every place the
    last of its rows."""
    if not first.size:
        return first, first
    width = int(second.max()) + 1
    key, size = first * width + second, (int(first.max()) + 1) * width
    if size <= max(SMALL, DENSE * key.size):
        row = np.full(size, -1, dtype=np.int64)
        row[key] = np.arange(key.size)
        there = row >= 0
        return (np.cumsum(there) - 1)[key], row[there]
    found, at = np.unique(key, return_inverse=True)
    row = np.empty(found.size, dtype=np.int64)
    row[at] = np.arange(key.size)
    return at, row


def combine(weights: Sequence[float], parts: Sequence[Linear], n: int | None = None) -> Linear:
    """The weighted sum of estimates that may share raters, items and rows. `n` where rows would count
    twice.

    The influence of the sum is by rater and item: all that clustering needs.
    """
    value = float(sum(weight * part.value for weight, part in zip(weights, parts, strict=True)))
    total = sum(part.n for part in parts) if n is None else n
    first = parts[0]
    scaled = [weight * part.phi for weight, part in zip(weights, parts, strict=True)]
    if all(part.rater is first.rater and part.item is first.item for part in parts):
        return Linear(value, np.sum(scaled, axis=0), first.rater, first.item, first.series, total)
    rater = np.concatenate([part.rater for part in parts])
    item = np.concatenate([part.item for part in parts])
    series = np.concatenate([part.series for part in parts])
    place, row = crossed(rater, item)
    phi = np.bincount(place, weights=np.concatenate(scaled), minlength=row.size)
    return Linear(value, phi, rater[row], item[row], series[row], total)


def side_by_side(first: Linear, second: Linear) -> tuple[Floats, Linear]:
    """The influences of two estimates by place (places x 2), and where the places are, as their
    difference."""
    both = combine((1, -1), (first, second))
    if both.rater is first.rater:
        return np.stack([first.phi, second.phi], axis=1), both
    nothing = [Linear(0.0, 0 * part.phi, part.rater, part.item, part.series, 0) for part in (first, second)]
    phi = [combine((1, 1), parts).phi for parts in ((first, nothing[1]), (nothing[0], second))]
    return np.stack(phi, axis=1), both


@dataclass(frozen=True, eq=False)
class Pooled:
    """The mean of the same estimate in several languages, each with the same weight.

    The parts stay apart, for clusters and degrees of freedom are counted per language. Codes of raters and
    items are common to the parts, so that a rater who judges in two languages is known as one person.
    """

    parts: tuple[Linear, ...]

    @property
    def value(self) -> float:
        return sum(part.value for part in self.parts) / len(self.parts)

    @property
    def n(self) -> int:
        return sum(part.n for part in self.parts)

    @property
    def raters(self) -> int:
        return distinct(np.concatenate([part.rater for part in self.parts]))

    @property
    def items(self) -> int:
        return distinct(np.concatenate([part.item for part in self.parts]))

    @property
    def series(self) -> Ints:
        return np.concatenate([part.series for part in self.parts])

    @property
    def series_known(self) -> bool:
        return all(part.series_known for part in self.parts)


def negated(estimate: Linear | Pooled) -> Linear | Pooled:
    """The same estimate with the opposite sign."""
    if isinstance(estimate, Pooled):
        return Pooled(tuple(combine((-1,), (part,)) for part in estimate.parts))
    return combine((-1,), (estimate,))


@dataclass(frozen=True, eq=False)
class Ratio:
    """One mean over another; `n` counts the rows behind both."""

    top: Linear
    bottom: Linear
    n: int

    @property
    def value(self) -> float:
        return self.top.value / self.bottom.value

    def linear(self) -> Linear:
        """The ratio by the delta method."""
        return self._delta

    @cached_property
    def _delta(self) -> Linear:
        return _ratio_part(self.top, self.bottom, self.value, self.bottom.value, self.n)


def _ratio_part(top: Linear, bottom: Linear, value: float, divisor: float, n: int) -> Linear:
    """What two means add to a ratio of this value over `divisor`, by the delta method."""
    return replace(combine((1 / divisor, -value / divisor), (top, bottom), n=n), value=value)


@dataclass(frozen=True, eq=False)
class PooledRatio:
    """One pooled mean over another; `n` counts the rows behind both."""

    top: Pooled
    bottom: Pooled
    n: int

    @property
    def value(self) -> float:
        return self.top.value / self.bottom.value

    def linear(self) -> Pooled:
        """The ratio by the delta method, as the mean of what the languages add to it."""
        pairs, value, bottom = (
            zip(self.top.parts, self.bottom.parts, strict=True),
            self.value,
            self.bottom.value,
        )
        return Pooled(tuple(_ratio_part(a, b, value, bottom, a.n + b.n) for a, b in pairs))

    def minus(self, value: float) -> Pooled:
        """The numerator less `value` times the denominator."""
        pairs = zip(self.top.parts, self.bottom.parts, strict=True)
        return Pooled(tuple(combine((1, -value), pair) for pair in pairs))
