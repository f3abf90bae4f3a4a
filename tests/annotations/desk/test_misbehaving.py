"""Fifty raters whose browsers misbehave: each pair is judged once, and nobody sees an error of the site."""

import http.client
import random
import re
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import pytest
from pytest_django.live_server_helper import LiveServer

from annotations.models import AnswerChange, Assignment, Judgment, Score
from tests.annotations.desk.cast import CRITERIA, Reader, at_desk, make_study

RATERS, PAIRS, AT_ONCE = 50, 2, 8
FORM = "application/x-www-form-urlencoded"


@dataclass
class Browser:
    """A rater's browser with as many tabs as one likes; `statuses` is all that the site has answered."""

    place: str
    cookie: str
    chance: random.Random
    path: str
    statuses: list[int] = field(default_factory=list)
    accepted: dict[str, str] = field(default_factory=dict)
    """Codes of assignments, each with the choice that was sent first or, of two at once, "either"."""

    def ask(self, method: str, path: str, body: str = "", kind: str = FORM) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection(self.place, timeout=60)
        try:
            connection.request(method, path, body.encode(), {"Cookie": self.cookie, "Content-Type": kind})
            answer = connection.getresponse()
            self.statuses.append(answer.status)
            return answer.status, answer.read().decode(), answer.headers.get("Location", "")
        finally:
            connection.close()

    def judge_all(self) -> None:
        token = ""
        while self.path.startswith("/r/a/"):
            page = self.ask("GET", self.path)[1]
            stale, token = token, re.findall(r'name="token" value="(\w+)"', page)[0]
            ways = [self.two_tabs, self.again_and_again, self.hang_up, self.save_and_send]
            if stale:
                assert self.ask("POST", self.path, self.form(stale, "right"))[0] == 400
            self.path = self.chance.choice(ways)(token)
            if not self.path.startswith("/r/a/"):
                self.path = self.ask("GET", "/r/go/")[2]

    def form(self, token: str, choice: str) -> str:
        fields = {f"choice-{slug}": choice for slug, *_ in CRITERIA}
        return urlencode({**fields, "score-left": 8, "score-right": 5, "token": token, "then": "next"})

    def send(self, token: str, choice: str) -> str:
        status, _page, location = self.ask("POST", self.path, self.form(token, choice))
        assert status == 303
        return location

    def note(self, choice: str) -> None:
        self.accepted[self.path.split("/")[3]] = choice

    def two_tabs(self, token: str) -> str:
        with ThreadPoolExecutor(2) as tabs:
            found = [tabs.submit(self.send, token, choice) for choice in ("left", "right")]
        self.note("either")
        first, second = (one.result() for one in found)
        assert first == second
        return first

    def again_and_again(self, token: str) -> str:
        self.note("left")
        found = {self.send(token, choice) for choice in ("left", "right", "tie")}
        assert len(found) == 1
        return found.pop()

    def hang_up(self, token: str) -> str:
        """Close the connection at once; after a while, send it again."""
        body = self.form(token, "left")
        head = f"POST {self.path} HTTP/1.1\r\nHost: {self.place}\r\nCookie: {self.cookie}\r\n"
        head += f"Content-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n"
        sent = (head + body)[: self.chance.choice([len(head), len(head) + 20, len(head) + len(body)])]
        host, port = self.place.split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(sent.encode())
        self.note("left")
        return self.send(token, "left")

    def save_and_send(self, token: str) -> str:
        saved = f'{{"token": "{token}", "revision": 0, "fields": {{"choice-overall": "tie"}}}}'
        with ThreadPoolExecutor(2) as tabs:
            save = tabs.submit(self.ask, "POST", f"{self.path}answer/", saved, "application/json")
            send = tabs.submit(self.send, token, "left")
        assert save.result()[0] in (200, 410)
        self.note("left")
        return send.result()


@pytest.mark.django_db(transaction=True)
def test_each_pair_is_judged_once(live_server: LiveServer) -> None:
    study = make_study(pairs=PAIRS, seats=RATERS, marks=False)
    place = urlsplit(live_server.url).netloc
    browsers = [_browser(at_desk(study), place, seed) for seed in range(RATERS)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        work: Callable[[Browser], None] = Browser.judge_all
        list(pool.map(work, browsers))
    statuses = {status for one in browsers for status in one.statuses}
    assert max(statuses) < 500
    assert (
        Assignment.objects.filter(state="submitted").count() == RATERS * PAIRS == Assignment.objects.count()
    )
    assert Judgment.objects.count() == RATERS * PAIRS * len(CRITERIA)
    assert Score.objects.count() == RATERS * PAIRS * 2
    for browser in browsers:
        assert len(browser.accepted) == PAIRS
        for code, choice in browser.accepted.items():
            kept = set(Judgment.objects.filter(assignment__code=code).values_list("choice", flat=True))
            assert kept == {choice} or (choice == "either" and len(kept) == 1)
            # What was last recorded of the changes is what was submitted.
            changes = AnswerChange.objects.filter(assignment__code=code, field="choice-overall")
            assert {changes.last().value} == kept


def _browser(reader: Reader, place: str, seed: int) -> Browser:
    cookie = "; ".join(f"{name}={one.value}" for name, one in reader.client.cookies.items())
    return Browser(place, cookie, random.Random(seed), reader.address())
