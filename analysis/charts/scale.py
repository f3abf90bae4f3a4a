"""From values to places: the range of an axis and its ticks."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from analysis.render import numbers


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high` between two places, with its ticks and what they say."""

    low: float
    high: float
    left: float
    right: float
    ticks: tuple[tuple[float, str], ...]

    def at(self, value: float) -> float:
        """The place of a value; what lies outside stands at the edge."""
        share = (value - self.low) / (self.high - self.low)
        return self.left + min(max(share, 0), 1) * (self.right - self.left)


def percent(left: float, right: float, unit: str = "") -> Scale:
    """Proportions from 0 to 1, in percent."""
    ticks = tuple((at / 100, f"{at}{unit if at == 100 else ''}") for at in (0, 25, 50, 75, 100))
    return Scale(0, 1, left, right, ticks)


def around(values: Sequence[float], left: float, right: float, *, keep: Sequence[float] = ()) -> Scale:
    """Whole steps around all values and around what has to be on the axis; a mark never sits on an edge."""
    low, high = min([*values, *keep]), max([*values, *keep])
    room = (high - low or abs(high) or 1) * 0.03
    least = 0.0 if low >= 0 else low - room
    low, high = max(low - room * (low not in keep), least), high + room * (high not in keep)
    high = high if high > low else low + 1
    step = _step(high - low)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    digits = max(0, -floor(log10(step) + 1e-9))
    ticks = tuple((at * step, numbers.fixed(at * step, digits)) for at in range(first, last + 1))
    return Scale(first * step, last * step, left, right, ticks)


def _step(span: float) -> float:
    """1, 2 or 5 times a power of ten, for three to eight ticks."""
    power = 10.0 ** floor(log10(span / 4))
    return next(power * times for times in (1, 2, 5, 10) if span / (power * times) <= 6)
