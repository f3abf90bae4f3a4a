"""A Word file to paragraphs, as the reader of the page sees them. Runs in the child process.

python-docx knows paragraphs, runs, styles and tables; what it leaves out is done here before it looks:
tracked changes are taken as accepted, hidden text and notes are left out, text boxes follow their paragraph.
Numbers that Word adds by itself are added. The document is parsed one block at a time, so that a long file
needs little memory, and nothing of the archive is inflated but the document, its styles and its numbering.
"""

import posixpath
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import nsmap, qn
from docx.oxml.parser import element_class_lookup
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree  # type: ignore[import-untyped]

from evalsite.core.reason_codes import Reason, sentence
from generation.screenplay.child_side import InvalidInput
from generation.screenplay.formats import rows
from generation.screenplay.formats.docx_table import Numbering, table_lines
from generation.screenplay.formats.safe_zip import FIX, member, open_zip
from generation.screenplay.formats.title_page import is_front_page

MOST_XML = 30_000_000
MOST_PART = 5_000_000
MOST_PARAGRAPHS = 60_000
AT_ONCE = 200
DEEPEST = 20
FAR = 54.0
TITLES = frozenset({"title", "subtitle", "author", "date", "标题", "副标题", "作者", "日期"})

_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_USUAL = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_EMPTY = f'<w:document xmlns:w="{_USUAL.decode()}"><w:body/></w:document>'.encode()

_WRAPPERS = [
    qn(f"w:{name}")
    for name in (
        "ins",
        "moveTo",
        "sdt",
        "sdtContent",
        "smartTag",
        "customXml",
        "fldSimple",
        "ruby",
        "rubyBase",
    )
]
_LEFT_OUT = [qn(f"w:{name}") for name in ("del", "moveFrom", "instrText", "delText", "rt", "sdtPr")]
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_RUNS_ON = "runs-on"


def _path(path: str) -> etree.XPath:
    return etree.XPath(path, namespaces=nsmap)


_DELETED_ENDS = _path(".//w:p[w:pPr/w:rPr/w:del]")
_DELETED_ROWS = _path(".//w:tr[w:trPr/w:del]")
_CHANGED = _path(
    " | ".join(f".//w:{name}[not(parent::w:rPr)]" for name in ("ins", "moveTo", "del", "moveFrom"))
)
_HIDDEN = _path('.//w:r[w:rPr/w:vanish[not(@w:val="0" or @w:val="false" or @w:val="off")]]')
_NOTES = _path(".//w:commentReference | .//w:footnoteReference | .//w:endnoteReference")
_PICTURES = _path("(.//w:drawing | .//w:pict | .//w:object)[not(.//w:txbxContent)]")
_BOXES = _path(".//w:txbxContent[not(ancestor::w:txbxContent)]")
_BREAKS = _path('.//w:br[@w:type="page"] | ./w:pPr/w:sectPr[not(w:type[@w:val="continuous"])]')
_ABOVE = _path("preceding::w:t/text()")
_ALIGN = {WD_ALIGN_PARAGRAPH.CENTER: "center", WD_ALIGN_PARAGRAPH.RIGHT: "right"}
_WARNINGS = {
    "tracked": "tracked changes were taken as accepted",
    "notes": "comments, footnotes or endnotes were left out",
    "pictures": "pictures or drawings were left out",
    "hidden": "hidden text was left out",
}


def read_docx(content: bytes, progress: Callable[[], None]) -> rows.Sent:
    archive = open_zip(content)
    name = _main_part(archive)
    folder = posixpath.dirname(name)
    xml = _part(archive, name, MOST_XML)
    if xml is None:
        raise InvalidInput(
            rows.refusal(sentence("this zip archive isn't a Word file: it contains no document."), FIX)
        )
    _check_count(xml.count(b"<w:p>") + xml.count(b"<w:p "))
    parts = {each: _part(archive, f"{folder}/{each}.xml", MOST_PART) for each in ("styles", "numbering")}
    reader = _Reader(_shell({name: part for name, part in parts.items() if part is not None}))
    for blocks in _blocks(xml):
        reader.blocks(blocks)
        _check_count(len(reader.found))
        progress()
    front = reader.found[: reader.front or 0]
    if is_front_page([each.text for each in front], [each.text for each in reader.found[len(front) :]]):
        reader.found[: len(front)] = [each._replace(drop="title-page") for each in front]
    warnings = [
        (code, 0, Reason(f"{_WARNINGS[code]} (%(what)s)", what=count))
        for code, count in reader.counted.items()
        if count
    ]
    return rows.Sent(paragraphs=tuple(reader.found), warnings=tuple(warnings))


def _check_count(paragraphs: int) -> None:
    if paragraphs > MOST_PARAGRAPHS:
        message = sentence("the file has more than %(count)s paragraphs.", count=f"{MOST_PARAGRAPHS:,}")
        raise InvalidInput(rows.refusal(message, sentence("split it into smaller files.")))


def _main_part(archive: zipfile.ZipFile) -> str:
    rels = _part(archive, "_rels/.rels", MOST_PART)
    for each in _parsed(rels, "_rels/.rels") if rels is not None else ():
        if each.get("Type", "").endswith("/officeDocument"):
            return posixpath.normpath(each.get("Target", "").lstrip("/"))
    return "word/document.xml"


def _part(archive: zipfile.ZipFile, name: str, most: int) -> bytes | None:
    """A part as python-docx takes it: without a document type, and in the usual namespace."""
    xml = member(archive, name, most)
    if xml is None:
        return None
    # In whatever encoding: every other letter of UTF-16 is a NUL.
    if b"<!DOCTYPE" in xml.replace(b"\0", b""):
        raise InvalidInput(
            rows.refusal(
                sentence("%(part)s declares a document type or entities, which isn't allowed.", part=name),
                FIX,
            )
        )
    return xml.replace(_STRICT, _USUAL)


def _parsed(xml: bytes, name: str) -> Any:
    try:
        return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise InvalidInput(rows.refusal(sentence("%(part)s is broken XML.", part=name), FIX)) from error


def _shell(parts: dict[str, bytes]) -> Any:
    """An empty document of python-docx with the styles and the numbering of the file."""
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_TYPE}.{kind}+xml"/>'
        for name, kind in {"document": "document.main", **{name: name for name in parts}}.items()
    )
    links = "".join(f'<Relationship Id="{n}" Type="{_OFFICE}/{n}" Target="{n}.xml"/>' for n in parts)
    made: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="document" '
        f'Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}'
        "</Relationships>",
        "word/document.xml": _EMPTY,
        **{f"word/{name}.xml": part for name, part in parts.items()},
    }
    for name, part in parts.items():
        _parsed(part, f"{name}.xml")
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in made.items():
            archive.writestr(name, content)
    return docx.Document(out)


def _blocks(xml: bytes) -> Iterator[Any]:
    """The blocks of the body as python-docx's elements, some at a time in a body of their own."""
    try:
        parsing = etree.iterparse(
            BytesIO(xml), events=("start", "end"), resolve_entities=False, no_network=True
        )
        parsing.set_element_class_lookup(element_class_lookup)
        depth = 0
        body: Any = None
        holder: Any = None
        for event, element in parsing:
            depth += 1 if event == "start" else -1
            if event == "start" and depth == 1 and etree.QName(element).localname != "document":
                raise InvalidInput(rows.refusal(sentence("this zip archive isn't a Word file."), FIX))
            if event == "start" and depth == 2 and element.tag == qn("w:body"):
                body, holder = element, element.makeelement(element.tag, nsmap=element.nsmap)
            if event == "end" and depth == 2 and body is not None and element is not body:
                # A copy: the parser must not see what is done to it, nor keep what was read.
                holder.append(deepcopy(element))
                element.clear(keep_tail=True)
                while element.getprevious() is not None:
                    del body[0]
                if len(holder) == AT_ONCE:
                    yield holder
                    holder = body.makeelement(body.tag, nsmap=body.nsmap)
        if holder is not None:
            yield holder
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise InvalidInput(rows.refusal("the document is broken XML.", FIX)) from error


@dataclass(frozen=True, slots=True)
class _Style:
    name: str = ""
    left: float = 0.0
    align: str = "left"
    list: tuple[str, int] | None = None


class _Reader:
    def __init__(self, document: Any) -> None:
        self.document = document
        self.numbering = Numbering(document)
        self.styles: dict[str | None, _Style] = {}
        self.found: list[rows.Paragraph] = []
        self.counted: Counter[str] = Counter()
        self.carried: list[Any] = []  # of a paragraph whose end was deleted: it runs on into the next
        self.number = 0
        self.front: int | None = None  # how many of `found` stand on the first page, once it has ended

    def blocks(self, holder: Any) -> None:
        """Read paragraphs, tables and wrappers around them."""
        self._accept(holder)
        self.read(holder)

    def read(self, container: Any) -> None:
        for each in container:
            if each.tag == qn("w:p"):
                self._paragraph(Paragraph(each, self.document))
            elif each.tag == qn("w:tbl"):
                self._table(Table(each, self.document))

    def _accept(self, holder: Any) -> None:
        """Turn the block into what the reader of the page sees, in the elements that python-docx knows."""
        etree.strip_elements(holder, _FALLBACK, with_tail=False)
        for paragraph in _DELETED_ENDS(holder):
            paragraph.set(_RUNS_ON, "1")
        for row in _DELETED_ROWS(holder):
            row.getparent().remove(row)
        hidden = _HIDDEN(holder)
        for code, found in (("tracked", _CHANGED), ("notes", _NOTES), ("pictures", _PICTURES)):
            self.counted[code] += len(found(holder))
        self.counted["hidden"] += len(hidden)
        for run in hidden:
            run.getparent().remove(run)
        for ruby in holder.iter(qn("w:ruby")):
            etree.strip_elements(ruby, qn("w:rt"), with_tail=False)
            etree.strip_tags(ruby, qn("w:r"))
        etree.strip_elements(holder, *_LEFT_OUT, with_tail=False)
        etree.strip_tags(holder, *_WRAPPERS)
        for symbol in list(holder.iter(qn("w:sym"))):
            text = symbol.makeelement(qn("w:t"))
            text.text = _symbol(symbol.get(qn("w:char"), ""))
            symbol.getparent().replace(symbol, text)
        for text in holder.iter(qn("w:t")):
            text.text = (text.text or "").replace("\n", " ")
        # What stands in text boxes comes after the paragraph that they hang on.
        for box in reversed(_BOXES(holder)):
            anchor = next(box.iterancestors(qn("w:p")))
            for each in reversed([box.makeelement(qn("w:p")), *box]):
                anchor.addnext(each)

    def _paragraph(self, paragraph: Any) -> None:
        self.number += 1
        element = paragraph._p
        for index, each in enumerate(self.carried):
            element.insert(index + (element.pPr is not None), each)
        self.carried = []
        if element.get(_RUNS_ON):
            self.carried = [each for each in element if each.tag != qn("w:pPr")]
            return
        style = self._style(paragraph)
        first, breaks = len(self.found), _BREAKS(element)
        for each in element.iter(qn("w:br")):
            each.attrib.pop(qn("w:type"), None)  # any break parts lines
        label = self.numbering.label(style.list)
        for index, line in enumerate(paragraph.text.split("\n")):
            self.found.append(
                rows.Paragraph(
                    self.number,
                    (label if not index else "") + line,
                    style=style.name,
                    left=style.left,
                    align=style.align,
                    drop="title-page" if style.name.lower() in TITLES else "",
                )
            )
        if self.front is None and first and paragraph.paragraph_format.page_break_before:
            self.front = first
        elif self.front is None and breaks:
            above = "".join(_ABOVE(breaks[0])).strip()
            self.front = len(self.found) if above or not paragraph.text.strip() else first

    def _style(self, paragraph: Any) -> _Style:
        """The style of a paragraph with what the paragraph itself says over it."""
        key = paragraph._p.style
        if key not in self.styles:
            chain = [paragraph.style]
            while chain[-1].base_style is not None and len(chain) < DEEPEST:
                chain.append(chain[-1].base_style)
            found = _Style(chain[0].name or "")
            for each in reversed(chain):
                found = _over(found, each)
            self.styles[key] = found
        own = paragraph._p.pPr
        return _over(self.styles[key], paragraph) if own is not None and len(own) else self.styles[key]

    def _table(self, table: Any) -> None:
        grid: list[list[list[str]]] = []
        seen: set[Any] = set()
        for row in table.rows:
            cells: list[list[str]] = [[]] * row.grid_cols_before
            for cell in row.cells:
                # A merged cell comes once for each of its places.
                cells.append([] if cell._tc in seen else self._cell(cell))
                seen.add(cell._tc)
            grid.append(cells)
        for lines, doubt in table_lines(grid):
            for each in lines:
                self.number += 1  # a type is chosen for each line, by its number
                self.found.append(rows.Paragraph(self.number, each, style="table", warning=doubt))

    def _cell(self, cell: Any) -> list[str]:
        inner = _Reader(self.document)
        inner.styles, inner.numbering, inner.front = self.styles, self.numbering, 0
        inner.read(cell._tc)
        return [each.text.strip() for each in inner.found if each.text.strip()]


def _over(style: _Style, of: Any) -> _Style:
    """A style with what a paragraph, or a style that is based on it, says of its own."""
    form = of.paragraph_format
    try:
        left, first = form.left_indent, form.first_line_indent
    except ValueError:
        left = first = None
    inside = left.pt if left is not None else style.left
    # The first line of a paragraph is indented a little by custom, and far where the writer has no tabs.
    inside += first.pt if first is not None and first.pt >= FAR else 0.0
    try:
        align = form.alignment
    except ValueError:
        align = None
    properties = of._element.pPr
    number = properties.numPr if properties is not None else None
    listed = style.list
    if number is not None and number.numId is not None:
        listed = (str(number.numId.val), number.ilvl.val if number.ilvl is not None else 0)
    return _Style(
        style.name,
        inside,
        _ALIGN.get(align, "left") if align is not None else style.align,
        listed,
    )


def _symbol(code: str) -> str:
    """A letter of a symbol font: those in the private area are pictures to anyone without the font."""
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    return "△" if 0xE000 <= number <= 0xF8FF else chr(number) if 0x20 <= number < 0xD800 else ""
