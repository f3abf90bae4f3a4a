"""Where a mark points: code-point offsets into an entry's text, held to what its page shows.

A page says what a rater selected; it is never trusted. An offset between two elements (a blank line, a mark
that the layout adds) moves inwards to the nearest text that is shown.
"""

from dataclasses import dataclass
from html.parser import HTMLParser


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
    """What is shown, element by element, as the markup promises it (generation/screenplay/render.py)."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
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
