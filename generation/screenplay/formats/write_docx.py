"""The scene model as a Word file.

English: a Letter page in Courier with the trade's indents, each kind a style. Chinese: A4, Song, one line a
paragraph as Chinese writers type it, headings in Hei. The parts are the four that a Word file needs: nothing
in it says who made it, when, or with what.
"""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from xml.sax.saxutils import escape

from generation.screenplay import Element, Kind, Script, parse, source_text
from generation.screenplay.chinese import is_heading
from generation.screenplay.formats.docx_styles import CONTENT_TYPES, DOCUMENT, DOCUMENT_RELS, RELS, styles

_STYLES = {
    Kind.HEADING: "SceneHeading",
    Kind.CAST: "Action",
    Kind.ACTION: "Action",
    Kind.CHARACTER: "Character",
    Kind.PARENTHETICAL: "Parenthetical",
    Kind.DIALOGUE: "Dialogue",
    Kind.TRANSITION: "Transition",
}
_NOTES = {"": "Note", "section": "NoteSection", "synopsis": "NoteSynopsis"}
_FIXED = (1980, 1, 1, 0, 0, 0)


def docx(script: Script) -> bytes:
    """The script as a .docx file; the same bytes from the same script."""
    body = "".join(_chinese(script) if script.language == "zh" else _english(script))
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": RELS,
        "word/_rels/document.xml.rels": DOCUMENT_RELS,
        "word/document.xml": DOCUMENT[script.language].format(body=body),
        "word/styles.xml": styles(script.language),
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _FIXED)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            info.external_attr = 0
            archive.writestr(info, content.encode(), compresslevel=6)
    return out.getvalue()


def _english(script: Script) -> Iterator[str]:
    for element in script.elements:
        yield _paragraph(_style(element), _shown(element))


def _style(element: Element) -> str:
    if element.kind is Kind.NOTE:
        return _NOTES[element.form]
    if element.form == "lyric":
        return "Lyrics" + element.dual.title()
    if element.form == "centered":
        return "Centered"
    return _STYLES[element.kind] + element.dual.title()


def _shown(element: Element) -> str:
    return f"({element.text})" if element.kind is Kind.PARENTHETICAL else element.text


def _chinese(script: Script) -> Iterator[str]:
    text = source_text(script)
    typed = parse(text, "zh")
    # A line without its mark could be taken for a name above its speech: the style says what it is.
    unmarked = {each.line for each in typed.elements if each.form == "unmarked"}
    for number, line in enumerate(text.rstrip("\n").split("\n"), start=1):
        style = "Action" if number in unmarked else ""
        yield _paragraph("SceneHeading" if is_heading(line) else style, line)


def _paragraph(style: str, text: str) -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    runs = "<w:br/>".join(_run(line) for line in text.split("\n")) if text else ""
    return f"<w:p>{properties}<w:r>{runs}</w:r></w:p>" if runs else f"<w:p>{properties}</w:p>"


def _run(text: str) -> str:
    kept = "".join(each for each in text if each >= " " and each not in "\ufffe\uffff")
    return f'<w:t xml:space="preserve">{escape(kept)}</w:t>'
