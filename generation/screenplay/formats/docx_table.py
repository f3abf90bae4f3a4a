"""Tables in scripts: a frame around a heading, a list of scenes or shots, or names beside their speeches.

Runs in the child process.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from docx.oxml.ns import qn

from generation.screenplay import chinese_words as words
from generation.screenplay.chinese import is_heading, names_in
from generation.screenplay.chinese_words import MARKS

Cell = list[str]
"""The lines of a cell; a cell that is merged over several columns or rows holds them in its first place."""
Row = list[str]
DOUBT = "maybe-table"

_SCENE = frozenset(f"{words.NUMBER_FIELDS}|{words.PLACE_FIELDS}|{words.OTHER_FIELDS}".split("|"))
_CAST = frozenset(words.CAST_FIELDS.split("|"))
_PICTURE = frozenset({"画面", "动作", "画面内容"})
_SPEECH = frozenset({"台词", "对白", "内容", "剧情", "正文", "情节"})
_SIZE = "景别"
_OTHER = frozenset({_SIZE, "镜号", "序号", "时长", "备注"})
_LABELS = _SCENE | _CAST | _PICTURE | _SPEECH | _OTHER
_PAIR = re.compile(
    rf"^(?P<label>{'|'.join(sorted(_SCENE | _CAST, key=len, reverse=True))})[：:](?P<value>.+)$"
)
LONGEST_NAME = 12
LONGEST_TITLE = 8


def table_lines(rows: Sequence[Sequence[Cell]]) -> Iterator[tuple[Row, str]]:
    """The lines of each row as a script has them, and a doubt where the row was not understood."""
    titles: list[str] = []
    fields: dict[str, Cell] = {}
    for row in rows:
        if named := _titles(row, again=bool(titles)):
            titles = named
            continue
        pairs = _pairs(row) or _by_titles(titles, row)
        if fields and (not pairs or set(pairs) & set(fields) or not set(pairs) <= _SCENE | _CAST):
            yield list(_columns(fields)), ""
            fields = {}
        if pairs and set(pairs) <= _SCENE | _CAST:
            fields |= pairs  # a heading may be spread over several rows
        elif pairs:
            yield list(_columns(pairs)), ""
        else:
            yield _other_row(row)
    if fields:
        yield list(_columns(fields)), ""


def _label(cell: Cell) -> str:
    return re.sub(r"\s", "", "".join(cell)).rstrip("：:")


def _titles(row: Sequence[Cell], *, again: bool) -> list[str]:
    """The titles of the columns, where a row holds nothing else; empty for a row of labels beside values.

    One title makes such a row only `again`, below others.
    """
    labels = [_label(cell) for cell in row]
    known = sum(1 for label in labels if label in _LABELS)
    filled = [label for label in labels if label]
    short = all(
        len(label) <= LONGEST_TITLE and not re.search(r"[0-9。！？：:、，]", label) for label in filled
    )
    values = [label for label in labels[1::2] if label]
    beside = bool(values) and all(label in _LABELS for label in labels[::2]) and not set(values) & _LABELS
    enough = known > 1 or (again and known == len(filled) == 1)
    return labels if enough and 2 * known > len(filled) and short and not beside else []


def _by_titles(titles: Sequence[str], row: Sequence[Cell]) -> dict[str, Cell]:
    """The values of a row by the titles of their columns; a title over several columns holds all of them."""
    if len(row) != len(titles):
        return {}
    found: dict[str, Cell] = {}
    title = ""
    for above, cell in zip(titles, row, strict=True):
        title = above or title
        if cell:
            found.setdefault(title, []).extend(cell)
    return found


def _pairs(row: Sequence[Cell]) -> dict[str, Cell]:
    """Labels and values side by side, in two cells or in one; empty where a cell is neither."""
    filled = [cell for cell in row if cell]
    inside = [_PAIR.match(re.sub(r"\s*([：:])\s*", r"\1", line)) for cell in filled for line in cell]
    if inside and all(inside):
        return {match["label"]: [match["value"]] for match in inside if match}
    labels = [_label(cell) for cell in filled[::2]]
    if len(filled) % 2 or not all(label in _LABELS for label in labels):
        return {}
    return (
        dict(zip(labels, filled[1::2], strict=True)) if not set(map(_label, filled[1::2])) & _LABELS else {}
    )


def _columns(fields: dict[str, Cell]) -> Iterator[str]:
    """Named values as lines: the heading, the people, what is seen, what is said."""
    scene = [f"{name}：{' '.join(cell)}" for name, cell in fields.items() if name in _SCENE]
    speaker = ""
    if scene:
        yield "　".join(scene)
    for name, cell in fields.items():
        if name in _CAST and not scene and set(fields) & _SPEECH:
            speaker = f"{''.join(cell)}："
        elif name in _CAST:
            yield f"人物：{'、'.join(cell)}"
    size = "".join(fields.get(_SIZE, []))
    for name, cell in fields.items():
        if name in _PICTURE:
            yield from (f"{size}：{line}" if size else f"△{line.lstrip('△')}" for line in cell)
        elif name in _SPEECH:
            yield speaker + cell[0]
            yield from cell[1:]
        elif name not in _SCENE | _CAST | {_SIZE, "镜号", "序号", "时长"}:
            yield from (f"备注：{line}" for line in cell)


def _other_row(row: Sequence[Cell]) -> tuple[Row, str]:
    filled = [cell for cell in row if cell]
    if len(filled) == 2 and len(filled[0]) == 1 and _is_name(filled[0][0]):
        return [f"{filled[0][0]}：{filled[1][0]}", *filled[1][1:]], ""
    if all(len(cell) == 1 for cell in filled) and (lines := _bare_heading([cell[0] for cell in filled])):
        return lines, ""
    return [line for cell in filled for line in cell], DOUBT if len(filled) > 1 else ""


def _bare_heading(cells: Sequence[str]) -> Row:
    """A heading cut into cells without labels, and the people in a cell that lists several."""
    cast = [cell for cell in cells if len(names_in(cell)) > 1 and "、" in cell]
    line = "　".join(cell for cell in cells if cell not in cast)
    if not is_heading(line) or len(cast) > 1:
        return []
    return [line, *(f"人物：{cell}" for cell in cast)]


def _is_name(text: str) -> bool:
    return 0 < len(text) <= LONGEST_NAME and not re.search(r"[：:。！？，,.!?△▲\d]", text)


_HAN = "〇一二三四五六七八九"
_CHINESE = frozenset(
    {
        "chineseCounting",
        "chineseCountingThousand",
        "ideographDigital",
        "taiwaneseCounting",
        "japaneseCounting",
    }
)
MOST_LEVELS = 9


class Numbering:
    """The lists of a python-docx document; `label` counts as it goes, once for each paragraph in order."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[tuple[str, int], dict[str, str]] = {}
        self._list: dict[str, str] = {}
        self._counts: dict[str, list[int]] = {}
        linked = [
            each.target_part for each in document.part.rels.values() if each.reltype.endswith("/numbering")
        ]
        for part in linked:
            self._read(part.element)

    def _read(self, root: Any) -> None:
        for level in root.iterfind(f"{qn('w:abstractNum')}/{qn('w:lvl')}"):
            key, depth = level.getparent().get(qn("w:abstractNumId")), level.get(qn("w:ilvl"), "")
            if depth.isdecimal():
                self._levels[key, int(depth)] = {
                    name: _value(level, name) for name in ("numFmt", "lvlText", "start")
                }
        for number in root.iterfind(qn("w:num")):
            self._list[number.get(qn("w:numId"), "")] = _value(number, "abstractNumId")

    def label(self, place: tuple[str, int] | None) -> str:
        """What stands before a paragraph of a list, with a blank after it; empty where nothing does."""
        if place is None or place[1] >= MOST_LEVELS:
            return ""
        key, depth = self._list.get(place[0], ""), place[1]
        level = self._levels.get((key, depth))
        if level is None:
            return ""
        counts = self._counts.setdefault(key, [])
        while len(counts) <= depth:
            counts.append(self._start(key, len(counts)) - 1)
        del counts[depth + 1 :]
        counts[depth] += 1
        if level["numFmt"] == "bullet":
            mark = level["lvlText"]
            return "△" if mark and mark in MARKS else ""
        text = re.sub(r"%(\d)", lambda match: self._count(key, int(match[1]) - 1, counts), level["lvlText"])
        return f"{text}　" if text else ""

    def _start(self, key: str, depth: int) -> int:
        text = self._levels.get((key, depth), {}).get("start", "")
        return int(text) if text.isdecimal() and len(text) < 6 else 1

    def _count(self, key: str, depth: int, counts: list[int]) -> str:
        if not 0 <= depth < len(counts):
            return ""
        form = self._levels.get((key, depth), {}).get("numFmt", "")
        return han(counts[depth]) if form in _CHINESE else str(counts[depth])


def _value(element: Any, name: str) -> str:
    """`w:val` of a child; empty where there is none."""
    child = element.find(qn(f"w:{name}"))
    return child.get(qn("w:val"), "") if child is not None else ""


def han(number: int) -> str:
    """1 to 99 as a Chinese numeral is written, others digit by digit."""
    if not 0 < number < 100:
        return "".join(_HAN[int(digit)] for digit in str(number))
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{_HAN[tens]}十"
    return head + (_HAN[ones] if ones else "")
