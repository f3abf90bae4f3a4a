"""An estimate together with what each observation adds to it: all that a cluster-robust interval needs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOISE = 1e-12


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

    @property
    def raters(self) -> int:
        return distinct(self.rater)

    @property
    def items(self) -> int:
        return distinct(self.item)

    @property
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


def combine(weights: Sequence[float], parts: Sequence[Linear], n: int | None = None) -> Linear:
    """The weighted sum of estimates that may share raters, items and rows. `n` where rows would count
    twice."""
    return Linear(
        value=float(sum(weight * part.value for weight, part in zip(weights, parts, strict=True))),
        phi=np.concatenate([weight * part.phi for weight, part in zip(weights, parts, strict=True)]),
        rater=np.concatenate([part.rater for part in parts]),
        item=np.concatenate([part.item for part in parts]),
        series=np.concatenate([part.series for part in parts]),
        n=sum(part.n for part in parts) if n is None else n,
    )


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
        bottom = self.bottom.value
        parts = combine((1 / bottom, -self.value / bottom), (self.top, self.bottom), n=self.n)
        return Linear(self.value, parts.phi, parts.rater, parts.item, parts.series, self.n)
