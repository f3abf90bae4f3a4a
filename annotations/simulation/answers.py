"""What a simulated rater answers on a form, whether it came as a page or from within the program."""

from collections.abc import Mapping, Sequence

from annotations.simulation.chance import generator
from annotations.simulation.mind import DAMAGED, MARK_CLASSES, ORIGINAL, Mind, Opinion
from annotations.simulation.pages import Field, Form, Places
from annotations.simulation.rater_behaviours import (
    CAREFUL,
    SimulatedMeasures,
    apply_manner,
    simulate_measures,
)
from annotations.simulation.recognition import Recognition
from annotations.spec.mark_kinds import GOOD_LINE
from evalsite.core.errors import OperationError

CHOICE, STRENGTH, SCORE, ORIGIN = "choice-", "strength-", "score-", "origin-"
Values = Mapping[str, list[str]]


class Answers:
    """The answers of one rater, which follow from the mind and the texts shown, not from order or time.

    `scripts` are texts without blanks, as the rater sees them, and `places` their elements; `primary` is None
    where scripts stand alone.
    `practising` says whether the last form was for practice.
    """

    def __init__(
        self, mind: Mind, recognition: Recognition, primary: str | None, manner: str = CAREFUL
    ) -> None:
        self._mind = mind
        self._recognition = recognition
        self._primary = primary
        self._manner = manner
        self._met: set[tuple[str, frozenset[str]]] = set()
        self.practising = False

    def judged(
        self, form: Form, scripts: Sequence[str], places: Sequence[Places], heading: str
    ) -> dict[str, list[str]]:
        self.practising = False
        if self._primary is None:
            return self._scored_alone(form, scripts, places, heading)
        if len(scripts) != 2:
            raise OperationError(f"“{heading}” shows {len(scripts)} scripts and not two")
        brief, left, right, language = self._recognised(scripts)
        self.practising = brief in self._recognition.practice
        pair = brief, frozenset((left, right))
        again = left != right and DAMAGED not in pair[1] and pair in self._met
        self._met.add(pair)
        key = f"{brief} again" if again else brief
        criteria = [name.removeprefix(CHOICE) for name in form.fields if name.startswith(CHOICE)]
        opinion = self._mind.judge(
            brief, left, right, criteria, self._primary, again=again, warned=self.practising
        )
        manner = CAREFUL if self.practising else self._manner
        opinion = apply_manner(self._mind, manner, key, opinion)
        lengths = len(scripts[0]), len(scripts[1])
        return {
            **_choices(form, opinion),
            **self._scores(form, key, opinion),
            **self._marks(form, "left", opinion.marks_left, (brief, left), places[0]),
            **self._marks(form, "right", opinion.marks_right, (brief, right), places[1]),
            **_measures(form, simulate_measures(self._mind, manner, key, language, *lengths)),
        }

    def _recognised(self, scripts: Sequence[str]) -> tuple[str, str, str, str]:
        """Brief, systems left and right, language. Beside a script from outside the study stands what was
        made of it: nobody knows that one by its words."""
        met = [self._recognition.of(text) for text in scripts]
        for one, other in ((0, 1), (1, 0)):
            found = met[one]
            if met[other] is None and found is not None and found[1] == ORIGINAL:
                met[other] = (found[0], DAMAGED, found[2])
        if met[0] is None or met[1] is None or met[0][0] != met[1][0]:
            raise OperationError(
                f"seat {self._mind.seat} is shown a script that the study's files do not have: "
                f"{scripts[0 if met[0] is None else 1][:60]}"
            )
        return met[0][0], met[0][1], met[1][1], met[0][2]

    def _scored_alone(
        self, form: Form, scripts: Sequence[str], places: Sequence[Places], heading: str
    ) -> dict[str, list[str]]:
        met = self._recognition.of(scripts[0]) if len(scripts) == 1 else None
        if met is None:
            raise OperationError(
                f"“{heading}” shows seat {self._mind.seat} no script that the study's files have"
            )
        brief, system, language = met
        key = f"{brief} {system}"
        opinion = apply_manner(self._mind, self._manner, key, self._mind.alone(brief, system))
        return {
            **self._scores(form, key, opinion),
            **self._marks(form, "left", opinion.marks_left, (brief, system), places[0]),
            **_measures(form, simulate_measures(self._mind, self._manner, key, language, len(scripts[0]), 0)),
        }

    def _scores(self, form: Form, key: str, opinion: Opinion) -> dict[str, list[str]]:
        scale = form.fields.get(f"{SCORE}left")
        if scale is None:
            return {}
        numbers = [int(option) for option in scale.options if option.isdigit()]
        given = self._mind.scores(key, opinion, min(numbers), max(numbers))
        sides = (f"{SCORE}left", f"{SCORE}right")
        return {name: [str(value)] for name, value in zip(sides, given, strict=True) if name in form.fields}

    def _marks(
        self, form: Form, side: str, classes: Sequence[str], script: tuple[str, str], places: Places
    ) -> dict[str, list[str]]:
        """Errors in a script of (brief, system), each at an element if one is long enough."""
        found: dict[str, list[str]] = {}
        for number, error_class in enumerate(classes, start=1):
            name = f"mark-{side}-{number}"
            if f"{name}-class" not in form.fields:
                continue
            offered = [each for each in form.fields[f"{name}-class"].options if each not in ("", GOOD_LINE)]
            if error_class not in offered:
                error_class = offered[MARK_CLASSES.index(error_class) % len(offered)]
            found |= {f"{name}-class": [error_class], f"{name}-note": ["(a simulated rater)"]}
            if place := self._mind.error_place(*script, number, places):
                start, length = place
                found |= {f"{name}-start": [str(start)], f"{name}-end": [str(start + length)]}
        return found

    def guessed(self, form: Form, scripts: Sequence[str]) -> dict[str, list[str]]:
        """What is better is taken to be a person's, now and then; nobody here knows who wrote what."""
        found = {}
        for at, text in enumerate(scripts, start=1):
            met, name = self._recognition.of(text), f"{ORIGIN}{at}"
            if met is None or name not in form.fields:
                continue
            chance = generator(self._mind.seed, "origin", self._mind.seat, met[0], met[1])
            felt = self._mind.worth(met[0], met[1]) + float(chance.logistic())
            sure = 1 + (abs(felt) > 1) + (abs(felt) > 2.5)
            found[name] = ["unsure" if abs(felt) < 0.4 else "human" if felt > 0 else "machine"]
            if f"confidence-{at}" in form.fields and found[name] != ["unsure"]:
                found[f"confidence-{at}"] = [str(sure)]
        return found

    def about_me(self, form: Form) -> dict[str, list[str]]:
        """Consent and profile: the boxes that must be ticked, and one answer to each question."""
        found = {}
        for one in form.fields.values():
            if one.kind == "checkbox":
                if one.required or one.name == "agree":
                    found[one.name] = one.options[:1]
            elif one.options and (one.kind == "select" or not one.chosen):
                found[one.name] = [self._pick(one)]
        return found

    def _pick(self, one: Field) -> str:
        options = [option for option in one.options if option]
        chance = generator(self._mind.seed, "profile", self._mind.seat, one.name)
        return options[int(chance.integers(len(options)))]


def _choices(form: Form, opinion: Opinion) -> dict[str, list[str]]:
    found = {}
    for slug, (choice, strength) in opinion.choices.items():
        found[CHOICE + slug] = [choice]
        if STRENGTH + slug in form.fields:
            found[STRENGTH + slug] = [str(strength)] if strength else []
    return found


def _measures(form: Form, page: SimulatedMeasures) -> dict[str, list[str]]:
    """What the page's script would have measured, where the page asks for it."""
    values = {
        "layout": "columns",
        "seconds": page.pace.all,
        "read-left": page.pace.read_left,
        "read-right": page.pace.read_right,
        "share-left": page.share_left,
        "share-right": page.share_right,
        "read-first": page.first,
        "switches": page.switches,
    }
    return {name: [f"{value}"] for name, value in values.items() if name in form.fields}
