"""How a simulated rater goes about it: with care, slowly with care, or carelessly in one of four ways. Pure.

careful          reads all of it and judges as `mind` says
slow             the same, at less than two thirds of the pace
random           reads, and answers every question, scores and marks at random
one-side         reads, and always takes the same side, or gives a script alone the same score; marks nothing
too-fast         looks at both scripts for a tenth of the time, and judges all the same
never-scrolling  sees the first screen of each script alone

Who is careless takes care in practice: others would not come to be judged by what they do after it.
"""

from dataclasses import dataclass, replace

from annotations.simulation.chance import generator
from annotations.simulation.mind import (
    CHARACTERS_PER_SECOND,
    MARK_CLASSES,
    POINTS_PER_LOGIT,
    Mind,
    Opinion,
    Pace,
)

CAREFUL, SLOW = "careful", "slow"
CARELESS = ("random", "one-side", "too-fast", "never-scrolling")
SLOWER = 0.6
TIMES_FASTER = 10.0
ANSWERS = ("left", "right", "tie", "neither")
CHANCES = (0.42, 0.42, 0.12, 0.04)
WIDEST = 0.5 / POINTS_PER_LOGIT
"""What a script is worth, in logits, at the ends of the scale."""
SCREEN = {"en": (320.0, 1150.0), "zh": (150.0, 500.0)}
"""Characters (without blanks) that fit on the rater's screen."""


@dataclass(frozen=True, slots=True)
class SimulatedMeasures:
    """What a page would have measured of one pair."""

    pace: Pace
    share_left: float = 1.0
    share_right: float = 1.0
    first: str = "left"
    switches: int = 1


def apply_manner(mind: Mind, manner: str, key: str, opinion: Opinion) -> Opinion:
    """The opinion as it is given; `key` names the brief and the reading."""
    if manner == "random":
        chance = generator(mind.seed, "random", mind.seat, key)
        given = {slug: str(chance.choice(ANSWERS, p=CHANCES)) for slug in sorted(opinion.choices)}
        choices = {slug: _with_strength(given[slug], int(chance.integers(1, 4))) for slug in opinion.choices}
        left, right = chance.uniform(-WIDEST, WIDEST, 2).tolist()
        marks = [
            tuple(str(each) for each in chance.choice(MARK_CLASSES, size=int(chance.poisson(0.3))))
            for _ in range(2)
        ]
        return replace(
            opinion,
            choices=choices,
            worth_left=left,
            worth_right=right,
            leaning=0.0,
            marks_left=marks[0],
            marks_right=marks[1],
        )
    if manner == "one-side":
        side = str(generator(mind.seed, "side", mind.seat).choice(["left", "right"]))
        lean = 1.5 if side == "left" else -1.5
        choices = {slug: _with_strength(side, 2) for slug in opinion.choices}
        return replace(
            opinion,
            choices=choices,
            worth_left=lean,
            worth_right=-lean,
            leaning=0.0,
            marks_left=(),
            marks_right=(),
            wavering=0.0,
        )
    return opinion


def _with_strength(choice: str, strength: int) -> tuple[str, int | None]:
    return choice, strength if choice in ("left", "right") else None


def simulate_measures(
    mind: Mind, manner: str, key: str, language: str, left: int, right: int
) -> SimulatedMeasures:
    """`left` and `right` are lengths in characters; `right` is 0 where one script stands alone."""
    pace = mind.pace(key, language, left, right)
    chance = generator(mind.seed, "page", mind.seat, key)
    first = str(chance.choice(["left", "right"], p=[0.8, 0.2])) if right else "left"
    switches = 1 + int(chance.poisson(1.0)) if right else 0
    if manner == SLOW:
        return SimulatedMeasures(_times(pace, 1 / SLOWER), first=first, switches=switches)
    if manner == "too-fast":
        one, two = (round(float(share), 3) for share in chance.uniform(0.6, 1.0, 2))
        return SimulatedMeasures(_times(pace, 1 / TIMES_FASTER), one, two, first, switches)
    if manner == "never-scrolling":
        low, high = SCREEN.get(language, SCREEN["en"])
        screen = float(generator(mind.seed, "screen", mind.seat).uniform(low, high))
        one, two = (round(min(1.0, screen / max(1, length)), 3) for length in (left, right))
        speed = CHARACTERS_PER_SECOND.get(language, CHARACTERS_PER_SECOND["en"])
        read = round(one * left / speed, 1), round(two * right / speed, 1)
        return SimulatedMeasures(Pace(*read, round(sum(read) + 20, 1)), one, two, first, switches)
    return SimulatedMeasures(pace, first=first, switches=switches)


def _times(pace: Pace, factor: float) -> Pace:
    return Pace(*(round(seconds * factor, 1) for seconds in (pace.read_left, pace.read_right, pace.all)))
