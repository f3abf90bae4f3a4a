"""What the pages of an upload show: its lines by scene, a part at a time, and briefs that fit its scenes."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe

from generation.models import Brief
from generation.screenplay import render_html
from generation.screenplay.chinese_words import CAST
from generation.screenplay.formats import CutScene, Line, headed
from generation.screenplay.house import house
from generation.script_metrics.measures import brief_text, unknown_speakers
from generation.uploads import messages as upload_words
from generation.uploads.services import ParsedUpload

ROWS_A_PAGE = 220
MOST_JUMPS = 40
_LOST, _DOUBT, _DROPPED = "lost", "doubt", "dropped"
_WORD = re.compile(r"[a-z]{3,}")
_HAN_PAIR = re.compile(r"(?=([\u4e00-\u9fff]{2}))")
LIKELY = 0.34
MOST_COMPARED = 8_000
"""Scenes times briefs: beyond that nothing is suggested."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file and what it was read as. `state` is lost, doubt, dropped or empty.

    `choice` is the type that an admin gave it; `before` is what it was taken for without that, in words, and
    `read_as` the one type that this is.
    """

    at: int
    line: Line
    kinds: list[str]
    state: str
    doubt: str
    choice: str = ""
    before: str = ""
    read_as: str = ""

    @property
    def asks(self) -> bool:
        return self.state in (_LOST, _DOUBT)


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one scene, and the scene as raters would see it; a long one goes on without it.

    `number` is 0 for lines before or without a scene.
    """

    number: int
    heading: str
    rows: list[Row]
    html: SafeString | str = ""


@dataclass(frozen=True, slots=True)
class Jump:
    """A line that asks to be looked at, and the page that it is on."""

    row: Row
    page: int


@dataclass(frozen=True, slots=True)
class Account:
    """All lines of a file, cut into pages, and the ones to look at."""

    pages: list[list[Part]]
    jumps: list[Jump]
    lost: int
    doubtful: int
    dropped: int
    lines: int

    def row_of(self, number: int) -> tuple[int, int] | None:
        """The page and the position of the line with this number in the file."""
        for page, parts in enumerate(self.pages, start=1):
            for row in (row for part in parts for row in part.rows):
                if row.line.number == number:
                    return page, row.at
        return None

    @property
    def scene_pages(self) -> list[tuple[int, str, int]]:
        """Each scene's number and heading, and the page on which it begins."""
        found: dict[int, tuple[str, int]] = {}
        for page, parts in enumerate(self.pages, start=1):
            for part in parts:
                if part.number:
                    found.setdefault(part.number, (part.heading, page))
        return [(number, *rest) for number, rest in found.items()]


def account_of(read: ParsedUpload) -> Account:
    rows = list(_rows(read))
    pages = _pages(_parts(read, rows))
    jumps = [
        Jump(row, page) for page, parts in enumerate(pages, start=1) for part in parts for row in part.rows
        if row.asks
    ]  # fmt: skip
    counted = Counter(row.state for row in rows)
    return Account(pages, jumps, counted[_LOST], counted[_DOUBT], counted[_DROPPED], len(rows))


def _rows(read: ParsedUpload) -> Iterator[Row]:
    understood = read.understood
    garbled = {each.number for each in understood.warnings if each.code == "mojibake"}
    for at, line in enumerate(understood.lines, start=1):
        code = line.warning or ("mojibake" if line.number in garbled else "")
        if line.lost:
            state, code = _LOST, code or "not-understood"
        elif code:
            state = _DOUBT
        else:
            state = _DROPPED if line.dropped else ""
        before = read.before.get(line.number, line.understood)
        yield Row(
            at,
            line,
            kinds=upload_words.kinds_of(line.understood),
            state=state,
            doubt=upload_words.doubt_of(code),
            choice=read.changes.get(line.number, ""),
            before=" + ".join(upload_words.kinds_of(before)),
            read_as=before[0] if len(before) == 1 else "",
        )


def _parts(read: ParsedUpload, rows: Sequence[Row]) -> Iterator[Part]:
    """The rows by scene; a line that is in none goes with the one before it."""
    headings = {scene.number: scene.heading for scene in read.scenes}
    current, held = 0, list[Row]()
    for row in rows:
        scene = row.line.scene
        if scene and scene != current and current:
            yield Part(current, headings.get(current, ""), held)
            held = []
        current = scene or current
        held.append(row)
    if held:
        yield Part(current, headings.get(current, ""), held)


def _pages(parts: Iterator[Part]) -> list[list[Part]]:
    """Whole scenes on a page while they fit; a scene longer than a page is cut."""
    pages: list[list[Part]] = [[]]
    room = ROWS_A_PAGE
    for part in parts:
        for piece in _chunks(part):
            if pages[-1] and len(piece.rows) > room:
                pages.append([])
                room = ROWS_A_PAGE
            pages[-1].append(piece)
            room -= len(piece.rows)
    return pages


def _chunks(part: Part) -> Iterator[Part]:
    for start in range(0, len(part.rows), ROWS_A_PAGE):
        yield replace(part, rows=part.rows[start : start + ROWS_A_PAGE])


def typeset(read: ParsedUpload, parts: Sequence[Part]) -> list[Part]:
    """The parts with their scenes as raters would see them, each scene once."""
    shown: set[int] = set()
    found = []
    for part in parts:
        fresh = part.number and part.number not in shown and part.number <= len(read.scenes)
        shown.add(part.number)
        found.append(replace(part, html=scene_html(read, part.number, part.number)) if fresh else part)
    return found


def scene_html(read: ParsedUpload, first: int, last: int) -> SafeString:
    """Scenes in house layout and typography, as raters see them; `render_html` has escaped them."""
    script = read.understood.script
    chosen = house(replace(script, scenes=headed(script)[first - 1 : last]))
    return mark_safe(render_html(chosen))  # noqa: S308


def first_lines(scene: CutScene) -> list[str]:
    """How a scene begins, after its heading and its cast."""
    lines = [line.strip() for line in scene.text.split("\n") if line.strip()]
    return [line for line in lines if line not in scene.heading and not CAST.match(line)][:3]


def suggestions(scenes: Sequence[CutScene], briefs: Sequence[Brief]) -> dict[int, str]:
    """For a scene the brief that is most like it, where one is; each brief once, the best first."""
    if len(scenes) * len(briefs) > MOST_COMPARED:
        return {}
    told = [
        (brief, brief_text(brief.content()), _terms(_words_of(brief), brief.language)) for brief in briefs
    ]
    scored: list[tuple[float, int, str]] = []
    for scene in scenes:
        for brief, text, terms in told:
            if not scene.speakers:
                continue
            strangers = unknown_speakers(scene.speakers, text)
            known = 1 - len(strangers) / len(scene.speakers)
            own = _terms(scene.text, brief.language)
            shared = len(own & terms) / max(1, min(len(own), len(terms)))
            if known >= 0.5 and known * 0.5 + shared >= LIKELY:
                scored.append((known * 0.5 + shared, scene.number, brief.slug))
    chosen: dict[int, str] = {}
    for _score, number, slug in sorted(scored, key=lambda each: (-each[0], each[1], each[2])):
        if number not in chosen and slug not in chosen.values():
            chosen[number] = slug
    return chosen


def _words_of(brief: Brief) -> str:
    names = " ".join(person["name"] for person in brief.characters)
    return f"{brief.outline} {names}"


@lru_cache(maxsize=2048)
def _terms(text: str, language: str) -> frozenset[str]:
    if language == "zh":
        return frozenset(_HAN_PAIR.findall(text))
    return frozenset(_WORD.findall(text.casefold()))
