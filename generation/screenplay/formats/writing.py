"""A script as a file. The same script gives the same bytes: no dates but a fixed one, no author, no tool.

Fountain, FDX and Word read back to the same text (`read_script`), a PDF to the same elements unless a line of
it could carry on the one above.

In FDX, Chinese action and cast keep their marks (△, 人物：) in the text, since that is how Chinese writers
tell them. Notes, sections and synopses become script notes, which Final Draft does not print.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from xml.sax.saxutils import escape

from generation.screenplay import Element, Kind, Script, parse, plain_text, source_text
from generation.screenplay.formats.write_docx import docx
from generation.screenplay.formats.write_pdf import pdf
from generation.screenplay.fountain_writer import fountain_text
from generation.screenplay.model import Builder

MEDIA_TYPES = {
    "fountain": "text/plain; charset=utf-8",
    "plain": "text/plain; charset=utf-8",
    "fdx": "application/xml",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
EXTENSIONS = {"fountain": "fountain", "plain": "txt", "fdx": "fdx", "docx": "docx", "pdf": "pdf"}


def write_script(script: Script | str, kind: str, language: str | None = None) -> bytes:
    """The script as a file of one of `FORMATS`; a text needs its `language`.

    Raises `ValueError` for a format that is not known and `TypesettingError` where no font has the letters.
    A Chinese script's Fountain is written with Fountain's marks of force, for other programs to open.
    """
    if isinstance(script, str):
        if language is None:
            raise ValueError("a text needs its language: en or zh")
        script = parse(script, language)
    if kind == "fountain":
        return fountain_text(_with_marks(script) if script.language == "zh" else script).encode()
    if kind == "plain":
        return (source_text(script) if script.language == "zh" else plain_text(script)).encode()
    if kind == "fdx":
        return fdx(script)
    if kind == "docx":
        return docx(script)
    if kind == "pdf":
        return pdf(script)
    raise ValueError(f"no such format: {kind!r} (known: {', '.join(EXTENSIONS)})")


def _with_marks(script: Script) -> Script:
    """Chinese lines of cast and action with the marks by which they are told, for want of other ones."""
    builder = Builder(script.language, script.layout)
    for each in with_manners(script.elements):
        kind, text = each.kind, each.text
        if kind is Kind.CAST:
            kind, text = Kind.ACTION, f"人物：{text}"
        elif kind is Kind.ACTION and not each.form:
            text = f"△{text}"
        builder.add(kind, text, each.line, form=each.form if kind is not Kind.ACTION else "", dual=each.dual)
    return builder.script()


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
