"""Paragraphs of a file to the elements of a script: by the names of styles, or by where they stand."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from generation.formats.page_layout import Found, is_cue, kind_at
from generation.formats.rows import Paragraph
from generation.screenplay import Kind, Script
from generation.screenplay.chinese_heading import house_heading
from generation.screenplay.chinese_words import CAST, MARKS
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
    "场景标题": (Kind.HEADING, ""),
    "场次": (Kind.HEADING, ""),
    "动作": (Kind.ACTION, ""),
    "角色": (Kind.CHARACTER, ""),
    "人物": (Kind.CHARACTER, ""),
    "对白": (Kind.DIALOGUE, ""),
    "台词": (Kind.DIALOGUE, ""),
    "转场": (Kind.TRANSITION, ""),
}
_FORMS = ("lyric", "centered", "section", "synopsis")
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

    @property
    def label(self) -> str:
        return self.drop or self.shown or (self.form if self.form in _FORMS else str(self.kind))


def style_of(name: str) -> tuple[Kind, str] | None:
    """What a style's name means, whatever its case, spaces, prefix and side of dual dialogue."""
    plain = re.sub(r"[\s_\-]+", " ", name).strip().lower()
    plain = re.sub(r" (?:left|right)$", "", plain)
    return STYLES.get(plain) or STYLES.get(re.sub(r"^(?:sp|screenplay|script|final draft) ", "", plain))


def by_style(paragraphs: Iterable[Paragraph], language: str) -> Iterator[Item]:
    """Paragraphs that name their kind; one of no known kind is action."""
    for each in paragraphs:
        if not each.text.strip():
            continue
        if each.drop:
            yield Item(each.number, each.text, each.text, None, drop=each.drop)
            continue
        kind, form = style_of(each.style) or (Kind.ACTION, "")
        shown = "shot" if form == "shot" else ""
        if kind is Kind.ACTION and each.align == "center":
            form = "centered"
        if form == "shot" and language == "en":
            form = ""
        if kind is Kind.CAST and language == "en":
            kind = Kind.ACTION
        dual = each.dual or next(
            (side for side in ("left", "right") if each.style.lower().endswith(side)), ""
        )
        yield Item(each.number, each.text, each.text, kind, form, dual, shown=shown)


def indent(paragraph: Paragraph) -> float:
    """How far in a paragraph stands, in points: its indent and the tabs before it, half an inch each."""
    bare = paragraph.text.lstrip("\t ")
    return paragraph.left + 36.0 * paragraph.text[: len(paragraph.text) - len(bare)].count("\t")


def by_place(paragraphs: Iterable[Paragraph]) -> Iterator[Item]:
    """English paragraphs without styles, told apart by their indents and alignment."""
    speaking = spoken = False
    for each, after in pairwise([*paragraphs, Paragraph(0, "")]):
        text = each.text.strip()
        if not text:
            speaking = spoken = False
            continue
        if each.drop:
            yield Item(each.number, each.text, text, None, drop=each.drop)
            continue
        kind, form = kind_at(indent(each), text), ""
        if each.align == "right":
            kind = Kind.TRANSITION
        elif each.align == "center":
            # Few leave a blank line between a speech and the next name; a speech may be all capitals.
            next_speaks = spoken and after.align == "center" and after.text.strip() != ""
            kind = Kind.CHARACTER if is_cue(text) and (not speaking or next_speaks) else Kind.DIALOGUE
            kind = Kind.PARENTHETICAL if text.startswith("(") and text.endswith(")") else kind
            if kind is Kind.DIALOGUE and not speaking:
                kind, form = Kind.ACTION, "centered"
        speaking = kind in (Kind.CHARACTER, Kind.PARENTHETICAL, Kind.DIALOGUE)
        spoken = kind is Kind.DIALOGUE
        yield Item(each.number, each.text, text, kind, form)


def by_layout(found: Iterable[Found]) -> Iterator[Item]:
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
    builder.add(kind, text, item.number, form=form, dual=item.dual)


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
        from generation.screenplay.chinese import read_chinese

        read = read_chinese(line).elements
        alone = len(read) == 1 and read[0].kind is Kind.ACTION
        yield Kind.ACTION, line, read[0].form if alone else ""
