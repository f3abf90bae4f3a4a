"""Checks of the main result, second opinions, and the data behind all."""

from collections.abc import Callable, Sequence

from analysis.render import entries as ask
from analysis.render import methods, numbers
from analysis.render.document import Block, Cell, Column, Facts, Folded, Prose, Section, Table
from analysis.render.entries import Entry
from analysis.render.fields import (
    PERCENT,
    POOLED_DF,
    Context,
    Field,
    Format,
    Shape,
    adjusted_p,
    always,
    cut,
    estimate,
    has_step,
    interval,
    named,
    number,
    over,
    ratio,
    span,
    system_column,
    table,
    text,
    two,
)
from analysis.render.results import opponent_column, outcomes_column
from analysis.render.words import clean


def sections(ctx: Context) -> list[Section]:
    """The methods for a paper, the tables that were read, and the versions."""
    blocks = [*methods.folded(ctx), *inputs(ctx), *method(ctx)]
    return [Section("method", ctx.words("method"), blocks)]


def sensitivity(ctx: Context, of: str) -> list[Block]:
    """The results of win rates or scores with other row selections."""
    words = ctx.words
    rows = [e for e in ask.leading(ctx.report, "sensitivity") if e.get("of", "win_rate") == of]
    if not rows:
        return []
    label, shape = (
        ("win_rate", PERCENT) if of == "win_rate" else ("difference", Shape(always(two), n="n_scores"))
    )
    fields = [
        system_column(ctx),
        opponent_column(ctx),
        named(ctx, "rule", "rule"),
        estimate(ctx, words(label), shape),
        interval(ctx, rows, shape),
        number(words("main_estimate"), "main", shape.show(rows[0]), shape.unit),
        number(words("left_out_n"), "left_out", numbers.count),
        number(words("p_change"), "p_adjusted", numbers.p_value),
    ]
    caption, notes = words("cap_sensitivity"), [words("note_sensitivity")]
    if any(entry.get("left_out") == 0 and entry.get("estimate") is not None for entry in rows):
        notes.append(words("note_no_change"))
    return [table(ctx, "sensitivity", caption, rows, fields, shape=shape, heads=3, notes=notes)]


def components(ctx: Context) -> list[Block]:
    """How much raters, scenes and series differ about each primary contrast."""
    words, rows = ctx.words, ask.leading(ctx.report, "components")
    if not rows:
        return []
    ratios = ("design_effect", "series_test")

    def show(entry: Entry) -> Format:
        share = entry.get("of") == "win_rate" and entry.get("measure") not in ratios
        return (lambda value: words("points", value=numbers.percent(value))) if share else two

    shape = Shape(show, "", "n_rows")
    fields = [
        system_column(ctx),
        opponent_column(ctx),
        named(ctx, "measure", "measure", "component_"),
        estimate(ctx, words("value"), shape),
        interval(ctx, rows, shape),
        *adjusted_p(ctx, rows),
    ]
    caption, notes = words("cap_components"), [words("note_components")]
    return [table(ctx, "components", caption, rows, fields, shape=shape, heads=3, notes=notes)]


def breakdown(ctx: Context) -> list[Block]:
    """Win rates within each series and each scene."""
    rows = ask.entries(ctx.report, "breakdown")
    parts = [(by, [e for e in rows if e.get("by") == by]) for by in ("series", "item")]
    return [_breakdown(ctx, by, mine) for by, mine in parts if mine]


def _breakdown(ctx: Context, by: str, rows: Sequence[Entry]) -> Table:
    words = ctx.words
    label = words("item") if by == "item" else words("one_series")
    fields = [
        Field(Column(label, numeric=False), lambda entry: Cell(ctx.part_of(entry))),
        system_column(ctx),
        opponent_column(ctx),
        estimate(ctx, words("win_rate"), PERCENT),
        interval(ctx, rows, PERCENT),
        outcomes_column(ctx),
    ]
    if any(entry.get("of") for entry in rows):
        show = text(lambda name: ctx.series(name) or numbers.DASH, "of")
        fields.insert(3, Field(Column(words("one_series"), numeric=False), show))
    notes = [words(f"note_{by}")]
    shown = table(ctx, f"breakdown-{by}", words(f"cap_breakdown_{by}"), rows, fields, heads=3, notes=notes)
    return cut(ctx, shown)


def reading_time(ctx: Context) -> list[Block]:
    words = ctx.words
    rows = ask.entries(ctx.report, "reading_time")
    if not rows:
        return []

    def show(entry: Entry) -> Format:
        if entry.get("measure") == "share_read":
            return lambda value: words("pct", value=numbers.percent(value))
        return lambda value: numbers.fixed(value, 0)

    shape = Shape(show, "", "n_readings")
    fields = [
        system_column(ctx),
        named(ctx, "measure", "measure", "reading_"),
        estimate(ctx, words("value"), shape),
        interval(ctx, rows, shape),
    ]
    return [table(ctx, "reading-time", words("cap_reading"), rows, fields, shape=shape, heads=2)]


SECOND: tuple[tuple[str, str, Format, str], ...] = (
    ("win_rates", "win_rates", numbers.percent, "%"),
    ("human_level", "human_level", ratio(1), "%"),
    ("mean_scores", "mean_scores", two, ""),
    ("abilities", "abilities", two, ""),
)


def bootstrap(ctx: Context, *names: str) -> list[Block]:
    """The pigeonhole bootstrap beside the main interval, for these lists."""
    blocks: list[Block] = []
    for name, title, show, unit in SECOND:
        if name not in names:
            continue
        rows = [e for e in ask.leading(ctx.report, name) if e.get("bootstrap_low") is not None]
        if name == "win_rates":
            rows = ask.each_pair_once(ctx.report, [e for e in rows if not ask.is_group(e["opponent"])])
        if rows:
            blocks.append(_second(ctx, name, title, show, unit, rows))
    return blocks


def _second(ctx: Context, name: str, title: str, show: Format, unit: str, rows: Sequence[Entry]) -> Table:
    words, shape = ctx.words, Shape(lambda entry: show, unit, "n_rows")
    heads = [system_column(ctx)]
    if name == "win_rates":
        heads.append(opponent_column(ctx))
    if name == "human_level":
        heads.append(named(ctx, "definition", "definition"))
        if any(entry.get("baseline") for entry in rows):
            heads.append(Field(Column(words("baseline"), numeric=False), baseline(ctx)))
    level = numbers.level(ask.level_of(rows))
    fields = [
        *heads,
        estimate(ctx, words("estimate"), shape),
        interval(ctx, rows, shape),
        span(ctx, words("interval_boot", level=level), "bootstrap_low", "bootstrap_high", show, unit),
    ]
    clusters = words(f"clusters_{ask.item_cluster(ctx.report)}")
    replicates = words.counted("replicates", ctx.plan.get("replicates") or 0)
    notes = [words("note_boot", replicates=replicates, clusters=clusters)]
    notes += over(ctx, rows) if name == "human_level" else []
    caption = words("cap_boot", what=words(title))
    id = f"bootstrap-{name.replace('_', '-')}"
    return table(ctx, id, caption, rows, fields, shape=shape, heads=len(heads), notes=notes)


def baseline(ctx: Context) -> Callable[[Entry], Cell]:
    return text(lambda name: ctx.system(name) if name else numbers.DASH, "baseline")


def inputs(ctx: Context) -> list[Block]:
    """The files that were read, and every row that was left out by its reason."""
    words = ctx.words
    sources = ask.entries(ctx.report, "inputs")
    columns = [
        Column(words("file"), numeric=False),
        Column(words("rows")),
        Column(words("used")),
        Column(words("sha256"), numeric=False),
    ]
    rows = [
        [
            Cell(clean(str(s.get("name")))),
            _count(s.get("rows")),
            _count(s.get("used")),
            Cell(str(s.get("sha256") or numbers.DASH), "code"),
        ]
        for s in sources
    ]
    blocks: list[Block] = [Table("files", words("cap_files"), columns, rows)] if rows else []
    left = [(s, why, n) for s in sources for why, n in ask.counts(s.get("left_out_codes"))]
    if left:
        heads = [Column(words("file"), numeric=False), Column(words("reason"), numeric=False)]
        body = [[Cell(clean(str(s.get("name")))), Cell(ctx.why(why)), _count(n)] for s, why, n in left]
        blocks.append(Table("left-out", words("cap_left_out"), [*heads, Column(words("rows"))], body, 2))
    else:
        blocks.append(Prose(words("nothing_left_out")))
    return [Folded(words("inputs"), blocks)]


def _count(value: int | None) -> Cell:
    return Cell(numbers.count(value or 0), "number", raw=value or 0)


def study_digests(ctx: Context) -> list[tuple[str, Cell]]:
    """What the report is bound to: the frozen study, and the audit trail at the time of the report."""
    pairs = []
    if ctx.study.get("digest"):
        pairs.append((ctx.words("digest"), Cell(clean(str(ctx.study["digest"])), "code")))
    if head := ctx.study.get("audit_head"):
        told = clean(f"{head['sequence']}:{head['digest']}")
        pairs.append((ctx.words("audit_head"), Cell(told, "code")))
    return pairs


def method(ctx: Context) -> list[Block]:
    words, report = ctx.words, ctx.report
    pairs = [(words("seed"), Cell(str(report.get("seed", numbers.DASH))))]
    if ctx.plan.get("replicates"):
        pairs.append((words("replicates"), Cell(numbers.count(ctx.plan["replicates"]))))
    pairs += study_digests(ctx)
    said = [words("note_cluster", cluster=ctx.cluster(ask.item_cluster(ctx.report)))]
    if any(map(ask.is_pooled, ctx.views)):
        df = any(has_step(e, POOLED_DF) for name in ask.LISTS for e in ask.entries(report, name))
        said.append(words("note_pooled_df" if df else "note_pooled"))
    blocks: list[Block] = [*map(Prose, said), Facts(pairs)]
    versions = sorted((report.get("versions") or {}).items())
    if versions:
        columns = [Column(words("part"), numeric=False), Column(words("version"), numeric=False)]
        rows = [[Cell(str(part)), Cell(str(number))] for part, number in versions]
        blocks.append(Table("versions", words("cap_versions"), columns, rows))
    return [Folded(words("cap_versions"), blocks)]
