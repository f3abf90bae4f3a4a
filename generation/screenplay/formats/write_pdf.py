"""The scene model as a PDF, set by typst from data, never from markup.

English: a Letter page in the measures of the trade, ten letters to the inch, headings bold; the lines are
broken here, so that the same script falls on the same pages everywhere. The font is the fixed-pitch one that
comes with typst, set so that ten letters make an inch. Chinese: A4, Song, flush left.
"""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from evalsite.core.typeset import HEI, SONG, set_pdf
from generation.screenplay import Element, Kind, Script, source_text
from generation.screenplay.chinese import is_heading
from generation.screenplay.render import speeches

MONO = "DejaVu Sans Mono"
_MONO_SIZE = 7.2 / (1233 / 2048)  # points at which a letter of MONO is a tenth of an inch wide

_TOP, _PITCH, _LINE, _LEFT = 72.0, 7.2, 12.0, 108.0
LINES = 54
# Indent in letters from the left edge of the action, and width.
_PLACES = {
    Kind.CHARACTER: (20, 38),
    Kind.PARENTHETICAL: (15, 25),
    Kind.DIALOGUE: (10, 35),
}
_DUAL = {Kind.CHARACTER: 8, Kind.PARENTHETICAL: 4, Kind.DIALOGUE: 0}
_DUAL_WIDTH, _DUAL_RIGHT = 27, 32

Placed = tuple[int, str, bool]
"""Letters from the left edge, the text of a line, and whether it is bold."""


def pdf(script: Script) -> bytes:
    """The script as a PDF. Raises `TypesettingError`."""
    data = _chinese(script) if script.language == "zh" else _english(script)
    return set_pdf("generation.screenplay.formats", "script.typ", script=data)


def _english(script: Script) -> dict[str, Any]:
    pages = [_placed(page, number) for number, page in enumerate(_pages(*_blocks(script)), start=1)]
    fonts = [MONO, *SONG]
    return {"lang": "en", "region": None, "fonts": fonts, "head": fonts, "size": _MONO_SIZE, "pages": pages}


def _placed(lines: Sequence[list[Placed]], number: int) -> list[dict[str, Any]]:
    found = [
        {"x": _LEFT + _PITCH * indent, "y": _TOP + _LINE * row, "text": text, "bold": bold}
        for row, line in enumerate(lines)
        for indent, text, bold in line
    ]
    if number > 1:
        text = f"{number}."
        found.insert(0, {"x": 540.0 - _PITCH * len(text), "y": 36.0, "text": text, "bold": False})
    return found


def _pages(blocks: Sequence[list[list[Placed]]], heads: Sequence[bool]) -> Iterator[list[list[Placed]]]:
    """Blocks on pages: none is cut that fits on one, and a heading (`heads`) stays with what follows it."""
    page: list[list[Placed]] = []
    for index, block in enumerate(blocks):
        need = len(block) + (1 if page else 0)
        if heads[index] and index + 1 < len(blocks):
            need += 1 + min(2, len(blocks[index + 1]))
        if page and len(page) + need > LINES:
            yield page
            page = []
        for row in [[], *block] if page else block:
            if len(page) == LINES:
                yield page
                page = []
            page.append(row)
    if page:
        yield page


def _blocks(script: Script) -> tuple[list[list[list[Placed]]], list[bool]]:
    """What stands without a blank line between, line by line, and which of them are headings."""
    shown = [element for element in script.elements if element.printed]
    found: list[list[list[Placed]]] = []
    heads: list[bool] = []
    grouped = speeches(shown)
    index = 0
    while index < len(grouped):
        block = grouped[index]
        heads.append(block[0].kind is Kind.HEADING)
        right = grouped[index + 1] if index + 1 < len(grouped) else []
        if block[0].dual == "left" and right and right[0].dual == "right":
            found.append(_side_by_side(block, right))
            index += 2
        else:
            found.append([[line] for element in block for line in _lines(element)])
            index += 1
    return found, heads


def _lines(element: Element) -> Iterator[Placed]:
    text = f"({element.text})" if element.kind is Kind.PARENTHETICAL else element.text
    if element.kind in (Kind.HEADING, Kind.CHARACTER, Kind.TRANSITION):
        text = text.upper()
    indent, width = _PLACES.get(element.kind, (0, 60))
    for line in _wrapped(text, width):
        if element.kind is Kind.TRANSITION:
            yield 60 - len(line), line, False
        elif element.form == "centered":
            yield (60 - len(line)) // 2, line, False
        else:
            yield indent, line, element.kind is Kind.HEADING


def _wrapped(text: str, width: int) -> Iterator[str]:
    for line in text.split("\n"):
        yield from textwrap.wrap(line, width, break_on_hyphens=False) or [""]


def _side_by_side(left: Sequence[Element], right: Sequence[Element]) -> list[list[Placed]]:
    columns = [
        [
            (start + _DUAL[element.kind], line, False)
            for element in speech
            for line in _wrapped(_dual_text(element), _DUAL_WIDTH - _DUAL[element.kind])
        ]
        for start, speech in ((0, left), (_DUAL_RIGHT, right))
    ]
    rows = max(len(column) for column in columns)
    return [[column[row] for column in columns if row < len(column)] for row in range(rows)]


def _dual_text(element: Element) -> str:
    if element.kind is Kind.PARENTHETICAL:
        return f"({element.text})"
    return element.text.upper() if element.kind is Kind.CHARACTER else element.text


def _chinese(script: Script) -> dict[str, Any]:
    blocks = [{"text": line, "heading": is_heading(line)} for line in source_text(script).split("\n") if line]
    fonts = {"fonts": [*SONG, MONO], "head": [*HEI, MONO]}
    return {"lang": "zh", "region": "cn", **fonts, "size": 12, "blocks": blocks}
