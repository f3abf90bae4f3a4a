"""Paragraphs of a file to the elements of a script: by the names of styles, or by where they stand."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from generation.screenplay import Element, Kind, Script
from generation.screenplay.chinese import names_in, read_chinese
from generation.screenplay.chinese_words import CAST, MARKS, house_heading
from generation.screenplay.formats.names_above import SAID
from generation.screenplay.formats.page_layout import PageLines, is_cue, kind_at
from generation.screenplay.formats.rows import Paragraph
from generation.screenplay.model import Builder
from generation.screenplay.text import visible_text

STYLES: dict[str, tuple[Kind, str]] = {
    "scene heading": (Kind.HEADING, ""),
    "slugline": (Kind.HEADING, ""),
    "slug line": (Kind.HEADING, ""),
    "scene": (Kind.HEADING, ""),
    "action": (Kind.ACTION, ""),
    "general": (Kind.ACTION, ""),
    "shot": (Kind.ACTION, "shot"),
    "character": (Kind.CHARACTER, ""),
    "character name": (Kind.CHARACTER, ""),
    "cue": (Kind.CHARACTER, ""),
    "parenthetical": (Kind.PARENTHETICAL, ""),
    "dialogue": (Kind.DIALOGUE, ""),
    "dialog": (Kind.DIALOGUE, ""),
    "lyrics": (Kind.DIALOGUE, "lyric"),
    "singing": (Kind.DIALOGUE, "lyric"),
    "transition": (Kind.TRANSITION, ""),
    "cast list": (Kind.CAST, ""),
    "new act": (Kind.ACTION, "centered"),
    "end of act": (Kind.ACTION, "centered"),
    "show/ep. title": (Kind.ACTION, "centered"),
    "centered": (Kind.ACTION, "centered"),
    "note": (Kind.NOTE, ""),
    "note section": (Kind.NOTE, "section"),
    "note synopsis": (Kind.NOTE, "synopsis"),
    "lyric": (Kind.DIALOGUE, "lyric"),
    "actor": (Kind.PARENTHETICAL, ""),
    "wryly": (Kind.PARENTHETICAL, ""),
    "stage direction": (Kind.ACTION, ""),
    "stage directions": (Kind.ACTION, ""),
    "description": (Kind.ACTION, ""),
}
CHINESE_STYLES = {
    Kind.HEADING: "场景标题|场次标题|场景|场次|场头|场标",
    Kind.ACTION: "动作|舞台提示|舞台指示|舞台说明|描述|描写|叙述",
    Kind.CHARACTER: "角色|人物|说话人",
    Kind.PARENTHETICAL: "括注|括号|括弧|表演提示|语气|情绪",
    Kind.DIALOGUE: "对白|对话|台词|旁白",
    Kind.TRANSITION: "转场|转换|过渡",
    Kind.CAST: "出场人物|登场人物|人物表|出场角色",
}
"""Words that style names for each kind are made with; the last one in a name says what the style is for."""
_CHINESE_STYLE = re.compile(
    "|".join(f"(?P<{kind}>{styles})" for kind, styles in reversed(CHINESE_STYLES.items()))
)
_FORMS = ("lyric", "centered", "section", "synopsis")
_MANNER = re.compile(r"^[(（]([^()（）]{1,60})[)）]\s*(?=\S)")
_MARK = re.compile(rf"^[{MARKS}]+\s*")


@dataclass(frozen=True, slots=True)
class Item:
    """A paragraph and what it is; `kind` is None where it is no part of the script (`drop` says why)."""

    number: int
    source: str
    text: str
    kind: Kind | None
    form: str = ""
    dual: str = ""
    page: int = 0
    drop: str = ""
    shown: str = ""
    after_colon: bool = False

    @property
    def label(self) -> str:
        return self.drop or self.shown or (self.form if self.form in _FORMS else str(self.kind))


def style_of(name: str) -> tuple[Kind, str] | None:
    """What a style's name means, whatever its case, blanks, prefix, number and side of dual dialogue."""
    plain = re.sub(r"[\s_\-]+", " ", name).strip().lower()
    plain = re.sub(r" (?:left|right|\d+)$", "", plain)
    parts = plain.split(" ")
    for first in range(len(parts)):
        if found := STYLES.get(" ".join(parts[first:])):
            return found
    chinese = [Kind(match.lastgroup) for match in _CHINESE_STYLE.finditer(plain) if match.lastgroup]
    return (chinese[-1], "") if chinese else None


def by_style(paragraphs: Iterable[Paragraph], language: str) -> Iterator[Item]:
    """Paragraphs that name their kind; one of no known kind is action in English, and read in Chinese."""
    cast: set[str] = set()
    speaking = False
    for each in paragraphs:
        if language == "zh" and each.text.strip() and not each.drop:
            items = list(_chinese_styled(each, cast, speaking=speaking))
            speaking = items[-1].kind in (Kind.CHARACTER, Kind.PARENTHETICAL)
            yield from items
            continue
        if not each.text.strip():
            continue
        if each.drop:
            yield Item(each.number, each.text, each.text, None, drop=each.drop)
            continue
        kind, form = style_of(each.style) or (Kind.ACTION, "")
        shown = "shot" if form == "shot" else ""
        if kind is Kind.ACTION and each.align == "center":
            form = "centered"
        form = "" if form == "shot" else form
        kind = Kind.ACTION if kind is Kind.CAST else kind
        dual = each.dual or next(
            (side for side in ("left", "right") if each.style.lower().endswith(side)), ""
        )
        yield Item(each.number, each.text, each.text, kind, form, dual, shown=shown)


def _chinese_styled(paragraph: Paragraph, cast: set[str], *, speaking: bool) -> Iterator[Item]:
    """A Chinese paragraph by its style, as far as its own words do not say more.

    A style for speeches may hold the name as well, one for people a cast, and some paragraphs have no style.
    """
    number, text = paragraph.number, paragraph.text
    kind, form = style_of(paragraph.style) or (None, "")
    line = text.strip(" \u3000\t")
    if match := CAST.match(line):
        cast.update(names_in(match["names"] or match["within"]))
        yield Item(number, text, line, Kind.CAST)
    elif kind is Kind.CHARACTER or (kind is Kind.DIALOGUE and not form and not speaking and SAID.match(line)):
        typed = line if kind is Kind.DIALOGUE else f"{line.rstrip('：: ')}："
        read = read_chinese(typed, cast).elements
        if read and read[0].kind is Kind.CHARACTER:
            yield from (_as_read(number, text, each, paragraph.dual) for each in read)
        else:
            yield Item(number, text, line, kind, dual=paragraph.dual)
    elif kind is None:
        read = read_chinese(line, cast).elements
        yield from (_as_read(number, text, each, paragraph.dual) for each in read)
    else:
        shown = "shot" if form == "shot" else ""
        form = "centered" if kind is Kind.ACTION and paragraph.align == "center" else form
        yield Item(number, text, text, kind, form, paragraph.dual, shown=shown)


def _as_read(number: int, source: str, element: Element, dual: str) -> Item:
    return Item(
        number, source, element.text, element.kind, element.form, dual, after_colon=element.after_colon
    )


def indent(paragraph: Paragraph) -> float:
    """How far in a paragraph stands, in points: its indent and the tabs before it, half an inch each."""
    bare = paragraph.text.lstrip("\t ")
    return paragraph.left + 36.0 * paragraph.text[: len(paragraph.text) - len(bare)].count("\t")


def by_place(paragraphs: Sequence[Paragraph]) -> Iterator[Item]:
    """English paragraphs without styles, told apart by their indents and alignment."""
    speaking = spoken = False
    edge = _left_edge(paragraphs)
    for each, after in pairwise([*paragraphs, Paragraph(0, "")]):
        text = each.text.strip()
        if not text:
            speaking = spoken = False
            continue
        if each.drop:
            yield Item(each.number, each.text, text, None, drop=each.drop)
            continue
        place, below = indent(each) - edge, indent(after) - edge
        kind, form = kind_at(place, text), ""
        if each.align == "right":
            kind = Kind.TRANSITION
        elif each.align == "center":
            # Few leave a blank line between a speech and the next name; a speech may be all capitals.
            next_speaks = spoken and after.align == "center" and after.text.strip() != ""
            kind = Kind.CHARACTER if is_cue(text) and (not speaking or next_speaks) else Kind.DIALOGUE
            kind = Kind.PARENTHETICAL if text.startswith("(") and text.endswith(")") else kind
            if kind is Kind.DIALOGUE and not speaking:
                kind, form = Kind.ACTION, "centered"
        elif place >= 36 and kind in (Kind.DIALOGUE, Kind.CHARACTER, Kind.PARENTHETICAL):
            # Whatever the measures: a name in capitals stands above its speech, which is indented as well.
            if is_cue(text) and not speaking and 36 <= below <= place and after.text.strip():
                kind = Kind.CHARACTER
            elif speaking and not text.startswith("(") and kind is not Kind.CHARACTER:
                kind = Kind.DIALOGUE
        speaking = kind in (Kind.CHARACTER, Kind.PARENTHETICAL, Kind.DIALOGUE)
        spoken = kind is Kind.DIALOGUE
        yield Item(each.number, each.text, text, kind, form)


def _left_edge(paragraphs: Sequence[Paragraph]) -> float:
    """Where headings stand, or else the leftmost place at which many paragraphs begin."""
    filled = [each for each in paragraphs if each.text.strip() and each.align == "left" and not each.drop]
    headings = [indent(each) for each in filled if kind_at(0.0, each.text.strip()) is Kind.HEADING]
    places = Counter(headings or [indent(each) for each in filled])
    often = [place for place, count in places.items() if count >= max(2, 0.05 * len(filled))]
    return min(often or places or [0.0]) if not headings else places.most_common(1)[0][0]


def by_layout(found: Iterable[PageLines]) -> Iterator[Item]:
    """Paragraphs of a typeset page."""
    for each in found:
        source = "\n".join(each.source)
        if each.kind == "centered":
            yield Item(each.number, source, each.text, Kind.ACTION, "centered", page=each.page)
        elif each.kind in set(Kind):
            yield Item(each.number, source, each.text, Kind(each.kind), "", each.dual, each.page)
        else:
            yield Item(each.number, source, each.text, None, page=each.page, drop=each.kind)


def build(items: Iterable[Item], language: str) -> Script:
    """The scene model of items, each element's `line` being its item's number."""
    builder = Builder(language, "chinese" if language == "zh" else "fountain")
    for item in items:
        if item.kind is not None:
            for kind, text, form in _elements(item, language):
                _add(builder, item, kind, text, form)
    return builder.script()


def _add(builder: Builder, item: Item, kind: Kind, text: str, form: str) -> None:
    last = builder.elements[-1] if builder.elements else None
    same = last is not None and (last.kind, last.form, last.dual) == (kind, form, item.dual)
    if last is not None and same and kind is Kind.DIALOGUE:
        # Two paragraphs of one speech are one speech.
        builder.elements.pop()
        builder._offset = last.start
        joint = "" if builder.language == "zh" else "\n"
        builder.add(kind, f"{last.text}{joint}{text}", last.line, form=form, dual=item.dual)
        return
    # What is typed with the words keeps its place there.
    within = kind is Kind.PARENTHETICAL and (item.after_colon or item.kind is Kind.DIALOGUE)
    builder.add(kind, text, item.number, form=form, dual=item.dual, after_colon=within)


def _elements(item: Item, language: str) -> Iterator[tuple[Kind, str, str]]:
    assert item.kind is not None
    text = visible_text(item.text)[0]
    lines = [line.strip(" 　\t") for line in text.split("\n")]
    kind, form = item.kind, item.form
    if kind in (Kind.HEADING, Kind.CHARACTER, Kind.CAST, Kind.PARENTHETICAL, Kind.TRANSITION):
        text = " ".join(line for line in lines if line)
        yield from _single(kind, text, form, language)
    elif kind is Kind.DIALOGUE:
        text = ("" if language == "zh" else "\n").join(line for line in lines if line)
        if language == "zh" and not form:
            while manner := _MANNER.match(text):
                yield Kind.PARENTHETICAL, manner[1], ""
                text = text[manner.end() :]
        whole = re.fullmatch(r"[(（]([^()（）]*)[)）]", text)
        yield (Kind.PARENTHETICAL, whole[1], "") if whole and not form else (kind, text, form)
    elif kind is Kind.ACTION and language == "zh":
        for line in lines:
            yield from _chinese_action(line, form)
    elif kind is Kind.ACTION:
        for block in "\n".join(lines).split("\n\n"):
            yield kind, block if form != "centered" else " ".join(block.split("\n")), form
    else:
        yield kind, "\n".join(lines), form


def _single(kind: Kind, text: str, form: str, language: str) -> Iterator[tuple[Kind, str, str]]:
    if kind is Kind.PARENTHETICAL:
        bare = text[1:-1] if text[:1] in "(（" and text[-1:] in ")）" else text
        yield kind, bare, form
        return
    if kind is Kind.CHARACTER and language == "zh":
        text = re.sub(r"\s*[：:]$", "", text).replace("(", "（").replace(")", "）")
    if kind is Kind.CAST and (match := CAST.match(text)):
        text = match["names"] or match["within"]
    if language == "en":
        text = text if kind is Kind.TRANSITION else " ".join(text.split())
    elif kind is Kind.HEADING:
        text = house_heading(re.sub(r"\s+", "　", text))
    yield kind, text, form


def _chinese_action(line: str, form: str) -> Iterator[tuple[Kind, str, str]]:
    """A mark makes it plain action; without one it is whatever a line without one is."""
    if _MARK.match(line):
        yield Kind.ACTION, _MARK.sub("", line), ""
    elif line:
        read = read_chinese(line).elements
        alone = len(read) == 1 and read[0].kind is Kind.ACTION
        yield Kind.ACTION, line, read[0].form if alone else ""
