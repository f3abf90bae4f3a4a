"""The sections that answer what the study asked: who wins, how near to human, what scores."""

from collections.abc import Sequence
from dataclasses import replace

from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.document import Block, Cell, Column, Folded, Prose, Table
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
    over,
    part_title,
    ratio,
    suffix,
    system_column,
    table,
    text,
    two,
)
from analysis.render.words import clean

MOST_IN_MATRIX = 40  # systems; with more the table of pairs, which follows, holds the numbers
MOST_NAMED = 6  # systems; of more the answer names the best one, and the table has all of them


def matrix(ctx: Context, id: str, part: Part) -> list[Block]:
    """Row over column as a table; only where more than one pair was judged."""
    pairs = [e for e in part.rows if not ask.is_group(e["opponent"])]
    involved = {e["system"] for e in pairs} | {e["opponent"] for e in pairs}
    names = [system for system in ask.systems(ctx.report) if system in involved]
    if not 3 <= len(names) <= MOST_IN_MATRIX:
        return []
    found = ask.shares(pairs)

    def cell(row: str, column: str) -> Cell:
        share = found.get((row, column))
        if share is None:
            return Cell(numbers.DASH, "number")
        return Cell(numbers.percent(share), "number", raw=100 * share)

    columns = [Column(ctx.words("system"), numeric=False)] + [Column(ctx.system(name)) for name in names]
    rows = [[Cell(ctx.system(row)), *(cell(row, column) for column in names)] for row in names]
    caption = ctx.words("cap_matrix") + suffix(ctx, part.rows)
    return [Table(id, caption, columns, rows, notes=[ctx.words("note_matrix")])]


def opponent_column(ctx: Context) -> Field:
    return Field(Column(ctx.words("opponent"), numeric=False), text(ctx.system, "opponent"))


def outcomes_column(ctx: Context) -> Field:
    def outcomes(entry: Entry) -> Cell:
        if entry.get("wins") is None:
            return Cell(numbers.DASH, "number")
        counts = [numbers.count(entry.get(key) or 0) for key in ("wins", "ties", "losses")]
        return Cell(" / ".join(counts), "number")

    return Field(Column(ctx.words("won_tied_lost")), outcomes)


def win_rate_table(ctx: Context, id: str, rows: Sequence[Entry], caption: str = "cap_win_rates") -> Table:
    words = ctx.words
    by_scores = any(entry.get("derived_from") == "scores" for entry in rows)
    shape = replace(PERCENT, n="n_comparisons") if by_scores else PERCENT
    fields = [
        system_column(ctx),
        opponent_column(ctx),
        estimate(ctx, words("win_rate"), shape),
        interval(ctx, rows, shape),
        *adjusted_p(ctx, rows),
        outcomes_column(ctx),
        *([] if by_scores else [number(words("neither"), "neither", numbers.count)]),
        number(words("without_ties"), "without_ties", numbers.percent, "%"),
    ]
    notes = [words("note_by_scores" if by_scores else "note_neither")]
    if any(ask.is_group(entry["opponent"]) for entry in rows):
        notes.append(words("note_all"))
    return table(ctx, id, words(caption), rows, fields, shape=shape, heads=2, notes=notes)


def win_rate_tables(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    """Each pair once; on request against sets of opponents."""
    once = ask.each_pair_once(ctx.report, [e for e in rows if not ask.is_group(e["opponent"])])
    sets = [e for e in rows if ask.is_group(e["opponent"])]
    blocks: list[Block] = [win_rate_table(ctx, id, once, "cap_pairs")] if once else []
    if sets:
        found = win_rate_table(ctx, f"{id}-sets", sets, "cap_pairs_sets")
        blocks.append(Folded(ctx.words("cap_pairs_sets"), [found]))
    return blocks


def win_rates(ctx: Context) -> list[Block]:
    """For each criterion that leads: the matrix of each language, then the tables of pairs."""
    lead = ask.leading_criteria(ctx.report)
    blocks: list[Block] = []
    for at, criterion in enumerate(lead, 1):
        mine = ask.filter_entries(ask.entries(ctx.report, "win_rates"), criterion=criterion)
        if not mine:
            continue
        blocks += part_title(ctx, Part(criterion, "", ()), [Part(name, "", ()) for name in lead])
        for n, part in enumerate(ask.parts(mine), 1):
            blocks += matrix(ctx, f"matrix-{at}-{n}", part)
        blocks += win_rate_tables(ctx, f"win-rates-{at}", mine)
    return blocks


DEFINITION_NOTES = {
    "parity": "parity_note",
    "ratio_of_means": "ratio_note",
    "above_floor": "floor_note",
    "common_baseline": "baseline_note",
}

FIRST = ("parity", "ratio_of_means")


def human_level_table(ctx: Context, id: str, rows: Sequence[Entry], caption: str) -> Table:
    words, shape = ctx.words, Shape(always(ratio(1)), "%", "n_rows")
    fields = [system_column(ctx), named(ctx, "definition", "definition")]
    people = dict.fromkeys(str(entry.get("human")) for entry in rows)
    if len(people) > 1:
        fields.append(Field(Column(words("human"), numeric=False), text(ctx.system, "human")))
    if any(entry.get("baseline") for entry in rows):
        fields.append(Field(Column(words("baseline"), numeric=False), text(ctx.system, "baseline")))
    fields += [estimate(ctx, words("level_pct"), shape), interval(ctx, rows, shape)]
    used = dict.fromkeys(str(entry.get("definition")) for entry in rows)
    if any(entry.get("numerator") is not None for entry in rows):
        floor = "_floor" if "above_floor" in used else ""
        fields += [
            number(words(f"system_mean{floor}"), "numerator", two),
            number(words(f"human_mean{floor}"), "denominator", two),
        ]
    notes = [words("note_humans", human=ctx.system(name)) for name in people if len(people) == 1]
    notes += [words(DEFINITION_NOTES[name]) for name in used if name in DEFINITION_NOTES]
    if set(FIRST) <= set(used):
        notes.append(words("note_two_levels"))
    if any(
        entry.get("definition") == "ratio_of_means" and ask.means_over_all(ctx.report, entry)
        for entry in rows
    ):
        notes.append(words("note_means_both"))
    notes += over(ctx, rows)
    return table(ctx, id, words(caption), rows, fields, shape=shape, heads=2, notes=notes)


def human_level_tables(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    """Parity and the ratio of means; the other definitions on tables of their own."""
    groups: tuple[tuple[tuple[str, ...], str], ...] = (
        (FIRST, "cap_human_first"),
        (("above_floor",), "cap_other_levels"),
        (("common_baseline",), "cap_human_baseline"),
    )
    blocks: list[Block] = []
    for definitions, caption in groups:
        mine = [e for e in rows if e.get("definition") in definitions]
        mine.sort(key=lambda e: definitions.index(e["definition"]))
        if mine:
            name = definitions[0].replace("_", "-")
            if definitions == FIRST and len({e["definition"] for e in mine}) == 1:
                caption = "cap_human"
            blocks.append(human_level_table(ctx, f"{id}-{name}", mine, caption))
    return blocks


def mean_scores(ctx: Context) -> list[Block]:
    words, shape = ctx.words, Shape(always(two), "", "n_scores")
    rows = ask.entries(ctx.report, "mean_scores")
    if not rows:
        return []
    fields = [
        system_column(ctx),
        estimate(ctx, words("mean"), shape),
        interval(ctx, rows, shape),
        number(words("sd_raters"), "sd_between_raters", two),
        number(words("sd_items"), "sd_between_items", two),
    ]
    ratios = ask.filter_entries(ask.entries(ctx.report, "human_level"), definition="ratio_of_means")
    spread = any(entry.get("sd_between_raters") is not None for entry in rows)
    notes = [words("note_spread")] if spread else []
    if any(ask.means_over_all(ctx.report, entry) for entry in ratios):
        notes.insert(0, words("note_means_all"))
    return [table(ctx, "mean-scores", words("cap_scores"), rows, fields, shape=shape, notes=notes)]


def tier_shares(ctx: Context) -> list[Block]:
    """The share of each system's scores in each tier of the rubric."""
    words, shape = ctx.words, Shape(always(numbers.percent), "%", "n_scores")
    rows = ask.entries(ctx.report, "tier_shares")
    if not rows:
        return []
    fields = [
        system_column(ctx),
        Field(Column(words("tier"), numeric=False), lambda entry: Cell(_tier_label(ctx, entry))),
        estimate(ctx, words("tier_share"), shape),
        interval(ctx, rows, shape),
        number(words("tier_count"), "count", numbers.count),
    ]
    rubrics = dict.fromkeys(clean(str(entry["rubric"])) for entry in rows)
    notes = [words("note_tiers", rubric=words("list_sep").join(rubrics))]
    return [table(ctx, "tier-shares", words("cap_tiers"), rows, fields, shape=shape, heads=2, notes=notes)]


def _tier_label(ctx: Context, entry: Entry) -> str:
    chinese = ctx.words.html_lang.startswith("zh") and entry.get("label_zh")
    low, high = (f"{entry[key]:g}" for key in ("from", "to"))
    ends = low if low == high else f"{low}{numbers.DASH}{high}"
    return f"{clean(str(chinese or entry['label']))} ({ends})"


def looks(ctx: Context) -> list[Block]:
    """The primary win rate with the limits of a planned look."""
    words = ctx.words
    rows = ask.entries(ctx.report, "looks")
    if not rows:
        return []

    def which(entry: Entry) -> Cell:
        return Cell(words("look_of", look=entry.get("look"), of=entry.get("of")))

    def crossed(entry: Entry) -> Cell:
        known = entry.get("crossed")
        return Cell(numbers.DASH if known is None else words("yes") if known else words("no"))

    fields = [
        system_column(ctx),
        opponent_column(ctx),
        Field(Column(words("look"), numeric=False), which),
        estimate(ctx, words("win_rate"), PERCENT),
        interval(ctx, rows, PERCENT),
        number(words("boundary"), "boundary", lambda value: numbers.fixed(value, 3)),
        Field(Column(words("crossed"), numeric=False), crossed),
    ]
    return [table(ctx, "looks", words("cap_looks"), rows, fields, heads=2, notes=[words("note_looks")])]


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
    notes = [words("note_chance"), *([words("note_best_human")] if ask.humans(ctx.report) else [])]
    return table(ctx, id, caption, rows, fields, shape=shape, notes=notes)


def best_of_k(ctx: Context, by: str) -> list[Block]:
    """The shares of the best of k, by `votes` or by mean `scores`."""
    rows = [entry for entry in ask.leading(ctx.report, "best_of_k") if entry.get("by") == by]
    return best_of_k_tables(ctx, "best-of-k", rows)


def best_sentences(ctx: Context, systems: Sequence[str]) -> list[Block]:
    """Which of these systems was the best of k and how often, for each language of crossed scores."""
    every = [entry for entry in ask.crossed_best(ctx.report) if entry["system"] in systems]
    blocks: list[Block] = []
    for key in dict.fromkeys((entry.get("language"), entry.get("context")) for entry in every):
        rows = [entry for entry in every if (entry.get("language"), entry.get("context")) == key]
        rows.sort(key=lambda entry: -entry["estimate"])
        others = [_other_best(ctx, entry) for entry in rows[1:]] if len(rows) <= MOST_NAMED else []
        said = [ctx.words("best_chance", chance=numbers.percent(rows[0]["chance"]))]
        if others:
            said.insert(0, ctx.words("best_others", others=ctx.words("clause_sep").join(others)))
        said = [_best_sentence(ctx, rows[0]), *said]
        blocks.append(Prose(ctx.words.sentence_sep.join(said), quiet=True))
    return blocks


def _best_sentence(ctx: Context, entry: Entry) -> str:
    words = ctx.words
    shown = {
        "system": ctx.quoted(entry["system"]),
        "k": numbers.count(entry["k"]),
        "kind": words("best_machines" if ask.humans(ctx.report) else "best_systems"),
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
