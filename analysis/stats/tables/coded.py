"""A column of a table as the distinct texts that stand in it, and per row which of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

Codes = NDArray[Any]  # integers, one a row
MANY = 2**16
ROOM = 2**62  # keys stay below, so that none runs over
DENSE = 2**22  # keys below are used as places in a list


@dataclass(frozen=True, eq=False)
class Coded:
    """`codes` points into `texts`, which differ from each other. Without codes row i holds text i.

    The second form is for what differs from row to row anyway (codes of assignments, times).
    """

    texts: pa.StringArray
    codes: Codes | None = None

    @classmethod
    def of(cls, values: Sequence[str]) -> "Coded":
        return cls(pa.array(values, type=pa.string())).encoded()

    @classmethod
    def constant(cls, text: str, rows: int) -> "Coded":
        """The same text in every row. All constant columns of one length share their codes."""
        return cls(pa.array([text], type=pa.string()), _zeros(rows))

    @property
    def places(self) -> Codes:
        """The codes of a column that has them."""
        assert self.codes is not None
        return self.codes

    @cached_property
    def distinct(self) -> list[str]:
        """The texts as Python's own, in the order of the codes."""
        return list(self.texts.to_pylist())

    def __len__(self) -> int:
        return len(self.texts) if self.codes is None else len(self.codes)

    def encoded(self) -> "Coded":
        """With codes."""
        if self.codes is not None:
            return self
        found = self.texts.dictionary_encode()
        return Coded(found.dictionary, found.indices.to_numpy(zero_copy_only=False))

    def text(self, row: int) -> str:
        at = row if self.codes is None else int(self.codes[row])
        return str(self.texts[at].as_py())

    def rows_where(self, chosen: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Which rows hold a text that is so."""
        return self.rows_of(np.array([chosen(text) for text in self.distinct], dtype=bool))

    def rows_of(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """From a mark per text to one per row."""
        if self.codes is None:
            return mask
        if mask.all() or not mask.any():
            return np.full(len(self), bool(mask.any()))
        return mask[self.codes]

    def filled(self, default: str) -> "Coded":
        """With the default where nothing stands."""
        return self.mapped(lambda text: text or default) if "" in self.distinct else self

    def mapped(self, change: Callable[[str], str]) -> "Coded":
        """With every text changed; texts that become the same count as one."""
        column = self.encoded()
        changed = [change(text) for text in column.distinct]
        return column.recoded(sorted(set(changed)), changed)

    def recoded(self, texts: Sequence[str], own: Sequence[str] | None = None) -> "Coded":
        """With codes into `texts`, which holds every text of this column (or every one of `own`)."""
        column = self.encoded()
        own = column.distinct if own is None else own
        values = pa.array(texts, type=pa.string())
        if list(own) == list(texts):
            return Coded(values, column.codes)
        place = {text: at for at, text in enumerate(texts)}
        moved = np.array([place[text] for text in own], dtype=smallest(len(texts)))
        return Coded(values, moved[column.places])

    def in_order(self) -> "Coded":
        """With the texts in alphabetical order, unless they are very many."""
        column = self.encoded()
        if len(column.texts) > MANY:
            return column
        return column.recoded(sorted(column.distinct))

    def take(self, rows: NDArray[Any]) -> "Coded":
        """The rows of a mask or of a list of places."""
        if self.codes is None:
            return Coded(self.texts.filter(pa.array(rows)) if rows.dtype == bool else self.texts.take(rows))
        return Coded(self.texts, self.codes[rows])


@lru_cache(maxsize=1)
def _zeros(rows: int) -> Codes:
    zeros = np.zeros(rows, dtype=np.int8)
    zeros.flags.writeable = False
    return zeros


def smallest(count: int) -> type[np.signedinteger[Any]]:
    """The smallest type that holds the codes of so many texts."""
    return np.int8 if count <= 2**7 else np.int16 if count <= 2**15 else np.int32


def together(*columns: Coded) -> list[Coded]:
    """Columns of the same kind of names, with codes into one list of texts."""
    names = sorted(set().union(*(column.encoded().distinct for column in columns)))
    return [column.recoded(names) for column in columns]


def keys(columns: Sequence[Coded]) -> NDArray[np.int64]:
    """One number a row: the same where, and only where, all of the columns hold the same texts."""
    return _keys(columns)[0]


def dense_keys(columns: Sequence[Coded]) -> tuple[NDArray[np.int64], int]:
    """The same with numbers below a bound, which is given too and is not large."""
    key, size = _keys(columns)
    if size > DENSE:
        codes, found = pd.factorize(key)
        return codes.astype(np.int64), len(found)
    return key, size


def _keys(columns: Sequence[Coded]) -> tuple[NDArray[np.int64], int]:
    key, size = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in map(Coded.encoded, columns):
        width = len(column.texts)
        if width < 2:
            continue
        if size * width >= ROOM:
            codes, found = pd.factorize(key)
            key, size = codes.astype(np.int64), len(found)
        key *= width
        key += column.places
        size *= width
    return key, size
