"""What can be wrong with the rows of a table: cells, duplicates, and rows that contradict each other."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from analysis.stats.columns import COLUMNS, Column
from analysis.stats.faults import MOST_FAULTS, Fault
from analysis.stats.reading import Raw

Check = Callable[[Raw], Iterator[Fault]]


def table_faults(table: str, raw: Raw) -> list[Fault]:
    """Every fault of a table, of its form and of its rows, in the order of its lines, up to 50."""
    if any(fault.line == 1 for fault in raw.faults):
        return list(raw.faults)  # which column is which cannot be told
    faults = sorted([*raw.faults, *_row_faults(table, raw)], key=lambda fault: (fault.line, fault.column))
    return faults[:MOST_FAULTS]


def _row_faults(table: str, raw: Raw) -> list[Fault]:
    missing = [
        Fault(raw.path, 1, 1, f"the column {column.name!r} is missing", f"add the column {column.name}")
        for column in COLUMNS[table]
        if column.required and column.name not in raw.header
    ]
    if missing:
        return missing
    faults: list[Fault] = []
    for column in COLUMNS[table]:
        if column.name in raw.header:
            faults.extend(islice(_cell_faults(raw, column), MOST_FAULTS))
    broken = {fault.line for fault in faults}
    for check in _CHECKS[table]:
        # A row with a broken cell is reported once, for the cell.
        faults.extend(islice((fault for fault in check(raw) if fault.line not in broken), MOST_FAULTS))
    return faults


def _cell_faults(raw: Raw, column: Column) -> Iterator[Fault]:
    values = raw.columns[column.name]
    at = raw.column_number(column.name)
    wrong: dict[str, tuple[str, str]] = {}
    for value in set(values):
        found = None
        if value == "":
            found = ("it is empty", "fill it in, or take the row away") if column.required else None
        elif column.rule is not None:
            found = column.rule(value)
        if found is not None:
            wrong[value] = found
    if not wrong:
        return
    for line, value in zip(raw.lines, values, strict=True):
        if value in wrong:
            message, mend = wrong[value]
            yield Fault(raw.path, line, at, f"{column.name}: {message}", mend)


def _cells(raw: Raw, name: str, default: str = "") -> Sequence[str]:
    values = raw.columns.get(name)
    if not values:
        return (default,) * len(raw.lines)
    return [value or default for value in values] if default else values


def _same_system(raw: Raw) -> Iterator[Fault]:
    """One system on both sides is a negative control (kind same) or a mistake."""
    at = raw.column_number("right_system")
    kinds = _cells(raw, "kind", "main")
    rows = zip(raw.lines, raw.columns["left_system"], raw.columns["right_system"], kinds, strict=True)
    for line, left, right, kind in rows:
        if left == right and kind in ("main", "repeat"):
            message = f"right_system: {right!r} stands on both sides"
            yield Fault(
                raw.path, line, at, message, "name two systems, or set kind to same for a negative control"
            )


def _twice(raw: Raw, names: Sequence[str], pair: bool) -> Iterator[Fault]:
    columns = [_cells(raw, name, "main" if name == "kind" else "") for name in names]
    if pair:
        lefts, rights = raw.columns["left_system"], raw.columns["right_system"]
        columns.append([min(two) + "\n" + max(two) for two in zip(lefts, rights, strict=True)])
    seen: dict[tuple[str, ...], int] = {}
    for line, key in zip(raw.lines, zip(*columns, strict=True), strict=True):
        first = seen.setdefault(key, line)
        if first != line:
            yield Fault(raw.path, line, 1, f"the row repeats line {first}", "keep one of the two rows")


def _judged_twice(raw: Raw) -> Iterator[Fault]:
    return _twice(raw, ("study", "rater", "item", "criterion", "position", "kind", "assignment"), pair=True)


def _scored_twice(raw: Raw) -> Iterator[Fault]:
    names = ("study", "rater", "item", "system", "script", "context", "position", "kind", "assignment")
    return _twice(raw, names, pair=False)


def _one_value(raw: Raw, of: str, has: str, why: str) -> Iterator[Fault]:
    """Within a study every `of` has one `has`: a rater one kind, an item one series and one language."""
    if has not in raw.header:
        return
    studies = _cells(raw, "study")
    default = "person" if has == "rater_kind" else ""
    at = raw.column_number(has)
    seen: dict[tuple[str, str], tuple[str, int]] = {}
    for line, study, key, value in zip(
        raw.lines, studies, raw.columns[of], _cells(raw, has, default), strict=True
    ):
        first, where = seen.setdefault((study, key), (value, line))
        if value != first:
            message = f"{has}: {of} {key!r} has {value!r} here and {first!r} on line {where}"
            yield Fault(raw.path, line, at, message, why)


def _one_kind(raw: Raw) -> Iterator[Fault]:
    return _one_value(raw, "rater", "rater_kind", "give each rater one kind, and each kind its own raters")


def _one_series(raw: Raw) -> Iterator[Fault]:
    return _one_value(raw, "item", "series", "give each item one series, or rename one of the items")


def _one_language(raw: Raw) -> Iterator[Fault]:
    return _one_value(raw, "item", "language", "give each item one language, or rename one of the items")


def _on_scale(raw: Raw) -> Iterator[Fault]:
    at = raw.column_number("score")
    at_max = raw.column_number("scale_max")
    columns = (raw.columns["score"], raw.columns["scale_min"], raw.columns["scale_max"])
    scale: tuple[float, float, int] | None = None
    for line, cells in zip(raw.lines, zip(*columns, strict=True), strict=True):
        try:
            score, low, high = map(float, cells)
        except ValueError:
            continue  # already reported for its cell
        scale = scale or (low, high, line)
        if not low < high:
            yield Fault(
                raw.path, line, at_max, "scale_max: it is not above scale_min", "give the ends of the scale"
            )
        elif (low, high) != scale[:2]:
            other = f"{scale[0]:g} to {scale[1]:g} on line {scale[2]}"
            message = f"scale_max: the scale is {low:g} to {high:g} here and {other}"
            yield Fault(raw.path, line, at_max, message, "analyse scores of one scale at a time")
        elif not low <= score <= high:
            message = f"score: {score:g} lies outside the scale of {low:g} to {high:g}"
            yield Fault(raw.path, line, at, message, "correct the score or its scale")


def _in_order(raw: Raw) -> Iterator[Fault]:
    at = raw.column_number("end")
    for line, start, end in zip(raw.lines, _cells(raw, "start"), _cells(raw, "end"), strict=True):
        if start.isdigit() and end.isdigit() and int(end) < int(start):
            yield Fault(raw.path, line, at, f"end: {end} lies before start {start}", "give start before end")


_CHECKS: dict[str, tuple[Check, ...]] = {
    "judgments": (_same_system, _judged_twice, _one_kind, _one_series, _one_language),
    "scores": (_scored_twice, _one_kind, _one_series, _one_language, _on_scale),
    "marks": (_in_order,),
}
