"""Requests of judging as a browser sends them, timed by kind, over HTTP and within one process."""

import gzip
import html
import http.client
import io
import json
import os
import re
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import httpx

from bench import size
from evalsite.local.process import children_of

THINKING_S = size(2.0, 0.0)
ALONE = httpx.Limits(max_keepalive_connections=0)
"""A connection for each request: who thinks for as long as the server keeps one open would meet its end."""
Times = dict[str, list[float]]


class Visit(Protocol):
    """Something that can be asked: over HTTP, or the application itself."""

    def ask(self, kind: str, method: str, path: str, body: bytes = b"", sort: str = "") -> tuple[str, str]:
        """(text, address that it leads to or "")."""


class OverHttp:
    """A rater's browser, without the browser. Wall time of each answer, queueing included."""

    def __init__(self, base: str, cookies: dict[str, str], times: Times) -> None:
        self.client = httpx.Client(base_url=base, cookies=cookies, timeout=60, limits=ALONE)
        self.times = times

    def ask(self, kind: str, method: str, path: str, body: bytes = b"", sort: str = "") -> tuple[str, str]:
        begin = time.perf_counter()
        answer = self.client.request(method, path, content=body, headers={"Content-Type": sort})
        self.times[kind].append(time.perf_counter() - begin)
        if answer.status_code not in (200, 303):
            raise RuntimeError(f"{method} {path}: {answer.status_code}")
        return answer.text, answer.headers.get("Location", "")


class Connection:
    """A rater's browser, without the browser: one connection, pages compressed. Wall time of each answer."""

    def __init__(self, base: str, cookies: dict[str, str], times: Times) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
        self.headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        self.headers["Accept-Encoding"] = "gzip"
        self.times = times
        self.page_sizes: list[int] = []

    def ask(self, kind: str, method: str, path: str, body: bytes = b"", sort: str = "") -> tuple[str, str]:
        begin = time.perf_counter()
        self.connection.request(method, path, body, {**self.headers, "Content-Type": sort})
        answer = self.connection.getresponse()
        content = answer.read()
        self.times[kind].append(time.perf_counter() - begin)
        if answer.status not in (200, 303):
            raise RuntimeError(f"{method} {path}: {answer.status}")
        if kind == "page":
            self.page_sizes.append(len(content))
        if answer.getheader("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        return content.decode(), answer.getheader("Location") or ""


class Within:
    """The same by the WSGI application in this process. CPU time of each answer."""

    def __init__(self, application: Any, cookies: dict[str, str], times: Times) -> None:
        self.application = application
        self.cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self.times = times

    def ask(self, kind: str, method: str, path: str, body: bytes = b"", sort: str = "") -> tuple[str, str]:
        path, _, query = path.partition("?")
        said: dict[str, Any] = {}
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": self.cookie,
            "CONTENT_TYPE": sort,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
        }

        def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            said.update(status=status, headers=dict(headers))

        begin = time.process_time()
        answer = self.application(environ, start)
        text = b"".join(answer)
        answer.close()
        self.times[kind].append(time.process_time() - begin)
        if said["status"][:3] not in ("200", "303"):
            raise RuntimeError(f"{method} {path}: {said['status']}")
        return text.decode(), said["headers"].get("Location", "")


def cycle(visit: Visit, path: str, saves: int, think: Callable[[], None]) -> str:
    """Page, saves, submission; the address that comes next."""
    text, _ = visit.ask("page", "GET", path)
    fields = filled(text)
    token = re.search(r'name="token" value="(\w+)"', text)
    assert token
    wanted = [name for name in fields if not name.startswith("reason")]
    for number in range(saves):
        think()
        part = {name: fields[name] for name in wanted[: 2 * (number + 1)]}
        sent = {"token": token[1], "revision": number, "fields": part, "reading": {"seconds": 10 * number}}
        visit.ask("save", "POST", f"{path}answer/", json.dumps(sent).encode(), "application/json")
    think()
    form = urlencode({**fields, "token": token[1], "revision": str(saves), "then": "next"}).encode()
    return visit.ask("submission", "POST", path, form, "application/x-www-form-urlencoded")[1]


def filled(text: str) -> dict[str, str]:
    """A whole answer to the form on a page: the first option of every question, and a reason."""
    fields: dict[str, str] = {}
    for name, value in re.findall(r'<input type="radio" name="([\w-]+)" value="([\w-]+)"', text):
        if name.startswith(("choice-", "strength-", "score-")):
            fields.setdefault(name, value)
    return {**fields, "reason": html.unescape("She never lifts the receiver. " * 5)}


def at_once(base: str, raters: list[tuple[str, dict[str, str]]], saves: int) -> Times:
    """Every rater judges to the end of the seat, thinking before each request but the first of a pair."""
    times: Times = defaultdict(list)

    def judge(number: int) -> None:
        path, cookies = raters[number]
        time.sleep(THINKING_S * number / len(raters))
        visit = OverHttp(base, cookies, times)
        while path.startswith("/r/a/"):
            path = cycle(visit, path, saves, lambda: time.sleep(THINKING_S))
            time.sleep(THINKING_S)

    with ThreadPoolExecutor(len(raters)) as pool:
        for future in [pool.submit(judge, number) for number in range(len(raters))]:
            future.result()
    return times


def p95(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and of all that it has started, running or ended."""
    total = sum(map(_own_cpu, children_of(pid)))
    return total + sum(_ticks(pid)) / os.sysconf("SC_CLK_TCK")


def _own_cpu(pid: int) -> float:
    return sum(_ticks(pid)[:2]) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> list[int]:
    """Of the process itself, of the system for it, and the same of its children that have ended."""
    try:
        parts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return [0, 0, 0, 0]
    return [int(part) for part in parts[11:15]]
