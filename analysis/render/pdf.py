"""The report as a PDF, set by typst: tagged, with text alternatives, the same bytes from the same report.

What is printed goes in as data and never as markup. Nothing is fetched: the fonts are those that come with
typst and, for letters that these lack, those of the machine.
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import typst

from analysis.render import numbers
from analysis.render.document import (
    Block,
    Cell,
    Document,
    Facts,
    Figure,
    Folded,
    Heading,
    Notices,
    Paper,
    Plates,
    Prose,
    Table,
    Verdict,
)
from analysis.render.entries import Report, plan
from analysis.render.page import build_document
from analysis.render.words import Words

logger = logging.getLogger(__name__)
SERIF = "Libertinus Serif"
MONO = "DejaVu Sans Mono"
# The first of these that the machine has; the remedy names the package that most can install.
CHINESE = (
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "Source Han Serif SC",
    "Songti SC",
    "STSong",
    "SimSun",
    "FandolSong",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Zen Hei",
)
UNKNOWN = "\N{WHITE SQUARE}"
TEXT_HEIGHT = 640.0  # points: of a chart at most, with its caption below
PER_PIXEL = 0.65
# Of one table: more would make a book of it.
MOST_ROWS = 300
# What belongs to the block below it.
ABOVE = ("heading", "label")
Put = dict[str, Any]
TEXT_WIDTH, WIDE_TEXT = 481.0, 727.0  # points: A4 within its margins, upright and on its side
LARGEST, SMALLEST_UPRIGHT, SMALLEST = 8.6, 5.9, 4.5
INSET = 5.4  # of a cell, left and right together
WHOLE = 28  # a number in a cell, with its interval, stays on one line up to so many letters
LONG = 26.0  # a text may wrap beyond this, in widths of the type's size
SHORT = 4.2  # so much of a Chinese text stands on one line
BOLD = 1.08


class PdfError(Exception):
    """The PDF cannot be set: why, and what to do; `local` says the same in the report's language."""

    def __init__(self, message: str, local: str = "") -> None:
        super().__init__(message)
        self.local = local or message


def render_pdf(report: Report, charts: Mapping[str, str] | None = None, lang: str = "en") -> bytes:
    """The whole report as PDF (PDF/UA-1, A4).

    `report` is the dict of `report.json`; `charts` are its SVGs by file name (None: no charts), drawn for
    print in the same language. Raises ValueError for an unknown language and PdfError where a Chinese
    report finds no Chinese font. Single letters that no font has are shown as a square, with a warning on
    the first page and in the log.
    """
    doc = build_document(report, lang, plots=charts is not None)
    data = _data(doc, charts or {}, plan(report), Words(lang))
    text = json.dumps(data, ensure_ascii=False)
    system = lang != "en" or _beyond_latin(text)
    found = _missing(data, system)
    if isinstance(found, list) and not system:
        found = _missing(data, True)
    return found if isinstance(found, bytes) else _without(data, found, lang)


def _without(data: Put, missing: Sequence[str], lang: str) -> bytes:
    """Set again with squares for the letters that no font has, and say so."""
    words = Words(lang)
    letters = words("list_sep").join(f"U+{ord(letter):04X}" for letter in missing[:12])
    if lang != "en" and any(_is_chinese(letter) for letter in missing):
        raise PdfError(Words("en")("pdf_no_chinese"), words("pdf_no_chinese"))
    logger.warning("report.pdf: %s", Words("en")("pdf_squares", letters=letters))
    squares = dict.fromkeys(map(ord, missing), UNKNOWN)
    text = json.dumps(data, ensure_ascii=False).translate(squares)
    again: Put = json.loads(text) | {"warning": words("pdf_squares", letters=letters)}
    found = _missing(again, True)
    if isinstance(found, bytes):
        return found
    raise PdfError(f"report.pdf: letters without a font are left: {' '.join(found)}")


def _is_chinese(letter: str) -> bool:
    return "\u2e80" <= letter <= "\u9fff" or "\uff00" <= letter <= "\uffef"


def _beyond_latin(text: str) -> bool:
    return any(letter > "\u2e7f" for letter in text)


@cache
def _fonts(system: bool) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=system, include_embedded_fonts=True)


@cache
def _families(system: bool) -> tuple[str, ...]:
    """The fonts to set the text in, of those that there are."""
    there = set(_fonts(system).families())
    return (SERIF, *(name for name in CHINESE if name in there), "New Computer Modern", MONO)


@cache
def _template() -> bytes:
    return resources.files("analysis.render").joinpath("templates/report.typ").read_bytes()


def _missing(data: Put, system: bool) -> bytes | list[str]:
    """The PDF, or the letters for which there is no font."""
    inputs = {"report": json.dumps(data | {"fonts": _families(system)}, ensure_ascii=False)}
    compiler = typst.Compiler(_template(), font_paths=_fonts(system), sys_inputs=inputs)
    try:
        made = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=0)
    except typst.TypstError as error:
        said = f"{error.message}\n{error.diagnostic}"
        letters = "".join(re.findall(r"the text `\"(.*?)\"` could not be displayed", said))
        if not letters:
            raise PdfError(f"report.pdf could not be set: {error.message}") from error
        return sorted(set(letters))
    assert isinstance(made, bytes)
    return made


def _data(doc: Document, charts: Mapping[str, str], plan: Mapping[str, Any], words: Words) -> Put:
    digest = str((plan.get("study") or {}).get("digest") or "")
    language, _, region = doc.lang.partition("-")
    blocks = list(_blocks(doc.intro, charts, 1, words))
    for part in doc.parts:
        level = 1
        if part.title:
            blocks.append(_heading(part.title, 1))
            level = 2
        for section in part.sections:
            blocks.append(_heading(section.title, level))
            blocks += [{"kind": "label", "text": _text(section.label)}] if section.label else []
            blocks += _blocks(section.blocks, charts, level + 1, words)
    return {
        "title": _text(doc.title),
        "lang": language,
        "region": "cn" if region else None,
        "banner": _text(doc.banner),
        "warning": "",
        "foot": words("pdf_digest"),
        "digest": digest[:16],
        "blocks": _on_their_side(blocks),
    }


def _on_their_side(blocks: Sequence[Put]) -> list[Put]:
    """Neighbouring wide tables together on pages on their side, with the headings right above them."""
    found: list[Put] = []
    above: list[Put] = []
    for block in blocks:
        if block["kind"] in ABOVE:
            above.append(block)
        elif not block.get("wide"):
            found += [*above, block]
            above = []
        else:
            if not found or found[-1]["kind"] != "side":
                found.append({"kind": "side", "blocks": []})
            found[-1]["blocks"] += [*above, block]
            above = []
    return [*found, *above]


def _blocks(blocks: Iterable[Block], charts: Mapping[str, str], level: int, words: Words) -> Iterator[Put]:
    for block in blocks:
        match block:
            case Folded():
                yield _heading(block.title, level)
                yield from _blocks(block.blocks, charts, level + 1, words)
            case Heading():
                yield _heading(block.text, level)
            case Table():
                yield _table(block, words)
            case Figure():
                yield from _figures([block], charts)
            case Plates():
                yield from _figures(block.figures, charts)
            case Facts():
                pairs = [[_text(term), _cell(cell)] for term, cell in block.pairs]
                yield {"kind": "facts", "pairs": pairs}
            case Notices():
                items = [[_text(text), _text(where)] for text, where, _ in block.items]
                yield {"kind": "notices", "items": items}
            case Paper():
                yield from (_prose(Prose(paragraph)) for paragraph in block.paragraphs)
                lines = [block.references_title, *block.references]
                yield {"kind": "notes", "lines": [_text(line) for line in lines]}
            case Verdict():
                yield _prose(Prose(words("verdict", label=block.label, text=block.text), strong=True))
            case Prose():
                yield _prose(block)


def _heading(text: str, level: int) -> Put:
    return {"kind": "heading", "text": _text(text), "level": min(level, 6)}


def _prose(block: Prose) -> Put:
    lang = block.lang.partition("-")[0]
    return {"kind": "prose", "text": _text(block.text), "lang": lang} | {
        "strong": block.strong,
        "quiet": block.quiet,
    }


def _figures(figures: Sequence[Figure], charts: Mapping[str, str]) -> Iterator[Put]:
    for figure in figures:
        if figure.file not in charts:
            continue
        wide, tall = figure.width * PER_PIXEL, figure.height * PER_PIXEL
        wide *= min(1.0, TEXT_WIDTH / wide, TEXT_HEIGHT / tall)
        caption = {"alt": _text(figure.alt), "caption": _text(figure.caption)}
        yield {"kind": "figure", "svg": charts[figure.file], "width": round(wide, 1)} | caption


def _table(table: Table, words: Words) -> Put:
    columns = [{"text": _text(column.heading), "numeric": column.numeric} for column in table.columns]
    rows = [[_cell(cell) for cell in row] for row in table.rows[:MOST_ROWS]]
    notes = [_text(note) for note in table.notes]
    if len(table.rows) > MOST_ROWS:
        shown, every = numbers.count(MOST_ROWS), numbers.count(len(table.rows))
        notes.insert(0, words("pdf_rows", shown=shown, all=every))
    fitted = fit(columns, rows)
    return {
        "kind": "table",
        "caption": _text(table.caption),
        "columns": columns,
        "rows": rows,
        "notes": notes,
        "size": fitted.size,
        "wide": fitted.wide,
        "widths": fitted.widths,
    }


def _cell(cell: Cell) -> Put:
    text = _text(cell.text)
    if cell.kind == "number" and is_whole(text):
        text = text.replace(" ", "\N{NO-BREAK SPACE}")
    return {"text": text, "kind": cell.kind, "lang": cell.lang.partition("-")[0]}


def _text(text: str) -> str:
    """Text that can be broken anywhere where a word is longer than any word of a language."""
    return re.sub(r"([^\s\u2e80-\uffef]{22})(?=[^\s\u2e80-\uffef]{4})", "\\1\N{ZERO WIDTH SPACE}", text)


@dataclass(frozen=True, slots=True)
class Fit:
    """Size in points; `widths` in points too, none where the columns have all the room they want."""

    size: float
    wide: bool
    widths: tuple[float, ...] = ()


def fit(columns: Sequence[Put], rows: Sequence[Sequence[Put]]) -> Fit:
    """The largest type at which no column has to break a word or a number."""
    least, most = [], []
    bold = [BOLD if any(cell["kind"] == "primary" for cell in row) else 1.0 for row in rows]
    for at, column in enumerate(columns):
        cells = [row[at] for row in rows]
        least.append(
            max([_longest(column["text"]), *(b * _least(cell) for b, cell in zip(bold, cells, strict=True))])
        )
        wanted = [
            _width(column["text"]),
            *(b * _width(cell["text"]) for b, cell in zip(bold, cells, strict=True)),
        ]
        most.append(max(least[-1], min(LONG, max(wanted))))
    upright = (TEXT_WIDTH - INSET * len(columns)) / max(sum(least), 1)
    wide = upright < SMALLEST_UPRIGHT
    room = (WIDE_TEXT if wide else TEXT_WIDTH) - INSET * len(columns)
    size = round(min(max(room / max(sum(least), 1) - 0.05, SMALLEST), LARGEST), 1)
    if sum(most) * size <= room:
        return Fit(size, wide)
    spare = max(room - sum(least) * size, 0) / max(sum(most) - sum(least), 0.01)
    widths = (size * low + spare * (high - low) + INSET for low, high in zip(least, most, strict=True))
    return Fit(size, wide, tuple(round(width, 1) for width in widths))


def is_whole(text: str) -> bool:
    """Whether a number is short enough to stay on one line."""
    return len(text) < WHOLE


def _least(cell: Put) -> float:
    """What a cell needs at least."""
    if cell["kind"] == "number" and is_whole(cell["text"]):
        return _width(cell["text"])
    return _longest(cell["text"], SHORT)


def _width(text: str) -> float:
    return sum(map(_letter, text))


def _letter(letter: str) -> float:
    """About how wide a letter is, in widths of the type's size."""
    if letter > "\u2e7f":
        return 1.0
    if letter in " \u00a0.,:;'()/ilj":
        return 0.3
    return 0.78 if letter in "mwMW%" else 0.68 if letter.isupper() else 0.49


def _longest(text: str, together: float = 2.0) -> float:
    """The widest part of a text that cannot break; Chinese can anywhere, but should not letter by letter."""
    parts = re.findall(r"[\u2e80-\uffef]|[^\s\u200b\u2e80-\uffef]+(?:\u00a0[^\s\u200b\u2e80-\uffef]+)*", text)
    wide = any(letter > "\u2e7f" for letter in text)
    return max([*map(_width, parts), min(_width(text), together) if wide else 0.0])
