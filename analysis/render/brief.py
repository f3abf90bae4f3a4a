"""The short table of each section: the numbers that its sentence and its chart are about, and no more.

A full table further down repeats every row with all its columns.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from math import inf
from typing import Any

from analysis.messages import Message
from analysis.render import entries as ask
from analysis.render import numbers, quality
from analysis.render.document import Block, Cell, Column, Table
from analysis.render.entries import Entry
from analysis.render.fields import (
    EVEN,
    Context,
    Field,
    Format,
    adjusted_p,
    disagreements,
    drawn,
    language_column,
    limited,
    named,
    number,
    ratio,
    role,
    suffix,
    system_column,
    text,
    two,
    with_interval,
)
from analysis.render.rater_groups import first_grouping, group_columns
from analysis.render.results import outcomes_column
from analysis.render.words import clean

MOST_BRIEF = 8  # rows of one language; the full table has all of them
MOST_CONTRASTS = 4
MOST_SIDE_BY_SIDE = 2


def brief(
    ctx: Context,
    id: str,
    caption: str,
    rows: Sequence[Entry],
    fields: Sequence[Field],
    heads: int = 1,
    *,
    roles: bool = False,
    behind: Sequence[Entry] = (),
) -> list[Block]:
    """The table, of each language its first rows; nothing without rows. `behind` are the entries of its
    numbers, where its rows are none."""
    order = ask.languages(ask.pooled_first(rows))
    shown = [entry for code in order for entry in ask.filter_entries(rows, language=code)[:MOST_BRIEF]]
    if not shown:
        return []
    known = [
        *fields[:heads],
        *(role(ctx, shown) if roles else []),
        *language_column(ctx, shown),
        *fields[heads:],
    ]
    every = [f for f in known if any(f.show(entry).text != numbers.DASH for entry in shown)]
    left = len(rows) - len(shown)
    return [
        Table(
            id=f"brief-{id}",
            caption=ctx.words(caption) + suffix(ctx, shown),
            columns=[field.column for field in every],
            rows=[[field.show(entry) for field in every] for entry in shown],
            heads=heads,
            notes=[*([ctx.words("brief_left", n=left)] if left else []), *_notes(ctx, behind or shown)],
            views=ctx.seen_by([str(entry.get("language") or "") for entry in shown]),
            compact=True,
            brief=True,
        )
    ]


def _notes(ctx: Context, rows: Sequence[Entry]) -> list[str]:
    """Why an adjusted p and the interval beside it may disagree, and why a value has no interval."""
    bare = (e for e in rows if e.get("estimate") is not None and not ask.has_interval(e) and ask.reason(e))
    reasons = dict.fromkeys(ctx.why(_cause(ask.reason(entry))) for entry in bare)
    said = [ctx.words("brief_no_interval", reasons=ctx.words("clause_sep").join(reasons))] if reasons else []
    return [*disagreements(ctx, rows), *said]


def _cause(reason: Message | None) -> Message | None:
    """A pooled value has the reason of its languages."""
    inner = dict(reason.params).get("reason") if reason else None
    return inner if isinstance(inner, Message) else reason


def value(ctx: Context, rows: Sequence[Entry], label: str, show: Format, unit: str = "") -> Field:
    """The estimate with its limits in brackets; where it is null, why."""

    def cell(entry: Entry) -> Cell:
        found = limited(ctx, entry, "estimate", show)
        return ctx.absent(ask.reason(entry)) if entry.get("estimate") is None else found

    return Field(Column(with_interval(ctx, label, rows), unit), cell)


def contrast_column(ctx: Context, other: str = "opponent") -> Field:
    def show(entry: Entry) -> Cell:
        return Cell(ctx.words("contrast", a=ctx.quoted(entry["system"]), b=ctx.quoted(entry[other])))

    return Field(Column(ctx.words("comparison"), numeric=False), show)


def win_rates(ctx: Context, rows: Sequence[Entry]) -> list[Block]:
    """Each pair of systems once, what the plan asked first."""
    pairs = ask.each_pair_once(ctx.report, [e for e in rows if not ask.is_group(e["opponent"])])
    rate = value(ctx, pairs, "win_rate", numbers.percent, "%")
    # During planned looks a p has no meaning.
    tested = [] if ask.entries(ctx.report, "looks") else adjusted_p(ctx, pairs)
    fields = [contrast_column(ctx), rate, *tested]
    return brief(ctx, "win-rates", "cap_brief_pairs", pairs, fields, roles=True)


def human_level(ctx: Context, rows: Sequence[Entry]) -> list[Block]:
    """A row for each system, the best first; a column for each definition."""

    def by_value(row: Entry) -> float:
        found = (row.get("parity") or row.get("ratio_of_means") or {}).get("estimate")
        return inf if found is None else -found

    shown = sorted(_pivot(rows, "definition"), key=by_value)
    names = dict.fromkeys(str(e["definition"]) for e in rows)
    fields = [_pivoted(ctx, name, ctx.words(f"by_{name}"), "estimate", ratio(1), "%") for name in names]
    several = len({e["human"] for e in rows}) > 1
    what = contrast_column(ctx, "human") if several else system_column(ctx)
    return brief(ctx, "human-level", "cap_brief_human", shown, [what, *fields], behind=rows)


def _pivot(rows: Sequence[Entry], key: str) -> list[Entry]:
    """One row for each system (against each human one) and language; under each value of `key` its entry."""
    merged: dict[tuple[object, ...], dict[str, Any]] = {}
    for entry in rows:
        place = {name: entry.get(name) for name in ("language", "system", "human")}
        merged.setdefault(tuple(place.values()), place)[str(entry[key])] = entry
    return list(merged.values())


def _pivoted(ctx: Context, name: str, label: str, key: str, show: Format, unit: str = "") -> Field:
    return Field(Column(label, unit), lambda row: limited(ctx, row.get(name) or {}, key, show))


def mean_scores(ctx: Context, rows: Sequence[Entry]) -> list[Block]:
    shown = ask.best_first(rows)
    fields = [
        system_column(ctx),
        value(ctx, shown, "mean", two),
        number(ctx.words("n_scores"), "n", numbers.count),
    ]
    return brief(ctx, "mean-scores", "cap_brief_scores", shown, fields)


def by_criterion(ctx: Context, rows: Sequence[Entry]) -> list[Block]:
    """A row for each criterion; a column, with its intervals drawn, for each of the first contrasts."""
    merged: dict[tuple[object, object], dict[str, Any]] = {}
    contrasts = list(dict.fromkeys((e["system"], e["opponent"]) for e in rows))[:MOST_SIDE_BY_SIDE]
    for entry in rows:
        place = entry.get("language"), entry["criterion"]
        row = merged.setdefault(place, {"language": entry.get("language"), "criterion": entry["criterion"]})
        row[f"{entry['system']}|{entry['opponent']}"] = entry
    criterion = Field(
        Column(ctx.words("criterion"), numeric=False),
        text(lambda name: ctx.criterion(str(name or "")), "criterion"),
    )
    fields = [criterion, *(_of_contrast(ctx, system, opponent) for system, opponent in contrasts)]
    return brief(ctx, "by-criterion", "cap_brief_criteria", list(merged.values()), fields, behind=rows)


def _of_contrast(ctx: Context, system: str, opponent: str) -> Field:
    heading = ctx.words("contrast", a=ctx.quoted(system), b=ctx.quoted(opponent))

    def show(row: Entry) -> Cell:
        entry = row.get(f"{system}|{opponent}") or {}
        plain = Field(Column(heading, "%"), lambda found: limited(ctx, found, "estimate", numbers.percent))
        return drawn(plain, [entry], "estimate", EVEN).show(entry)

    return Field(Column(heading, "%"), show)


def by_part(ctx: Context, rows: Sequence[Entry]) -> list[Block]:
    """One contrast in each language and each series, with its intervals drawn."""
    if len(rows) < 2:
        return []

    named_series = [entry["name"] for entry in rows if entry.get("by") == "series"]
    twice = len(set(named_series)) < len(named_series)

    def name(entry: Entry) -> Cell:
        spoken = ctx.language(str(entry["spoken"]))
        if entry.get("by") != "series":
            return Cell(spoken)
        series = ctx.series(entry["name"])
        return Cell(ctx.words("list_sep").join((series, spoken)) if twice else series)

    # All languages stand together: the first column names them.
    shown = [{**entry, "language": None, "spoken": entry.get("language"), "family": None} for entry in rows]
    part = Field(Column(ctx.words("part_of_study"), numeric=False), name)
    rate = drawn(value(ctx, shown, "win_rate", numbers.percent, "%"), shown, "estimate", EVEN)
    return brief(ctx, "by-part", "cap_brief_parts", shown, [part, rate, outcomes_column(ctx)])


def rater_groups(ctx: Context, rows: Sequence[Entry]) -> list[Block]:
    """The first contrast, or the first system's mean score, in each group of raters, with intervals drawn."""
    first = rows[0]
    keys = ("criterion", "measure", "system", "opponent", "context")
    same = {key: first.get(key) for key in keys}
    shown = ask.filter_entries(rows, by=first_grouping(rows), **same)
    if first["measure"] == "win_rate":
        rate = drawn(value(ctx, shown, "win_rate", numbers.percent, "%"), shown, "estimate", EVEN)
    else:
        rate = drawn(value(ctx, shown, "mean", two), shown, "estimate")
    fields = [*group_columns(ctx), rate, number(ctx.words("raters_n"), "raters", numbers.count)]
    what = system_column(ctx) if first["measure"] != "win_rate" else contrast_column(ctx)
    return brief(ctx, "rater-groups", "cap_brief_groups", shown, [*fields[:2], what, *fields[2:]], 2)


def errors(ctx: Context, rows: Sequence[Entry]) -> list[Block]:
    """How many errors of each kind were marked, the most frequent kind first: in all, and by system."""
    found: Counter[tuple[str, str]] = Counter()
    for entry in rows:
        if not ask.is_pooled(str(entry.get("language"))):  # the languages have its marks
            for kind in ("", str(entry["class"])):
                found[kind, ""] += entry["count"]
                found[kind, str(entry["system"])] += entry["count"]
    ranked = sorted(dict.fromkeys(kind for kind, _ in found), key=lambda kind: -found[kind, ""])
    shown = [
        {"class": kind, **{name: n for (one, name), n in found.items() if one == kind}} for kind in ranked
    ]
    name = text(lambda kind: ctx.mark_kind(kind) if kind else ctx.words("all_kinds"), "class")
    fields = [Field(Column(ctx.words("class"), numeric=False), name)]
    fields.append(number(ctx.words("all_systems").capitalize(), "", numbers.count))
    fields += [number(ctx.system(name), name, numbers.count) for name in ask.systems(ctx.report)]
    # No full table has the totals.
    tables = brief(ctx, "errors", "cap_brief_errors", shown, fields)
    return [replace(table, brief=False, compact=False) for table in tables if isinstance(table, Table)]


def measures(
    ctx: Context, id: str, caption: str, rows: Sequence[Entry], shares: Collection[str], line: float = EVEN
) -> list[Block]:
    """Entries that each name their measure, and the chance level where there is one. The intervals of
    those measures that are `shares` are drawn from 0 to 1, with a line where there is no effect."""
    show = quality.by_measure(ctx)
    label = with_interval(ctx, "value", rows)

    def cell(entry: Entry) -> Cell:
        absent = entry.get("estimate") is None
        return ctx.absent(ask.reason(entry)) if absent else limited(ctx, entry, "estimate", show(entry))

    found = Field(Column(label), cell)
    spans = drawn(found, rows, "estimate", line)

    def drawn_share(entry: Entry) -> Cell:
        return (spans if entry.get("measure") in shares else found).show(entry)

    systems = [system_column(ctx)] if any(entry.get("system") for entry in rows) else []
    fields = [
        *systems,
        named(ctx, "measure", "measure"),
        Field(Column(label), drawn_share),
        number(ctx.words("chance"), "chance", numbers.percent, "%"),
        *adjusted_p(ctx, rows),
    ]
    return brief(ctx, id, caption, rows, fields, 1 + len(systems))


def attention(ctx: Context, rows: Sequence[Entry]) -> list[Block]:
    """Raters with signs of inattention, most signs first."""
    flagged = sorted((e for e in rows if e.get("flags")), key=lambda e: -(e.get("estimate") or 0))
    fields = [
        Field(Column(ctx.words("rater"), numeric=False), text(lambda code: clean(str(code)), "rater")),
        Field(Column(ctx.words("signs"), numeric=False), lambda entry: quality.signs(ctx, entry)),
        number(ctx.words("n_judgments"), "n", numbers.count),
    ]
    return brief(ctx, "attention", "cap_brief_attention", flagged, fields)


def lengths(ctx: Context, rows: Sequence[Entry]) -> list[Block]:
    fields = [
        system_column(ctx),
        number(ctx.words("n_scripts"), "scripts", numbers.count),
        value(ctx, rows, "mean_length", lambda found: numbers.fixed(found, 0)),
        named(ctx, "unit", "unit"),
    ]
    return brief(ctx, "lengths", "cap_lengths", rows, fields)


def main_contrasts(ctx: Context, rows: Sequence[Entry]) -> Iterator[Entry]:
    """The rows of the planned contrasts, else of the first machines over human, else of the first pair."""
    found = [e for e in rows if not ask.is_group(e["opponent"])]
    wanted = ask.primary_contrasts(ctx.report)
    if not wanted:
        pairs = [(e["system"], e["opponent"]) for e in ask.each_pair_once(ctx.report, found)]
        wanted = list(dict.fromkeys(pairs))[:MOST_CONTRASTS]
    for system, opponent in wanted:
        yield from ask.filter_entries(found, system=system, opponent=opponent)
