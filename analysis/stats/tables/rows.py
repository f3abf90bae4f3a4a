"""What can be wrong with the rows of a table: cells, duplicates, and rows that contradict each other."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.stats.faults import MOST_FAULTS, Fault, shown
from analysis.stats.tables.cell_rules import Wrong
from analysis.stats.tables.coded import Coded, dense_keys, keys, together
from analysis.stats.tables.columns import COLUMNS, SCORE, Column
from analysis.stats.tables.reading import Raw

Found = tuple[int, int, str, str]  # row, number of the column, what is wrong, how to mend it
Check = Callable[[Raw], Iterator[Found]]
Rows = NDArray[np.bool_]
Ints = NDArray[np.int64]
MANY = 100_000
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # a multiplier that spreads neighbours (Fibonacci hashing)
FEW = 1000  # texts that are looked at one by one at once


def table_faults(table: str, raw: Raw) -> tuple[list[Fault], int]:
    """Return the faults of a table's form and rows in the order of its lines, up to 50, and how many more
    there are."""
    if any(fault.line == 1 for fault in raw.faults):
        return list(raw.faults), raw.more_faults  # which column is which is not known
    faults, more = list(raw.faults), raw.more_faults
    for kind in _row_faults(table, raw):
        faults += [_fault(raw, found) for found in islice(kind, MOST_FAULTS)]
        more += sum(1 for _ in kind)
    faults.sort(key=lambda fault: (fault.line, fault.column))
    return faults[:MOST_FAULTS], more + max(0, len(faults) - MOST_FAULTS)


def _row_faults(table: str, raw: Raw) -> Iterator[Iterator[Found]]:
    """The faults of each column, then of each check. A row with a broken cell is reported for the cell
    alone."""
    broken = np.zeros(raw.rows, dtype=bool)
    for column in COLUMNS[table]:
        if column.name in raw.header:
            yield _cell_faults(raw, column, broken)
    for check in _CHECKS[table]:
        yield (found for found in check(raw) if not broken[found[0]])


def _fault(raw: Raw, found: Found) -> Fault:
    row, column, message, mend = found
    return Fault(raw.path, raw.line(row), column, message, mend)


def _cell_faults(raw: Raw, column: Column, broken: Rows) -> Iterator[Found]:
    values = raw.columns[column.name]
    wrong = _wrong(values, column)
    if not wrong:
        return
    mask = np.zeros(len(values.texts), dtype=bool)
    mask[list(wrong)] = True
    rows = values.rows_of(mask)
    broken |= rows
    at = raw.column_number(column.name)
    for row in np.flatnonzero(rows).tolist():
        message, mend = wrong[row if values.codes is None else int(values.codes[row])]
        yield row, at, f"{column.name}: {message}", mend


def _wrong(values: Coded, column: Column) -> dict[int, Wrong]:
    """The texts that may not stand in a column, by their place in the list of texts."""
    if column.rule is None and not column.required:
        return {}
    if len(values.texts) > FEW and column.rule is not None:
        held = values.texts
        if not column.required:
            held = held.filter(pc.not_equal(held, ""))
        if not len(held) or column.rule.sure(held):
            return {}
    wrong: dict[int, Wrong] = {}
    for at, text in enumerate(values.distinct):
        found = None
        if text == "":
            found = ("it is empty", "fill it in, or take the row away") if column.required else None
        elif column.rule is not None:
            found = column.rule(text)
        if found is not None:
            wrong[at] = found
    return wrong


def _same_system(raw: Raw) -> Iterator[Found]:
    """One system on both sides is a negative control (kind same) or a mistake."""
    left, right = together(raw.columns["left_system"], raw.columns["right_system"])
    kinds = raw.column("kind", "main").rows_where(lambda kind: kind in ("main", "repeat"))
    at = raw.column_number("right_system")
    mend = "name two systems, or set kind to same for a negative control"
    for row in np.flatnonzero((left.places == right.places) & kinds).tolist():
        yield row, at, f"right_system: {shown(right.text(row))} stands on both sides", mend


def _judged_twice(raw: Raw) -> Iterator[Found]:
    sides = together(raw.columns["left_system"], raw.columns["right_system"])
    left, right = (side.places for side in sides)
    pair = [Coded(sides[0].texts, np.minimum(left, right)), Coded(sides[0].texts, np.maximum(left, right))]
    names = ("study", "rater", "item", "criterion", "position")
    return _twice(raw, [*map(raw.column, names), raw.column("kind", "main"), *pair])


def _scored_twice(raw: Raw) -> Iterator[Found]:
    names = ("study", "rater", "item", "system", "script", "context", "position")
    defaults = (("kind", "main"), ("criterion", SCORE))
    return _twice(raw, [*map(raw.column, names), *(raw.column(*each) for each in defaults)])


def _twice(raw: Raw, columns: Sequence[Coded]) -> Iterator[Found]:
    """Rows that are alike in all the columns and in their assignment. Few are so but for the assignment."""
    rows, key = _repeated(keys(columns), np.arange(raw.rows))
    if rows.size:
        short, _ = pd.factorize(key)
        assignment = raw.column("assignment").take(rows).encoded()
        rows, key = _repeated(short * len(assignment.texts) + assignment.places, rows)
    mend = "keep one of the two rows"
    if len(raw.columns["rater"].distinct) == 1:
        mend += ", or give each row a code of its own as rater if it is not known who judged"
    first: dict[int, int] = {}
    for row, mark in zip(rows.tolist(), key.tolist(), strict=True):
        before = first.setdefault(mark, row)
        if before != row:
            yield row, 1, f"the row repeats line {raw.line(before)}", mend


def _repeated(key: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Of the rows, in their order, those whose key another one has too; and their keys."""
    if len(key) > MANY:
        chosen = _suspects(key)
        rows, key = rows[chosen], key[chosen]
    again = pd.Series(key).duplicated(keep=False).to_numpy()
    return rows[again], key[again]


def _suspects(key: Ints) -> Rows:
    """Rows among which all repeated ones are, and few others: by hashes, for these sort in no time."""
    hashes = ((key.view(np.uint64) * SPREAD) >> np.uint64(32)).astype(np.uint32)
    ordered = np.sort(hashes)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    marked = np.zeros(2**16, dtype=bool)
    marked[twice >> np.uint32(16)] = True
    return np.take(marked, (hashes >> np.uint32(16)).astype(np.int64))


def _one_value(raw: Raw, of: str, has: str, why: str) -> Iterator[Found]:
    """Within a study every `of` has one `has`: a rater one kind, an item one series and one language."""
    if has not in raw.header:
        return
    names, values = raw.columns[of], raw.column(has, "person" if has == "rater_kind" else "")
    if len(values.texts) < 2:
        return
    key, size = dense_keys([raw.column("study"), names])
    first = np.zeros(size, dtype=np.int64)
    first[key[::-1]] = np.arange(raw.rows)[::-1]  # of rows with one key the last to be written stays
    codes = values.encoded().places
    at = raw.column_number(has)
    for row in np.flatnonzero(codes != codes[first[key]]).tolist():
        before = int(first[key[row]])
        message = (
            f"{has}: {of} {shown(names.text(row))} has {shown(values.text(row))} here"
            f" and {shown(values.text(before))} on line {raw.line(before)}"
        )
        yield row, at, message, why


def _one_kind(raw: Raw) -> Iterator[Found]:
    return _one_value(raw, "rater", "rater_kind", "give each rater one kind, and each kind its own raters")


def _one_series(raw: Raw) -> Iterator[Found]:
    return _one_value(raw, "item", "series", "give each item one series, or rename one of the items")


def _one_language(raw: Raw) -> Iterator[Found]:
    return _one_value(raw, "item", "language", "give each item one language, or rename one of the items")


def numbers(values: Coded) -> NDArray[np.float64]:
    """Per row the number that its cell holds, NaN where it holds none."""
    found = np.array([_number(text) for text in values.distinct], dtype=float)
    return found if values.codes is None else found[values.codes]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _on_scale(raw: Raw) -> Iterator[Found]:
    at, at_max = raw.column_number("score"), raw.column_number("scale_max")
    score, low, high = (numbers(raw.columns[name]) for name in ("score", "scale_min", "scale_max"))
    told = np.isfinite(score) & np.isfinite(low) & np.isfinite(high)
    if not told.any():
        return
    # Each criterion has one scale, that of its first row.
    criterion = raw.column("criterion", SCORE).encoded().places
    first = np.zeros(len(told), dtype=np.int64)
    for code in np.unique(criterion[told]):
        mine = criterion == code
        first[mine] = np.argmax(told & mine)
    other = told & ((low != low[first]) | (high != high[first]))
    outside = (score < low) | (score > high)
    for row in np.flatnonzero(told & (~(low < high) | other | outside)).tolist():
        ends = f"{low[row]:g} to {high[row]:g}"
        if not low[row] < high[row]:
            yield row, at_max, "scale_max: it is not above scale_min", "give the ends of the scale"
        elif other[row]:
            before = int(first[row])
            scale = f"{low[before]:g} to {high[before]:g} on line {raw.line(before)}"
            message = f"scale_max: the scale is {ends} here and {scale}"
            yield row, at_max, message, "analyse scores of one scale at a time"
        else:
            message = f"score: {score[row]:g} lies outside the scale of {ends}"
            yield row, at, message, "correct the score or its scale"


def _in_order(raw: Raw) -> Iterator[Found]:
    at = raw.column_number("end")
    start, end = raw.column("start"), raw.column("end")
    for row in np.flatnonzero(numbers(end) < numbers(start)).tolist():
        message = f"end: {end.text(row)} lies before start {start.text(row)}"
        yield row, at, message, "give start before end"


_CHECKS: dict[str, tuple[Check, ...]] = {
    "judgments": (_same_system, _judged_twice, _one_kind, _one_series, _one_language),
    "scores": (_scored_twice, _one_kind, _one_series, _one_language, _on_scale),
    "marks": (_in_order,),
}
