"""A Word file to paragraphs, as the reader of the page sees them. Runs in the child process.

Read are the document, its styles and its numbering, nothing else, one paragraph at a time. Tracked changes
are taken as accepted; hidden text and notes are left out; numbers that Word adds by itself are added; soft
line breaks part lines.
"""

import posixpath
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring, iterparse  # type: ignore[import-untyped]

from generation.formats import rows
from generation.formats.docx_numbering import Numbering
from generation.formats.docx_parts import Styles, child, local, value
from generation.formats.docx_table import table_lines, table_rows
from generation.formats.safe_zip import MEND, member, open_zip
from generation.screenplay.child_side import Refuse

MOST_XML = 30_000_000
MOST_PART = 5_000_000
MOST_PARAGRAPHS = 60_000
PROGRESS_EVERY = 500
TITLES = frozenset({"title", "subtitle", "标题", "副标题"})

_SKIPPED = frozenset(
    {"del", "moveFrom", "pPr", "rPr", "instrText", "delText", "delInstrText", "fldData", "Fallback", "rt"}
)
_NOTES = frozenset({"commentReference", "footnoteReference", "endnoteReference"})
_PICTURES = frozenset({"drawing", "pict", "object"})


def read_docx(content: bytes, progress: Callable[[], None]) -> rows.Sent:
    archive = open_zip(content)
    name = _main_part(archive)
    folder = posixpath.dirname(name)
    xml = member(archive, name, MOST_XML)
    if xml is None:
        raise Refuse(rows.refusal("this zip archive is no Word file: it holds no document.", MEND))
    styles = Styles(_part(archive, f"{folder}/styles.xml"))
    numbering = Numbering(_part(archive, f"{folder}/numbering.xml"))
    reader = _Reader(styles, numbering)
    for count, block in enumerate(_blocks(xml)):
        reader.block(block)
        if count % PROGRESS_EVERY == PROGRESS_EVERY - 1:
            if len(reader.found) > MOST_PARAGRAPHS:
                raise Refuse(
                    rows.refusal(
                        f"the file has more than {MOST_PARAGRAPHS:,} paragraphs.",
                        "cut it into smaller files.",
                    )
                )
            progress()
    return rows.Sent(paragraphs=tuple(reader.found), warnings=tuple(reader.warnings()))


def _main_part(archive: zipfile.ZipFile) -> str:
    rels = _part(archive, "_rels/.rels")
    for each in rels if rels is not None else ():
        if each.get("Type", "").endswith("/officeDocument"):
            return posixpath.normpath(each.get("Target", "").lstrip("/"))
    return "word/document.xml"


def _part(archive: zipfile.ZipFile, name: str) -> Any:
    xml = member(archive, name, MOST_PART)
    if xml is None:
        return None
    try:
        return fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise _broken(name, error) from error


def _broken(name: str, error: Exception) -> Refuse:
    if isinstance(error, DefusedXmlException):
        return Refuse(rows.refusal(f"{name} declares a document type or entities.", MEND))
    return Refuse(rows.refusal(f"{name} is broken XML.", MEND))


def _blocks(xml: bytes) -> Iterator[Any]:
    """The paragraphs and tables of the body, one after the other, each forgotten after it was read."""
    depth = 0
    path: list[Any] = []
    try:
        for event, element in iterparse(BytesIO(xml), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                depth += 1
                path.append(element)
                if depth == 1 and local(element) != "document":
                    raise Refuse(rows.refusal("this zip archive is no Word file.", MEND))
                continue
            depth -= 1
            path.pop()
            if depth == 2 and local(path[1]) == "body":
                yield element
                path[1].clear()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise _broken("the document", error) from error


class _Reader:
    def __init__(self, styles: Styles, numbering: Numbering) -> None:
        self.styles, self.numbering = styles, numbering
        self.found: list[rows.Paragraph] = []
        self.counted: dict[str, int] = {}
        self.boxes: list[Any] = []  # text boxes of the paragraph that is being read
        self.carried = ""  # of a paragraph whose end was deleted: it runs on into the next
        self.number = 0

    def block(self, element: Any) -> None:
        kind = local(element)
        if kind == "p":
            self.paragraph(element)
        elif kind == "tbl":
            self._table(element)
        elif kind in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
            for each in element:
                self.block(each)

    def warnings(self) -> Iterator[tuple[str, int, str]]:
        said = {
            "tracked": "tracked changes were taken as accepted",
            "notes": "comments, footnotes or endnotes were left out",
            "pictures": "pictures or drawings were left out",
            "hidden": "hidden text was left out",
        }
        for code, count in self.counted.items():
            yield (code, 0, f"{said[code]} ({count})")

    def paragraph(self, element: Any) -> None:
        self.number += 1
        text = self.carried + "".join(self._texts(element))
        self.carried = ""
        properties = child(element, "pPr")
        mark = child(child(properties, "rPr"), "del")
        if mark is not None:
            self.carried = text
            return
        style = self.styles.of(properties)
        label = self.numbering.label(properties, style.numbering)
        for index, line in enumerate(text.split("\n")):
            shown = (label if not index else "") + line
            self.found.append(
                rows.Paragraph(
                    self.number,
                    shown,
                    style=style.name,
                    left=style.left,
                    align=style.align,
                    drop="title-page" if style.name.lower() in TITLES else "",
                )
            )
        self._boxes()

    def _boxes(self) -> None:
        """What stands in text boxes, after the paragraph that they hang on."""
        boxes, self.boxes = self.boxes, []
        for box in boxes:
            self.found.append(rows.Paragraph(self.number, ""))
            for each in box:
                self.block(each)

    def _table(self, element: Any) -> None:
        rows_found: list[list[list[str]]] = []
        for cells in table_rows(element):
            texts: list[list[str]] = []
            for cell in cells:
                inner = _Reader(self.styles, self.numbering)
                for each in cell:
                    inner.block(each)
                for code, count in inner.counted.items():
                    self.counted[code] = self.counted.get(code, 0) + count
                texts.append([each.text.strip() for each in inner.found if each.text.strip()])
            rows_found.append(texts)
        for lines in table_lines(rows_found):
            self.number += 1
            self.found += [rows.Paragraph(self.number, line, style="table") for line in lines]

    def _texts(self, element: Any) -> Iterator[str]:
        # Depth is bounded by hand: a file may nest without end.
        stack = [iter(element)]
        while stack:
            each = next(stack[-1], None)
            if each is None:
                stack.pop()
                continue
            kind = local(each)
            if kind in _SKIPPED:
                self._count("tracked", kind in ("del", "moveFrom"))
                continue
            if kind == "r" and _hidden(each):
                self._count("hidden", True)
                continue
            if kind in _PICTURES:
                boxes = list(_outer_boxes(each))
                self.boxes += boxes
                self._count("pictures", not boxes)
                continue
            self._count("tracked", kind in ("ins", "moveTo"))
            self._count("notes", kind in _NOTES)
            text = _letters(kind, each)
            if text:
                yield text
            else:
                stack.append(iter(each))

    def _count(self, code: str, there: bool) -> None:
        if there:
            self.counted[code] = self.counted.get(code, 0) + 1


def _outer_boxes(picture: Any) -> Iterator[Any]:
    """The text boxes of a drawing, without those within them, and without their doubles for old programs."""
    left = [picture]
    while left:
        for each in left.pop():
            kind = local(each)
            if kind == "txbxContent":
                yield each
            elif kind != "Fallback":
                left.append(each)


def _letters(kind: str, element: Any) -> str:
    if kind == "t":
        return (element.text or "").replace("\n", " ")
    if kind in ("br", "cr"):
        return "\n"
    if kind == "tab":
        return "\t"
    if kind == "noBreakHyphen":
        return "-"
    if kind == "sym":
        return _symbol(value(element, "char"))
    return ""


def _symbol(code: str) -> str:
    """A letter of a symbol font: those in the private area are pictures to anyone without the font."""
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    return "△" if 0xE000 <= number <= 0xF8FF else chr(number) if 0x20 <= number < 0xD800 else ""


def _hidden(run: Any) -> bool:
    mark = child(child(run, "rPr"), "vanish")
    return mark is not None and value(mark, "val") not in ("0", "false", "off")
