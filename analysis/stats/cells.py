"""Judgments of one criterion and one language, counted once by rater, item and the two systems as they
stood."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.stats.linear import Floats, Ints


@dataclass(frozen=True, eq=False)
class Names:
    """What the codes of one analysis stand for. Raters and items are in alphabetical, systems in planned
    order."""

    raters: tuple[str, ...]
    items: tuple[str, ...]
    systems: tuple[str, ...]
    series: tuple[str, ...]
    item_series: Ints  # per item the code of its series, -1 where not known


@dataclass(frozen=True, eq=False)
class Cells:
    """Counts per (rater, item, left system, right system), in the order of these four codes.

    `ties` counts the neither too. `log_length` is the mean natural log of left length over right, NaN where
    unknown.
    """

    names: Names
    rater: Ints
    item: Ints
    left: Ints
    right: Ints
    left_wins: Ints
    ties: Ints
    right_wins: Ints
    neither: Ints
    log_length: Floats

    @property
    def n(self) -> Ints:
        return self.left_wins + self.ties + self.right_wins

    @property
    def series(self) -> Ints:
        return self.names.item_series[self.item]

    def __len__(self) -> int:
        return len(self.rater)


def name_codes(frames: Sequence[pd.DataFrame], systems: Sequence[str]) -> Names:
    """The codes for all used rows. An item that has two series in two studies counts as of no known
    series."""
    raters = sorted(set().union(*(frame["rater"].unique() for frame in frames)))
    series_of: dict[str, set[str]] = {}
    for frame in frames:
        places = frame[["item", "series"]].drop_duplicates()
        for item, series in zip(places["item"], places["series"], strict=True):
            series_of.setdefault(item, set()).add(series)
    items = sorted(series_of)
    known = [next(iter(series_of[item])) if len(series_of[item]) == 1 else "" for item in items]
    series = sorted(set(known) - {""})
    code = {name: at for at, name in enumerate(series)}
    item_series = np.array([code.get(name, -1) for name in known], dtype=np.int64)
    return Names(tuple(raters), tuple(items), tuple(systems), tuple(series), item_series)


def codes(values: Sequence[str] | pd.Series, names: Sequence[str]) -> Ints:
    """Integer codes of names. Raises KeyError for a name that is not known: nothing is dropped in silence."""
    found = pd.Index(list(names), dtype="str").get_indexer(pd.Index(pd.Series(values, dtype="str")))
    if (found < 0).any():
        raise KeyError(list(values)[int(np.argmin(found))])
    return found.astype(np.int64)


def count_cells(frame: pd.DataFrame, names: Names) -> Cells:
    """Count checked rows of judgments (one criterion, one language)."""
    choice = frame["choice"].to_numpy()
    return cells_from_codes(
        names,
        rater=codes(frame["rater"], names.raters),
        item=codes(frame["item"], names.items),
        left=codes(frame["left_system"], names.systems),
        right=codes(frame["right_system"], names.systems),
        left_wins=(choice == "left").astype(np.int64),
        ties=np.isin(choice, ["tie", "neither"]).astype(np.int64),
        right_wins=(choice == "right").astype(np.int64),
        neither=(choice == "neither").astype(np.int64),
        log_length=_log_lengths(frame),
    )


def cells_from_codes(
    names: Names,
    *,
    rater: Ints,
    item: Ints,
    left: Ints,
    right: Ints,
    left_wins: Ints,
    ties: Ints,
    right_wins: Ints,
    neither: Ints,
    log_length: Floats | None = None,
) -> Cells:
    """Count rows given as codes and 0/1 outcomes."""
    k = len(names.systems)
    key = ((rater * len(names.items) + item) * k + left) * k + right
    unique, at = np.unique(key, return_inverse=True)
    size = len(unique)

    def total(values: Ints) -> Ints:
        return np.bincount(at, weights=values, minlength=size).astype(np.int64)

    rest, right_code = np.divmod(unique, k)
    rest, left_code = np.divmod(rest, k)
    rater_code, item_code = np.divmod(rest, len(names.items))
    return Cells(
        names=names,
        rater=rater_code,
        item=item_code,
        left=left_code,
        right=right_code,
        left_wins=total(left_wins),
        ties=total(ties),
        right_wins=total(right_wins),
        neither=total(neither),
        log_length=_cell_means(log_length, at, size),
    )


def _log_lengths(frame: pd.DataFrame) -> Floats:
    left = pd.to_numeric(frame["left_length"].replace("", np.nan)).to_numpy(dtype=float)
    right = pd.to_numeric(frame["right_length"].replace("", np.nan)).to_numpy(dtype=float)
    known = (left > 0) & (right > 0)
    result = np.full(len(frame), np.nan)
    result[known] = np.log(left[known] / right[known])
    return result


def _cell_means(values: Floats | None, at: Ints, size: int) -> Floats:
    """Mean per cell, NaN where a row lacks its value; rows are sorted first, so that their order does not
    matter."""
    if values is None:
        return np.full(size, np.nan)
    order = np.lexsort((values, at))
    sums = np.bincount(at[order], weights=values[order], minlength=size)
    return np.asarray(sums / np.bincount(at, minlength=size))
