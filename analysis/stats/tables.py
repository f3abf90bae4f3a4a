"""The three tables that an analysis starts from, checked cell by cell, and which of their rows are used."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.stats.columns import COLUMNS, RATER_KINDS
from analysis.stats.faults import MOST_FAULTS, Fault, TableError
from analysis.stats.reading import Raw, from_frame, read_csv
from analysis.stats.rows import table_faults

TABLES = ("judgments", "scores", "marks")


@dataclass(frozen=True)
class Warn:
    """A warning of the report: a stable code, a sentence, and what it concerns."""

    code: str
    text: str
    where: str = ""

    def to_dict(self) -> dict[str, str]:
        return {"code": self.code, "text": self.text, "where": self.where}


@dataclass(frozen=True)
class Source:
    """Where one table came from and what became of its rows."""

    table: str
    name: str
    sha256: str
    rows: int
    used: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        return {
            "table": self.table,
            "name": self.name,
            "sha256": self.sha256,
            "rows": self.rows,
            "used": self.used,
            "left_out": dict(sorted(self.left_out.items())),
        }


@dataclass(frozen=True, eq=False)
class Tables:
    """Checked tables of text cells: every known column is there, a pandas Categorical without missing codes,
    its categories the distinct texts of the whole table, "" where not asked.

    `judgments`, `scores` and `marks` hold the used rows alone; `repeats` the judgments of kind repeat by the
    same kind of rater, for agreement of a rater with himself or herself, `checks` those of kind check, and
    `excluded` the judgments of kind main that an exclusion took away.
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

    def systems(self) -> tuple[str, ...]:
        """Every system of a used row, in alphabetical order."""
        names: set[str] = set()
        if self.judgments is not None:
            names |= set(self.judgments["left_system"].unique()) | set(
                self.judgments["right_system"].unique()
            )
        if self.scores is not None:
            names |= set(self.scores["system"].unique())
        return tuple(sorted(names))

    def criteria(self) -> tuple[str, ...]:
        """The criteria of the used judgments, in alphabetical order."""
        return () if self.judgments is None else tuple(sorted(self.judgments["criterion"].unique()))


def read_tables(
    judgments: Path | str | None, scores: Path | str | None = None, marks: Path | str | None = None
) -> Tables:
    """Read and check CSV files. Raises TableError with every fault found in any of them (up to 50).

    Faults name a file as it was given here, the report by its last part alone.
    """
    raws: dict[str, Raw] = {}
    faults: list[Fault] = []
    for table, path in zip(TABLES, (judgments, scores, marks), strict=True):
        if path is not None:
            try:
                raws[table] = read_csv(path)
            except TableError as error:
                faults.extend(error.faults)
    return _checked(raws, faults)


def tables_from_frames(
    judgments: pd.DataFrame | None = None,
    scores: pd.DataFrame | None = None,
    marks: pd.DataFrame | None = None,
    *,
    names: Mapping[str, str] | None = None,
    digests: Mapping[str, str] | None = None,
) -> Tables:
    """The same from data frames. `names` and `digests` (SHA-256 of the CSV) are by table: judgments, scores,
    marks."""
    raws: dict[str, Raw] = {}
    for table, frame in zip(TABLES, (judgments, scores, marks), strict=True):
        if frame is not None:
            name = (names or {}).get(table, f"{table}.csv")
            raws[table] = from_frame(name, (digests or {}).get(table), frame)
    return _checked(raws, [])


def _checked(raws: Mapping[str, Raw], faults: list[Fault]) -> Tables:
    for table, raw in raws.items():
        faults.extend(table_faults(table, raw))
    if faults:
        raise TableError(faults[:MOST_FAULTS])
    frames = {table: _frame(table, raw) for table, raw in raws.items()}
    warnings = [warn for table, raw in raws.items() for warn in _unknown_columns(table, raw)]
    kind, kind_warnings = _kind_of_raters(frames, raws)
    used, sources = _use(frames, raws, kind)
    repeats = checks = excluded = None
    if "judgments" in frames:
        repeats = _rows_of(frames["judgments"], "repeat", kind)
        checks = _rows_of(frames["judgments"], "check", kind)
        excluded = _rows_of(frames["judgments"], "main", kind, excluded=True)
    return Tables(
        judgments=used.get("judgments"),
        scores=used.get("scores"),
        marks=used.get("marks"),
        repeats=repeats,
        rater_kind=kind,
        sources=sources,
        warnings=(*kind_warnings, *warnings),
        checks=checks,
        excluded=excluded,
    )


def _frame(table: str, raw: Raw) -> pd.DataFrame:
    rows = len(raw.lines)
    data = {}
    for column in COLUMNS[table]:
        values: Sequence[str] = raw.columns.get(column.name) or ("",) * rows
        if column.name == "kind":
            values = [value or "main" for value in values]
        elif column.name == "rater_kind":
            values = [value or "person" for value in values]
        elif column.name == "context":
            # A side was given only where two scripts stood beside each other.
            sides = raw.columns.get("side") or ("",) * rows
            pairs = zip(values, sides, strict=True)
            values = [value or ("pair" if side else "single") for value, side in pairs]
        data[column.name] = pd.Categorical(values, categories=pd.Index(sorted(set(values)), dtype=object))
    return pd.DataFrame(data, columns=[column.name for column in COLUMNS[table]])


def _unknown_columns(table: str, raw: Raw) -> list[Warn]:
    known = {column.name for column in COLUMNS[table]}
    unknown = [label for label in raw.header if label not in known]
    if not unknown:
        return []
    return [
        Warn("unknown_columns", f"Columns that are not known were ignored: {', '.join(unknown)}.", raw.name)
    ]


def _kind_of_raters(frames: Mapping[str, pd.DataFrame], raws: Mapping[str, Raw]) -> tuple[str, list[Warn]]:
    """Person where a person judged; else the one kind there is. Two kinds of machine rater are never
    mixed."""
    kinds: set[str] = set()
    for table in ("judgments", "scores"):
        if table in frames:
            frame = frames[table]
            kinds |= set(frame.loc[frame["kind"] == "main", "rater_kind"].unique())
    if "person" in kinds or not kinds:
        return "person", []
    if len(kinds) > 1:
        name = next(raws[table].path for table in ("judgments", "scores") if table in raws)
        raise TableError(
            [
                Fault(
                    name,
                    1,
                    1,
                    "no person judged, and raters of two kinds did",
                    "keep the rows of one rater_kind",
                )
            ]
        )
    kind = kinds.pop()
    assert kind in RATER_KINDS
    who = "simulated raters" if kind == "simulated" else "language models as raters"
    return kind, [Warn(f"{kind}_only", f"No person judged: every number here is about {who}.", "")]


def _rows_of(frame: pd.DataFrame, kind: str, rater_kind: str, *, excluded: bool = False) -> pd.DataFrame:
    out = frame["excluded"] != ""
    keep = (frame["kind"] == kind) & (out == excluded) & (frame["rater_kind"] == rater_kind)
    return frame[keep].reset_index(drop=True)


def _use(
    frames: Mapping[str, pd.DataFrame], raws: Mapping[str, Raw], kind: str
) -> tuple[dict[str, pd.DataFrame], tuple[Source, ...]]:
    used: dict[str, pd.DataFrame] = {}
    sources: list[Source] = []
    for table, frame in frames.items():
        source = Source(table, raws[table].name, raws[table].digest, len(frame))
        reasons = _marks_reasons(frame, used) if table == "marks" else _reasons(frame, kind)
        keep = reasons == ""
        used[table] = frame[keep].reset_index(drop=True)
        left_out = Counter(reasons[~keep])
        sources.append(replace(source, used=int(keep.sum()), left_out=dict(left_out)))
    return used, tuple(sources)


def _reasons(frame: pd.DataFrame, kind: str) -> np.ndarray:
    """Why each row is not used, "" where it is: the kind of row first, then exclusion, then the kind of
    rater."""
    rater_kinds, excluded, kinds = (
        frame[name].to_numpy(dtype=object) for name in ("rater_kind", "excluded", "kind")
    )
    reasons = np.where(rater_kinds != kind, "rater_kind " + rater_kinds, "").astype(object)
    reasons = np.where(excluded != "", "excluded: " + excluded, reasons)
    return np.where(kinds != "main", "kind " + kinds, reasons)


def _marks_reasons(marks: pd.DataFrame, used: Mapping[str, pd.DataFrame]) -> np.ndarray:
    """A mark counts where its rater has a used judgment or score of that script."""
    read: set[tuple[str, str, str]] = set()
    if "judgments" in used:
        frame = used["judgments"]
        for side in ("left_system", "right_system"):
            read |= set(zip(frame["rater"], frame["item"], frame[side], strict=True))
    if "scores" in used:
        frame = used["scores"]
        read |= set(zip(frame["rater"], frame["item"], frame["system"], strict=True))
    reasons = [
        "" if key in read else "no used row of this rater and script"
        for key in zip(marks["rater"], marks["item"], marks["system"], strict=True)
    ]
    return np.array(reasons, dtype=object)
