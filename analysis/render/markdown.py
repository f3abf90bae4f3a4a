"""Markdown of a report: the same sections and tables as the page."""

import re

from analysis.render.build import build
from analysis.render.document import Block, Facts, Figure, Folded, Heading, Notices, Table
from analysis.render.entries import Report
from analysis.render.words import Words

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


def _block(block: Block, words: Words, plots: str) -> list[str]:
    match block:
        case Table():
            return _table(block)
        case Heading():
            return [f"### {escape(block.text)}"]
        case Folded():
            inner = [line for part in block.blocks for line in [*_block(part, words, plots), ""]]
            return [f"### {escape(block.title)}", "", *inner]
        case Figure():
            return [f"![{escape(block.alt)}]({plots}{block.file})", "", escape(block.caption)]
        case Facts():
            return [f"- **{escape(term)}**{words('sep')}{escape(cell.text)}" for term, cell in block.pairs]
        case Notices():
            return [f"- {escape(' '.join(filter(None, (text, where))))}" for text, where, _ in block.items]
        case _:
            return [f"**{escape(block.text)}**" if block.strong else escape(block.text)]


def render_markdown(report: Report, plots_url: str | None = "plots/", lang: str = "en") -> str:
    """The whole report as Markdown; `plots_url` and `lang` as for the page."""
    words = Words(lang)
    doc = build(report, lang, plots=plots_url is not None)
    lines = [f"# {escape(doc.title)}", ""]
    if doc.banner:
        lines += [f"> **{escape(doc.banner)}**", ""]
    blocks: list[Block] = list(doc.intro)
    for block in blocks:
        lines += [*_block(block, words, plots_url or ""), ""]
    for section in doc.sections:
        label = f" ({section.label.lower()})" if section.label else ""
        lines += [f"## {escape(section.title + label)}", ""]
        for block in section.blocks:
            lines += [*_block(block, words, plots_url or ""), ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"
