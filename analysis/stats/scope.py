"""What every estimator is given: the counted judgments or scores of one criterion and one language, and the
plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.stats.cells import Cells, Names
from analysis.stats.plan import Plan


@dataclass(frozen=True, eq=False)
class Scope:
    """The judgments of one criterion in one language. Systems are codes in the order of `names.systems`."""

    criterion: str
    language: str | None
    cells: Cells
    plan: Plan

    @property
    def names(self) -> Names:
        return self.cells.names

    @property
    def where(self) -> str:
        """How warnings name the scope."""
        return f"{self.criterion}, {self.language}" if self.language else self.criterion

    @cached_property
    def present(self) -> tuple[int, ...]:
        """Codes of the systems that were judged here."""
        return tuple(np.union1d(self.cells.left, self.cells.right).tolist())

    @property
    def humans(self) -> tuple[int, ...]:
        return tuple(code for code in self.present if self.names.systems[code] in self.plan.human)

    @property
    def machines(self) -> tuple[int, ...]:
        return tuple(code for code in self.present if self.names.systems[code] not in self.plan.human)

    def name(self, code: int) -> str:
        return self.names.systems[code]

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Every two systems, in planned order."""
        for at, first in enumerate(self.present):
            for second in self.present[at + 1 :]:
                yield first, second
