"""Mark what was found in a script, in its house layout and in its lines as typed."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from generation.screenplay import Element, render_html
from generation.screenplay import Script as Parsed
from generation.screenplay.leaks.scanning import Finding

# No characters of any text: Unicode keeps them for programs' own use.
_OPEN, _ID, _CLOSE = "\ufdd0", "\ufdd1", "\ufdd2"
_NONE = {ord(each): None for each in (_OPEN, _ID, _CLOSE)}
MOST_AROUND = 80

Span = tuple[int, int]
"""In an element's text."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A place in the text as it was typed, with the words around it in its lines."""

    line: int
    before: str
    found: str
    after: str


def excerpt_around(text: str, place: Finding) -> Excerpt | None:
    """Nothing where a finding is about the whole of a text."""
    if place.end <= place.start:
        return None
    first = text.rfind("\n", 0, place.start) + 1
    last = text.find("\n", place.end)
    before, after = text[first : place.start], text[place.end : last if last >= 0 else len(text)]
    cut = "…" if len(before) > MOST_AROUND else ""
    more = "…" if len(after) > MOST_AROUND else ""
    return Excerpt(
        line=text.count("\n", 0, place.start) + 1,
        before=cut + before[-MOST_AROUND:],
        found=text[place.start : place.end][:300],
        after=after[:MOST_AROUND] + more,
    )


def highlight_findings(text: str, parsed: Parsed, places: Mapping[Finding, str]) -> tuple[str, set[str]]:
    """The house layout with `<mark data-finding="CODE ...">` around places, and the codes that are in it.

    `places` gives each place of the text as it was typed a code. What the layout leaves out or sets otherwise
    cannot be pointed at exactly: then the whole element is marked, or nothing where nothing of it is printed.
    """
    spans: dict[int, list[tuple[Span, str]]] = {}
    for place, code in places.items():
        for index, span in _in_elements(text, parsed.elements, place):
            spans.setdefault(index, []).append((span, code))
    labels: list[str] = []
    elements = tuple(
        replace(element, text=_with_marks(element.text, spans.get(index, []), labels))
        for index, element in enumerate(parsed.elements)
    )
    html = render_html(replace(parsed, elements=elements))
    for number, label in enumerate(labels):
        html = html.replace(f"{_OPEN}{number}{_ID}", f'<mark data-finding="{label}">')
    shown = {code for found in spans.values() for _span, code in found}
    return html.replace(_CLOSE, "</mark>"), shown


def _in_elements(text: str, elements: Sequence[Element], place: Finding) -> Iterator[tuple[int, Span]]:
    """For each line of a place: the printed element that holds it, and where in it."""
    lines = [element.line for element in elements]
    start = place.start
    while start < place.end:
        stop = text.find("\n", start, place.end)
        stop = stop if stop >= 0 else place.end
        piece = text[start:stop].strip()
        number = text.count("\n", 0, start) + 1
        last = bisect_right(lines, number) - 1
        if piece and last >= 0:
            here = [i for i, line in enumerate(lines) if line == lines[last] and elements[i].printed]
            yield from _find(text, elements, here, piece, start, exact=number == lines[last])
        start = stop + 1


def _find(
    text: str, elements: Sequence[Element], here: Sequence[int], piece: str, start: int, *, exact: bool
) -> Iterator[tuple[int, Span]]:
    """The same of several equal pieces that it is in the text, else all of the line's text."""
    found: list[tuple[int, Span]] = []
    for index in here:
        at = elements[index].text.find(piece)
        while at >= 0:
            found.append((index, (at, at + len(piece))))
            at = elements[index].text.find(piece, at + 1)
    if found:
        first = _line_start(text, elements[here[0]].line)
        yield found[min(text[first:start].count(piece), len(found) - 1)]
    elif exact:
        yield from ((index, (0, len(elements[index].text))) for index in here)


def _line_start(text: str, line: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1
    return at


def _with_marks(text: str, spans: Sequence[tuple[Span, str]], labels: list[str]) -> str:
    """The text with marks around its spans; where spans overlap a mark has the codes of all."""
    if not spans:
        return text.translate(_NONE)
    edges = sorted({0, len(text), *(edge for span, _ in spans for edge in span)})
    parts = []
    for low, high in pairwise(edges):
        codes = sorted({code for (start, end), code in spans if start <= low and high <= end})
        inner = text[low:high].translate(_NONE)
        if codes and inner:
            labels.append(" ".join(codes))
            inner = f"{_OPEN}{len(labels) - 1}{_ID}{inner}{_CLOSE}"
        parts.append(inner)
    return "".join(parts)
