"""What a report is before it is HTML or Markdown: titled sections of a few kinds of block."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Cell:
    """One value in words. `kind` says how it is set: a number, a text, or why there is none."""

    text: str
    kind: Literal["number", "text", "absent", "code", "primary"] = "text"
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; the unit stands in it once instead of in every cell."""

    label: str
    unit: str = ""
    numeric: bool = True

    @property
    def heading(self) -> str:
        return f"{self.label} ({self.unit})" if self.unit else self.label


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings. The first `heads` cells of a row name the row."""

    id: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    heads: int = 1
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart by file name, with its numbers in words. `part` is the criterion and language it is of."""

    file: str
    alt: str
    caption: str
    width: int
    height: int
    part: tuple[str, str] = ("", "")


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
    """One paragraph. `strong` is the sentence that a reader came for."""

    text: str
    strong: bool = False
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Notices:
    """Warnings: the text, the place it is about, and its code."""

    items: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Folded:
    """Detail that opens on request; in Markdown it stands under a heading."""

    title: str
    blocks: Sequence["Block"]


Block = Folded | Heading | Table | Figure | Facts | Prose | Notices


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part. `label` is the role of its numbers: primary, secondary, exploratory, or none."""

    id: str
    title: str
    blocks: Sequence[Block]
    label: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report, in one language."""

    lang: str
    title: str
    banner: str
    intro: Sequence[Block]
    sections: Sequence[Section] = field(default_factory=tuple)
