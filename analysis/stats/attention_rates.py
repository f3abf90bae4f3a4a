"""How many careless raters of each kind the signs of attention find, and how many honest ones they point out.

    python -m analysis.stats.attention_rates [--studies 400] [--seed 1]

prints the table of docs/statistics.md: studies of 24 raters, of whom 20 are honest (ten slow readers, five
usual, five brisk) and one is of each careless kind, through the same code as the report. A cell with a star
is below nine in ten of a careless kind, or above one in twenty of an honest one.

Honest raters judge as simulated ones do elsewhere: a script's worth is that of its system, of item and system
(sd 0.7) and of rater and system (0.4), with logistic noise and a lean of 0.2 to the left; other criteria and
scores follow with noise of their own. A damaged script is 2.5 logits worse (sd 0.7 between raters), so that
about one check in eight is not passed. Raters differ in how far criteria go their own way, and in how soon
they call a choice strong (log sd 0.4 each). Scripts have 900 words (log sd 0.25). The page measures as the
real one does: time without a movement for a minute is not counted, so that slow readers of long screens lose
some.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.stats.attention.report import find_signs
from analysis.stats.cells import name_codes
from analysis.stats.linear import Floats
from analysis.stats.plan import Plan
from analysis.stats.tables import tables_from_frames

SYSTEMS = ("north", "south", "east", "people")
PAIRS = tuple((one, two) for one in range(4) for two in range(one + 1, 4))
CRITERIA = ("overall", "dialogue", "character", "pacing")
KNOWN_WORSE = "check:damaged"
HONEST = ("slow", "usual", "brisk")
CARELESS = ("random", "one_side", "too_fast", "never_scrolling")
"""As they are to be found: random is every answer by itself. `random_together` draws one side for a pair and
has all else go along with it."""
WORDS_PER_MINUTE = {"slow": 150.0, "usual": 240.0, "brisk": 400.0}
WORDS = 900.0
IDLE_S = 60.0
GLANCE_S = 40.0
"""Median visible time of a whole pair for those who are too fast."""
ANSWERS = ("left", "right", "tie", "neither")
EXTRA_KINDS = ("random_together",)
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
class Setting:
    """One study: raters by kind, main `pairs` for each of them, and `checks` and `repeats` beside these.

    `criteria` counts the overall choice; `scores` asks a score of each script besides.
    """

    raters: Mapping[str, int]
    pairs: int
    checks: int = 0
    repeats: int = 0
    criteria: int = 4
    scores: bool = True

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, count in self.raters.items() for _ in range(count)]


@dataclass(frozen=True, eq=False)
class World:
    """The tables of one study, and the kind of each rater."""

    judgments: pd.DataFrame
    scores: pd.DataFrame | None
    kinds: Mapping[str, str]


@dataclass(eq=False)
class _Rows:
    judgments: list[dict[str, object]] = field(default_factory=list)
    scores: list[dict[str, object]] = field(default_factory=list)


def careless_study(rng: np.random.Generator, setting: Setting) -> World:
    """Draw one study."""
    quality = rng.normal(0, 0.8, 4)
    worth = quality + rng.normal(0, 0.7, (setting.pairs, 4))
    length = WORDS * rng.lognormal(0, 0.25, (setting.pairs + setting.checks, 4))
    rows = _Rows()
    kinds = {}
    for number, kind in enumerate(setting.kinds):
        name = f"rater-{number:03d}"
        kinds[name] = kind
        _one_rater(rng, setting, kind, number, name, worth, length, rows)
    scores = pd.DataFrame(rows.scores) if rows.scores else None
    judgments = pd.DataFrame(rows.judgments).astype({"strength": "Int64"})
    return World(judgments, scores, kinds)


def _one_rater(
    rng: np.random.Generator,
    setting: Setting,
    kind: str,
    number: int,
    name: str,
    worth: Floats,
    length: Floats,
    rows: _Rows,
) -> None:
    reader = _Reader.drawn(rng, kind)
    own = worth + rng.normal(0, 0.4, 4)
    seen = 2.5 + rng.normal(0, 0.7)
    sides = rng.permutation(np.arange(setting.pairs) % 2)
    order = rng.permutation(setting.pairs + setting.checks)
    done: list[tuple[int, int, int, float]] = []
    for position, at in enumerate(order.tolist(), 1):
        if at < setting.pairs:
            left, right = PAIRS[(number + at) % 6]
            if sides[at]:
                left, right = right, left
            lean = float(rng.logistic())
            gap = own[at, left] - own[at, right]
            pair = _Pair(f"item-{at:03d}", "main", SYSTEMS[left], SYSTEMS[right], gap, lean)
            done.append((at, left, right, lean))
            value = (own[at, left], own[at, right])
        else:
            left, right = 0, 1
            worse_left = bool(rng.integers(2))
            names = (KNOWN_WORSE, "check:original") if worse_left else ("check:original", KNOWN_WORSE)
            gap = -seen if worse_left else seen
            pair = _Pair(f"check-{at:03d}", "check", *names, gap, float(rng.logistic()))
            value = (gap / 2, -gap / 2)
        words = (float(length[at, left]), float(length[at, right]))
        _write(rng, setting, reader, name, position, pair, value, words, rows)
    for extra in range(setting.repeats):
        at, left, right, lean = done[extra]
        # The same pair weeks later, sides changed: half of what had swayed the choice is new.
        again = -0.5 * lean + 0.5 * float(rng.logistic())
        value = (own[at, right], own[at, left])
        pair = _Pair(f"item-{at:03d}", "repeat", SYSTEMS[right], SYSTEMS[left], value[0] - value[1], again)
        words = (float(length[at, right]), float(length[at, left]))
        _write(rng, setting, reader, name, len(order) + 1 + extra, pair, value, words, rows)


@dataclass(frozen=True)
class _Pair:
    item: str
    kind: str
    left: str
    right: str
    gap: float
    lean: float


@dataclass(frozen=True)
class _Reader:
    """A rater: words per minute, words that fit on the screen, how often a script is not read to its end."""

    kind: str
    speed: float
    screen: float
    stops: float
    own_way: float
    bold: float
    side: str

    @classmethod
    def drawn(cls, rng: np.random.Generator, kind: str) -> "_Reader":
        return cls(
            kind,
            WORDS_PER_MINUTE.get(kind, 240.0) * float(rng.lognormal(0, 0.2)),
            float(rng.uniform(70, 250)),
            float(rng.beta(1, 8)),
            float(rng.lognormal(0, 0.4)),
            float(rng.lognormal(0, 0.4)),
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

    def answers(
        self, rng: np.random.Generator, pair: _Pair, criteria: tuple[str, ...]
    ) -> tuple[list[tuple[str, int | None]], float]:
        """A choice and its strength for each criterion; and how far the scores lean to the left, in
        logits."""
        if self.kind == "random":
            drawn = [str(rng.choice(ANSWERS, p=[0.42, 0.42, 0.12, 0.04])) for _ in criteria]
            return [(one, _strength(one, rng)) for one in drawn], np.nan
        if self.kind in ("random_together", "one_side"):
            side = str(rng.choice(["left", "right"])) if self.kind == "random_together" else self.side
            return [(side, _strength(side, rng)) for _ in criteria], 3.0 if side == "left" else -3.0
        gap = pair.gap + 0.2
        latent = [gap + pair.lean]
        for _ in criteria[1:]:
            latent.append(
                0.9 * gap
                + 0.7 * pair.lean
                + self.own_way * (float(rng.normal(0, 0.57)) + 0.6 * float(rng.logistic()))
            )
        return [_choice(value, self.bold) for value in latent], 0.4 * pair.lean


def _choice(latent: float, bold: float) -> tuple[str, int | None]:
    if abs(latent) < 0.45:
        return "tie", None
    strength = 1 + sum(abs(latent) * bold > step for step in (1.2, 2.8))
    return ("left" if latent > 0 else "right"), strength


def _strength(choice: str, rng: np.random.Generator) -> int | None:
    return int(rng.integers(1, 4)) if choice in ("left", "right") else None


def _write(
    rng: np.random.Generator,
    setting: Setting,
    reader: _Reader,
    name: str,
    position: int,
    pair: _Pair,
    value: tuple[float, float],
    words: tuple[float, float],
    rows: _Rows,
) -> None:
    seconds, share = reader.reads(rng, words)
    criteria = CRITERIA[: setting.criteria]
    choices, lean = reader.answers(rng, pair, criteria)
    common: dict[str, object] = {
        "item": pair.item, "language": "en", "rater": name, "kind": pair.kind, "position": position,
        "left_system": pair.left, "right_system": pair.right, "seconds": round(float(seconds.sum()) + 40),
        "read_left_s": seconds[0], "read_right_s": seconds[1], "share_read_left": share[0],
        "share_read_right": share[1], "left_length": round(words[0]), "right_length": round(words[1]),
        "reading": 2 if pair.kind == "repeat" else 1,
    }  # fmt: skip
    rows.judgments += [
        common | {"criterion": criterion, "choice": choice, "strength": strength}
        for criterion, (choice, strength) in zip(criteria, choices, strict=True)
    ]
    if not setting.scores or pair.kind != "main":
        return
    for side, own, system in (("left", 1, pair.left), ("right", -1, pair.right)):
        score = int(rng.integers(1, 13))
        if np.isfinite(lean):
            worth = (value[0] if own == 1 else value[1]) + own * lean / 2
            score = int(np.clip(round(6.5 + 1.55 * worth + float(rng.normal(0, 0.5))), 1, 12))
        rows.scores.append(
            {
                "item": pair.item,
                "language": "en",
                "rater": name,
                "kind": pair.kind,
                "position": position,
                "side": side,
                "system": system,
                "score": score,
                "scale_min": 1,
                "scale_max": 12,
            }
        )


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
        attended = find_signs(tables, name_codes([tables.judgments], tables.systems()), plan)
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
    kinds = (*CARELESS, *HONEST, *EXTRA_KINDS)
    yield f"| questions | pairs | checks, repeats | {' | '.join(kinds)} |"
    yield f"| --- | --- | --- | {' | '.join('---:' for _ in kinds)} |"
    for setting, other in zip(settings(ORDINARY), settings(OTHERS), strict=True):
        found = rates(setting, studies, seed)
        beside = rates(other, max(1, studies // 4), seed + 1)
        found |= {kind: beside[kind] for kind in EXTRA_KINDS}
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
