"""What a simulated rater thinks of two scripts. Pure: all is drawn under the seed, the seat and the brief.

A script's worth to a rater, in logits, is the quality of its system, plus an effect of item and system (sd
0.7, none where the file gives the brief a quality of its own), plus one of rater and system (sd 0.4). The
overall choice compares the two with logistic noise and a bias to the left of 0.2; a difference that is small
enough is a tie (about 15 % of pairs), and now and then, more often where both are poor, neither will do. The
other criteria follow the overall one with noise of their own. Scores come from the worth and the rater's
severity.

A script that was damaged on purpose is worth 2.5 less to a rater (sd 0.7), in practice, where all know that
one of the two is damaged, 4.5. Of a pair that comes again, sides changed, half the noise is as before.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotations.simulation.chance import generator
from annotations.simulation.qualities import Qualities

ITEM_SYSTEM_SD = 0.7
RATER_SYSTEM_SD = 0.4
LEFT_BIAS = 0.2
TIE_WITHIN = 0.45
NEITHER_AT_ZERO, NEITHER_MOST = 0.012, 0.12
CRITERION_SD = 0.4
"""Of a system's standing on one criterion, item by item, beside its worth."""
SEVERITY_SD = 0.9
"""Of a rater's scores as a whole, in points of a scale from 1 to 12."""
POINTS_PER_LOGIT = 1.55 / 11
"""Of the length of the scale: 1.55 points of a scale from 1 to 12."""
STRENGTH_STEPS = (1.2, 2.8)
ORIGINAL, DAMAGED = "*original", "*damaged"
"""What stands for a system in pairs with a known answer."""
DAMAGE, DAMAGE_SD, DAMAGE_LOOKED_FOR = 2.5, 0.7, 4.5
MARK_CLASSES = ("plot", "character", "pacing")
WEAK_PLACES, SHORTEST_ERROR = 3, 12
"""Elements of a script that errors are marked at, and the fewest code points of one."""
CHARACTERS_PER_SECOND = {"en": 20.0, "zh": 7.0}


@dataclass(frozen=True, slots=True)
class Opinion:
    """A choice and its strength (None for a tie and for neither) per criterion; marks are error classes."""

    choices: dict[str, tuple[str, int | None]]
    worth_left: float
    worth_right: float
    leaning: float
    """How far this reading leaned to the left beyond what the two are worth: scores lean along."""
    marks_left: tuple[str, ...]
    marks_right: tuple[str, ...]
    wavering: float = 0.5
    """Of the scores, in points of a scale from 1 to 12."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that a page would have measured."""

    read_left: float
    read_right: float
    all: float


@dataclass(frozen=True, slots=True)
class Mind:
    """The rater on one seat."""

    seed: int
    seat: int
    qualities: Qualities

    def worth(self, brief: str, system: str) -> float:
        if system == ORIGINAL:
            return 0.5
        if system == DAMAGED:
            seen = generator(self.seed, "damage", self.seat).normal(DAMAGE, DAMAGE_SD)
            return 0.5 - float(seen)
        own = self.qualities.briefs.get(brief, {}).get(system)
        if own is None:
            drawn = generator(self.seed, "item", brief, system).normal(0, ITEM_SYSTEM_SD)
            own = self.qualities.systems[system] + float(drawn)
        return own + float(generator(self.seed, "rater", self.seat, system).normal(0, RATER_SYSTEM_SD))

    def judge(
        self,
        brief: str,
        left: str,
        right: str,
        criteria: Sequence[str],
        primary: str,
        *,
        again: bool = False,
        warned: bool = False,
    ) -> Opinion:
        """An opinion of two scripts of one brief, by their systems. `again`: the pair was judged before with
        sides changed. `warned`: the rater knows that one of them is damaged."""
        worth_left, worth_right = self.worth(brief, left), self.worth(brief, right)
        if warned:
            worth_left -= (DAMAGE_LOOKED_FOR - DAMAGE) * (left == DAMAGED)
            worth_right -= (DAMAGE_LOOKED_FOR - DAMAGE) * (right == DAMAGED)
        overall = generator(self.seed, "overall", self.seat, brief)
        noise = float(overall.logistic())
        if again:
            noise = -0.5 * noise + 0.5 * float(generator(self.seed, "again", self.seat, brief).logistic())
        bad = overall.random() < min(
            NEITHER_MOST, NEITHER_AT_ZERO * math.exp(-0.5 * (worth_left + worth_right))
        )
        gap = worth_left - worth_right + LEFT_BIAS
        choices = {primary: ("neither", None) if bad and not warned else _choice(gap + noise)}
        for slug in criteria:
            if slug != primary:
                choices[slug] = self._other(brief, left, right, slug, gap, noise)
        return Opinion(
            choices=choices,
            worth_left=worth_left,
            worth_right=worth_right,
            leaning=0.2 * noise,
            marks_left=self._marks(brief, left, worth_left),
            marks_right=self._marks(brief, right, worth_right),
        )

    def alone(self, brief: str, system: str) -> Opinion:
        """Of one script by itself: no choice, but worth and marks."""
        worth = self.worth(brief, system)
        noise = float(generator(self.seed, "alone", self.seat, brief, system).logistic())
        return Opinion({}, worth, worth, 0.2 * noise, self._marks(brief, system, worth), ())

    def _other(
        self, brief: str, left: str, right: str, slug: str, gap: float, noise: float
    ) -> tuple[str, int | None]:
        standing = [
            float(generator(self.seed, "standing", brief, system, slug).normal(0, CRITERION_SD))
            for system in (left, right)
        ]
        own = float(generator(self.seed, "criterion", self.seat, brief, slug).logistic())
        return _choice(0.9 * gap + standing[0] - standing[1] + 0.7 * noise + 0.6 * own)

    def _marks(self, brief: str, system: str, worth: float) -> tuple[str, ...]:
        chance = generator(self.seed, "marks", self.seat, brief, system)
        likely = 1 / (1 + math.exp(1.4 + 0.9 * worth))
        count = int(chance.random() < likely) + int(chance.random() < likely / 3)
        return tuple(str(name) for name in chance.choice(MARK_CLASSES, size=count, p=[0.3, 0.3, 0.4]))

    def error_place(
        self, brief: str, system: str, number: int, places: Sequence[tuple[int, int]]
    ) -> tuple[int, int] | None:
        """The element (start, length) that error `number` is marked at; None if all are short.

        Each script has a few weak elements, the same for all raters, so that raters agree now and then.
        """
        lengths = [place for place in places if place[1] >= SHORTEST_ERROR]
        if not lengths:
            return None
        weak = generator(self.seed, "weak", brief, system).permutation(len(lengths))[:WEAK_PLACES]
        own = generator(self.seed, "place", self.seat, brief, system, number)
        return lengths[int(weak[int(own.integers(len(weak)))])]

    def scores(self, brief: str, opinion: Opinion, low: int, high: int) -> tuple[int, int]:
        """Whole numbers on the scale from `low` to `high`, for left and right."""
        chance = generator(self.seed, "scores", self.seat, brief)
        severity = float(generator(self.seed, "severity", self.seat).normal(0, SEVERITY_SD)) / 11
        found = []
        for worth, lean in (
            (opinion.worth_left, opinion.leaning),
            (opinion.worth_right, -opinion.leaning),
        ):
            share = (
                0.5
                + POINTS_PER_LOGIT * (worth + lean)
                + severity
                + float(chance.normal(0, 1)) * opinion.wavering / 11
            )
            found.append(int(np.clip(round(low + share * (high - low)), low, high)))
        return found[0], found[1]

    def pace(self, brief: str, language: str, left: int, right: int) -> Pace:
        """How long a person might have read; `left` and `right` are lengths in characters."""
        chance = generator(self.seed, "pace", self.seat, brief)
        speed = CHARACTERS_PER_SECOND.get(language, 20.0) * float(
            generator(self.seed, "speed", self.seat).lognormal(0, 0.25)
        )
        read = [length / speed * float(chance.lognormal(0, 0.2)) for length in (left, right)]
        thought = float(chance.lognormal(3.6, 0.4))
        return Pace(round(read[0], 1), round(read[1], 1), round(sum(read) + thought, 1))


def _choice(latent: float) -> tuple[str, int | None]:
    if abs(latent) < TIE_WITHIN:
        return "tie", None
    strength = 1 + sum(abs(latent) > step for step in STRENGTH_STEPS)
    return ("left" if latent > 0 else "right"), strength
