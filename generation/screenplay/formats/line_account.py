"""Line by line: what stands in the file, and what was made of it. Plain text becomes a script here."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from generation.screenplay import Element, Kind, Script, check_format, parse, script_text
from generation.screenplay.chinese_words import MARKS
from generation.screenplay.formats.cutting import headed
from generation.screenplay.formats.items import Item, build
from generation.screenplay.formats.page_layout import kind_at
from generation.screenplay.formats.reading_result import NOT_UNDERSTOOD, Line, LineElement, Warned
from generation.screenplay.formats.rows import Paragraph
from generation.screenplay.formats.title_page import title_lines
from generation.screenplay.fountain import _spans, title_page_end
from generation.screenplay.measure import before_heading
from generation.screenplay.text import visible_text

_SHOWN_FORMS = frozenset({"shot", "super", "flashback", "lyric", "centered", "section", "synopsis"})
_MAYBE_SPEECH = re.compile(r"^[^\s：:，。,.!?！？]{1,12}\s*[：:]\s*\S")
_NAMES = re.compile(r"[、，,\s　]+")
_ALONE = re.compile(r"^(?P<name>[^（(：:]{1,12}?)?\s*(?:[（(][^（）()]*[)）])?$")
_MAYBE_HEADING = re.compile(r"^(?:第?\s*[0-9０-９一二三四五六七八九十百]+\s*(?:[-－—.．、]|场|幕)|场景|场次)")

_ASIDE = re.compile(r"\[\[.*?\]\]|/\*.*?\*/")
_NO_LETTERS = re.compile(r"[\W_]+")
_BARE_MARKS = MARKS + "@.!>~^ \u3000"
"""Marks of a layout: a line of nothing else is no element."""

_BLANK_LINE = re.compile(r"\n[ \t\u3000]*\n")
FEWEST_LINES = 4
"""A text of fewer lines needs no structure."""

HEAD_NOTE = "//!"
"""Begins a line above a script that says something about it."""

Source = tuple[int, int, str]
"""A line's number and page in the file, and its text."""

Shares = dict[int, list[tuple[Element, LineElement]]]
"""By line, the elements that the line has a share of, and that share."""


def label(element: Element) -> str:
    return element.form if element.form in _SHOWN_FORMS else str(element.kind)


def of_text(script: Script, sources: Sequence[Source]) -> Iterator[Line]:
    """The account of a text: `sources[k]` is where line k + 1 of the parsed text comes from."""
    texts = [text for _, _, text in sources]
    scenes = scenes_by_line(script)
    dropped = _dropped(script, texts)
    warnings = _by_line(script)
    doubts = _Doubts(script)
    shares = _shares(script, texts)
    for line, (number, page, text) in enumerate(sources, start=1):
        if not text.strip():
            continue
        here = shares.get(line, [])
        kinds = [label(element) for element, _ in here] or dropped.get(line) or [NOT_UNDERSTOOD]
        warning = warnings.get(line, "") or doubts.of(text, kinds)
        pieces = tuple(piece for _, piece in here)
        scene = scenes.get(line, 0)
        yield Line(number, text, tuple(dict.fromkeys(kinds)), page, warning, scene, pieces)


def _shares(script: Script, texts: Sequence[str]) -> Shares:
    """Which line of a text gives what to which element."""
    starting: dict[int, list[Element]] = {}
    for element in script.elements:
        starting.setdefault(element.line, []).append(element)
    shares: Shares = {}
    current: Element | None = None
    later: list[int] = []
    for line in range(1, len(texts) + 2):
        here = starting.get(line, [])
        if here or line > len(texts):
            if current is not None:
                _part(current, later, texts, shares)
            current, later = (here[-1] if here else None), []
            for element in here:
                share = LineElement(element.kind, element.text, element.form, element.dual)
                shares.setdefault(line, []).append((element, share))
        elif current is not None and texts[line - 1].strip() and _holds(current, texts[line - 1]):
            later.append(line)
    return shares


def _part(
    element: Element,
    later: Sequence[int],
    texts: Sequence[str],
    shares: dict[int, list[tuple[Element, LineElement]]],
) -> None:
    """Share an element out between the line that it begins on and later ones."""
    first, *rest = element.text.split("\n")
    if len(rest) != len(later):
        # The reader joined the lines without a line's end.
        first, rest = element.text, []
        for line in reversed(later):
            share = texts[line - 1].strip(" 　\t")
            first = first.removesuffix(share).rstrip()
            rest.insert(0, share)
    _, piece = shares[element.line][-1]
    shares[element.line][-1] = (element, piece._replace(text=first))
    for line, text in zip(later, rest, strict=True):
        shares.setdefault(line, []).append((element, piece._replace(text=text, goes_on=True)))


def _holds(element: Element, line: str) -> bool:
    """Whether a later line is part of an element: its letters, without notes and marks, stand in it.

    Lines of one speech are joined by the reader around a note, a line of two spaces, or after a comma.
    """
    line = _ASIDE.sub("", line)
    letters = _NO_LETTERS.sub("", line)
    if letters:
        return letters in _letters_of(element.text)
    return bool(line.strip(_BARE_MARKS)) and line.strip() in element.text


@lru_cache(maxsize=4)
def _letters_of(text: str) -> str:
    """The letters of an element: asked once for each line that may be part of it."""
    return _NO_LETTERS.sub("", text)


def scenes_by_line(script: Script) -> dict[int, int]:
    """The number of the scene that each element's line belongs to, both from 1."""
    return {
        element.line: number
        for number, scene in enumerate(headed(script), start=1)
        for element in script.scene_elements(scene)
    }


def _by_line(script: Script) -> dict[int, str]:
    """The format's problems that belong to one line, by that line."""
    found: dict[int, str] = {}
    for problem in check_format(script):
        if problem.line and problem.code not in ("comment", "note", "title-page", "unmarked-action"):
            found.setdefault(problem.line, problem.code)
    return found


class _Doubts:
    """Finds lines that were read as action and perhaps were meant as something else."""

    def __init__(self, script: Script) -> None:
        self.chinese = script.language == "zh"
        self.fountain = script.layout == "fountain"
        self.names = {_bare(cue.text) for cue in script.of(Kind.CHARACTER)}
        self.names |= {name for cast in script.of(Kind.CAST) for name in _NAMES.split(cast.text)}
        self.speaking = False

    def of(self, text: str, kinds: Sequence[str]) -> str:
        """The code of the doubt, or the empty string. Takes the lines in order."""
        text, speaking, self.speaking = text.strip(), self.speaking, False
        if list(kinds) != [str(Kind.ACTION)]:
            return ""
        if self.fountain and kind_at(0.0, text) is Kind.HEADING:
            return "maybe-heading"
        if not self.chinese:
            return ""
        if _MAYBE_HEADING.match(text):
            return "maybe-heading"
        if self._is_cue(text) or (speaking and text[:1] in "(（"):
            self.speaking = True  # a name above its speech: what follows is it
            return "maybe-speech"
        if text[0] in MARKS:  # the mark says that it is action
            name = _bare(re.split("[：:]", text, maxsplit=1)[0].lstrip(_BARE_MARKS))
            return "maybe-speech" if name in self.names and _MAYBE_SPEECH.match(text) else ""
        return "maybe-speech" if speaking or _MAYBE_SPEECH.match(text) else ""

    def _is_cue(self, text: str) -> bool:
        match = _ALONE.match(text)
        return bool(match and match["name"] and match["name"] in self.names)


def _bare(cue: str) -> str:
    return re.sub(r"\s*[（(].*$", "", cue).strip()


def _dropped(script: Script, lines: Sequence[str]) -> dict[int, list[str]]:
    """Lines of a Fountain text that are no part of the script: title page, comments, notes, page breaks."""
    if script.layout != "fountain":
        return {}
    found: dict[int, list[str]] = {}
    text = "\n".join(lines)
    for opening, closing, what in (("/*", "*/", "comment"), ("[[", "]]", "note")):
        number, counted = 1, 0
        for start, end in _spans(text, opening, closing):
            number, counted = number + text.count("\n", counted, start), start
            for line in range(number, number + text.count("\n", start, end) + 1):
                found[line] = [what]
    for problem in script.problems:
        if problem.code == "title-page":
            for line in range(problem.line, title_page_end(lines) + 1):
                found[line] = ["title-page"]
    for number, line_text in enumerate(lines, start=1):
        if re.fullmatch(r"={3,}", line_text.strip()):
            found[number] = ["page-break"]
    return found


def of_items(items: Iterable[Item], meant: Script, read: Script) -> Iterator[Line]:
    """The account of paragraphs whose kinds the file gives. `read` is what their text was parsed to."""
    wrong = lines_read_differently(meant, read)
    problems = problems_by_number(meant, read)
    scenes = scenes_by_line(meant)
    for item in items:
        if not item.source.strip():
            continue
        warning = "read-differently" if item.number in wrong else problems.get(item.number, item.warning)
        scene = scenes.get(item.number, 0)
        pieces = tuple(_pieces(item, meant.language))
        yield Line(item.number, item.source, (item.label,), item.page, warning, scene, pieces)


def lines_read_differently(meant: Script, read: Script) -> set[int]:
    """Find the lines of `meant` whose elements `read` does not have, or has less often."""
    left = Counter((each.kind, each.text) for each in read.elements)
    found: set[int] = set()
    for element in meant.elements:
        if left[element.kind, element.text] <= 0:
            found.add(element.line)
        left[element.kind, element.text] -= 1
    return found


def _pieces(item: Item, language: str) -> Iterator[LineElement]:
    for each in build([item], language).elements:
        yield LineElement(each.kind, each.text, each.form, each.dual)


def problems_by_number(meant: Script, read: Script) -> dict[int, str]:
    """Problems of the parsed text by the paragraph that it came from, where the two run side by side."""
    if len(meant.elements) != len(read.elements):
        return {}
    pairs = zip(read.elements, meant.elements, strict=True)
    numbers = {own.line: before.line for own, before in pairs}
    return {numbers[line]: code for line, code in _by_line(read).items() if line in numbers}


def lost(lines: Sequence[Line]) -> Iterator[Warned]:
    """One warning for all lines of which nothing was understood."""
    numbers = [line.number for line in lines if line.lost]
    if numbers:
        count = "1 line wasn't" if len(numbers) == 1 else f"{len(numbers)} lines weren't"
        yield Warned("not-understood", numbers[0], f"{count} recognized")


def structure(script: Script, text: str) -> Iterator[Warned]:
    """Warnings about the whole text: it has no structure, or begins above its first scene heading."""
    if _is_unstructured(script, text):
        message = "no headings, names or dialogue recognized: blank lines may be missing"
        yield Warned("no-structure", 0, message)
    if above := before_heading(script):
        yield Warned(
            "before-heading", 0, f"text before the first scene heading is in no scene ({len(above)})"
        )


def _is_unstructured(script: Script, text: str) -> bool:
    shown = [element for element in script.elements if element.printed]
    if sum(element.text.count("\n") + 1 for element in shown) < FEWEST_LINES:
        return False
    kinds = {element.kind for element in shown}
    if script.layout == "chinese":
        return kinds == {Kind.ACTION} and all(element.form == "unmarked" for element in shown)
    if kinds <= {Kind.ACTION, Kind.TRANSITION}:
        return True
    return Kind.CHARACTER not in kinds and not _BLANK_LINE.search(text.strip())


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


def from_lines(sources: Sequence[Source], language: str) -> tuple[str, Script, list[Line]]:
    # A line of the file can hold separators that stand for line ends: each part keeps the line's number.
    parts = [
        (number, page, part) for number, page, text in sources for part in visible_text(text)[0].split("\n")
    ]
    first = next((index for index, each in enumerate(parts) if each[2].strip()), len(parts))
    text = script_text("\n".join(text for _, _, text in sources))
    script = parse(text, language)
    return text, script, list(of_text(script, parts[first:]))
