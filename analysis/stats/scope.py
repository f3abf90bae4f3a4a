"""What every estimator is given: the counted judgments or scores of one criterion and one language, and the
plan. Checks that pairs and single scripts have in common take either kind of scope.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import pandas as pd

from analysis.stats.abilities.davidson import MOST_SYSTEMS
from analysis.stats.bootstrap import JudgmentBootstrap
from analysis.stats.cells import Cells, Names, ScoreCells, count_cells, score_cells
from analysis.stats.coded_columns import codes
from analysis.stats.linear import Ints
from analysis.stats.plan import Plan

MOST_PAIRS = MOST_SYSTEMS * (MOST_SYSTEMS - 1) // 2
POINTS = {"left": 1, "tie": 0, "neither": 0, "right": -1}


COUNTED = (
    "rater", "item", "series", "left_system", "right_system", "choice", "left_length", "right_length",
)  # fmt: skip


@dataclass(frozen=True)
class ScriptColumns:
    """The columns of a table about one script of a row."""

    system: str
    script: str
    length: str
    knew: str
    guess: str
    guess_confidence: str
    read_s: str
    share_read: str


ALONE = ScriptColumns(
    "system", "script", "length", "knew", "guess", "guess_confidence", "read_s", "share_read"
)
SIDES = tuple(
    ScriptColumns(
        f"{side}_system",
        f"{side}_script",
        f"{side}_length",
        f"knew_{side}",
        f"guess_{side}",
        f"guess_{side}_confidence",
        f"read_{side}_s",
        f"share_read_{side}",
    )
    for side in ("left", "right")
)


def script_columns(rows: pd.DataFrame) -> tuple[ScriptColumns, ...]:
    """Of a row's scripts: both of a judgment, or the one of a score."""
    return SIDES if "left_system" in rows else (ALONE,)


@dataclass(frozen=True, eq=False)
class _Scope(ABC):
    """What both kinds have. Systems are codes in the order of `names.systems`."""

    criterion: str
    language: str | None
    cells: Any
    plan: Plan

    @property
    def names(self) -> Names:
        return cast(Names, self.cells.names)

    @property
    def places(self) -> tuple[tuple[str, str | None]]:
        """How warnings name the scope."""
        return ((self.criterion, self.language),)

    @property
    @abstractmethod
    def present(self) -> tuple[int, ...]:
        """Codes of the systems that have rows here."""

    @cached_property
    def humans(self) -> tuple[int, ...]:
        return tuple(code for code in self.present if self.names.systems[code] in self.plan.human)

    @cached_property
    def machines(self) -> tuple[int, ...]:
        return tuple(code for code in self.present if self.names.systems[code] not in self.plan.human)

    def name(self, code: int) -> str:
        return self.names.systems[code]

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Every two systems, in planned order."""
        for at, first in enumerate(self.present):
            for second in self.present[at + 1 :]:
                yield first, second


@dataclass(frozen=True, eq=False)
class Scope(_Scope):
    """The judgments of one criterion in one language.

    `boot` gives the replicates of a second opinion, if one is wanted.
    """

    cells: Cells
    boot: JudgmentBootstrap | None = None

    @property
    def where(self) -> str:
        """The name of the scope's random numbers."""
        return f"{self.criterion}, {self.language}" if self.language else self.criterion

    @cached_property
    def present(self) -> tuple[int, ...]:
        return tuple(np.union1d(self.cells.left, self.cells.right).tolist())

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

    def met_of(self, system: int, others: Sequence[int]) -> list[int]:
        """Those of `others` that were compared with this system."""
        return self.cells.pairs.met(system, others)

    def count(self, rows: pd.DataFrame, names: Names) -> Cells:
        """Count rows of the scope's criterion and language."""
        return count_cells(rows[list(COUNTED)], names)


@dataclass(frozen=True, eq=False)
class ScoreScope(_Scope):
    """The scores of scripts that were read alone, on one criterion in one language."""

    cells: ScoreCells

    @property
    def present(self) -> tuple[int, ...]:
        return self.cells.present

    def met_of(self, system: int, others: Sequence[int]) -> list[int]:
        """All of them: each score of one is a comparison with the mean of the other."""
        return list(others)

    def count(self, rows: pd.DataFrame, names: Names) -> ScoreCells:
        """Average rows of the scope's criterion and language."""
        return score_cells(rows, names, self.cells.context)


AnyScope = Scope | ScoreScope


@dataclass(frozen=True, eq=False)
class PairRows:
    """Rows of judgments of one criterion and language as codes, one element a row.

    `sign` is 1 where the left script won, -1 where it lost, 0 for tie and neither.
    """

    frame: pd.DataFrame
    names: Names

    @cached_property
    def rater(self) -> Ints:
        return codes(self.frame["rater"], self.names.raters)

    @cached_property
    def item(self) -> Ints:
        return codes(self.frame["item"], self.names.items)

    @cached_property
    def left(self) -> Ints:
        return codes(self.frame["left_system"], self.names.systems)

    @cached_property
    def right(self) -> Ints:
        return codes(self.frame["right_system"], self.names.systems)

    @cached_property
    def sign(self) -> Ints:
        of = np.array(list(POINTS.values()), dtype=np.int64)
        return of[codes(self.frame["choice"], tuple(POINTS))]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Every two systems that met, in planned order."""
        return list(self._by_pair)

    def rows_between(self, system: int, other: int) -> tuple[Ints, Ints]:
        """The rows in which two systems met, and per such row 1 where `system` won, -1 where it lost."""
        at = self._by_pair.get((min(system, other), max(system, other)), np.zeros(0, dtype=np.int64))
        return at, np.where(self.left[at] == system, self.sign[at], -self.sign[at])

    @cached_property
    def _by_pair(self) -> dict[tuple[int, int], Ints]:
        k = len(self.names.systems)
        pair = np.minimum(self.left, self.right) * k + np.maximum(self.left, self.right)
        order = np.argsort(pair.astype(np.int16) if k <= 181 else pair, kind="stable")
        sorted_pairs = pair[order]
        starts = np.flatnonzero(np.diff(sorted_pairs, prepend=-1))
        parts = np.split(order, starts[1:]) if starts.size else []
        found = sorted_pairs[starts].tolist()
        return {divmod(code, k): part for code, part in zip(found, parts, strict=True)}


def contrasts(scope: AnyScope) -> list[tuple[int, int]]:
    """Every machine over every human system that it met here, and the planned contrasts, each pair once."""
    found = [(system, human) for system in scope.machines for human in scope.met_of(system, scope.humans)]
    present = {scope.name(code) for code in scope.present}
    planned = []
    for pair in scope.plan.contrasts:
        if set(pair) <= present:
            one, two = (scope.names.systems.index(name) for name in pair)
            if {one, two} not in [set(other) for other in found] and scope.met_of(one, [two]):
                planned.append((one, two))
    return [*planned, *found]
