"""Marks in the HTML of a script: each piece of text is wrapped in `<mark>` with the classes of its marks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape, unescape
from itertools import pairwise

_TAG = re.compile(r"<[^>]*>")
_OFFSET = re.compile(r'\bdata-o="(\d+)"')


@dataclass(frozen=True, slots=True)
class TextMark:
    """A mark at code points `start` up to but without `end` of the text; `opening` is HTML that is put before
    it, such as a link with its number."""

    start: int
    end: int
    error_class: str
    opening: str = ""


def insert_marks(html: str, marks: Sequence[TextMark]) -> str:
    """The stored HTML of a script (`generation/screenplay/render.py`) with marks in its text.

    Marks may overlap and may run over several elements: text is cut at their ends, so that the result stays
    well formed. What the layout adds, outside of elements with `data-o`, is never marked.
    """
    placed: set[TextMark] = set()
    found: list[str] = []
    at: int | None = None
    last = 0
    for tag in _TAG.finditer(html):
        text = html[last : tag.start()]
        last = tag.end()
        if at is None:
            found.append(text)
            at = _offset(tag.group())
        else:
            plain = unescape(text)
            found += _pieces(plain, at, marks, placed)
            at += len(plain)
            # An element with an offset holds text and line breaks alone.
            at = at + 1 if tag.group().startswith("<br") else None
        found.append(tag.group())
    return "".join([*found, html[last:]])


def _offset(tag: str) -> int | None:
    offset = _OFFSET.search(tag)
    return int(offset.group(1)) if offset else None


def _pieces(text: str, at: int, marks: Sequence[TextMark], placed: set[TextMark]) -> Iterator[str]:
    """The text, which begins at code point `at`, escaped and cut at the ends of marks."""
    here = [mark for mark in marks if mark.start < at + len(text) and at < mark.end]
    edges = {at, at + len(text)}
    for mark in here:
        edges |= {max(at, mark.start), min(at + len(text), mark.end)}
    for low, high in pairwise(sorted(edges)):
        held = [mark for mark in here if mark.start <= low and high <= mark.end]
        openings = [mark.opening for mark in held if mark not in placed]
        placed.update(held)
        piece = escape(text[low - at : high - at], quote=True)
        if held:
            classes = [f"mark-{name}" for name in sorted({mark.error_class for mark in held})]
            several = ["mark-several"] if len(held) > 1 else []
            piece = f'<mark class="{" ".join([*classes, *several])}">{piece}</mark>'
        yield "".join([*openings, piece])
