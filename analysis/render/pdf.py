"""The two PDFs of a report, set by typst: two pages for people, and everything on few pages.

Both are tagged (PDF/UA-1), with text alternatives, and the same report gives the same bytes. What is printed
goes in as data and never as markup.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from analysis.render import entries as ask
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
    Part,
    Plates,
    Prose,
    Table,
    Verdict,
)
from analysis.render.entries import Report, plan
from analysis.render.page import build_document
from analysis.render.short import FEWER, short_documents, shorten
from analysis.render.words import Words
from evalsite.core.typeset import SONG, set_pdf

SERIF = "Libertinus Serif"
FONTS = (SERIF, *SONG, "New Computer Modern", "DejaVu Sans Mono")
Put = dict[str, Any]
TEXT_WIDTH = 515.0  # points: A4 within its margins
LARGEST, SMALLEST = 7.2, 4.5  # type of tables in the full report, in points
SHORT_LARGEST, SHORT_SMALLEST = 9.0, 8.0  # in the short one
INSET = 4.6  # of a cell, left and right together
WHOLE = 28  # a number in a cell, with its interval, stays on one line up to so many letters
LONG = 26.0  # a text may wrap beyond this, in widths of the type's size
SHORT = 4.2  # so much of a Chinese text stands on one line
BOLD = 1.08
MOST_LINES = 3  # of a name that spans rows
WRAPPED = 0.6  # of the width of a heading, which stands on two lines
MOST_ROWS, MOST_FOLDED_ROWS = 40, 12  # of a table; fewer in an inner fold of the page
LONGEST_REASON = 14.0  # a longer reason for a missing number becomes a note, in widths of the type's size
LEAST_SCALE, MOST_SCALE = 0.45, 0.6  # points per pixel of a chart in the full report
LEAST_LETTER = 8.0  # points, of a chart in the short one
LONGEST_RUNNING = {"en": 110, "zh-Hans": 60}  # letters of the title above each page
GUTTER = 5.0  # between charts
MOST_HEIGHT = 260.0  # of a chart in the full report, in points, where its letters can still be read
PAGE_HEIGHT = 640.0  # of a chart at most
MOST_SPAN_ROWS = 12  # a name is printed again after this many rows
SPAN_WIDTH = 11.0  # a drawn interval beside its number, in widths of the type's size


def render_short(report: Report, charts: Mapping[str, str] | None = None, lang: str = "en") -> bytes:
    """The two pages for people (PDF/UA-1, A4).

    `report` is the dict of `report.json`; `charts` are its SVGs by file name (None: no charts), drawn for
    print in the same language. Letters that no font has are printed as squares, with a warning on the first
    page. Raises ValueError for an unknown language and TypesettingError.
    """
    words = Words(lang)
    whole = build_document(report, lang, plots=charts is not None)
    found = [doc for limits in FEWER for doc in short_documents(report, whole, words, limits)]
    setting = Setting(charts or {}, words, short=True)
    # Of each page all its versions, the longest first: the first that fits is printed.
    pages = [list(map(setting.page_one, found)), [setting.page_two(doc.parts[1]) for doc in found]]
    return _pdf(_frame(found[0], plan(report), words) | {"pages": pages}, words)


def render_full(report: Report, charts: Mapping[str, str] | None = None, lang: str = "en") -> bytes:
    """The whole report; arguments and errors as of `render_short`.

    Long tables are cut, with a sentence that says where all rows are.
    """
    words = Words(lang)
    doc = build_document(report, lang, plots=charts is not None)
    return _pdf(_frame(doc, plan(report), words) | Setting(charts or {}, words).document(doc), words)


def _pdf(data: Put, words: Words) -> bytes:
    return set_pdf(
        "analysis.render",
        "templates/report.typ",
        standard="ua-1",
        warning=words("pdf_squares", letters="%(letters)s"),
        report=data,
    )


def _frame(doc: Document, plan: Mapping[str, Any], words: Words) -> Put:
    """What is on every page."""
    digest = str((plan.get("study") or {}).get("digest") or "")
    language, _, region = doc.lang.partition("-")
    return {
        "title": _text(doc.title),
        "running": shorten(doc.title, LONGEST_RUNNING[doc.lang]),
        "lang": language,
        "region": "cn" if region else None,
        "banner": _text(doc.banner),
        "fonts": FONTS,
        "foot": words("pdf_digest"),
        "digest": digest[:16],
    }


# blocks as data for the template


@dataclass
class Setting:
    """Turns blocks into data for the template, and numbers the notes, of which each is printed once."""

    charts: Mapping[str, str]
    words: Words
    short: bool = False
    notes: dict[str, int] = field(default_factory=dict)

    def document(self, doc: Document) -> Put:
        blocks = list(self.blocks(doc.intro, 1))
        for part in doc.parts:
            level = 1
            if part.title:
                blocks.append(_heading(part.title, 1))
                level = 2
            for section in part.sections:
                blocks.append(_heading(section.title, level))
                blocks += [{"kind": "label", "text": _text(section.label)}] if section.label else []
                blocks += self.blocks(section.blocks, level + 1)
        numbered = [_text(note) for note in self.notes]
        names = {"notes_title": self.words("pdf_notes"), "notes_of": self.words("pdf_notes_of")}
        return {"blocks": blocks, "notes": numbered} | names

    def page_one(self, doc: Document) -> list[Put]:
        """The first page of the short report."""
        [section] = doc.parts[0].sections
        return [*self.blocks(doc.intro, 1), _heading(section.title, 1), *self.blocks(section.blocks, 2)]

    def page_two(self, part: Part) -> list[Put]:
        left, right, below = part.sections
        columns = [list(self.blocks(section.blocks, 2)) for section in (left, right)]
        return [
            _heading(part.title, 1),
            {"kind": "columns", "columns": columns},
            _heading(below.title, 2),
            *self.blocks(below.blocks, 3),
        ]

    def blocks(self, blocks: Sequence[Block], level: int, depth: int = 0) -> Iterator[Put]:
        """Blocks that are inside of `depth` folds of the page."""
        for block in blocks:
            match block:
                case Folded():
                    yield _heading(block.title, level)
                    yield from self.blocks(block.blocks, level + 1, depth + 1)
                case Table() if block.brief and not self.short:
                    continue  # the full table has its rows
                case Heading():
                    yield _heading(block.text, level)
                case Table():
                    yield self.table(block, folded=depth > 1)
                case Figure():
                    yield from self.figures([block])
                case Plates():
                    yield from self.figures(block.figures)
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
                    yield {"kind": "verdict", "label": _text(block.label), "text": _text(block.text)}
                case Prose():
                    yield _prose(block)
                case _:
                    assert_never(block)

    def figures(self, figures: Sequence[Figure]) -> Iterator[Put]:
        """Charts in rows, as many side by side as can still be read."""
        drawn = [figure for figure in figures if figure.file in self.charts]
        if not drawn:
            return
        widest = max(figure.width for figure in drawn)
        columns = max(1, min(len(drawn), int((TEXT_WIDTH + GUTTER) / (widest * LEAST_SCALE + GUTTER))))
        room = (TEXT_WIDTH + GUTTER) / columns - GUTTER
        if len(drawn) > columns:  # charts of one height in one row
            drawn.sort(key=lambda figure: -figure.height)
        put = []
        for figure in drawn:
            scale = min(MOST_SCALE, max(MOST_HEIGHT / figure.height, LEAST_SCALE), room / figure.width)
            if self.short:
                columns = 1
                scale = LEAST_LETTER / smallest_letter(self.charts[figure.file])
            scale = min(scale, PAGE_HEIGHT / figure.height)
            caption = {"alt": _text(figure.alt), "caption": _text(figure.caption)}
            put.append({"svg": self.charts[figure.file], "width": round(scale * figure.width, 1)} | caption)
        yield {"kind": "figures", "columns": columns, "figures": put}

    def table(self, table: Table, folded: bool = False) -> Put:
        """A table; what it leaves out or says once is said in its caption."""
        shown, said, notes = self.shorten(table, folded)
        alike = columns_alike(shown)
        if alike:
            values = [
                self.words("pdf_column", column=table.columns[at].heading, value=shown.rows[0][at].text)
                for at in alike
            ]
            said.append(self.words("pdf_every_row", values=self.words("clause_sep").join(values)))
        columns = [{"text": _text(column.heading), "numeric": column.numeric} for column in table.columns]
        rows = [[self.cell(cell) for cell in row] for row in shown.rows]
        columns, *rows = (leave_out(row, alike) for row in (columns, *rows))
        spanned = span_names(columns, group_rows(columns, rows))
        fitted = fit(columns, spanned, SHORT_LARGEST if self.short else LARGEST)
        while self.short and fitted.size < SHORT_SMALLEST and len(columns) > 2:
            columns, spanned = columns[:-1], [row[:-1] for row in spanned]
            fitted = fit(columns, spanned, SHORT_LARGEST)
        if len(columns) + len(alike) < len(table.columns):
            said.append(self.words("short_columns_more"))
        return {
            "kind": "table",
            "caption": _text(table.caption),
            "said": [_text(text) for text in said],
            "notes": [self.number(note) for note in (*notes, *table.notes)],
            "columns": columns,
            "rows": spanned,
            "size": fitted.size,
            "widths": fitted.widths,
        }

    def shorten(self, table: Table, folded: bool) -> tuple[Table, list[str], list[str]]:
        """The rows to print, and what the caption and the notes say of the others.

        In an inner fold of the page, the rows that pool the languages stand for those of each language.
        """
        rows, said, notes = list(table.rows), [], []
        if folded:
            pooled = [row for row, view in zip(rows, table.views, strict=False) if ask.is_pooled(view)]
            if pooled:
                rows = pooled
                notes.append(self.words("pdf_pooled"))
        most = MOST_FOLDED_ROWS if folded else MOST_ROWS
        if len(rows) > most:
            said.append(self.words("pdf_rows", shown=numbers.count(most), all=numbers.count(len(rows))))
            notes.append(self.words("pdf_all_rows"))
        return replace(table, rows=rows[:most]), said, notes

    def number(self, note: str) -> int:
        """The number of a note."""
        return self.notes.setdefault(note, len(self.notes) + 1)

    def cell(self, cell: Cell) -> Put:
        put = _cell(cell)
        if cell.kind == "absent" and _width(put["text"]) > LONGEST_REASON:
            put |= {"text": numbers.DASH, "note": self.number(cell.text)}
        if cell.span is not None:
            span = cell.span
            put["span"] = {"low": span.low, "value": span.value, "high": span.high, "line": span.line}
        return put


def smallest_letter(svg: str) -> float:
    """The smallest type of a chart, in its pixels."""
    return min(map(float, re.findall(r'font-size="([\d.]+)"', svg)), default=LEAST_LETTER)


def leave_out(row: Sequence[Put], columns: Sequence[int]) -> list[Put]:
    return [cell for at, cell in enumerate(row) if at not in columns]


def columns_alike(table: Table) -> list[int]:
    """The columns that say the same in each of several rows: one line can say it."""
    if len(table.rows) < 3:
        return []
    found = [at for at in range(1, len(table.columns)) if len({row[at] for row in table.rows}) == 1]
    return found if len(table.columns) - len(found) > 1 else []


def count_names(columns: Sequence[Put]) -> int:
    """How many columns, from the left, hold texts and no numbers."""
    return next((at for at, column in enumerate(columns) if column["numeric"]), len(columns) - 1)


def group_rows(columns: Sequence[Put], rows: Sequence[list[Put]]) -> list[list[Put]]:
    """The rows in which a name is repeated, below each other: the names in the order of their first row."""
    names = count_names(columns)
    places: dict[tuple[str, ...], int] = {}
    for row in rows:
        for at in range(names):
            places.setdefault(tuple(cell["text"] for cell in row[: at + 1]), len(places))

    def first_rows(row: list[Put]) -> list[int]:
        return [places[tuple(cell["text"] for cell in row[: at + 1])] for at in range(names)]

    return sorted(rows, key=first_rows)


def span_names(columns: Sequence[Put], rows: Sequence[Sequence[Put]]) -> list[list[Put | None]]:
    """Rows in which a name that is repeated below itself spans its rows; None is the place that it covers."""
    found: list[list[Put | None]] = [list(row) for row in rows]
    names = count_names(columns)
    starts = [0] * names
    for at in range(1, len(rows)):
        same = True
        for column in range(names):
            first = starts[column]
            same = same and rows[at][column] == rows[first][column] and at - starts[0] < MOST_SPAN_ROWS
            if same:
                found[first][column] = {**rows[first][column], "rows": at - first + 1}
                found[at][column] = None
            else:
                starts[column] = at
    return found


def _heading(text: str, level: int) -> Put:
    return {"kind": "heading", "text": _text(text), "level": min(level, 6)}


def _prose(block: Prose) -> Put:
    lang = block.lang.partition("-")[0]
    return {"kind": "prose", "text": _text(block.text), "lang": lang} | {
        "strong": block.strong,
        "quiet": block.quiet,
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
    widths: tuple[float, ...] = ()


def fit(columns: Sequence[Put], rows: Sequence[Sequence[Put | None]], largest: float = LARGEST) -> Fit:
    """The largest type at which no column has to break a word or a number."""
    least, most = [], []
    bold = [BOLD if any(cell and cell["kind"] == "primary" for cell in row) else 1.0 for row in rows]
    for at, column in enumerate(columns):
        cells = [(b, cell) for b, row in zip(bold, rows, strict=True) if (cell := row[at])]
        least.append(max([_longest(column["text"]), *(b * _least(cell) for b, cell in cells)]))
        # A name that spans rows has as many lines.
        wanted = [
            WRAPPED * _width(column["text"]),
            *(b * _width(cell["text"]) / min(cell.get("rows", 1), MOST_LINES) for b, cell in cells),
        ]
        most.append(max(least[-1], min(LONG, max(wanted))))
    room = TEXT_WIDTH - INSET * len(columns)
    size = round(min(max(room / max(sum(least), 1) - 0.05, SMALLEST), largest), 1)
    if sum(most) * size <= room:
        return Fit(size)
    spare = max(room - sum(least) * size, 0) / max(sum(most) - sum(least), 0.01)
    widths = (size * low + spare * (high - low) + INSET for low, high in zip(least, most, strict=True))
    return Fit(size, tuple(round(width, 1) for width in widths))


def is_whole(text: str) -> bool:
    """Whether a number is short enough to stay on one line."""
    return len(text) < WHOLE


def _least(cell: Put) -> float:
    """What a cell needs at least."""
    if cell.get("span"):
        return _width(cell["text"]) + SPAN_WIDTH
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
