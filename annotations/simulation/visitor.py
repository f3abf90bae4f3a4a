"""One simulated rater at a browser of its own: link, button, forms, until the page of thanks."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from annotations.simulation.chance import generator
from annotations.simulation.faults import SimulationFault, SiteMissing
from annotations.simulation.manners import CAREFUL, Measured, answered, measured
from annotations.simulation.mind import DAMAGED, ORIGINAL, Mind, Opinion
from annotations.simulation.pages import Field, Form, Page, read_page
from annotations.simulation.recognition import Recognition

CHOICE, STRENGTH, SCORE, ORIGIN = "choice-", "strength-", "score-", "origin-"
LONGEST_PAUSE_S = 2.0
ANSWER_S = 30.0
PAGES_PER_SLOT, PAGES_MORE = 6, 20
Values = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A judgment that the site answered with 303."""

    seat: int
    rater: str
    assignment: str
    choices: dict[str, str]


@dataclass(frozen=True, slots=True)
class Way:
    """What all visitors share. `primary` is None where scripts are scored alone; `deadline` is on the
    monotonic clock; `patience` is seconds for one page.

    Setting `stopped` sends everybody home after the request that is under way.
    """

    desk: str
    done: str
    primary: str | None
    deadline: float
    stopped: threading.Event
    patience: float = 60.0


class Visitor:
    """Use `visit(link)`, once. Nothing here touches the database."""

    def __init__(
        self,
        client: httpx.Client,
        mind: Mind,
        code: str,
        recognition: Recognition,
        way: Way,
        note: Callable[[Accepted], None],
        manner: str = CAREFUL,
    ) -> None:
        self._client = client
        self._mind = mind
        self._code = code
        self._recognition = recognition
        self._way = way
        self._note = note
        self._manner = manner
        self._met: set[tuple[str, frozenset[str]]] = set()
        self._practising = self._turned_away = False

    def visit(self, link: str, slots: int) -> None:
        """Go from the link to the page of thanks, or as far as practice lets one; raises SimulationFault."""
        page = self._get(link)
        for _ in range(PAGES_MORE + PAGES_PER_SLOT * slots):
            if page.path == self._way.done or self._turned_away:
                return
            page = self._act(page)
        raise SimulationFault(f"seat {self._mind.seat} goes round in circles at {_unsecret(page)}")

    def _act(self, page: Page) -> Page:
        form = self._main_form(page)
        if form is None and any(one.path(page.address) == self._way.desk for one in page.forms):
            # Nothing to send but a way back to the desk: practice is over, and was not passed.
            self._turned_away = True
            return self._get(urljoin(page.address, self._way.desk))
        if form is None:
            raise SimulationFault(
                f"seat {self._mind.seat} finds nothing to do on the page “{page.heading}” ({page.status})"
            )
        if page.status == 422 or page.problems:
            raise SimulationFault(
                f"seat {self._mind.seat}: the site took the form on “{page.heading}” amiss: "
                f"{'; '.join(page.problems[:3]) or 'no reason given'}"
            )
        values = form.filled()
        judging = any(name.startswith((CHOICE, SCORE)) for name in form.fields)
        if judging:
            values |= self._judged(page, form)
        elif any(name.startswith(ORIGIN) for name in form.fields):
            values |= self._guessed(page, form)
        else:
            values |= self._about_me(form)
        answer = self._send("POST", form.path(page.address), values | _button(form))
        # Back to the same page means that something was missing there.
        to = urljoin(page.address, answer.headers.get("location", ""))
        moved = answer.status_code == 303 and urlsplit(to).path not in (self._way.desk, page.path)
        if judging and moved and not self._practising:
            self._accept(page, values)
        return self._followed(answer)

    def _main_form(self, page: Page) -> Form | None:
        """The form that the page is there for: it posts to the page itself, else to the desk."""
        posting = [form for form in page.forms if form.method == "post" and form.buttons]
        for target in (page.path, self._way.desk):
            for form in posting:
                if form.path(page.address) == target:
                    return form
        return None

    def _accept(self, page: Page, values: Values) -> None:
        choices = {
            name.removeprefix(CHOICE): value[0] for name, value in values.items() if name.startswith(CHOICE)
        }
        self._note(Accepted(self._mind.seat, self._code, page.path.rstrip("/").rsplit("/", 1)[-1], choices))

    # Filling in

    def _judged(self, page: Page, form: Form) -> dict[str, list[str]]:
        self._practising = False
        if self._way.primary is None:
            return self._scored_alone(page, form)
        if len(page.scripts) != 2:
            raise SimulationFault(f"“{page.heading}” shows {len(page.scripts)} scripts and not two")
        brief, left, right, language = self._recognised(page)
        self._practising = brief in self._recognition.practice
        pair = brief, frozenset((left, right))
        again = left != right and DAMAGED not in pair[1] and pair in self._met
        self._met.add(pair)
        key = f"{brief} again" if again else brief
        criteria = [name.removeprefix(CHOICE) for name in form.fields if name.startswith(CHOICE)]
        opinion = self._mind.judge(
            brief, left, right, criteria, self._way.primary, again=again, warned=self._practising
        )
        manner = CAREFUL if self._practising else self._manner
        opinion = answered(self._mind, manner, key, opinion)
        lengths = len(page.scripts[0]), len(page.scripts[1])
        return {
            **_choices(form, opinion),
            **self._scores(form, key, opinion),
            **_marks(form, opinion),
            **_measures(form, measured(self._mind, manner, key, language, *lengths)),
        }

    def _recognised(self, page: Page) -> tuple[str, str, str, str]:
        """Brief, systems left and right, language. Beside a script from outside the study stands what was
        made of it: nobody knows that one by its words."""
        met = [self._recognition.of(text) for text in page.scripts]
        for one, other in ((0, 1), (1, 0)):
            found = met[one]
            if met[other] is None and found is not None and found[1] == ORIGINAL:
                met[other] = (found[0], DAMAGED, found[2])
        if met[0] is None or met[1] is None or met[0][0] != met[1][0]:
            raise SimulationFault(
                f"seat {self._mind.seat} is shown a script that the study's files do not have: "
                f"{page.scripts[0 if met[0] is None else 1][:60]}"
            )
        return met[0][0], met[0][1], met[1][1], met[0][2]

    def _scored_alone(self, page: Page, form: Form) -> dict[str, list[str]]:
        met = self._recognition.of(page.scripts[0]) if len(page.scripts) == 1 else None
        if met is None:
            raise SimulationFault(
                f"“{page.heading}” shows seat {self._mind.seat} no script that the study's files have"
            )
        brief, system, language = met
        key = f"{brief} {system}"
        opinion = answered(self._mind, self._manner, key, self._mind.alone(brief, system))
        return {
            **self._scores(form, key, opinion),
            **_marks(form, opinion),
            **_measures(form, measured(self._mind, self._manner, key, language, len(page.scripts[0]), 0)),
        }

    def _scores(self, form: Form, key: str, opinion: Opinion) -> dict[str, list[str]]:
        scale = form.fields.get(f"{SCORE}left")
        if scale is None:
            return {}
        numbers = [int(option) for option in scale.options if option.isdigit()]
        given = self._mind.scores(key, opinion, min(numbers), max(numbers))
        sides = (f"{SCORE}left", f"{SCORE}right")
        return {name: [str(value)] for name, value in zip(sides, given, strict=True) if name in form.fields}

    def _guessed(self, page: Page, form: Form) -> dict[str, list[str]]:
        """What is better is taken to be a person's, now and then; nobody here knows who wrote what."""
        found = {}
        for at, text in enumerate(page.scripts, start=1):
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

    def _about_me(self, form: Form) -> dict[str, list[str]]:
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

    # Asking the site

    def _get(self, address: str) -> Page:
        return self._followed(self._send("GET", address))

    def _followed(self, answer: httpx.Response) -> Page:
        """Where an answer leads to. A path of redirects without an end is a fault of the site."""
        for _ in range(10):
            if answer.status_code not in (302, 303):
                if answer.status_code >= 400 and answer.status_code != 422:
                    page = read_page(answer.text, str(answer.url), answer.status_code)
                    raise SimulationFault(
                        f"seat {self._mind.seat}: {_unsecret(page)} answered {answer.status_code}"
                        + (f" “{page.heading}”" if page.heading else "")
                    )
                return read_page(answer.text, str(answer.url), answer.status_code)
            answer = self._send("GET", urljoin(str(answer.url), answer.headers["location"]))
        raise SimulationFault(f"seat {self._mind.seat} is sent on and on by the site")

    def _send(self, method: str, address: str, values: Values | None = None) -> httpx.Response:
        """Ask until there is an answer that is no failure of the site's, the same each time."""
        begin = time.monotonic()
        pause = 0.1
        while True:
            self._check_time()
            try:
                answer = self._client.request(
                    method,
                    address,
                    data={name: list(value) for name, value in values.items()} if values else None,
                    timeout=max(1.0, min(ANSWER_S, self._way.deadline - time.monotonic())),
                )
                if answer.status_code < 500:
                    return answer
                trouble = f"status {answer.status_code}"
            except httpx.TransportError as error:
                trouble = f"{type(error).__name__} {error}".strip()
            if time.monotonic() - begin > self._way.patience:
                raise SiteMissing(
                    f"the site does not answer seat {self._mind.seat} any more ({trouble}): see its log."
                )
            self._way.stopped.wait(pause)
            pause = min(LONGEST_PAUSE_S, 2 * pause)

    def _check_time(self) -> None:
        if self._way.stopped.is_set():
            raise SimulationFault(f"seat {self._mind.seat} was sent home.")
        if time.monotonic() > self._way.deadline:
            raise SimulationFault(
                f"seat {self._mind.seat} ran out of time: --resume goes on with those who were cut off."
            )


def _button(form: Form) -> dict[str, list[str]]:
    """The button that goes on, which stands first."""
    name, value = form.buttons[0]
    return {name: [value]} if name else {}


def _choices(form: Form, opinion: Opinion) -> dict[str, list[str]]:
    found = {}
    for slug, (choice, strength) in opinion.choices.items():
        found[CHOICE + slug] = [choice]
        if STRENGTH + slug in form.fields:
            found[STRENGTH + slug] = [str(strength)] if strength else []
    return found


def _marks(form: Form, opinion: Opinion) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for side, marks in (("left", opinion.marks_left), ("right", opinion.marks_right)):
        for number, error_class in enumerate(marks, start=1):
            name = f"mark-{side}-{number}"
            if f"{name}-class" in form.fields:
                found |= {f"{name}-class": [error_class], f"{name}-note": ["(a simulated rater)"]}
    return found


def _measures(form: Form, page: Measured) -> dict[str, list[str]]:
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


def _unsecret(page: Page) -> str:
    """The page's path without the secret of a link."""
    parts = urlsplit(page.address).path.split("/")
    return "/".join("…" if len(part) > 30 else part for part in parts)
