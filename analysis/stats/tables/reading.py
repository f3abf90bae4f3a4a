"""From a CSV file or a data frame to columns of text, with the faults of its form."""

import csv
import hashlib
import io
import math
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.stats.errors import MOST_FAULTS, InputError, InputErrors, quote
from analysis.stats.tables.columns import COLUMNS
from evalsite.core.spreadsheets import raw_cell

BOM = b"\xef\xbb\xbf"
NO_RATERS = "If you don't know who judged, give each row a different rater code (docs/tables.md)"
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
CSV_ERRORS = {
    "field larger": (
        "a cell has more than 131072 characters",
        "close every quote, or shorten the cell",
    ),
    "unexpected end of data": ("a quote is not closed", "close every quote"),
    "expected after": ("there is text after a closing quote", "double the quotes inside quoted cells"),
}


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table as it was read: every column a Categorical of its texts, and what is wrong with its form.

    `lines` are the physical lines that the rows start on. `more_faults` counts faults that are not listed.
    """

    path: str
    digest: str
    header: tuple[str, ...]
    columns: Mapping[str, pd.Categorical]
    rows: int
    lines: Sequence[int]
    faults: tuple[InputError, ...] = ()
    more_faults: int = 0

    @property
    def name(self) -> str:
        """The file's name in the report, which must not depend on the folder."""
        return Path(self.path).name

    def line(self, row: int) -> int:
        return int(self.lines[row])

    def column_number(self, name: str) -> int:
        return self.header.index(name) + 1 if name in self.header else 1

    def column(self, name: str, default: str = "") -> pd.Categorical:
        """A column with the default in empty cells, or in every row if the table lacks the column."""
        if name not in self.columns:
            return _constant(default, self.rows)
        values = self.columns[name]
        if not default or "" not in values.categories:
            return values
        return to_categorical(values.codes, [text or default for text in values.categories])


@lru_cache(maxsize=8)
def _constant(text: str, rows: int) -> pd.Categorical:
    """A column of one text. Most tables lack many columns, which share it."""
    return to_categorical(np.zeros(rows, dtype=np.int8), [text])


def to_categorical(codes: np.ndarray, texts: Sequence[str]) -> pd.Categorical:
    """Return the rows `texts[code]` with those texts as categories that occur, in alphabetical order."""
    used = np.flatnonzero(np.bincount(codes, minlength=len(texts))).tolist()
    names = sorted({texts[code] for code in used})
    place = {name: at for at, name in enumerate(names)}
    moved = np.zeros(len(texts), dtype=np.int32)
    moved[used] = [place[texts[code]] for code in used]
    categories = pd.Index(names, dtype=object)
    return pd.Categorical.from_codes(moved[codes], categories=categories, validate=False)


def read_csv(path: Path | str, table: str) -> RawTable:
    """Read UTF-8 (a BOM is fine) with any line ends. Raises InputErrors when nothing can be read at all."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        message = f"can't read the file ({error.strerror})"
        raise InputErrors([InputError(str(path), 1, 1, message, "give the path of a CSV file")]) from error
    return parse_csv(str(path), data, table)


def parse_csv(name: str, data: bytes, table: str) -> RawTable:
    """Parse the bytes of a CSV file, as `read_csv` does."""
    _refuse_other_than_text(name, data)
    digest = hashlib.sha256(data).hexdigest()
    try:
        header: list[str] = next(_csv_reader(data), [])
    except csv.Error as error:
        raise InputErrors([_csv_fault(name, 1, error)]) from error
    faults = _header_faults(name, header, table)
    if faults:
        return RawTable(name, digest, tuple(header), {}, 0, (), tuple(faults))
    columns, lines, faults, more = _parse(name, data, header)
    columns = {label: _raw_cells(values) for label, values in columns.items()}
    return RawTable(name, digest, tuple(header), columns, len(lines), lines, tuple(faults), more)


def _raw_cells(values: pd.Categorical) -> pd.Categorical:
    """Without the apostrophes that keep spreadsheets from running a text as a formula."""
    names = values.categories
    first, end = names.searchsorted(["'", "("])
    if not any(raw_cell(name) != name for name in names[first:end]):
        return values
    return to_categorical(values.codes, [raw_cell(name) for name in names])


def _refuse_other_than_text(name: str, data: bytes) -> None:
    """Raise InputErrors for UTF-16, for what is not UTF-8, for NUL, and for an empty file."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputErrors([InputError(name, 1, 1, "the file is in UTF-16", "save it as UTF-8")])
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line, column = _line_and_column(data, error.start)
        message = f"byte {data[error.start]:#04x} is not UTF-8"
        raise InputErrors([InputError(name, line, column, message, "save the file as UTF-8")]) from error
    at = data.find(b"\x00")
    if at >= 0:
        message = "the file contains a NUL character"
        raise InputErrors(
            [InputError(name, _line_and_column(data, at)[0], 1, message, "save the table as plain CSV text")]
        )
    text = data.removeprefix(BOM)
    if not text or text.isspace():
        fix = "add a header row and one row per judgment"
        raise InputErrors([InputError(name, 1, 1, "the file is empty", fix)])


def _line_and_column(data: bytes, at: int) -> tuple[int, int]:
    return data.count(b"\n", 0, at) + 1, at - data.rfind(b"\n", 0, at)


def _header_faults(name: str, header: Sequence[str], table: str) -> list[InputError]:
    """Return what is wrong with the names of the columns. If anything is, the rows cannot be checked."""
    if not header:
        return [InputError(name, 1, 1, "the first line is blank", "start the file with the header row")]
    if header[0].lower().startswith("sep="):
        return [
            InputError(name, 1, 1, "this is an Excel separator line, not a header", "delete the first line")
        ]
    for sign, called in OTHER_SEPARATORS.items():
        if len(header) == 1 and sign in header[0]:
            message = f"the columns seem to be separated by {called}" + (f" ({sign})" if sign != "\t" else "")
            return [InputError(name, 1, 1, message, "separate the columns with commas")]
    faults = []
    for at, label in enumerate(header, start=1):
        if not label.strip():
            faults.append(InputError(name, 1, at, "a column has no name", "name the column or delete it"))
        elif label in header[: at - 1]:
            message = f"the column {quote(label)} appears twice"
            faults.append(InputError(name, 1, at, message, "keep one of them"))
    return faults or _missing_columns(name, header, table)


def _missing_columns(name: str, header: Sequence[str], table: str) -> list[InputError]:
    similar = {label.strip().lower().replace(" ", "_"): label for label in header}
    faults = []
    for column in COLUMNS[table]:
        if column.required and column.name not in header:
            fix = f"add the column {column.name}"
            if column.name == "rater":
                fix += f". {NO_RATERS}"
            if column.name in similar:
                fix = f"rename the column {quote(similar[column.name])} to {column.name}"
            faults.append(InputError(name, 1, 1, f"the column '{column.name}' is missing", fix))
    return faults


def _csv_reader(data: bytes) -> Any:
    return csv.reader(io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline=""), strict=True)


def _parse(
    name: str, data: bytes, header: Sequence[str]
) -> tuple[dict[str, pd.Categorical], Sequence[int], list[InputError], int]:
    """Parse valid UTF-8 with the csv module, up to the first row that is not CSV.

    Returns the columns of the rows that are as wide as the header, their physical lines, the first faults of
    the others, and the number of further ones.
    """
    codes = [array("i") for _ in header]
    numberings = [_numbering() for _ in header]
    lines = array("q")
    faults: list[InputError] = []
    wrong_widths = 0
    reader = _csv_reader(data)
    next(reader)
    start = reader.line_num + 1
    try:
        for row in reader:
            if len(row) == len(header):
                lines.append(start)
                for column, numbering, text in zip(codes, numberings, row, strict=True):
                    column.append(numbering[text])
            elif row:  # a blank line is no row
                wrong_widths += 1
                if wrong_widths <= MOST_FAULTS:
                    faults.append(_width_fault(name, start, len(row), len(header)))
            start = reader.line_num + 1
    except csv.Error as error:
        faults.append(_csv_fault(name, start, error))
    columns = {
        label: to_categorical(np.array(column, dtype=np.int32), list(numbering))
        for label, column, numbering in zip(header, codes, numberings, strict=True)
    }
    return columns, lines, faults, max(0, wrong_widths - MOST_FAULTS)


def _numbering() -> defaultdict[str, int]:
    """A dict that gives every new text the next whole number."""
    numbering: defaultdict[str, int] = defaultdict()
    numbering.default_factory = numbering.__len__
    return numbering


def _width_fault(name: str, line: int, got: int, wanted: int) -> InputError:
    message = f"the row has {got} cell{'' if got == 1 else 's'} but the header has {wanted}"
    return InputError(
        name, line, min(got, wanted) + 1, message, "quote cells that contain a comma, and include empty cells"
    )


def _csv_fault(name: str, line: int, error: csv.Error) -> InputError:
    for sign, (message, fix) in CSV_ERRORS.items():
        if sign in str(error):
            return InputError(name, line, 1, f"the row is not valid CSV: {message}", fix)
    return InputError(
        name,
        line,
        1,
        f"the row is not valid CSV ({error})",
        "close every quote, and put each row on its own line",
    )


def from_frame(name: str, digest: str | None, frame: pd.DataFrame, table: str) -> RawTable:
    """Read a data frame as the CSV it would be written to: missing is empty, and the first row is line 2.

    Without a digest it is that of the CSV that pandas would write.
    """
    header = tuple(map(str, frame.columns))
    rows = len(frame)
    faults = tuple(_header_faults(name, header, table))
    if faults:
        return RawTable(name, digest or "", header, {}, rows, (), faults)
    columns = {label: _frame_column(frame.iloc[:, at]) for at, label in enumerate(header)}
    digest = digest or hashlib.sha256(_write_csv(columns)).hexdigest()
    return RawTable(name, digest, header, columns, rows, range(2, rows + 2))


def _frame_column(values: pd.Series) -> pd.Categorical:
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, found = values.cat.codes.to_numpy(), values.cat.categories
    else:
        if values.dtype == object:
            values = values.map(_cell_text)  # equal values may be different texts: True and 1
        codes, found = pd.factorize(values)
    return to_categorical(codes.astype(np.int64) + 1, ["", *map(_cell_text, found.tolist())])


def _cell_text(value: Any) -> str:
    """A value as a CSV cell: numbers without a needless fraction, true and false, times in ISO 8601."""
    if isinstance(value, str):
        return value
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, float) and math.isnan(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return str(value)


def _write_csv(columns: Mapping[str, pd.Categorical]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*map(np.asarray, columns.values()), strict=True))
    return out.getvalue().encode()
