"""Which charts a report has, and what each says in words. `analysis.charts` draws exactly these."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.document import Figure
from analysis.render.entries import Entry, Part, Report
from analysis.render.fields import Context, suffix

WIDTH = 640
ROW = 30
EDGE = 64

LEVEL_DEFINITIONS = ("parity", "ratio_of_means")


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: its kind, its file, and the entries it shows, in the order it shows them."""

    kind: str
    file: str
    part: Part
    names: tuple[str, ...]

    @property
    def height(self) -> int:
        rows = len(self.names) if self.kind == "matrix" else len(self.part.rows)
        return EDGE + ROW * max(rows, 2)


def charts(report: Report) -> list[Chart]:
    """The charts of the leading criteria and of the scores, one for each language."""
    found: list[Chart] = []
    for kind, part in [*_win_rate_parts(report), *_level_parts(report), *_score_parts(report)]:
        involved = {str(e.get(key)) for e in part.rows for key in ("system", "opponent")}
        names = tuple(name for name in ask.systems(report) if name in involved)
        if kind == "matrix" and len(names) < 3:
            continue
        found.append(Chart(kind, "", part, names))
    return _named(found)


def _named(found: Sequence[Chart]) -> list[Chart]:
    """File names that are safe anywhere and say what is inside; a number tells equals apart."""
    taken: dict[str, int] = {}
    named = []
    for chart in found:
        language = re.sub(r"[^a-z0-9-]", "", chart.part.language.lower())
        stem = chart.kind.replace("_", "-") + (f"-{language}" if language else "")
        taken[stem] = taken.get(stem, 0) + 1
        number = f"-{taken[stem]}" if taken[stem] > 1 else ""
        named.append(Chart(chart.kind, f"{stem}{number}.svg", chart.part, chart.names))
    return named


def _win_rate_parts(report: Report) -> list[tuple[str, Part]]:
    lead = ask.leading_criteria(report)
    rows = [e for e in ask.entries(report, "win_rates") if not ask.is_group(e["opponent"])]
    rows = [e for e in rows if e.get("estimate") is not None]
    found = []
    for part in ask.parts(rows, lead):
        found.append(("matrix", part))
        found.append(("forest", Part(part.criterion, part.language, _each_pair_once(report, part.rows))))
    return found


def _each_pair_once(report: Report, rows: Sequence[Entry]) -> tuple[Entry, ...]:
    """Machine over human first, in the order of the systems; then each other pair once."""
    order = {name: at for at, name in enumerate(ask.systems(report))}
    people = set(ask.humans(report))
    taken: dict[frozenset[str], Entry] = {}
    for entry in sorted(rows, key=lambda e: (order[e["system"]], order[e["opponent"]])):
        pair = frozenset((entry["system"], entry["opponent"]))
        backwards = entry["system"] in people and entry["opponent"] not in people
        if pair not in taken and not (backwards and _other_way(rows, entry)):
            taken[pair] = entry
    kept = taken.values()
    return tuple(sorted(kept, key=lambda e: e["opponent"] not in people))


def _other_way(rows: Sequence[Entry], entry: Entry) -> bool:
    return any(e["system"] == entry["opponent"] and e["opponent"] == entry["system"] for e in rows)


def _level_parts(report: Report) -> list[tuple[str, Part]]:
    """Parity of the leading criterion beside the ratio of means of the scores, system by system."""
    lead = [*ask.leading_criteria(report), ask.SCORE]
    rows = [
        e
        for e in ask.entries(report, "human_level")
        if e["criterion"] in lead
        and e.get("definition") in LEVEL_DEFINITIONS
        and e.get("estimate") is not None
    ]
    # A score given in a pair leans on its neighbour: where scripts were also read alone, those stand.
    alone = any(e.get("context") == "single" for e in rows)
    rows = [e for e in rows if not (alone and e.get("context") == "pair")]
    order = {name: at for at, name in enumerate(ask.systems(report))}
    found = []
    for language in ask.languages(rows):
        mine = sorted(
            ask.of(rows, language=language),
            key=lambda e: (order[e["system"]], lead.index(e["criterion"]), e["definition"]),
        )
        found.append(("human_level", Part("", language, tuple(mine))))
    return found


def _score_parts(report: Report) -> list[tuple[str, Part]]:
    rows = [e for e in ask.entries(report, "mean_scores") if e.get("estimate") is not None]
    order = {name: at for at, name in enumerate(ask.systems(report))}
    return [
        (
            "mean_scores",
            Part(
                part.criterion,
                part.language,
                tuple(sorted(part.rows, key=lambda e: (order[e["system"]], str(e.get("context"))))),
            ),
        )
        for part in ask.parts(rows)
    ]


def show_of(kind: str) -> Callable[[float], str]:
    """How the numbers of a kind of chart are written."""
    if kind in ("forest", "matrix"):
        return numbers.percent
    digits = 1 if kind == "human_level" else 2
    return lambda number: numbers.fixed(number, digits)


_ALT = {
    "forest": "alt_forest",
    "matrix": "alt_matrix",
    "human_level": "alt_human",
    "mean_scores": "alt_scores",
}
_CAPTION = {
    "forest": "fig_forest",
    "matrix": "fig_matrix",
    "human_level": "fig_human",
    "mean_scores": "fig_scores",
}


def alt_text(ctx: Context, chart: Chart) -> str:
    """The chart in words: every number that it shows."""
    words, show = ctx.words, show_of(chart.kind)
    share = chart.kind != "mean_scores"

    def number(entry: Entry) -> str:
        estimate = words("pct", value=show(entry["estimate"])) if share else show(entry["estimate"])
        if chart.kind != "matrix" and ask.has_interval(entry):
            low, high = show(entry["low"]), show(entry["high"])
            return words("alt_range", estimate=estimate, low=low, high=high)
        return estimate

    def one(entry: Entry) -> str:
        name = ctx.system(entry["system"])
        if chart.kind in ("forest", "matrix"):
            return words("alt_pair", a=name, b=ctx.system(entry["opponent"]), value=number(entry))
        of = entry.get("definition") or entry.get("context")
        kind = words.known(str(of), words.known(f"context_{of}", "")) if of else ""
        return words("alt_one", a=words("list_sep").join(filter(None, (name, kind))), value=number(entry))

    said = words("clause_sep").join(one(entry) for entry in chart.part.rows)
    return f"{words(_ALT[chart.kind])} {said}"


_LEGEND = {
    "human_level": ("definition", {"parity": "fig_human_parity", "ratio_of_means": "fig_human_ratio"}),
    "mean_scores": ("context", {"pair": "fig_scores_pair", "single": "fig_scores_single"}),
}


def _legend(ctx: Context, chart: Chart) -> str:
    """What the fills of a chart mean, of those that it has."""
    if chart.kind not in _LEGEND:
        return ""
    key, keys = _LEGEND[chart.kind]
    there = {entry.get(key) for entry in chart.part.rows}
    return "".join(ctx.words(word) for value, word in keys.items() if value in there)


def figures(ctx: Context) -> dict[str, list[Figure]]:
    """The figures of a report by kind, with captions and text alternatives."""
    found: dict[str, list[Figure]] = {}
    for chart in charts(ctx.report):
        level = numbers.level(ask.level_of(chart.part.rows))
        key = _CAPTION[chart.kind]
        caption = ctx.words(key, level=level) + _legend(ctx, chart)
        where = suffix(ctx, [{key: e.get(key) for key in ("criterion", "language")} for e in chart.part.rows])
        where = where.removeprefix(ctx.words("dash"))
        caption = f"{where}{ctx.words('sep')}{caption}" if where else caption
        figure = Figure(chart.file, alt_text(ctx, chart), caption, WIDTH, chart.height, chart.part.key)
        found.setdefault(chart.kind, []).append(figure)
    return found
