"""The scene model as Fountain that reads back to the same model.

A mark of force (`.`, `!`, `@`, `>`) stands only where the plain line would be read as something else. What
Fountain cannot hold at all is a literal `[[` or `]]`, and `/*` in the brackets after a name: it is broken by
a space.
"""

import re
from collections.abc import Iterator, Sequence

from generation.screenplay import fountain
from generation.screenplay.model import SPEECH, Element, Kind, Script

_ESCAPED = re.compile(r"\\(?=[*_\\])|\*|(?<![^\W_])_|_(?![^\W_])")
_MARKS = tuple(".!@>#=~")
_NATURAL_HEADING = re.compile(r"^(?:INT|EXT|EST|I/E|INT/EXT|INT\./EXT)(?:\s*\.|\s)", re.IGNORECASE)
_SCENE_NUMBER = re.compile(r"#[A-Za-z0-9.-]+#\s*$")
_NATURAL_TRANSITION = re.compile(r"^[A-Z\s.'/-]+TO:$|^FADE IN:$|^FADE OUT\.$")
_NATURAL_CUE = re.compile(r"^[A-Z][A-Z0-9 .'-]*(?: \([^()]+\))?$")
_FOREIGN_CUE = re.compile(r"^(?:[^\W\d_]|[0-9 .'-])+(?: \([^()]+\))?$")


def fountain_text(script: Script) -> str:
    """The script as Fountain, ending in LF; empty where there is nothing.

    Every action of a Chinese script is marked, so that the file is known for Fountain.
    """
    force = script.language == "zh"
    blocks = ["\n".join(_block(block, force)) for block in _blocks(script.elements)]
    return "\n\n".join(block for block in blocks if block) + "\n" if blocks else ""


def bare_fountain(script: Script) -> str:
    """The printed lines of a script without marks of force and escapes; names stand in capitals. A heading
    that begins with no INT. or EXT. keeps its point, for nothing else tells that a scene begins."""
    shown = [element for element in script.elements if element.printed]
    blocks = ["\n".join(map(_bare, block)) for block in _blocks(shown)]
    return "\n\n".join(block for block in blocks if block) + "\n" if blocks else ""


def _bare(element: Element) -> str:
    if element.kind is Kind.CHARACTER:
        return element.text.upper()
    if element.kind is Kind.PARENTHETICAL:
        return f"({element.text})"
    if element.kind is Kind.HEADING and not _NATURAL_HEADING.match(element.text):
        return f".{element.text}"
    return element.text


def _blocks(elements: Sequence[Element]) -> Iterator[list[Element]]:
    """What stands without a blank line between: a cue with its speech and the notes within it, or one."""
    block: list[Element] = []
    for index, element in enumerate(elements):
        if block and _joins(block, element, elements, index):
            block.append(element)
            continue
        if block:
            yield block
        block = [element]
    if block:
        yield block


def _joins(block: list[Element], element: Element, elements: Sequence[Element], index: int) -> bool:
    if block[0].kind not in SPEECH:
        return False
    if element.kind in (Kind.PARENTHETICAL, Kind.DIALOGUE):
        return block[-1].dual == element.dual
    if element.kind is not Kind.NOTE or element.form:
        return False
    rest = (each for each in elements[index + 1 :] if each.kind is not Kind.NOTE or each.form)
    following = next(rest, None)
    return following is not None and following.kind in (Kind.PARENTHETICAL, Kind.DIALOGUE)


def _block(block: list[Element], force: bool) -> Iterator[str]:
    for index, element in enumerate(block):
        following = block[index + 1] if index + 1 < len(block) else None
        yield from _lines(element, following, force)


def _lines(element: Element, following: Element | None, force: bool) -> Iterator[str]:
    text = element.text if element.kind is Kind.NOTE else _unbracketed(element.text)
    if element.kind is Kind.HEADING:
        yield _heading(_escaped(text), force=force)
    elif element.kind is Kind.CHARACTER:
        yield _cue(text, element.dual, following, force=force)
    elif element.kind is Kind.PARENTHETICAL:
        yield f"({_escaped(text)})"
    elif element.kind is Kind.DIALOGUE:
        for line in text.split("\n"):
            yield f"~{_escaped(line)}" if element.form == "lyric" else _spoken(line)
    elif element.kind is Kind.TRANSITION:
        yield f"> {_escaped(text)}" if force else _transition(text)
    elif element.kind is Kind.NOTE:
        yield _note(element)
    elif element.form == "centered":
        yield f"> {_escaped(text)} <"
    else:
        lines = text.split("\n")
        for number, line in enumerate(lines):
            first = not number
            title = first and fountain.is_title_page(lines)
            yield _action(line, title=title, above=first and len(lines) > 1, force=force)


def _heading(text: str, *, force: bool) -> str:
    if _SCENE_NUMBER.search(text):
        text += " #0#"  # the last number in the line is taken off
    return text if _NATURAL_HEADING.match(text) and not force else f".{text}"


def _cue(text: str, dual: str, following: Element | None, *, force: bool) -> str:
    name, bracket, extension = text.partition("(")
    # Escapes are read in the name, and not in what stands in brackets after it: there a comment's opening is
    # broken by a space.
    name = name.replace("\\", "\\\\").replace("/*", "/\\*")
    line = name + bracket + extension.replace("/*", "/ *")
    spoken = following is not None and following.kind in (Kind.PARENTHETICAL, Kind.DIALOGUE)
    first = following.text.split("\n")[0] if spoken and following is not None else ""
    # A name is one by itself where its speech can be no name.
    natural = first.upper() != first and not force and _is_natural_cue(line)
    return ("" if natural else "@") + line + (" ^" if dual == "right" else "")


def _is_natural_cue(line: str) -> bool:
    if _NATURAL_HEADING.match(line):
        return False
    return bool(_NATURAL_CUE.match(line) or (_FOREIGN_CUE.match(line) and fountain.is_cue(line)))


def _transition(text: str) -> str:
    return text if _is_natural_transition(text) else f"> {_escaped(text)}"


def _is_natural_transition(text: str) -> bool:
    ours = fountain.is_transition(text) and "\n" not in text
    return bool(_NATURAL_TRANSITION.match(text) or ours)


def _note(element: Element) -> str:
    if element.form == "section":
        return f"# {_escaped(element.text)}"
    if element.form == "synopsis":
        return f"= {_escaped(element.text)}"
    # A blank line would end the note; two blanks in it do not.
    text = re.sub(r"(?<=\n)(?=\n)", "  ", element.text)
    return f"[[{text}]]".replace("\\", "\\\\").replace("/*", "/\\*")


def _spoken(line: str) -> str:
    """A line of speech. There is no mark of force for one: emphasis on its first word hides the letter."""
    if not (line.startswith(_MARKS) or _like_parenthetical(line) or line.startswith("[[")):
        return _escaped(line)
    # A backslash before the closing star would escape it, a slash would open a comment.
    word = line.split(maxsplit=1)[0].rstrip("\\/")
    return f"*{_escaped(word)}*{_escaped(line[len(word) :])}"


def _like_parenthetical(line: str) -> bool:
    return line.startswith("(") and line.endswith(")")


def _action(line: str, *, title: bool, above: bool, force: bool) -> str:
    """A line of action, with its mark of force where it could be anything else: a title page's first line,
    a heading, a transition, a name `above` what would be its speech."""
    name = line.split("(")[0]
    other = (
        title
        or line.startswith((*_MARKS, "*", "_"))
        or _NATURAL_HEADING.match(line)
        or _is_natural_transition(line)
        or (above and name.upper() == name)
    )
    return f"!{_escaped(line)}" if force or other else _escaped(line)


def _escaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: "\\" + match[0], text)


def _unbracketed(text: str) -> str:
    while "[[" in text or "]]" in text:
        text = text.replace("[[", "[ [").replace("]]", "] ]")
    return text
