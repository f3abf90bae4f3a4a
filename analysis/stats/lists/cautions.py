"""What a reader has to know before the numbers: few raters, few items, few series, and the like."""

import shlex
from collections.abc import Iterator, Mapping, Sequence

from analysis.stats.faults import list_names
from analysis.stats.faults import quote as shown
from analysis.stats.lists.beside_cautions import beside_cautions, place
from analysis.stats.lists.comparisons import unmet
from analysis.stats.plan import Plan
from analysis.stats.report import Entry
from analysis.stats.scope import Scope
from analysis.stats.tables import Tables, Warn
from analysis.stats.values import used_names

FEW = 8  # below this number of clusters no method is reliable
PLACES = "; "  # between the places of one warning
CHECKED = ("win_rates", "human_level", "mean_scores", "errors", "differences", "abilities")


def cautions(tables: Tables, plan: Plan, entries: Mapping[str, Sequence[Entry]]) -> Iterator[Warn]:
    if not any(source.used for source in tables.sources if source.table != "marks"):
        yield Warn("no_rows", "No row could be used: there is nothing to estimate.")
    yield from _imputed(tables)
    yield from _studies(tables)
    yield from _few(plan, entries)
    yield from _no_human(tables, plan)
    yield from _nothing_to_compare(tables)
    if plan.primary_criterion is None and len(tables.criteria()) > 1:
        yield Warn("no_primary", "No primary criterion is named: every result is exploratory.")
    scores = tables.scores
    if scores is not None and len(scores) and (scores["context"] == "pair").any():
        text = (
            "Scores given beside another script lean on that neighbour: only scores of single scripts"
            " compare with those of studies that showed one script at a time."
        )
        yield Warn("scores_in_pairs", text, "score")
    yield from beside_cautions(plan, entries)


def _no_human(tables: Tables, plan: Plan) -> Iterator[Warn]:
    systems = tables.systems()
    if plan.human or not systems:
        return
    text = "No system is named as human: human-level percentages are left out."
    likely = [name for name in systems if name.strip().casefold() == "human"]
    if likely:
        text += f" If {shown(likely[0])} is people, give --human {shlex.quote(likely[0])}."
    yield Warn("no_human", text)


def _nothing_to_compare(tables: Tables) -> Iterator[Warn]:
    """Says what tables with a single rater or a single scored system cannot show."""
    scores = tables.scores
    if scores is not None and len(scored := scores["system"].unique()) == 1:
        text = f"Only {shown(scored[0])} has scores: there is no other system to compare it with."
        yield Warn("one_system", text, "score")
    frames = [frame for frame in (tables.judgments, scores) if frame is not None and len(frame)]
    if len(set().union(*(used_names(frame["rater"]) for frame in frames))) == 1:
        text = (
            "Every row is by one rater, so there are no intervals. If it is not known who judged, give each"
            " row a code of its own: intervals then allow for the scenes alone, and may be too narrow."
        )
        yield Warn("one_rater", text)


def _imputed(tables: Tables) -> Iterator[Warn]:
    """Says how many judgments nobody made."""
    if tables.judgments is None or tables.made is None:
        return
    every, made = len(tables.judgments), len(tables.made)
    if made < every:
        were, they = ("was", "It counts") if every - made == 1 else ("were", "They count")
        text = (
            f"{every - made} of {every} judgments {were} made by nobody: a system had no script for the"
            f" scene, which the plan counts as a loss. {they} in win rates, human level and best of k alone."
        )
        yield Warn("missing_scripts", text)


def unmet_warning(scope: Scope) -> Iterator[Warn]:
    pairs = unmet(scope)
    if pairs:
        named = ", ".join(f"{one} and {two}" for one, two in pairs[:6]) + (
            " and others" if len(pairs) > 6 else ""
        )
        text = f"Never compared: {named}. Win rates over several systems leave out those that were not met."
        yield Warn("unmet", text, scope.where)


def _studies(tables: Tables) -> Iterator[Warn]:
    names: set[str] = set()
    for frame in (tables.judgments, tables.scores):
        if frame is not None:
            names |= set(frame["study"].unique())
    if len(names) > 1:
        listed = list_names(sorted(name or "(none)" for name in names))
        text = (
            f"Rows of several studies are analysed as one: {listed}. Equal codes count as one rater or scene."
        )
        yield Warn("several_studies", text)


def _few(plan: Plan, entries: Mapping[str, Sequence[Entry]]) -> Iterator[Warn]:
    """One warning per kind of cluster, with the smallest number met and every place where there are few."""
    least: dict[str, int] = {}
    places: dict[str, dict[str, None]] = {}
    for name in CHECKED:
        for entry in entries[name]:
            if entry.estimate is None:
                continue
            for kind, count in (("raters", entry.raters), ("items", entry.items), ("series", entry.series)):
                if count is not None and count < FEW:
                    least[kind] = min(least.get(kind, count), count)
                    places.setdefault(kind, {})[place(entry.criterion, entry.language)] = None
    for kind, noun in (("raters", "rater"), ("items", "scene")):
        if kind in least:
            some = f"{least[kind]} {noun}" + ("" if least[kind] == 1 else "s")
            text = f"Some results rest on {some}: below {FEW} no interval can be relied on."
            yield Warn(f"few_{kind}", text, PLACES.join(places[kind]))
    if "series" in least:
        text = (
            f"Some results rest on scenes of {least['series']} series: below {FEW} they hold for these alone."
        )
        yield Warn("few_series", text, PLACES.join(places["series"]))
