"""Check arrays once and turn their labels into codes: nothing unknown, nothing missing, nothing of another
length."""

import math
import warnings
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np
import pandas as pd

from analysis.stats.cells import Names, place_mean
from analysis.stats.linear import Floats, Ints, Linear
from analysis.stats.tables.checks import alike_names, fold_name

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
    `labels`."""

    what: str
    codes: Ints
    labels: tuple[Label, ...]
    names: tuple[str, ...]

    def code(self, label: Label) -> int:
        """Return the code of a label. Raises UnknownLabel."""
        for at, known in enumerate(self.labels):
            if known == label:
                return at
        raise UnknownLabel(f"{self.what} {label!r} is unknown. Fix: use one of {list_labels(self.labels)}.")

    def recoded(self, what: str, order: Sequence[Label]) -> "Coded":
        """Return the same rows with codes in another order of labels, which may hold further ones."""
        place = {label: at for at, label in enumerate(order)}
        for at, label in enumerate(self.labels):
            if label not in place:
                where = in_row(self.what, int(np.argmax(self.codes == at)))
                raise UnknownLabel(f"{where} {label!r} is unknown. Fix: use one of {list_labels(order)}.")
        names = tuple(map(str, order))
        if len(set(names)) < len(names):
            raise ValueError(
                f"{self.what}: two labels look the same, such as 1 and '1'. Fix: give them different texts."
            )
        _check_alike(self.what, [label for label in order if isinstance(label, str)])
        turn = np.array([place[label] for label in self.labels], dtype=np.int64)
        return Coded(what, turn[self.codes], tuple(order), names)


def _check_alike(what: str, labels: Sequence[str]) -> None:
    """Raise ValueError for two labels that look the same, and warn of two that differ in case or width."""
    for one, other in alike_names(labels, _visible_part):
        raise ValueError(f"{what}: {one!a} and {other!a} look the same. Fix: write the label in one way.")
    for one, other in alike_names(labels, fold_name):
        problem = f"{what}: {one!r} and {other!r} differ only in case or width and are treated as different."
        warnings.warn(problem, skip_file_prefixes=(str(Path(__file__).parent),))


def _visible_part(name: str) -> str:
    """Return a label in Unicode's composed form (NFC) without spaces and invisible characters."""
    return "".join(sign for sign in normalize("NFC", name) if sign.isprintable() and not sign.isspace())


def list_labels(labels: Sequence[Label]) -> str:
    return (", ".join(map(repr, labels[:12])) or "those in the rows") + (", ..." if len(labels) > 12 else "")


def in_row(what: str, at: int) -> str:
    return f"{what}, row {at} (counted from 0):"


def refuse_rows(wrong: np.ndarray, what: str, problem: str, fix: str) -> None:
    """Raise ValueError with the first of the rows that are wrong."""
    if wrong.any():
        raise ValueError(f"{in_row(what, int(np.argmax(wrong)))} {problem}. Fix: {fix}.")


def as_array(values: Iterable[Any], what: str) -> np.ndarray:
    """Return one dimension of values. Raises ValueError."""
    if isinstance(values, str | bytes | Mapping):
        raise ValueError(f"{what}: it is {type(values).__name__}. Fix: give an array with one value per row.")
    if isinstance(values, np.ndarray | pd.Series | pd.Index):
        array = np.asarray(values)
    else:
        rows = list(values)
        array = np.fromiter(rows, dtype=object, count=len(rows))
    if array.ndim != 1:
        raise ValueError(f"{what}: it has {array.ndim} dimensions. Fix: give one dimension.")
    return array


def blank_missing(values: Labels, what: str) -> np.ndarray:
    """Return the values with "" for None and NaN."""
    array = as_array(values, what).astype(object)
    return np.where(pd.isna(array), "", array)


def code_labels(values: Labels, what: str, known: Sequence[Label] | None = None) -> Coded:
    """Return codes of labels, in the order of their text or of `known`.

    Raises ValueError for a missing label (None, NaN), UnknownLabel for one that is not among `known`.
    """
    column: Any = values
    if not isinstance(values, pd.Series | pd.Categorical):
        array = as_array(values, what)
        column = array if array.dtype.kind in "iufb" else array.astype(object)
    try:
        found, different = pd.factorize(column)
    except TypeError as error:
        raise ValueError(f"{what}: {error}. Fix: use labels that are hashable, such as texts.") from error
    codes = np.asarray(found, dtype=np.int64)
    refuse_rows(codes < 0, what, "the label is missing", "add one, or remove the row")
    labels = tuple(value.item() if isinstance(value, np.generic) else value for value in different)
    rows = Coded(what, codes, labels, ())
    return rows.recoded(what, sorted(labels, key=str) if known is None else known)


def check_numbers(
    values: Numbers,
    what: str,
    *,
    least: float = -math.inf,
    most: float = math.inf,
    whole: bool = False,
    missing: bool = False,
) -> Floats:
    """Return finite numbers, with `missing` NaN for None and NaN. Raises ValueError."""
    array = as_array(values, what)
    result = pd.to_numeric(pd.Series(array), errors="coerce").to_numpy(dtype=float)
    absent = pd.isna(array) if missing else np.zeros(len(array), dtype=bool)
    refuse_rows(~np.isfinite(result) & ~absent, what, "it is not a finite number", "give a finite number")
    for wrong, problem in (
        (result < least, f"it is below {least:g}"),
        (result > most, f"it is above {most:g}"),
        (whole & ~absent & (result != np.floor(result)), "it is not a whole number"),
    ):
        refuse_rows(wrong, what, problem, "correct the number, or remove the row")
    return result


def check_same_length(**arrays: Any) -> None:
    """Raise ValueError unless all arrays (None is not given) have the same number of rows, at least one."""
    sizes = {name: len(array) for name, array in arrays.items() if array is not None}
    if len(set(sizes.values())) > 1:
        each = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise ValueError(f"the arrays differ in length: {each}. Fix: give one value per row in each.")
    if 0 in sizes.values():
        raise ValueError("there are no rows. Fix: give at least one.")


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Rater and item of each row."""

    raters: Coded
    items: Coded
    names: Names

    def mean(self, values: Floats, rows: Ints) -> Linear | None:
        """Return the mean of `values`, one for each of the rows `rows`; None without rows."""
        return place_mean(values, self.raters.codes[rows], self.items.codes[rows], self.names)


def code_places(rater: Labels, item: Labels, series: Labels | None, systems: Sequence[str] = ()) -> Places:
    """Check raters and items, and the series of each item (None, NaN or "" where it is not known)."""
    raters, items = code_labels(rater, "rater"), code_labels(item, "item")
    item_series = np.full(len(items.labels), -1, dtype=np.int64)
    series_names: tuple[str, ...] = ()
    if series is not None:
        of_row = code_labels(blank_missing(series, "series"), "series")
        check_same_length(item=items.codes, series=of_row.codes)
        unknown = int("" in of_row.names)  # as text it comes first, and its code becomes -1
        per_row, series_names = of_row.codes - unknown, of_row.names[unknown:]
        item_series[items.codes] = per_row
        clash = item_series[items.codes] != per_row
        name = items.labels[items.codes[int(np.argmax(clash))]] if clash.any() else None
        refuse_rows(clash, "series", f"item {name!r} has two series", "use the same one in every row")
    return Places(raters, items, Names(raters.names, items.names, tuple(systems), series_names, item_series))
