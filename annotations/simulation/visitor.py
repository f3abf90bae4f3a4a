"""One simulated rater at a browser of its own: link, button, forms, until the page of thanks."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from annotations.simulation.answers import CHOICE, ORIGIN, SCORE, Answers, Values
from annotations.simulation.mind import Mind
from annotations.simulation.pages import Form, Page, read_page
from annotations.simulation.rater_behaviours import CAREFUL
from annotations.simulation.recognition import Recognition
from evalsite.core.errors import OperationError, ServiceMissing

LONGEST_PAUSE_S = 2.0
ANSWER_S = 30.0
PAGES_PER_SLOT, PAGES_MORE = 6, 20


@dataclass(frozen=True, slots=True)
class AcceptedJudgment:
    """A judgment that the site answered with 303."""

    seat: int
    rater: str
    assignment: str
    choices: dict[str, str]


@dataclass(frozen=True, slots=True)
class VisitSettings:
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
        settings: VisitSettings,
        note: Callable[[AcceptedJudgment], None],
        manner: str = CAREFUL,
    ) -> None:
        self._client = client
        self._mind = mind
        self._code = code
        self._answers = Answers(mind, recognition, settings.primary, manner)
        self._settings = settings
        self._note = note
        self._turned_away = False

    def visit(self, link: str, slots: int) -> None:
        """Go from the link to the page of thanks, or as far as practice lets one; raises OperationError."""
        page = self._get(link)
        for _ in range(PAGES_MORE + PAGES_PER_SLOT * slots):
            if page.path == self._settings.done or self._turned_away:
                return
            page = self._act(page)
        raise OperationError(f"seat {self._mind.seat} goes round in circles at {_unsecret(page)}")

    def _act(self, page: Page) -> Page:
        form = self._main_form(page)
        if form is None and any(one.path(page.address) == self._settings.desk for one in page.forms):
            # Nothing to send but a way back to the desk: practice is over, and was not passed.
            self._turned_away = True
            return self._get(urljoin(page.address, self._settings.desk))
        if form is None:
            raise OperationError(
                f"seat {self._mind.seat} finds nothing to do on the page “{page.heading}” ({page.status})"
            )
        if page.status == 422 or page.problems:
            raise OperationError(
                f"seat {self._mind.seat}: the site took the form on “{page.heading}” amiss: "
                f"{'; '.join(page.problems[:3]) or 'no reason given'}"
            )
        values = form.filled()
        judging = any(name.startswith((CHOICE, SCORE)) for name in form.fields)
        if judging:
            values |= self._answers.judged(form, page.scripts, page.places, page.heading)
        elif any(name.startswith(ORIGIN) for name in form.fields):
            values |= self._answers.guessed(form, page.scripts)
        else:
            values |= self._answers.about_me(form)
        answer = self._send("POST", form.path(page.address), values | _button(form))
        # Back to the same page means that something was missing there.
        to = urljoin(page.address, answer.headers.get("location", ""))
        moved = answer.status_code == 303 and urlsplit(to).path not in (self._settings.desk, page.path)
        if judging and moved and not self._answers.practising:
            self._accept(page, values)
        return self._followed(answer)

    def _main_form(self, page: Page) -> Form | None:
        """The form that the page is there for: it posts to the page itself, else to the desk."""
        posting = [form for form in page.forms if form.method == "post" and form.buttons]
        for target in (page.path, self._settings.desk):
            for form in posting:
                if form.path(page.address) == target:
                    return form
        return None

    def _accept(self, page: Page, values: Values) -> None:
        choices = {
            name.removeprefix(CHOICE): value[0] for name, value in values.items() if name.startswith(CHOICE)
        }
        self._note(
            AcceptedJudgment(self._mind.seat, self._code, page.path.rstrip("/").rsplit("/", 1)[-1], choices)
        )

    # Asking the site

    def _get(self, address: str) -> Page:
        return self._followed(self._send("GET", address))

    def _followed(self, answer: httpx.Response) -> Page:
        """Where an answer leads to. A path of redirects without an end is a fault of the site."""
        for _ in range(10):
            if answer.status_code not in (302, 303):
                if answer.status_code >= 400 and answer.status_code != 422:
                    page = read_page(answer.text, str(answer.url), answer.status_code)
                    raise OperationError(
                        f"seat {self._mind.seat}: {_unsecret(page)} answered {answer.status_code}"
                        + (f" “{page.heading}”" if page.heading else "")
                    )
                return read_page(answer.text, str(answer.url), answer.status_code)
            answer = self._send("GET", urljoin(str(answer.url), answer.headers["location"]))
        raise OperationError(f"seat {self._mind.seat} is sent on and on by the site")

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
                    timeout=max(1.0, min(ANSWER_S, self._settings.deadline - time.monotonic())),
                )
                if answer.status_code < 500:
                    return answer
                trouble = f"status {answer.status_code}"
            except httpx.TransportError as error:
                trouble = f"{type(error).__name__} {error}".strip()
            if time.monotonic() - begin > self._settings.patience:
                raise ServiceMissing(
                    f"the site does not answer seat {self._mind.seat} any more ({trouble}): see its log."
                )
            self._settings.stopped.wait(pause)
            pause = min(LONGEST_PAUSE_S, 2 * pause)

    def _check_time(self) -> None:
        if self._settings.stopped.is_set():
            raise OperationError(f"seat {self._mind.seat} was sent home.")
        if time.monotonic() > self._settings.deadline:
            raise OperationError(
                f"seat {self._mind.seat} ran out of time: --resume goes on with those who were cut off."
            )


def _button(form: Form) -> dict[str, list[str]]:
    """The button that goes on, which stands first."""
    name, value = form.buttons[0]
    return {name: [value]} if name else {}


def _unsecret(page: Page) -> str:
    """The page's path without the secret of a link."""
    parts = urlsplit(page.address).path.split("/")
    return "/".join("…" if len(part) > 30 else part for part in parts)
