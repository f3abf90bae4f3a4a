"""Error marks of readings as one object: how many a script draws, and how many against people's scripts."""

import numpy as np

from analysis.stats.arrays.estimate import Estimate, estimate_of, not_computed
from analysis.stats.arrays.labels import (
    Label,
    Labels,
    Numbers,
    coded,
    numbers,
    places,
    refuse_rows,
    same_length,
)
from analysis.stats.linear import Ints, Linear, Ratio

PER = 1000.0


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
        self._system = coded(system, "system")
        self._marks = numbers(marks, "marks", least=0, whole=True)
        self._length = None if length is None else numbers(length, "length", least=0)
        self._places = places(rater, item, series)
        same_length(
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
        bottom = self._places.mean(self._length[rows] / PER, rows)
        assert bottom is not None
        return Ratio(top, bottom, top.n)
