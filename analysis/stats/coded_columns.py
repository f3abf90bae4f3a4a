"""Columns of checked text, whether plain or categories: codes, numbers and comparisons, category by
category."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.stats.linear import Floats, Ints

Column = Sequence[str] | pd.Series | np.ndarray


def coded(column: Column) -> tuple[NDArray[np.integer[Any]], list[str]]:
    """The code of every row, and what the codes stand for (some may stand for no row)."""
    if isinstance(column, pd.Series) and isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), list(column.cat.categories)
    found, names = pd.factorize(np.asarray(column, dtype=object))
    return np.asarray(found), list(names)


def codes(values: Column, names: Sequence[str]) -> Ints:
    """Integer codes of names. Raises KeyError for a name that is not known: nothing is dropped in silence."""
    found, own = coded(values)
    of = pd.Index(list(names), dtype=object).get_indexer(pd.Index(own, dtype=object))
    result = np.append(of, -1)[found].astype(np.int64)  # a missing value has the code -1, and no name
    if (result < 0).any():
        raise KeyError(list(values)[int(np.argmin(result))])
    return result


def used_names(column: Column) -> set[str]:
    """The different texts of a column."""
    found, names = coded(column)
    return {names[code] for code in np.flatnonzero(np.bincount(found, minlength=len(names))).tolist()}


def is_any(column: Column, *wanted: str) -> np.ndarray:
    """Which rows hold one of these texts."""
    found, names = coded(column)
    return np.array([name in wanted for name in names] + [False])[found]


def numbers(column: Column) -> Floats:
    """The number in every row, NaN where the cell is empty."""
    found, names = coded(column)
    values = np.array([float(name) if name != "" else np.nan for name in names] + [np.nan])
    return np.asarray(values[found])


def sums(at: Ints, values: Floats, size: int) -> Floats:
    """Sum `values` by the codes `at`, to the same bytes in whichever order the rows come."""
    counts = np.bincount(at, minlength=size)
    several = counts[at] > 2  # two numbers have one sum either way round
    if not several.any():
        return np.bincount(at, weights=values, minlength=size)
    group, part = at[several], values[several]
    order = np.lexsort((part, group))
    total = np.bincount(group[order], weights=part[order], minlength=size)
    return total + np.bincount(at[~several], weights=values[~several], minlength=size)
