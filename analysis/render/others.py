"""The criteria that do not lead: the same tables, opened on request."""

from collections.abc import Sequence

from analysis.render import entries as ask
from analysis.render import quality, results
from analysis.render.best_of_k import best_of_k_tables
from analysis.render.document import Block, Folded, Section
from analysis.render.entries import Entry
from analysis.render.fields import Context
from analysis.render.tables_of import section


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
            mine = [entry for entry in mine if not told(ctx, entry)]
        if mine:
            blocks += flat(build(ctx, f"{id}-{name.replace('_', '-')}", mine))
            shown += mine
    return blocks, shown


def told(ctx: Context, entry: Entry) -> bool:
    """Whether guesses of origin, which are about no criterion, stand with the leading one already."""
    keys = ("system", "language", "measure", "estimate", "low", "n", "unsure")
    return entry.get("measure") == "right_share" and any(
        all(entry.get(key) == other.get(key) for key in keys) for other in ask.leading(ctx.report, "blinding")
    )


def flat(blocks: Sequence[Block]) -> list[Block]:
    """What is already opened on request does not fold again inside."""
    return [inner for block in blocks for inner in (block.blocks if isinstance(block, Folded) else [block])]
