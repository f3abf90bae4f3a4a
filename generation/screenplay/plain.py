"""The scene model as plain text in the house layout: for terminals, exports and people who like files."""

import textwrap
import unicodedata
from collections.abc import Iterator

from generation.screenplay.model import SPEECH, Element, Kind, Script
from generation.screenplay.render import speeches

# Columns of a Letter page in 10-pitch Courier, from the left edge of the action: (indent, width).
_EN = {
    Kind.HEADING: (0, 60),
    Kind.ACTION: (0, 60),
    Kind.CHARACTER: (20, 38),
    Kind.PARENTHETICAL: (15, 25),
    Kind.DIALOGUE: (10, 35),
}
_MEASURE = 60
_BREAKS = ("INT", "EXT", "EST", "I/E")


def plain_text(script: Script) -> str:
    """The script in its language's house layout, ending in LF. Notes are left out, as in the HTML."""
    shown = [element for element in script.elements if element.printed]
    render = _block_zh if script.language == "zh" else _block_en
    blocks = ["\n".join(render(block)) for block in speeches(shown)]
    joint = "\n" if script.language == "zh" else "\n\n"
    return _spaced(blocks, shown, joint) + "\n" if blocks else ""


def _spaced(blocks: list[str], shown: list[Element], joint: str) -> str:
    """Join blocks; a blank line stands before every scene but the first."""
    heads = {index for index, block in enumerate(speeches(shown)) if block[0].kind is Kind.HEADING and index}
    return "".join(
        (("\n\n" if index in heads else joint) if index else "") + block for index, block in enumerate(blocks)
    )


def _block_zh(block: list[Element]) -> Iterator[str]:
    first = block[0]
    if first.kind in SPEECH:
        yield _speech_zh(block)
    elif first.kind is Kind.CAST:
        yield f"人物：{first.text}"
    elif first.kind is Kind.ACTION and first.form in ("", "unmarked"):
        yield f"△{first.text}"
    else:
        yield first.text


def _speech_zh(block: list[Element]) -> str:
    parts: list[str] = []
    colon = block[0].kind is not Kind.CHARACTER
    for element in block:
        if element.kind is Kind.DIALOGUE and not colon:
            parts.append("：")
            colon = True
        parts.append(f"（{element.text}）" if element.kind is Kind.PARENTHETICAL else element.text)
    return "".join(parts) + ("" if colon else "：")


def _block_en(block: list[Element]) -> Iterator[str]:
    for element in block:
        if element.kind is Kind.TRANSITION:
            yield element.text.upper().rjust(_MEASURE)
            continue
        text = f"({element.text})" if element.kind is Kind.PARENTHETICAL else element.text
        if element.kind in (Kind.HEADING, Kind.CHARACTER):
            text = text.upper()
        indent, width = _EN.get(element.kind, (0, _MEASURE))
        for line in text.split("\n"):
            if element.form == "centered":
                yield line.center(_MEASURE).rstrip()
            else:
                yield textwrap.indent(textwrap.fill(line, width, break_on_hyphens=False), " " * indent)


def columns(text: str) -> int:
    """The width of a text in terminal columns: two for wide characters."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
