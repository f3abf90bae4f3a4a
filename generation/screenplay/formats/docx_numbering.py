"""The numbers that Word puts before paragraphs by itself, which python-docx does not work out.

They stand in no run of text, and Chinese scene headings are often made so. Runs in the child process.
"""

import re
from typing import Any

from docx.oxml.ns import qn

from generation.screenplay.chinese_words import MARKS

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
