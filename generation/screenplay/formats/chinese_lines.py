"""A Chinese screenplay in lines: plain text, Word or Fountain.

Names that stand above their speech are put before it (`names_above`); Fountain's marks of force are read by
Fountain's rules, and kept in the Chinese layout.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from generation.screenplay import Element, Kind, Script, detect, parse, script_text, source_text
from generation.screenplay.chinese import is_heading, names_in, read_chinese
from generation.screenplay.chinese_words import CAST, LABELS, MARKS, PLACES, TIMES
from generation.screenplay.formats import line_account, names_above
from generation.screenplay.formats.items import Item, build, style_of
from generation.screenplay.formats.line_account import from_paragraphs
from generation.screenplay.formats.reading_result import Line, LineElement
from generation.screenplay.formats.rows import Paragraph
from generation.screenplay.formats.title_page import title_lines
from generation.screenplay.fountain import read_fountain
from generation.screenplay.text import visible_text

_MARK = re.compile(r"[@!]\S|>\s*\S|\.[^\s.]")

_BRACKETS = re.compile(r"[（(【\[][^（）()【】\[\]]*[）)】\]]")
_ANYBODY = re.compile(rf"^(?:{LABELS}|众.*|齐声|大家|所有人|全体|群众.*)$", re.IGNORECASE)
_WHEN_OR_WHERE = rf"(?:{TIMES}|{PLACES})"
_MAYBE_HEADING = re.compile(
    rf"^(?:[0-9０-９]{{1,3}}[^\s\d。！？，,；：:]{{2,14}}{_WHEN_OR_WHERE}|"
    rf"[^\s。！？，,；：:]{{2,14}}{_WHEN_OR_WHERE}{{2}}|"
    rf"[0-9０-９]{{1,3}}{_WHEN_OR_WHERE}{{2}}[^\s。！？，,；：:]{{2,14}}|"
    rf"[^\s。！？，,；：:]{{2,14}}\s+{_WHEN_OR_WHERE})$"
)


def understand_chinese(kind: str, paragraphs: Sequence[Paragraph]) -> tuple[str, Script, list[Line]]:
    """The text that is stored, its script, and the account of each line."""
    titles = title_lines([each.text for each in paragraphs], "zh")
    texts = ["" if each.drop or at in titles else each.text for at, each in enumerate(paragraphs)]
    cues = {at for at, each in enumerate(paragraphs) if (style_of(each.style) or ("",))[0] is Kind.CHARACTER}
    shown = [_with_mark(each, text) for each, text in zip(paragraphs, texts, strict=True)]
    as_fountain = _is_fountain(kind, shown)
    filled = [each for each in paragraphs if each.text.strip()]
    if not as_fountain and kind != "fountain" and len(paragraphs) >= 1.9 * len(filled) > 8:
        # A blank line follows every line: it parts nothing.
        return understand_chinese(kind, filled)
    found = names_above.find(shown, cues, fountain=as_fountain or kind == "fountain")
    cues = {speech.cue for speech in found.speeches}
    marked = [_marked(texts, at, cues) for at in range(len(texts))] if as_fountain else []
    if as_fountain and (kind == "fountain" or marked != texts):
        return _by_fountain(paragraphs, texts, marked, found)
    text, script, lines = from_paragraphs(paragraphs, "zh")
    if found.speeches and not as_fountain:
        other = _retyped(paragraphs, texts, found)
        if _flat(other[1]) != _flat(script):  # else all was understood as it stands
            text, script, lines = other
    return text, script, _doubted(lines, paragraphs, found)


def with_doubts(script: Script, lines: Sequence[Line]) -> list[Line]:
    """The account with what a Chinese text leaves open: speakers whom no cast lists, and likely headings."""
    cast = {name for each in script.of(Kind.CAST) for name in names_in(_BRACKETS.sub("、", each.text))}
    return [each if each.warning else replace(each, warning=_doubt(each, cast)) for each in lines]


def _doubt(line: Line, cast: set[str]) -> str:
    text = line.source.strip(" 　\t")
    # Only a colon makes a speaker by itself. A mark or a style says so, whatever the cast is.
    if str(Kind.CHARACTER) in line.understood and cast and re.search("[：:]", text):
        name = _BRACKETS.sub("", re.split("[：:]", names_above.bare(text), maxsplit=1)[0])
        parts = [part for part in names_in(re.sub("[&＆和]", "、", name)) if not _ANYBODY.match(part)]
        listed = all(any(known in part or part in known for known in cast) for part in parts)
        return "" if listed else "not-in-cast"
    return "maybe-heading" if line.understood == (str(Kind.ACTION),) and _MAYBE_HEADING.match(text) else ""


def _with_mark(paragraph: Paragraph, text: str) -> str:
    """A line as names and Fountain's marks are looked for: what its style calls action is neither."""
    plain = not text.strip() or names_above.SAID.match(text) or names_above.is_layout(text.strip(" 　\t"))
    return text if plain or style_of(paragraph.style) != (Kind.ACTION, "") else f"△{text}"


def _flat(script: Script) -> list[tuple[str, str, str]]:
    return [(each.kind, each.text, each.form) for each in script.elements]


def _is_fountain(kind: str, texts: Sequence[str]) -> bool:
    lines = [line.lstrip() for line in texts]
    marks = sum(1 for line in lines if _MARK.match(line))
    if not marks or marks < sum(1 for line in lines if line and line[0] in MARKS):
        return False
    # Without blank lines, which end a speech, Fountain's rules would take all for speech.
    parted = sum(1 for line in lines if not line) >= marks
    return kind == "fountain" or (parted and detect(visible_text("\n".join(texts))[0], "zh") == "fountain")


def _retyped(
    paragraphs: Sequence[Paragraph], texts: Sequence[str], found: names_above.SpeechMatches
) -> tuple[str, Script, list[Line]]:
    typed = names_above.typed(texts, found)
    cues = {(paragraphs[each.cue].number, typed[each.cue]): each.cue for each in found.speeches}
    changed = [each if not texts[at] else each._replace(text=typed[at]) for at, each in enumerate(paragraphs)]
    text, script, lines = from_paragraphs(changed, "zh")
    told = []
    for line in lines:
        at = cues.get((line.number, line.source))
        if at is not None:
            pieces = tuple(piece for piece in line.pieces if str(piece.kind) in _cue(texts[at]))
            line = replace(line, source=texts[at], understood=_cue(texts[at]), pieces=pieces)
        told.append(line)
    scenes = {line.number: line.scene for line in lines}
    for speech in found.speeches:
        scene = scenes.get(paragraphs[speech.cue].number, 0)
        told += [_speech_line(paragraphs[at].number, texts[at], scene) for at in speech.said]
    return text, script, sorted(told, key=lambda line: line.number)


def _cue(text: str) -> tuple[str, ...]:
    manner = re.search(r"[（(]", text)
    return (str(Kind.CHARACTER), str(Kind.PARENTHETICAL)) if manner else (str(Kind.CHARACTER),)


def _speech_line(number: int, text: str, scene: int) -> Line:
    """A line of a speech below its name."""
    bare = text.strip(" 　\t")
    kind = Kind.PARENTHETICAL if names_above.is_manner(bare) else Kind.DIALOGUE
    piece = LineElement(kind, bare[1:-1] if kind is Kind.PARENTHETICAL else bare)
    return Line(number, text, (str(kind),), scene=scene, pieces=(piece,))


def _doubted(
    lines: list[Line], paragraphs: Sequence[Paragraph], found: names_above.SpeechMatches
) -> list[Line]:
    numbers = {paragraphs[at].number for at in found.doubts}
    return [
        replace(line, warning="maybe-speech")
        if line.number in numbers and not line.warning and line.understood == (str(Kind.ACTION),)
        else line
        for line in lines
    ]


def _by_fountain(
    paragraphs: Sequence[Paragraph],
    texts: Sequence[str],
    marked: Sequence[str],
    found: names_above.SpeechMatches,
) -> tuple[str, Script, list[Line]]:
    """Fountain's marks in a Chinese script: read by them, and kept in the Chinese layout."""
    read = read_fountain(visible_text("\n".join(marked))[0], "zh")
    items, spoken = [], set()
    for each in read.elements:
        for item in _items(each, marked):
            items.append(item)
            if each.kind is Kind.ACTION and item.kind is Kind.CHARACTER:
                spoken.add(item.number)
    text = script_text(source_text(build(items, "zh")))
    lines = []
    for line in line_account.of_text(read, [(at, 0, each) for at, each in enumerate(texts, start=1)]):
        kinds = (str(Kind.CHARACTER), str(Kind.DIALOGUE)) if line.number in spoken else line.understood
        warning = "" if line.number in spoken else line.warning
        number = paragraphs[line.number - 1].number
        pieces = tuple(_converted(line, marked))
        lines.append(replace(line, number=number, understood=kinds, warning=warning, pieces=pieces))
    dropped = [
        Line(each.number, each.text, (each.drop or "title-page",))
        for at, each in enumerate(paragraphs)
        if each.text.strip() and not texts[at].strip()
    ]
    lines = _doubted(lines, paragraphs, found)
    return text, parse(text, "zh"), sorted([*dropped, *lines], key=lambda line: line.number)


def _converted(line: Line, marked: Sequence[str]) -> Iterator[LineElement]:
    """What a line gave to Fountain as it goes into the Chinese layout."""
    for piece in line.pieces:
        element = Element(piece.kind, piece.text, 0, line.number, piece.form, piece.dual)
        for item in _items(element, marked):
            for each in build([item], "zh").elements:
                yield LineElement(each.kind, each.text, each.form, each.dual, piece.goes_on)


def _marked(texts: Sequence[str], at: int, cues: set[int]) -> str:
    """A line with Fountain's mark of a heading or of a name, where it is one without it."""
    line = texts[at].strip(" 　\t")
    if at in cues:
        return "@" + names_above.bare(line) + ("^" if line.endswith("^") else "")
    parted = at == 0 or not texts[at - 1].strip()  # below a name it is speech
    plain = bool(line) and line[0] not in ".@!>~#=[/("
    return f".{line}" if plain and parted and is_heading(line) else texts[at]


def _items(element: Element, marked: Sequence[str]) -> Iterator[Item]:
    """An element as it goes into the Chinese layout: cast and speeches `名：` are action to Fountain."""
    if element.kind is Kind.CHARACTER or (element.kind is Kind.DIALOGUE and not element.form):
        yield from _spoken(element)
        return
    if element.kind is not Kind.ACTION or element.form:
        yield Item(element.line, element.text, element.text, element.kind, element.form, element.dual)
        return
    for number, line in enumerate(element.text.split("\n"), start=element.line):
        forced = number <= len(marked) and marked[number - 1].lstrip().startswith("!")
        speech = () if forced or not names_above.SAID.match(line) else read_chinese(line).elements
        if CAST.match(line):
            yield Item(number, line, line, Kind.CAST)
        elif speech and speech[0].kind is Kind.CHARACTER:
            for each in speech:
                yield Item(number, line, each.text, each.kind, each.form)
        else:
            yield Item(number, line, line, element.kind, element.form)


def _spoken(element: Element) -> Iterator[Item]:
    """A name or a speech, and in wide brackets, which are none to Fountain, how it is said."""
    if element.kind is Kind.CHARACTER:
        read = read_chinese(f"{element.text.replace(' (', '(')}：").elements
        known = bool(read) and read[0].kind is Kind.CHARACTER
        parts = [(each.kind, each.text) for each in read] if known else [(element.kind, element.text)]
        for kind, text in parts:
            yield Item(element.line, text, text, kind, dual=element.dual)
        return
    lines = element.text.split("\n")
    while len(lines) > 1 and names_above.is_manner(lines[0]):
        manner = lines.pop(0)
        yield Item(element.line, manner, manner, Kind.PARENTHETICAL, dual=element.dual)
    text = names_above.joined(lines)
    yield Item(element.line, text, text, element.kind, dual=element.dual)
