"""Fountain into the scene model.

The library (fountain-py) classifies the lines; what it does not do is done here: cues with letters beyond A
to Z, whole lines wrapped in Markdown bold, more transitions, title pages taken off, an unclosed comment
that would swallow the rest. The library runs in a child process.
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from generation.screenplay.child import Child, ReaderFailed
from generation.screenplay.model import SPEECH, Builder, Kind, Script
from generation.screenplay.text import MAX_LINE

TIME_LIMIT_S = 8.0
CPU_S = 1.5
"""Five times what the longest text takes."""

Row = tuple[str, str, int, str, str]

FORCED = "!"
"""The extension of an action line that is one by force, so that nothing else is made of it."""


class FountainProcess(Child):
    """Keeps one child, started at first use and replaced when it dies or is too slow."""

    def __init__(self, time_limit: float = TIME_LIMIT_S) -> None:
        super().__init__(
            "generation.screenplay.fountain_child",
            what="the Fountain reader",
            time_limit=time_limit,
            cpu=CPU_S,
        )

    def rows(self, text: str) -> list[Row]:
        """The library's elements as [type, text, line, extension, dual]. Raises `ReaderFailed`."""
        answer = self.ask(json.dumps(text).encode("ascii"))
        try:
            return [tuple(row) for row in json.loads(answer)]
        except ValueError as error:
            raise ReaderFailed(f"the Fountain reader stopped: {error}") from error


_process = FountainProcess()

TITLE_KEYS = (
    "title|credit|authors?|source|notes|draft date|date|contact|copyright|revision|revised|version|format|"
    "created|writers?|written by|producer|director|series|episode"
)
_TITLE_LINE = re.compile(rf"^(?:{TITLE_KEYS})\s*:", re.IGNORECASE)
_ANY_KEY = re.compile(r"^[A-Z][\w ]{0,24}:(?!.*:$)", re.IGNORECASE)
_HEADING = re.compile(r"^(?:INT|EXT|EST|I/E)\b", re.IGNORECASE)
_WRAPPED = re.compile(r"^\s*(?:#{1,6}\s+)?(\*\*|__)(?P<inner>[^*_]+)\1\s*(?P<after>\([^()]*\))?\s*$")
_LIBRARY_CUE = re.compile(r"^[A-Z0-9][A-Z0-9\s_.'#-]*(?:\(.+\))?\s*\^*$")
_CUE_NAME = re.compile(r"^[^\W_a-z][^()!?:;]{0,39}$")
_TRANSITION = re.compile(r"^(?:[A-Z' /-]+ )?(?:FADE|CUT|DISSOLVE|WIPE|IRIS)(?: [A-Z' /-]+)?[.:]$")
_WIDE_MANNER = re.compile(r"^（(?P<manner>[^（）]{1,60})）$")
LONGEST_CUE = 120

_KINDS: dict[str, tuple[Kind, str]] = {
    "scene_heading": (Kind.HEADING, ""),
    "action": (Kind.ACTION, ""),
    "centered": (Kind.ACTION, "centered"),
    "lyrics": (Kind.DIALOGUE, "lyric"),
    "character": (Kind.CHARACTER, ""),
    "parenthetical": (Kind.PARENTHETICAL, ""),
    "dialogue": (Kind.DIALOGUE, ""),
    "transition": (Kind.TRANSITION, ""),
    "note": (Kind.NOTE, ""),
    "section": (Kind.NOTE, "section"),
    "synopsis": (Kind.NOTE, "synopsis"),
}

# Before a forced heading whose first letter is not of ASCII, which the library would not take for one.
_ANY_LETTER = "H\ufdd0"

# A first line that can be no title page, so that the library takes none of the text for one.
_GUARD = "===\n\n"


def read_fountain(text: str, language: str) -> Script:
    """Read visible text as Fountain.

    A text that the library cannot read becomes action, with a serious problem.
    """
    builder = Builder(language, "fountain")
    lines = text.split("\n")
    try:
        if any(len(line) > MAX_LINE for line in lines):
            raise ReaderFailed(f"a line is longer than {MAX_LINE:,} characters")
        lines = _prepare(text, builder)
        rows = _process.rows(_GUARD + "\n".join(lines))[1:]
    except ReaderFailed as failure:
        builder.problem("unreadable", 0, f"{failure}", serious=True)
        _as_action(lines, builder)
        return builder.script()
    _add_rows(rows, builder)
    return builder.script()


def _prepare(text: str, builder: Builder) -> list[str]:
    text = _close_comment(text, builder)
    for opening, closing, what in (("/*", "*/", "comment"), ("[[", "]]", "note")):
        line, counted = 1, 0
        for start, _ in _spans(text, opening, closing):
            line, counted = line + text.count("\n", counted, start), start
            builder.problem(what, line, f"a {what} is not printed")
    lines = _without_title_page(_without_asides(text).split("\n"), builder)
    lines = [_unwrapped(line, number, builder) for number, line in enumerate(lines, start=1)]
    lines = [_forced_cue(lines, index) for index in range(len(lines))]
    return [_forced_heading(line) for line in lines]


def _spans(text: str, opening: str, closing: str) -> Iterator[tuple[int, int]]:
    """From each opening to the next closing, in one pass: a lazy regular expression would be quadratic."""
    start = text.find(opening)
    while start >= 0:
        end = text.find(closing, start + len(opening))
        if end < 0:
            return
        yield start, end + len(closing)
        start = text.find(opening, end + len(closing))


def _without_asides(text: str) -> str:
    """The text without the notes that stand within a line, so that the words around them keep their space.

    A note over several lines in the middle of a paragraph would be taken for its end. The lines that it took
    are added below the paragraph, so that those further down keep their numbers.
    """
    kept, done, pending = [], 0, 0
    for start, end in _spans(text, "[[", "]]"):
        line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
        before, after = text[line_start:start], text[end : line_end if line_end >= 0 else len(text)]
        if (not before.strip() and not after.strip()) or "\n\n" in text[start:end] or start < done:
            continue
        kept.append(_with_lines(text[done:start], pending))
        pending = 0 if "\n\n" in text[done:start] else pending
        pending += text.count("\n", start, end)
        if before[-1:].isspace() and after[:1].isspace():
            end += 1
        done = end
    return "".join([*kept, _with_lines(text[done:], pending)])


def _with_lines(text: str, count: int) -> str:
    """A text with so many more line ends where its first paragraph ends."""
    at = text.find("\n\n")
    return text[:at] + "\n" * count + text[at:] if count and at >= 0 else text


def _close_comment(text: str, builder: Builder) -> str:
    """Take the opening of an unclosed comment away, which would hide all that follows."""
    ends = [end for _, end in _spans(text, "/*", "*/")]
    at = text.find("/*", ends[-1] if ends else 0)
    if at < 0:
        return text
    builder.problem(
        "unclosed-comment", text.count("\n", 0, at) + 1, "a comment /* is never closed", serious=True
    )
    return text[:at] + text[at:].replace("/*", "")


def _without_title_page(lines: list[str], builder: Builder) -> list[str]:
    last = title_page_end(lines)
    if last:
        first = next(index for index, line in enumerate(lines) if line.strip())
        builder.problem("title-page", first + 1, "a title page is not printed")
    return [""] * last + lines[last:]


def title_page_end(lines: Sequence[str]) -> int:
    """How many lines Fountain's title page takes from the start of a text; 0 where there is none.

    It ends at its first blank line, whichever field is last. A scene heading ends it too.
    """
    first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    last = first
    while last < len(lines) and lines[last].strip() and not _HEADING.match(lines[last]):
        last += 1
    return last if last > first and is_title_page(list(lines[first:last])) else 0


def is_title_page(block: list[str]) -> bool:
    """Whether the first block of a text is Fountain's title page: keys, of which one is well known."""
    if _TITLE_LINE.match(block[0].strip()):
        return True
    keys = all(_ANY_KEY.match(line) or line[:1] in " \t" for line in block)
    return keys and any(_TITLE_LINE.match(line.strip()) for line in block)


def _unwrapped(line: str, number: int, builder: Builder) -> str:
    """A heading, cue or transition in Markdown bold or behind `#`: the mark goes, the structure is read."""
    if len(line) > 2 * LONGEST_CUE:
        return line
    match = _WRAPPED.match(line)
    bare = (
        f"{match['inner'].strip()} {match['after'] or ''}".strip()
        if match
        else line.strip().lstrip("#").strip()
    )
    if not match and not (line.lstrip().startswith("#") and _HEADING.match(bare)):
        return line
    if not (_HEADING.match(bare) or bare.upper() == bare):
        return line
    builder.problem("markup", number, "Markdown around a line of its own")
    return bare


def _forced_cue(lines: list[str], index: int) -> str:
    """Force (`@`) a cue that the library would miss because of a letter or mark beyond A to Z."""
    line = lines[index].strip()
    before = lines[index - 1].strip() if index else ""
    after = lines[index + 1].strip() if index + 1 < len(lines) else ""
    if before or not after or _LIBRARY_CUE.match(line) or not is_cue(line):
        return lines[index]
    return "@" + line


def is_cue(line: str) -> bool:
    """Whether a line is a name in capitals, of whatever alphabet, where a speech follows it."""
    if not 0 < len(line) <= LONGEST_CUE or line[0] in "@.!>~#=[/(" or _HEADING.match(line):
        return False
    name = line.split("(")[0].rstrip("^ ")
    upper = name == name.upper() and name != name.lower()
    return upper and not name.endswith((".", ",", "-", "…", "—")) and _CUE_NAME.match(name) is not None


def is_transition(line: str) -> bool:
    return _TRANSITION.match(line) is not None


def _forced_heading(line: str) -> str:
    bare = line.lstrip()
    first = bare[1:2]
    foreign = bare[:1] == "." and not first.isascii() and (first.isalnum() or first in "《〈「『【（“")
    return f".{_ANY_LETTER}{bare[1:]}" if foreign else line


def _add_rows(rows: list[Row], builder: Builder) -> None:
    known = [_with_manner(row) for row in rows if row[0] in _KINDS]  # without page breaks and comments
    for key, group in groupby(known, key=lambda row: (row[0], row[4])):
        kind_name, dual = key
        kind, form = _KINDS[kind_name]
        members = list(group)
        if kind is Kind.DIALOGUE:
            joined = "\n".join(row[1].strip() for row in members if row[1].strip())
            last = builder.elements[-1] if builder.elements else None
            if joined and last is not None and (last.kind, last.form, last.dual) == (kind, form, dual):
                builder.extend(f"\n{joined}")  # only something empty stood between
            else:
                line = next((row[2] for row in members if row[1].strip()), 0)
                builder.add(kind, joined, line - 2, form=form, dual=dual)
            continue
        for _, text, line, extension, _ in members:
            _add_one(builder, kind, form, text, line - 2, extension, dual)


def _with_manner(row: Row) -> Row:
    """A line of speech in full-width brackets is a parenthetical, which Fountain has in narrow ones only."""
    kind, text, line, extension, dual = row
    wide = _WIDE_MANNER.match(text.strip()) if kind == "dialogue" else None
    return ("parenthetical", wide["manner"], line, extension, dual) if wide else row


def _add_one(
    builder: Builder, kind: Kind, form: str, text: str, line: int, extension: str, dual: str
) -> None:
    if kind is Kind.HEADING:
        text = text.removeprefix(_ANY_LETTER)
    elif kind is Kind.CHARACTER:
        text = f"{text.strip()} ({extension})" if extension else text.strip()
    elif kind is Kind.PARENTHETICAL:
        text = text.strip().removeprefix("(").removesuffix(")")
    elif kind is Kind.NOTE and not form:
        text = text.removeprefix("[[").removesuffix("]]")
    elif kind is Kind.ACTION and not form and extension != FORCED and is_transition(text.strip()):
        kind = Kind.TRANSITION
    elif kind is Kind.ACTION and not form:
        text = "\n".join(part.strip() for part in text.split("\n"))
    if kind in SPEECH or kind is Kind.HEADING:
        text = " ".join(text.split())
    builder.add(kind, text, line, form=form, dual=dual)


def _as_action(lines: list[str], builder: Builder) -> None:
    number = 1
    for blank, group in groupby(lines, key=lambda line: not line.strip()):
        block = list(group)
        if not blank:
            builder.add(Kind.ACTION, "\n".join(line.strip() for line in block), number)
        number += len(block)
