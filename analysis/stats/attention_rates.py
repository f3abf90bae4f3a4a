"""How many careless raters of each kind the signs of attention find, and how many honest ones they point out.

    python -m analysis.stats.attention_rates [--studies 400] [--seed 1]

prints the table of docs/statistics.md: studies of 23 raters, of whom 20 are honest (ten slow readers, five
usual, five brisk) and one is of each careless kind, through the same code as the report. A cell with a star
is below nine in ten of a careless kind, or above one in twenty of an honest one.

Honest raters judge as simulated ones do elsewhere: a script's worth is that of its system, of item and system
(sd 0.7) and of rater and system (0.4), with logistic noise and a lean of 0.2 to the left. A damaged script is
2.5 logits worse (sd 0.7 between raters), so that about one check in eight is not passed. Scripts have 900
words (log sd 0.25). The page measures as the real one does: time without a movement for a minute is not
counted, so that slow readers of long screens lose some.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.stats.attention.report import find_signs
from analysis.stats.cells import name_codes
from analysis.stats.linear import Floats
from analysis.stats.plan import Plan
from analysis.stats.tables import tables_from_frames

SYSTEMS = ("north", "south", "east", "people")
PAIRS = tuple((one, two) for one in range(4) for two in range(one + 1, 4))
KNOWN_WORSE = "check:damaged"
HONEST = ("slow", "usual", "brisk")
CARELESS = ("one_side", "too_fast", "never_scrolling")
WORDS_PER_MINUTE = {"slow": 150.0, "usual": 240.0, "brisk": 400.0}
WORDS = 900.0
IDLE_S = 60.0
GLANCE_S = 40.0
"""Median visible time of a whole pair for those who are too fast."""
ORDINARY = {"slow": 10, "usual": 5, "brisk": 5, **dict.fromkeys(CARELESS, 1)}
PLANS = ((4, 0), (6, 0), (8, 0), (12, 0), (12, 2), (24, 0), (24, 4), (40, 0), (40, 6))
"""Main pairs and checks of a rater."""
FOUND, MISTAKEN = 0.9, 0.05


@dataclass(frozen=True)
class Setting:
    """One study: raters by kind, and main `pairs` and `checks` for each of them."""

    raters: Mapping[str, int]
    pairs: int
    checks: int = 0

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, count in self.raters.items() for _ in range(count)]


def careless_study(rng: np.random.Generator, setting: Setting) -> tuple[pd.DataFrame, dict[str, str]]:
    """Draw one study: its judgments, and the kind of each rater."""
    quality = rng.normal(0, 0.8, 4)
    worth = quality + rng.normal(0, 0.7, (setting.pairs, 4))
    length = WORDS * rng.lognormal(0, 0.25, (setting.pairs + setting.checks, 4))
    rows: list[dict[str, object]] = []
    kinds = {}
    for number, kind in enumerate(setting.kinds):
        name = f"rater-{number:03d}"
        kinds[name] = kind
        _one_rater(rng, setting, kind, number, name, worth, length, rows)
    return pd.DataFrame(rows), kinds


def _one_rater(
    rng: np.random.Generator,
    setting: Setting,
    kind: str,
    number: int,
    name: str,
    worth: Floats,
    length: Floats,
    rows: list[dict[str, object]],
) -> None:
    reader = _Reader.drawn(rng, kind)
    own = worth + rng.normal(0, 0.4, 4)
    seen = 2.5 + rng.normal(0, 0.7)
    sides = rng.permutation(np.arange(setting.pairs) % 2)
    order = rng.permutation(setting.pairs + setting.checks)
    for position, at in enumerate(order.tolist(), 1):
        if at < setting.pairs:
            left, right = PAIRS[(number + at) % 6]
            if sides[at]:
                left, right = right, left
            gap = own[at, left] - own[at, right]
            pair = _Pair(f"item-{at:03d}", "main", SYSTEMS[left], SYSTEMS[right], gap)
        else:
            left, right = 0, 1
            worse_left = bool(rng.integers(2))
            names = (KNOWN_WORSE, "check:original") if worse_left else ("check:original", KNOWN_WORSE)
            gap = -seen if worse_left else seen
            pair = _Pair(f"check-{at:03d}", "check", *names, gap)
        words = (float(length[at, left]), float(length[at, right]))
        rows.append(_row(rng, reader, name, position, pair, words))


@dataclass(frozen=True)
class _Pair:
    item: str
    kind: str
    left: str
    right: str
    gap: float


@dataclass(frozen=True)
class _Reader:
    """A rater: words per minute, words that fit on the screen, how often a script is not read to its end."""

    kind: str
    speed: float
    screen: float
    stops: float
    side: str

    @classmethod
    def drawn(cls, rng: np.random.Generator, kind: str) -> "_Reader":
        return cls(
            kind,
            WORDS_PER_MINUTE.get(kind, 240.0) * float(rng.lognormal(0, 0.2)),
            float(rng.uniform(70, 250)),
            float(rng.beta(1, 8)),
            str(rng.choice(["left", "right"])),
        )

    def reads(self, rng: np.random.Generator, words: tuple[float, float]) -> tuple[Floats, Floats]:
        """Seconds as the page measures them, and the shares that came into view, for two scripts."""
        length = np.array(words)
        share = np.where(rng.random(2) < self.stops, rng.uniform(0.4, 1, 2), 1.0)
        if self.kind == "never_scrolling":
            share = np.minimum(1.0, self.screen / length)
        elif self.kind == "too_fast":
            share = rng.uniform(0.6, 1, 2)
            parts = rng.dirichlet([4, 4])
            return np.round(GLANCE_S * rng.lognormal(0, 0.4) * parts), np.round(share, 3)
        screen = min(self.screen * 60 / self.speed, IDLE_S)
        seconds = length * share / self.screen * screen * rng.lognormal(0, 0.15, 2)
        return np.round(seconds), np.round(share, 3)

    def choice(self, rng: np.random.Generator, gap: float) -> str:
        latent = gap + 0.2 + float(rng.logistic())
        if self.kind == "one_side":
            return self.side
        return "tie" if abs(latent) < 0.45 else "left" if latent > 0 else "right"


def _row(
    rng: np.random.Generator,
    reader: _Reader,
    name: str,
    position: int,
    pair: _Pair,
    words: tuple[float, float],
) -> dict[str, object]:
    seconds, share = reader.reads(rng, words)
    return {
        "item": pair.item, "language": "en", "rater": name, "kind": pair.kind, "position": position,
        "left_system": pair.left, "right_system": pair.right, "seconds": round(float(seconds.sum()) + 40),
        "read_left_s": seconds[0], "read_right_s": seconds[1], "share_read_left": share[0],
        "share_read_right": share[1], "left_length": round(words[0]), "right_length": round(words[1]),
        "criterion": "overall", "choice": reader.choice(rng, pair.gap),
    }  # fmt: skip


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
        judgments, kinds = careless_study(np.random.default_rng([seed, study]), setting)
        tables = tables_from_frames(judgments)
        assert tables.judgments is not None
        attended = find_signs(tables, name_codes([tables.judgments], tables.systems()), plan)
        assert attended is not None
        raters.update(kinds.values())
        for code, name in enumerate(attended.raters):
            raised = attended.found.raised(code)
            flagged[kinds[name]] += bool(raised)
            signs[kinds[name]].update(raised)
    return {kind: Rate(count, flagged[kind], signs[kind]) for kind, count in raters.items()}


def lines(studies: int, seed: int) -> Iterator[str]:
    """The table, in Markdown."""
    kinds = (*CARELESS, *HONEST)
    yield f"| pairs | checks | {' | '.join(kinds)} |"
    yield f"| ---: | ---: | {' | '.join('---:' for _ in kinds)} |"
    for pairs, checks in PLANS:
        found = rates(Setting(ORDINARY, pairs, checks), studies, seed)
        cells = " | ".join(_cell(kind, found[kind].share) for kind in kinds)
        yield f"| {pairs} | {checks} | {cells} |"


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
