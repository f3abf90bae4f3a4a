"""Paragraphs of a file to the elements of a script: by the names of styles, or by where they stand."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from generation.screenplay import Element, Kind, Script
from generation.screenplay.chinese import is_heading, names_in, read_chinese
from generation.screenplay.chinese_words import CAST, MARKS, house_heading
from generation.screenplay.formats.names_above import SAID, is_layout, name_of
from generation.screenplay.formats.page_layout import PageLines, is_cue, kind_at, without_scene_number
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
    warning: str = ""

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


Place = tuple[str, int]
_INLINE = re.compile(rf"{SAID.pattern}|^[A-Z][A-Z .'’-]{{0,30}}(?:\([^)]*\))?:\s+\S")


def place_of(paragraph: Paragraph) -> Place:
    """The kind that a paragraph's style names, or its alignment and its indent in steps of six points."""
    if (known := style_of(paragraph.style)) is not None:
        return known[0], 0
    return paragraph.align, round(indent(paragraph) / 6.0) if paragraph.align == "left" else 0


def by_place(paragraphs: Sequence[Paragraph], language: str) -> list[Paragraph]:
    """Give paragraphs of Word without a known style the one that their place in the document stands for.

    Names stand at the place where most short lines stand that could be names, speeches at the one where most
    lines below these stand, action at the most common of all others. `warning` is set where two of the three
    share a place and nothing else parts them. Unchanged where the text says as much as the layout.
    """
    return _Layout(paragraphs, language).styled()


class _Layout:
    def __init__(self, paragraphs: Sequence[Paragraph], language: str) -> None:
        self.paragraphs, self.chinese = list(paragraphs), language == "zh"
        filled = [at for at, each in enumerate(paragraphs) if each.text.strip() and not each.drop]
        self.filled = filled
        self.lines = [paragraphs[at].text.strip(" \t\u3000") for at in filled]
        self.places = [place_of(paragraphs[at]) for at in filled]
        self.below_blank = [at == 0 or not paragraphs[at - 1].text.strip() for at in filled]
        touching = len(filled) - sum(self.below_blank)
        self.blanks_matter = touching > 0.03 * len(
            filled
        )  # else one follows every paragraph, and says nothing
        self.headings = [self._is_heading(n) for n in range(len(filled))]
        self.named = [self._could_be_name(n) for n in range(len(filled))]
        above = [n for n in range(len(filled)) if self.named[n] and self._speech_below(n)]
        self.name_place = _most_common(self.places[n] for n in above)
        above = [n for n in above if self.places[n] == self.name_place]
        # A shout or two in capitals are no names: these are many of the lines at their place, and more than
        # the speeches that hold their name.
        self.has_several_places = len({place for place in self.places if place[0] not in set(Kind)}) > 1
        counts: Counter[Place | None] = Counter(self.places)
        share = 0.2 * counts[self.name_place] if len(counts) > 1 else 0.0
        inline = sum(1 for n in range(len(filled)) if _INLINE.match(self.lines[n]) and not self.headings[n])
        if len(above) < max(share, inline, min(2, len(filled) // 8 + 1)):
            self.name_place, above = None, []
        self.name_counts = Counter(_bare_name(self.lines[n]) for n in above)
        self.speech_place = _most_common(self.places[self._speech_below(n)] for n in above)
        self.has_colons = any(self.lines[n].endswith(":") for n in above)
        names = set(above)
        above = [n for n in above if n - 1 not in names]  # the second of two is what the first one says
        taken = {*above, *(m for n in above for m in self._run_below(n))}
        taken |= {n for n in range(len(filled)) if self._is_manner(n) or self._says_itself(n)}
        rest = [n for n in range(len(filled)) if n not in taken]
        self.action_place = _most_common(self.places[n] for n in sorted(rest, key=self.headings.__getitem__))
        parted = [self.below_blank[n] for n in above or range(1, len(filled))]
        self.parted = (
            self.blanks_matter and bool(parted) and sum(parted) > (0.7 if above else 0.2) * len(parted)
        )

    def styled(self) -> list[Paragraph]:
        flat = len(set(self.places)) < 2 or self.name_place == self.speech_place == self.action_place
        if flat and (self.chinese or (self.parted and not self.has_colons)):
            return [each._replace(warning=_doubt_of_heading(each)) for each in self.paragraphs]
        styled = list(self.paragraphs)
        speaking = said = doubted = False
        for n, at in enumerate(self.filled):
            style, doubt = self._style(n, speaking, said)
            kind = (style_of(style) or (None,))[0]
            doubt = doubt or (doubted and kind is Kind.DIALOGUE and not said)
            speaking = kind in (Kind.CHARACTER, Kind.PARENTHETICAL, Kind.DIALOGUE) or (speaking and doubt)
            said = speaking and kind is not Kind.CHARACTER and (said or kind is not Kind.PARENTHETICAL)
            doubted = doubt and kind is Kind.CHARACTER
            each = styled[at]
            text = each.text if style in ("", each.style) else self.lines[n]
            warning = "ambiguous-layout" if doubt else ""
            warning = warning or (_doubt_of_heading(each) if style == "action" else each.warning)
            styled[at] = each._replace(text=text, style=style, warning=warning)
        return styled

    def _style(self, n: int, speaking: bool, said: bool) -> tuple[str, bool]:
        """The style of a paragraph, and whether it is in doubt."""
        place = self.places[n]
        plain = "" if self.chinese else "action"
        if place[0] in set(Kind):
            return self.paragraphs[self.filled[n]].style, False
        if self.headings[n]:
            return ("" if self.chinese else "scene heading"), False
        if speaking and self._is_manner(n):
            return "parenthetical", False
        if place == self.name_place and self.named[n] and (speech := self._speech_below(n)):
            if self.name_place == self.speech_place:
                return self._one_place(n, speech, speaking and not said)
            if self.places[speech] == self.speech_place and (
                self.name_place != self.action_place or not speaking or said
            ):
                return "character", False
        if self._is_transition(n):
            return ("" if self.chinese else "transition"), False
        if self._says_itself(n):
            return "", False
        if place == self.speech_place and speaking:
            before, own = (self.paragraphs[self.filled[each]].number for each in (n - 1, n))
            goes_on = before == own or (self.parted and not self.below_blank[n])
            if self.speech_place != self.action_place or not said or goes_on:
                return "dialogue", self.name_place == self.speech_place and self.named[n]
            return plain, not self.parted
        return plain, place != self.action_place or (self.name_place is None and self.has_several_places)

    def _one_place(self, n: int, speech: int, fresh: bool) -> tuple[str, bool]:
        """The style of a line that could be a name, where names and speeches stand at one place.

        `fresh`: nothing has been said yet below the name above.
        """
        recurs = self.name_counts[_bare_name(self.lines[n])] > 1
        if fresh or (self.named[speech] and not recurs):
            return "dialogue", True
        return "character", not recurs

    def _is_heading(self, n: int) -> bool:
        line, kind = self.lines[n], self.places[n][0]
        if kind in set(Kind):
            return kind == Kind.HEADING
        return is_heading(line) if self.chinese else kind_at(0.0, line) is Kind.HEADING

    def _says_itself(self, n: int) -> bool:
        """Whether a Chinese line is an element by its own words, or holds name and speech."""
        return self.chinese and bool(is_layout(self.lines[n]) or SAID.match(self.lines[n]))

    def _is_manner(self, n: int) -> bool:
        return self.lines[n][0] in "(（" and self.lines[n][-1] in ")）"

    def _is_transition(self, n: int) -> bool:
        line = self.lines[n]
        return self.places[n][0] == "right" or (line.isupper() and line.endswith(("TO:", "OUT.", "IN:")))

    def _could_be_name(self, n: int) -> bool:
        if self.chinese:
            return bool(name_of(self.lines[n]))
        return is_cue(self.lines[n].rstrip(":")) and not self._is_transition(n)

    def _speech_below(self, n: int) -> int:
        """The number of the line that may be the speech of a name, 0 for none."""
        n += 1
        while (
            n < len(self.filled) and not (self.blanks_matter and self.below_blank[n]) and not self.headings[n]
        ):
            if not self._is_manner(n):
                return n
            n += 1
        return 0

    def _run_below(self, n: int) -> Iterator[int]:
        """The lines below a name that stand where the first one of its speech does."""
        m = first = self._speech_below(n)
        while m < len(self.filled) and self.places[m] == self.places[first] and not self.headings[m]:
            yield m
            if self.places[first] == self.places[0] or self.named[m]:
                return  # where the document begins, action may follow
            m += 1


def _doubt_of_heading(paragraph: Paragraph) -> str:
    """The doubt about capitals with a dash (YARD - NIGHT), which are a heading without INT. or an insert."""
    text = paragraph.text.strip()
    capitals = text.isupper() and re.search(r"\s[-–—]\s", text) and kind_at(0.0, text) is not Kind.HEADING
    return paragraph.warning or ("ambiguous-layout" if capitals else "")


def _bare_name(line: str) -> str:
    return re.split(r"[(（]", line, maxsplit=1)[0].strip(" :：")


def _most_common(places: Iterable[Place]) -> Place | None:
    return next((place for place, _ in Counter(places).most_common(1)), None)


def by_layout(found: Iterable[PageLines]) -> Iterator[Item]:
    """Paragraphs of a typeset page."""
    for each in found:
        source = "\n".join(each.source)
        if each.kind == "centered":
            yield Item(each.number, source, each.text, Kind.ACTION, "centered", page=each.page)
        elif each.kind in set(Kind):
            yield Item(each.number, source, each.text, Kind(each.kind), "", each.dual, each.page)
        else:
            why, doubt = each.kind, each.warning
            yield Item(each.number, source, each.text, None, page=each.page, drop=why, warning=doubt)


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
        text = without_scene_number(text) if kind is Kind.HEADING else text
        text = text.rstrip(": ") if kind is Kind.CHARACTER else text
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
