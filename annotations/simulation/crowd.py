"""A crowd of simulated raters, up to sixteen at once, from enrolment to the last page of thanks."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path

import httpx
from django.db import connection
from django.urls import reverse

from annotations.models import Study
from annotations.simulation.answers import Answers
from annotations.simulation.chance import generator
from annotations.simulation.direct import DirectRater, require_plain
from annotations.simulation.enrolment import SimulatedSeat, enrol_simulated, unfinished_seats
from annotations.simulation.mind import Mind
from annotations.simulation.qualities import Qualities, drawn_qualities
from annotations.simulation.rater_behaviours import CAREFUL
from annotations.simulation.recognition import recognition
from annotations.simulation.visitor import AcceptedJudgment, Visitor, VisitSettings
from evalsite.core.errors import OperationError, ServiceMissing
from evalsite.core.processes import start_django_process

AT_ONCE = 16
LONGEST_S = 1800.0
FIRST_ANSWER_S = 10.0
AGENT = {"User-Agent": "evalsite-simulated-rater"}


@dataclass(frozen=True, slots=True)
class SimulationOrder:
    """What is asked for. With `resume` those who were cut off before go on too, beside the `raters` new ones.

    `accepted` names a file that gets a line of JSON for each judgment the site has accepted, as it does.
    `manners` says how many of the new ones are slow or careless (see `rater_behaviours`), the
    others being careful; which they are is drawn under the seed. With `direct` that many processes judge
    through forms and services, and neither `url` nor `accepted` is used.
    """

    study: Study
    raters: int
    seed: int
    url: str
    qualities: Qualities | None = None
    resume: bool = False
    accepted: Path | None = None
    at_once: int = AT_ONCE
    longest: float = LONGEST_S
    manners: Mapping[str, int] = field(default_factory=dict)
    tell: Callable[[int, int], None] = lambda done, of: None
    direct: int = 0


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """`manners` tells the codes of raters who are not simply careful, by manner."""

    raters: int
    assignments: int
    seconds: float
    manners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def simulate(order: SimulationOrder) -> SimulationResult:
    """Enrol and judge; raises OperationError (nobody was enrolled), ServiceMissing, OperationError.

    What is judged depends on the seed, the study and the numbers of the seats, and on nothing else.
    """
    begin = time.monotonic()
    study = order.study
    if study.state != Study.State.OPEN:
        raise OperationError(f"study {study.slug} is {study.state}: only an open study is judged.")
    url = order.url.rstrip("/")
    if order.direct:
        require_plain(study)
    else:
        check_site(url)
    known = recognition(study.spec)
    systems = [system["slug"] for system in study.spec["systems"]]
    qualities = order.qualities or drawn_qualities(systems, order.seed)
    places = unfinished_seats(study) if order.resume else []
    new = enrol_simulated(study, order.raters)
    manners = _manners(order, new)
    places += new
    primary = next((one["slug"] for one in study.spec["criteria"] if one["primary"]), None)
    told = {
        manner: tuple(place.code for place in new if manners.get(place.code) == manner)
        for manner in order.manners
    }
    if order.direct:
        answers = {
            place.code: Answers(
                Mind(order.seed, place.seat, qualities), known, primary, manners.get(place.code, CAREFUL)
            )
            for place in places
        }
        return SimulationResult(len(places), _judge_directly(order, answers), time.monotonic() - begin, told)
    settings = VisitSettings(
        desk=reverse("rater-desk"),
        done=reverse("rater-done"),
        primary=primary,
        deadline=begin + order.longest,
        stopped=threading.Event(),
    )
    ledger = _Ledger(order, sum(place.slots for place in places))
    trusted = ssl.create_default_context()  # read once: it takes longer than a page

    def visit(place: SimulatedSeat) -> None:
        # With https, the site refuses forms that do not say where they come from.
        with httpx.Client(base_url=url, headers={**AGENT, "Origin": url}, verify=trusted) as client:
            mind = Mind(order.seed, place.seat, qualities)
            manner = manners.get(place.code, CAREFUL)
            visitor = Visitor(client, mind, place.code, known, settings, ledger.note, manner)
            visitor.visit(url + reverse("rater-enter", args=[place.secret]), place.slots)

    _all_at_once(visit, places, order.at_once, settings.stopped)
    return SimulationResult(len(places), ledger.count, time.monotonic() - begin, told)


def _judge_directly(order: SimulationOrder, answers: Mapping[str, Answers]) -> int:
    """Let all raters judge in this process or in several new ones; how many judgments.

    The processes are not forked: a lock that another thread of this process holds would stay locked in them.
    """
    count = 0
    if order.direct == 1:
        for done, (code, own) in enumerate(answers.items(), start=1):
            count += DirectRater(code, own).judge()
            order.tell(done, len(answers))
        return count
    with ProcessPoolExecutor(
        order.direct,
        mp_context=get_context("spawn"),
        initializer=start_django_process,
        initargs=(connection.settings_dict["NAME"],),
    ) as pool:
        futures = [pool.submit(_judge_one, code, own) for code, own in answers.items()]
        for done, future in enumerate(as_completed(futures), start=1):
            count += future.result()
            order.tell(done, len(answers))
    return count


def _judge_one(code: str, answers: Answers) -> int:
    return DirectRater(code, answers).judge()


def _manners(order: SimulationOrder, places: list[SimulatedSeat]) -> dict[str, str]:
    """Who of the new raters is not simply careful, by code: drawn by the numbers of their seats."""
    drawn = generator(order.seed, "manners").permutation(len(places)).tolist()
    wanted = [manner for manner, count in order.manners.items() for _ in range(count)]
    ordered = sorted(places, key=lambda place: place.seat)
    return {ordered[at].code: manner for at, manner in zip(drawn, wanted, strict=False)}


def check_site(url: str) -> None:
    """Raises ServiceMissing unless a site answers there that can reach its database."""
    deadline = time.monotonic() + FIRST_ANSWER_S
    while True:
        try:
            # The machine's certificates: a site may use a private certificate authority.
            trusted = ssl.create_default_context()
            answer = httpx.get(f"{url}/healthz", timeout=5, headers=AGENT, verify=trusted)
            if answer.status_code == 200:
                return
            if answer.status_code < 500:
                raise ServiceMissing(
                    f"at {url} another site answers (/healthz gives {answer.status_code}): give --url."
                )
            trouble = f"status {answer.status_code}"
        except httpx.InvalidURL as error:
            raise ServiceMissing(f"{url} is no address of a site ({error}): give --url.") from None
        except httpx.UnsupportedProtocol:
            raise ServiceMissing(f"{url} is no address of a site: --url begins with http://.") from None
        except httpx.ConnectError:
            raise ServiceMissing(
                f"nothing answers at {url}: start it with `make run`, or give --url."
            ) from None
        except httpx.TransportError as error:
            trouble = type(error).__name__
        if time.monotonic() > deadline:
            raise ServiceMissing(f"the site at {url} does not answer well ({trouble}): see its log.")
        time.sleep(0.2)


class _Ledger:
    """What was accepted, counted and written down by whichever thread learnt of it."""

    def __init__(self, order: SimulationOrder, of: int) -> None:
        self.count = 0
        self._of = of
        self._order = order
        self._lock = threading.Lock()

    def note(self, accepted: AcceptedJudgment) -> None:
        with self._lock:
            self.count += 1
            if self._order.accepted is not None:
                with self._order.accepted.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(accepted), ensure_ascii=False) + "\n")
            self._order.tell(self.count, self._of)


def _all_at_once(
    visit: Callable[[SimulatedSeat], None],
    places: list[SimulatedSeat],
    at_once: int,
    stopped: threading.Event,
) -> None:
    """Every place in a thread. The first that fails, or Ctrl-C, sends the others home, and is raised."""
    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="rater") as pool:
        futures = [pool.submit(visit, place) for place in places]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
