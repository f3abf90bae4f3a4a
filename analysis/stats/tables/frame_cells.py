"""From a data frame to columns of text: what the CSV would hold that the frame would be written to."""

import hashlib
import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from analysis.stats.tables.coded import Coded
from analysis.stats.tables.columns import COLUMNS
from analysis.stats.tables.reading import Raw, header_faults

NEEDS_QUOTES = '[",\r\n]'


def from_frame(name: str, digest: str | None, frame: pd.DataFrame, table: str) -> Raw:
    """A data frame as the CSV it would be written to: missing is empty, and the first row is line 2.

    Without a digest it is that of the CSV that pandas would write.
    """
    header = tuple(str(label) for label in frame.columns)
    rows = len(frame)
    faults = header_faults(name, header, table)
    own = {column.name for column in COLUMNS[table] if not column.kept}
    places = enumerate(header if not faults else ())
    columns = {label: coded(frame.iloc[:, at], label not in own) for at, label in places}
    if digest is None:
        digest = "" if faults else hashlib.sha256(_csv(columns, rows)).hexdigest()
    return Raw(name, digest, header, columns, rows, lambda row: row + 2, tuple(faults))


def coded(values: pd.Series, with_codes: bool = True) -> Coded:
    """One column as texts: numbers without a needless fraction, true and false, times in ISO 8601.

    Columns of strings or whole numbers can do without codes: see `Coded`.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, found = values.cat.codes.to_numpy(), values.cat.categories
    elif isinstance(values.dtype, pd.StringDtype):
        texts = _of_strings(values)
        return texts.encoded() if with_codes else texts
    elif isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu" and not with_codes:
        return Coded(pa.array(values.to_numpy()).cast(pa.string()))
    elif values.dtype == object:
        if pd.api.types.infer_dtype(values, skipna=True) != "string":
            values = values.map(_text)  # equal numbers may be different texts: True and 1
        codes, found = pd.factorize(values)
    else:
        codes, found = pd.factorize(values)
    return _merged(np.asarray(codes), list(map(_text, found.tolist())))


def _of_strings(values: pd.Series) -> Coded:
    array = pa.array(values, type=pa.string(), from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return Coded(pc.fill_null(array, ""))


def _merged(codes: np.ndarray, texts: list[str]) -> Coded:
    """With those texts alone that stand in a row, each once; the code of what is missing is -1."""
    present = np.flatnonzero(np.bincount(codes + 1, minlength=len(texts) + 1))
    texts = ["", *texts]
    place: dict[str, int] = {}
    moved = np.zeros(len(texts), dtype=np.int32)
    for at in present.tolist():
        moved[at] = place.setdefault(texts[at], len(place))
    return Coded(pa.array(list(place), type=pa.string()), moved[codes + 1])


def _text(value: Any) -> str:
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


def _csv(columns: Mapping[str, Coded], rows: int) -> bytes:
    """As pandas writes it, without the index."""
    header = list(columns)
    odd = any(pc.any(pc.match_substring_regex(c.texts, NEEDS_QUOTES)).as_py() for c in columns.values())
    if odd or len(header) < 2 or any(sign in label for label in header for sign in NEEDS_QUOTES[1:-1]):
        texts = {label: _texts(column) for label, column in columns.items()}
        return pd.DataFrame(texts, columns=header).to_csv(index=False, lineterminator="\n").encode()
    out = io.BytesIO((",".join(header) + "\n").encode())
    out.seek(0, io.SEEK_END)
    if rows:
        arrays = [_all_texts(column) for column in columns.values()]
        options = arrow_csv.WriteOptions(include_header=False, quoting_style="none")
        arrow_csv.write_csv(pa.table(arrays, names=header), out, options)
    return out.getvalue()


def _texts(column: Coded) -> np.ndarray:
    return np.array(_all_texts(column).to_pylist(), dtype=object)


def _all_texts(column: Coded) -> pa.StringArray:
    return column.texts if column.codes is None else column.texts.take(pa.array(column.codes))
