"""Lists beside the win rates, and warnings about series, length, reading, order and the rows that count."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pandas as pd

from analysis.messages import Param, Warn, message, names_and_others
from analysis.stats.cells import Names, name_codes
from analysis.stats.pair_rows import PairRows, contrasts
from analysis.stats.plan import Plan
from analysis.stats.quantities import POOLED, Quantity, entry_of
from analysis.stats.report import Entry
from analysis.stats.scope import Scope
from analysis.stats.sections.attention_entries import Attended
from analysis.stats.sections.breakdown import MOST_PAIRS, breakdown_entries, leading
from analysis.stats.sections.checks import Checks, checks_passed
from analysis.stats.sections.controls import control_quantities, control_warnings
from analysis.stats.sections.drift import drift_quantities
from analysis.stats.sections.errors import by_language
from analysis.stats.sections.lengths import length_entries
from analysis.stats.sections.reading_time import Read, read, speed_quantities
from analysis.stats.sections.sensitivity import sensitivity_quantities
from analysis.stats.sections.strength import strength_quantities
from analysis.stats.tables import Tables
from analysis.stats.values import is_any

WIDER = 1.5  # times as wide by series as by scene
LENGTH_APART = 0.2  # of the human scripts' mean length
LITTLE_READ = 0.8  # mean share of a script that came into view
NAMED = 6  # at most so many are named in one sentence
BY_SERIES = ("win_rates", "human_level", "mean_scores", "differences")

Place = tuple[str, str | None]
Lists = Mapping[str, Sequence[Entry]]


def wide_names(tables: Tables, names: Names) -> Names:
    """The names of used and of excluded judgments, for results that put the latter back."""
    excluded = tables.excluded
    if excluded is None or excluded.empty or tables.judgments is None:
        return names
    return name_codes([tables.judgments, excluded], names.systems)


def quantities(scope: Scope, rows: pd.DataFrame) -> Iterator[Quantity]:
    """Strength and drift of the judgments of one scope."""
    by_pair = PairRows(rows, scope.names)
    yield from strength_quantities(scope, by_pair)
    yield from drift_quantities(scope, by_pair)


def sensitivity(
    scope: Scope, rows: pd.DataFrame, tables: Tables, wide: Names, attended: Attended | None
) -> Iterator[Quantity]:
    """The win rates of one scope under other rules for what counts; without those whom the signs of attention
    point out where that was planned."""
    flagged = attended.flagged if attended and (scope.plan.attention or {}).get("without_flagged") else None
    yield from sensitivity_quantities(scope, rows, _same_scope(tables.excluded, scope), wide, flagged)


def controls(scope: Scope, rows: pd.DataFrame, tables: Tables) -> Iterator[Quantity]:
    same = _same_scope(tables.same, scope)
    if same is not None and len(same):
        yield from control_quantities(scope, same, rows)


def passed_checks(scope: Scope, tables: Tables) -> dict[str, Checks] | None:
    """Per rater how the checks went; None where the plan names no known-worse system."""
    if not scope.plan.known_worse:
        return None
    checks = _same_scope(tables.checks, scope)
    return {} if checks is None else dict(checks_passed(checks, scope.plan.known_worse))


def breakdown(scope: Scope, tables: Tables) -> Iterator[Entry]:
    if scope.criterion == leading(scope.plan, tables.criteria()):
        yield from breakdown_entries(scope)


def breakdown_warning(scope: Scope, tables: Tables) -> Iterator[Warn]:
    """Says that pairs are not listed, where they are too many."""
    pairs = contrasts(scope)
    if len(pairs) > MOST_PAIRS and scope.criterion == leading(scope.plan, tables.criteria()):
        yield Warn(message("breakdown_left_out", pairs=len(pairs)), scope.places)


def lengths(tables: Tables, names: Names, plan: Plan) -> Iterator[Entry]:
    for language, judged, _ in by_language(tables.made, None):
        assert judged is not None
        yield from length_entries(judged, language, names, plan)


def readings(tables: Tables, names: Names) -> Iterator[tuple[str | None, Read]]:
    for language, judged, _ in by_language(tables.made, None):
        assert judged is not None
        found = read(judged, names)
        if found is not None:
            yield language, found


def speeds(language: str | None, found: Read, plan: Plan) -> Iterator[Entry]:
    """Entries at once, for words and characters per minute are never pooled."""
    for quantity in speed_quantities(found, language):
        yield entry_of(quantity, language, plan)


def _same_scope(frame: pd.DataFrame | None, scope: Scope) -> pd.DataFrame | None:
    if frame is None or frame.empty:
        return None
    return frame[
        is_any(frame["criterion"], scope.criterion) & is_any(frame["language"], scope.language or "")
    ]


def supplementary_warnings(plan: Plan, lists: Lists) -> Iterator[Warn]:
    """At most one warning per matter, criterion and language."""
    yield from _series_matter(lists)
    yield from _lengths_differ(plan, lists["lengths"])
    yield from _little_read(lists["reading_time"])
    yield from _sensitive(lists["sensitivity"], lists["win_rates"])
    yield from _drift(lists["drift"])
    yield from control_warnings(lists["controls"])
    if plan.look is not None and plan.looks is not None and plan.look < plan.looks:
        yield Warn(message("interim_look", look=plan.look, looks=plan.looks))


def _series_matter(lists: Lists) -> Iterator[Warn]:
    """Where the interval by series is much wider than that by scene, whichever of them was planned.

    Said once, with the widest place. Two series are left out: their interval is wide whatever the scenes are.
    """
    most, worst = WIDER, None  # type: float, Place | None
    for name in BY_SERIES:
        for entry in _unpooled(lists[name]):
            times = _times_wider(entry) if (entry.series or 0) > 2 else None
            if times is not None and times > most:
                most, worst = times, (entry.criterion, entry.language)
    if worst is not None:
        yield Warn(message("series_matter", times=most), (worst,))


def _unpooled(entries: Sequence[Entry]) -> Iterator[Entry]:
    """What the languages say for themselves the pooled entry need not repeat."""
    return (entry for entry in entries if entry.language != POOLED)


def _times_wider(entry: Entry) -> float | None:
    limits = (entry.low, entry.high, entry.other_low, entry.other_high)
    if any(limit is None for limit in limits):
        return None
    low, high, other_low, other_high = (float(limit) for limit in limits if limit is not None)
    own, other = high - low, other_high - other_low
    by_item, by_series = (own, other) if entry.cluster == "item" else (other, own)
    return by_series / by_item if by_item > 0 else None


def _lengths_differ(plan: Plan, lengths: Sequence[Entry]) -> Iterator[Warn]:
    for human in (entry for entry in lengths if entry.own["system"] in plan.human and entry.estimate):
        assert human.estimate is not None
        apart = [
            str(entry.own["system"])
            for entry in lengths
            if entry.language == human.language
            and entry.own["system"] not in plan.human
            and entry.estimate is not None
            and abs(entry.estimate / human.estimate - 1) > LENGTH_APART
        ]
        if apart:
            systems, name = names_and_others(apart, NAMED), str(human.own["system"])
            yield Warn(message("lengths_differ", systems=systems, human=name), (("length", human.language),))


def _little_read(reading: Sequence[Entry]) -> Iterator[Warn]:
    least: dict[str | None, Entry] = {}
    for entry in _unpooled(reading):
        if entry.own["measure"] == "share_read" and entry.estimate is not None:
            found = least.setdefault(entry.language, entry)
            assert found.estimate is not None
            if entry.estimate < found.estimate:
                least[entry.language] = entry
    for language, entry in least.items():
        assert entry.estimate is not None
        if entry.estimate < LITTLE_READ:
            system, percent = str(entry.own["system"]), 100 * float(entry.estimate)
            yield Warn(message("little_read", system=system, percent=percent), (("reading", language),))


def _sensitive(checks: Sequence[Entry], win_rates: Sequence[Entry]) -> Iterator[Warn]:
    """Where another rule turns the side that a result is on, or whether its interval excludes 1/2."""
    main = {_contrast(entry): entry for entry in win_rates} if checks else {}
    for where, entries in _places(checks):
        changed = [entry for entry in entries if _turned(entry, main.get(_contrast(entry)))]
        if changed:
            yield Warn(message("sensitive", pairs=_pairs(changed)), (where,))


def _contrast(entry: Entry) -> tuple[object, ...]:
    return entry.criterion, entry.language, entry.own["system"], entry.own["opponent"]


def _turned(entry: Entry, main: Entry | None) -> bool:
    if main is None or main.estimate is None or entry.estimate is None:
        return False
    if (entry.estimate - 0.5) * (main.estimate - 0.5) < 0:
        return True
    verdicts = {_excludes(each, 0.5) for each in (entry, main)}
    return verdicts == {True, False}


def _excludes(entry: Entry, value: float) -> bool | None:
    if entry.low is None or entry.high is None:
        return None
    return not entry.low <= value <= entry.high


def _drift(entries: Sequence[Entry]) -> Iterator[Warn]:
    for where, some in _places(entries):
        moved = [entry for entry in some if _excludes(entry, 0.0)]
        if moved:
            yield Warn(message("drift", pairs=_pairs(moved)), (where,))


def _places(entries: Iterable[Entry]) -> Iterator[tuple[Place, list[Entry]]]:
    found: dict[Place, list[Entry]] = {}
    for entry in entries:
        found.setdefault((entry.criterion, entry.language), []).append(entry)
    yield from found.items()


def _pairs(entries: Sequence[Entry]) -> Param:
    pairs = dict.fromkeys((str(entry.own["system"]), str(entry.own["opponent"])) for entry in entries)
    return names_and_others([message("over", system=one, opponent=two) for one, two in pairs], NAMED)
