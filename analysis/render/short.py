"""The short report: what two pages of paper have room for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from analysis.render import entries as ask
from analysis.render import numbers, study_tables
from analysis.render.appendix import study_digests
from analysis.render.document import (
    Block,
    Cell,
    Document,
    Facts,
    Figure,
    Folded,
    Heading,
    Notices,
    Part,
    Plates,
    Prose,
    Section,
    Table,
    Verdict,
)
from analysis.render.entries import Report
from analysis.render.fields import Context
from analysis.render.methods import Methods
from analysis.render.words import Words, clean

# The charts of a main result by the start of their file's name, in the order in which they are wanted.
HOW_OFTEN, HOW_CLOSE = ("forest", "abilities"), ("human-level", "mean-scores")
WIDEST, TALLEST = 350, 700  # pixels of a chart that has room in half of a page's width
LONGEST_NAME = 80  # letters of a cell


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of each thing the two pages show: letters, rows, items or sentences."""

    question: int = 900
    sentences: int = 10
    rows: int = 20
    cautions: int = 6
    charts: int = 2
    methods: int = 20
    letters: int = 1200  # of one sentence or caution


FEWER = (
    Limits(),
    Limits(700, 8, 16, 6, 2, 12),
    Limits(600, 6, 12, 5, 2, 8, 600),
    Limits(500, 5, 10, 4, 2, 5, 500),
    Limits(400, 4, 8, 4, 2, 3, 400),
    Limits(300, 3, 8, 4, 1, 8, 400),
    Limits(240, 3, 6, 3, 1, 4, 300),
    Limits(200, 2, 5, 3, 0, 4, 300),
    Limits(160, 1, 3, 2, 0, 2, 200),
)
"""Tried in this order until a page has room."""


def short_documents(report: Report, whole: Document, words: Words, limits: Limits) -> Iterator[Document]:
    """Documents of two parts, a page for each, from the parts of the whole document.

    They differ in the second part, whose sections are its left column, its right column, and what is below.
    """
    ctx = Context(report, words)
    first = whole.parts[0].sections[0] if whole.parts and whole.parts[0].sections else None
    shown = [block for block in first.blocks if not isinstance(block, Folded)] if first else []
    title = first.title if first else words("answer")
    one = Section("page-one", title, list(_answer(ctx, shown, limits)))
    question = _question(whole, limits)
    for two in _page_two(ctx, whole, limits):
        yield replace(whole, intro=question, parts=[Part("one", "", [one]), two])


def shorten(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"


# page one


def _question(whole: Document, limits: Limits) -> list[Block]:
    return [
        replace(block, text=shorten(block.text, limits.question), strong=True)
        for block in whole.intro
        if isinstance(block, Prose)
    ]


def _answer(ctx: Context, blocks: Sequence[Block], limits: Limits) -> Iterator[Block]:
    """The sentences, the ranking and the strip, each as long as the limits allow."""
    said = [block for block in blocks if isinstance(block, Verdict | Prose)]
    for sentence in said[: limits.sentences]:
        yield replace(sentence, text=shorten(sentence.text, limits.letters))
    if len(said) > limits.sentences:
        yield Prose(ctx.words("short_sentences_more", n=len(said) - limits.sentences), quiet=True)
    for block in blocks:
        if isinstance(block, Table):
            yield _cut(block, limits)
            yield from _below(ctx, block, limits)
        elif isinstance(block, Facts):
            yield Facts([(term, _shortened(cell, limits.letters)) for term, cell in block.pairs])


def _cut(table: Table, limits: Limits) -> Table:
    rows = [[_shortened(cell, LONGEST_NAME) for cell in row] for row in table.rows[: limits.rows]]
    return replace(table, rows=rows, notes=())


def _shortened(cell: Cell, letters: int) -> Cell:
    return replace(cell, text=shorten(cell.text, letters))


def _below(ctx: Context, table: Table, limits: Limits) -> Iterator[Block]:
    if more := len(table.rows[limits.rows :]):
        yield Prose(ctx.words("short_rows_more", n=more), quiet=True)
    if table.notes:
        notes = ctx.words.sentence_sep.join(table.notes)
        yield Prose(shorten(notes, limits.letters), quiet=True)


# page two


def _page_two(ctx: Context, whole: Document, limits: Limits) -> Iterator[Part]:
    """The second page with its columns filled in different ways: which one fits depends on the charts."""
    charts = _charts(ctx, whole, limits)
    quality, cautions, methods = _quality(ctx), _cautions(ctx, whole, limits), _methods(ctx, limits)
    below = Section("below", ctx.words("short_where"), [Facts(_where(ctx))])
    for left, right in (
        ([*quality, *cautions], methods),
        (quality, [*cautions, *methods]),
        ([*quality, *methods], cautions),
        (methods, [*quality, *cautions]),
    ):
        columns = Section("left", "", [*charts[:1], *left]), Section("right", "", [*charts[1:], *right])
        yield Part("two", ctx.words("short_behind"), [*columns, below])


def _charts(ctx: Context, whole: Document, limits: Limits) -> list[Block]:
    drawn = [figure for section in whole.sections for figure in _figures(section.blocks)]
    found = []
    for wanted in (HOW_OFTEN, HOW_CLOSE):
        fitting = [figure for figure in drawn if figure.width <= WIDEST and figure.height <= TALLEST]
        ranked = [figure for name in wanted for figure in fitting if figure.file.startswith(name)]
        found += ranked[:1]
    shown: list[Block] = list(found[: limits.charts])
    return shown if shown or not drawn else [Prose(ctx.words("short_no_charts"), quiet=True)]


def _figures(blocks: Sequence[Block]) -> Iterator[Figure]:
    for block in blocks:
        if isinstance(block, Folded):
            yield from _figures(block.blocks)
        elif isinstance(block, Plates):
            yield from block.figures
        elif isinstance(block, Figure):
            yield block


def _quality(ctx: Context) -> list[Block]:
    """Agreement and attention in brief."""
    words = ctx.words
    found: list[Block] = []
    if any(entry.get("estimate") is not None for entry in ask.leading(ctx.report, "agreement")):
        found.append(Prose(words("short_alpha")))
    rows = ask.entries(ctx.report, "attention")
    if rows:
        flagged = [entry for entry in rows if entry.get("flags")]
        signs = dict.fromkeys(str(name) for entry in flagged for name in entry["flags"])
        named = words("list_sep").join(words.known(f"sign_{name}", clean(name)) for name in signs)
        key = "short_attention" if flagged else "short_attention_none"
        said = words(key, n=numbers.count(len(flagged)), of=numbers.count(len(rows)), signs=named)
        found.append(Prose(said))
    return [Heading(words("short_quality")), *found] if found else []


def _cautions(ctx: Context, whole: Document, limits: Limits) -> list[Block]:
    items = [item for section in whole.sections for item in _notices(section.blocks)]
    if not items:
        return []
    shown: list[Block] = [
        Notices(
            [
                (shorten(text, limits.letters), shorten(where, limits.letters), code)
                for text, where, code in items[: limits.cautions]
            ]
        )
    ]
    if more := len(items[limits.cautions :]):
        shown.append(Prose(ctx.words("short_cautions_more", n=more), quiet=True))
    return [Heading(ctx.words("short_cautions")), *shown]


def _notices(blocks: Sequence[Block]) -> Iterator[tuple[str, str, str]]:
    for block in blocks:
        if isinstance(block, Folded):
            yield from _notices(block.blocks)
        elif isinstance(block, Notices):
            yield from block.items


def _methods(ctx: Context, limits: Limits) -> list[Block]:
    """The first sentences of the methods paragraph: what was compared, asked and estimated."""
    methods = Methods(ctx)
    if methods.paper() is None:
        return []
    groups = (
        (methods.design(), limits.methods),
        (methods.question(), limits.methods),
        (methods.estimates(), limits.methods // 2),
    )
    blocks: list[Block] = []
    for group, most in groups:
        sentences = [shorten(sentence, limits.letters) for sentence in islice(group, most)]
        if sentences:
            blocks.append(Prose(ctx.words.sentence_sep.join(sentences), quiet=True))
    blocks.append(Prose(ctx.words("short_methods_more"), quiet=True))
    return [Heading(ctx.words("short_methods")), *blocks]


def _where(ctx: Context) -> list[tuple[str, Cell]]:
    words, report = ctx.words, ctx.report
    tables = [clean(str(source.get("name"))) for source in ask.entries(report, "inputs")]
    versions: Mapping[str, str] = report.get("versions") or {}
    pairs = [
        (words("short_full"), Cell(words("short_full_where"))),
        (words("short_numbers"), Cell(words("short_numbers_where"))),
        (words("short_data"), Cell(words("short_data_where", tables=words("list_sep").join(tables)))),
    ]
    pairs += study_digests(ctx)
    if text := study_tables.unblinding_in_brief(ctx):
        pairs.append((words("cap_unblinding"), Cell(text)))
    if count := study_tables.excluded_by_hand(ctx):
        pairs.append((words("cap_exclusions"), Cell(numbers.count(count))))
    made = words("short_made", version=versions.get("evalsite", numbers.DASH), seed=report.get("seed"))
    pairs.append((words("short_computed"), Cell(made)))
    return pairs
