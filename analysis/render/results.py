"""The sections that answer what the study asked: who wins, how near to human, what scores."""

from collections.abc import Sequence

from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.document import Block, Cell, Column, Figure, Folded, Heading, Section, Table
from analysis.render.entries import Entry, Part
from analysis.render.fields import (
    PERCENT,
    Context,
    Field,
    Shape,
    adjusted_p,
    always,
    estimate,
    interval,
    named,
    number,
    suffix,
    system_column,
    table,
    text,
)

Figures = dict[str, list[Figure]]
one = lambda value: numbers.fixed(value, 1)  # noqa: E731
two = lambda value: numbers.fixed(value, 2)  # noqa: E731


def role_of(rows: Sequence[Entry]) -> str:
    """The weightiest role among the entries."""
    roles = {str(entry.get("family") or "") for entry in rows}
    return next((role for role in ("primary", "secondary", "exploratory") if role in roles), "")


def section(
    ctx: Context, id: str, title: str, blocks: Sequence[Block], rows: Sequence[Entry]
) -> list[Section]:
    """A section, or nothing where there is nothing to show."""
    if not rows or not blocks:
        return []
    role = role_of(rows)
    return [Section(id, ctx.words(title), blocks, ctx.words(role) if role else "", role)]


def part_title(ctx: Context, part: Part, parts: Sequence[Part]) -> list[Block]:
    """A heading for each criterion and language, where there are several."""
    if len(parts) < 2:
        return []
    said = [ctx.criterion(part.criterion)] if len({p.criterion for p in parts}) > 1 else []
    said += [ctx.language(part.language)] if part.language else []
    return [Heading(ctx.words("list_sep").join(said))] if said else []


def matrix(ctx: Context, id: str, part: Part) -> list[Block]:
    """Row over column as a table; only where more than one pair was judged."""
    pairs = [e for e in part.rows if not ask.is_group(e["opponent"])]
    involved = {e["system"] for e in pairs} | {e["opponent"] for e in pairs}
    names = [system for system in ask.systems(ctx.report) if system in involved]
    if len(names) < 3:
        return []
    found = ask.shares(pairs)

    def cell(row: str, column: str) -> Cell:
        share = found.get((row, column))
        return Cell(numbers.percent(share) if share is not None else numbers.DASH, "number")

    columns = [Column(ctx.words("system"), numeric=False)] + [Column(ctx.system(name)) for name in names]
    rows = [[Cell(ctx.system(row)), *(cell(row, column) for column in names)] for row in names]
    return [Table(id, ctx.words("cap_matrix") + suffix(ctx, part.rows), columns, rows)]


def win_rate_table(ctx: Context, id: str, rows: Sequence[Entry]) -> Table:
    words = ctx.words

    def outcomes(entry: Entry) -> Cell:
        counts = [numbers.count(entry.get(key) or 0) for key in ("wins", "ties", "losses")]
        return Cell(" / ".join(counts), "number")

    fields = [
        system_column(ctx),
        Field(Column(words("opponent"), numeric=False), text(ctx.system, "opponent")),
        estimate(ctx, words("win_rate"), PERCENT),
        interval(ctx, rows, PERCENT),
        *adjusted_p(ctx, rows),
        Field(Column(words("won_tied_lost")), outcomes),
        number(words("neither"), "neither", numbers.count),
        number(words("without_ties"), "without_ties", numbers.percent, "%"),
    ]
    notes = [words("note_ties")]
    if any(ask.is_group(entry["opponent"]) for entry in rows):
        notes.append(words("note_all"))
    return table(ctx, id, words("cap_win_rates"), rows, fields, heads=2, notes=notes)


def win_rates(ctx: Context, figures: Figures) -> list[Section]:
    """For each criterion that leads and each language: the matrix, the forest, the table."""
    lead = ask.leading_criteria(ctx.report)
    rows = [e for e in ask.entries(ctx.report, "win_rates") if e["criterion"] in lead]
    parts = ask.parts(rows, lead)
    blocks: list[Block] = []
    for at, part in enumerate(parts, 1):
        drawn = [f for kind in ("matrix", "forest") for f in figures.get(kind, []) if f.part == part.key]
        blocks += part_title(ctx, part, parts)
        blocks += drawn or matrix(ctx, f"matrix-{at}", part)
        blocks.append(win_rate_table(ctx, f"win-rates-{at}", part.rows))
    return section(ctx, "win-rates", "win_rates", blocks, rows)


DEFINITION_NOTES = {
    "parity": "parity_note",
    "ratio_of_means": "ratio_note",
    "above_floor": "floor_note",
    "common_baseline": "baseline_note",
}


def human_level_table(ctx: Context, id: str, rows: Sequence[Entry], caption: str) -> Table:
    words, shape = ctx.words, Shape(always(one), "%", "n_rows")
    fields = [
        system_column(ctx),
        named(ctx, "definition", "definition"),
        Field(Column(words("human"), numeric=False), text(ctx.system, "human")),
    ]
    if any(entry.get("baseline") for entry in rows):
        fields.append(Field(Column(words("baseline"), numeric=False), text(ctx.system, "baseline")))
    fields += [estimate(ctx, words("level_pct"), shape), interval(ctx, rows, shape)]
    if any(entry.get("numerator") is not None for entry in rows):
        fields += [
            number(words("system_mean"), "numerator", two),
            number(words("human_mean"), "denominator", two),
        ]
    used = dict.fromkeys(str(entry.get("definition")) for entry in rows)
    notes = [words(DEFINITION_NOTES[name]) for name in used if name in DEFINITION_NOTES]
    return table(ctx, id, words(caption), rows, fields, shape=shape, heads=2, notes=notes)


def human_level_tables(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    """Parity; what comes of the scores; and, on request, against each common baseline."""
    blocks: list[Block] = []
    groups = (("parity",), ("ratio_of_means", "above_floor"), ("common_baseline",))
    captions = ("cap_human", "cap_human_scores", "cap_human_baseline")
    for definitions, caption in zip(groups, captions, strict=True):
        mine = [e for e in rows if e.get("definition") in definitions]
        mine.sort(key=lambda e: definitions.index(e["definition"]))
        if mine:
            shown = human_level_table(ctx, f"{id}-{definitions[0].replace('_', '-')}", mine, caption)
            folded = definitions == ("common_baseline",)
            blocks.append(Folded(ctx.words(caption), [shown]) if folded else shown)
    return blocks


def human_level(ctx: Context, figures: Figures) -> list[Section]:
    rows = ask.leading(ctx.report, "human_level")
    blocks = [*figures.get("human_level", []), *human_level_tables(ctx, "human-level", rows)]
    return section(ctx, "human-level", "human_level", blocks, rows)


def mean_scores(ctx: Context, figures: Figures) -> list[Section]:
    words, shape = ctx.words, Shape(always(two), "", "n_scores")
    rows = ask.entries(ctx.report, "mean_scores")
    fields = [
        system_column(ctx),
        estimate(ctx, words("mean"), shape),
        interval(ctx, rows, shape),
        number(words("sd_raters"), "sd_between_raters", two),
        number(words("sd_items"), "sd_between_items", two),
    ]
    shown = table(ctx, "mean-scores", words("cap_scores"), rows, fields, shape=shape)
    return section(ctx, "mean-scores", "mean_scores", [*figures.get("mean_scores", []), shown], rows)


def best_of_k_tables(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    """A table for each way to decide which was best."""
    ways = dict.fromkeys(str(entry.get("by")) for entry in rows)
    return [best_of_k_table(ctx, f"{id}-{by}", [e for e in rows if e.get("by") == by]) for by in ways]


def best_of_k_table(ctx: Context, id: str, rows: Sequence[Entry]) -> Table:
    words, shape = ctx.words, Shape(always(numbers.percent), "%", "n_rows")

    def best_on(entry: Entry) -> Cell:
        won, every = entry.get("numerator"), entry.get("denominator")
        if won is None or every is None:
            return Cell(numbers.DASH, "number")
        return Cell(words("of_scenes", won=numbers.count(won), all=numbers.count(every)), "number")

    fields = [
        system_column(ctx),
        estimate(ctx, words("best_share"), shape),
        interval(ctx, rows, shape),
        Field(Column(words("best_on")), best_on),
        number(words("bias"), "bias", numbers.percent, words("unit_points")),
        number(words("k"), "k", numbers.count),
        number(words("chance"), "chance", numbers.percent, "%"),
        Field(
            Column(words("with_human"), numeric=False),
            text(lambda value: words("yes") if value else words("no"), "with_human"),
        ),
    ]
    by = str(rows[0].get("by"))
    caption = words("cap_best", by=words.known(f"by_{by}", by))
    notes = [words("note_chance"), words("note_best_human")]
    return table(ctx, id, caption, rows, fields, shape=shape, notes=notes)


def best_of_k(ctx: Context) -> list[Section]:
    rows = ask.leading(ctx.report, "best_of_k")
    return section(ctx, "best-of-k", "best_of_k", best_of_k_tables(ctx, "best-of-k", rows), rows)


def errors(ctx: Context) -> list[Section]:
    words, shape = ctx.words, Shape(always(two), "", "n_rows")
    rows = ask.entries(ctx.report, "errors")
    fields = [
        system_column(ctx),
        named(ctx, "class", "class", "class_"),
        number(words("n_marks"), "count", numbers.count),
        estimate(ctx, words("per_script"), shape),
        interval(ctx, rows, shape),
        number(words("per_1000"), "per_1000", two),
    ]
    shown = table(ctx, "errors", words("cap_errors"), rows, fields, shape=shape, heads=2)
    return section(ctx, "errors", "errors", [shown], rows)
