"""Reading a list of people to invite, from a file of any spreadsheet or from pasted lines."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.utils import parseaddr

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from evalsite.core.spreadsheets import safe_cell

MOST_ROWS = 1000
MOST_BYTES = 1_000_000
COLUMNS = ("label", "mail", "languages", "group", "conflicts", "mail_language")
_ALIASES = {
    "label": ("label", "name", "full name", "rater", "姓名", "名字", "名称", "称呼", "备注", "标签"),
    "mail": (
        "mail",
        "email",
        "e-mail",
        "mail address",
        "email address",
        "邮箱",
        "邮件",
        "电子邮箱",
        "邮箱地址",
    ),
    "languages": ("languages", "language", "reads", "reading languages", "语言", "阅读语言"),
    "group": ("group", "groups", "team", "组", "组别", "分组"),
    "conflicts": ("conflicts", "conflict", "series", "回避", "回避剧集", "回避的剧集"),
    "mail_language": ("mail language", "mail_language", "language of mail", "邮件语言"),
}
_COLUMN_OF = {alias: column for column, aliases in _ALIASES.items() for alias in aliases}
_LANGUAGES = {
    "en": ("en", "eng", "english", "en-us", "en-gb", "英", "英语", "英文"),
    "zh": ("zh", "cn", "chinese", "mandarin", "zh-cn", "zh-hans", "中", "中文", "汉语", "简体中文"),
}
_LANGUAGE_OF = {alias: code for code, aliases in _LANGUAGES.items() for alias in aliases}
_BETWEEN_LANGUAGES = re.compile(r"[\s,;/|+&、，；和]+|\band\b", re.IGNORECASE)
_BETWEEN_SLUGS = re.compile(r"[\s,;|、，；]+")
_SEPARATORS = ("\t", ";", ",", "，")
_NAMED_SEPARATORS = (*_SEPARATORS, "|", ":")
_LONGEST = {"label": 120, "mail": 254, "group": 60}
_GB = re.compile(rb"(?:[\x00-\x7f]|[\x81-\xfe][\x80-\xfe])*")


class UnreadableList(Exception):
    """The list cannot be read at all: `code` is `empty`, `header`, `long`, `large`, or `csv`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell: `code` names the message, `value` is its content."""

    column: str
    code: str
    value: str = ""


@dataclass(slots=True)
class Row:
    """One person of the list. `line` is the line of the file on which the row begins."""

    line: int
    label: str = ""
    mail: str = ""
    languages: tuple[str, ...] = ()
    group: str = ""
    conflicts: tuple[str, ...] = ()
    mail_language: str = ""
    cells: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class InvitationList:
    rows: list[Row]
    encoding: str


def read_file(data: bytes) -> InvitationList:
    """A file as spreadsheets save it: UTF-8 or UTF-16, GB18030 or Windows-1252, comma, semicolon or tab."""
    if len(data) > MOST_BYTES:
        raise UnreadableList("large")
    text, encoding = decode(data)
    return InvitationList(_read(text, needs_header=True), encoding)


def read_text(text: str) -> InvitationList:
    """Pasted lines: the same with or without a header, or one address a line, as `Name <mail>` too."""
    if len(text) > MOST_BYTES:
        raise UnreadableList("large")
    return InvitationList(_read(text, needs_header=False), "")


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and its encoding: as its mark says, UTF-8, or a guess that the page shows."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, "replace"), encoding.removesuffix("-sig").upper()
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        # In Chinese text letters above ASCII come in pairs; in Western text they mostly stand alone.
        encoding = "gb18030" if _GB.fullmatch(data) else "cp1252"
        return data.decode(encoding, "replace"), {"gb18030": "GB18030", "cp1252": "Windows-1252"}[encoding]


def _read(text: str, *, needs_header: bool) -> list[Row]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    skipped = 0
    separator = ""
    if found := re.match(r"sep=(.)\n", lines):  # Excel's own first line
        skipped, lines = 1, lines[found.end() :]
        separator = found[1] if found[1] in _NAMED_SEPARATORS else ""
    if not lines.strip():
        raise UnreadableList("empty")
    separator = separator or _separator(lines)
    try:
        table = list(_numbered(lines, separator, skipped))
    except csv.Error:
        raise UnreadableList("csv") from None
    columns = _header(table[0][1])
    if columns:
        table = table[1:]
    elif needs_header:
        raise UnreadableList("header")
    else:
        columns = list(COLUMNS)
    if not table:
        raise UnreadableList("empty")
    if len(table) > MOST_ROWS:
        raise UnreadableList("long")
    rows = [_row(line, cells, columns) for line, cells in table]
    mark_duplicates(rows)
    return rows


def _separator(text: str) -> str:
    """The most frequent separator in the first line, outside of quotes."""
    first = re.sub(r'"[^"]*"', "", next(line for line in text.split("\n") if line.strip()))
    counted = max(_SEPARATORS, key=first.count)
    return counted if counted in first else ","


def _numbered(text: str, separator: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    begin = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield begin + skipped, [cell.strip() for cell in cells]
        begin = reader.line_num + 1


def _header(cells: list[str]) -> list[str] | None:
    """The columns that the first row names; None where it is no header. Unknown columns are ignored."""
    columns = [_COLUMN_OF.get(" ".join(cell.lower().replace("_", " ").split()), "") for cell in cells]
    return columns if "mail" in columns or "label" in columns else None


def _row(line: int, cells: list[str], columns: list[str]) -> Row:
    named = {column: cell for column, cell in zip(columns, cells, strict=False) if column}
    if len(cells) == 1 and columns == list(COLUMNS):
        name, address = parseaddr(cells[0])
        if "@" in address:
            named = {"label": name, "mail": address}
    row = Row(line, cells=named)
    for column in ("label", "mail", "group"):
        setattr(row, column, _text(row, column, named.get(column, "")))
    if len(cells) > len(columns) and any(cells[len(columns) :]):
        row.faults.append(Fault("label", "cells", cells[len(columns)]))
    if row.mail:
        _check_mail(row)
    if not (row.label or row.mail):
        row.faults.append(Fault("label", "empty"))
    row.languages = tuple(sorted(_codes(row, "languages", named.get("languages", ""))))
    row.mail_language = next(iter(_codes(row, "mail_language", named.get("mail_language", ""))), "")
    slugs = _BETWEEN_SLUGS.split(named.get("conflicts", "").lower())
    row.conflicts = tuple(sorted({slug for slug in slugs if slug}))
    return row


def plain_spaces(text: str) -> str:
    """The text with ordinary spaces in place of no-break, ideographic and other wide ones."""
    return "".join(" " if unicodedata.category(each) == "Zs" else each for each in text)


def _text(row: Row, column: str, cell: str) -> str:
    cell = plain_spaces(cell)
    if not cell.isprintable():
        row.faults.append(Fault(column, "control"))
    elif len(cell) > _LONGEST[column]:
        row.faults.append(Fault(column, "long", str(_LONGEST[column])))
    return cell


def _check_mail(row: Row) -> None:
    if any(fault.column == "mail" for fault in row.faults):
        return
    try:
        validate_email(row.mail)
    except ValidationError:
        row.faults.append(Fault("mail", "mail", row.mail))


def _codes(row: Row, column: str, cell: str) -> Iterable[str]:
    """The languages that a cell names; what it names besides is a fault."""
    found = []
    for word in filter(None, _BETWEEN_LANGUAGES.split(cell.strip().lower())):
        if word in _LANGUAGE_OF:
            found.append(_LANGUAGE_OF[word])
        else:
            row.faults.append(Fault(column, "language", word))
    return set(found)


def mark_duplicates(rows: list[Row]) -> None:
    """Add a fault to each row whose address an earlier row has."""
    first: dict[str, int] = {}
    for row in rows:
        key = row.mail.lower()
        if key and key in first:
            row.faults.append(Fault("mail", "twice", str(first[key])))
        elif key:
            first[key] = row.line


def write_list(rows: Iterable[Row]) -> str:
    """The list in the form that `read_text` reads back, row by row, also with faults in it."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        languages = row.cells.get("languages", "")
        mail_language = row.cells.get("mail_language", "")
        writer.writerow([row.label, row.mail, languages, row.group, " ".join(row.conflicts), mail_language])
    return file.getvalue()


def as_csv(rows: Iterable[Iterable[str]]) -> str:
    """A CSV file for spreadsheets: a cell that looks like a formula begins with an apostrophe."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows(map(safe_cell, row) for row in rows)
    return file.getvalue()
