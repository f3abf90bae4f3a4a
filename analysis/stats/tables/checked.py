"""The three tables that an analysis starts from, checked cell by cell, and which of their rows are used."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.messages import Message, Warn, counts_by_code, counts_by_sentence, message, names_and_more
from analysis.stats.faults import MOST_NAMES, Fault, TableError
from analysis.stats.tables.alike import alike, alike_names, look_faults
from analysis.stats.tables.coded import Coded, keys, together
from analysis.stats.tables.columns import COLUMNS, RATER_KINDS, SCORE
from analysis.stats.tables.frame_cells import from_frame
from analysis.stats.tables.reading import Raw, read_csv
from analysis.stats.tables.rows import table_faults

TABLES = ("judgments", "scores", "marks")
SHOWN = 8  # names in the short form of the tables
MOST_REASONS = 100  # of exclusion, that are counted one by one


@dataclass(frozen=True)
class Source:
    """Where one table came from and what became of its rows."""

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

    Every column that an analysis may use (`Column.kept`) is there, a pandas Categorical of str without
    missing values, "" where not asked. Its categories are the texts of the whole table, so that some may
    stand in no used row; they are in alphabetical order, or in none where they are very many.

    `judgments`, `scores` and `marks` hold the used rows alone; `repeats` the judgments of kind repeat by the
    same kind of rater, for agreement of a rater with himself or herself, `checks` those of kind check, `same`
    those of kind same, and `excluded` the judgments of kind main that an exclusion took away.
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

    def __repr__(self) -> str:
        read = "; ".join(f"{one.table}: {one.used:,} of {one.rows:,} rows used" for one in self.sources)
        names, told = self.systems(), ", ".join(self.systems()[:SHOWN])
        more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
        return f"<Tables {read}; systems: {told}{more}>"

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

    @cached_property
    def made(self) -> pd.DataFrame | None:
        """The used judgments that somebody made: without those of the column `imputed`."""
        return made_of(self.judgments) if self.judgments is not None else None

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
        return replace(self, scores=_taken(self.scores, _are(self.scores["criterion"], criterion)))


def made_of(judgments: pd.DataFrame) -> pd.DataFrame:
    """Of some judgments those that somebody made; all of them in most tables, and then the very same."""
    if "imputed" not in judgments:
        return judgments
    return _taken(judgments, ~_are(judgments["imputed"], "true"))


def read_tables(
    judgments: Path | str | None, scores: Path | str | None = None, marks: Path | str | None = None
) -> Tables:
    """Read and check CSV files. Raises TableError with the faults found in any of them.

    Faults name a file as it was given here, the report by its last part alone.
    """
    raws: dict[str, Raw] = {}
    faults: list[Fault] = []
    more = 0
    for table, path in zip(TABLES, (judgments, scores, marks), strict=True):
        if path is not None:
            try:
                raws[table] = read_csv(path, table)
            except TableError as error:
                faults.extend(error.faults)
                more += error.more
    return _checked(raws, faults, more)


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
            raws[table] = from_frame(name, (digests or {}).get(table), frame, table)
    return _checked(raws, [])


def _checked(raws: Mapping[str, Raw], faults: list[Fault], more: int = 0) -> Tables:
    for table, raw in raws.items():
        listed, others = table_faults(table, raw)
        faults.extend(listed)
        more += others
    if not faults:
        faults.extend(look_faults(raws))
    if faults:
        raise TableError(faults, more)
    frames = {table: _frame(table, raw) for table, raw in raws.items()}
    kind, warnings = _kind_of_raters(frames, raws)
    warnings.extend(warn for table, raw in raws.items() for warn in _unknown_columns(table, raw))
    if names := alike(raws):
        warnings.append(Warn(message("alike_names", names=alike_names(names))))
    used, sources = _use(frames, raws, kind)
    repeats = checks = excluded = same = None
    if "judgments" in frames:
        repeats = _rows_of(frames["judgments"], "repeat", kind)
        checks = _rows_of(frames["judgments"], "check", kind)
        same = _rows_of(frames["judgments"], "same", kind)
        excluded = _rows_of(frames["judgments"], "main", kind, excluded=True)
    return Tables(
        judgments=used.get("judgments"),
        scores=used.get("scores"),
        marks=used.get("marks"),
        repeats=repeats,
        rater_kind=kind,
        sources=sources,
        warnings=tuple(warnings),
        checks=checks,
        excluded=excluded,
        same=same,
    )


def _frame(table: str, raw: Raw) -> pd.DataFrame:
    defaults = {"kind": "main", "rater_kind": "person", "criterion": SCORE}
    columns = {}
    for column in COLUMNS[table]:
        if column.kept:
            columns[column.name] = raw.column(column.name, defaults.get(column.name, ""))
    if "context" in columns:
        columns["context"] = _context(columns["context"], columns["side"])
    return pd.DataFrame({name: _categorical(values) for name, values in columns.items()}, copy=False)


def _context(context: Coded, side: Coded) -> Coded:
    """A side was given only where two scripts stood beside each other."""
    told = ["pair" if text else "single" for text in side.distinct]
    guessed = side.recoded(("pair", "single"), told)
    given = context.recoded(("pair", "single", ""), context.distinct)
    return Coded(guessed.texts, np.where(given.places == 2, guessed.places, given.places))


def _categorical(values: Coded) -> pd.Categorical:
    values = values.in_order()
    texts = pd.Index(values.distinct, dtype=object)
    return pd.Categorical.from_codes(values.places, categories=texts, validate=False)


def _unknown_columns(table: str, raw: Raw) -> list[Warn]:
    known = {column.name for column in COLUMNS[table]}
    unknown = [label for label in raw.header if label not in known]
    if not unknown:
        return []
    columns = names_and_more(unknown, MOST_NAMES)
    return [Warn(message("unknown_columns", columns=columns), ((raw.name, None),))]


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
    return kind, [Warn(message(f"{kind}_only"))]


def _rows_of(frame: pd.DataFrame, kind: str, rater_kind: str, *, excluded: bool = False) -> pd.DataFrame:
    out = ~_are(frame["excluded"], "")
    return _taken(
        frame, _are(frame["kind"], kind) & (out == excluded) & _are(frame["rater_kind"], rater_kind)
    )


def _taken(frame: pd.DataFrame, keep: np.ndarray) -> pd.DataFrame:
    return frame if keep.all() else frame[keep].reset_index(drop=True)


def _are(values: pd.Series, text: str) -> np.ndarray:
    """Which rows hold the text."""
    return (values == text).to_numpy()


def _use(
    frames: Mapping[str, pd.DataFrame], raws: Mapping[str, Raw], kind: str
) -> tuple[dict[str, pd.DataFrame], tuple[Source, ...]]:
    used: dict[str, pd.DataFrame] = {}
    sources: list[Source] = []
    for table, frame in frames.items():
        source = Source(table, raws[table].name, raws[table].digest, len(frame))
        if table == "marks":
            main = _are(frame["kind"], "main")
            keep = _has_reading(frame, used) & main
            left_out = _counted("kind", frame["kind"][~main])
            left_out[message("no_used_row")] = int((~keep & main).sum())
        else:
            keep, left_out = _reasons(frame, kind)
        used[table] = _taken(frame, keep)
        sources.append(replace(source, used=int(keep.sum()), left_out=dict(+left_out)))
    return used, tuple(sources)


def _reasons(frame: pd.DataFrame, kind: str) -> tuple[np.ndarray, Counter[Message]]:
    """Which rows are used, and how many are not for which reason: the kind of row first, then exclusion, then
    the kind of rater."""
    main, unbroken = _are(frame["kind"], "main"), _are(frame["excluded"], "")
    left_out = _counted("kind", frame["kind"][~main])
    left_out.update(_exclusions(frame["excluded"][main & ~unbroken]))
    keep = main & unbroken & _are(frame["rater_kind"], kind)
    left_out.update(_counted("rater_kind", frame["rater_kind"][main & unbroken & ~keep]))
    return keep, left_out


def _counted(column: str, values: pd.Series) -> Counter[Message]:
    return Counter({message(f"{column}_{text}"): count for text, count in Counter(values).items()})


def _exclusions(reasons: pd.Series) -> dict[Message, int]:
    """How many rows each reason took away. Of very many the most frequent are named, the rest added up."""
    counts = sorted(Counter(reasons).items(), key=lambda one: (-one[1], one[0]))
    found = {message("excluded", reason=text): count for text, count in counts[:MOST_REASONS]}
    if others := counts[MOST_REASONS:]:
        found[message("excluded_others", count=len(others))] = sum(count for _, count in others)
    return found


def _has_reading(marks: pd.DataFrame, used: Mapping[str, pd.DataFrame]) -> np.ndarray:
    """A mark counts where its rater has a used judgment or score of that script."""
    parts = [marks[["rater", "item", "system"]]]
    if "judgments" in used:
        for side in ("left_system", "right_system"):
            parts.append(used["judgments"][["rater", "item", side]])
    if "scores" in used:
        parts.append(used["scores"][["rater", "item", "system"]])
    columns = [together(*(_coded(part.iloc[:, at]) for part in parts)) for at in range(3)]
    joined = [Coded(column[0].texts, np.concatenate([part.places for part in column])) for column in columns]
    key = keys(joined)
    return pd.Series(key[: len(marks)]).isin(key[len(marks) :]).to_numpy()


def _coded(values: pd.Series) -> Coded:
    texts = pa.array(values.cat.categories, type=pa.string())
    return Coded(texts, values.cat.codes.to_numpy())
