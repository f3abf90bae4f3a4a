"""Everything that one rater's browser can be given: each page, form, header, cookie and piece of JSON."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import pdfplumber
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from annotations.simulation.pages import Form, Page, read_page

LINK = re.compile(r"""(?:href|src|action|data-[a-z-]+)\s*=\s*["']([^"']+)["']""")
TOKEN = re.compile(r"[A-Za-z0-9_]{10,}")
WHOLE_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9]+(?![0-9A-Za-z])")
BASE = "http://testserver"


@dataclass(frozen=True)
class Received:
    """One answer, as text: status line, headers, cookies, body."""

    asked: str
    text: str
    body: str


@dataclass
class Crawler:
    """A browser that keeps all it was given. `answers` are those of this rater alone."""

    client: Client = field(default_factory=Client)
    answers: list[Received] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)

    def ask(self, method: str, path: str, data: Any = None, **more: Any) -> HttpResponse:
        """One request; redirects within the site are followed, and every answer on the way is kept."""
        for _ in range(10):
            self.addresses.add(path)
            send = self.client.post if method == "POST" else self.client.get
            response = send(path, data or {}, **more) if method == "POST" else send(path)
            self._keep(f"{method} {path}", response)
            if response.status_code not in (301, 302, 303):
                return response  # type: ignore[return-value]
            method, data, more = "GET", None, {}
            path = _local(urljoin(BASE + path, response.headers["Location"]))
        raise AssertionError(f"redirected for ever, at last to {path}")

    def page(self, method: str, path: str, data: Any = None) -> Page:
        response = self.ask(method, path, data)
        address = BASE + response.request["PATH_INFO"]  # type: ignore[attr-defined]
        return read_page(response.content.decode(), address, response.status_code)

    def post_json(self, path: str, value: Any) -> HttpResponse:
        return self.ask("POST", path, json.dumps(value), content_type="application/json")

    def _keep(self, asked: str, response: Any) -> None:
        text = text_of(response)
        headers = headers_of(response)
        # A cookie's life in seconds is a number of the settings; its name and value are what could tell.
        cookies = "\n".join(f"{name}={morsel.value}" for name, morsel in response.cookies.items())
        self.answers.append(Received(asked, f"{headers}\n{cookies}\n{text}", text))

    def follow_all(self, start: str) -> None:
        """Every link of the page, and of the pages they lead to, that is no file of the site's own."""
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            response = self.ask("GET", path)
            here = BASE + response.request["PATH_INFO"]  # type: ignore[attr-defined]
            if not response.headers.get("Content-Type", "").startswith("text/html"):
                continue
            for link in LINK.findall(response.content.decode()):
                if link.startswith(("/", "http://testserver")):
                    target = _local(urljoin(here, link))
                    # A PDF takes long to set: once is enough.
                    once = target.endswith(".pdf") and target in self.addresses
                    if not target.startswith("/static/") and not once:
                        waiting.append(target)

    def tokens(self) -> set[str]:
        """Long words with a digit in them, from addresses and attributes: whatever could be a code."""
        found = set()
        for answer in self.answers:
            body = QUESTIONS.sub("", answer.body)
            for value in [answer.asked, *ATTRIBUTE.findall(body)]:
                found |= {
                    word
                    for word in TOKEN.findall(value)
                    if re.search("[0-9]", word) and re.search("[a-z]", word) and "/static/" not in value
                }
        return found


def text_of(response: Any) -> str:
    """The body as text: what a PDF prints, what a zip file holds."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body.startswith(b"%PDF"):
        return _printed(body)
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as file:
            return "\n".join(
                f"{name}\n{file.read(name).decode('utf-8', 'replace')}" for name in file.namelist()
            )
    return body.decode("utf-8", "replace")


def headers_of(response: Any) -> str:
    """All headers but the random ID of the request, which may look like a number."""
    return "\n".join(f"{name}: {value}" for name, value in response.headers.items() if name != "X-Request-ID")


def _printed(pdf: bytes) -> str:
    """What a PDF says of itself and on its pages. Its own syntax and the packet's fixed name are no news."""
    with pdfplumber.open(io.BytesIO(pdf)) as file:
        said = [str(file.metadata), *(page.extract_text() for page in file.pages)]
    return "\n".join(said)


ATTRIBUTE = re.compile(r"""[a-z-]+\s*=\s*["']([^"']*)["']""")
QUESTIONS = re.compile(r'name="questions" value="[0-9a-f]{64}"')
"""The digest of the questions, which are the same for all raters of a study."""


def _local(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def big_numbers(text: str, least: int) -> Iterator[str]:
    """Numbers that stand alone or behind a word, and are not below `least`."""
    for word in WHOLE_NUMBER.findall(text):
        if int(word) >= least:
            yield word
    yield from re.findall(rf"[g-zG-Z_]({str(least)[:5]}[0-9]{{2}})(?![0-9])", text)


def choices_of(form: Form, choice: str) -> dict[str, list[str]]:
    """The judging form filled in: the same choice everywhere, the lowest score, one mark."""
    values = form.filled()
    for name, one in form.fields.items():
        if name.startswith("choice-"):
            values[name] = [choice]
        elif name.startswith("score-"):
            values[name] = one.options[:1]
        elif name.startswith("strength-"):
            values[name] = one.options[1:2] if choice in ("left", "right") else []
        elif name.startswith("mark-") and name.endswith("-1-class"):
            values[name] = one.options[1:2]
        elif name.startswith("mark-") and name.endswith("-1-note"):
            values[name] = ["the third line"]
    return values


def own_form(page: Page, path: str | None = None) -> Form:
    """The form of a page that posts to itself, or to `path`."""
    wanted = path or page.path
    return next(form for form in page.forms if form.method == "post" and form.path(page.address) == wanted)


DESK = reverse("rater-desk")
