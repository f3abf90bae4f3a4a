"""Small helpers that tables of several sections share."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from analysis.render import numbers
from analysis.render.document import Block, Figure, Heading, Plates, Section, Table
from analysis.render.entries import Entry, Part
from analysis.render.fields import Context

Figures = dict[str, list[Figure]]
Format = Callable[[float], str]
ROLES = ("primary", "secondary", "exploratory")
MOST_ROWS = 240


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
    return next((role for role in ROLES if role in roles), "")


def label_of(ctx: Context, rows: Sequence[Entry]) -> str:
    """Every role among the entries, the weightiest first."""
    roles = {str(entry.get("family") or "") for entry in rows}
    return ctx.words("list_sep").join(ctx.words(role) for role in ROLES if role in roles)


def section(
    ctx: Context, id: str, title: str, blocks: Sequence[Block], rows: Sequence[Entry], *, half: bool = False
) -> list[Section]:
    """A section, or nothing where there is nothing to show."""
    if not rows or not blocks:
        return []
    return [Section(id, ctx.words(title), blocks, label_of(ctx, rows), role_of(rows), half)]


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
