"""A report's dict in, a titled document out: the one order of everything, for page and Markdown alike."""

from analysis.render import appendix, methods, notices, page_parts
from analysis.render import entries as ask
from analysis.render.document import Block, Document, Prose, View
from analysis.render.entries import Report
from analysis.render.fields import Context
from analysis.render.figures import figures
from analysis.render.words import Words


def build(report: Report, lang: str, *, plots: bool = True) -> Document:
    """The whole report in one language. Without plots no figure is named."""
    ctx = Context(report, Words(lang))
    drawn = figures(ctx) if plots else {}
    return Document(
        lang=ctx.words.html_lang,
        title=ctx.text_of(ctx.study.get("title")) or ctx.words("title"),
        banner=banner(ctx),
        intro=intro(ctx),
        parts=[
            page_parts.first(ctx, drawn),
            *page_parts.secondary(ctx, drawn),
            *page_parts.exploratory(ctx, drawn),
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
    """The question, and what to know before any number."""
    question = ctx.text_of(ctx.study.get("question"))
    return [*([Prose(question)] if question else []), *notices.warnings(ctx)]


def views(ctx: Context) -> list[View]:
    """Each language alone and all of them; the pooled one first where the plan pools, else all."""
    if not ctx.views:
        return []
    every = View("", ctx.words("view_all"))
    each = [View(code, ctx.language(code)) for code in ctx.views]
    return [*each, every] if ask.is_pooled(ctx.views[0]) else [every, *each]
