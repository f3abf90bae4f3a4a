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
from analysis.render.sections import section

MOST_NAMED = 6  # systems; of more the answer names the best one, and the table has all of them


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
    reasons = {ask.reason(entry) for entry in rows}
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
    if by == "scores" and any(entry.get("estimate") is not None for entry in rows):
        notes.append(words("note_best_paper"))
    return table(ctx, id, caption, rows, fields, shape=shape, notes=notes)


def best_of_k(ctx: Context, *, first_page: bool = False) -> list[Section]:
    """On page one the shares of crossed scores, in the appendix all others."""
    crossed = ask.crossed_best(ctx.report)
    if first_page:
        blocks = best_of_k_tables(ctx, "best-of-k", crossed)
        return section(ctx, "best-of-k", "best_of_k", blocks, crossed)
    rows = [entry for entry in ask.leading(ctx.report, "best_of_k") if entry not in crossed]
    blocks = best_of_k_tables(ctx, "best-of-k-more", rows)
    return section(ctx, "best-of-k-more", "best_of_k_more" if crossed else "best_of_k", blocks, rows)


def best_sentences(ctx: Context, systems: Sequence[str]) -> list[Block]:
    """Which of these systems was the best of k and how often, for each language of crossed scores."""
    every = [entry for entry in ask.crossed_best(ctx.report) if entry["system"] in systems]
    blocks: list[Block] = []
    for key in dict.fromkeys((entry.get("language"), entry.get("context")) for entry in every):
        rows = [entry for entry in every if (entry.get("language"), entry.get("context")) == key]
        rows.sort(key=lambda entry: -entry["estimate"])
        blocks.append(Prose(_best_sentence(ctx, rows[0]), strong=True))
        others = [_other_best(ctx, entry) for entry in rows[1:]] if len(rows) <= MOST_NAMED else []
        said = [ctx.words("best_chance", chance=numbers.percent(rows[0]["chance"]))]
        if others:
            said.insert(0, ctx.words("best_others", others=ctx.words("clause_sep").join(others)))
        blocks.append(Prose(ctx.words.sentence_sep.join([*said, ctx.words("note_best_paper")])))
    return blocks


def _best_sentence(ctx: Context, entry: Entry) -> str:
    words = ctx.words
    shown = {
        "system": ctx.quoted(entry["system"]),
        "k": numbers.count(entry["k"]),
        "won": numbers.count(entry["numerator"]),
        "scenes": words.counted("items", entry["denominator"]),
        "where": words("in_language", language=ctx.language(str(entry["language"]))) if ctx.views else "",
        "estimate": numbers.percent(entry["estimate"]),
    }
    if not ask.has_interval(entry):
        return words("best_bare", reason=ctx.why(ask.reason(entry)), **shown)
    low, high = numbers.percent(entry["low"]), numbers.percent(entry["high"])
    return words("best", level=numbers.level(ask.level_of([entry])), low=low, high=high, **shown)


def _other_best(ctx: Context, entry: Entry) -> str:
    return ctx.words(
        "best_other",
        system=ctx.system(entry["system"]),
        won=numbers.count(entry["numerator"]),
        estimate=numbers.percent(entry["estimate"]),
    )
