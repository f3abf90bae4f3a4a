"""What a reader has to know before the numbers: few raters, few items, few series, and the like."""

import shlex
from collections.abc import Iterator, Mapping, Sequence

from analysis.messages import Warn, message, names_and_more, names_and_others
from analysis.stats.faults import MOST_NAMES
from analysis.stats.faults import quote as shown
from analysis.stats.plan import Plan
from analysis.stats.report import Entry
from analysis.stats.scope import Scope
from analysis.stats.sections.comparisons import unmet
from analysis.stats.sections.supplementary import Place, supplementary_warnings
from analysis.stats.tables import Tables
from analysis.stats.values import used_names

NAMED = 6  # at most so many pairs are named in one sentence
FEW = 8  # below this number of clusters no method is reliable
CHECKED = ("win_rates", "human_level", "mean_scores", "errors", "differences", "abilities")


def report_warnings(tables: Tables, plan: Plan, entries: Mapping[str, Sequence[Entry]]) -> Iterator[Warn]:
    if not any(source.used for source in tables.sources if source.table != "marks"):
        yield Warn(message("no_rows"))
    yield from _imputed(tables)
    yield from _studies(tables)
    yield from _few(plan, entries)
    yield from _no_human(tables, plan)
    yield from _nothing_to_compare(tables)
    if plan.primary_criterion is None and len(tables.criteria()) > 1:
        yield Warn(message("no_primary"))
    scores = tables.scores
    if scores is not None and len(scores) and (scores["context"] == "pair").any():
        yield Warn(message("scores_in_pairs"), (("score", None),))
    yield from supplementary_warnings(plan, entries)


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


def _few(plan: Plan, entries: Mapping[str, Sequence[Entry]]) -> Iterator[Warn]:
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
    for kind in ("raters", "items", "series"):
        if kind in least:
            yield Warn(message(f"few_{kind}", n=least[kind], few=FEW), tuple(places[kind]))
