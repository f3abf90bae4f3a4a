"""What numbers allow of the signs of attention: which careless raters a seat is too short to tell. Pure.

The numbers come from the table of docs/statistics.md (`python -m analysis.stats.attention_rates`): from them
on nine in ten of a careless kind are found with the shipped thresholds.
"""

from dataclasses import dataclass
from math import ceil

LEAST_MEASURED = 3
"""Pairs, or scripts alone, for what was measured of reading."""
LEAST_SIDED, LEAST_SIDED_ALONE, LEAST_SCORED = 4, 5, 6
"""Pairs with further answers and without, and scripts alone, for who always gives one answer."""
ANSWER, SCORES, KNOWN, ENOUGH = 1.0, 1.85, 1.9, 22.0
"""What tells chance from judging: of each pair the weight of a further criterion and of the scores, and the
weight of a check or a repeated pair; and how much of it finds nine in ten."""


@dataclass(frozen=True, slots=True)
class SeatWorkload:
    """What one rater is asked: main pairs (or scripts alone), criteria, and what is placed besides."""

    pairs: int
    criteria: int
    scores: bool
    checks: int = 0
    repeats: int = 0
    alone: bool = False

    @property
    def everything(self) -> int:
        return self.pairs + self.checks + self.repeats


def undetectable_kinds(asked: SeatWorkload) -> tuple[str, ...]:
    """Of `random`, `one_side` and `unread` (too fast, never scrolling) those that cannot be told."""
    found = []
    if asked.alone or _weight(asked) < ENOUGH:
        found.append("random")
    more = asked.criteria > 1 or asked.scores
    least = LEAST_SCORED if asked.alone else LEAST_SIDED if more else LEAST_SIDED_ALONE
    if asked.everything < least:
        found.append("one_side")
    if asked.everything < LEAST_MEASURED:
        found.append("unread")
    return tuple(found)


def missing_known_answers(asked: SeatWorkload) -> int:
    """How many checks or repeated pairs more would tell a rater who answers at random."""
    return ceil(max(0.0, ENOUGH - _weight(asked)) / (KNOWN + ANSWER * (asked.criteria - 1)))


def _weight(asked: SeatWorkload) -> float:
    criteria = ANSWER * (asked.criteria - 1) * asked.everything
    scores = SCORES * asked.pairs if asked.scores else 0.0
    return criteria + scores + KNOWN * (asked.checks + asked.repeats)
