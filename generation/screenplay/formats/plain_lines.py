"""Lines of a text as they stand, to a script and the account of every line."""

from collections.abc import Sequence

from generation.screenplay import Script, parse, script_text
from generation.screenplay.formats import line_account
from generation.screenplay.formats.reading_result import Line
from generation.screenplay.formats.rows import Paragraph
from generation.screenplay.formats.title_page import title_lines
from generation.screenplay.text import visible_text

HEAD_NOTE = "//!"
"""Begins a line above a script that says something about it."""


def without_head_notes(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Notes above the first line of the script as what they are: no part of it."""
    noted = list(paragraphs)
    for at, each in enumerate(noted):
        if each.text.strip() and not each.text.lstrip("\ufeff \t").startswith(HEAD_NOTE):
            break
        if each.text.strip():
            noted[at] = each._replace(drop="comment")
    return noted


def from_paragraphs(paragraphs: Sequence[Paragraph], language: str) -> tuple[str, Script, list[Line]]:
    """Lines as they stand, without the title page: it names the writer, and is no part of the script."""
    titles = title_lines([each.text for each in paragraphs], language)
    titles |= {index for index, each in enumerate(paragraphs) if each.drop}
    kept = [(each.number, 0, each.text) for at, each in enumerate(paragraphs) if at not in titles]
    text, script, lines = from_lines(kept, language)
    dropped = [
        Line(each.number, each.text, (each.drop or "title-page",))
        for index, each in enumerate(paragraphs)
        if index in titles and each.text.strip()
    ]
    return text, script, sorted([*dropped, *lines], key=lambda line: line.number)


def from_lines(sources: Sequence[line_account.Source], language: str) -> tuple[str, Script, list[Line]]:
    # A line of the file can hold separators that stand for line ends: each part keeps the line's number.
    parts = [
        (number, page, part) for number, page, text in sources for part in visible_text(text)[0].split("\n")
    ]
    first = next((index for index, each in enumerate(parts) if each[2].strip()), len(parts))
    text = script_text("\n".join(text for _, _, text in sources))
    script = parse(text, language)
    return text, script, list(line_account.of_text(script, parts[first:]))
