"""The share of scenes on which a system was the best of several candidates."""

from collections.abc import Sequence

from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.document import Block, Cell, Column, Prose, Section, Table
from analysis.render.entries import Entry
from analysis.render.fields import (
    Context,
    Field,
    Shape,
    always,
    estimate,
    interval,
    number,
    system_column,
    table,
    text,
)
from analysis.render.tables_of import section


def best_of_k_tables(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    """A table for each way to decide which was best."""
    ways = dict.fromkeys(str(entry.get("by")) for entry in rows)
    blocks: list[Block] = []
    for by in ways:
        mine = [e for e in rows if e.get("by") == by]
        blocks += not_computed(ctx, by, mine) or [best_of_k_table(ctx, f"{id}-{by}", mine)]
    return blocks


def not_computed(ctx: Context, by: str, rows: Sequence[Entry]) -> list[Block]:
    """One sentence where nothing could be computed, for one reason."""
    reasons = {entry.get("reason") for entry in rows}
    if len(reasons) > 1 or any(entry.get("estimate") is not None for entry in rows):
        return []
    what = ctx.words("cap_best", by=ctx.words.known(f"by_{by}", by))
    said = ctx.words("not_computed", reason=ctx.why(reasons.pop()))
    return [Prose(ctx.words("alt_one", a=what, value=said) + ctx.words("full_stop"))]


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
