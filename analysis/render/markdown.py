"""Markdown of a report: the whole page with all sections and tables, or the short report."""

import re

from analysis.render.document import (
    Block,
    Document,
    Facts,
    Figure,
    Folded,
    Heading,
    Notices,
    Paper,
    Plates,
    Section,
    Table,
    Verdict,
)
from analysis.render.entries import Report
from analysis.render.page import build_document
from analysis.render.short import FEWER, short_documents
from analysis.render.words import Words

MOST_WORDS = 1250  # of the short report, tables and alternatives of charts included
_SPECIAL = re.compile(r"([\\`*_\[\]|#~])")


def escape(text: str) -> str:
    """Text that means itself in Markdown and in the HTML that it becomes."""
    plain = re.sub(r"[ \t\r\n]+", " ", text)
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", plain)


def _table(table: Table) -> list[str]:
    heads = [escape(column.heading) for column in table.columns]
    rules = ["---:" if column.numeric else ":---" for column in table.columns]
    lines = [f"**{escape(table.caption)}**", "", _row(heads), _row(rules)]
    lines += [_row([escape(cell.text) for cell in row]) for row in table.rows]
    return [*lines, "", *(f"- {escape(note)}" for note in table.notes)]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _list(table: Table, words: Words) -> list[str]:
    """A table whose rows are steps: each a line, what is empty left out."""
    lines = [f"**{escape(table.caption)}**", ""]
    for row in table.rows:
        name, *rest = [escape(cell.text) for cell in row if cell.text.strip("\N{EN DASH}")]
        lines.append(f"- {name}{words('sep')}{words('list_sep').join(rest)}")
    return [*lines, "", *(f"- {escape(note)}" for note in table.notes)]


def _figure(figure: Figure, plots: str) -> list[str]:
    return [f"![{escape(figure.alt)}]({plots}{figure.file})", "", escape(figure.caption), ""]


def _paper(paper: Paper) -> list[str]:
    lines = [line for text in paper.paragraphs for line in (escape(text), "")]
    if paper.references:
        lines += [f"**{escape(paper.references_title)}**", ""]
        lines += [f"- {escape(reference)}" for reference in paper.references]
    return lines


def _block(block: Block, words: Words, plots: str) -> list[str]:
    match block:
        case Table():
            return _list(block, words) if block.listed else _table(block)
        case Heading():
            return [f"#### {escape(block.text)}"]
        case Folded():
            inner = [line for part in block.blocks for line in [*_block(part, words, plots), ""]]
            return [f"#### {escape(block.title)}", "", *inner]
        case Figure():
            return _figure(block, plots)
        case Plates():
            return [line for figure in block.figures for line in _figure(figure, plots)]
        case Paper():
            return _paper(block)
        case Facts():
            return [f"- **{escape(term)}**{words('sep')}{escape(cell.text)}" for term, cell in block.pairs]
        case Notices():
            return [f"- {escape(' '.join(filter(None, (text, where))))}" for text, where, _ in block.items]
        case Verdict():
            label, text = f"**{escape(block.label)}**", escape(block.text)
            return [words("verdict", label=label, text=text)]
        case _:
            return [f"**{escape(block.text)}**" if block.strong else escape(block.text)]


def _section(section: Section, words: Words, plots: str, level: int) -> list[str]:
    label = words("with_reason", said="", reason=section.label) if section.label else ""
    lines = [f"{'#' * level} {escape(section.title + label)}", ""] if section.title else []
    for block in section.blocks:
        lines += [*_block(block, words, plots), ""]
    return lines


def render_markdown(report: Report, plots_url: str | None = "plots/", lang: str = "en") -> str:
    """The whole report as Markdown; `plots_url` and `lang` as for the page."""
    return _document(build_document(report, lang, plots=plots_url is not None), Words(lang), plots_url)


def render_short_markdown(report: Report, plots_url: str | None = "plots/", lang: str = "en") -> str:
    """What the two pages of the short PDF have; arguments as of `render_markdown`."""
    words, whole = Words(lang), build_document(report, lang, plots=plots_url is not None)
    text = ""
    for limits in FEWER:
        text = _document(next(short_documents(report, whole, words, limits)), words, plots_url)
        if len(text.split()) <= MOST_WORDS:
            break
    return text


def _document(doc: Document, words: Words, plots_url: str | None) -> str:
    lines = [f"# {escape(doc.title)}", ""]
    if doc.banner:
        lines += [f"> **{escape(doc.banner)}**", ""]
    for block in doc.intro:
        lines += [*_block(block, words, plots_url or ""), ""]
    for part in doc.parts:
        lines += [f"## {escape(part.title)}", ""] if part.title else []
        for section in part.sections:
            lines += _section(section, words, plots_url or "", 3 if part.title else 2)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"
