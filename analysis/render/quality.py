"""The sections that say how far the answer can be trusted: models, agreement, biases, raters, blinding."""

from collections.abc import Sequence

from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.document import Cell, Column, Section
from analysis.render.entries import Entry
from analysis.render.fields import (
    Context,
    Field,
    Format,
    Shape,
    always,
    estimate,
    interval,
    named,
    number,
    scope_column,
    system_column,
    table,
    text,
)
from analysis.render.results import section, two

PROPORTIONS = {"left_share", "right_share", "human_when_preferred", "raw", "intra"}


def three(value: float) -> str:
    return numbers.fixed(value, 3)


def with_sign(value: float) -> str:
    return f"{numbers.percent(value)} %"


def by_measure(entry: Entry) -> Format:
    """A proportion is set in percent with its sign, anything else with three digits."""
    return with_sign if entry.get("measure") in PROPORTIONS else three


def abilities(ctx: Context) -> list[Section]:
    words, shape = ctx.words, Shape(always(two))
    rows = ask.entries(ctx.report, "abilities")

    def ranks(entry: Entry) -> Cell:
        low, high = entry.get("rank_low"), entry.get("rank_high")
        if low is None or high is None:
            return Cell(numbers.DASH, "number")
        return Cell(numbers.count(low) if low == high else words("to", low=low, high=high), "number")

    fields = [
        system_column(ctx),
        estimate(ctx, words("log_worth"), shape),
        interval(ctx, rows, shape),
        number(words("se"), "se", two),
        Field(Column(words("rank")), ranks),
    ]
    blocks = [
        table(
            ctx,
            "abilities",
            words("cap_abilities"),
            rows,
            fields,
            shape=shape,
            notes=[words("note_log_worth")],
        ),
        *ability_model(ctx),
    ]
    return section(ctx, "abilities", "abilities", blocks, rows)


def ability_model(ctx: Context) -> list[object]:
    """The tie and order terms of the same fits."""
    rows = ask.entries(ctx.report, "ability_model")
    if not rows:
        return []
    key = next((key for key in ("term", "measure") if key in rows[0]), "measure")
    shape = Shape(always(three))
    fields = [
        named(ctx, "measure", key),
        estimate(ctx, ctx.words("value"), shape),
        interval(ctx, rows, shape),
    ]
    return [table(ctx, "ability-model", ctx.words("cap_ability_model"), rows, fields, shape=shape)]


def differences(ctx: Context) -> list[Section]:
    words = ctx.words
    rows = ask.entries(ctx.report, "differences")
    shape = Shape(lambda entry: with_sign if entry.get("of") == "win_rate" else two, "", "n_rows")
    fields = [
        system_column(ctx),
        Field(Column(words("other"), numeric=False), text(ctx.system, "other")),
        named(ctx, "of", "of", "of_"),
        estimate(ctx, words("value"), shape),
        interval(ctx, rows, shape),
        number(words("p"), "p", numbers.p_value),
        number(words("p_adjusted"), "p_adjusted", numbers.p_value),
    ]
    shown = table(ctx, "differences", words("cap_differences"), rows, fields, shape=shape, heads=2)
    return section(ctx, "differences", "differences", [shown], rows)


def measures(
    ctx: Context, name: str, caption: str, heads: Sequence[Field], notes: Sequence[str] = ()
) -> list[Section]:
    """A section of entries that each name their `measure`."""
    rows = ask.entries(ctx.report, name)
    shape = Shape(by_measure, "", "n_rows")
    fields = [*heads, estimate(ctx, ctx.words("value"), shape), interval(ctx, rows, shape)]
    anchor = name.replace("_", "-")
    shown = table(ctx, anchor, ctx.words(caption), rows, fields, shape=shape, heads=len(heads), notes=notes)
    return section(ctx, anchor, name, [shown], rows)


def agreement(ctx: Context) -> list[Section]:
    heads = [named(ctx, "measure", "measure"), scope_column(ctx)]
    return measures(ctx, "agreement", "cap_agreement", heads, [ctx.words("note_agreement")])


def position_bias(ctx: Context) -> list[Section]:
    heads = [named(ctx, "measure", "measure"), scope_column(ctx)]
    return measures(ctx, "position_bias", "cap_position", heads, [ctx.words("note_left")])


def length_bias(ctx: Context) -> list[Section]:
    return measures(ctx, "length_bias", "cap_length", [named(ctx, "measure", "measure")])


def blinding(ctx: Context) -> list[Section]:
    heads = [system_column(ctx), named(ctx, "measure", "measure")]
    return measures(ctx, "blinding", "cap_blinding", heads)


def raters(ctx: Context) -> list[Section]:
    words = ctx.words
    rows = ask.entries(ctx.report, "raters")
    columns = [
        number(words("left"), "left_share", numbers.percent, "%"),
        number(words("seconds"), "median_seconds", numbers.count, words("unit_s")),
        number(words("leave_one_out"), "leave_one_out", numbers.percent, "%"),
        number(words("checks"), "checks_passed", numbers.percent, "%"),
        number(words("accuracy"), "accuracy", numbers.percent, "%"),
    ]
    known = [field for field in columns if any(field.show(e).text != numbers.DASH for e in rows)]
    fields = [Field(Column(words("rater"), numeric=False), text(str, "rater")), *known]
    shown = table(ctx, "raters", words("cap_raters"), rows, fields, shape=Shape(always(two), "", "n_rows"))
    return section(ctx, "raters", "raters", [shown], rows)
