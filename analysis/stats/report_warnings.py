"""What a reader has to know before the numbers: few raters, few items, few series, and the like."""

import math
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import special

from analysis.messages import Message, Param, Warn, message, names_and_more, names_and_others
from analysis.stats.coded_columns import is_any, used_names
from analysis.stats.controls import control_warnings
from analysis.stats.errors import MOST_NAMES
from analysis.stats.errors import quote as shown
from analysis.stats.intervals import FEW
from analysis.stats.multiple_testing import ORDER_AND_LENGTH
from analysis.stats.plan import Plan
from analysis.stats.quantities import POOLED
from analysis.stats.report import Entry
from analysis.stats.scope import Scope, script_columns
from analysis.stats.sensitivity import MANUAL
from analysis.stats.tables import Tables
from analysis.stats.win_rates import ALL, unmet

NAMED = 6  # at most this many pairs or systems are named in one sentence
MOVED = 2  # at most this many changes of results, with their numbers
WIDER = 1.5  # times as wide by series as by scene
ENOUGH_OF_EACH = 5  # judgments of a system against each opponent, for an interval over all of them
LENGTH_APART = 0.2  # of the human scripts' mean length
LOG_2 = math.log(2)
LITTLE_READ = 0.8  # mean share of a script that came into view
BY_SERIES = ("win_rates", "human_level", "mean_scores", "differences")
Place = tuple[str, str | None]
Lists = Mapping[str, Sequence[Entry]]
CHECKED = ("win_rates", "human_level", "mean_scores", "errors", "differences", "abilities")


def report_warnings(tables: Tables, plan: Plan, entries: Mapping[str, Sequence[Entry]]) -> Iterator[Warn]:
    if not any(source.used for source in tables.sources if source.table != "marks"):
        yield Warn(message("no_rows"))
    yield from _imputed(tables)
    yield from _studies(tables)
    yield from _few_clusters(plan, entries)
    yield from _no_human(tables, plan)
    yield from _nothing_to_compare(tables)
    if plan.primary_criterion is None and len(tables.criteria()) > 1:
        yield Warn(message("no_primary"))
    scores = tables.scores
    if scores is not None and len(scores) and (scores["context"] == "pair").any():
        yield Warn(message("scores_in_pairs"), (("score", None),))
    yield from _sparse_pairs(entries["win_rates"])
    yield from _series_matter(entries)
    yield from _lengths_differ(plan, entries["lengths"])
    yield from _little_read(entries["reading_time"])
    yield from _uneven_exclusions(tables, plan.level, entries["sensitivity"])
    yield from _sensitive(plan, entries["sensitivity"], entries)
    yield from _drift(entries["drift"])
    yield from _recognized(entries["blinding"])
    yield from _scores_by(entries["covariates"])
    yield from control_warnings(entries["controls"])
    if plan.look is not None and plan.looks is not None and plan.look < plan.looks:
        yield Warn(message("interim_look", look=plan.look, looks=plan.looks))


def _no_human(tables: Tables, plan: Plan) -> Iterator[Warn]:
    systems = tables.systems()
    if plan.human or not systems:
        return
    likely = [name for name in systems if name.strip().casefold() == "human"]
    if not likely:
        yield Warn(message("no_human"))
        return
    yield Warn(message("no_human_likely", system=shown(likely[0]), name=shlex.quote(likely[0])))


def _nothing_to_compare(tables: Tables) -> Iterator[Warn]:
    """Says what tables with a single rater or a single scored system cannot show."""
    scores = tables.scores
    if scores is not None and len(scored := scores["system"].unique()) == 1:
        yield Warn(message("one_system", system=shown(scored[0])), (("score", None),))
    frames = [frame for frame in (tables.judgments, scores) if frame is not None and len(frame)]
    if len(set().union(*(used_names(frame["rater"]) for frame in frames))) == 1:
        yield Warn(message("one_rater"))


def _imputed(tables: Tables) -> Iterator[Warn]:
    """Says how many judgments nobody made."""
    if tables.judgments is None or tables.made is None:
        return
    every, made = len(tables.judgments), len(tables.made)
    if made < every:
        yield Warn(message("missing_scripts", n=every - made, all=every))


def unmet_warning(scope: Scope) -> Iterator[Warn]:
    pairs = unmet(scope)
    if pairs:
        named = names_and_others([message("pair", one=one, two=two) for one, two in pairs], NAMED)
        yield Warn(message("unmet", pairs=named), scope.places)


def _studies(tables: Tables) -> Iterator[Warn]:
    names: set[str] = set()
    for frame in (tables.judgments, tables.scores):
        if frame is not None:
            names |= set(frame["study"].unique())
    if len(names) > 1:
        listed = names_and_more(sorted(name or "(none)" for name in names), MOST_NAMES)
        yield Warn(message("several_studies", studies=listed))


def _few_clusters(plan: Plan, entries: Mapping[str, Sequence[Entry]]) -> Iterator[Warn]:
    """One warning per kind of cluster, with the smallest number met and every place where there are few."""
    least: dict[str, int] = {}
    places: dict[str, dict[Place, None]] = {}
    for name in CHECKED:
        for entry in entries[name]:
            if entry.estimate is None:
                continue
            for kind, count in (("raters", entry.raters), ("items", entry.items), ("series", entry.series)):
                if count is not None and count < FEW:
                    least[kind] = min(least.get(kind, count), count)
                    places.setdefault(kind, {})[entry.criterion, entry.language] = None
    every = {(e.criterion, e.language) for name in CHECKED for e in entries[name] if e.estimate is not None}
    for kind in ("raters", "items", "series"):
        for criterion, _language in list(places.get(kind, ())):  # a pooled result rests on each language
            places[kind] |= dict.fromkeys({(criterion, POOLED)} & every)
        if kind in least:
            yield Warn(message(f"few_{kind}", n=least[kind], few=FEW), tuple(places[kind]))


def _sparse_pairs(rates: Sequence[Entry]) -> Iterator[Warn]:
    """Where win rates over several opponents rest on few judgments of each. An opponent who was met once adds
    to the mean and nothing to its error, so that such an interval is too narrow."""
    met: dict[tuple[Place, object], int] = {}
    for entry in rates:
        if not str(entry.own["opponent"]).startswith("*"):
            key = (entry.criterion, entry.language), entry.own["system"]
            met[key] = met.get(key, 0) + 1
    over_all = [e for e in rates if e.own["opponent"] == ALL and e.language != POOLED and e.low is not None]
    systems = Counter((entry.criterion, entry.language) for entry in over_all)
    found: dict[Place, float] = {}
    for entry in over_all:
        place = entry.criterion, entry.language
        others = met.get((place, entry.own["system"])) or systems[place] - 1
        each = entry.n / others if others > 1 else ENOUGH_OF_EACH
        if each < ENOUGH_OF_EACH:
            found[place] = min(each, found.get(place, each))
    if found:
        yield Warn(message("sparse_pairs", n=min(found.values()), enough=ENOUGH_OF_EACH), tuple(found))


def _series_matter(lists: Lists) -> Iterator[Warn]:
    """Where the result is about these series, and intervals by series are much wider: a claim about others
    needs those. Two series are left out: their interval is wide whatever the scenes are."""
    found: dict[Place, float] = {}
    rows = [entry for name in BY_SERIES for entry in lists[name] if entry.cluster == "item"]
    for entry in _unpooled(rows):
        times = _times_wider(entry) if (entry.series or 0) > 2 else None
        if times is not None and times > WIDER:
            place = entry.criterion, entry.language
            found[place] = max(times, found.get(place, times))
    if found:
        yield Warn(message("series_matter", times=max(found.values())), tuple(found))


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


def _sensitive(plan: Plan, checks: Sequence[Entry], lists: Lists) -> Iterator[Warn]:
    """Where another rule turns the side that a result is on, or whether its interval excludes the value of no
    difference; and where it moves the result beyond chance."""
    rows = [e for e in lists["differences"] if e.own["of"] == "score" and e.own["context"] == "single"]
    main = {_contrast(entry): entry for entry in (*lists["win_rates"], *rows)} if checks else {}
    planned = list(map(frozenset, plan.contrasts))
    for where, entries in _entries_by_place(checks):
        changed = [entry for entry in entries if _changes_result(entry, main.get(_contrast(entry)))]
        if changed:
            changes = names_and_others(list(map(_change, changed)), MOVED)
            yield Warn(message("sensitive", changes=changes), (where,))
        if moved := [entry for entry in entries if _is_clear(entry)]:
            moved.sort(
                key=lambda e: (_contrast(e)[-1] not in planned, -abs((e.estimate or 0) - e.own["main"]))
            )
            yield Warn(message("moved", changes=names_and_others(list(map(_change, moved)), MOVED)), (where,))


def _change(entry: Entry, before: str = "main", after: str = "", rule: str = "") -> Message:
    """A result, and what it is by another rule, or in the later half of the work."""
    of_scores = entry.own["of"] == "score"
    times = 1 if of_scores else 100
    return message(
        "changes_score" if of_scores else "changes_rate",
        pair=message("over", system=str(entry.own["system"]), opponent=str(entry.own["opponent"])),
        rule=message(rule or str(entry.own["rule"])),
        main=times * float(entry.own[before]),
        other=times * float(entry.own[after] if after else entry.estimate or 0),
    )


def _uneven_exclusions(tables: Tables, level: float, checks: Sequence[Entry]) -> Iterator[Warn]:
    """Where more answers about some systems than about others were excluded by hand (chi-square test)."""
    for used, excluded in ((tables.judgments, tables.excluded), (tables.scores, tables.excluded_scores)):
        if used is None or excluded is None or excluded.empty:
            continue
        by_hand = _by_system(excluded[is_any(excluded["excluded"], MANUAL)])
        counts = pd.DataFrame({"out": by_hand, "used": _by_system(used)}).fillna(0).to_numpy()
        expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
        if not by_hand.empty and len(counts) > 1 and (expected > 0).all():
            statistic = float(((counts - expected) ** 2 / expected).sum())
            if special.chdtrc(len(counts) - 1, statistic) <= 1 - level:
                share, system = max((float(out / (out + kept)), at) for at, (out, kept) in enumerate(counts))
                name = sorted({*by_hand.index, *_by_system(used).index})[system]
                again = [e for e in checks if e.own["rule"] == "with_manual" and e.own["system"] == name]
                moved = [message("effect", change=_change(e)) for e in again[:1] if e.estimate is not None]
                effect: Param = moved[0] if moved else ""
                yield Warn(message("uneven_exclusions", system=name, percent=100 * share, effect=effect))


def _by_system(rows: pd.DataFrame) -> pd.Series:
    """How many scripts of each system the rows are about."""
    return pd.concat([rows[script.system].astype(str) for script in script_columns(rows)]).value_counts()


def _contrast(entry: Entry) -> tuple[object, ...]:
    other = entry.own.get("opponent", entry.own.get("other"))
    of_scores = entry.own.get("of") == "score"
    return entry.criterion, entry.language, of_scores, frozenset((entry.own["system"], other))


def _changes_result(entry: Entry, main: Entry | None) -> bool:
    if main is None or main.estimate is None or entry.estimate is None:
        return False
    level = 0.0 if entry.own["of"] == "score" else 0.5
    if (entry.estimate - level) * (entry.own["main"] - level) < 0:
        return True
    verdicts = {_excludes(each, level) for each in (entry, main)}
    return verdicts == {True, False}


def _excludes(entry: Entry, value: float) -> bool | None:
    if entry.low is None or entry.high is None:
        return None
    return not entry.low <= value <= entry.high


def _is_clear(entry: Entry) -> bool:
    p = entry.own.get("p_adjusted")
    return p is not None and p <= 1 - entry.level


def _drift(entries: Sequence[Entry]) -> Iterator[Warn]:
    for where, some in _entries_by_place(entries):
        if moved := list(filter(_is_clear, some)):
            changes = [_change(entry, "early", "late", "in_second_half") for entry in moved]
            yield Warn(message("drift", changes=names_and_others(changes, MOVED)), (where,))


def _recognized(entries: Sequence[Entry]) -> Iterator[Warn]:
    for entry in entries:
        if entry.own["measure"] == "hits_minus_false_alarms" and _is_clear(entry):
            points = 100 * float(entry.estimate or 0)
            yield Warn(message("recognized", points=points), ((entry.criterion, entry.language),))


def _scores_by(entries: Sequence[Entry]) -> Iterator[Warn]:
    """Where scores go with order or length, with the largest effect. A first script is compared with one that
    was read after the reference, so that it says nothing of its own where the script before matters."""
    clear = [e for e in entries if _is_clear(e) and e.own["of"] == "score"]
    for term in ORDER_AND_LENGTH:
        some = [e for e in clear if e.own["term"] == term]
        if some and not (term == "first" and any(e.own["term"] == "after" for e in clear)):
            points = max((float(e.estimate or 0) for e in some), key=abs) * (LOG_2 if term == "length" else 1)
            text = message(
                f"scores_by_{term}",
                points=points,
                system=some[0].own["system"],
                other=some[0].own["opponent"],
            )
            yield Warn(text, tuple(dict.fromkeys((e.criterion, e.language) for e in some)))


def _entries_by_place(entries: Iterable[Entry]) -> Iterator[tuple[Place, list[Entry]]]:
    found: dict[Place, list[Entry]] = {}
    for entry in entries:
        found.setdefault((entry.criterion, entry.language), []).append(entry)
    yield from found.items()
