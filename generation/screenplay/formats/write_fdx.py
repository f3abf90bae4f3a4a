"""The scene model as Final Draft (FDX).

Chinese action and cast keep their marks (△, 人物：) in the text, since that is how Chinese writers tell them.
Notes, sections and synopses become script notes, which Final Draft does not print.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from xml.sax.saxutils import escape

from generation.screenplay import Element, Kind, Script

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="no" ?>\n'
_TYPES = {
    Kind.HEADING: "Scene Heading",
    Kind.CAST: "Cast List",
    Kind.ACTION: "Action",
    Kind.CHARACTER: "Character",
    Kind.PARENTHETICAL: "Parenthetical",
    Kind.DIALOGUE: "Dialogue",
    Kind.TRANSITION: "Transition",
}


def fdx(script: Script) -> bytes:
    """The script as an FDX file, UTF-8."""
    lines = [_HEAD + '<FinalDraft DocumentType="Script" Template="No" Version="1">', "  <Content>"]
    for dual, group in groupby(with_manners(script.elements), key=lambda each: bool(each.dual)):
        if not dual:
            for element in group:
                lines += _paragraph(element, script.language, "    ")
            continue
        for pair in _pairs(list(group)):
            lines.append('    <Paragraph Type="General">\n      <DualDialogue>')
            for element in pair:
                lines += _paragraph(element, script.language, "        ")
            lines.append("      </DualDialogue>\n    </Paragraph>")
    lines.append("  </Content>\n</FinalDraft>\n")
    return "\n".join(lines).encode()


def with_manners(elements: Sequence[Element]) -> Iterator[Element]:
    """Elements as they are typed: a Chinese parenthetical after the colon stays with the words."""
    before = ""
    for element, following in zip(elements, [*elements[1:], None], strict=True):
        speech = following is not None and following.kind in (Kind.PARENTHETICAL, Kind.DIALOGUE)
        if element.after_colon and speech:
            before += f"（{element.text}）"
        else:
            yield replace(element, text=before + element.text) if before else element
            before = ""


def _pairs(elements: Sequence[Element]) -> Iterator[list[Element]]:
    """Each left speech with its right one."""
    pair: list[Element] = []
    for element in elements:
        if pair and element.dual == "left" and pair[-1].dual == "right":
            yield pair
            pair = []
        pair.append(element)
    yield pair


def _paragraph(element: Element, language: str, indent: str) -> Iterator[str]:
    if element.kind is Kind.NOTE:
        name = element.form.title()
        yield f'{indent}<Paragraph Type="General">'
        yield f'{indent}  <ScriptNote Name="{name}"><Paragraph><Text>{_text(element.text)}</Text></Paragraph>'
        yield f"{indent}  </ScriptNote><Text></Text>"
        yield f"{indent}</Paragraph>"
        return
    text = element.text
    kind = "Lyrics" if element.form == "lyric" else _TYPES[element.kind]
    if element.kind is Kind.PARENTHETICAL:
        text = f"（{text}）" if language == "zh" else f"({text})"
    elif element.kind is Kind.CAST:
        text = f"人物：{text}"
    elif element.kind is Kind.ACTION and language == "zh" and not element.form:
        text = f"△{text}"
    align = ' Alignment="Center"' if element.form == "centered" else ""
    yield f'{indent}<Paragraph{align} Type="{kind}"><Text>{_text(text)}</Text></Paragraph>'


def _text(text: str) -> str:
    """Escaped; what XML cannot hold at all is left out (the scene model has nothing of it that shows)."""
    kept = "".join(each for each in text if each in "\t\n" or (each >= " " and each not in "\ufffe\uffff"))
    return escape(kept)
