"""What a person says that lines of a file are, where they were taken for something else."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from generation.screenplay import Kind, Script, parse, script_text, source_text
from generation.screenplay.formats import account
from generation.screenplay.formats.items import Item, build
from generation.screenplay.formats.understood import CHOICES, Line, Piece, Understood

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
    warnings += [*account.lost(lines), *account.structure(script, text)]
    return replace(understood, script=script, text=text, lines=tuple(lines), warnings=tuple(warnings))


def _set(line: Line, choice: str) -> Line:
    if not choice:
        return line
    if line.understood == (choice,):
        return replace(line, warning="")  # it is as it was taken
    pieces = tuple(_pieces(line, choice))
    kinds = [piece.form or str(piece.kind) for piece in pieces]
    return replace(line, understood=tuple(kinds) or ("left-out",), warning="", pieces=pieces)


def _pieces(line: Line, choice: str) -> Iterator[Piece]:
    """What a line gives to the script once it is what was chosen; without letters it gives nothing."""
    text = _text_of(line)
    if choice == "left-out" or not text:
        return
    if choice == "centered":
        yield Piece(Kind.ACTION, text, "centered")
    elif choice != "speech":
        yield Piece(Kind(choice), text)
    elif (match := _SPEECH.match(text)) is None:
        yield Piece(Kind.DIALOGUE, text)
    else:
        yield Piece(Kind.CHARACTER, match["name"])
        yield Piece(Kind.DIALOGUE, match["words"])


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


def _same(item: Item, piece: Piece) -> bool:
    return (item.kind, item.form, item.dual) == (piece.kind, piece.form, piece.dual)


def _accounted(
    lines: Sequence[Line], changes: Mapping[int, str], meant: Script, script: Script
) -> Iterator[Line]:
    """The lines with their scenes, and with the warnings that depend on the lines around them."""
    wrong = account.lines_read_differently(meant, script)
    problems = account.problems_by_number(meant, script)
    scenes = account.scenes_by_line(meant)
    for line in lines:
        warning = "read-differently" if line.number in wrong else problems.get(line.number, "")
        if not warning and line.warning not in _OF_THE_SCRIPT:
            warning = line.warning
        yield replace(line, warning=warning, scene=scenes.get(line.number, 0))
