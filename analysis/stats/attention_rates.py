"""How many careless raters the signs of attention find, and how many honest ones they point out.

    python -m analysis.stats.attention_rates [--studies 250] [--seed 1]

prints the table of docs/statistics.md: studies of 24 raters, of whom 20 are honest slow readers and one is of
each careless kind, through the same code as the report. The limits are those of the standard error.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.stats.careless import CARELESS, KNOWN_WORSE, Setting, careless_study
from analysis.stats.cells import name_codes
from analysis.stats.lists.attention_entries import attend
from analysis.stats.plan import Plan
from analysis.stats.tables import tables_from_frames

BESIDE = ("random_together", "usual", "brisk")
"""Further kinds, in studies of their own."""
SIZES = (12, 24, 40)
CHECKS: Mapping[int, tuple[int, int]] = {12: (2, 1), 24: (4, 2), 40: (6, 2)}
"""Checks and repeated pairs for so many main pairs."""
ORDINARY = {"slow": 20, **dict.fromkeys(CARELESS, 1)}
OTHERS = {"slow": 12, "usual": 4, "brisk": 4, "random_together": 4}


@dataclass(frozen=True)
class Rate:
    """Of `raters` of one kind how many were pointed out, in all and by sign."""

    raters: int
    flagged: int
    signs: Mapping[str, int]

    @property
    def share(self) -> float:
        return self.flagged / self.raters


def rates(setting: Setting, studies: int, seed: int) -> dict[str, Rate]:
    """By kind of rater, over so many drawn studies."""
    raters: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    signs: dict[str, Counter[str]] = {kind: Counter() for kind in setting.raters}
    plan = Plan(primary_criterion="overall", known_worse=(KNOWN_WORSE,))
    for study in range(studies):
        world = careless_study(np.random.default_rng([seed, study]), setting)
        tables = tables_from_frames(world.judgments, world.scores)
        assert tables.judgments is not None
        attended = attend(tables, name_codes([tables.judgments], tables.systems()), plan)
        assert attended is not None
        raters.update(world.kinds.values())
        for code, name in enumerate(attended.raters):
            raised = attended.found.raised(code)
            flagged[world.kinds[name]] += bool(raised)
            signs[world.kinds[name]].update(raised)
    return {kind: Rate(count, flagged[kind], signs[kind]) for kind, count in raters.items()}


def settings(raters: Mapping[str, int]) -> Iterator[Setting]:
    for full in (True, False):
        for pairs in SIZES:
            plain = Setting(raters, pairs, full=full)
            checks, repeats = CHECKS[pairs]
            yield plain
            yield replace(plain, checks=checks, repeats=repeats)


def lines(studies: int, seed: int) -> Iterator[str]:
    """The table, in Markdown."""
    kinds = (*CARELESS, "slow", *BESIDE)
    yield f"| questions | pairs | checks, repeats | {' | '.join(kinds)} |"
    yield f"| --- | --- | --- | {' | '.join('---:' for _ in kinds)} |"
    for setting, other in zip(settings(ORDINARY), settings(OTHERS), strict=True):
        found = rates(setting, studies, seed)
        beside = rates(other, max(1, studies // 4), seed + 1)
        found |= {kind: beside[kind] for kind in BESIDE}
        asked = "overall, three more, scores" if setting.full else "overall alone"
        cells = " | ".join(f"{100 * found[kind].share:.1f}" for kind in kinds)
        yield f"| {asked} | {setting.pairs} | {setting.checks}, {setting.repeats} | {cells} |"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Rates at which signs of attention point raters out.")
    parser.add_argument("--studies", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    for line in lines(given.studies, given.seed):
        print(line, flush=True)


if __name__ == "__main__":
    main()
