"""What a reader has to know of results that hang on series, length, reading, order or which rows count."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from analysis.stats.lists.controls import control_warnings
from analysis.stats.plan import Plan
from analysis.stats.quantities import POOLED
from analysis.stats.report import Entry
from analysis.stats.tables import Warn

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
        text = (
            f"This is look {plan.look} of {plan.looks}: only the limits listed under looks allow for the"
            " others."
        )
        yield Warn("interim_look", text)


def place(criterion: str, language: str | None) -> str:
    return f"{criterion}, {language}" if language else criterion


def _series_matter(lists: Lists) -> Iterator[Warn]:
    """Where the interval by series is much wider than that by scene, whichever of them was planned.

    Said once, with the widest place. Two series are left out: their interval is wide whatever the scenes are.
    """
    most, worst = WIDER, None
    for name in BY_SERIES:
        for entry in _unpooled(lists[name]):
            times = _times_wider(entry) if (entry.series or 0) > 2 else None
            if times is not None and times > most:
                most, worst = times, place(entry.criterion, entry.language)
    if worst is not None:
        text = (
            f"Grouped by series, intervals are up to {most:.1f} times as wide as grouped by scene, for scenes"
            " of one series may be alike and few series are few samples: rely on the wider of the two."
        )
        yield Warn("series_matter", text, worst)


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
            text = (
                f"Scripts of {_named(apart)} are longer or shorter than those of {human.own['system']} by"
                " more than 20 %: a preference may be one for length."
            )
            yield Warn("lengths_differ", text, place("length", human.language))


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
            text = (
                f"On average less than 80 % of a script came into view ({entry.own['system']}:"
                f" {100 * entry.estimate:.0f} %): some judgments rest on a part of the text."
            )
            yield Warn("little_read", text, place("reading", language))


def _sensitive(checks: Sequence[Entry], win_rates: Sequence[Entry]) -> Iterator[Warn]:
    """Where another rule turns the side that a result is on, or whether its interval excludes 1/2."""
    main = {_contrast(entry): entry for entry in win_rates} if checks else {}
    for where, entries in _places(checks):
        changed = [entry for entry in entries if _turned(entry, main.get(_contrast(entry)))]
        if changed:
            text = (
                "Which judgments count decides on which side of 50 % the win rate is, or whether its interval"
                f" includes 50 %, for {_pairs(changed)}: see the sensitivity checks."
            )
            yield Warn("sensitive", text, where)


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
            text = (
                "The win rate in the later half of the raters' work differs from that in the earlier half by"
                " more than its interval allows (which is not adjusted for how many pairs were looked at) for"
                f" {_pairs(moved)}."
            )
            yield Warn("drift", text, where)


def _places(entries: Iterable[Entry]) -> Iterator[tuple[str, list[Entry]]]:
    found: dict[Place, list[Entry]] = {}
    for entry in entries:
        found.setdefault((entry.criterion, entry.language), []).append(entry)
    for (criterion, language), some in found.items():
        yield place(criterion, language), some


def _pairs(entries: Sequence[Entry]) -> str:
    names = dict.fromkeys(f"{entry.own['system']} over {entry.own['opponent']}" for entry in entries)
    return _named(list(names))


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (" and others" if len(names) > NAMED else "")
