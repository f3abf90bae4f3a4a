"""What a rater's answers to one assignment become: what the page measured, places of marks, every change.

An older form fills gaps, and measures only grow. What changed is found by `annotations.desk.submitting`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from annotations.models import Mark

A_DAY = 24 * 3600.0
PARTS = 64
"""A script counts in that many equal parts of its height; a bit of its mask says that one was in view."""
LIMITS: Mapping[str, float] = {
    "seconds": A_DAY,
    "read-left": A_DAY,
    "read-right": A_DAY,
    "share-left": 1.0,
    "share-right": 1.0,
    "switches": 100_000,
}
MASKS = ("seen-left", "seen-right")
SUMMED = ("seconds", "read-left", "read-right", "switches")
MOST_PAGES = 100
"""Pages of one assignment with measures of their own; of more, the largest total counts."""
MEASURES: Mapping[str, str] = {
    "seconds": "seconds",
    "read-left": "read_left_s",
    "read-right": "read_right_s",
    "share-left": "share_read_left",
    "share-right": "share_read_right",
    "read-first": "read_first",
    "switches": "switches",
}
"""What an assignment keeps of it, by the name of the column."""
_PAGE = re.compile(r"[0-9a-f]{16}", re.ASCII)
_MASK = re.compile(rf"[0-9a-f]{{1,{PARTS // 4}}}", re.ASCII)


def merge_measures(before: Mapping[str, Any], sent: object) -> dict[str, Any]:
    """What is known after a page has sent its measures; what makes no sense is left out."""
    found = dict(before)
    if not isinstance(sent, Mapping):
        return found
    added = _added(found, sent)
    for name, limit in LIMITS.items():
        if name in added:
            found[name] = min(limit, round(found.get(name, 0) + added[name], 3))
        elif _is_measure(value := sent.get(name), limit):
            found[name] = max(value, found.get(name, 0))
    for name in MASKS:
        value = sent.get(name)
        if isinstance(value, str) and _MASK.fullmatch(value):
            found[name] = f"{int(value, 16) | int(found.get(name, '0'), 16):x}"
    if sent.get("read-first") in ("left", "right"):
        found.setdefault("read-first", sent["read-first"])
    return found


def _added(found: dict[str, Any], sent: Mapping[str, Any]) -> dict[str, float]:
    """What a page has measured since its last message, by name and noted in `found`; {} if nothing."""
    page, own = sent.get("page"), sent.get("own")
    pages: dict[str, dict[str, float]] = dict(found.get("pages", {}))
    if not isinstance(page, str) or not _PAGE.fullmatch(page) or not isinstance(own, Mapping):
        return {}
    if page not in pages and len(pages) >= MOST_PAGES:
        return {}
    told = {name: own[name] for name in SUMMED if _is_measure(own.get(name), LIMITS[name])}
    before = pages.get(page, {})
    found["pages"] = pages | {page: before | {name: max(told[name], before.get(name, 0)) for name in told}}
    return {name: max(told[name] - before.get(name, 0), 0) for name in told}


def _is_measure(value: object, limit: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= limit


@dataclass(frozen=True, slots=True)
class MarkPlace:
    """Code points `start` up to but without `end`, and the scene, from 1, in which they begin."""

    start: int
    end: int
    scene: int


def locate_mark(html: str, length: int, start: int | None, end: int | None) -> MarkPlace | None:
    """The place in a text of `length` code points whose stored page is `html`; None where there is none.

    One that runs on past the end of the text ends with it.
    """
    if start is None or end is None or not 0 <= start < min(end, length):
        return None
    end = min(end, length)
    shown = [span for span in element_spans(html) if span.start < end and start < span.end]
    if not shown:
        return None
    first = min(shown, key=lambda span: span.start)
    return MarkPlace(max(start, first.start), min(end, max(span.end for span in shown)), first.scene)


def element_spans(html: str) -> list[MarkPlace]:
    """The displayed text, element by element, as the markup promises it (generation/screenplay/render.py)."""
    reader = _SpanReader()
    reader.feed(html)
    reader.close()
    return reader.found


class _SpanReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[MarkPlace] = []
        self._scene = 0
        self._start: int | None = None
        self._length = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "section":
            self._scene += 1
        if tag == "br":
            self._length += 1
        elif offset := given.get("data-o"):
            self._start, self._length = int(offset), 0

    def handle_data(self, data: str) -> None:
        self._length += len(data)

    def handle_endtag(self, tag: str) -> None:
        # An element with an offset holds text and line breaks alone, so the next end is its own.
        if self._start is not None and tag != "br":
            if self._length:
                self.found.append(MarkPlace(self._start, self._start + self._length, max(self._scene, 1)))
            self._start = None


RECORDED = ("choice-", "strength-", "score-", "knew-")
"""Fields whose names begin with these have their changes stored."""
MOST_CHANGES = 2000
"""Of one assignment; a person never makes as many. Those that no page reported are stored beyond it."""


@dataclass(frozen=True, slots=True)
class ClientChange:
    """One change as a page reports it: its `number` on that page, and how many seconds ago it was made."""

    page: str
    number: int
    field: str
    value: str
    seconds_ago: float


WORDS = ("reason", "note")
MARK_PARTS = ("class", "severity", "note", "start", "end")
MARK_ROWS = Mark.MOST_PER_SCRIPT


def merge_older_form(before: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, str]:
    """What is saved (`before`) with what an older form brings: answers to questions that have none, words
    below the words that are there, and its marks in rows of their own."""
    found = dict(before)
    answered = {_question(name) for name in before}
    for name, value in fields.items():
        # A box that is not ticked is an answer, no gap.
        if _question(name) not in answered and not name.startswith("knew-"):
            found[name] = value
    for name in WORDS:
        if fields.get(name):
            found[name] = join_texts(before.get(name, ""), fields[name])
    for row in sorted({_question(name) for name in fields if name.startswith("mark-")} & answered):
        _keep_mark(found, fields, row)
    return found


def join_texts(theirs: str, mine: str) -> str:
    """Both texts, one below the other, unless one holds the other."""
    if not theirs or theirs in mine:
        return mine
    return theirs if mine in theirs else f"{theirs}\n\n{mine}"


def _question(field: str) -> str:
    """What a field answers; choice and strength answer one question, and so does all of one mark."""
    kind, _, rest = field.partition("-")
    if kind in ("choice", "strength"):
        return f"criterion {rest}"
    return field.rpartition("-")[0] if kind == "mark" else field


def _keep_mark(found: dict[str, str], fields: Mapping[str, str], row: str) -> None:
    """A mark whose row is in use goes to a free one, unless it says the same place and kind."""
    mine = {part: fields[f"{row}-{part}"] for part in MARK_PARTS if fields.get(f"{row}-{part}")}
    if not mine:
        return
    side = row.split("-")[1]
    for name in (f"mark-{side}-{number}" for number in range(1, MARK_ROWS + 1)):
        theirs = {part: found.get(f"{name}-{part}", "") for part in MARK_PARTS}
        if all(theirs[part] == mine.get(part, "") for part in ("class", "start", "end")):
            note = join_texts(theirs["note"], mine.get("note", ""))
            severity = theirs["severity"] or mine.get("severity", "")
            joined = {f"{name}-note": note, f"{name}-severity": severity}
            found |= {field: value for field, value in joined.items() if value}
            return
    for name in (f"mark-{side}-{number}" for number in range(1, MARK_ROWS + 1)):
        if not any(f"{name}-{part}" in found or fields.get(f"{name}-{part}") for part in MARK_PARTS):
            found |= {f"{name}-{part}": value for part, value in mine.items()}
            return
    # No row is free: its text goes to the rater's own notes.
    said = ": ".join(mine[part] for part in ("class", "note") if part in mine)
    found["note"] = join_texts(found.get("note", ""), said)
