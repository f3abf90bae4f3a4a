"""The order of a report: page one, then what is secondary, then what is exploratory."""

from collections.abc import Sequence
from dataclasses import replace

from analysis.render import entries as ask
from analysis.render import quality, results, study_sections
from analysis.render.answer import answer, asked
from analysis.render.best_of_k import best_of_k, best_of_k_tables
from analysis.render.document import Block, Folded, Part, Section
from analysis.render.entries import Entry
from analysis.render.fields import Context
from analysis.render.sections import Figures, plates, section

# After page one, in this order; what is in no family of the plan stands with the exploratory ones.
FURTHER = (
    "abilities",
    "differences",
    "agreement",
    "position_bias",
    "length_bias",
    "drift",
    "blinding",
    "errors",
    "error_ratios",
)
CHARTS = {"abilities": "abilities", "agreement": "agreement", "position_bias": "bias"}


def first(ctx: Context, drawn: Figures) -> Part:
    """Everything that a reader of one page needs, for the primary criterion."""
    lead = ask.primary_criterion(ctx.report)
    words = ctx.words
    sections = [
        *answer(ctx),
        *asked(ctx),
        *results.looks(ctx, drawn),
        *results.human_level(ctx, drawn),
        *best_of_k(ctx, first_page=True),
        *results.win_rates(ctx, drawn),
        *results.mean_scores(ctx, drawn),
        *study_sections.flow(ctx, drawn),
        *study_sections.lengths(ctx, drawn),
    ]
    if lead is None:
        return Part("first", words("part_first_exploratory"), sections)
    note = words("part_first_note", criterion=ctx.criterion(lead))
    return Part("first", words("part_first"), sections, note)


def secondary(ctx: Context, drawn: Figures) -> list[Part]:
    """What the plan has beside its one question."""
    sections = further(ctx, drawn, ("primary", "secondary"))
    words = ctx.words
    if not sections:
        return []
    return [Part("secondary", words("part_secondary"), sections, words("part_secondary_note"))]


def exploratory(ctx: Context, drawn: Figures) -> list[Part]:
    """What was not planned as an answer, and the criteria that do not lead."""
    sections = [*further(ctx, drawn, ("exploratory", "")), *other_criteria(ctx)]
    words = ctx.words
    if not sections:
        return []
    return [Part("exploratory", words("part_exploratory"), sections, words("part_exploratory_note"))]


def further(ctx: Context, drawn: Figures, families: Sequence[str]) -> list[Section]:
    found: list[Section] = []
    for name in FURTHER:
        rows = [e for e in ask.leading(ctx.report, name) if of_family(e, families)]
        if name == "agreement":
            rows = [e for e in rows if e.get("measure") not in quality.ICC]
        if not rows:
            continue
        id = name.replace("_", "-")
        again = "exploratory" in families and earlier(ctx, name)
        if again:
            id += "-more"
        criteria = {str(e.get("criterion")) for e in rows}
        charts = [f for f in drawn.get(CHARTS.get(name, ""), []) if f.part[0] in criteria]
        blocks = [*plates(ctx, charts), *quality.BUILDERS[name](ctx, id, rows)]
        made = section(ctx, id, name, blocks, rows)
        found += [replace(one, title=title_again(ctx, one.title, rows)) for one in made] if again else made
    return found


def title_again(ctx: Context, title: str, rows: Sequence[Entry]) -> str:
    """The title of a second section on one matter: with what it is about, for no two are called the same."""
    names = dict.fromkeys(str(entry.get("criterion") or "") for entry in rows)
    return title + ctx.words("sep") + ctx.words("list_sep").join(map(ctx.criterion, names))


def of_family(entry: Entry, families: Sequence[str]) -> bool:
    return str(entry.get("family") or "") in families


def earlier(ctx: Context, name: str) -> bool:
    """Whether a list already has a section among the secondary ones."""
    return any(of_family(e, ("primary", "secondary")) for e in ask.leading(ctx.report, name))


def other_criteria(ctx: Context) -> list[Section]:
    lead = set(ask.leading_criteria(ctx.report))
    names = [criterion for criterion in ask.criteria(ctx.report) if criterion not in lead]
    blocks: list[Block] = []
    every: list[Entry] = []
    for at, criterion in enumerate(names, 1):
        inner, rows = of_criterion(ctx, f"other-{at}", criterion)
        blocks.append(Folded(ctx.criterion(criterion), inner))
        every += rows
    return section(ctx, "other-criteria", "other_criteria", blocks, every)


def of_criterion(ctx: Context, id: str, criterion: str) -> tuple[list[Block], list[Entry]]:
    """Every table of one criterion, and the entries they show."""

    def rows(name: str) -> list[Entry]:
        return ask.of(ask.entries(ctx.report, name), criterion=criterion)

    wins, levels, best = rows("win_rates"), rows("human_level"), rows("best_of_k")
    blocks: list[Block] = flat(results.win_rate_tables(ctx, f"{id}-win-rates", wins))
    blocks += results.human_level_tables(ctx, f"{id}-human-level", levels)
    blocks += best_of_k_tables(ctx, f"{id}-best-of-k", best)
    shown = [*wins, *levels, *best]
    for name, build in quality.BUILDERS.items():
        mine = rows(name)
        if name == "blinding":
            mine = [entry for entry in mine if not repeats_leading_criterion(ctx, entry)]
        if mine:
            blocks += flat(build(ctx, f"{id}-{name.replace('_', '-')}", mine))
            shown += mine
    return blocks, shown


def repeats_leading_criterion(ctx: Context, entry: Entry) -> bool:
    """Whether guesses of origin, which are about no criterion, stand with the leading one already."""
    keys = ("system", "language", "measure", "estimate", "low", "n", "unsure")
    return entry.get("measure") == "right_share" and any(
        all(entry.get(key) == other.get(key) for key in keys) for other in ask.leading(ctx.report, "blinding")
    )


def flat(blocks: Sequence[Block]) -> list[Block]:
    """What is already opened on request does not fold again inside."""
    return [inner for block in blocks for inner in (block.blocks if isinstance(block, Folded) else [block])]
