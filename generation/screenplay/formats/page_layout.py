"""The lines of a typeset page, told apart by where they stand.

An English script says what its lines are by their indents alone (the trade's measures, from the left edge of
the text: speech 72 points, parenthetical 108, name 144 to 158; transitions stand at the right). A Chinese
one sets everything flush left, so only paragraphs are put together and the text is read as any other.

Lines that are wrapped are put together again; a line that ends although the next word would have fitted was
ended by the writer.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from generation.screenplay import chinese_words as words
from generation.screenplay.chinese import is_heading, names_in
from generation.screenplay.formats.names_above import SAID, is_layout, name_of
from generation.screenplay.formats.rows import Page, Segment
from generation.screenplay.model import Kind

TOP, BOTTOM = 70.0, 60.0
"""Margins in points in which page numbers and headers stand."""

SCENE_NUMBER = re.compile(r"^[A-Z]{0,2}\d{1,4}[A-Z]{0,2}[.)]?\s+(?=(?:INT|EXT|EST|I/E)\b)", re.IGNORECASE)
ENGLISH_HEADING = re.compile(rf"(?:{SCENE_NUMBER.pattern}|^)(?:INT|EXT|EST|I/E)\b\.?", re.IGNORECASE)
_PAGE_NUMBER = re.compile(
    r"^[-–—(]?\s*(?:page|第)?\s*\d{1,4}\s*(?:页)?[.)]?\s*[-–—]?(?:\s*(?:/|of|共)\s*\d+\s*页?)?$", re.I
)
_CONTINUED = re.compile(r"^\(?(?:MORE|CONTINUED|续)\)?:?(?:\s*\(\d+\))?$")
_CONTD = re.compile(r"\s*\((?:CONT['’]?D|CONTINUED|续)\)\s*$", re.IGNORECASE)
_SCENE_NUMBER = re.compile(r"^[A-Z]{0,2}\d{1,4}[A-Z]{0,2}\.?$")
_PASSAGE = re.compile(r":$|^(?:FADE|CUT|DISSOLVE|SMASH|MATCH CUT)\b")
_CUE = re.compile(r"^(?=.{1,80}$)[^a-z]*[A-Z][^a-z]*(?:\([^)]*\))?$")
_ENDS = ("。", "！", "？", "!", "?", "…", "”", "」", "）", ")")
_WIDTH = 7.2
_FULL = {Kind.ACTION: 60, Kind.HEADING: 60, Kind.DIALOGUE: 35, Kind.PARENTHETICAL: 25, Kind.CHARACTER: 38}


def kind_at(indent: float, text: str) -> Kind:
    """What a line is that begins so many points right of the left edge of the action."""
    if ENGLISH_HEADING.match(text) and indent < 36:
        return Kind.HEADING
    if indent < 36:
        return Kind.ACTION
    if text.startswith("(") and indent < 190:
        return Kind.PARENTHETICAL
    if indent < 100:
        return Kind.DIALOGUE
    if indent < 130 and not _CUE.match(text):
        return Kind.PARENTHETICAL
    if indent > 230 and text.upper() == text and re.search(r"[.:]$", text):
        return Kind.TRANSITION
    return Kind.CHARACTER if _CUE.match(text) or indent < 190 else Kind.TRANSITION


def without_scene_number(text: str) -> str:
    """An English heading without the number before it, and behind it the same one again."""
    if (number := SCENE_NUMBER.match(text)) is None:
        return text
    same = re.escape(number[0].strip(" .)"))
    return re.sub(rf"(?:\s{{2,}}{same}\.?|\s{same}\.)$", "", text[number.end() :])


def is_cue(text: str) -> bool:
    """Whether a line could be a name above a speech: capitals, and few of them."""
    fits = len(text) <= 40 and _CUE.match(text) is not None
    return fits and not ENGLISH_HEADING.match(text) and not _PASSAGE.search(text)


@dataclass
class PageLines:
    """A paragraph of a page: its kind, or why it was dropped."""

    number: int
    page: int
    kind: str
    text: str
    source: list[str]
    dual: str = ""
    ends: float = 0.0
    bottom: float = 0.0
    size: float = 12.0
    warning: str = ""
    gap: bool = False


def two_columns(segments: Sequence[Segment]) -> bool:
    """Whether pages are set in two columns of running text, side by side."""
    both, lines = 0, 0
    for _, line in _by_line(segments):
        lines += 1
        wide = [each for each in line if each.right - each.left > 110]
        both += len(wide) > 1
    return lines > 10 and both > 0.4 * lines


def margins(segments: Sequence[Segment], pages: Sequence[Page]) -> dict[int, tuple[str, str]]:
    """By position in `segments`: page numbers and running heads, each with the doubt about it.

    Lines at one height in the margin, all of them apart from the text, are heads whatever they say, even on
    one page only; that is doubtful.
    """
    found: dict[int, tuple[str, str]] = {}
    heads: dict[str, set[int]] = defaultdict(set)
    edge: dict[int, str] = {}
    for index, each in enumerate(segments):
        height = pages[each.page - 1].height
        if TOP < each.top < height - BOTTOM:
            continue
        text = each.text.strip()
        if _PAGE_NUMBER.match(text):
            found[index] = "page-number", ""
        elif not ENGLISH_HEADING.match(text) and not is_heading(
            text
        ):  # of scenes in one place, on several pages
            edge[index] = re.sub(r"\d+", "#", text)
            heads[edge[index]].add(each.page)
    for index, text in edge.items():
        if len(heads[text]) >= max(2, 0.4 * len(pages)):
            found[index] = "page-header", ""
    tops: dict[int, set[float]] = defaultdict(set)
    for index, each in enumerate(segments):
        if index not in edge and index not in found:
            tops[each.page].add(each.top)
    rows: dict[int, list[int]] = defaultdict(list)
    for index in edge.keys() - found.keys():
        rows[round(segments[index].top / 3)].append(index)
    for row in rows.values():
        if all(_is_apart(segments[index].top, sorted(tops[segments[index].page])) for index in row):
            found |= dict.fromkeys(row, ("page-header", "ambiguous-layout"))
    return found


def _is_apart(top: float, others: Sequence[float]) -> bool:
    """Whether more than a usual space parts a line from the others of its page (tops in order)."""
    gaps = sorted(after - before for before, after in pairwise(others))
    return bool(gaps) and min(abs(other - top) for other in others) > 1.6 * gaps[len(gaps) // 2]


def _by_line(segments: Sequence[Segment]) -> Iterator[tuple[tuple[int, float], list[Segment]]]:
    """Segments of one line together: the reader gives them from top to bottom, left to right."""
    for key, group in groupby(segments, key=lambda each: (each.page, each.top)):
        yield key, list(group)


def english(segments: Sequence[Segment], pages: Sequence[Page]) -> list[PageLines]:
    """The paragraphs of an English script."""
    return _English(segments, pages).found


class _English:
    def __init__(self, segments: Sequence[Segment], pages: Sequence[Page]) -> None:
        self.found: list[PageLines] = []
        self.count = 0
        self.dual: float | None = None
        dropped = margins(segments, pages)
        titles = _title_page(segments)
        kept = [
            each for index, each in enumerate(segments) if index not in dropped and each.page not in titles
        ]
        self.left = _left_edge(kept)
        headings = [each.bold for each in kept if ENGLISH_HEADING.match(each.text.strip())]
        self.bold_headings = all(headings)
        self.measures = self._measures(kept)
        for index, line in _numbered(segments):
            if line[0].page in titles:
                self._drop(line, "title-page")
                continue
            rest = []
            for at, each in zip(index, line, strict=True):
                if at in dropped:
                    self._drop([each], *dropped[at])
                elif self._is_number(each, line):
                    self._drop([each], "scene-number")
                else:
                    rest.append(each)
            if rest:
                self._line(rest)
        self._join_pages()
        self._one_after_the_other()
        self._lone_names()

    def _drop(self, line: Sequence[Segment], why: str, warning: str = "") -> None:
        self.count += 1
        texts = [each.text.strip() for each in line]
        self.found.append(PageLines(self.count, line[0].page, why, " ".join(texts), texts, warning=warning))

    def _is_number(self, each: Segment, line: Sequence[Segment]) -> bool:
        outside = each.left < self.left - 15 or each.left > self.left + 390
        outside = outside or any(
            ENGLISH_HEADING.match(other.text.strip()) for other in line if other is not each
        )
        return outside and _SCENE_NUMBER.match(each.text.strip()) is not None

    def _measures(self, kept: Sequence[Segment]) -> dict[Kind, float]:
        """How far right lines of each kind go, where there are enough of them to tell."""
        ends: dict[Kind, list[float]] = defaultdict(list)
        for each in kept:
            kind = self._kind(each)
            ends[kind].append(each.right - each.left)
        size = Counter(each.size for each in kept).most_common(1)[0][0] if kept else 12.0
        return {
            kind: max(found) if len(found) > 12 else _FULL.get(kind, 60) * _WIDTH * size / 12
            for kind, found in ends.items()
        }

    def _kind(self, each: Segment) -> Kind:
        text = each.text.strip()
        kind = kind_at(each.left - self.left, text)
        # A heading without INT. or EXT. looks like the others: bold, and in capitals.
        named = self.bold_headings and each.bold and is_cue(text)
        return Kind.HEADING if kind is Kind.ACTION and named else kind

    def _line(self, line: list[Segment]) -> None:
        self.count += 1
        text = " ".join(each.text.strip() for each in line)
        if _CONTINUED.match(text):
            self.count -= 1
            self._drop(line, "continued")
            return
        if self._dual(line):
            return
        each = line[0]._replace(right=line[-1].right, text=text)
        self._put(each, self._kind(each))

    def _dual(self, line: list[Segment]) -> bool:
        """Two speeches side by side begin with two names on one line, and end with a gap of a blank line."""
        first = line[0]
        if self.dual is not None:
            last = max((each for each in self.found[-12:] if each.dual), key=lambda each: each.bottom)
            if last.page != first.page or first.top - last.bottom > 0.8 * first.size:
                self.dual = None
        if self.dual is None:
            names = len(line) == 2 and all(_CUE.match(each.text.strip()) for each in line)
            if not names or line[1].left - line[0].left < 120:
                return False
            self.dual = (line[0].right + line[1].left) / 2
            for each, side in zip(line, ("left", "right"), strict=True):
                self._open(each, Kind.CHARACTER, side)
            return True
        for each in line:
            side = "left" if each.left < self.dual else "right"
            text = each.text.strip()
            before = next(found for found in reversed(self.found) if found.dual == side)
            within = before.kind == Kind.PARENTHETICAL and not before.text.endswith(")")
            kind = Kind.PARENTHETICAL if text.startswith("(") or within else Kind.DIALOGUE
            if before.kind == kind:
                before.text += f" {text}"
                before.source.append(each.text)
                before.bottom = each.top + each.size
            else:
                self._open(each, kind, side)
        return True

    def _open(self, each: Segment, kind: Kind, dual: str = "") -> None:
        bottom = each.top + each.size
        self.found.append(
            PageLines(
                self.count,
                each.page,
                kind,
                each.text.strip(),
                [each.text],
                dual,
                each.right - each.left,
                bottom,
                each.size,
            )
        )

    def _put(self, each: Segment, kind: Kind) -> None:
        before = self.found[-1] if self.found else None
        if before is not None and before.page == each.page and before.kind == kind and not before.dual:
            near = each.top - before.bottom < 0.8 * each.size
            if near and kind is not Kind.CHARACTER and kind is not Kind.TRANSITION:
                self._join(before, each)
                return
        self._open(each, kind)

    def _join(self, before: PageLines, each: Segment) -> None:
        kind, text = Kind(before.kind), each.text.strip()
        word = text.split(" ")[0]
        fitted = before.ends + (len(word) + 1) * _WIDTH * each.size / 12 <= self.measures.get(kind, 432.0) + 1
        ended = fitted and kind in (Kind.ACTION, Kind.DIALOGUE)
        before.text += ("\n" if ended else " ") + text
        before.source.append(each.text)
        before.ends, before.bottom = each.right - each.left, each.top + each.size

    def _join_pages(self) -> None:
        """Take off what a page break added: a name repeated with (CONT'D) right after (MORE)."""
        more = False
        speaker: PageLines | None = None
        result: list[PageLines] = []
        for each in self.found:
            if each.kind == "continued":
                more = more or "MORE" in each.text or "续" in each.text
            elif each.kind in ("page-number", "page-header", "scene-number"):
                pass
            elif more and each.kind == Kind.CHARACTER:
                name = _CONTD.sub("", each.text)
                same = speaker is not None and name == _CONTD.sub("", speaker.text)
                if same and name != each.text:
                    each.kind = "continued"
                more = False
            else:
                more = False
            if each.kind == Kind.CHARACTER:
                speaker = each
            self._carry(result, each)
        self.found = result

    def _one_after_the_other(self) -> None:
        """Two speeches side by side: all of the left one, then all of the right one."""
        result: list[PageLines] = []
        for dual, group in groupby(self.found, key=lambda each: bool(each.dual)):
            members = list(group)
            result += sorted(members, key=lambda each: each.dual) if dual else members
        self.found = result

    def _lone_names(self) -> None:
        """Capitals in the middle that nobody's speech follows are no name: THE END, ACT ONE."""
        printed = [each for each in self.found if each.kind in set(Kind)]
        for each, following in zip(printed, [*printed[1:], None], strict=True):
            speech = following is not None and following.kind in (Kind.PARENTHETICAL, Kind.DIALOGUE)
            if each.kind == Kind.CHARACTER and not speech:
                each.kind = "centered"

    @staticmethod
    def _carry(result: list[PageLines], each: PageLines) -> None:
        """Speech that goes on over a page break is one speech again."""
        before = next((one for one in reversed(result) if one.kind in set(Kind)), None)
        crossed = result and result[-1].kind not in set(Kind) and before is not None
        if crossed and before is not None and each.kind == Kind.DIALOGUE == before.kind:
            before.text += f" {each.text}"
            before.source += each.source
            return
        result.append(each)


def _numbered(segments: Sequence[Segment]) -> Iterator[tuple[list[int], list[Segment]]]:
    at = 0
    for _, line in _by_line(segments):
        yield list(range(at, at + len(line))), line
        at += len(line)


def _left_edge(segments: Sequence[Segment]) -> float:
    """Where headings stand, or else the leftmost place at which many lines begin."""
    headings = Counter(round(each.left) for each in segments if ENGLISH_HEADING.match(each.text.strip()))
    if headings:
        return float(headings.most_common(1)[0][0])
    starts = Counter(round(each.left) for each in segments)
    often = [left for left, count in starts.items() if count >= max(2, 0.05 * len(segments))]
    return float(min(often or starts or [108]))


def _title_page(segments: Sequence[Segment]) -> set[int]:
    """The first page where it has few lines, all of them short, and no heading."""
    first = [each for each in segments if each.page == 1]
    others = any(ENGLISH_HEADING.match(each.text.strip()) for each in segments if each.page > 1)
    if not first or not others or len(first) > 25:
        return set()
    return set() if any(ENGLISH_HEADING.match(each.text.strip()) for each in first) else {1}


def chinese(segments: Sequence[Segment], pages: Sequence[Page]) -> list[PageLines]:
    """The paragraphs of a Chinese script: wrapped lines put together, what stands in the margins dropped.

    `gap` of a paragraph says whether more than the usual space stands above it; `warning` is set where the
    page leaves it open whether a line carries on the one before.
    """
    return _Chinese(segments, pages).found


class _Chinese:
    def __init__(self, segments: Sequence[Segment], pages: Sequence[Page]) -> None:
        self.found: list[PageLines] = []
        dropped = margins(segments, pages)
        rows: list[tuple[int, Segment]] = []
        for count, (indexes, line) in enumerate(_numbered(segments), start=1):
            kept = [each for at, each in zip(indexes, line, strict=True) if at not in dropped]
            for at, each in zip(indexes, line, strict=True):
                if at in dropped:
                    text = each.text.strip()
                    why, warning = dropped[at]
                    self.found.append(PageLines(count, each.page, why, text, [text], warning=warning))
            if kept:
                text = "　".join(each.text.strip() for each in kept)
                rows.append((count, kept[0]._replace(right=kept[-1].right, text=text)))
        lines = [each for _, each in rows]
        self.left = float(min((each.left for each in lines), default=0.0))
        self.full = _full_width(lines, pages, self.left)
        self.hanging = _hangs(lines, self.full, self.left)
        pairs = list(pairwise(lines))
        self.hangs_at = self._hanging_places(pairs)
        fresh = [each for before, each in pairs if not self._is_full(before)]
        self.starts = [*lines[:1], *fresh]
        self.names = _names([each.text for each in self.starts])
        self.line_gap, self.spaced, self.widest = self._gaps(pairs)
        self.indented = 2 * sum(self._is_inside(each) for each in fresh) > len(fresh)
        self.unmarked = any(not _begins(each.text) for each in fresh)
        before: Segment | None = None
        for count, each in rows:
            self._line(count, before, each)
            before = each
        self.found.sort(key=lambda each: each.number)

    def _line(self, number: int, before: Segment | None, each: Segment) -> None:
        joins, warning = self._joins(before, each) if before is not None else (False, "")
        if joins:
            last = next(one for one in reversed(self.found) if one.kind == "text")
            last.text += _seam(last.text, each.text) + each.text
            last.source.append(each.text)
            last.warning = last.warning or warning
            return
        gap = before is not None and (before.page != each.page or each.top - before.top > 1.4 * self.line_gap)
        self.found.append(
            PageLines(number, each.page, "text", each.text, [each.text], warning=warning, gap=gap)
        )

    def _joins(self, before: Segment, each: Segment) -> tuple[bool, str]:
        """Whether a line carries on the one before, and the doubt about it."""
        if self._is_inside(each) and round(each.left / 6) in self.hangs_at:
            return self._is_full(before), "" if self._is_full(before) else "maybe-joined"
        speech_hangs = bool(self.hangs_at) and SAID.match(before.text) is not None
        if not self._is_full(before) or self._is_inside(each) or self.hanging or speech_hangs:
            return False, ""
        same_page = before.page == each.page
        if same_page and each.top - before.top > self.widest:
            return False, ""
        ended = before.text.endswith(_ENDS)
        if _begins(each.text) and (said := SAID.match(each.text)) is not None:
            sure = ended or said["name"] in self.names or self.hanging or self.indented
            return False, "" if sure else "maybe-joined"
        if _begins(each.text) or (ended and is_layout(each.text)):
            return False, ""
        decided = self.hanging or self.indented or (same_page and self.spaced)
        return True, "maybe-joined" if ended and self.unmarked and not decided else ""

    def _hanging_places(self, pairs: Sequence[tuple[Segment, Segment]]) -> set[int]:
        """Indents at which most lines carry on a full one: those of paragraphs that hang."""
        inside = [(before, each) for before, each in pairs if self._is_inside(each)]
        begun = Counter(round(each.left / 6) for before, each in inside if not self._is_full(before))
        carried = Counter(round(each.left / 6) for before, each in inside if self._is_full(before))
        return {place for place, count in carried.items() if count > begun[place]}

    def _is_full(self, line: Segment) -> bool:
        return line.right >= self.full - 2.2 * max(line.size, 6.0)

    def _is_inside(self, line: Segment) -> bool:
        return line.left > self.left + 1.2 * max(line.size, 6.0)

    def _gaps(self, pairs: Sequence[tuple[Segment, Segment]]) -> tuple[float, bool, float]:
        """The distance of lines, whether paragraphs are set further apart, and the most within one."""
        wrapped: list[float] = []
        parted: list[float] = []
        for before, each in pairs:
            if before.page == each.page and each.top > before.top:
                (wrapped if self._is_full(before) else parted).append(round(each.top - before.top, 1))
        line = min([*wrapped, *parted], default=float("inf"))
        # Nearly every paragraph stands further down than a line: the space tells them.
        least = sorted(parted)[len(parted) // 10] if parted else 0.0
        if wrapped and least > 1.15 * line:
            return line, True, (line + least) / 2
        return line, False, 2.4 * max((each.size for _, each in pairs), default=6.0)


def _begins(text: str) -> bool:
    """Whether a line begins a paragraph by its own words: a mark of action, a heading, a cast, a speech."""
    if words.ACTION.match(text) or words.CAST.match(text) or is_heading(text):
        return True
    said = SAID.match(text)
    return said is not None and name_of(said["name"]) != ""


def _names(texts: Sequence[str]) -> set[str]:
    """Who speaks or is present by lines that surely begin a paragraph."""
    names = {match["name"] for text in texts if (match := SAID.match(text)) is not None}
    for text in texts:
        if (match := words.CAST.match(text)) is not None:
            names.update(names_in(match["names"] or match["within"]))
    return names


def _full_width(segments: Sequence[Segment], pages: Sequence[Page], left: float) -> float:
    """How far right full lines go: to a right margin as wide as the left one, or where several lines end."""
    ends = sorted((each.right for each in segments), reverse=True)
    if not ends:
        return float("inf")
    size = max(each.size for each in segments)
    if ends[0] >= min(page.width for page in pages) - left - 2.5 * size:
        return ends[0]
    shared = sum(1 for end in ends if end > ends[0] - 2.2 * size)
    return ends[0] if shared >= max(3, 0.1 * len(ends)) else float("inf")


def _hangs(segments: Sequence[Segment], full: float, left: float) -> bool:
    """Whether paragraphs begin at the left edge and all their other lines are indented."""
    begun = carried = indented = 0
    for before, each in pairwise(segments):
        inside = each.left > left + 1.2 * max(each.size, 6.0)
        if before.right < full - 2.2 * max(each.size, 6.0):
            begun += inside
        else:
            carried += 1
            indented += inside
    return begun == 0 and carried > 0 and indented > 0.3 * carried


def _seam(before: str, after: str) -> str:
    """Latin words are parted by a blank, Chinese ones by nothing."""
    return " " if before[-1:].isascii() and after[:1].isascii() and before[-1:].isalnum() else ""
