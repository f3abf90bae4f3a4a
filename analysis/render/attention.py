"""Attention, rater by rater, and the negative controls: for researchers, in the appendix."""

from collections.abc import Sequence

from analysis.render import entries as ask
from analysis.render import numbers, quality
from analysis.render.document import Block, Cell, Column, Section
from analysis.render.entries import Entry
from analysis.render.fields import Context, Field, Shape, always, named, number, system_column, table, text
from analysis.render.names import clean
from analysis.render.sections import cut, one, section


def attention(ctx: Context) -> list[Section]:
    """Those with signs first."""
    rows = ask.entries(ctx.report, "attention")
    if not rows:
        return []
    words = ctx.words
    ordered = sorted(rows, key=lambda entry: -(entry.get("estimate") or 0))
    fields = [
        Field(Column(words("rater"), numeric=False), text(lambda code: clean(str(code)), "rater")),
        Field(Column(words("signs"), numeric=False), lambda entry: _signs(ctx, entry)),
        number(words("fast_share"), "fast_share", numbers.percent, "%"),
        number(words("unread_share"), "unread_share", numbers.percent, "%"),
        number(words("left"), "left_share", numbers.percent, "%"),
        number(words("longest_run"), "longest_run", numbers.count),
        number(words("checks_wrong"), "checks_wrong", numbers.percent, "%"),
        number(words("checks_n"), "checks", _some),
        number(words("repeats_alike"), "repeats_alike", numbers.percent, "%"),
        number(words("answers_along"), "answers_along", numbers.percent, "%"),
        number(words("with_others"), "with_others", numbers.percent, "%"),
        number(words("random_odds"), "random_odds", _odds),
    ]
    mine = [{**entry, "raters": None, "items": None} for entry in ordered]
    shape = Shape(always(one), "", "n_judgments")
    shown = table(
        ctx, "attention", words("cap_attention"), mine, fields, shape=shape, notes=_notes(ctx, rows)
    )
    return section(ctx, "attention", "attention", [cut(ctx, shown)], rows)


def _signs(ctx: Context, entry: Entry) -> Cell:
    raised = [_sign(ctx, name) for name in entry.get("flags") or ()]
    return Cell(ctx.words("list_sep").join(raised) or ctx.words("signs_none"))


def _sign(ctx: Context, name: object) -> str:
    return ctx.words.known(f"sign_{name}", clean(str(name)))


def _some(value: float) -> str:
    return numbers.count(value) if value else numbers.DASH


def _odds(value: float) -> str:
    return f"> {numbers.count(1000)}" if value > 1000 else one(value) if value >= 0.1 else "< 0.1"


def _notes(ctx: Context, rows: Sequence[Entry]) -> list[str]:
    untold = dict.fromkeys(name for entry in rows for name in entry.get("untold") or ())
    notes = [ctx.words("note_attention")]
    if any(entry.get("random_odds") is not None for entry in rows):
        notes.append(ctx.words("note_random"))
    if untold:
        said = ctx.words("list_sep").join(_sign(ctx, name) for name in untold)
        notes.append(ctx.words("note_untold", signs=said))
    return notes


def controls(ctx: Context) -> list[Section]:
    rows = ask.leading(ctx.report, "controls")
    heads = [system_column(ctx), named(ctx, "measure", "measure")]
    caption, note = ctx.words("cap_controls"), ctx.words("note_controls")
    blocks: list[Block] = quality.measures(ctx, "controls", rows, caption, heads, note, n="n_judgments")
    return section(ctx, "controls", "controls", blocks, rows)
