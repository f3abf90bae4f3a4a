"""A script as a file. The same script gives the same bytes: no dates but a fixed one, no author, no tool.

Fountain, FDX and Word read back to the same text (`read_script`), a PDF to the same elements unless a line of
it could carry on the one above.
"""

from generation.screenplay import Kind, Script, parse, plain_text, source_text
from generation.screenplay.formats.write_docx import docx
from generation.screenplay.formats.write_fdx import fdx, with_manners
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
