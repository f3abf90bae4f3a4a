"""Raters over HTTP, many in one process: link, consent, instructions, pages, saves, submissions.

They behave as browsers and people do. What gets no answer, or an answer that is the site's failure, is sent
again as it was. What the site has accepted is written down and later compared with the database.
"""

import asyncio
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import aiohttp
import psycopg

from annotations.simulation.pages import Form, read_page
from bench.judging_pages import Times

DESK, DONE = "/r/go/", "/r/go/done/"
SAVES = 3
FASTEST = 0.7
"""What the fastest rater takes for a pair, as a share of the mean; the slowest takes 2 - FASTEST."""
TOKEN = re.compile(r'name="token" value="(\w+)"')
OPTION = re.compile(r'<input type="radio" name="((?:choice|strength|score)-[\w-]+)" value="([\w-]+)"')
ASSET = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"')
SECRET = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A submission that the site answered with a redirect to what comes next, and when on the
    monotonic clock it was sent and answered."""

    assignment: str
    rater: str
    choices: dict[str, str]
    begun: float
    ended: float


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    text: str
    location: str


@dataclass
class Crowd:
    """What all raters share: where the site is, how they behave, and what they saw.

    `pace` is the mean number of seconds for a pair, `timeout` how long a rater waits for an answer. With
    `double`, every submission is sent twice at the same time, and the one before it once more with other
    choices. `times` are seconds by kind of request, of answers that are not the site's failure.
    """

    url: str
    links: dict[str, str]
    systems: Sequence[str]
    pace: float
    timeout: float = 60.0
    double: bool = False
    stopping: bool = False
    times: Times = field(default_factory=lambda: defaultdict(list))
    failures: Counter[str] = field(default_factory=Counter)
    accepted: list[Accepted] = field(default_factory=list)
    doubled: int = 0
    leaks: list[str] = field(default_factory=list)
    unwell: list[str] = field(default_factory=list)
    at_desk: int = 0

    def __post_init__(self) -> None:
        self.secrets = {link.rstrip("/").rsplit("/", 1)[-1]: code for code, link in self.links.items()}
        self._sealed = re.compile("|".join(map(re.escape, self.systems)))

    async def judge(self, arrive_within: float) -> None:
        """Let all raters come and judge until they have nothing left or `stopping` is set."""
        async with asyncio.TaskGroup() as group:
            for number, (code, link) in enumerate(self.links.items()):
                wait = arrive_within * number / len(self.links)
                group.create_task(Rater(self, code, urlsplit(link).path).take_part(wait))

    def check(self, rater: str, path: str, text: str) -> None:
        """Note whatever in an answer is sealed, or another rater's."""
        self.leaks += [f"{path} names {word}" for word in set(self._sealed.findall(text))]
        owners = {self.secrets.get(word) for word in SECRET.findall(text)} - {None, rater}
        self.leaks += [f"{path} has the link of {owner}, given to {rater}" for owner in owners]


class Rater:
    """One rater with a browser of their own. Use `take_part`, once."""

    def __init__(self, crowd: Crowd, code: str, link: str) -> None:
        self._crowd = crowd
        self._code = code
        self._link = link
        self._chance = random.Random(code)
        self._pace = crowd.pace * self._chance.uniform(FASTEST, 2 - FASTEST)
        self._last: tuple[str, dict[str, str]] | None = None
        self._assets_loaded = False

    async def take_part(self, wait: float) -> None:
        await asyncio.sleep(wait)
        limits = aiohttp.TCPConnector(limit=4, keepalive_timeout=60)
        async with aiohttp.ClientSession(
            self._crowd.url,
            connector=limits,
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # the host is an IP address
            timeout=aiohttp.ClientTimeout(total=self._crowd.timeout),
        ) as self._browser:
            self._crowd.at_desk += 1
            try:
                path = self._link
                while path != DONE and not self._crowd.stopping:
                    path = await (self._judge(path) if path.startswith("/r/a/") else self._step(path))
            except Exception as error:
                self._crowd.unwell.append(f"{self._code}: {type(error).__name__} {error}")
            finally:
                self._crowd.at_desk -= 1

    async def _step(self, path: str) -> str:
        """A page on the way to the first pair: fill in its form; the address that comes next."""
        reply = await self._ask("other pages", "GET", path)
        if reply.location:
            return reply.location
        page = read_page(reply.text, urljoin(self._crowd.url, path), reply.status)
        for target in (path, DESK):
            for form in page.forms:
                if form.method == "post" and form.buttons and form.path(page.address) == target:
                    sent = await self._ask("other pages", "POST", target, data=_about_me(form))
                    return sent.location or self._link
        raise RuntimeError(f"nothing to do on {path} ({reply.status}): {page.heading}")

    async def _judge(self, path: str) -> str:
        """A pair from its page to its submission; the address that comes next."""
        reply = await self._ask("pair page", "GET", path)
        token = TOKEN.search(reply.text)
        if token is None:  # ended meanwhile, or the browser has to open the link again
            return reply.location or (DESK if reply.status == 200 else self._link)
        await self._load_assets(reply.text)
        fields = self._answers(reply.text)
        saves = sorted(self._chance.uniform(0.1, 0.9) for _ in range(SAVES))
        seconds = self._pace * self._chance.uniform(0.7, 1.3)
        done, revision = 0.0, 0
        for number, share in enumerate(saves):
            await asyncio.sleep(seconds * (share - done))
            done = share
            some = dict(list(fields.items())[: 2 * (number + 1)])
            reading = {"seconds": round(seconds * share, 1)}
            sent = {"token": token[1], "revision": revision, "fields": some, "reading": reading}
            saved = await self._ask("save", "POST", f"{path}answer/", json=sent)
            revision = json.loads(saved.text).get("revision", revision)
        await asyncio.sleep(seconds * (1 - done))
        form = {**fields, "token": token[1], "revision": str(revision), "then": "next"}
        return await self._submit(path, form)

    async def _submit(self, path: str, form: dict[str, str]) -> str:
        begun = time.monotonic()
        again = asyncio.create_task(self._again(path, form)) if self._crowd.double else None
        reply = await self._ask("submission", "POST", path, form)
        if again is not None:
            await again
        if reply.status in (403, 404):
            return self._link
        if reply.status != 303 or reply.location in (path, DESK):
            raise RuntimeError(f"{path} was not taken: {reply.status} {reply.location}")
        choices = {name[7:]: value for name, value in form.items() if name.startswith("choice-")}
        code = path.rstrip("/").rsplit("/", 1)[-1]
        self._crowd.accepted.append(Accepted(code, self._code, choices, begun, time.monotonic()))
        self._last = path, form
        return reply.location

    async def _again(self, path: str, form: dict[str, str]) -> None:
        """Send a submission a second time, and an earlier one with other choices; neither may count."""
        await self._ask("submission", "POST", path, form)
        self._crowd.doubled += 1
        if self._last is not None:
            earlier, sent = self._last
            other = {name: "right" if value == "left" else value for name, value in sent.items()}
            await self._ask("submission", "POST", earlier, other)
            self._crowd.doubled += 1

    def _answers(self, text: str) -> dict[str, str]:
        options: dict[str, list[str]] = defaultdict(list)
        for name, value in OPTION.findall(text):
            options[name].append(value)
        fields = {name: self._chance.choice(values) for name, values in options.items()}
        for name, value in list(fields.items()):
            if name.startswith("choice-") and value not in ("left", "right"):
                fields.pop(f"strength-{name[7:]}", None)
        return {**fields, "reason": "She never lifts the receiver. " * 3}

    async def _load_assets(self, text: str) -> None:
        if not self._assets_loaded:
            self._assets_loaded = True
            for path in dict.fromkeys(ASSET.findall(text)):
                await self._ask("styles and scripts", "GET", path)

    async def _ask(
        self, kind: str, method: str, path: str, data: object = None, json: object = None
    ) -> Reply:
        """Ask until there is an answer that is no failure of the site's, the same each time."""
        crowd, pause = self._crowd, 0.2
        while True:
            begin = time.perf_counter()
            try:
                async with self._browser.request(
                    method, path, data=data, json=json, allow_redirects=False
                ) as answer:
                    text = await answer.text()
                if answer.status < 500:
                    crowd.times[kind].append(time.perf_counter() - begin)
                    location = urlsplit(answer.headers.get("Location", ""))
                    if kind != "styles and scripts":
                        crowd.check(self._code, path, f"{answer.raw_headers!r}{text}")
                    return Reply(
                        answer.status, text, location.path + ("?" + location.query if location.query else "")
                    )
                trouble = f"status {answer.status}"
            except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
                trouble = type(error).__name__
            crowd.failures[trouble] += 1
            await asyncio.sleep(pause)
            pause = min(2.0, 2 * pause)


def _about_me(form: Form) -> list[tuple[str, str]]:
    """Consent, profile and the like: the boxes that must be ticked, and one answer to each question."""
    values = form.filled()
    for one in form.fields.values():
        options = [option for option in one.options if option]
        if one.kind == "checkbox":
            if one.required or one.name == "agree":
                values[one.name] = options[:1]
        elif options and (one.kind == "select" or not one.chosen):
            values[one.name] = options[:1]
    name, value = form.buttons[0]
    sent = [(key, each) for key, given in values.items() for each in given]
    return [*sent, (name, value)] if name else sent


STORED = """
SELECT held.code, rater.code, criterion.slug, judgment.choice
FROM annotations_judgment judgment
JOIN annotations_assignment held ON held.id = judgment.assignment_id
JOIN annotations_rater rater ON rater.id = held.rater_id
JOIN annotations_criterion criterion ON criterion.id = judgment.criterion_id
"""


@dataclass(frozen=True)
class Ledger:
    """Submissions that were accepted, and how the database differs from them."""

    accepted: int
    lost: int
    doubled: int
    unknown: int

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.unknown)

    def __str__(self) -> str:
        return (
            f"{self.accepted:,} submissions accepted; judgments lost: {self.lost}, "
            f"stored twice: {self.doubled}, stored and never accepted: {self.unknown}"
        )


def compare(crowd: Crowd, database_url: str) -> Ledger:
    """Hold what was accepted against what is stored, judgment by judgment."""
    with psycopg.connect(database_url) as connection:
        stored = Counter(connection.execute(STORED).fetchall())
    told = {
        (each.assignment, each.rater, slug, choice)
        for each in crowd.accepted
        for slug, choice in each.choices.items()
    }
    return Ledger(
        accepted=len(crowd.accepted),
        lost=len(told - stored.keys()),
        doubled=sum(count - 1 for count in stored.values()),
        unknown=len(stored.keys() - told),
    )
