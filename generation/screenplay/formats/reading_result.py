"""What was understood of a file: the scene model, the text, and an account of every line of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from generation.screenplay import Kind, Script, parse, script_text, source_text
from generation.screenplay.formats import line_account
from generation.screenplay.formats.items import Item, build

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


class LineElement(NamedTuple):
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
    pieces: tuple[LineElement, ...] = ()

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
    (text above the first scene heading), `quotes` (around whole speeches, not shown), of Final Draft
    `outline`, and of Word `tracked`, `notes`, `pictures`, `hidden`. Codes of a line (`Line.warning`):
    `read-differently` (the layout cannot hold what the file says), `ambiguous-layout` (the line's place does
    not say what it is), `maybe-heading`, `maybe-speech`, `maybe-joined` (two printed lines may be one
    paragraph or two), `maybe-table` (a row of a table that was not understood), `not-in-cast` (a speaker whom
    no cast line lists), and those of `check_format`.
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


_SPEECH = re.compile(r"^(?P<name>[^：:]{1,40}?)\s*[：:]\s*(?P<words>\S.*)$", re.DOTALL)
_MARKS = re.compile(r"^(?:[@!~△]|>(?=.*<$)|\.(?=\w))\s*|(?<=\S)\s*[<^]$")
_OF_THE_SCRIPT = frozenset(
    {"read-differently", "cue-alone", "speech-as-action", "before-heading", "no-scene-between"}
)
"""Warnings of a line that depend on the lines around it."""
_OF_THE_FILE = frozenset({"not-understood", "no-structure", "before-heading"})
"""Warnings of a file that a change can settle."""


def corrected(understood: Understood, changes: Mapping[int, str]) -> Understood:
    """A file with some of its lines set to one of `CHOICES`, by their number.

    All other lines keep what they give to the script. Raises `ValueError` for a type that is not known.
    """
    if unknown := set(changes.values()) - set(CHOICES):
        raise ValueError(f"no such type of line: {', '.join(sorted(unknown))}")
    changes = {line.number: changes[line.number] for line in understood.lines if line.number in changes}
    if not changes:
        return understood
    lines = [_set(line, changes.get(line.number, "")) for line in understood.lines]
    meant = build(_items(lines), understood.language)
    text = script_text(source_text(meant))
    script = parse(text, understood.language)
    lines = list(_accounted(lines, changes, meant, script))
    warnings = [each for each in understood.warnings if each.code not in _OF_THE_FILE]
    warnings += [*line_account.lost(lines), *line_account.structure(script, text)]
    return replace(understood, script=script, text=text, lines=tuple(lines), warnings=tuple(warnings))


def _set(line: Line, choice: str) -> Line:
    if not choice:
        return line
    if line.understood == (choice,):
        return replace(line, warning="")  # it is as it was taken
    pieces = tuple(_pieces(line, choice))
    kinds = [piece.form or str(piece.kind) for piece in pieces]
    return replace(line, understood=tuple(kinds) or ("left-out",), warning="", pieces=pieces)


def _pieces(line: Line, choice: str) -> Iterator[LineElement]:
    """What a line gives to the script once it is what was chosen; without letters it gives nothing."""
    text = _text_of(line)
    if choice == "left-out" or not text:
        return
    if choice == "centered":
        yield LineElement(Kind.ACTION, text, "centered")
    elif choice != "speech":
        yield LineElement(Kind(choice), text)
    elif (match := _SPEECH.match(text)) is None:
        yield LineElement(Kind.DIALOGUE, text)
    else:
        yield LineElement(Kind.CHARACTER, match["name"])
        yield LineElement(Kind.DIALOGUE, match["words"])


def _text_of(line: Line) -> str:
    """A line without the marks of its layout: what it gave to the script if that was one piece."""
    if len(line.pieces) == 1 and line.pieces[0].kind is not Kind.PARENTHETICAL:
        return line.pieces[0].text.strip()
    return _MARKS.sub("", line.source.strip(" \u3000\t")).strip()


def _items(lines: Sequence[Line]) -> Iterator[Item]:
    """One item for each piece; a paragraph over several lines is one item again."""
    held: Item | None = None
    for line in lines:
        for piece in line.pieces:
            if held is not None and piece.goes_on and _same(held, piece):
                held = replace(held, text=f"{held.text}\n{piece.text}")
                continue
            if held is not None:
                yield held
            held = Item(line.number, line.source, piece.text, piece.kind, piece.form, piece.dual, line.page)
    if held is not None:
        yield held


def _same(item: Item, piece: LineElement) -> bool:
    return (item.kind, item.form, item.dual) == (piece.kind, piece.form, piece.dual)


def _accounted(
    lines: Sequence[Line], changes: Mapping[int, str], meant: Script, script: Script
) -> Iterator[Line]:
    """The lines with their scenes, and with the warnings that depend on the lines around them."""
    wrong = line_account.lines_read_differently(meant, script)
    problems = line_account.problems_by_number(meant, script)
    scenes = line_account.scenes_by_line(meant)
    for line in lines:
        warning = "read-differently" if line.number in wrong else problems.get(line.number, "")
        if not warning and line.warning not in _OF_THE_SCRIPT:
            warning = line.warning
        yield replace(line, warning=warning, scene=scenes.get(line.number, 0))
