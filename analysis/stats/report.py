"""The frozen result of an analysis, and its one written form."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from analysis.messages import Message, Warn, counts_by_code, counts_by_sentence, detail
from analysis.stats.coded_columns import used_names
from analysis.stats.linear import Linear, Pooled
from analysis.stats.plan import PEOPLE, WORK, Plan
from analysis.stats.tables import Source, Tables

Progress = Callable[[str, float], None]  # what is being done, and the share of the work that is done
LISTS = (
    "win_rates",
    "human_level",
    "best_of_k",
    "mean_scores",
    "errors",
    "abilities",
    "ability_model",
    "differences",
    "agreement",
    "position_bias",
    "length_bias",
    "raters",
    "blinding",
    "strength",
    "error_ratios",
    "sensitivity",
    "breakdown",
    "lengths",
    "reading_time",
    "drift",
    "looks",
    "controls",
    "attention",
    "tier_shares",
    "rater_groups",
    "group_interactions",
    "covariates",
    "components",
)
FIRST_PAGE = ("leaderboard", "answer")  # what the first page shows, from the entries of the other lists
# The step that each reason for leaving out rows belongs to.
STEP_OF_REASON = {
    **dict.fromkeys(("kind_practice", "kind_check", "kind_repeat", "kind_same"), "other_kinds"),
    **dict.fromkeys(("excluded", "excluded_others"), "excluded"),
    **dict.fromkeys(("rater_kind_person", "rater_kind_simulated", "rater_kind_model"), "other_raters"),
}
UNUSED = "unused"


@dataclass(frozen=True)
class Entry:
    """One number with its interval. `own` holds the keys of its list; None is what could not be computed.

    `tested` is the estimate behind a primary test, so that limits at another level can be computed.
    """

    criterion: str
    estimate: float | None
    low: float | None
    high: float | None
    level: float
    method: Message
    n: int
    raters: int
    items: int
    language: str | None = None
    series: int | None = None
    family: str = "exploratory"
    cluster: str = "item"
    other_cluster: str | None = None
    other_low: float | None = None
    other_high: float | None = None
    reason: Message | None = None
    own: Mapping[str, Any] = field(default_factory=dict)
    tested: Linear | Pooled | None = field(default=None, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        data = {
            "criterion": self.criterion,
            "language": self.language,
            "family": self.family,
            **self.own,
            "estimate": self.estimate,
            "low": self.low,
            "high": self.high,
            "level": self.level,
            **rendered("method", self.method),
            "n": self.n,
            "raters": self.raters,
            "items": self.items,
            "series": self.series,
            "cluster": self.cluster,
            "other_cluster": self.other_cluster,
            "other_low": self.other_low,
            "other_high": self.other_high,
            **rendered("reason", self.reason),
        }
        return {key: plain(value) for key, value in data.items()}


def rendered(name: str, found: Message | None) -> dict[str, Any]:
    """The English sentence of a message under `name`, and its code and parameters beside it."""
    if found is None:
        return {name: None, f"{name}_code": None, f"{name}_params": None}
    data = found.to_dict()
    return {name: str(found), f"{name}_code": data["code"], f"{name}_params": data["params"]}


@dataclass(frozen=True)
class Step:
    """How many came as far as one step of the study; `detail` counts by reason, `table` is the rows' own."""

    step: str
    unit: str
    count: int
    table: str | None = None
    detail: Mapping[Message, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "unit": self.unit,
            "table": self.table,
            "count": self.count,
            "detail": counts_by_sentence(self.detail, detail),
            "detail_codes": counts_by_code(self.detail, detail),
        }


@dataclass(frozen=True)
class Sizes:
    """How many different raters, items and series the used rows hold, and how many rows each table has.

    `series` is None where no used row names one.
    """

    raters: int
    items: int
    series: int | None
    judgments: int
    scores: int


@dataclass(frozen=True, repr=False)
class Report:
    """Every estimate of one analysis. `to_dict` is report.json, key for key."""

    inputs: tuple[Source, ...]
    plan: Plan
    seed: int
    versions: Mapping[str, str]
    lists: Mapping[str, tuple[Entry, ...]]
    warnings: tuple[Warn, ...]
    sizes: Sizes
    flow: tuple[Step, ...] = ()

    def __repr__(self) -> str:
        held = ", ".join(f"{name} {len(entries)}" for name, entries in self.lists.items() if entries)
        primary = self.plan.primary_criterion
        return f"<Report primary criterion: {primary}; .lists: {held}; warnings {len(self.warnings)}>"

    def to_dict(self) -> dict[str, Any]:
        return {
            "inputs": [source.to_dict() for source in self.inputs],
            "plan": plain(self.plan.to_dict()),
            "seed": self.seed,
            "versions": dict(self.versions),
            "audit_head": plain(self.plan.study.get("audit_head")),
            "sizes": asdict(self.sizes),
            **{name: [entry.to_dict() for entry in self.lists.get(name, ())] for name in LISTS},
            **{name: [entry.to_dict() for entry in self.lists.get(name, ())] for name in FIRST_PAGE},
            "flow": [step.to_dict() for step in self.flow],
            "warnings": [warn.to_dict() for warn in self.warnings],
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """Python's own types, floats with 12 significant digits, NaN as None."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(f"{value:.12g}") + 0.0 if np.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


@cache
def load_schema() -> dict[str, Any]:
    """The JSON Schema of report.json."""
    text = resources.files("analysis.stats").joinpath("report.schema.json").read_text("utf-8")
    return dict(json.loads(text))


def flow_steps(tables: Tables, plan: Plan, sizes: Sizes) -> tuple[Step, ...]:
    """People, assignments and rows in order. People and assignments stand there as `plan.study.flow` counts
    them; the rows of each table, and the raters of used rows, as they were read."""
    rows = (step for source in tables.sources if source.table != "raters" for step in _row_steps(source))
    return (*_planned_steps(plan), *rows, Step("analysed", "raters", sizes.raters))


def study_sizes(tables: Tables) -> Sizes:
    """Count what the used judgments and scores hold, whichever estimates they go into."""
    frames = [frame for frame in (tables.judgments, tables.scores) if frame is not None]

    def different(column: str) -> int:
        return len(set().union(*(used_names(frame[column]) for frame in frames)) - {""})

    judgments, scores = (0 if frame is None else len(frame) for frame in (tables.judgments, tables.scores))
    return Sizes(different("rater"), different("item"), different("series") or None, judgments, scores)


def _planned_steps(plan: Plan) -> Iterator[Step]:
    counts = plan.study.get("flow", {})
    for unit, names in (("raters", PEOPLE), ("assignments", WORK)):
        for name in names:
            if name in counts:
                yield Step(name, unit, counts[name])


def _row_steps(source: Source) -> Iterator[Step]:
    yield Step("rows", "rows", source.rows, source.table)
    details: dict[str, dict[Message, int]] = {}
    for reason, count in source.left_out.items():
        details.setdefault(STEP_OF_REASON.get(reason.code, UNUSED), {})[reason] = count
    for name in (*dict.fromkeys(STEP_OF_REASON.values()), UNUSED):
        if name in details:
            yield Step(name, "rows", sum(details[name].values()), source.table, details[name])
    yield Step("analysed", "rows", source.used, source.table)
