"""A report's dict in, a titled document out: the one order of everything, for page and Markdown alike.

The first page has the question, its answer and all cautions; a section for each further question follows.
"""

from collections.abc import Mapping

from analysis.messages import Message
from analysis.render import entries as ask
from analysis.render import sections
from analysis.render.answer import answer_details
from analysis.render.document import Block, Document, Folded, Part, Prose, View
from analysis.render.entries import Report
from analysis.render.fields import Context
from analysis.render.figures import figures
from analysis.render.first_page import first_page
from analysis.render.words import Words, clean

# How much a warning takes from the answer: what is not named stands before the last of these.
WORST = (
    "no_rows",
    "interim_look",
    "little_read",
    "no_primary",
    "uneven_exclusions",
    "moved",
    "recognized",
    "sensitive",
    "drift",
    "careless_raters",
    "scores_by_first",
    "scores_by_after",
    "scores_by_length",
    "scores_by_late",
    "few_raters",
    "few_items",
    "few_series",
    "series_matter",
    "lengths_differ",
    "sparse_pairs",
    "unmet",
    "several_studies",
)
LEAST = ("scores_in_pairs", "breakdown_left_out", "unknown_columns")
MOST_PLACES = 3
Item = tuple[str, str, str]


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


def answer(ctx: Context) -> list[Part]:
    """The first page."""
    more = answer_details(ctx)
    if more and ask.entries(ctx.report, "leaderboard"):
        more = [Folded(ctx.words("more_of_answer"), more)]
    found = first_page(ctx, collected(ctx), more)
    return [Part("first-page", "", found)] if found else []


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
            *sections.parts(ctx, drawn),
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
