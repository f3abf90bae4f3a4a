"""A well-formed CSV table, read at speed by Arrow. What is not plainly well-formed is left to `exact_csv`.

Arrow is more lenient than the csv module in one way that matters (text after a closing quote), so where there
are quotes their places are looked at first.
"""

from collections.abc import Container, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from analysis.stats.coded import Coded

BLOCK = 1 << 20
QUOTE, COMMA, LF, CR = b'",\n\r'
LONGEST_CELL = 131_072  # the csv module's own limit


def parse_plain(
    data: bytes, start: int, header: Sequence[str], kept: Container[str]
) -> dict[str, Coded] | None:
    """The columns of the rows that begin at byte `start` of valid UTF-8. None where there may be a fault.

    `kept` columns come with codes, the others row by row.
    """
    quotes = _quotes(data, start)
    if quotes is None:
        return None
    quoted, breaks = quotes
    coded = pa.dictionary(pa.int32(), pa.string())
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(data).slice(start),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=BLOCK, column_names=list(header)
            ),
            parse_options=arrow_csv.ParseOptions(
                quote_char='"' if quoted else False, newlines_in_values=breaks, ignore_empty_lines=True
            ),
            convert_options=arrow_csv.ConvertOptions(
                check_utf8=False,
                column_types={name: coded if name in kept else pa.string() for name in header},
                null_values=[],
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    columns = {name: _column(table.column(name)) for name in header}
    longest = max(pc.max(pc.binary_length(column.texts)).as_py() or 0 for column in columns.values())
    return columns if longest <= LONGEST_CELL else None


def _column(values: pa.ChunkedArray) -> Coded:
    if not pa.types.is_dictionary(values.type):
        return Coded(values.combine_chunks() if values.num_chunks != 1 else values.chunk(0))
    whole = values.unify_dictionaries().combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    return Coded(whole.dictionary, whole.indices.to_numpy())


def _quotes(data: bytes, start: int) -> tuple[bool, bool] | None:
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
