"""What is checked beyond the form of a table: its cells, rows that repeat or contradict, and names alike."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.messages import Param, message, names_and_more
from analysis.stats.errors import MOST_FAULTS, InputError, quote
from analysis.stats.tables.columns import SCORE, Column, Wrong, columns_of
from analysis.stats.tables.reading import RawTable

RowFault = tuple[int, int, str, str]  # row, number of the column, what is wrong, how to fix it
Rows = NDArray[np.bool_]
MOST_NAMED = 6
NAME_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "study": ("study",),
    "item": ("item",),
    "series": ("series",),
    "language": ("language",),
    "rater": ("rater",),
    "criterion": ("criterion",),
    "system": ("system", "left_system", "right_system"),
}


def table_faults(table: str, raw: RawTable) -> tuple[list[InputError], int]:
    """Return the first 50 faults of a table in the order of its lines, and the number of further ones."""
    if any(fault.line == 1 for fault in raw.faults):
        return list(raw.faults), raw.more_faults  # which column is which is not known
    faults, more = list(raw.faults), raw.more_faults
    for kind in _faults_by_check(table, raw):
        for row, column, problem, fix in islice(kind, MOST_FAULTS):
            faults.append(InputError(raw.path, raw.line(row), column, problem, fix))
        more += sum(1 for _ in kind)
    faults.sort(key=lambda fault: (fault.line, fault.column))
    return faults[:MOST_FAULTS], more + max(0, len(faults) - MOST_FAULTS)


def _faults_by_check(table: str, raw: RawTable) -> Iterator[Iterator[RowFault]]:
    """The faults of each column, then of each check. Checks pass over the rows that have a wrong cell."""
    broken = np.zeros(raw.rows, dtype=bool)
    for column in columns_of(table, raw.header):
        if column.name in raw.header:
            yield _cell_faults(raw, column, broken)
    for check in _CHECKS[table]:
        yield (fault for fault in check(raw) if not broken[fault[0]])


def _cell_faults(raw: RawTable, column: Column, broken: Rows) -> Iterator[RowFault]:
    values = raw.columns[column.name]
    wrong: dict[int, Wrong] = {}
    for code, text in enumerate(values.categories):
        if text != "":
            found = column.rule(text) if column.rule is not None else None
        else:
            found = ("the cell is empty", "fill it in, or delete the row") if column.required else None
        if found is not None:
            wrong[code] = found
    if not wrong:
        return
    rows = np.isin(values.codes, list(wrong))
    broken |= rows
    for row in np.flatnonzero(rows).tolist():
        message, fix = wrong[int(values.codes[row])]
        yield row, raw.column_number(column.name), f"{column.name}: {message}", fix


def shared_categories(*columns: pd.Categorical) -> list[pd.Categorical]:
    """The same columns with one list of categories, so that equal codes are equal texts."""
    names = pd.Index(sorted(set().union(*(column.categories for column in columns))), dtype=object)
    return [column.set_categories(names) for column in columns]


def _same_system(raw: RawTable) -> Iterator[RowFault]:
    """One system on both sides is a negative control (kind same) or a mistake."""
    left, right = shared_categories(raw.columns["left_system"], raw.columns["right_system"])
    between_systems = np.asarray(raw.column("kind", "main").isin(["main", "repeat"]))
    at = raw.column_number("right_system")
    fix = "name two systems, or set kind to same for a negative control"
    for row in np.flatnonzero((left.codes == right.codes) & between_systems).tolist():
        yield row, at, f"right_system: {quote(str(right[row]))} is on both sides", fix


def _judged_twice(raw: RawTable) -> Iterator[RowFault]:
    left, right = (
        side.codes for side in shared_categories(raw.columns["left_system"], raw.columns["right_system"])
    )
    columns = {name: raw.column(name) for name in ("study", "rater", "item", "criterion", "position")}
    pair = {"one": np.minimum(left, right), "other": np.maximum(left, right)}
    return _repeated_rows(raw, pd.DataFrame(columns | pair | {"kind": raw.column("kind", "main")}))


def _scored_twice(raw: RawTable) -> Iterator[RowFault]:
    names = ("study", "rater", "item", "system", "script", "context", "position")
    defaults = {"kind": raw.column("kind", "main"), "criterion": raw.column("criterion", SCORE)}
    return _repeated_rows(raw, pd.DataFrame({name: raw.column(name) for name in names} | defaults))


def _repeated_rows(raw: RawTable, key: pd.DataFrame) -> Iterator[RowFault]:
    """Rows whose key and assignment an earlier row has."""
    repeated = key.duplicated(keep=False)
    if not repeated.any():
        return
    key = key[repeated]
    key = key.assign(assignment=raw.column("assignment")[np.flatnonzero(repeated)])
    fix = "keep one of the two rows"
    if len(raw.columns["rater"].categories) == 1:
        fix += ", or give each row a different rater code if you don't know who judged"
    first: dict[tuple[object, ...], int] = {}
    for row, *values in key.itertuples(name=None):
        before = first.setdefault(tuple(values), row)
        if before != row:
            yield row, 1, f"the row repeats line {raw.line(before)}", fix


def _one_value(raw: RawTable, owner: str, name: str, fix: str, default: str = "") -> Iterator[RowFault]:
    """Within a study every owner has one value: a rater one kind, an item one series and one language."""
    values, owners, studies = raw.column(name, default), raw.columns[owner], raw.column("study")
    if len(values.categories) < 2:
        return
    key, _ = pd.factorize(studies.codes.astype(np.int64) * len(owners.categories) + owners.codes)
    first = np.zeros(raw.rows, dtype=np.int64)
    first[key[::-1]] = np.arange(raw.rows)[::-1]  # of rows with one key the last to be written stays
    first = first[key]
    at = raw.column_number(name)
    for row in np.flatnonzero(values.codes != values.codes[first]).tolist():
        before = int(first[row])
        message = (
            f"{name}: {owner} {quote(str(owners[row]))} has {quote(str(values[row]))} here"
            f" and {quote(str(values[before]))} on line {raw.line(before)}"
        )
        yield row, at, message, fix


def _numbers(values: pd.Categorical) -> NDArray[np.float64]:
    """The number in each row, NaN where there is none."""
    return np.array([_number(text) for text in values.categories], dtype=float)[values.codes]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _on_scale(raw: RawTable) -> Iterator[RowFault]:
    """Scores lie on their scale, and each criterion has one scale: that of its first row."""
    at, at_max = raw.column_number("score"), raw.column_number("scale_max")
    score, low, high = (_numbers(raw.columns[name]) for name in ("score", "scale_min", "scale_max"))
    known = np.isfinite(score) & np.isfinite(low) & np.isfinite(high)
    criterion = raw.column("criterion", SCORE).codes
    first = np.zeros(raw.rows, dtype=np.int64)
    for code in np.unique(criterion[known]):
        mine = criterion == code
        first[mine] = np.argmax(known & mine)
    other = known & ((low != low[first]) | (high != high[first]))
    outside = (score < low) | (score > high)
    for row in np.flatnonzero(known & (~(low < high) | other | outside)).tolist():
        ends = f"{low[row]:g} to {high[row]:g}"
        if not low[row] < high[row]:
            yield row, at_max, "scale_max: must be above scale_min", "correct the limits of the scale"
        elif other[row]:
            before = int(first[row])
            scale = f"{low[before]:g} to {high[before]:g} on line {raw.line(before)}"
            message = f"scale_max: the scale is {ends} here and {scale}"
            yield row, at_max, message, "analyse one scale at a time"
        else:
            message = f"score: {score[row]:g} is outside the scale {ends}"
            yield row, at, message, "correct the score or its scale"


def _in_order(raw: RawTable) -> Iterator[RowFault]:
    at = raw.column_number("end")
    start, end = raw.column("start"), raw.column("end")
    for row in np.flatnonzero(_numbers(end) < _numbers(start)).tolist():
        yield row, at, f"end: {end[row]} is before start {start[row]}", "put start before end"


def _listed_twice(raw: RawTable) -> Iterator[RowFault]:
    """A rater has one row."""
    code, first = raw.columns["code"], dict[str, int]()
    for row, name in enumerate(code):
        before = first.setdefault(name, row)
        if before != row:
            message = f"code: the rater {quote(name)} is also on line {raw.line(before)}"
            yield row, raw.column_number("code"), message, "keep one row per rater"


Check = Callable[[RawTable], Iterator[RowFault]]
_ONE_KIND = partial(
    _one_value,
    owner="rater",
    name="rater_kind",
    fix="use one kind per rater",
    default="person",
)
_ONE_SERIES, _ONE_LANGUAGE = (
    partial(_one_value, owner="item", name=name, fix=f"use one {name} per item, or rename an item")
    for name in ("series", "language")
)
_CHECKS: dict[str, tuple[Check, ...]] = {
    "judgments": (_same_system, _judged_twice, _ONE_KIND, _ONE_SERIES, _ONE_LANGUAGE),
    "scores": (_scored_twice, _ONE_KIND, _ONE_SERIES, _ONE_LANGUAGE, _on_scale),
    "marks": (_in_order,),
    "raters": (_listed_twice,),
}


def lookalike_faults(raws: Mapping[str, RawTable]) -> Iterator[InputError]:
    """Two names that are printed the same (Unicode's canonical equivalence) are one name or a trap.

    Reported on the later of the two lines; in two tables on the second one.
    """
    for kind, *names in _similar_names(raws, lambda name: unicodedata.normalize("NFC", name)):
        places = sorted(_find_name(raws, NAME_COLUMNS[kind], name) for name in names)
        (table, before, _, first), (later, line, label, name) = places
        one, other = ([*raws.values()][at] for at in (table, later))
        message = (
            f"{label}: {quote(name)} looks like the {kind} {quote(first)} on line {before}"
            f"{'' if one is other else f' of {one.path}'} but uses different characters"
        )
        column = other.column_number(label)
        yield InputError(other.path, line, column, message, "write the name in one form (Unicode NFC)")


def _find_name(raws: Mapping[str, RawTable], labels: Iterable[str], name: str) -> tuple[int, int, str, str]:
    """The number of the first table with the name, its line and column there, and the name."""
    return next(
        (at, raw.line(int(np.argmax(raw.columns[label] == name))), label, name)
        for at, raw in enumerate(raws.values())
        for label in labels
        if label in raw.columns and name in raw.columns[label].categories
    )


def similar_names(raws: Mapping[str, RawTable]) -> list[tuple[str, str, str]]:
    """Kind of name, and two names of it that differ only in capitals, width or spaces; in fixed order."""
    return list(_similar_names(raws, fold_name))


def fold_name(name: str) -> str:
    """Return a name without capitals, wide characters and spaces."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _similar_names(
    raws: Mapping[str, RawTable], normalize: Callable[[str], str]
) -> Iterator[tuple[str, str, str]]:
    """The kind of name, and two names of it as `alike_names` finds them."""
    for kind, labels in NAME_COLUMNS.items():
        columns = [raw.columns[label] for raw in raws.values() for label in labels if label in raw.columns]
        names = set().union(*(values.categories for values in columns))
        yield from ((kind, *pair) for pair in alike_names(names, normalize))


def alike_names(names: Iterable[str], normalize: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Two names that are the same once normalized, in alphabetical order."""
    seen: dict[str, str] = {}
    for name in sorted(names):
        first = seen.setdefault(normalize(name), name)
        if first != name:
            yield first, name


def similar_names_param(found: list[tuple[str, str, str]]) -> Param:
    """The names as a warning lists them."""
    every = [message("kind_of_name", kind=kind, one=quote(one), two=quote(two)) for kind, one, two in found]
    return names_and_more(every, MOST_NAMED)
