"""From a pilot's table of judgments to the rows that its components are estimated from."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.stats.faults import Fault, TableError, list_names
from analysis.stats.power.pilot import Pilot, Rows, estimate
from analysis.stats.tables import Tables, read_tables


def read_pilot(path: str, criterion: str | None = None, contrast: Sequence[str] = ()) -> Pilot:
    """The components that a table of judgments tells. Of several criteria one has to be named; without a
    contrast all are taken together, each about its own win rate.

    Raises TableError for a table that is refused, or that cannot tell them.
    """
    tables = read_tables(path)
    frame, names = _chosen(path, tables, criterion, contrast)
    fix = "take a larger pilot, or give the standard deviations"
    try:
        pilot = estimate(rows_of(frame), names)
    except ValueError as error:
        raise _refused(path, f"how raters and scenes differ cannot be told: {error}", fix) from error
    try:
        pilot.logits()
    except ValueError as error:
        sds = ", ".join(f"{100 * found.sd:.0f} between {name}" for name, found in pilot.estimates.items())
        message = f"the standard deviations come out too large to be true ({sds} points of win rate)"
        raise _refused(path, message, fix) from error
    return pilot


def rows_of(frame: pd.DataFrame) -> Rows:
    """Used judgments as rows. Languages are contrasts of their own; a series is known where all are."""
    left, right = frame["left_system"].to_numpy(dtype=str), frame["right_system"].to_numpy(dtype=str)
    choice = frame["choice"].to_numpy(dtype=str)
    turned = left > right
    won = np.where(turned, choice == "right", choice == "left")
    value = np.where(np.isin(choice, ["tie", "neither"]), 0.5, won.astype(float))
    first, second = np.where(turned, right, left), np.where(turned, left, right)
    pairs = pd.Series(zip(first, second, frame["language"].astype(str), strict=True))
    series = frame["series"].to_numpy(dtype=str)
    return Rows(
        value,
        _codes(pairs),
        _codes(frame["rater"].astype(str)),
        _codes(frame["item"].astype(str)),
        _codes(pd.Series(series)) if (series != "").all() else None,
        ~turned,
    )


def _codes(values: pd.Series) -> np.ndarray:
    return np.asarray(pd.factorize(values)[0], dtype=np.int64)


def _chosen(
    path: str, tables: Tables, criterion: str | None, contrast: Sequence[str]
) -> tuple[pd.DataFrame, list[str]]:
    frame = tables.made
    criteria, systems = tables.criteria(), tables.systems()
    if frame is None or not len(frame):
        raise _refused(path, "no row can be used", "give a table with judgments of kind main")
    if criterion is None and len(criteria) > 1:
        raise _refused(path, "it has several criteria", f"name one with --primary: {list_names(criteria)}")
    criterion = criterion or criteria[0]
    if criterion not in criteria:
        raise _refused(path, f"no row is about the criterion {criterion!r}", f"use {list_names(criteria)}")
    for system in contrast:
        if system not in systems:
            raise _refused(
                path, f"no row is about the system {system!r}", f"use two of {list_names(systems)}"
            )
    frame = frame[frame["criterion"] == criterion]
    if contrast:
        pair = list(contrast)
        frame = frame[frame["left_system"].isin(pair) & frame["right_system"].isin(pair)]
        if not len(frame):
            raise _refused(path, f"{pair[0]} and {pair[1]} were never compared", "name another contrast")
    lefts, rights = frame["left_system"].astype(str), frame["right_system"].astype(str)
    met = sorted({tuple(sorted(pair)) for pair in zip(lefts, rights, strict=True)})
    return frame, [f"{one} and {other}" for one, other in met]


def _refused(path: str, message: str, fix: str) -> TableError:
    return TableError([Fault(path, 1, 1, message, fix)])
