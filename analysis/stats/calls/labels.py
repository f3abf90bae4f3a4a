"""From arrays of labels to codes, checked: nothing unknown, nothing missing, nothing of another length."""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.stats.linear import Floats, Ints

MOST_TEXTS = 2**62
Label = Hashable
Labels = Iterable[Hashable]
Numbers = Iterable[float]


class UnknownLabel(ValueError, KeyError):
    """A label that the rows do not hold, or that is not among those allowed."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Labels as codes: `codes` per row, `labels` per code, `names` their text. Codes follow the order of
    names, or the order given."""

    what: str
    codes: Ints
    labels: tuple[Label, ...]
    names: tuple[str, ...]

    def code(self, label: Label) -> int:
        """Raises UnknownLabel, naming the label and what there is."""
        for at, known in enumerate(self.labels):
            if known == label:
                return at
        raise unknown(self.what, label, self.labels)

    def pick(self, rows: np.ndarray) -> "Coded":
        """The same labels for some of the rows."""
        return Coded(self.what, self.codes[rows], self.labels, self.names)


def unknown(what: str, label: Label, known: Sequence[Label]) -> UnknownLabel:
    shown = ", ".join(map(repr, known[:12])) + (", ..." if len(known) > 12 else "")
    return UnknownLabel(f"{what} {label!r} is not known: use one of {shown or 'those in the rows'}")


def as_array(values: Labels, what: str) -> np.ndarray:
    """One dimension, each element a label."""
    if isinstance(values, str | bytes | Mapping):
        raise ValueError(f"{what}: give one value a row, not {type(values).__name__}")
    if isinstance(values, np.ndarray | pd.Series | pd.Index):
        array = np.asarray(values)
    else:
        listed = list(values)
        array = np.fromiter(listed, dtype=object, count=len(listed))
    if array.ndim != 1:
        raise ValueError(f"{what}: give one dimension, not {array.ndim}")
    return array


def coded(values: Labels, what: str, known: Sequence[Label] | None = None) -> Coded:
    """Codes of labels, in the order of their text or of `known`. Raises ValueError for a missing label, and
    UnknownLabel for one that is not among `known`."""
    try:
        found, unique = _factorized(values, what)
    except TypeError as error:
        raise ValueError(f"{what}: a label is not hashable ({error})") from error
    if (found < 0).any():
        raise ValueError(f"{what}: row {int(np.argmin(found))} (counted from 0) has no label")
    labels = tuple(_plain(value) for value in unique)
    if known is not None:
        order = tuple(known)
        place = {label: at for at, label in enumerate(order)}
        for label in labels:
            if label not in place:
                raise unknown(what, label, order)
        turn = np.array([place[label] for label in labels], dtype=np.int64)
    else:
        order = tuple(sorted(labels, key=str))
        place = {label: at for at, label in enumerate(order)}
        turn = np.array([place[label] for label in labels], dtype=np.int64)
    names = tuple(map(str, order))
    if len(set(names)) < len(names):
        raise ValueError(f"{what}: two labels read alike, such as 1 and '1': give them different texts")
    codes = turn[found] if len(found) else np.zeros(0, dtype=np.int64)
    return Coded(what, codes.astype(np.int64), order, names)


def _factorized(values: Labels, what: str) -> tuple[Ints, list[Any]]:
    """Per row the place of its label in the list, -1 for a missing one. Whole numbers and categories are not
    hashed: a million rows are quick."""
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.CategoricalDtype):
        values = values.array
    if isinstance(values, pd.Categorical):
        return _used(np.asarray(values.codes), list(values.categories))
    if isinstance(values, pd.Series):
        places, different = pd.factorize(values)
        return np.asarray(places), list(different)
    array = as_array(values, what)
    packed = _packed(array) if array.dtype.kind == "U" and array.size else None
    if packed is not None:
        return _first_rows(*packed, array)
    if array.dtype.kind in "iu" and array.size:
        low, high = int(array.min()), int(array.max())
        if high - low < 2 * array.size + 1000:
            return _used(array - low, range(low, high + 1))
    found, unique = pd.factorize(array if array.dtype.kind in "iufb" else array.astype(object))
    return np.asarray(found), list(unique)


def _packed(texts: np.ndarray) -> tuple[Ints, int] | None:
    """Texts of one width as whole numbers, exactly, and how many such numbers there could be; None where
    these would be too large. Each place of the texts counts what stands between its least and its last
    letter."""
    letters = np.ascontiguousarray(texts).astype(texts.dtype.newbyteorder("="), copy=False)
    table = letters.view(np.uint32).reshape(len(texts), -1)
    key, size = np.zeros(len(texts), dtype=np.int64), 1
    for at in np.flatnonzero(np.bitwise_or.reduce(table, axis=0)).tolist():  # no text is so long elsewhere
        column = np.ascontiguousarray(table[:, at])
        least = int(column.min())
        width = int(column.max()) - least + 1
        if size * width >= MOST_TEXTS:
            return None
        if width > 1:
            key *= width
            key += column
            key -= least
        size *= width
    return key, size


def _first_rows(key: Ints, size: int, texts: np.ndarray) -> tuple[Ints, list[Any]]:
    """Codes of packed texts and the texts themselves."""
    if size >= 2 * len(key) + 1000:
        found, different = pd.factorize(key)
        key, size = np.asarray(found), len(different)
    row = np.full(size, -1, dtype=np.int64)
    row[key] = np.arange(len(key))
    there = row >= 0
    return (np.cumsum(there) - 1)[key], texts[row[there]].tolist()


def _used(codes: np.ndarray, labels: Sequence[Any]) -> tuple[Ints, list[Any]]:
    """Without the labels that no row has."""
    seen = np.bincount(codes[codes >= 0] if (codes < 0).any() else codes, minlength=len(labels)) > 0
    place = np.append(np.cumsum(seen) - 1, -1)  # a code of -1 stays one
    return place[codes], [labels[at] for at in np.flatnonzero(seen).tolist()]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def numbers(values: Numbers, what: str, *, least: float = -math.inf, whole: bool = False) -> Floats:
    """Finite numbers. Raises ValueError with the row of the first that is not."""
    array = as_array(values, what)
    try:
        array = array.astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what}: a value is not a number ({error})") from error
    _refuse(~np.isfinite(array), array, what, "is not a finite number")
    _refuse(array < least, array, what, f"is below {least:g}")
    if whole:
        _refuse(array != np.floor(array), array, what, "is not a whole number")
    return array


def _refuse(wrong: np.ndarray, array: np.ndarray, what: str, why: str) -> None:
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ValueError(f"{what}: {array[at]} in row {at} (counted from 0) {why}")


def same_length(**arrays: Any) -> int:
    """Raises ValueError where the arrays differ in length, with every length."""
    sizes = {name: len(array) for name, array in arrays.items() if array is not None}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise ValueError(f"the arrays differ in length: {listed}")
    size = next(iter(sizes.values()))
    if size == 0:
        raise ValueError("there are no rows")
    return size


def one_of(values: Labels, what: str, allowed: Sequence[Label]) -> np.ndarray:
    """An array of words that are all allowed."""
    words = np.empty(len(allowed), dtype=object)
    words[:] = list(allowed)
    return np.asarray(words[coded(values, what, known=allowed).codes])


def series_of_items(series: Labels | None, item: Coded) -> tuple[Ints, tuple[str, ...]]:
    """Per item the code of its series, -1 where none is given (None, NaN or an empty text). Raises
    ValueError for an item of two series."""
    size = len(item.labels)
    if series is None:
        return np.full(size, -1, dtype=np.int64), ()
    array = as_array(series, "series").astype(object)
    same_length(item=item.codes, series=array)
    found, unique = pd.factorize(array)
    labels = [_plain(value) for value in unique]
    named = sorted(str(label) for label in labels if label != "")
    code = {name: at for at, name in enumerate(named)}
    turn = np.array([code[str(label)] if label != "" else -1 for label in labels] + [-1], dtype=np.int64)
    per_row = turn[found]  # a missing label is -1, the last of `turn`
    result = np.full(size, -1, dtype=np.int64)
    result[item.codes] = per_row
    clash = result[item.codes] != per_row
    if clash.any():
        raise ValueError(f"item {item.labels[int(item.codes[int(np.argmax(clash))])]!r} has two series")
    return result, tuple(named)
