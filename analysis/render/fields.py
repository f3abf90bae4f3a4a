"""Columns of a table of entries: what each shows, and the tail that every estimate carries."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analysis.messages import Message, steps
from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.document import Block, Cell, Column, Figure, Heading, Plates, Section, Span, Table
from analysis.render.entries import Entry, Part, Report
from analysis.render.words import Words, clean

Format = Callable[[float], str]
SEPARATORS = re.compile(
    r"[\s,;:\N{FULLWIDTH COMMA}\N{IDEOGRAPHIC COMMA}\N{FULLWIDTH COLON}\N{FULLWIDTH SEMICOLON}]"
)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
Figures = dict[str, list[Figure]]
ROLES = ("primary", "secondary", "exploratory")
MOST_ROWS = 240
EVEN = 0.5  # of a win rate: neither side is preferred


@dataclass(frozen=True, slots=True)
class Field:
    column: Column
    show: Callable[[Entry], Cell]


class Context:
    """A report being put into words."""

    def __init__(self, report: Report, words: Words) -> None:
        self.report = report
        self.words = words
        self.plan = ask.plan(report)
        self.study = self.plan.get("study") or {}
        # The languages that a reader may look at one by one: those of the rows of a table that has them all.
        self.views = ask.view_codes(report)

    def text_of(self, value: Any) -> str:
        """A text that may come in several languages, `{"en": ..., "zh": ...}`."""
        if isinstance(value, dict):
            value = (
                value.get(self.words.lang[:2]) or value.get("en") or next(iter(sorted(value.values())), "")
            )
        return "" if value is None else clean(str(value))

    def label(self, kind: str, name: str) -> str:
        return self.text_of((self.plan.get(kind) or {}).get(name)) or clean(name)

    def system(self, name: object) -> str:
        if name == ask.STAR_ALL:
            return self.words("opp_all")
        if name == ask.STAR_MACHINES:
            return self.words("opp_machines")
        return self.label("labels", str(name))

    def quoted(self, name: object) -> str:
        """Return a system's name for a sentence: in quotes if it has several words, in Chinese always."""
        label = self.system(name)
        several = self.words.lang == "zh-hans" or SEPARATORS.search(label)
        return self.words("quoted", name=label) if several else label

    def criterion(self, name: str) -> str:
        label = self.label("criterion_labels", name)
        return self.words.known(f"criterion_{name}", label) if label == clean(name) else label

    def series(self, name: object) -> str:
        return self.label("series_labels", str(name or ""))

    def part_of(self, entry: Entry) -> str:
        """Return the title of the series or the scene that an entry is about."""
        name = entry.get("name")
        return self.label("item_labels", str(name)) if entry.get("by") == "item" else self.series(name)

    def mark_kind(self, name: object) -> str:
        label = self.label("mark_labels", str(name))
        return self.words.known(f"class_{name}", label) if label == clean(str(name)) else label

    def language(self, code: str) -> str:
        if ask.is_pooled(code):
            return self.words("pooled")
        return self.words.known(f"lang_{code[:2]}", clean(code))

    def cluster(self, name: str) -> str:
        return self.words.known(f"cluster_{name}", clean(name))

    def absent(self, reason: Message | None) -> Cell:
        return Cell(self.words("not_computed", reason=self.why(reason)), "absent")

    def why(self, reason: Message | None) -> str:
        return self.words.sentence(reason) if reason else self.words("no_reason")

    def method(self, method: Message | None) -> str:
        return self.words.sentence(method) if method else ""

    def seen_by(self, languages: Sequence[str]) -> list[str]:
        """The languages of rows or charts, where they are all that can be looked at one by one; else none."""
        return list(languages) if self.views and set(languages) == set(self.views) else []


@dataclass(frozen=True, slots=True)
class Shape:
    """How the numbers of a table are set (entry by entry, for units differ), and what its rows are."""

    show: Callable[[Entry], Format]
    unit: str = ""
    n: str = "n_judgments"


def always(show: Format) -> Callable[[Entry], Format]:
    return lambda entry: show


PERCENT = Shape(always(numbers.percent), "%")


def optional(key: str, show: Format) -> Callable[[Entry], Cell]:
    """A number that may not apply: a dash where it does not."""

    def cell(entry: Entry) -> Cell:
        number = entry.get(key)
        return Cell(show(number) if number is not None else numbers.DASH, "number", raw=number)

    return cell


def text(show: Callable[[Any], str], key: str) -> Callable[[Entry], Cell]:
    return lambda entry: Cell(show(entry.get(key)))


def number(label: str, key: str, show: Format, unit: str = "") -> Field:
    return Field(Column(label, unit), optional(key, show))


def named(ctx: Context, label: str, key: str, prefix: str = "") -> Field:
    """A column of words that the catalogue has under `prefix` and the value."""

    def show(name: Any) -> str:
        if name in (None, ""):
            return numbers.DASH
        return ctx.words.known(f"{prefix}{name}", clean(str(name)))

    return Field(Column(ctx.words(label), numeric=False), text(show, key))


def system_column(ctx: Context) -> Field:
    def show(name: Any) -> str:
        return ctx.words("all_systems") if name == ask.STAR_ALL else ctx.system(name)

    return Field(Column(ctx.words("system"), numeric=False), text(show, "system"))


def scope_column(ctx: Context) -> Field:
    """`all`, a rater, or `A|B`."""

    def show(where: Any) -> str:
        if where in (None, "", "all"):
            return ctx.words("scope_all")
        return ctx.words("dash").join(ctx.system(part) for part in str(where).split("|"))

    return Field(Column(ctx.words("scope"), numeric=False), text(show, "scope"))


def estimate(ctx: Context, label: str, shape: Shape) -> Field:
    """The estimate; where it is null, why."""

    def cell(entry: Entry) -> Cell:
        number = entry.get("estimate")
        return (
            Cell(shape.show(entry)(number), "number") if number is not None else ctx.absent(ask.reason(entry))
        )

    return Field(Column(label, shape.unit), cell)


def _span(ctx: Context, entry: Entry, shape: Shape, low: str, high: str) -> Cell | None:
    said = limits_text(ctx.words, entry.get(low), entry.get(high), shape.show(entry))
    return Cell(said, "number") if said else None


def limits_text(words: Words, low: float | None, high: float | None, show: Format) -> str:
    """The limits of a number, of which one may be missing; empty without any."""
    if low is not None and high is not None:
        return words("to", low=show(low), high=show(high))
    if low is not None:
        return words("or_more", value=show(low))
    return words("or_less", value=show(high)) if high is not None else ""


def open_end_note(ctx: Context, rows: Sequence[Entry]) -> list[str]:
    """Why a value has no limit on one side, where there is one."""
    return [ctx.words("note_open_end")] if any(ask.is_open(entry) for entry in rows) else []


def limited(ctx: Context, row: Entry, name: str, show: Format) -> Cell:
    """A number with its limits in brackets; `name` is the key of the number."""
    value, low, high = (row.get(key) for key in _keys(name))
    if value is None:
        return Cell(numbers.DASH, "number")
    text = show(value)
    if limits := limits_text(ctx.words, low, high, show):
        text = ctx.words("value_limits", value=text, limits=limits)
    return Cell(text, "number", raw=value)


def drawn(field: Field, rows: Sequence[Entry], name: str, line: float | None = None) -> Field:
    """The field with its interval drawn, or its value alone: shares, which have a `line` where there is no
    effect, from 0 to 1, all else as far as the intervals reach."""
    found = [row[key] for row in rows for key in _keys(name) if row.get(key) is not None]
    start, end = (0.0, 1.0) if line is not None else (min(found, default=0), max(found, default=0))

    def show(row: Entry) -> Cell:
        cell = field.show(row)
        value, low, high = (row.get(key) for key in _keys(name))
        if value is None or end <= start:
            return cell
        if low is None or high is None:
            low = high = value
        first, middle, last = ((number - start) / (end - start) for number in (low, value, high))
        return replace(cell, span=Span(first, middle, last, line, bool(row.get("is_human"))))

    return Field(field.column, show)


def _keys(name: str) -> tuple[str, str, str]:
    """The keys of a number and of its limits."""
    return ("estimate", "low", "high") if name == "estimate" else (name, f"{name}_low", f"{name}_high")


def limits_label(ctx: Context, rows: Sequence[Entry]) -> str:
    return ctx.words("interval", level=numbers.level(ask.level_of(rows)))


def with_interval(ctx: Context, label: str, rows: Sequence[Entry]) -> str:
    """The heading of a column with limits in brackets, where any row has limits."""
    if all(row.get("low") is None and row.get("high") is None for row in rows):
        return ctx.words(label)
    return ctx.words("with_interval", label=ctx.words(label), interval=limits_label(ctx, rows))


def interval(ctx: Context, rows: Sequence[Entry], shape: Shape) -> Field:
    """The limits of an entry; the reason where they are null; a dash where the estimate itself is."""

    def cell(entry: Entry) -> Cell:
        limits = _span(ctx, entry, shape, "low", "high")
        if limits is not None or entry.get("estimate") is not None:
            return limits or ctx.absent(ask.reason(entry))
        return Cell(numbers.DASH, "number")

    return Field(Column(limits_label(ctx, rows), shape.unit), cell)


def span(ctx: Context, label: str, low: str, high: str, show: Format, unit: str = "") -> Field:
    """Limits under keys of their own, such as those of a second opinion; a dash where there are none."""
    shape = Shape(always(show))
    return Field(
        Column(label, unit), lambda e: _span(ctx, e, shape, low, high) or Cell(numbers.DASH, "number")
    )


def _other_interval(ctx: Context, rows: Sequence[Entry], shape: Shape) -> list[Field]:
    """The limits by the other item cluster, where any entry has them."""
    clusters = sorted({str(e["other_cluster"]) for e in rows if ask.other_limits(e)})
    if not clusters:
        return []
    by = ctx.words("interval_by", cluster=ctx.words("list_sep").join(map(ctx.cluster, clusters)))
    label = ctx.words("list_sep").join([limits_label(ctx, rows), by])
    none = Cell(numbers.DASH, "number")
    return [
        Field(
            Column(label, shape.unit),
            lambda e: (not ask.few_others(e) and _span(ctx, e, shape, "other_low", "other_high")) or none,
        )
    ]


def _limits_said(ctx: Context, rows: Sequence[Entry]) -> list[str]:
    """What was done to limits: cut at what is possible, or left out for two clusters."""
    said = [ctx.words("note_range")] if any(has_step(e, CUT) for e in rows) else []
    said += open_end_note(ctx, rows)
    drawn = any(has_step(e, *BOOTSTRAPS) and ask.has_interval(e) for e in rows)
    if drawn and ask.item_cluster(ctx.report) == "series":
        said.append(ctx.words("note_over_scenes"))
    few = sorted({str(e["other_cluster"]) for e in rows if ask.few_others(e)})
    return said + [ctx.words(f"note_few_{cluster}") for cluster in few]


def _sizes(ctx: Context, n: str) -> list[Field]:
    keys = ((n, "n"), ("raters_n", "raters"), ("items_n", "items"), ("series_n", "series"))
    return [number(ctx.words(label), key, numbers.count) for label, key in keys]


def adjusted_p(ctx: Context, rows: Sequence[Entry]) -> list[Field]:
    """Both p side by side where any was adjusted: never one without the other."""
    if not _any_adjusted(rows):
        return []
    return [number(ctx.words(key), key, numbers.p_value) for key in ("p", "p_adjusted")]


def _any_adjusted(rows: Sequence[Entry]) -> bool:
    return any(
        entry.get("p_adjusted") is not None or entry.get("adjusted_note") is not None for entry in rows
    )


def adjustments(ctx: Context, rows: Sequence[Entry]) -> list[str]:
    """How many tests each family of a table holds, how they were adjusted, and why an adjusted p may disagree
    with the interval beside it."""
    if not _any_adjusted(rows):
        return []
    notes = []
    for family in ROLES:
        mine = [e for e in rows if e.get("family") == family and e.get("p_adjusted") is not None]
        if sizes := {e["tests"] for e in mine if e.get("tests")}:
            least = min(e["p_adjusted"] for e in mine)
            notes.append(_family_note(ctx, family, sorted(sizes), least))
    notes += [ctx.words("note_unadjusted")] if notes else []
    return [*notes, *disagreements(ctx, rows)]


def disagreements(ctx: Context, rows: Sequence[Entry]) -> list[str]:
    """Why an adjusted p does not reject although the interval beside it excludes “no difference”."""
    return list(dict.fromkeys(_disagreement(ctx, e["adjusted_note"]) for e in rows if e.get("adjusted_note")))


def _family_note(ctx: Context, family: str, sizes: Sequence[int], least: float) -> str:
    tests = ctx.words("or").join(map(numbers.count, sizes))
    if family == "primary" and list(sizes) == [1]:
        return ctx.words("note_tests_one")
    gate = max(
        (e["p_adjusted"] for e in ask.entries(ctx.report, "answer") if e.get("p_adjusted")), default=None
    )
    if family == "secondary" and gate is not None and least >= gate:
        return ctx.words("note_tests_behind", tests=tests, primary_p=numbers.p_value(gate))
    return ctx.words(f"note_tests_{family}", tests=tests)


def _disagreement(ctx: Context, note: Mapping[str, Any]) -> str:
    if note["code"] == "primary_missing":
        return ctx.words("note_primary_missing")
    return ctx.words("note_disagree", alpha=f"{note['params']['alpha']:.3g}")


def differ(rows: Sequence[Entry], key: str) -> bool:
    return len({entry.get(key) for entry in rows}) > 1


def contexts(rows: Sequence[Entry]) -> set[str]:
    """How scored scripts were read; what is no score has none."""
    return {str(entry["context"]) for entry in rows if entry.get("context")}


def told_apart(ctx: Context, rows: Sequence[Entry]) -> list[Field]:
    """Criterion and language as columns where the rows have several of them."""
    fields = []
    if differ(rows, "criterion"):
        show = text(lambda name: ctx.criterion(str(name or "")), "criterion")
        fields.append(Field(Column(ctx.words("criterion"), numeric=False), show))
    fields += language_column(ctx, rows)
    if len(contexts(rows)) > 1:
        fields.append(named(ctx, "context", "context", "context_"))
    return fields


def language_column(ctx: Context, rows: Sequence[Entry]) -> list[Field]:
    """The language of the scripts, where the rows have several. It is hidden where a reader looks at one."""
    if not differ(rows, "language"):
        return []
    show = text(lambda code: ctx.language(str(code)) if code else numbers.DASH, "language")
    viewed = bool(ctx.seen_by([str(entry.get("language") or "") for entry in rows]))
    return [Field(Column(ctx.words("scripts"), numeric=False, of_view=viewed), show)]


def role(ctx: Context, rows: Sequence[Entry]) -> list[Field]:
    if not differ(rows, "family"):
        return []

    def cell(entry: Entry) -> Cell:
        family = str(entry.get("family") or "")
        return Cell(ctx.words.known(family, numbers.DASH), "primary" if family == "primary" else "role")

    return [Field(Column(ctx.words("role"), numeric=False), cell)]


# What a pooled value adds to the method of its languages: said once, and no method of its own.
POOLED_DF = "satterthwaite"

CUT = "cut"

BOOTSTRAPS = ("bootstrap_scenes", "bootstrap_raters_scenes")


def has_step(entry: Entry, *codes: str) -> bool:
    """Whether the method of an entry has a step with one of these codes."""
    method = ask.method(entry)
    return method is not None and any(step.code in codes for step in method.steps)


def method_of(entry: Entry) -> Message:
    """The method of an entry without what is said once for a whole table."""
    method = ask.method(entry)
    assert method is not None
    parts = list(method.steps)
    for code in (CUT, POOLED_DF):
        if len(parts) > 1 and parts[-1].code == code:
            parts.pop()
    return steps(*parts)


def methods(ctx: Context, rows: Sequence[Entry]) -> tuple[list[Field], list[str]]:
    """One method is said once under the table; several get letters."""
    names = list(dict.fromkeys(method_of(entry) for entry in rows if entry.get("method")))
    if not names:
        return [], []
    if len(names) == 1:
        return [], [ctx.words("note_method", method=ctx.method(names[0]))]
    letters = {name: LETTERS[at % 26] * (at // 26 + 1) for at, name in enumerate(names)}
    column = Field(
        Column(ctx.words("method_col"), numeric=False),
        lambda e: Cell(letters[method_of(e)] if e.get("method") else numbers.DASH),
    )
    said = [f"{letter}{ctx.words('sep')}{ctx.method(name)}" for name, letter in letters.items()]
    # A method's own parts are joined by semicolons: the letters stand out between full stops.
    return [column], [ctx.words("note_methods", methods=ctx.words("method_sep").join(said))]


def _read(ctx: Context, rows: Sequence[Entry]) -> list[str]:
    """How scripts were read, where only some rows are scores and all of these alike."""
    found = contexts(rows)
    if len(found) != 1 or not differ(rows, "context"):
        return []
    return [ctx.words("note_read", read=ctx.words.known(f"read_{found.pop()}", ""))]


def suffix(ctx: Context, rows: Sequence[Entry]) -> str:
    """What a caption adds: criterion, language and role, each where all rows share it."""
    said = []
    if rows and not differ(rows, "criterion") and rows[0].get("criterion") not in ask.OWN_CRITERIA:
        said.append(ctx.criterion(str(rows[0].get("criterion") or "")))
    if rows and not differ(rows, "language") and rows[0].get("language"):
        said.append(ctx.language(str(rows[0]["language"])))
    if rows and not differ(rows, "context") and rows[0].get("context"):
        context = str(rows[0]["context"])
        said.append(ctx.words.known(f"read_{context}", context))
    if rows and not differ(rows, "family") and rows[0].get("family"):
        said.append(ctx.words.known(str(rows[0]["family"]), "").lower())
    said = [part for part in said if part]
    return ctx.words("dash") + ctx.words("list_sep").join(said) if said else ""


def table(
    ctx: Context,
    id: str,
    caption: str,
    rows: Sequence[Entry],
    fields: Sequence[Field],
    *,
    shape: Shape = PERCENT,
    heads: int = 1,
    notes: Sequence[str] = (),
) -> Table:
    """The heads, what tells the rows apart, the fields, then sizes, the other interval, role and method.

    Rows are grouped by language; a column with nothing in it is left out.
    """
    order = ask.languages(ask.pooled_first(rows))
    rows = sorted(rows, key=lambda entry: order.index(str(entry.get("language") or "")))
    letter, said = methods(ctx, rows)
    every = [
        *fields[:heads],
        *role(ctx, rows),
        *told_apart(ctx, rows),
        *fields[heads:],
        *_sizes(ctx, shape.n),
        *_other_interval(ctx, rows, shape),
        *letter,
    ]
    every = [
        field
        for at, field in enumerate(every)
        if at < heads or any(field.show(entry).text != numbers.DASH for entry in rows)
    ]
    tested = any(field.column.label == ctx.words("p_adjusted") for field in every)
    adjusted = adjustments(ctx, rows) if tested else []
    return Table(
        id=id,
        caption=caption + suffix(ctx, rows),
        columns=[field.column for field in every],
        rows=[[field.show(entry) for field in every] for entry in rows],
        heads=heads,
        notes=[*notes, *_read(ctx, rows), *adjusted, *_limits_said(ctx, rows), *said],
        records=rows,
        views=ctx.seen_by([str(entry.get("language") or "") for entry in rows]),
    )


def one(value: float) -> str:
    return numbers.fixed(value, 1)


def two(value: float) -> str:
    return numbers.fixed(value, 2)


def three(value: float) -> str:
    return numbers.fixed(value, 3)


def ratio(digits: int) -> Format:
    """For ratios whose upper limit may be bounded in name alone."""
    return lambda value: numbers.bounded(value, digits)


def rate_ratio(value: float) -> str:
    """A ratio of two rates: small ones keep two significant digits."""
    return numbers.rate(value) if value < 1 else numbers.bounded(value, 2)


def over(ctx: Context, rows: Sequence[Entry]) -> list[str]:
    """What a limit beyond all bounds means, where there is one."""
    keys = ("high", "other_high", "bootstrap_high")
    found = any((entry.get(key) or 0) > numbers.MOST for entry in rows for key in keys)
    return [ctx.words("note_over")] if found else []


def role_of(rows: Sequence[Entry]) -> str:
    """The weightiest role among the entries."""
    roles = {str(entry.get("family") or "") for entry in rows}
    return next((name for name in ROLES if name in roles), "")


def label_of(ctx: Context, rows: Sequence[Entry]) -> str:
    """Every role among the entries, the weightiest first."""
    roles = {str(entry.get("family") or "") for entry in rows}
    return ctx.words("list_sep").join(ctx.words(name) for name in ROLES if name in roles)


def section(
    ctx: Context, id: str, title: str, blocks: Sequence[Block], rows: Sequence[Entry]
) -> list[Section]:
    """A section, or nothing where there is nothing to show."""
    if not rows or not blocks:
        return []
    return [Section(id, ctx.words(title), blocks, label_of(ctx, rows), role_of(rows))]


def part_title(ctx: Context, part: Part, parts: Sequence[Part]) -> list[Block]:
    """A heading for each criterion, where there are several."""
    if len({p.criterion for p in parts}) < 2:
        return []
    return [Heading(ctx.criterion(part.criterion))]


def plates(ctx: Context, figures: Sequence[Figure]) -> list[Block]:
    """The charts side by side, pooled first."""
    if not figures:
        return []
    order = {code: at for at, code in enumerate(ctx.views)}
    ranked = sorted(figures, key=lambda figure: order.get(figure.part[1], -1))
    return [Plates(ranked, ctx.seen_by([figure.part[1] for figure in ranked]))]


def cut(ctx: Context, table: Table) -> Table:
    """A table that is too long to read keeps its first rows and says so; its CSV keeps all."""
    if len(table.rows) <= MOST_ROWS:
        return table
    said = ctx.words("note_cut", shown=MOST_ROWS, all=numbers.count(len(table.rows)))
    return replace(
        table, rows=table.rows[:MOST_ROWS], views=table.views[:MOST_ROWS], notes=[said, *table.notes]
    )
