"""Where the pages of a script begin, estimated from its stored HTML (`generation.screenplay.render`).

A page is one of the PDF that raters can print (`annotations/print.typ`). English is counted in lines:
Courier, 60 characters by 54 lines, and no speech of less than half a page is divided. Chinese is estimated
from A4 with 35 characters a line; its lines have the height of Evalsite Serif SC. A page that begins within a
block is marked at the next one.
"""

import re
import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from math import ceil

_BLOCK = re.compile(
    r'<(?P<tag>h3|p) class="(?P<kind>sp-[a-z]+)[^"]*"(?: data-o="(?P<at>\d+)")?>(?P<inner>.*?)</(?P=tag)>',
    re.DOTALL,
)
_OFFSET = re.compile(r'data-o="(\d+)"')
_TAG = re.compile(r"<[^>]*>")
_SPEECH = ("sp-cue", "sp-paren", "sp-dialogue")

LINES = 54.0
WIDTHS = {"sp-cue": 38, "sp-paren": 25, "sp-dialogue": 35}
WIDTH = 60
UNDIVIDED = 27.0
"""A speech of up to that many lines is not divided."""

ZH_HEIGHT = 698.0
ZH_LINE, ZH_LEADING = 8.8, 9.6
ZH_ABOVE, ZH_ABOVE_HEADING = 14.4, 21.6
ZH_WIDTH = 35.5
ZH_TITLE = 31.0


@dataclass(frozen=True, slots=True)
class Pages:
    """`starts`: the code point at which each page after the first begins. `eighths`: the length in eighths of
    a page, at least 1."""

    starts: tuple[int, ...]
    eighths: int

    @property
    def count(self) -> int:
        return len(self.starts) + 1


@dataclass(slots=True)
class _Group:
    """Blocks that stay together: where they begin, their height, the space above, and what they allow."""

    at: int
    height: float
    above: float
    divisible: bool
    sticky: bool


def count_pages(html: str, language: str) -> Pages:
    """Estimate the pages of a script's stored HTML."""
    groups = list(_chinese(html) if language == "zh" else _english(html))
    page = ZH_HEIGHT if language == "zh" else LINES
    starts: list[int] = []
    # The name of the script is the first line of its first page.
    used = first = ZH_TITLE if language == "zh" else 1.0
    held: _Group | None = None
    for group in groups:
        above = group.above if used else 0.0
        if used + above + group.height <= page:
            used += above + group.height
        elif group.divisible and used + above < page - (ZH_LINE if language == "zh" else 2):
            # The page begins within the block; its mark is placed at the next one.
            used = used + above + group.height
            while used > page:
                used -= page
                starts.append(-1)
        else:
            # A heading goes over to the next page with what follows it.
            begin = held if held is not None and used > held.height else group
            starts.append(begin.at)
            used = group.height + (held.height + group.above if begin is held and held else 0.0)
        if starts and starts[-1] < 0 and group.at > _last(starts):
            starts = [group.at if start < 0 else start for start in starts]
        held = group if group.sticky else None
    total = page * len(starts) + used - first
    return Pages(tuple(dict.fromkeys(starts)), max(1, round(8 * total / page)))


def _last(starts: list[int]) -> int:
    return max((start for start in starts if start >= 0), default=-1)


def _english(html: str) -> Iterator[_Group]:
    speech: _Group | None = None
    for kind, at, text in _blocks(html):
        height = float(
            sum(len(textwrap.wrap(line, WIDTHS.get(kind, WIDTH)) or [""]) for line in text.split("\n"))
        )
        if kind in _SPEECH and kind != "sp-cue" and speech is not None:
            speech.height += height
            speech.divisible = speech.height > UNDIVIDED
            continue
        if speech is not None:
            yield speech
            speech = None
        if kind == "sp-cue":
            speech = _Group(at, height, 1.0, divisible=False, sticky=False)
        else:
            yield _Group(at, height, 1.0, divisible=kind != "sp-heading", sticky=kind == "sp-heading")
    if speech is not None:
        yield speech


def _chinese(html: str) -> Iterator[_Group]:
    for kind, at, text in _blocks(html):
        lines = sum(max(1, ceil(_zh_width(line) / ZH_WIDTH)) for line in text.split("\n"))
        heading = kind == "sp-heading"
        yield _Group(
            at,
            lines * ZH_LINE + (lines - 1) * ZH_LEADING,
            ZH_ABOVE_HEADING if heading else ZH_ABOVE,
            divisible=not heading,
            sticky=heading,
        )


def _zh_width(line: str) -> float:
    return sum(1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.5 for char in line)


def _blocks(html: str) -> Iterator[tuple[str, int, str]]:
    for found in _BLOCK.finditer(html):
        inner = found["inner"]
        at = found["at"] or (offset[1] if (offset := _OFFSET.search(inner)) else None)
        if at is not None:
            yield found["kind"], int(at), unescape(_TAG.sub("", inner.replace("<br>", "\n")))
