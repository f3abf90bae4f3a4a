"""From a CSV file or a data frame to plain columns of text, with the physical line of every row."""

import csv
import hashlib
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.stats.faults import MOST_FAULTS, Fault, TableError


@dataclass(frozen=True)
class Raw:
    """A table as it came: text in columns, the line each row starts on, and what is wrong with its form."""

    path: str
    digest: str
    header: tuple[str, ...]
    columns: Mapping[str, Sequence[str]]
    lines: Sequence[int]
    faults: tuple[Fault, ...] = field(default=())

    @property
    def name(self) -> str:
        """What the report calls it: results do not depend on the folder."""
        return Path(self.path).name

    def column_number(self, name: str) -> int:
        return self.header.index(name) + 1 if name in self.header else 1


def read_csv(path: Path | str) -> Raw:
    """Read UTF-8 (a BOM is fine) with LF or CRLF. Raises TableError when nothing can be read at all."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise TableError(
            [
                Fault(
                    str(path),
                    1,
                    1,
                    f"the file cannot be read ({error.strerror})",
                    "give the path of a CSV file",
                )
            ]
        ) from error
    return parse_csv(str(path), data)


def parse_csv(name: str, data: bytes) -> Raw:
    text = _decode(name, data)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    faults: list[Fault] = []
    start = 1
    try:
        header = next(reader, [])
        start = reader.line_num + 1
        for row in reader:
            if row and len(row) == len(header):
                rows.append(row)
                lines.append(start)
            elif row:
                faults.append(_wrong_width(name, start, len(row), len(header)))
            start = reader.line_num + 1
    except csv.Error as error:
        faults.append(
            Fault(name, start, 1, f"the row is not CSV ({error})", "close every quote, one row a line")
        )
    faults = _header_faults(name, header) + faults
    columns: dict[str, Sequence[str]] = (
        dict(zip(header, zip(*rows, strict=True), strict=True)) if rows else {}
    )
    for label in header:
        columns.setdefault(label, ())
    digest = hashlib.sha256(data).hexdigest()
    return Raw(name, digest, tuple(header), columns, lines, tuple(faults[:MOST_FAULTS]))


def from_frame(name: str, digest: str | None, frame: pd.DataFrame) -> Raw:
    """A data frame as the CSV it would be written to: missing is empty, and the first row is line 2."""
    header = tuple(str(label) for label in frame.columns)
    columns = {label: tuple(map(_text, frame.iloc[:, at])) for at, label in enumerate(header)}
    if digest is None:
        text = pd.DataFrame({label: list(values) for label, values in columns.items()}).to_csv(index=False)
        digest = hashlib.sha256(text.encode()).hexdigest()
    faults = _header_faults(name, list(header))
    return Raw(name, digest, header, columns, range(2, len(frame) + 2), tuple(faults))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, float) and math.isnan(value):
        return ""
    if value is True or value is False:
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return str(value)


def _decode(name: str, data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise TableError([Fault(name, 1, 1, "the file is in UTF-16", "save it as UTF-8")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        fault = Fault(
            name, line, column, f"byte {data[error.start]:#04x} is not UTF-8", "save the file as UTF-8"
        )
        raise TableError([fault]) from error
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise TableError(
            [Fault(name, line, 1, "the file holds a NUL character", "save the table as plain CSV text")]
        )
    if not text.strip():
        raise TableError(
            [Fault(name, 1, 1, "the file is empty", "write a header row and one row per judgment")]
        )
    return text


def _wrong_width(name: str, line: int, got: int, wanted: int) -> Fault:
    message = f"the row has {got} cells where the header has {wanted}"
    return Fault(
        name, line, min(got, wanted) + 1, message, "quote cells that hold a comma, and leave none out"
    )


def _header_faults(name: str, header: list[str]) -> list[Fault]:
    faults = []
    for at, label in enumerate(header, start=1):
        if not label.strip():
            faults.append(Fault(name, 1, at, "a column has no name", "name the column or take it away"))
        elif label in header[: at - 1]:
            faults.append(Fault(name, 1, at, f"the column {label!r} stands twice", "keep one of the two"))
    return faults
