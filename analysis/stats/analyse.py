"""The one entry: checked tables, a plan and a seed in; a frozen report out."""

import platform
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata

import pandas as pd

from analysis.stats import agreement_entries, best_of_k, blinding, comparisons, position, scores
from analysis.stats.ability_entries import ability_quantities, fit_abilities, prior_warning
from analysis.stats.adjust import adjusted
from analysis.stats.cautions import cautions, unmet_warning
from analysis.stats.cells import Names, count_cells, name_codes
from analysis.stats.errors import by_language, error_quantities, error_ratio_quantities, readings
from analysis.stats.plan import Plan
from analysis.stats.quantities import POOLED, Quantity, entry_of, pool
from analysis.stats.rater_entries import rater_entries
from analysis.stats.report import LISTS, Entry, Report
from analysis.stats.resampling import Draw
from analysis.stats.scope import Scope
from analysis.stats.tables import Tables, Warn

Progress = Callable[[str, float], None]  # what is being computed, and the share of the work that is done
VERSION = "0.1.0"


def analyse(
    tables: Tables,
    plan: Plan,
    *,
    seed: int,
    replicates: int | None = None,
    only: Collection[str] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Analyse checked tables as the plan says.

    The result depends on the set of rows, the plan and the seed alone. `replicates` overrides the plan's
    number of bootstrap replicates. `only`, for simulations, names the lists of `ALONE` that are wanted: the
    others of the judgments stay empty. `progress(what, share)` is told how far the work is. Raises PlanError
    where the plan names a system or criterion that the tables lack.
    """
    plan.check(tables)
    if replicates is not None:
        plan = replace(plan, replicates=replicates)
    work = _Work(tables, plan, seed, only=only)
    steps = list(_steps(tables, plan))
    for at, (what, step) in enumerate(steps):
        if progress is not None:
            progress(what, at / len(steps))
        step(work)
    entries = work.entries()
    lists = adjusted(entries)
    warnings = (*tables.warnings, *work.warnings, *cautions(tables, plan, entries))
    if progress is not None:
        progress("done", 1.0)
    return Report(tables.sources, plan, seed, versions(), lists, warnings)


def versions() -> dict[str, str]:
    packages = {name: metadata.version(name) for name in ("numpy", "pandas", "scipy")}
    return {"evalsite": VERSION, "python": platform.python_version(), **packages}


@dataclass
class _Work:
    """What the steps of one analysis share: the codes, the weights, and the results so far."""

    tables: Tables
    plan: Plan
    seed: int
    only: Collection[str] | None = None
    names: Names = field(init=False)
    draw: Draw = field(init=False)
    quantities: list[tuple[str | None, Quantity]] = field(default_factory=list)
    direct: dict[str, list[Entry]] = field(default_factory=lambda: {name: [] for name in LISTS})
    warnings: list[Warn] = field(default_factory=list)

    def __post_init__(self) -> None:
        frames = [frame for frame in (self.tables.judgments, self.tables.scores) if frame is not None]
        systems = self.plan.systems or self.tables.systems()
        self.names = name_codes(frames, systems)
        self.draw = Draw(self.seed, self.plan.replicates, self.names.raters, self.names.items)

    def add(self, language: str | None, quantities: Iterator[Quantity]) -> None:
        self.quantities.extend((language, quantity) for quantity in quantities)

    def put(self, name: str, entries: Iterator[Entry] | Sequence[Entry]) -> None:
        self.direct[name].extend(entries)

    def entries(self) -> dict[str, list[Entry]]:
        """All lists; of each quantity its languages in order, then the pooled entry if planned."""
        result: dict[str, list[Entry]] = {name: [] for name in LISTS}
        groups: dict[tuple[object, ...], list[tuple[str | None, Quantity]]] = {}
        for language, quantity in self.quantities:
            groups.setdefault(quantity.identity, []).append((language, quantity))
        languages: dict[str, set[str | None]] = {}
        for language, quantity in self.quantities:
            languages.setdefault(quantity.criterion, set()).add(language)
        for group in groups.values():
            first = group[0][1]
            pooled = self.plan.pooled and len(languages[first.criterion]) > 1
            for language, quantity in group:
                if pooled and quantity.family == "primary":
                    quantity = replace(quantity, family="secondary")  # the pooled one answers the question
                result[first.what].append(entry_of(quantity, language, self.plan))
            if pooled:
                complete = len(group) == len(languages[first.criterion])
                mean = pool([quantity for _, quantity in group], self.plan, complete)
                result[first.what].append(entry_of(mean, POOLED, self.plan))
        for name in LISTS:
            result[name].extend(self.direct[name])
        return result


Step = Callable[[_Work], None]
# What `analyse(only=...)` can compute by itself; of human level that is parity.
ALONE = {"win_rates": comparisons.win_rate_quantities, "human_level": comparisons.parity_quantities}


def _steps(tables: Tables, plan: Plan) -> Iterator[tuple[str, Step]]:
    if tables.judgments is not None:
        order = plan.criteria or tables.criteria()
        for criterion in order:
            for language, rows in _by_language(tables.judgments[tables.judgments["criterion"] == criterion]):
                yield f"judgments: {criterion}", _judgment_step(criterion, language, rows)
    if tables.scores is not None:
        for context in ("single", "pair"):
            for language, rows in _by_language(tables.scores[tables.scores["context"] == context]):
                yield f"scores: {context}", _score_step(context, language, rows)
    if tables.marks is not None:
        yield "error marks", _marks_step


def _by_language(frame: pd.DataFrame) -> Iterator[tuple[str | None, pd.DataFrame]]:
    for language in sorted(frame["language"].unique()):
        yield language or None, frame[frame["language"] == language]


def _judgment_step(criterion: str, language: str | None, rows: pd.DataFrame) -> Step:
    def step(work: _Work) -> None:
        scope = Scope(criterion, language, count_cells(rows, work.names), work.plan)
        if work.only is not None:
            for name in work.only:
                work.add(language, ALONE[name](scope))
            return
        work.add(language, comparisons.win_rate_quantities(scope))
        work.add(language, comparisons.parity_quantities(scope))
        work.add(language, comparisons.common_baseline_quantities(scope))
        work.add(language, comparisons.difference_quantities(scope))
        work.add(language, position.left_share_quantities(scope))
        work.add(language, blinding.blinding_quantities(scope, rows))
        fitted = fit_abilities(scope)
        work.add(language, ability_quantities(scope, fitted, work.seed))
        work.put("position_bias", position.left_share_by_rater(scope))
        work.put("best_of_k", best_of_k.best_by_votes(scope, work.draw))
        work.put("agreement", agreement_entries.judgment_agreement(scope, work.draw))
        repeats = work.tables.repeats
        if repeats is not None and len(repeats):
            chosen = (repeats["criterion"] == criterion) & (repeats["language"] == (language or ""))
            work.put("agreement", agreement_entries.intra_rater(scope, repeats[chosen]))
        work.put("raters", rater_entries(scope, rows))
        work.warnings.extend([*prior_warning(scope, fitted), *unmet_warning(scope)])

    return step


def _score_step(context: str, language: str | None, rows: pd.DataFrame) -> Step:
    def step(work: _Work) -> None:
        cells = scores.score_cells(rows, work.names, context)
        work.add(language, scores.mean_quantities(cells, work.plan))
        work.add(language, scores.human_level_quantities(cells, work.plan))
        work.put("best_of_k", best_of_k.best_by_scores(cells, language, work.plan, work.draw))
        work.put("agreement", agreement_entries.score_agreement(cells, language, work.plan, work.draw))

    return step


def _marks_step(work: _Work) -> None:
    tables = work.tables
    assert tables.marks is not None
    for language, judged, scored in by_language(tables.judgments, tables.scores):
        read = readings(judged, scored, tables.marks, work.names)
        work.add(language, error_quantities(read, work.plan))
        work.add(language, error_ratio_quantities(read, work.plan))
