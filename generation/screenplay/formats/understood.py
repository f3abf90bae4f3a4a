"""What was understood of a file: the scene model, the text, and an account of every line of it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from generation.screenplay.model import Kind, Script

FORMATS = ("fountain", "fdx", "docx", "pdf", "plain")

NOT_UNDERSTOOD = "not-understood"
DROPPED = frozenset(
    {
        "title-page",
        "outline",
        "page-number",
        "page-header",
        "continued",
        "scene-number",
        "comment",
        "note",
        "section",
        "synopsis",
        "page-break",
        "deleted",
        "hidden",
        "left-out",
    }
)
"""Understood, and in no printed script."""


CHOICES = (
    "heading",
    "cast",
    "action",
    "character",
    "parenthetical",
    "dialogue",
    "speech",
    "transition",
    "centered",
    "left-out",
)
"""What a person may set a line to. `speech` is a name and its words on one line, parted by a colon."""


class Piece(NamedTuple):
    """What one line gives to the script: an element, or its share of one that began on a line above."""

    kind: Kind
    text: str
    form: str = ""
    dual: str = ""
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line, or paragraph, of the file as it stands there.

    `number` counts lines of a text, paragraphs of FDX and Word, lines of a PDF, from 1; `page` is the PDF's
    page or 0. `understood` are the kinds that were made of it, in order: those of the scene model (heading,
    cast, action, character, parenthetical, dialogue, transition, note, section, synopsis), `shot`, `super`,
    `flashback`, `lyric`, `centered`, one of `DROPPED`, or `not-understood`. `warning` is a code or
    empty. `scene` counts from 1; 0 is that of the line before. `pieces` are what it gives to the script.
    """

    number: int
    source: str
    understood: tuple[str, ...]
    page: int = 0
    warning: str = ""
    scene: int = 0
    pieces: tuple[Piece, ...] = ()

    @property
    def dropped(self) -> bool:
        return bool(self.understood) and set(self.understood) <= DROPPED

    @property
    def lost(self) -> bool:
        return NOT_UNDERSTOOD in self.understood


@dataclass(frozen=True, slots=True)
class Warned:
    """Something to know about the file. `code` is stable; `number` is the line meant, 0 for the whole.

    Codes of a file: `encoding` (an old one was chosen), `mojibake`, `columns` (a typed page, read by its
    indents), `language`, `not-understood`, `no-structure` (blank lines may be missing), `before-heading`
    (text above the first scene heading), of Final Draft `outline`, and of Word `tracked`, `notes`,
    `pictures`, `hidden`. Codes of a line (`Line.warning`): `read-differently` (the layout cannot hold what
    the file says), `maybe-heading`, `maybe-speech`, `maybe-joined` (two printed lines may be one paragraph or
    two), `maybe-table` (a row of a table that was not understood), `not-in-cast` (a speaker whom no cast line
    lists), and those of `check_format`.
    """

    code: str
    number: int
    message: str


@dataclass(frozen=True, slots=True)
class Understood:
    """A file as it was read. `script` is `parse(text, language)`; `encoding` is empty where there is none,
    and so is `title`, which its title page gives.
    """

    script: Script
    text: str
    language: str
    format: str
    encoding: str
    lines: tuple[Line, ...]
    warnings: tuple[Warned, ...] = field(default=())
    title: str = ""

    @property
    def is_silent(self) -> bool:
        """Whether nobody speaks in it, from beginning to end."""
        return not any(self.script.of(Kind.CHARACTER)) and not any(self.script.of(Kind.DIALOGUE))

    @property
    def lost(self) -> tuple[Line, ...]:
        """The lines of which nothing was understood."""
        return tuple(line for line in self.lines if line.lost)
