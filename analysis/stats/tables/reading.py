"""From a CSV file to columns of text, with the physical line of every row and what is wrong with the form."""

import csv
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analysis.stats.faults import Fault, TableError, shown
from analysis.stats.tables.coded import Coded
from analysis.stats.tables.columns import COLUMNS
from analysis.stats.tables.exact_csv import not_csv, parse_exact, read_header, row_lines
from analysis.stats.tables.file_bytes import Data, count_of, is_ascii, read_file
from analysis.stats.tables.plain_csv import parse_plain

BOM = b"\xef\xbb\xbf"
CHUNK = 1 << 20
NO_RATERS = "If it is not known who judged, give each row a code of its own (docs/tables.md)"
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, eq=False)
class Raw:
    """A table as it came: text in columns, the line each row starts on, and what is wrong with its form.

    `more_faults` counts faults of its form that are not listed.
    """

    path: str
    digest: str
    header: tuple[str, ...]
    columns: Mapping[str, Coded]
    rows: int
    line: Callable[[int], int]
    faults: tuple[Fault, ...] = field(default=())
    more_faults: int = 0

    @property
    def name(self) -> str:
        """What the report calls it: results do not depend on the folder."""
        return Path(self.path).name

    def column_number(self, name: str) -> int:
        return self.header.index(name) + 1 if name in self.header else 1

    def column(self, name: str, default: str = "") -> Coded:
        """A column with the default where nothing stands, or where there is no such column."""
        found = self.columns.get(name)
        if found is None:
            return Coded.constant(default, self.rows)
        return found.filled(default) if default else found


def read_csv(path: Path | str, table: str) -> Raw:
    """Read UTF-8 (a BOM is fine) with any line ends. Raises TableError when nothing can be read at all."""
    try:
        data = read_file(path)
    except OSError as error:
        message = f"the file cannot be read ({error.strerror})"
        raise TableError([Fault(str(path), 1, 1, message, "give the path of a CSV file")]) from error
    return parse_csv(str(path), data, table)


def parse_csv(name: str, data: Data, table: str) -> Raw:
    """The same of the bytes of a file."""
    _refuse_what_is_no_text(name, data)
    digest = hashlib.sha256(data).hexdigest()
    try:
        header, start = _header(data)
    except csv.Error as error:
        raise TableError([not_csv(name, 1, error)]) from error
    faults = header_faults(name, header, table)
    if faults:
        return Raw(name, digest, tuple(header), {}, 0, lambda row: 1, tuple(faults))
    kept = {column.name for column in COLUMNS[table] if column.kept}
    columns = None if start is None else parse_plain(data, start, header, kept)
    if columns is not None:
        rows = len(columns[header[0]])
        return Raw(name, digest, tuple(header), columns, rows, _lines(data, start or 0, rows))
    exact = parse_exact(name, data, header)
    lines = exact.lines
    return Raw(
        name,
        digest,
        tuple(header),
        exact.columns,
        len(lines),
        lambda row: int(lines[row]),
        exact.faults,
        exact.more_faults,
    )


def _header(data: Data) -> tuple[list[str], int | None]:
    """The names of the columns, and the byte where the rows begin, None where that is not plain."""
    begin = len(BOM) if data[: len(BOM)] == BOM else 0
    ends = [at for at in (data.find(b"\n", begin), data.find(b"\r", begin)) if at >= 0]
    end = min(ends, default=len(data))
    line = data[begin:end]
    if b'"' in line:
        header = read_header(data)
        try:
            plain = read_header(line) == header
        except csv.Error:  # the header goes on in the next line
            plain = False
        return header, end if plain else None
    return line.decode().split(",") if line else [], end


def _lines(data: Data, start: int, rows: int) -> Callable[[int], int]:
    """The line of a row, found out when it is first asked for: that is when there is a fault to tell."""
    found: list[Sequence[int]] = []

    def line(row: int) -> int:
        if not found:
            found.append(range(2, rows + 2) if _one_line_a_row(data, start, rows) else row_lines(data))
        return int(found[0][row])

    return line


def _one_line_a_row(data: Data, start: int, rows: int) -> bool:
    """Whether it is plain that every row takes one line: then their lines need no search."""
    if data.find(b'"') >= 0 or data.find(b"\r") >= 0:
        return False
    return count_of(data, b"\n", start) == rows + (data[-1:] == b"\n")


def _refuse_what_is_no_text(name: str, data: Data) -> None:
    """Raises TableError for UTF-16, for what is not UTF-8, for NUL, and for nothing."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise TableError([Fault(name, 1, 1, "the file is in UTF-16", "save it as UTF-8")])
    at = _not_utf8(data)
    if at is not None:
        line, column = _place(data, at)
        message = f"byte {data[at]:#04x} is not UTF-8"
        raise TableError([Fault(name, line, column, message, "save the file as UTF-8")])
    at = data.find(b"\x00")
    if at >= 0:
        line, _ = _place(data, at)
        message = "the file holds a NUL character"
        raise TableError([Fault(name, line, 1, message, "save the table as plain CSV text")])
    if not data[:CHUNK].removeprefix(BOM).strip() and not data[:].removeprefix(BOM).strip():
        mend = "write a header row and one row per judgment"
        raise TableError([Fault(name, 1, 1, "the file is empty", mend)])


def _place(data: Data, at: int) -> tuple[int, int]:
    return count_of(data, b"\n", 0, at) + 1, at - data.rfind(b"\n", 0, at)


def _not_utf8(data: Data) -> int | None:
    """Where the first byte stands that is not UTF-8."""
    if is_ascii(data):
        return None
    begin = 0
    while begin < len(data):
        end = data.find(b"\n", begin + CHUNK) + 1 or len(data)
        try:
            data[begin:end].decode()
        except UnicodeDecodeError as error:
            return begin + error.start
        begin = end
    return None


def header_faults(name: str, header: Sequence[str], table: str) -> list[Fault]:
    """What is wrong with the names of the columns, so that the rows below need no look."""
    if not header:
        return [Fault(name, 1, 1, "the first line is blank", "begin the file with the header row")]
    if header[0].lower().startswith("sep="):
        return [Fault(name, 1, 1, "this is a line for Excel and no header", "take the first line away")]
    for sign, called in OTHER_SEPARATORS.items():
        if len(header) == 1 and sign in header[0]:
            message = f"the header looks separated by {called}" + (f" ({sign})" if sign != "\t" else "")
            return [Fault(name, 1, 1, message, "save the table with commas between the cells")]
    faults = []
    for at, label in enumerate(header, start=1):
        if not label.strip():
            faults.append(Fault(name, 1, at, "a column has no name", "name the column or take it away"))
        elif label in header[: at - 1]:
            faults.append(
                Fault(name, 1, at, f"the column {shown(label)} stands twice", "keep one of the two")
            )
    return faults or _missing(name, header, table)


def _missing(name: str, header: Sequence[str], table: str) -> list[Fault]:
    alike = {label.strip().lower().replace(" ", "_"): label for label in header}
    faults = []
    for column in COLUMNS[table]:
        if column.required and column.name not in header:
            mend = f"add the column {column.name}"
            if column.name == "rater":
                mend += f". {NO_RATERS}"
            if column.name in alike:
                mend = f"call the column {shown(alike[column.name])} {column.name}"
            faults.append(Fault(name, 1, 1, f"the column '{column.name}' is missing", mend))
    return faults
