"""A CSV table read row by row with the csv module: slower, and exact about what is wrong on which line."""

import csv
import io
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from analysis.stats.faults import MOST_FAULTS, Fault
from analysis.stats.tables.coded import Coded
from analysis.stats.tables.file_bytes import Data

MENDS = {
    "field larger": ("a cell has more than 131072 characters", "close every quote, or shorten the cell"),
    "unexpected end of data": ("a quote is never closed", "close every quote"),
    "expected after": ("text stands behind a closing quote", "double every quote within a quoted cell"),
}


@dataclass(frozen=True, eq=False)
class Exact:
    """The rows that have the width of the header, the line that each starts on, and what is wrong."""

    columns: dict[str, Coded]
    lines: Sequence[int]
    faults: tuple[Fault, ...]
    more_faults: int


def parse_exact(name: str, data: Data, header: Sequence[str]) -> Exact:
    """Read valid UTF-8 without NUL. Stops at the first row that is not CSV."""
    width = len(header)
    faults: list[Fault] = []
    wrong = 0
    texts: list[dict[str, int]] = [{} for _ in header]
    codes = [array("i") for _ in header]
    lines = array("q")
    rows = _Rows(data)
    try:
        for row in rows.below_the_header():
            if len(row) == width:
                lines.append(rows.start)
                for known, places, text in zip(texts, codes, row, strict=True):
                    places.append(known.setdefault(text, len(known)))
                continue
            wrong += 1
            if wrong <= MOST_FAULTS:
                faults.append(_wrong_width(name, rows.start, len(row), width))
    except csv.Error as error:
        faults.append(not_csv(name, rows.start, error))
    columns = {
        label: Coded(pa.array(list(known), type=pa.string()), np.array(places, dtype=np.int32))
        for label, known, places in zip(header, texts, codes, strict=True)
    }
    return Exact(columns, lines, tuple(faults), max(0, wrong - MOST_FAULTS))


def row_lines(data: Data) -> Sequence[int]:
    """The line that each row below the header starts on; blank lines are no rows."""
    rows = _Rows(data)
    return array("q", (rows.start for _ in rows.below_the_header()))


def read_header(data: Data) -> list[str]:
    """The first row, of no cells where the first line is blank. Raises csv.Error."""
    return next(_Rows(data).reader, [])


class _Rows:
    """The rows of a file. `start` is the line on which the one last asked for starts, also when it fails."""

    def __init__(self, data: Data) -> None:
        text = io.TextIOWrapper(io.BytesIO(data[:]), "utf-8-sig", newline="")
        self.reader = csv.reader(text, strict=True)
        self.start = 1

    def below_the_header(self) -> Iterator[list[str]]:
        next(self.reader, [])
        while True:
            self.start = self.reader.line_num + 1
            row = next(self.reader, None)
            if row is None:
                return
            if row:
                yield row


def _wrong_width(name: str, line: int, got: int, wanted: int) -> Fault:
    message = f"the row has {got} cell{'' if got == 1 else 's'} where the header has {wanted}"
    mend = "quote cells that hold a comma, and leave none out"
    return Fault(name, line, min(got, wanted) + 1, message, mend)


def not_csv(name: str, line: int, error: csv.Error) -> Fault:
    for sign, (message, mend) in MENDS.items():
        if sign in str(error):
            return Fault(name, line, 1, f"the row is not CSV: {message}", mend)
    return Fault(name, line, 1, f"the row is not CSV ({error})", "close every quote, one row a line")
