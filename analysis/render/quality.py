"""What says how far the answer can be trusted: models, agreement, biases, raters, blinding."""

from collections.abc import Callable, Sequence

from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.document import Block, Cell, Column, Folded, Prose, Table
from analysis.render.entries import Entry
from analysis.render.fields import (
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
    limits_label,
    named,
    number,
    one,
    over,
    rate_ratio,
    scope_column,
    span,
    system_column,
    table,
    text,
    three,
    two,
)
from analysis.render.results import opponent_column
from analysis.render.words import clean

PROPORTIONS = {
    "left_share", "machine_share", "human_when_preferred", "raw", "intra", "share_read", "first_read_share",
    "same_win_rate", "same_left_share",
}  # fmt: skip
POINTS = {"hits_minus_false_alarms", "machine_share_vs_others"}
WITHIN = "*within"
COEFFICIENTS = {"alpha_within", "alpha_nominal", "alpha_ordinal", "ac1", "raw", "intra"}
ICC = ("icc_a1", "icc_ak")
FEW = 8  # scenes, below which a bootstrap over them is too narrow
Tables = Callable[[Context, str, Sequence[Entry]], list[Block]]


def by_measure(ctx: Context) -> Callable[[Entry], Format]:
    """A proportion is set in percent with its sign, a difference of two in percentage points, anything else
    with three digits."""

    def with_sign(value: float) -> str:
        return ctx.words("pct", value=numbers.percent(value))

    def points(value: float) -> str:
        return ctx.words("points", value=numbers.percent(value))

    formats = {**dict.fromkeys(PROPORTIONS, with_sign), **dict.fromkeys(POINTS, points)}
    return lambda entry: formats.get(str(entry.get("measure")), three)


def abilities(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    words, shape = ctx.words, Shape(always(two))

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
    notes = [words("note_log_worth"), words("note_ranks")]
    if any(entry.get("rank_low") is None and entry.get("estimate") is not None for entry in rows):
        notes.append(words("note_no_rank"))
    return [table(ctx, id, words("cap_abilities"), rows, fields, shape=shape, notes=notes)]


def ability_model(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    """The tie and order terms of the same fits."""
    shape = Shape(always(three))
    fields = [
        named(ctx, "measure", "term"),
        estimate(ctx, ctx.words("value"), shape),
        interval(ctx, rows, shape),
        number(ctx.words("se"), "se", three),
    ]
    notes = [ctx.words("note_terms")]
    return [table(ctx, id, ctx.words("cap_ability_model"), rows, fields, shape=shape, notes=notes)]


def differences(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    """A table for each thing that differs, for their units do."""
    kinds = dict.fromkeys(str(entry.get("of")) for entry in rows)
    return [_differences(ctx, f"{id}-{of}", of, [e for e in rows if e.get("of") == of]) for of in kinds]


def _differences(ctx: Context, id: str, of: str, rows: Sequence[Entry]) -> Table:
    words = ctx.words
    share = of == "win_rate"
    shape = Shape(always(numbers.percent if share else two), words("unit_points") if share else "", "n_rows")
    fields = [
        system_column(ctx),
        Field(Column(words("other"), numeric=False), text(ctx.system, "other")),
        estimate(ctx, words("difference"), shape),
        interval(ctx, rows, shape),
        *adjusted_p(ctx, rows),
    ]
    caption = words("cap_differences_of", of=words.known(f"of_{of}", of))
    notes = {"win_rate": [words("note_difference")], "ability": [words("note_difference_ability")]}.get(
        of, []
    )
    return table(ctx, id, caption, rows, fields, shape=shape, heads=2, notes=notes)


def measures(
    ctx: Context,
    id: str,
    rows: Sequence[Entry],
    caption: str,
    heads: Sequence[Field],
    *notes: str,
    n: str = "n_rows",
) -> list[Block]:
    """A table of entries that each name their `measure`; `n` is what its rows are."""
    if not rows:
        return []
    shape = Shape(by_measure(ctx), "", n)
    fields = [
        *heads,
        estimate(ctx, ctx.words("value"), shape),
        interval(ctx, rows, shape),
        number(ctx.words("chance"), "chance", numbers.percent, "%"),
        number(ctx.words("unsure"), "unsure", numbers.count),
        *adjusted_p(ctx, rows),
    ]
    return [table(ctx, id, caption, rows, fields, shape=shape, heads=len(heads), notes=notes)]


def of_all(rows: Sequence[Entry]) -> list[Entry]:
    """What is about all raters and systems. Agreement within systems or pairs of them has a name there."""
    named = [{**e, "measure": "alpha_within"} if e.get("scope") == WITHIN else e for e in rows]
    return [entry for entry in named if entry.get("scope") in (None, "", "all", WITHIN)]


def _scoped(
    ctx: Context, id: str, rows: Sequence[Entry], caption: str, fold: str, *notes: str
) -> list[Block]:
    """What is about all first; what is about each pair or rater on request."""
    heads = [named(ctx, "measure", "measure"), scope_column(ctx)]
    whole = of_all(rows)
    rest = [e for e in rows if e.get("scope") not in (None, "", "all", WITHIN)]
    said = ctx.words(caption)
    blocks = measures(ctx, id, whole, said, heads[:1], *map(ctx.words, notes))
    apart = ctx.words("list_sep").join((said, ctx.words(fold).lower()))
    inner = measures(ctx, f"{id}-each", rest, apart, heads[::-1])
    return [*blocks, Folded(ctx.words(fold), inner)] if inner else blocks


def agreement(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    drawn = [e for e in rows if has_step(e, "bootstrap_scenes")]
    few = ["note_agreement_few"] if any((e.get("items") or 0) < FEW for e in drawn) else []
    return _scoped(ctx, id, rows, "cap_agreement", "by_pair", "note_agreement", *few)


def position_bias(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    order = ["note_order"] if any(e.get("measure") == "order_term" for e in rows) else []
    first = ["note_first_read"] if any(e.get("measure") == "first_read_share" for e in rows) else []
    return _scoped(ctx, id, rows, "cap_position", "by_rater", "note_left", *first, *order)


def length_bias(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    heads = [named(ctx, "measure", "measure")]
    return measures(ctx, id, rows, ctx.words("cap_length"), heads, ctx.words("note_slope"), n="n_judgments")


def drift(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    words, by_scores = ctx.words, any(entry.get("of") == "score" for entry in rows)
    shape = (
        Shape(always(two), n="n_scores")
        if by_scores
        else Shape(always(numbers.percent), words("unit_points"))
    )
    show, unit = (two, "") if by_scores else (numbers.percent, "%")
    fields = [
        system_column(ctx),
        opponent_column(ctx),
        number(words("early"), "early", show, unit),
        number(words("late"), "late", show, unit),
        estimate(ctx, words("late_minus_early"), shape),
        interval(ctx, rows, shape),
        number(words("left_out_rows"), "left_out", numbers.count),
        *adjusted_p(ctx, rows),
    ]
    notes = [words("note_drift")]
    return [table(ctx, id, words("cap_drift"), rows, fields, shape=shape, heads=2, notes=notes)]


def blinding(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    heads = [system_column(ctx), named(ctx, "measure", "measure")]
    notes = [ctx.words("note_recognition")]
    if any(entry.get("unsure") for entry in rows):
        notes.append(ctx.words("note_unsure"))
    return measures(ctx, id, rows, ctx.words("cap_blinding"), heads, *notes, n="n_guesses")


def errors(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    words, shape = ctx.words, Shape(always(numbers.rate), "", "n_readings")
    ranks = [name for name in ("minor", "major", "critical") if name in rows[0]]
    fields = [
        system_column(ctx),
        Field(Column(words("class"), numeric=False), text(ctx.mark_kind, "class")),
        number(words("n_marks"), "count", numbers.count),
        *(number(words(f"severity_{name}"), name, numbers.count) for name in ranks),
        estimate(ctx, words("per_script"), shape),
        interval(ctx, rows, shape),
        number(words("per_1000"), "per_1000", numbers.rate),
        span(
            ctx,
            words("list_sep").join((limits_label(ctx, rows), words("per_1000"))),
            "per_1000_low",
            "per_1000_high",
            numbers.rate,
        ),
    ]
    return [table(ctx, id, words("cap_errors"), rows, fields, shape=shape, heads=2)]


def error_ratios(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    words, shape = ctx.words, Shape(always(rate_ratio), "", "n_readings")

    def per(value: object) -> str:
        return words("per_1000_unit") if str(value) == "1000" else words("per_reading")

    fields = [
        system_column(ctx),
        Field(Column(words("class"), numeric=False), text(ctx.mark_kind, "class")),
        Field(Column(words("human"), numeric=False), text(ctx.system, "human")),
        Field(Column(words("per"), numeric=False), text(per, "per")),
        number(words("n_marks"), "count", numbers.count),
        number(words("human_marks"), "human_count", numbers.count),
        estimate(ctx, words("ratio"), shape),
        interval(ctx, rows, shape),
        *adjusted_p(ctx, rows),
    ]
    notes = [words("note_ratio_one")]
    kept = []
    # What could not be computed in any row, for one reason, is said once.
    for unit in dict.fromkeys(str(entry.get("per")) for entry in rows):
        mine = [entry for entry in rows if str(entry.get("per")) == unit]
        reasons = {ask.reason(entry) for entry in mine}
        if len(mine) > 1 and len(reasons) == 1 and all(entry.get("estimate") is None for entry in mine):
            notes.append(words("note_no_per", per=per(unit), reason=ctx.why(reasons.pop())))
        else:
            kept += mine
    kept.sort(key=rows.index)
    notes += over(ctx, kept)
    if not kept:
        return [Prose(note) for note in notes[1:]]
    return [table(ctx, id, words("cap_error_ratios"), kept, fields, shape=shape, heads=2, notes=notes)]


def strength(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    words, shape = ctx.words, Shape(always(two))
    fields = [
        system_column(ctx),
        opponent_column(ctx),
        estimate(ctx, words("mean_strength"), shape),
        interval(ctx, rows, shape),
        number(words("left_out_rows"), "left_out", numbers.count),
        *adjusted_p(ctx, rows),
    ]
    notes = [words("note_strength")]
    return [table(ctx, id, words("cap_strength"), rows, fields, shape=shape, heads=2, notes=notes)]


def raters(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    words = ctx.words
    columns = [
        number(words("left"), "left_share", numbers.percent, "%"),
        number(words("seconds"), "median_seconds", numbers.count, words("unit_s")),
        number(words("leave_one_out"), "leave_one_out", numbers.percent, "%"),
        number(words("checks"), "checks_passed", numbers.percent, "%"),
        number(words("checks_n"), "checks", lambda made: numbers.count(made) if made else numbers.DASH),
        number(words("accuracy"), "accuracy", numbers.percent, "%"),
    ]
    known = [field for field in columns if any(field.show(e).text != numbers.DASH for e in rows)]
    fields = [
        Field(Column(words("rater"), numeric=False), text(lambda code: clean(str(code)), "rater")),
        *known,
    ]
    # Of one rater each: the number of raters says nothing here.
    mine = [{**entry, "raters": None} for entry in rows]
    reasons = dict.fromkeys(filter(None, map(ask.reason, rows)))
    notes = (
        [words("note_reasons", reasons=words("clause_sep").join(map(ctx.why, reasons)))] if reasons else []
    )
    if any(entry.get("accuracy") is not None for entry in rows):
        notes.append(words("note_accuracy"))
    shown = table(
        ctx, id, words("cap_raters"), mine, fields, shape=Shape(always(two), "", "n_rows"), notes=notes
    )
    return [cut(ctx, shown)]


# The list of the report and its tables; its name is the key of its title.
BUILDERS: dict[str, Tables] = {
    "abilities": abilities,
    "differences": differences,
    "agreement": agreement,
    "position_bias": position_bias,
    "length_bias": length_bias,
    "drift": drift,
    "blinding": blinding,
    "errors": errors,
    "error_ratios": error_ratios,
    "strength": strength,
    "raters": raters,
    "ability_model": ability_model,
}


def attention(ctx: Context) -> list[Block]:
    """Those with signs first."""
    rows = ask.entries(ctx.report, "attention")
    if not rows:
        return []
    words = ctx.words
    ordered = sorted(rows, key=lambda entry: -(entry.get("estimate") or 0))
    fields = [
        Field(Column(words("rater"), numeric=False), text(lambda code: clean(str(code)), "rater")),
        Field(Column(words("signs"), numeric=False), lambda entry: signs(ctx, entry)),
        number(words("fast_share"), "fast_share", numbers.percent, "%"),
        number(words("unread_share"), "unread_share", numbers.percent, "%"),
        number(words("left"), "left_share", numbers.percent, "%"),
        number(words("longest_run"), "longest_run", numbers.count),
        number(words("side_by_chance"), "one_sided_by_chance", numbers.p_value),
        number(words("checks_wrong"), "checks_wrong", numbers.percent, "%"),
        number(words("checks_n"), "checks", _some),
        number(words("repeats_alike"), "repeats_alike", numbers.percent, "%"),
        number(words("random_odds"), "random_odds", _odds),
    ]
    mine = [{**entry, "raters": None, "items": None, **_side_by_chance(entry)} for entry in ordered]
    shape = Shape(always(one), "", "n_rows")
    shown = table(
        ctx, "attention", words("cap_attention"), mine, fields, shape=shape, notes=_notes(ctx, rows)
    )
    return [cut(ctx, shown)]


def _side_by_chance(entry: Entry) -> dict[str, float | None]:
    """How likely a fair coin is as one-sided, by the share of a side or by the longest streak."""
    found = [entry[key] for key in ("side_p", "run_p") if entry.get(key) is not None]
    return {"one_sided_by_chance": min(1.0, 2 * min(found)) if found else None}


def signs(ctx: Context, entry: Entry) -> Cell:
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


def controls(ctx: Context) -> list[Block]:
    rows = ask.leading(ctx.report, "controls")
    heads = [system_column(ctx), named(ctx, "measure", "measure")]
    caption, note = ctx.words("cap_controls"), ctx.words("note_controls")
    return measures(ctx, "controls", rows, caption, heads, note, n="n_judgments")


def icc(ctx: Context) -> list[Block]:
    """Intraclass correlations of scores."""
    rows = [e for e in ask.leading(ctx.report, "agreement") if e.get("measure") in ICC]
    heads = [named(ctx, "measure", "measure")]
    return measures(ctx, "icc", rows, ctx.words("cap_icc"), heads, ctx.words("note_icc"), n="n_scores")
