"""How many careless raters of each kind the signs of attention find, and how many honest ones they point out.

    python -m analysis.stats.attention_rates [--studies 400] [--seed 1]

prints the table of docs/statistics.md: studies of 24 raters, of whom 20 are honest (ten slow readers, five
usual, five brisk) and one is of each careless kind, through the same code as the report. A cell with a star
is below nine in ten of a careless kind, or above one in twenty of an honest one.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.stats.careless import CARELESS, HONEST, KNOWN_WORSE, Setting, careless_study
from analysis.stats.cells import name_codes
from analysis.stats.plan import Plan
from analysis.stats.sections.attention_entries import attend
from analysis.stats.tables import tables_from_frames

BESIDE = ("random_together",)
"""Further kinds, in studies of their own."""
ORDINARY = {"slow": 10, "usual": 5, "brisk": 5, **dict.fromkeys(CARELESS, 1)}
OTHERS = {"slow": 10, "usual": 5, "brisk": 5, "random_together": 4}
QUESTIONS = {(4, True): "four, scores", (1, True): "one, scores", (1, False): "one"}
PLANS: Mapping[tuple[int, bool], Sequence[tuple[int, int, int]]] = {
    (4, True): ((4, 0, 0), (4, 1, 1), (6, 0, 0), (12, 0, 0), (12, 2, 1), (24, 0, 0), (24, 4, 2), (40, 6, 2)),
    (1, True): ((6, 0, 0), (12, 0, 0), (12, 2, 1), (24, 0, 0), (24, 4, 2), (40, 6, 2)),
    (1, False): (
        (4, 0, 0), (6, 0, 0), (12, 0, 0), (12, 2, 1), (12, 6, 3), (24, 0, 0), (24, 4, 2), (24, 8, 4),
        (40, 0, 0), (40, 10, 6),
    ),
}  # fmt: skip
"""By criteria and scores the designs: main pairs, checks and repeated pairs."""
FOUND, MISTAKEN = 0.9, 0.05


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
    for (criteria, scores), plans in PLANS.items():
        for pairs, checks, repeats in plans:
            yield Setting(raters, pairs, checks, repeats, criteria, scores)


def lines(studies: int, seed: int) -> Iterator[str]:
    """The table, in Markdown."""
    kinds = (*CARELESS, *HONEST, *BESIDE)
    yield f"| questions | pairs | checks, repeats | {' | '.join(kinds)} |"
    yield f"| --- | --- | --- | {' | '.join('---:' for _ in kinds)} |"
    for setting, other in zip(settings(ORDINARY), settings(OTHERS), strict=True):
        found = rates(setting, studies, seed)
        beside = rates(other, max(1, studies // 4), seed + 1)
        found |= {kind: beside[kind] for kind in BESIDE}
        cells = " | ".join(_cell(kind, found[kind].share) for kind in kinds)
        asked = QUESTIONS[setting.criteria, setting.scores]
        yield f"| {asked} | {setting.pairs} | {setting.checks}, {setting.repeats} | {cells} |"


def _cell(kind: str, share: float) -> str:
    missed = (kind in CARELESS and share < FOUND) or (kind in HONEST and share > MISTAKEN)
    return f"{100 * share:.1f}{'*' * missed}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Rates at which signs of attention point raters out.")
    parser.add_argument("--studies", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    for line in lines(given.studies, given.seed):
        print(line, flush=True)


if __name__ == "__main__":
    main()
