"""How long and how much of each script was read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.messages import message
from analysis.stats.cells import Names, place_mean
from analysis.stats.coded_columns import coded, codes, is_any, numbers
from analysis.stats.intervals import NO_VARIATION
from analysis.stats.linear import Floats, Ints, Linear
from analysis.stats.quantities import Quantity
from analysis.stats.scope import script_columns
from analysis.stats.script_lengths import unit_of

CRITERION = "reading"
GEOMETRIC = message("geometric_mean")
MEAN = message("reading_mean")
NO_READING = message("no_reading")
MOST = 2**62  # keys stay below


@dataclass(frozen=True, eq=False)
class ReadingTimes:
    """Every reading of a script in an assignment once, in the order of systems; NaN for what was not
    measured."""

    names: Names
    rater: Ints
    item: Ints
    system: Ints
    seconds: Floats
    share: Floats
    length: Floats

    @cached_property
    def by_system(self) -> dict[int, slice]:
        """Which stretch of the readings, all in the order of systems, is about each system."""
        edges = np.cumsum(np.bincount(self.system, minlength=len(self.names.systems)))
        starts = [0, *edges[:-1].tolist()]
        found = enumerate(zip(starts, edges.tolist(), strict=True))
        return {code: slice(start, stop) for code, (start, stop) in found if stop > start}


def reading_times(used: pd.DataFrame, names: Names) -> ReadingTimes | None:
    """The readings behind used judgments or scores, whose rows repeat them by criterion. None where nothing
    was measured."""
    scripts = script_columns(used)
    columns = [column for script in scripts for column in (script.read_s, script.share_read)]
    measured = ~np.logical_and.reduce([is_any(used[column], "") for column in columns])
    if not measured.any():
        return None
    rows = used[measured]
    rater, item = codes(rows["rater"], names.raters), codes(rows["item"], names.items)
    system = [codes(rows[script.system], names.systems) for script in scripts]
    others = [coded(rows[column])[0] for column in ("study", "position", *columns)]
    # What was measured tells two assignments of one pair apart, where no position does.
    first = _first_of_each([rater, item, *system, *others])
    seconds, share, length = (
        np.concatenate([numbers(rows[getattr(script, what)])[first] for script in scripts])
        for what in ("read_s", "share_read", "length")
    )
    every = np.concatenate([of[first] for of in system])
    order = np.argsort(every.astype(np.int16) if len(names.systems) < 2**15 else every, kind="stable")
    return ReadingTimes(
        names,
        np.tile(rater[first], len(scripts))[order],
        np.tile(item[first], len(scripts))[order],
        every[order],
        seconds[order],
        share[order],
        np.where(length > 0, length, np.nan)[order],
    )


def _first_of_each(columns: Sequence[np.ndarray]) -> Ints:
    """One row of every set of rows that are alike in all columns of codes."""
    key, size = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        width = int(column.max()) + 1
        if size * width > MOST:
            key, found = pd.factorize(key)
            size = len(found)
        key, size = key * width + column, size * width
    return np.flatnonzero(~pd.Series(key).duplicated().to_numpy())


def reading_quantities(found: ReadingTimes) -> Iterator[Quantity]:
    """Per system the seconds and the share read."""
    seconds = np.where(found.seconds > 0, found.seconds, np.nan)
    if np.isfinite(found.seconds).any():
        yield from _by_system(found, "seconds", seconds)
    if np.isfinite(found.share).any():
        yield from _by_system(found, "share_read", found.share)


def speed_quantities(found: ReadingTimes, language: str | None) -> Iterator[Quantity]:
    """Per system words or characters per minute, of the part of the script that came into view; nothing where
    the unit of lengths is not known. Never to be pooled over languages."""
    unit = unit_of(language)
    part = np.where(np.isfinite(found.share), found.share, 1.0)
    seconds = np.where(found.seconds > 0, found.seconds, np.nan)
    speed = found.length * part / (seconds / 60)
    if unit is not None and np.isfinite(speed).any():
        yield from _by_system(found, f"{unit}_per_minute", np.where(speed > 0, speed, np.nan))


def _by_system(found: ReadingTimes, measure: str, values: Floats) -> Iterator[Quantity]:
    share = measure == "share_read"
    for code, at in found.by_system.items():
        known = np.isfinite(values[at])
        some = values[at][known]
        place = found.rater[at][known], found.item[at][known], found.names
        mean = place_mean(some if share else np.log(some), *place)
        # A share is no count of successes: where all are alike no exact interval stands in.
        alike = share and mean is not None and bool((some == some[0]).all())
        yield Quantity(
            what="reading_time",
            criterion=CRITERION,
            keys={"system": found.names.systems[code], "measure": measure},
            estimate=mean if share or mean is None else _from_logarithms(mean),
            scale="identity" if alike else "logit" if share else "log",
            no_interval=NO_VARIATION if alike else None,
            counts={"left_out": int((~known).sum())},
            reason=None if mean else NO_READING,
            method=MEAN if share else GEOMETRIC,
        )


def _from_logarithms(mean: Linear) -> Linear:
    """The geometric mean of which this is the log."""
    value = float(np.exp(mean.value))
    return Linear(value, value * mean.phi, mean.rater, mean.item, mean.series, mean.n)
