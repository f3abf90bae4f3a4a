"""A report's dict in, a titled document out: the one order of everything, for page and Markdown alike.

The first page has the question, its answer and all cautions; then the primary results, what is secondary,
what is exploratory, and the appendix.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from analysis.messages import Message
from analysis.render import appendix, methods, numbers, quality, results
from analysis.render import entries as ask
from analysis.render.answer import answer_details, asked
from analysis.render.document import (
    Block,
    Cell,
    Column,
    Document,
    Folded,
    Part,
    Prose,
    Section,
    Table,
    View,
)
from analysis.render.entries import Entry, Report
from analysis.render.fields import (
    Context,
    Figures,
    Shape,
    always,
    estimate,
    interval,
    named,
    number,
    plates,
    section,
    system_column,
    table,
)
from analysis.render.figures import figures
from analysis.render.first_page import first_page
from analysis.render.results import best_of_k, best_of_k_tables
from analysis.render.words import Words, clean

# How much a warning takes from the answer: what is not named stands before the last of these.
WORST = (
    "no_rows",
    "interim_look",
    "no_primary",
    "few_raters",
    "few_items",
    "few_series",
    "series_matter",
    "sensitive",
    "lengths_differ",
    "little_read",
    "drift",
    "unmet",
    "several_studies",
)
LEAST = ("scores_in_pairs", "breakdown_left_out", "unknown_columns")
MOST_PLACES = 3
Item = tuple[str, str, str]
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


def collected(ctx: Context) -> list[Item]:
    """All warnings, the worst first, each with its places."""
    words = ctx.words
    found: dict[tuple[str, Message | None], list[str]] = {}
    said_above = ("simulated_only", "model_only")  # the banner says it already, and louder
    criteria = {str(e.get("criterion")) for name in ask.LISTS for e in ask.entries(ctx.report, name)}
    for warning in ask.entries(ctx.report, "warnings"):
        if warning.get("code") in said_above:
            continue
        key = str(warning["code"]), ask.message_of(warning, "text")
        found.setdefault(key, []).extend(describe_scope(ctx, one, criteria) for one in warning["places"])
    items = []
    for (code, said), places in found.items():
        where = listed(ctx, list(dict.fromkeys(filter(None, places))))
        text = words.sentence(said) if said else ""
        items.append((text, words("where", where=where) if where else "", code))
    return sorted(items, key=lambda item: rank(item[2]))


def listed(ctx: Context, places: list[str]) -> str:
    """The places, of many the first few (of what leads, where it is among them) and how many more."""
    lead = tuple(map(ctx.criterion, ask.leading_criteria(ctx.report)))
    ranked = sorted(places, key=lambda place: not place.startswith(lead))
    if len(ranked) > MOST_PLACES + 1:
        more = ctx.words("where_more", n=len(ranked) - MOST_PLACES)
        ranked = [*ranked[:MOST_PLACES], more]
    return ctx.words("clause_sep").join(ranked)


def rank(code: str) -> int:
    if code in WORST:
        return WORST.index(code)
    return len(WORST) + 1 + (LEAST.index(code) + 1 if code in LEAST else 0)


def describe_scope(ctx: Context, where: Mapping[str, str | None], criteria: set[str]) -> str:
    """A criterion, and a language or how scripts were read, in words; a file name as it is."""
    name, part = str(where["name"]), where["part"]
    known = name in criteria
    said = ctx.criterion(name) if known else clean(name)
    if not part:
        return said
    return ctx.words("list_sep").join((said, ctx.language(part))) if known else f"{said}, {clean(part)}"


def flow(ctx: Context, figures: Figures) -> list[Section]:
    """The flow diagram, and its numbers as a table."""
    steps = ask.entries(ctx.report, "flow")
    if not steps:
        return []
    drawn = plates(ctx, figures.get("flow", []))
    shown = flow_table(ctx, steps)
    blocks: list[Block] = [*drawn, Folded(shown.caption, [shown])] if drawn else [shown]
    return [Section("flow", ctx.words("flow"), blocks, half=True)]


def flow_table(ctx: Context, steps: Sequence[Entry]) -> Table:
    words = ctx.words
    columns = [
        Column(words("step"), numeric=False),
        Column(words("unit"), numeric=False),
        Column(words("count")),
        Column(words("detail"), numeric=False),
    ]
    rows = [
        [
            Cell(step_name(ctx, step)),
            Cell(unit_name(ctx, step)),
            Cell(numbers.count(step.get("count") or 0), "number", raw=step.get("count") or 0),
            Cell(details(ctx, step.get("detail_codes"))),
        ]
        for step in steps
    ]
    return Table("flow", words("cap_flow"), columns, rows, heads=2, listed=True)


def step_name(ctx: Context, step: Entry) -> str:
    name = str(step.get("step") or "")
    return ctx.words.known(f"step_{name}", clean(name))


def unit_name(ctx: Context, step: Entry) -> str:
    """What is counted; of rows also of which table."""
    words = ctx.words
    said = words.known(f"unit_{step.get('unit')}", clean(str(step.get("unit") or "")))
    if step.get("table"):
        said = words("unit_of", unit=said, table=words.known(f"table_{step['table']}", str(step["table"])))
    return said


def details(ctx: Context, detail: Any) -> str:
    """Counts by reason as one line."""
    if not detail:
        return numbers.DASH
    pairs = [(ctx.words.detail(reason), numbers.count(count)) for reason, count in ask.counts(detail)]
    return ctx.words("clause_sep").join(ctx.words("detail_one", reason=why, n=n) for why, n in pairs)


def lengths(ctx: Context, figures: Figures) -> list[Section]:
    """How long the scripts are, and how they came about."""
    words = ctx.words
    # Scripts are measured and nobody judges them: no rater stands behind a length.
    rows = [{**entry, "raters": None} for entry in ask.entries(ctx.report, "lengths")]
    blocks: list[Block] = []
    shape = Shape(always(lambda value: numbers.fixed(value, 0)), "", "n_scripts")
    if rows:
        fields = [
            system_column(ctx),
            estimate(ctx, words("mean_length"), shape),
            interval(ctx, rows, shape),
            number(words("median"), "median", lambda value: numbers.fixed(value, 0)),
            number(words("sd"), "sd", lambda value: numbers.fixed(value, 0)),
            named(ctx, "unit", "unit"),
        ]
        notes = [words("note_lengths")]
        blocks.append(table(ctx, "lengths", words("cap_lengths"), rows, fields, shape=shape, notes=notes))
    drawn = plates(ctx, figures.get("lengths", []))
    if drawn:
        blocks.append(Folded(words("charts_lengths"), drawn))
    blocks += scripts(ctx)
    found = section(ctx, "lengths", "lengths", blocks, rows, half=True)
    return found or ([Section("lengths", words("lengths"), blocks, half=True)] if blocks else [])


FACTS = ("scripts", "writers", "redraws", "failures", "refusals", "rejected", "off_format")


def scripts(ctx: Context) -> list[Block]:
    """Writers, redraws, failures, refusals, rejections and faults of format, as the study counted them."""
    told: Mapping[str, Mapping[str, int]] = ctx.study.get("scripts") or {}
    known = [key for key in FACTS if any(key in facts for facts in told.values())]
    names = [name for name in ask.systems(ctx.report) if name in told]
    if not known or not names:
        return []
    label = {"scripts": "n_scripts"}
    columns = [Column(ctx.words("system"), numeric=False)]
    columns += [Column(ctx.words(label.get(key, key))) for key in known]

    def cell(count: int | None) -> Cell:
        return Cell(numbers.DASH if count is None else numbers.count(count), "number", raw=count)

    rows = [[Cell(ctx.system(name)), *(cell(told[name].get(key)) for key in known)] for name in names]
    return [Table("scripts", ctx.words("cap_scripts"), columns, rows)]


def answer(ctx: Context) -> list[Part]:
    """The first page."""
    more = answer_details(ctx)
    if more and ask.entries(ctx.report, "leaderboard"):
        more = [Folded(ctx.words("more_of_answer"), more)]
    sections = first_page(ctx, collected(ctx), more)
    return [Part("first-page", "", sections)] if sections else []


def first(ctx: Context, drawn: Figures) -> Part:
    """The numbers of the primary criterion."""
    lead = ask.primary_criterion(ctx.report)
    words = ctx.words
    sections = [
        *asked(ctx),
        *results.looks(ctx, drawn),
        *results.human_level(ctx, drawn),
        *best_of_k(ctx, first_page=True),
        *results.win_rates(ctx, drawn),
        *results.mean_scores(ctx, drawn),
        *flow(ctx, drawn),
        *lengths(ctx, drawn),
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
        return ask.filter_entries(ask.entries(ctx.report, name), criterion=criterion)

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


def build_document(report: Report, lang: str, *, plots: bool = True) -> Document:
    """The whole report in one language. Without plots no figure is named."""
    ctx = Context(report, Words(lang))
    drawn = figures(ctx) if plots else {}
    return Document(
        lang=ctx.words.html_lang,
        title=ctx.text_of(ctx.study.get("title")) or ctx.words("title"),
        banner=banner(ctx),
        intro=intro(ctx),
        parts=[
            *answer(ctx),
            first(ctx, drawn),
            *secondary(ctx, drawn),
            *exploratory(ctx, drawn),
            *methods.part(ctx),
            appendix.part(ctx, drawn),
        ],
        views=views(ctx),
    )


def banner(ctx: Context) -> str:
    """Said at the very top where no person judged."""
    codes = {warning.get("code") for warning in ask.entries(ctx.report, "warnings")}
    if "simulated_only" in codes:
        return ctx.words("simulated_banner")
    return ctx.words("model_banner") if "model_only" in codes else ""


def intro(ctx: Context) -> list[Block]:
    """The question as it was typed."""
    question = ctx.text_of(ctx.study.get("question"))
    return [Prose(question)] if question else []


def views(ctx: Context) -> list[View]:
    """Each language alone and all of them; the pooled one first where the plan pools, else all."""
    if not ctx.views:
        return []
    every = View("", ctx.words("view_all"))
    each = [View(code, ctx.language(code)) for code in ctx.views]
    return [*each, every] if ask.is_pooled(ctx.views[0]) else [every, *each]
