"""The order of a report: page one, then what is secondary, then what is exploratory."""

from collections.abc import Sequence
from dataclasses import replace

from analysis.render import entries as ask
from analysis.render import quality, results, study_sections
from analysis.render.answer import answer, asked
from analysis.render.best_of_k import best_of_k
from analysis.render.document import Part, Section
from analysis.render.entries import Entry
from analysis.render.fields import Context
from analysis.render.others import other_criteria
from analysis.render.tables_of import Figures, plates, section

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
