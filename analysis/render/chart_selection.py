"""Which charts a report has, and which entries each shows, in what order."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from analysis.messages import Message
from analysis.render import entries as ask
from analysis.render.entries import Entry, Part, Report

LEVEL_DEFINITIONS = ("parity", "ratio_of_means")
FAMILIES = ("primary", "secondary", "exploratory")
AGREEMENT = ("alpha_nominal", "alpha_ordinal", "ac1", "raw", "icc_a1", "icc_ak", "intra")
MOST_ROWS = 30  # of one chart, so that it fits a printed page; the tables have all of them
MOST_CONTRASTS = 4


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that stand together. `name` is a family or a series; None has no heading."""

    name: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: its kind, its file, and the entries it shows, in the order it shows them.

    `groups` are the rows under one heading; `line` is a value of the report across all rows (the human
    mean, the win rate over all), in the unit of the entries; `all_rows` counts the rows before the cut.
    """

    kind: str
    file: str
    part: Part
    groups: tuple[Group, ...] = ()
    line: float | None = None
    all_rows: int = 0

    @property
    def key(self) -> tuple[str, str]:
        return self.part.key


def charts(report: Report) -> list[Chart]:
    """The charts of the leading criteria, of the scores and of the study, one for each language."""
    order = {name: at for at, name in enumerate(ask.systems(report))}
    found: list[Chart] = []
    for make in (_flow, _win_rates, _levels, _scores, _abilities, _agreement, _bias, _reading, _breakdown):
        found += make(report, order)
    return _named([*found, *_lengths(report, order)])


def _named(found: Sequence[Chart]) -> list[Chart]:
    """File names that are safe anywhere and say what is inside; a number tells equals apart."""
    taken: dict[str, int] = {}
    named = []
    for chart in found:
        language = re.sub(r"[^a-z0-9-]", "", chart.part.language.lower())
        stem = chart.kind.replace("_", "-") + (f"-{language}" if language else "")
        taken[stem] = taken.get(stem, 0) + 1
        number = f"-{taken[stem]}" if taken[stem] > 1 else ""
        named.append(replace(chart, file=f"{stem}{number}.svg"))
    return named


Order = dict[str, int]


def _there(report: Report, name: str) -> list[Entry]:
    """The entries of a list that lead and have an estimate."""
    return [entry for entry in ask.leading(report, name) if entry.get("estimate") is not None]


def _grouped(rows: Sequence[Entry], key: Callable[[Entry], Any]) -> tuple[Group, ...]:
    """Neighbours with the same key; without headings where there is one group alone."""
    found = [(name, len(list(same))) for name, same in groupby(rows, key)]
    named = len(found) > 1
    return tuple(Group(str(name or "") if named else None, count) for name, count in found)


def _cut(chart: Chart, key: Callable[[Entry], Any] = lambda entry: None) -> Chart:
    """The first rows, at most `MOST_ROWS`, and their groups."""
    rows = chart.part.rows[:MOST_ROWS]
    part = Part(*chart.key, rows)
    return replace(chart, part=part, groups=_grouped(rows, key), all_rows=len(chart.part.rows))


def _win_rates(report: Report, order: Order) -> Iterator[Chart]:
    """Each pair once: the planned contrasts in their order, then by role; systems against people, the best
    first, before the others."""
    people, planned = ask.humans(report), ask.primary_contrasts(report)

    def rank(entry: Entry) -> tuple[int, float]:
        if (entry["system"], entry["opponent"]) in planned:
            return (0, planned.index((entry["system"], entry["opponent"])))
        against_people = entry["opponent"] in people
        return (FAMILIES.index(_family(entry)), -entry["estimate"] if against_people else 1)

    rows = [e for e in _there(report, "win_rates") if not ask.is_group(e["opponent"])]
    for part in ask.parts(rows, ask.leading_criteria(report)):
        pairs = sorted(ask.each_pair_once(report, part.rows), key=rank)
        yield _cut(Chart("forest", "", Part(*part.key, tuple(pairs))), _family)


def _family(entry: Entry) -> str:
    return str(entry.get("family") or "exploratory")


def _levels(report: Report, order: Order) -> Iterator[Chart]:
    """Human level by parity on the leading criteria; in a study of scores by the ratio of means."""
    lead = [*ask.leading_criteria(report), ask.SCORE]
    known = [e for e in _there(report, "human_level") if e["criterion"] in lead]
    first, second = (ask.filter_entries(known, definition=name) for name in LEVEL_DEFINITIONS)
    rows = ask.read_alone_first(first or second)
    rows.sort(key=lambda e: (order[e["system"]], lead.index(e["criterion"])))
    for language in ask.languages(rows):
        mine = Part("", language, tuple(_best_system_first(ask.filter_entries(rows, language=language))))
        yield _cut(Chart("human_level", "", mine))


def _best_system_first(rows: Sequence[Entry]) -> list[Entry]:
    """The systems in the order of their first row's estimates, the rows of each together."""
    first: dict[str, float] = {}
    for entry in rows:
        first.setdefault(entry["system"], entry["estimate"])
    return sorted(rows, key=lambda entry: -first[entry["system"]])


def _by_system(
    kind: str, rows: Sequence[Entry], order: Order, *, best_first: bool = False
) -> Iterator[Chart]:
    """One chart for each criterion and language, the systems as they stand or the best first."""
    for part in ask.parts(rows):
        mine = sorted(part.rows, key=lambda e: (order[e["system"]], str(e.get("context"))))
        mine = _best_system_first(mine) if best_first else mine
        chart = Chart(kind, "", Part(part.criterion, part.language, tuple(mine)))
        yield _cut(chart)


def _scores(report: Report, order: Order) -> Iterator[Chart]:
    return _by_system("mean_scores", _there(report, "mean_scores"), order, best_first=True)


def _abilities(report: Report, order: Order) -> Iterator[Chart]:
    return _by_system("abilities", _there(report, "abilities"), order, best_first=True)


def _agreement(report: Report, order: Order) -> Iterator[Chart]:
    rows = [e for e in _there(report, "agreement") if e.get("scope") in (None, "", "all")]
    rows = [e for e in rows if e.get("measure") in AGREEMENT]
    rows.sort(key=lambda e: AGREEMENT.index(e["measure"]))
    for part in ask.parts(rows):
        yield _cut(Chart("agreement", "", part))


def is_of_rater(entry: Entry) -> bool:
    return entry.get("scope") not in (None, "", "all")


def _bias(report: Report, order: Order) -> Iterator[Chart]:
    """All raters, then each rater, the farthest from one half first."""
    rows = [e for e in _there(report, "position_bias") if e.get("measure") == "left_share"]
    for part in ask.parts(rows):
        mine = sorted(
            part.rows, key=lambda e: (is_of_rater(e), -abs(e["estimate"] - 0.5), str(e.get("scope")))
        )
        if len(mine) > 1:
            yield _cut(Chart("bias", "", Part(*part.key, tuple(mine))))


def _reading(report: Report, order: Order) -> Iterator[Chart]:
    rows = [e for e in ask.entries(report, "reading_time") if e.get("measure") == "seconds"]
    return _by_system("reading_time", [e for e in rows if e.get("estimate") is not None], order)


def _lengths(report: Report, order: Order) -> Iterator[Chart]:
    people = ask.humans(report)
    rows = [e for e in ask.entries(report, "lengths") if e.get("estimate") is not None]
    for unit in dict.fromkeys(e.get("unit") for e in rows):
        for chart in _by_system("lengths", [e for e in rows if e.get("unit") == unit], order):
            human = [e["estimate"] for e in chart.part.rows if e["system"] in people]
            yield replace(chart, line=human[0] if len(human) == 1 else None)


def _breakdown(report: Report, order: Order) -> Iterator[Chart]:
    """The planned contrasts (else the first machines over human) by scene, or by series where too many."""
    rows = [e for e in ask.entries(report, "breakdown") if e.get("estimate") is not None]
    contrasts = list(dict.fromkeys((e["system"], e["opponent"]) for e in rows))
    planned = [pair for pair in ask.primary_contrasts(report) if pair in contrasts]
    contrasts = planned or contrasts[:MOST_CONTRASTS]
    for system, opponent in contrasts:
        for part in ask.parts(ask.filter_entries(rows, system=system, opponent=opponent)):
            chart = _one_breakdown(part)
            overall = ask.filter_entries(
                ask.entries(report, "win_rates"), criterion=part.criterion, language=part.language,
                system=system, opponent=opponent,
            )  # fmt: skip
            known = [e["estimate"] for e in overall if e.get("estimate") is not None]
            yield replace(chart, line=known[0] if known else None)


def _one_breakdown(part: Part) -> Chart:
    scenes = [e for e in part.rows if e.get("by") == "item"]
    series = [e for e in part.rows if e.get("by") == "series"]
    if scenes and (len(scenes) <= MOST_ROWS or not series):
        mean = {e.get("name"): e["estimate"] for e in series}
        known = {e.get("of") for e in scenes}
        mean |= {
            name: sum(e["estimate"] for e in scenes if e.get("of") == name)
            / sum(e.get("of") == name for e in scenes)
            for name in known - set(mean)
        }
        scenes.sort(key=lambda e: (-mean[e.get("of")], str(e.get("of")), -e["estimate"], str(e.get("name"))))
        chart = Chart("breakdown", "", Part(*part.key, tuple(scenes)))
        return _cut(chart, lambda e: e.get("of") or "")
    series.sort(key=lambda e: (-e["estimate"], str(e.get("name"))))
    chart = Chart("breakdown", "", Part(*part.key, tuple(series)))
    return _cut(chart)


# The flow of a study

MAIN_STEPS = ("invited", "consented", "passed_practice", "assigned", "submitted", "rows", "analysed")
# Counted in the table of steps only: no rater left because of them.
NOTED_STEPS = ("withdrawn", "relinked", "after_new_link")
# What is told after a step though it left on the way to it.
LEFT_FROM = {"raters": "invited", "assignments": "assigned", "rows": "rows"}
MOST_REASONS = 14


@dataclass(frozen=True, slots=True)
class Leaving:
    """Some that left the flow after a step, for one reason."""

    step: str
    table: str
    reason: Message | None
    count: float
    unit: str


@dataclass(frozen=True, slots=True)
class Level:
    """One step of the flow, with an entry for each table, and what leaves after it."""

    step: str
    entries: tuple[Entry, ...]
    leaving: tuple[Leaving, ...]


def _flow(report: Report, order: Order) -> Iterator[Chart]:
    rows = [step for step in ask.entries(report, "flow") if step.get("count") is not None]
    if rows:
        yield Chart("flow", "", Part("", "", tuple(rows)))


def flow_levels(rows: Sequence[Entry]) -> list[Level]:
    """Each step of the main column with what leaves on the way to the next one."""
    there = {str(row.get("step")) for row in rows}
    main = [step for step in MAIN_STEPS if step in there]
    side = [row for row in rows if row.get("step") not in (*MAIN_STEPS, *NOTED_STEPS)]
    found = []
    for step in main:
        leaving = [one for row in side if _leaves(row, main) == step for one in _reasons(row)]
        if len(leaving) > MOST_REASONS:
            rest = sum(one.count for one in leaving[MOST_REASONS - 1 :])
            leaving = [*leaving[: MOST_REASONS - 1], Leaving("others", "", None, rest, leaving[-1].unit)]
        entries = tuple(row for row in rows if row.get("step") == step)
        found.append(Level(step, entries, tuple(leaving)))
    return found


def _leaves(row: Entry, main: Sequence[str]) -> str:
    """The last step of the main column that those who left had reached."""
    step = LEFT_FROM.get(str(row.get("unit")), "rows")
    if (row.get("step"), row.get("unit")) == ("excluded", "assignments"):
        step = "submitted"
    reached = [name for name in main if MAIN_STEPS.index(name) <= MAIN_STEPS.index(step)]
    return reached[-1] if reached else main[0]


def _reasons(row: Entry) -> list[Leaving]:
    """One for each reason where they are counted, else one; what nobody left for is left out."""
    step, table, unit = str(row.get("step")), str(row.get("table") or ""), str(row.get("unit") or "")
    details = ask.counts(row.get("detail_codes"))
    if details:
        return [Leaving(step, table, why, count, unit) for why, count in details if count]
    return [Leaving(step, table, None, row["count"], unit)] if row["count"] else []
