"""What a reader has to know of results that hang on series, length, reading, order or which rows count."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from analysis.messages import Param, Warn, message, names_and_others
from analysis.stats.lists.controls import control_warnings
from analysis.stats.plan import Plan
from analysis.stats.quantities import POOLED
from analysis.stats.report import Entry

WIDER = 1.5  # times as wide by series as by scene
LENGTH_APART = 0.2  # of the human scripts' mean length
LITTLE_READ = 0.8  # mean share of a script that came into view
NAMED = 6  # at most so many are named in one sentence
BY_SERIES = ("win_rates", "human_level", "mean_scores", "differences")

Place = tuple[str, str | None]
Lists = Mapping[str, Sequence[Entry]]


def beside_cautions(plan: Plan, lists: Lists) -> Iterator[Warn]:
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
