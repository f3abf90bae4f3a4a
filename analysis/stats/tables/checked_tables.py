"""The tables that an analysis starts from, checked cell by cell, and which of their rows are used."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.messages import Message, Warn, counts_by_code, counts_by_sentence, message, names_and_more
from analysis.stats.coded_columns import used_names
from analysis.stats.errors import MOST_NAMES, InputError, InputErrors, list_names
from analysis.stats.tables.checks import (
    lookalike_faults,
    similar_names,
    similar_names_param,
    table_faults,
)
from analysis.stats.tables.columns import RATER_KINDS, SCORE, columns_of
from analysis.stats.tables.reading import RawTable, from_frame, read_csv, to_categorical

TABLES = ("judgments", "scores", "marks", "raters")
MOST_SYSTEMS = 8  # in the short form of the tables
MOST_REASONS = 100  # of exclusion, that are counted one by one


@dataclass(frozen=True)
class Source:
    """Where one table came from, and how many of its rows are used or left out for which reason."""

    table: str
    name: str
    sha256: str
    rows: int
    used: int = 0
    left_out: Mapping[Message, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        return {
            "table": self.table,
            "name": self.name,
            "sha256": self.sha256,
            "rows": self.rows,
            "used": self.used,
            "left_out": counts_by_sentence(self.left_out),
            "left_out_codes": counts_by_code(self.left_out),
        }


@dataclass(frozen=True, eq=False, repr=False)
class Tables:
    """Checked tables of text cells.

    Every column that an analysis may use (`Column.kept`) is there, as a pandas Categorical of str. Nothing is
    missing: cells that were not asked are "". The categories are the texts of the whole table in alphabetical
    order, so some may be in no used row.

    `judgments`, `scores` and `marks` hold only the used rows. `repeats`, `checks` and `same` hold the
    judgments of these kinds by the same kind of rater, `excluded` and `excluded_scores` what an exclusion
    took away from kind main. `raters` holds the groups of those who made a used row: the column `code` and
    one column for each way of grouping.
    """

    judgments: pd.DataFrame | None
    scores: pd.DataFrame | None
    marks: pd.DataFrame | None
    repeats: pd.DataFrame | None
    rater_kind: str
    sources: tuple[Source, ...]
    warnings: tuple[Warn, ...] = ()
    checks: pd.DataFrame | None = None
    excluded: pd.DataFrame | None = None
    same: pd.DataFrame | None = None
    raters: pd.DataFrame | None = None
    excluded_scores: pd.DataFrame | None = None

    def __repr__(self) -> str:
        read = "; ".join(f"{one.table}: {one.used:,} of {one.rows:,} rows used" for one in self.sources)
        return f"<Tables {read}; systems: {list_names(self.systems(), MOST_SYSTEMS)}>"

    def systems(self) -> tuple[str, ...]:
        """Every system of a used row, in alphabetical order."""
        names: set[str] = set()
        for frame, sides in ((self.judgments, ("left_system", "right_system")), (self.scores, ("system",))):
            if frame is not None:
                names.update(*(frame[side].unique() for side in sides))
        return tuple(sorted(names))

    def items_by_series(self) -> dict[str, int]:
        """How many items the used rows have of each series; "" where a series is not known."""
        frames = [frame[["series", "item"]] for frame in (self.judgments, self.scores) if frame is not None]
        none = pd.DataFrame(columns=["series", "item"])
        known = pd.concat(frames or [none]).astype(str).drop_duplicates()
        return {str(name): int(count) for name, count in known["series"].value_counts().items()}

    @cached_property
    def made(self) -> pd.DataFrame | None:
        """The used judgments that were made by a rater, without imputed ones."""
        return without_imputed(self.judgments) if self.judgments is not None else None

    def criteria(self) -> tuple[str, ...]:
        """The criteria of the used judgments, in alphabetical order."""
        return () if self.judgments is None else tuple(sorted(self.judgments["criterion"].unique()))

    def score_criteria(self) -> tuple[str, ...]:
        """The criteria of the used scores, in alphabetical order; `score` where the table names none."""
        return () if self.scores is None else tuple(sorted(self.scores["criterion"].unique()))

    def with_scores_of(self, criterion: str) -> "Tables":
        """The same tables with the scores of one criterion alone."""
        if self.scores is None:
            return self
        rows = _rows_with(self.scores["criterion"], criterion)
        return replace(self, scores=_select_rows(self.scores, rows))


def without_imputed(judgments: pd.DataFrame) -> pd.DataFrame:
    """The judgments that were made by a rater, without imputed ones (column `imputed`)."""
    if "imputed" not in judgments:
        return judgments
    return _select_rows(judgments, ~_rows_with(judgments["imputed"], "true"))


def read_tables(
    judgments: Path | str | None,
    scores: Path | str | None = None,
    marks: Path | str | None = None,
    raters: Path | str | None = None,
) -> Tables:
    """Read and check CSV files. Raises InputErrors with the faults found in any of them.

    Faults name a file as it was given here, the report by its last part alone.
    """
    raws: dict[str, RawTable] = {}
    faults: list[InputError] = []
    more = 0
    for table, path in zip(TABLES, (judgments, scores, marks, raters), strict=True):
        if path is not None:
            try:
                raws[table] = read_csv(path, table)
            except InputErrors as error:
                faults.extend(error.errors)
                more += error.more
    return _check_tables(raws, faults, more)


def tables_from_frames(
    judgments: pd.DataFrame | None = None,
    scores: pd.DataFrame | None = None,
    marks: pd.DataFrame | None = None,
    raters: pd.DataFrame | None = None,
    *,
    names: Mapping[str, str] | None = None,
    digests: Mapping[str, str] | None = None,
) -> Tables:
    """Check data frames as `read_tables` checks files.

    `names` and `digests` (SHA-256 of the CSV) are by table: judgments, scores, marks, raters.
    """
    raws: dict[str, RawTable] = {}
    for table, frame in zip(TABLES, (judgments, scores, marks, raters), strict=True):
        if frame is not None:
            name = (names or {}).get(table, f"{table}.csv")
            raws[table] = from_frame(name, (digests or {}).get(table), frame, table)
    return _check_tables(raws, [])


def _check_tables(raws: Mapping[str, RawTable], faults: list[InputError], more: int = 0) -> Tables:
    for table, raw in raws.items():
        listed, others = table_faults(table, raw)
        faults.extend(listed)
        more += others
    named = {table: _with_rater_column(raw) if table == "raters" else raw for table, raw in raws.items()}
    if not faults:
        faults.extend(lookalike_faults(named))
    if faults:
        raise InputErrors(faults, more)
    frames = {table: _frame(table, raw) for table, raw in raws.items()}
    kind, warnings = _kind_of_raters(frames, raws)
    warnings.extend(warn for table, raw in raws.items() for warn in _unknown_columns(table, raw))
    if names := similar_names(named):
        warnings.append(Warn(message("alike_names", names=similar_names_param(names))))
    used, sources = _use_rows(frames, raws, kind)
    judged = frames.get("judgments")
    return Tables(
        judgments=used.get("judgments"),
        scores=used.get("scores"),
        marks=used.get("marks"),
        repeats=_rows_of(judged, "repeat", kind),
        rater_kind=kind,
        sources=sources,
        warnings=tuple(warnings),
        checks=_rows_of(judged, "check", kind),
        excluded=_rows_of(judged, "main", kind, excluded=True),
        same=_rows_of(judged, "same", kind),
        raters=used.get("raters"),
        excluded_scores=_rows_of(frames.get("scores"), "main", kind, excluded=True),
    )


def _with_rater_column(raw: RawTable) -> RawTable:
    """A raters' table whose codes are compared with the raters of the other tables; nothing else of it is."""
    header = tuple("rater" if label == "code" else "" for label in raw.header)
    columns = {"rater": raw.columns["code"]} if "code" in raw.columns else {}
    return replace(raw, header=header, columns=columns)


def _frame(table: str, raw: RawTable) -> pd.DataFrame:
    defaults = {"kind": "main", "rater_kind": "person", "criterion": SCORE}
    columns = {
        column.name: raw.column(column.name, defaults.get(column.name, ""))
        for column in columns_of(table, raw.header)
        if column.kept
    }
    if "context" in columns:
        columns["context"] = _context(columns["context"], columns["side"])
    return pd.DataFrame(columns, copy=False)


def _context(context: pd.Categorical, side: pd.Categorical) -> pd.Categorical:
    """A side is only given for one of two scripts that were read together."""
    by_side = np.asarray(side != "").astype(int)
    names = ["single", "pair", *context.categories]
    return to_categorical(np.where(context == "", by_side, context.codes + 2), names)


def _unknown_columns(table: str, raw: RawTable) -> list[Warn]:
    known = {column.name for column in columns_of(table, raw.header)}
    unknown = [label for label in raw.header if label not in known]
    if not unknown:
        return []
    columns = names_and_more(unknown, MOST_NAMES)
    return [Warn(message("unknown_columns", columns=columns), ((raw.name, None),))]


def _kind_of_raters(
    frames: Mapping[str, pd.DataFrame], raws: Mapping[str, RawTable]
) -> tuple[str, list[Warn]]:
    """Person if a person judged, else the one kind there is. Two kinds of machine rater are never mixed."""
    kinds: set[str] = set()
    for table in frames.keys() & {"judgments", "scores"}:
        kinds.update(frames[table].loc[_rows_with(frames[table]["kind"], "main"), "rater_kind"].unique())
    if "person" in kinds or not kinds:
        return "person", []
    if len(kinds) > 1:
        name = next(raws[table].path for table in ("judgments", "scores") if table in raws)
        problem = "there are no human raters, but two other kinds of rater"
        raise InputErrors([InputError(name, 1, 1, problem, "keep the rows of one rater_kind")])
    kind = kinds.pop()
    assert kind in RATER_KINDS
    return kind, [Warn(message(f"{kind}_only"))]


def _rows_of(
    frame: pd.DataFrame | None, kind: str, rater_kind: str, *, excluded: bool = False
) -> pd.DataFrame | None:
    if frame is None:
        return None
    rows = _rows_with(frame["kind"], kind) & _rows_with(frame["rater_kind"], rater_kind)
    return _select_rows(frame, rows & (_rows_with(frame["excluded"], "") != excluded))


def _select_rows(frame: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    return frame if rows.all() else frame[rows].reset_index(drop=True)


def _rows_with(values: pd.Series, text: str) -> np.ndarray:
    return (values == text).to_numpy()


def _use_rows(
    frames: Mapping[str, pd.DataFrame], raws: Mapping[str, RawTable], kind: str
) -> tuple[dict[str, pd.DataFrame], tuple[Source, ...]]:
    used: dict[str, pd.DataFrame] = {}
    sources: list[Source] = []
    for table, frame in frames.items():
        source = Source(table, raws[table].name, raws[table].digest, len(frame))
        if table == "raters":
            keep = _has_judged(frame, used)
            left_out = Counter({message("judged_nothing"): int((~keep).sum())})
        elif table == "marks":
            main = _rows_with(frame["kind"], "main")
            keep = _has_reading(frame, used) & main
            left_out = _count_by_value("kind", frame["kind"][~main])
            left_out[message("no_used_row")] = int((~keep & main).sum())
        else:
            keep, left_out = _used_of(frame, kind)
        used[table] = _select_rows(frame, keep)
        sources.append(replace(source, used=int(keep.sum()), left_out=dict(+left_out)))
    return used, tuple(sources)


def _used_of(frame: pd.DataFrame, kind: str) -> tuple[np.ndarray, Counter[Message]]:
    """Which rows are used, and how many are not for which reason.

    The kind of row comes first, then an exclusion, then the kind of rater.
    """
    main, included = _rows_with(frame["kind"], "main"), _rows_with(frame["excluded"], "")
    left_out = _count_by_value("kind", frame["kind"][~main])
    left_out.update(_count_exclusions(frame["excluded"][main & ~included]))
    rows = main & included & _rows_with(frame["rater_kind"], kind)
    left_out.update(_count_by_value("rater_kind", frame["rater_kind"][main & included & ~rows]))
    return rows, left_out


def _count_by_value(column: str, values: pd.Series) -> Counter[Message]:
    return Counter({message(f"{column}_{text}"): count for text, count in Counter(values).items()})


def _count_exclusions(reasons: pd.Series) -> dict[Message, int]:
    """Rows by reason of exclusion. Of very many reasons the most frequent are named, the rest added up."""
    counts = sorted(Counter(reasons).items(), key=lambda one: (-one[1], one[0]))
    found = {message("excluded", reason=text): count for text, count in counts[:MOST_REASONS]}
    if others := counts[MOST_REASONS:]:
        found[message("excluded_others", count=len(others))] = sum(count for _, count in others)
    return found


def _has_judged(raters: pd.DataFrame, used: Mapping[str, pd.DataFrame]) -> np.ndarray:
    """Which raters have a used judgment or score."""
    judging: set[str] = set()
    for table in used.keys() & {"judgments", "scores"}:
        judging |= used_names(used[table]["rater"])
    return raters["code"].isin(judging).to_numpy()


def _has_reading(marks: pd.DataFrame, used: Mapping[str, pd.DataFrame]) -> np.ndarray:
    """A mark counts where its rater has a used judgment or score of that script."""
    readings: set[tuple[str, str, str]] = set()
    for table, side in (("judgments", "left_system"), ("judgments", "right_system"), ("scores", "system")):
        if table in used:
            rows = used[table][["rater", "item", side]].drop_duplicates()
            readings.update(rows.itertuples(index=False, name=None))
    marked = marks[["rater", "item", "system"]].itertuples(index=False, name=None)
    return np.array([script in readings for script in marked], dtype=bool)
