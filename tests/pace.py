"""How fast this machine is, for tests that bound the time of the processor; and how many examples are taken.

A limit tells a text that is read in time from one that is not, and says nothing of machines: on one that does
the same work half as fast, it is twice as long.
"""

import re
import time
from collections import Counter
from functools import cache

TEXT = "A lamp is lit, and nobody speaks. " * 40_000
USUAL_S = 0.045
"""What the work below takes where the limits were set."""


EVERYDAY = 4
"""The share of the examples of a property that is taken where the slow tests are left out."""
share = 1


def examples(number: int) -> int:
    """How many examples of a property to take: all in CI, a quarter (but three) in `make test`."""
    return max(number // share, min(number, 3))


def seconds(limit: float) -> float:
    """A limit in seconds of the processor, as long as this machine needs it; never shorter than told."""
    return limit * slowness()


@cache
def slowness() -> float:
    return max(1.0, min(_work() for _ in range(3)) / USUAL_S)


def _work() -> float:
    began = time.process_time()
    counts = Counter(word.lower() for word in re.findall(r"\w+", TEXT))
    assert counts["lamp"] == 40_000
    return time.process_time() - began
