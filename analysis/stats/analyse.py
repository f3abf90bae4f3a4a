"""The one entry: checked tables, a plan and a seed in; a frozen report out."""

import platform
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import metadata

import pandas as pd

from analysis.messages import Warn, message
from analysis.stats.abilities.fit import fit_abilities
from analysis.stats.abilities.results import ability_quantities, prior_warning
from analysis.stats.agreement import intra_rater, judgment_agreement, score_agreement
from analysis.stats.attention.report import (
    SignsByRater,
    attention_entries,
    find_signs,
    flagged_warning,
    scored_alone,
)
from analysis.stats.best_of_k import best_by_scores, best_by_votes
from analysis.stats.blinding import blinding_quantities
from analysis.stats.bootstrap import JudgmentBootstrap, ScoreBootstrap
from analysis.stats.cells import (
    MOST_COMPARISONS,
    Names,
    ScoreCells,
    compare_scores,
    count_cells,
    name_codes,
    score_cells,
)
from analysis.stats.claims import find_assay
from analysis.stats.coded_columns import is_any, used_names
from analysis.stats.controls import control_quantities
from analysis.stats.covariates import covariate_quantities
from analysis.stats.drift import drift_quantities
from analysis.stats.error_marks import by_language, error_quantities, error_ratio_quantities, readings
from analysis.stats.first_page import first_page
from analysis.stats.human_level import (
    common_baseline_quantities,
    parity_quantities,
    ratio_of_means_quantities,
)
from analysis.stats.multiple_testing import adjusted
from analysis.stats.plan import Plan
from analysis.stats.position_bias import first_read_quantities, left_share_by_rater, left_share_quantities
from analysis.stats.quantities import POOLED, Quantity, entry_of, pool, scales_of, within_range
from analysis.stats.rater_groups import (
    Grouping,
    find_groupings,
    group_mean_quantities,
    group_quantities,
    interaction_entries,
)
from analysis.stats.rater_quality import Checks, checks_passed, rater_entries
from analysis.stats.reading_time import reading_quantities, reading_times, speed_quantities
from analysis.stats.report import LISTS, Entry, Progress, Report, flow_steps, study_sizes
from analysis.stats.report_warnings import report_warnings, unmet_warning
from analysis.stats.resampling import Draw
from analysis.stats.scope import AnyScope, PairRows, Scope, ScoreScope
from analysis.stats.score_covariates import score_covariate_quantities
from analysis.stats.scores import mean_quantities
from analysis.stats.script_lengths import length_entries
from analysis.stats.sensitivity import sensitivity_quantities
from analysis.stats.sequential import look_entries
from analysis.stats.tables import Tables, without_imputed
from analysis.stats.tier_shares import tier_quantities, tier_warnings
from analysis.stats.variance_components import component_entries
from analysis.stats.win_rates import (
    BY_SCORES,
    bounds_warning,
    breakdown_entries,
    breakdown_warning,
    difference_quantities,
    leading_criterion,
    score_win_rate_quantities,
    strength_quantities,
    win_rate_quantities,
)

VERSION = "0.5.0"


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
    others of the judgments stay empty. `progress(what, share)` is told how far the work is. Raises
    InputErrors where the plan names a system or criterion that the tables lack.
    """
    plan.check(tables)
    plan = plan.resolved(tables)
    if replicates is not None:
        plan = replace(plan, replicates=replicates)
    every = tables.scores
    if len(found := tables.score_criteria()) > 1:  # what counts readings counts each once
        tables = tables.with_scores_of(plan.main_score(found))
    work = _Work(tables, plan, seed, only=only, scores=every)
    steps = list(_steps(tables, plan, every))
    for at, (what, step) in enumerate(steps):
        if progress is not None:
            progress(what, at / len(steps))
        step(work)
    entries = work.entries()
    # A simulation reads estimates and limits alone, also in a web process that must not load statsmodels.
    if only is None:
        lists = adjusted(entries)
        lists |= first_page(lists, plan, find_assay(tables, plan))
    else:
        lists = {name: tuple(entries[name]) for name in LISTS}
    warnings = (
        *tables.warnings,
        *work.warnings,
        *report_warnings(tables, plan, lists),
        *tier_warnings(every, plan),
    )
    if progress is not None:
        progress("done", 1.0)
    sizes = study_sizes(tables)
    flow = flow_steps(tables, plan, sizes)
    return Report(tables.sources, plan, seed, versions(), lists, warnings, sizes, flow)


def versions() -> dict[str, str]:
    packages = {name: metadata.version(name) for name in ("numpy", "pandas", "scipy", "statsmodels")}
    return {"evalsite": VERSION, "python": platform.python_version(), **packages}


@dataclass
class _Work:
    """What the steps of one analysis share: the codes, the weights, and the results so far."""

    tables: Tables
    plan: Plan
    seed: int
    only: Collection[str] | None = None
    scores: pd.DataFrame | None = None  # of all criteria; those of the tables are of the main one
    names: Names = field(init=False)
    wide: Names = field(init=False)  # those of excluded judgments too
    draw: Draw = field(init=False)
    groupings: list[Grouping] = field(default_factory=list)
    group_rates: list[tuple[str | None, Quantity]] = field(default_factory=list)
    quantities: list[tuple[str | None, Quantity]] = field(default_factory=list)
    settled: dict[str, list[Entry]] = field(default_factory=lambda: {name: [] for name in LISTS})
    direct: dict[str, list[Entry]] = field(default_factory=lambda: {name: [] for name in LISTS})
    warnings: list[Warn] = field(default_factory=list)

    def __post_init__(self) -> None:
        frames = [frame for frame in (self.tables.judgments, self.scores) if frame is not None]
        systems = self.plan.systems or replace(self.tables, scores=self.scores).systems()
        self.names = name_codes(frames, systems)
        self.wide = _names_with_excluded(self.tables, self.names)
        names = self.names
        if self.only is None:
            self.groupings, warnings = find_groupings(self.tables.raters, names)
            self.warnings.extend(warnings)
        self.draw = Draw(self.seed, self.plan.replicates, names.raters, names.items, names.series)

    @cached_property
    def attended(self) -> SignsByRater | None:
        """The signs of attention; None where nobody judged pairs."""
        return find_signs(self.tables, self.names, self.plan)

    def add(self, language: str | None, quantities: Iterator[Quantity]) -> None:
        self.quantities.extend((language, quantity) for quantity in quantities)

    def add_groups(self, language: str | None, quantities: Iterator[Quantity]) -> None:
        """Win rates within groups of raters, which the differences between groups rest on too."""
        found = [(language, quantity) for quantity in quantities]
        self.quantities.extend(found)
        self.group_rates.extend(found)

    def put(self, name: str, entries: Iterator[Entry] | Sequence[Entry]) -> None:
        self.direct[name].extend(entries)

    def settle(self) -> None:
        """Turn the quantities so far into entries, all languages of their criteria being there: of each
        quantity its languages in order, then the pooled entry if planned. What they rest on can go."""
        groups: dict[tuple[object, ...], list[tuple[str | None, Quantity]]] = {}
        languages: dict[str, set[str | None]] = {}
        for language, quantity in self.quantities:
            groups.setdefault(quantity.identity, []).append((language, quantity))
            languages.setdefault(quantity.criterion, set()).add(language)
        for group in groups.values():
            first = group[0][1]
            pooled = self.plan.pooled and first.poolable and len(languages[first.criterion]) > 1
            for language, quantity in group:
                planned = quantity.null is not None and first.what not in CHECKS
                planned = planned or first.what == "human_level"
                if pooled and (quantity.family == "primary" or planned):
                    quantity = replace(quantity, family="exploratory")  # the pooled one is the planned test
                self.settled[first.what].append(entry_of(quantity, language, self.plan))
            if pooled:
                complete = len(group) == len(languages[first.criterion])
                mean = pool([quantity for _, quantity in group], self.plan, complete)
                self.settled[first.what].append(entry_of(mean, POOLED, self.plan))
        if self.only is None:
            self.put("looks", look_entries(self.quantities, self.plan))
        self.quantities.clear()

    def entries(self) -> dict[str, list[Entry]]:
        """All lists."""
        self.settle()
        lists = {name: self.settled[name] + self.direct[name] for name in LISTS}
        return within_range(lists, scales_of(self.scores))


CHECKS = ("sensitivity", "drift")  # whose p is no test of the plan
Step = Callable[[_Work], None]
# What `analyse(only=...)` can compute by itself; of human level that is parity.
ALONE = {"win_rates": win_rate_quantities, "human_level": parity_quantities}


def _steps(tables: Tables, plan: Plan, scores: pd.DataFrame | None) -> Iterator[tuple[str, Step]]:
    if tables.judgments is not None:
        order = plan.criteria or tables.criteria()
        for criterion in order:
            for language in _languages(tables.judgments[tables.judgments["criterion"] == criterion]):
                yield f"judgments: {criterion}", _judgment_step(criterion, language)
            yield f"intervals: {criterion}", _Work.settle
        yield "lengths and reading", _reading_step
        yield "attention", _attention_step
    if scores is not None:
        for criterion in sorted(used_names(scores["criterion"])):
            mine = scores[scores["criterion"] == criterion]
            for context in ("single", "pair"):
                for language in _languages(mine[mine["context"] == context]):
                    yield f"scores: {context}", _score_step(criterion, context, language)
        if tables.judgments is None:
            yield "lengths and reading", _reading_step
            yield "attention", _attention_step
    yield "groups of raters", _interaction_step
    if tables.marks is not None:
        yield "error marks", _marks_step


def _languages(frame: pd.DataFrame) -> list[str | None]:
    return [language or None for language in sorted(used_names(frame["language"]))]


def _rows(frame: pd.DataFrame | None, column: str, value: str, language: str | None) -> pd.DataFrame:
    """Taken only when their step comes, so that no two of them are held at once."""
    assert frame is not None
    return frame[((frame[column] == value) & (frame["language"] == (language or ""))).to_numpy()]


def _judgment_step(criterion: str, language: str | None) -> Step:
    def step(work: _Work) -> None:
        rows = _rows(work.tables.judgments, "criterion", criterion, language)
        cells = count_cells(rows, work.names)
        boot = JudgmentBootstrap(cells, work.plan, work.draw) if work.only is None else None
        scope = Scope(criterion, language, cells, work.plan, boot)
        if work.only is not None:
            for name in work.only:
                work.add(language, ALONE[name](scope))
            return
        work.add(language, win_rate_quantities(scope))
        work.add(language, parity_quantities(scope))
        work.add(language, common_baseline_quantities(scope))
        work.add(language, difference_quantities(scope))
        work.put("best_of_k", best_by_votes(scope, work.draw))
        if criterion == leading_criterion(work.plan, work.tables.criteria()):
            work.put("breakdown", breakdown_entries(scope))
            work.warnings.extend(breakdown_warning(scope))
        # What nobody judged counts as won or lost, and tells nothing of how people judge.
        made = without_imputed(rows)
        if len(made):
            judged = scope if len(made) == len(rows) else _scope_without_imputed(scope, made, work)
            _judged_step(work, judged, made)
        _check_step(work, scope, rows, made, work.tables.excluded)
        work.warnings.extend([*unmet_warning(scope), *bounds_warning(scope)])

    return step


def _scope_without_imputed(scope: Scope, made: pd.DataFrame, work: _Work) -> Scope:
    cells = count_cells(made, work.names)
    return replace(scope, cells=cells, boot=JudgmentBootstrap(cells, work.plan, work.draw))


def _judged_step(work: _Work, scope: Scope, rows: pd.DataFrame) -> None:
    """What tells of the judging itself, from the rows that somebody made."""
    language = scope.language
    work.add(language, left_share_quantities(scope))
    work.add(language, first_read_quantities(scope, rows))
    same = _same_scope(work.tables.same, scope)
    if same is not None and len(same):
        work.add(language, control_quantities(scope, same, rows))
    fitted = fit_abilities(scope.cells)
    work.add(language, ability_quantities(scope, fitted, work.seed))
    work.put("position_bias", left_share_by_rater(scope))
    work.put("agreement", judgment_agreement(scope, work.draw))
    repeats = work.tables.repeats
    if repeats is not None and len(repeats):
        chosen = (repeats["criterion"] == scope.criterion) & (repeats["language"] == (language or ""))
        work.put("agreement", intra_rater(scope, repeats[chosen]))
    work.put("raters", rater_entries(scope, rows, _passed_checks(scope, work.tables)))
    work.add(language, strength_quantities(scope, PairRows(rows, scope.names)))
    work.warnings.extend(prior_warning(scope, fitted))
    if scope.criterion == leading_criterion(work.plan, work.tables.criteria()):
        work.add_groups(language, group_quantities(scope, work.groupings))
        work.add(language, covariate_quantities(scope, work.groupings))
        work.put("components", component_entries(scope))


def _check_step(
    work: _Work, scope: AnyScope, rows: pd.DataFrame, made: pd.DataFrame, excluded: pd.DataFrame | None
) -> None:
    """What pairs and single scripts have in common: guesses and order from the rows that raters `made`, and
    the results under other rules for what counts; without flagged raters only where that was planned."""
    planned = (work.plan.attention or {}).get("without_flagged")
    flagged = work.attended.flagged if work.attended and planned else None
    excluded = _same_scope(excluded, scope)
    if len(made):
        work.add(scope.language, blinding_quantities(scope, made))
        work.add(scope.language, drift_quantities(scope, made))
    work.add(scope.language, sensitivity_quantities(scope, rows, excluded, work.wide, flagged))


def _interaction_step(work: _Work) -> None:
    work.put("group_interactions", interaction_entries(work.group_rates, work.groupings, work.plan))


def _names_with_excluded(tables: Tables, names: Names) -> Names:
    """The names of used and of excluded rows, for results that put the latter back."""
    out = [frame for frame in (tables.excluded, tables.excluded_scores) if frame is not None and len(frame)]
    used = [frame for frame in (tables.judgments, tables.scores) if frame is not None]
    return name_codes([*used, *out], names.systems) if out else names


def _passed_checks(scope: Scope, tables: Tables) -> dict[str, Checks] | None:
    """Per rater how the checks went; None where the plan names no known-worse system."""
    if not scope.plan.known_worse:
        return None
    checks = _same_scope(tables.checks, scope)
    return {} if checks is None else dict(checks_passed(checks, scope.plan.known_worse))


def _same_scope(frame: pd.DataFrame | None, scope: AnyScope) -> pd.DataFrame | None:
    if frame is None or frame.empty:
        return None
    return frame[
        is_any(frame["criterion"], scope.criterion) & is_any(frame["language"], scope.language or "")
    ]


def _score_step(criterion: str, context: str, language: str | None) -> Step:
    def step(work: _Work) -> None:
        rows = _rows(work.scores, "context", context, language)
        rows = rows[(rows["criterion"] == criterion).to_numpy()]
        cells = score_cells(rows, work.names, context)
        boot = ScoreBootstrap(cells, work.plan.item_cluster, work.draw)
        work.add(language, mean_quantities(cells, work.plan, boot))
        work.add(language, ratio_of_means_quantities(cells, work.plan, boot))
        work.add(language, tier_quantities(rows, work.names, context, work.plan))
        work.put("best_of_k", best_by_scores(cells, language, work.plan, work.draw))
        work.put("agreement", score_agreement(cells, language, work.plan, work.draw))
        if context == "single" and criterion in work.tables.score_criteria():
            _single_step(work, cells, language, rows)
        if work.tables.judgments is None or work.tables.judgments.empty:
            _score_wins(work, cells, language)

    return step


def _single_step(work: _Work, cells: ScoreCells, language: str | None, rows: pd.DataFrame) -> None:
    """The checks of scripts that were scored alone, on the main criterion."""
    scope = ScoreScope(cells.criterion, language, cells, work.plan)
    excluded = work.tables.excluded_scores
    alone = None if excluded is None else excluded[is_any(excluded["context"], "single")]
    _check_step(work, scope, rows, rows, alone)
    work.add(language, score_covariate_quantities(scope, rows))
    work.put("components", component_entries(scope))


def _score_wins(work: _Work, cells: ScoreCells, language: str | None) -> None:
    """Add win rates from scores, and results by group of raters, to a study without judgments of pairs."""
    main = cells.criterion in work.tables.score_criteria()
    if main:
        work.add(language, group_mean_quantities(cells, work.groupings))
    found = compare_scores(cells)
    if found is None:
        places = ((cells.criterion, cells.context),)
        work.warnings.append(Warn(message("many_pairs", most=MOST_COMPARISONS), places))
        return
    boot = JudgmentBootstrap(found, work.plan, work.draw)
    scope = Scope(cells.criterion, language, found, work.plan, boot)
    work.add(language, score_win_rate_quantities(scope, cells.context))
    if main:
        wins = group_quantities(scope, work.groupings, context=cells.context, method=BY_SCORES)
        work.add_groups(language, wins)


def _reading_step(work: _Work) -> None:
    """Of judged pairs, else of scripts that were scored alone."""
    if work.only is not None:
        return
    judged = work.tables.judgments is not None
    used = work.tables.made if judged else scored_alone(work.tables)
    for language, read, _ in by_language(used, None):
        assert read is not None
        work.put("lengths", length_entries(read, language, work.names, work.plan))
        found = reading_times(read, work.names)
        if found is not None:
            work.add(language, reading_quantities(found))
            # At once, for words and characters per minute are never pooled.
            speeds = speed_quantities(found, language)
            work.put("reading_time", [entry_of(speed, language, work.plan) for speed in speeds])


def _attention_step(work: _Work) -> None:
    if work.only is None and work.attended is not None:
        work.put("attention", attention_entries(work.attended, work.plan))
        work.warnings.extend(flagged_warning(work.attended))


def _marks_step(work: _Work) -> None:
    tables = work.tables
    assert tables.marks is not None
    for language, judged, scored in by_language(tables.made, tables.scores):
        reading_times = readings(judged, scored, tables.marks, work.names)
        work.add(language, error_quantities(reading_times, work.plan))
        work.add(language, error_ratio_quantities(reading_times, work.plan))
