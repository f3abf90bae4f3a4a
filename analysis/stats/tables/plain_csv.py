"""A well-formed CSV table, read at speed by Arrow. What is not plainly well-formed is left to `exact_csv`.

Arrow is more lenient than the csv module in one way that matters (text after a closing quote), so where there
are quotes their places are looked at first.

Looking up a cell among the texts of its column costs most. What looks constant, or like whole numbers, in the
first rows is read as such and proven block by block: whole numbers that are written in another way than ours
(007) are longer, so that the lengths of all cells would not add up to the length of the block.
"""

from collections.abc import Container, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from analysis.stats.tables.arrow_columns import CODED, NUMBER, TEXT, CodedColumn, TextColumn, Words
from analysis.stats.tables.coded import Coded
from analysis.stats.tables.file_bytes import Data

Columns = Mapping[str, TextColumn | CodedColumn]
Types = Mapping[str, pa.DataType]
WHOLE = "^(-?[0-9]{1,9})?$"
BLOCK = 1 << 22
SAMPLE = 1 << 16
WIDTHS = [{"min": width, "max": width} for width in range(1, 17)]
MOST_WORDS, SLOTS = 500, 1 << 15
QUOTE, COMMA, LF, CR = b'",\n\r'
LONGEST_CELL = 131_072  # the csv module's own limit


def parse_plain(
    data: Data, start: int, header: Sequence[str], kept: Container[str]
) -> dict[str, Coded] | None:
    """The columns of the rows of valid UTF-8, where the header ends at byte `start`. None where there may be
    a fault.

    `kept` columns come with codes, the others row by row.
    """
    quotes = _quotes(data, start)
    if quotes is None:
        return None
    columns = {name: CodedColumn() if name in kept else TextColumn() for name in header}
    if quotes[0]:
        table = _read(pa.py_buffer(data).slice(start), _as_text(columns), quotes)
        if table is None:
            return None
        for name, column in columns.items():
            column.add(table.column(name))
        return _checked(columns)
    _guess(columns, data[start : data.find(b"\n", start + SAMPLE)])
    for block in _blocks(data, start):
        if not _add_guessed(columns, block) and not _add_text(columns, block):
            return None
    return _checked(columns)


def _read(rows: pa.Buffer, types: Types, quotes: tuple[bool, bool] = (False, False)) -> pa.Table | None:
    try:
        return arrow_csv.read_csv(
            rows,
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK, column_names=list(types)),
            parse_options=arrow_csv.ParseOptions(
                quote_char='"' if quotes[0] else False, newlines_in_values=quotes[1], ignore_empty_lines=True
            ),
            convert_options=arrow_csv.ConvertOptions(
                check_utf8=False,
                column_types=types,
                null_values=[""],  # of whole numbers alone
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None


def _blocks(data: Data, start: int) -> Iterator[pa.Buffer]:
    """Whole rows of a file without quotes, in blocks that fit a processor's cache."""
    whole = pa.py_buffer(data)
    while start < len(data):
        end = start + BLOCK
        if end < len(data):
            end = max(data.rfind(b"\n", start, end), data.rfind(b"\r", start, end)) + 1 or end
        yield whole.slice(start, min(end, len(data)) - start)
        start = end


def _as_text(columns: Columns) -> Types:
    return {name: CODED if isinstance(column, CodedColumn) else TEXT for name, column in columns.items()}


def _guess(columns: Columns, sample: bytes) -> None:
    """Set what the columns are read as by what their first rows look like."""
    table = _read(pa.py_buffer(sample), dict.fromkeys(columns, TEXT))
    for name, column in columns.items():
        if table is None or not isinstance(column, CodedColumn):
            continue
        texts = table.column(name).unique()
        if len(texts) == 1:
            column.kind, column.constant = TEXT, texts[0].as_py()
        elif pc.all(pc.match_substring_regex(texts, WHOLE)).as_py():
            column.kind = NUMBER
        elif len(texts) <= MOST_WORDS and pc.min_max(pc.binary_length(texts)).as_py() in WIDTHS:
            words = Words(texts.to_pylist(), SLOTS)
            if words.usable:
                column.kind, column.words = TEXT, words


def _add_guessed(columns: Columns, block: pa.Buffer) -> bool:
    """Add a block as it was guessed; False, and nothing added, where it is not so."""
    table = _read(block, {name: column.kind for name, column in columns.items()})
    if table is None:
        return False
    before = {name: len(column.parts) for name, column in columns.items()}
    held = sum(column.add(table.column(name)) for name, column in columns.items())
    if _adds_up(block, held, table):
        return True
    for name, column in columns.items():
        del column.parts[before[name] :]
    return False


def _add_text(columns: Columns, block: pa.Buffer) -> bool:
    table = _read(block, _as_text(columns))
    if table is not None:
        for name, column in columns.items():
            column.add(table.column(name))
    return table is not None


def _adds_up(block: pa.Buffer, held: int, table: pa.Table) -> bool:
    """Whether the cells, with their commas and line ends, are as long as the block."""
    if NUMBER not in table.schema.types:
        return True
    begin, last = bytes(block[:2]), bytes(block[len(block) - 2 :])
    width = 2 if last.endswith(b"\r\n") else 1
    ends = table.num_rows * width
    if begin[:1] in (b"\r", b"\n"):  # the first block begins with the line end of the header
        ends += 2 if begin == b"\r\n" else 1
    if not last.endswith((b"\r", b"\n")):
        ends -= width
    return held + table.num_rows * (table.num_columns - 1) + ends == len(block)


def _checked(columns: Columns) -> dict[str, Coded] | None:
    done = {name: column.done() for name, column in columns.items()}
    longest = max(pc.max(pc.binary_length(column.texts)).as_py() or 0 for column in done.values())
    return done if longest <= LONGEST_CELL else None


def _quotes(data: Data, start: int) -> tuple[bool, bool] | None:
    """Whether there are quotes, and line breaks within them; None where a quote stands in an odd place.

    Every other quote opens: at the start of a cell, or right after one that closes (a doubled quote). The
    rest close: at the end of a cell, or right before one that opens.
    """
    if data.find(b'"', start) < 0:
        return False, False
    signs = np.frombuffer(data, dtype=np.uint8, offset=start)
    places = np.flatnonzero(signs == QUOTE)
    if len(places) % 2:
        return None
    opening, closing = places[::2], places[1::2]
    before = np.where(opening > 0, signs[opening - 1], LF)
    after = np.where(closing + 1 < len(signs), signs[np.minimum(closing + 1, len(signs) - 1)], LF)
    ends = np.array([COMMA, LF, CR], dtype=np.uint8)
    doubled = np.zeros(len(opening), dtype=bool)
    doubled[1:] = opening[1:] == closing[:-1] + 1
    if not (np.isin(before, ends) | doubled).all():
        return None
    if not (np.isin(after, ends) | np.append(doubled[1:], False)).all():
        return None
    return True, _breaks_within(signs, opening, closing)


def _breaks_within(signs: np.ndarray, opening: np.ndarray, closing: np.ndarray) -> bool:
    breaks = np.flatnonzero((signs == LF) | (signs == CR))
    return bool((np.searchsorted(breaks, opening) != np.searchsorted(breaks, closing)).any())
