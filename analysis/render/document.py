"""What a report is before it is HTML, Markdown or LaTeX: parts of titled sections of a few kinds of block."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Span:
    """An interval to draw beside its number: the places of its limits, its value and a line, from 0 to 1."""

    low: float
    value: float
    high: float
    line: float | None = None
    human: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One value in words. `kind` says how it is set: a number, a text, or why there is none.

    `raw` is the number behind the words at full precision, for tables that are taken away. `span` is drawn
    where the page can draw.
    """

    text: str
    kind: Literal["number", "text", "absent", "code", "primary", "role"] = "text"
    lang: str = ""
    raw: float | int | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; it names the unit once instead of in every cell.

    A column `of_view` has the language of the row, and is hidden where a reader looks at one language.
    """

    label: str
    unit: str = ""
    numeric: bool = True
    of_view: bool = False

    @property
    def heading(self) -> str:
        return f"{self.label} ({self.unit})" if self.unit else self.label


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings. The first `heads` cells of a row name the row.

    `records` are the entries of report.json behind the rows, in their order, where there are such. `views`
    is the language of each row, where every language of the report has rows: a reader may look at one.
    `listed` tables are lists in Markdown. A `compact` one folds its notes. The rows of a `brief` one stand
    again, with more columns, in a full table of the same section.
    """

    id: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    heads: int = 1
    notes: Sequence[str] = ()
    records: Sequence[Mapping[str, Any]] = ()
    views: Sequence[str] = ()
    listed: bool = False
    compact: bool = False
    brief: bool = False

    @property
    def drawn(self) -> int:
        """In how many columns intervals are drawn beside their numbers."""
        return sum(any(row[at].span for row in self.rows) for at in range(len(self.columns)))


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart by file name, with its numbers in words. `part` is the criterion and language it is of;
    `records` are its data."""

    file: str
    alt: str
    caption: str
    width: int
    height: int
    part: tuple[str, str] = ("", "")
    records: Sequence[Mapping[str, Any]] = ()

    @property
    def id(self) -> str:
        """The name of its data among the tables to save."""
        return f"chart-{self.file.removesuffix('.svg')}"


@dataclass(frozen=True, slots=True)
class Plates:
    """Charts that stand side by side where there is room. `views` as for a table."""

    figures: Sequence[Figure]
    views: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Terms with their values."""

    pairs: Sequence[tuple[str, Cell]]


@dataclass(frozen=True, slots=True)
class Prose:
    """One paragraph. `strong` is the sentence that a reader came for; `quiet` what stands under it."""

    text: str
    strong: bool = False
    lang: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer in one sentence behind its verdict. `kind` is the verdict's code, for its colour."""

    label: str
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Notices:
    """Warnings, the worst first: the text, the place it is about, and its code."""

    items: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Paper:
    """Text that a paper can print, with its references; it is taken away as text, Markdown and LaTeX."""

    id: str
    paragraphs: Sequence[str]
    references_title: str
    references: Sequence[str]


@dataclass(frozen=True, slots=True)
class Folded:
    """Detail that opens on request; in Markdown it stands under a heading."""

    title: str
    blocks: Sequence["Block"]


Block = Folded | Heading | Table | Figure | Plates | Facts | Prose | Verdict | Notices | Paper


@dataclass(frozen=True, slots=True)
class Section:
    """A titled section. `label` is the role of its numbers: primary, secondary, exploratory, or none."""

    id: str
    title: str
    blocks: Sequence[Block]
    label: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Sections under one heading, or without a title."""

    id: str
    title: str
    sections: Sequence[Section]


@dataclass(frozen=True, slots=True)
class View:
    """A language that a reader may look at alone; `""` is all of them."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report, in one language; of several `views` the first is the one to begin with."""

    lang: str
    title: str
    banner: str
    intro: Sequence[Block]
    parts: Sequence[Part] = field(default_factory=tuple)
    views: Sequence[View] = ()

    @property
    def sections(self) -> list[Section]:
        return [section for part in self.parts for section in part.sections]

    def tables(self) -> dict[str, Table]:
        """Every full table by its id, also those that are folded."""
        return {b.id: b for b in self._blocks() if isinstance(b, Table) and not b.brief}

    def papers(self) -> dict[str, Paper]:
        return {block.id: block for block in self._blocks() if isinstance(block, Paper)}

    def _blocks(self) -> Iterator[Block]:
        for section in self.sections:
            yield from unfolded(section.blocks)


def unfolded(blocks: Sequence[Block]) -> Iterator[Block]:
    """Every block, also those that are folded."""
    for block in blocks:
        yield block
        if isinstance(block, Folded):
            yield from unfolded(block.blocks)
