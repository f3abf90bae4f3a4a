"""Error marks: how many of each class a reading of a script brought up, and against the human scripts.

The lists of the report, and `ErrorMarks` for notebooks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.messages import message
from analysis.stats.cells import Names, place_mean
from analysis.stats.coded_columns import codes, is_any, numbers, used_names
from analysis.stats.estimate import Estimate, estimate_of, not_computed
from analysis.stats.intervals import interval
from analysis.stats.labels import (
    Label,
    Labels,
    Numbers,
    check_numbers,
    check_same_length,
    code_labels,
    code_places,
    refuse_rows,
)
from analysis.stats.linear import Floats, Ints, Linear, Ratio
from analysis.stats.plan import Plan
from analysis.stats.quantities import Quantity
from analysis.stats.tables.columns import GOOD_LINE, KNOWN_CLASSES, PAPER_CLASSES, SEVERITIES

CRITERION = "errors"
EVERY_CLASS = "all"
RATIO = message("rate_ratio")
UNITS = 1000.0


@dataclass(frozen=True, eq=False)
class Readings:
    """Every used reading of a script once: codes of rater, item and system, in the order of these three.

    `length` is the script's, 0 where it is not known. `marks` holds readings x classes, their sum last.
    `severities` has such an array for each severity, if any mark has one.
    """

    names: Names
    rater: Ints
    item: Ints
    system: Ints
    length: Floats
    marks: Ints
    classes: Sequence[str] = PAPER_CLASSES
    severities: Mapping[str, Ints] = field(default_factory=dict)

    def of(self, system: int) -> Ints:
        return np.flatnonzero(self.system == system)

    def mean(self, values: Floats, at: Ints) -> Linear:
        found = place_mean(values, self.rater[at], self.item[at], self.names)
        assert found is not None
        return found


def by_language(
    judgments: pd.DataFrame | None, scores: pd.DataFrame | None
) -> Iterator[tuple[str | None, pd.DataFrame | None, pd.DataFrame | None]]:
    """The rows of each language in which something was read; None for one that is not known."""
    frames = [frame for frame in (judgments, scores) if frame is not None]
    for language in sorted(set().union(*(used_names(frame["language"]) for frame in frames))):
        yield language or None, _of_language(judgments, language), _of_language(scores, language)


def _of_language(frame: pd.DataFrame | None, language: str) -> pd.DataFrame | None:
    if frame is None:
        return None
    mine = is_any(frame["language"], language)
    return frame if mine.all() else frame[mine]


def readings(
    judgments: pd.DataFrame | None, scores: pd.DataFrame | None, marks: pd.DataFrame, names: Names
) -> Readings:
    """The readings behind used rows of judgments and scores, each with the error marks of its rater.

    Good lines, and marks of what these rows do not hold, are not counted.
    """
    marks = marks[~is_any(marks["class"], GOOD_LINE)]
    classes = error_classes(marks)
    k = len(names.systems)
    keys, lengths = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    if scores is not None:
        keys.append(_reading_codes(scores, "system", names))
        lengths.append(np.zeros(len(scores)))
    if judgments is not None:
        for side in ("left", "right"):
            keys.append(_reading_codes(judgments, f"{side}_system", names))
            lengths.append(np.nan_to_num(numbers(judgments[f"{side}_length"])))
    key, length = np.concatenate(keys), np.concatenate(lengths)
    at, found = pd.factorize(key, sort=True)
    longest = np.zeros(found.size)
    np.maximum.at(longest, at, length)
    mark = _reading_codes(marks, "system", names)
    place = np.searchsorted(found, mark)
    there = found[np.minimum(place, found.size - 1)] == mark if found.size else np.zeros(mark.size, bool)

    def count(rows: np.ndarray) -> Ints:
        counted = np.zeros((found.size, len(classes) + 1), dtype=np.int64)
        np.add.at(counted, (place[rows], codes(marks["class"], classes)[rows]), 1)
        counted[:, -1] = counted.sum(axis=1)
        return counted

    rated = SEVERITIES if used_names(marks["severity"]) - {""} else ()
    severities = {name: count(there & is_any(marks["severity"], name)) for name in rated}
    rest, system = np.divmod(found, k)
    rater, item = np.divmod(rest, len(names.items))
    return Readings(names, rater, item, system, longest, count(there), classes, severities)


def error_classes(marks: pd.DataFrame) -> tuple[str, ...]:
    """The classes of errors in the table: those of the paper if it has no other, else those that occur."""
    found = used_names(marks["class"]) - {GOOD_LINE}
    if found <= set(PAPER_CLASSES):
        return PAPER_CLASSES
    known = [name for name in KNOWN_CLASSES if name in found]
    return (*known, *sorted(found.difference(known)))


def _reading_codes(frame: pd.DataFrame, system: str, names: Names) -> Ints:
    rater, item = codes(frame["rater"], names.raters), codes(frame["item"], names.items)
    return (rater * len(names.items) + item) * len(names.systems) + codes(frame[system], names.systems)


def error_quantities(read: Readings, plan: Plan) -> Iterator[Quantity]:
    """Marks per reading by system and class, with their count and the count per 1,000 units of length."""
    for code, system in enumerate(read.names.systems):
        at = read.of(code)
        for kind, name in enumerate(read.classes if at.size else ()):
            made = read.marks[at, kind]
            estimate = read.mean(made.astype(float), at)
            yield Quantity(
                what="errors",
                criterion=CRITERION,
                keys={"system": system, "class": name},
                estimate=estimate,
                scale="log",
                counts={"count": int(made.sum())}
                | {rank: int(every[at, kind].sum()) for rank, every in read.severities.items()},
                # Left out where languages are pooled: words and characters do not mix.
                extra=_per_1000(estimate, read, at, plan),
                family=plan.family(CRITERION, system),
                method=message("marks_per_reading"),
            )


def _per_1000(marks: Linear, read: Readings, at: Ints, plan: Plan) -> Mapping[str, float | None]:
    """All marks over all length, with the limits of a ratio of two sums; None where a length is unknown."""
    if not (read.length[at] > 0).all():
        return dict.fromkeys(("per_1000", "per_1000_low", "per_1000_high"))
    rate = Ratio(marks, read.mean(read.length[at] / 1000, at), marks.n)
    limits = interval(rate, plan.item_cluster, plan.level) if marks.value > 0 else None
    return {
        "per_1000": rate.value,
        # Fieller's limits know nothing of a rate having no sign.
        "per_1000_low": max(0.0, limits.low) if limits and limits.low is not None else None,
        "per_1000_high": limits.high if limits else None,
    }


def error_ratio_quantities(read: Readings, plan: Plan) -> Iterator[Quantity]:
    """How many times as many marks the scripts of each system drew as those of each human one, per reading
    and per 1,000 units of length, from the raters and items where both were read."""
    names = read.names.systems
    present = np.unique(read.system).tolist()
    for system in (code for code in present if names[code] not in plan.human):
        for human in (code for code in present if names[code] in plan.human):
            tops, bottoms = _readings_of_both(read, system, human)
            for kind, name in enumerate((*read.classes, EVERY_CLASS)):
                for per in ("reading", "1000"):
                    keys = {"system": names[system], "human": names[human], "class": name, "per": per}
                    yield _ratio_quantity(read, plan, keys, kind, tops, bottoms)


def _readings_of_both(read: Readings, system: int, human: int) -> tuple[Ints, Ints]:
    """Which readings of the two systems are by the same rater and of the same item, in the same order."""
    top, bottom = read.of(system), read.of(human)
    place = read.rater * len(read.names.items) + read.item
    _, one, two = np.intersect1d(place[top], place[bottom], assume_unique=True, return_indices=True)
    return top[one], bottom[two]


def _ratio_quantity(
    read: Readings, plan: Plan, keys: Mapping[str, str], kind: int, top: Ints, bottom: Ints
) -> Quantity:
    made, beside = read.marks[top, kind], read.marks[bottom, kind]
    by_length = keys["per"] == "1000"
    if not top.size:
        reason = message("no_common_reading")
    elif by_length and not ((read.length[top] > 0).all() and (read.length[bottom] > 0).all()):
        reason = message("some_lengths_unknown")
    elif not beside.any():
        reason = message("no_human_mark")
    else:
        reason = None
    none = message("no_system_mark")
    both = np.concatenate([top, bottom])
    return Quantity(
        what="error_ratios",
        criterion=CRITERION,
        keys=keys,
        estimate=None if reason else Ratio(*_rates(read, kind, top, bottom, by_length), 2 * top.size),
        counts={"count": int(made.sum()), "human_count": int(beside.sum())},
        family=plan.supplementary_family(CRITERION),
        reason=reason,
        no_interval=None if made.any() else none,
        method=RATIO,
        basis=read.mean(np.ones(both.size), both) if both.size else None,
    )


def _rates(read: Readings, kind: int, top: Ints, bottom: Ints, by_length: bool) -> tuple[Linear, Linear]:
    one, two = (read.mean(read.marks[at, kind].astype(float), at) for at in (top, bottom))
    if not by_length:
        return one, two
    long, wide = (read.mean(read.length[at] / 1000, at) for at in (top, bottom))
    return Ratio(one, long, one.n).linear(), Ratio(two, wide, two.n).linear()


class ErrorMarks:
    """Error marks, one element of each array per reading of a script, readings without a mark among them.

    Methods take `cluster`, "item" (default) or "series", and `level`, the confidence level (default 0.95).
    Results are frozen; what cannot be computed is None with a reason. Methods raise UnknownLabel for a system
    that is not known.

    Parameters
    ----------
    system : array-like of labels, shape (n,)
        Systems that made the scripts.
    marks : array-like of int, shape (n,)
        Number of marks in the reading.
    rater, item : array-like of labels, shape (n,)
        Who read, and which scene.
    length : array-like of float, shape (n,), optional
        Words or characters of the script, above 0. With it all rates are per 1,000 of them.
    series : array-like of labels, shape (n,), optional
        Series of the item; None, NaN or "" where it is not known.

    Raises
    ------
    ValueError
        For a missing label, arrays of different lengths, an item of two series, or wrong numbers.

    Examples
    --------
    >>> m = ErrorMarks(["dsr", "human"] * 2, [2, 1, 3, 1], [1, 1, 2, 2], ["s1", "s1", "s2", "s2"])
    """

    def __init__(
        self,
        system: Labels,
        marks: Numbers,
        rater: Labels,
        item: Labels,
        *,
        length: Numbers | None = None,
        series: Labels | None = None,
    ) -> None:
        self._system = code_labels(system, "system")
        self._marks = check_numbers(marks, "marks", least=0, whole=True)
        self._length = None if length is None else check_numbers(length, "length", least=0)
        self._places = code_places(rater, item, series)
        check_same_length(
            system=self._system.codes,
            marks=self._marks,
            rater=self._places.raters.codes,
            item=self._places.items.codes,
            length=self._length,
        )
        if self._length is not None:
            refuse_rows(self._length == 0, "length", "it is 0", "give the length, or leave the row out")

    def rate(self, system: Label, *, cluster: str = "item", level: float = 0.95) -> Estimate:
        """Return the marks per reading of a system's scripts, or per 1,000 words or characters.

        Limits: two-way cluster-robust on the log scale, none where there is no mark; per 1,000 by the delta
        method for a ratio of two sums. `detail`: marks, readings.

        >>> m.rate("dsr").estimate
        2.5
        """
        rows = np.flatnonzero(self._system.codes == self._system.code(system))
        marks = int(self._marks[rows].sum())
        rate = estimate_of(
            self._rate(rows),
            scale="log" if marks else "identity",
            level=level,
            cluster=cluster,
            method="marks per reading" if self._length is None else "marks per 1,000",
            detail={"marks": marks, "readings": rows.size},
        )
        return rate if marks else rate.without_limits("no mark: a rate of zero has no error")

    def rate_ratio(
        self, system: Label, human: Label, *, cluster: str = "item", level: float = 0.95
    ) -> Estimate:
        """Return how many times as many marks scripts of `system` draw as those of `human`.

        It is the ratio of their rates over the (rater, item) places where both were read. Limits: delta
        method on the log with the two-way covariance, or Fieller's (1954). `detail`: marks, human_marks.
        Raises ValueError for the same system twice, and for a script that a rater read twice.

        >>> m.rate_ratio("dsr", "human").estimate
        2.5
        """
        if system == human:
            raise ValueError(f"both systems are {system!r}. Fix: name two systems.")
        items = self._places.items
        place = self._places.raters.codes * len(items.labels) + items.codes
        sides = [np.flatnonzero(self._system.codes == self._system.code(name)) for name in (system, human)]
        for rows in sides:
            if np.unique(place[rows]).size < rows.size:
                raise ValueError("a rater read one script twice. Fix: give each reading once.")
        shared = np.intersect1d(place[sides[0]], place[sides[1]])
        top, bottom = (rows[np.isin(place[rows], shared)] for rows in sides)
        marks, human_marks = (int(self._marks[rows].sum()) for rows in (top, bottom))
        detail = {"marks": marks, "human_marks": human_marks}
        if not shared.size or not human_marks:
            reason = (
                "no mark on the human scripts" if shared.size else "no rater read both scripts of an item"
            )
            return not_computed(reason, level=level, cluster=cluster, detail=detail)
        one, two = (
            rate.linear() if isinstance(rate, Ratio) else rate for rate in map(self._rate, (top, bottom))
        )
        ratio = estimate_of(
            Ratio(one, two, one.n + two.n),
            level=level,
            cluster=cluster,
            method="rate ratio over the same raters and items",
            detail=detail,
        )
        return (
            ratio
            if marks
            else ratio.without_limits("no mark on the system's scripts: a ratio of zero has no error")
        )

    def _rate(self, rows: Ints) -> Linear | Ratio:
        """Return marks per reading, or per 1,000 units of length; there is a row or more."""
        top = self._places.mean(self._marks[rows], rows)
        assert top is not None
        if self._length is None:
            return top
        bottom = self._places.mean(self._length[rows] / UNITS, rows)
        assert bottom is not None
        return Ratio(top, bottom, top.n)
