"""What every estimator is given: the counted judgments or scores of one criterion and one language, and the
plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.stats.bootstrap import JudgmentBootstrap
from analysis.stats.cells import Cells, Names
from analysis.stats.davidson import MOST_SYSTEMS
from analysis.stats.plan import Plan

MOST_PAIRS = MOST_SYSTEMS * (MOST_SYSTEMS - 1) // 2


@dataclass(frozen=True, eq=False)
class Scope:
    """The judgments of one criterion in one language. Systems are codes in the order of `names.systems`.

    `boot` gives the replicates of a second opinion, if one is wanted.
    """

    criterion: str
    language: str | None
    cells: Cells
    plan: Plan
    boot: JudgmentBootstrap | None = None

    @property
    def names(self) -> Names:
        return self.cells.names

    @property
    def places(self) -> tuple[tuple[str, str | None]]:
        """How warnings name the scope."""
        return ((self.criterion, self.language),)

    @property
    def where(self) -> str:
        """The name of the scope's random numbers."""
        return f"{self.criterion}, {self.language}" if self.language else self.criterion

    @cached_property
    def present(self) -> tuple[int, ...]:
        """Codes of the systems that were judged here."""
        return tuple(np.union1d(self.cells.left, self.cells.right).tolist())

    @cached_property
    def humans(self) -> tuple[int, ...]:
        return tuple(code for code in self.present if self.names.systems[code] in self.plan.human)

    @cached_property
    def machines(self) -> tuple[int, ...]:
        return tuple(code for code in self.present if self.names.systems[code] not in self.plan.human)

    def name(self, code: int) -> str:
        return self.names.systems[code]

    @cached_property
    def machine_set(self) -> frozenset[int]:
        return frozenset(self.machines)

    @property
    def many(self) -> bool:
        """Whether there are too many systems for what compares each with each."""
        return len(self.present) > MOST_SYSTEMS

    def met(self, system: int) -> list[int]:
        """The systems that were compared with this one, in planned order."""
        return sorted(self.cells.pairs.opponents.get(system, ()))

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Every two systems, in planned order."""
        for at, first in enumerate(self.present):
            for second in self.present[at + 1 :]:
                yield first, second
