"""The numbers that Word puts before paragraphs by itself. They stand in no run of text, and Chinese scene
headings are often made so. Runs in the child process.
"""

import re
from typing import Any

from generation.formats.docx_parts import local, numbering, val, value
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
    """The lists of a file; `label` counts as it goes, so it is asked once for each paragraph in order."""

    def __init__(self, root: Any) -> None:
        self._abstract: dict[str, dict[int, Any]] = {}
        self._list: dict[str, str] = {}
        for each in root if root is not None else ():
            if local(each) == "abstractNum":
                levels = (level for level in each if local(level) == "lvl")
                self._abstract[value(each, "abstractNumId")] = {
                    int(value(level, "ilvl")): level for level in levels if value(level, "ilvl").isdecimal()
                }
            elif local(each) == "num":
                self._list[value(each, "numId")] = val(each, "abstractNumId")
        self._counts: dict[str, list[int]] = {}

    def label(self, properties: Any, inherited: tuple[str, int] | None) -> str:
        """What stands before the paragraph, with a blank after it; empty where nothing does."""
        place = numbering(properties) or inherited
        if place is None or place[1] >= MOST_LEVELS:
            return ""
        key, depth = self._list.get(place[0], ""), place[1]
        level = self._abstract.get(key, {}).get(depth)
        if level is None:
            return ""
        counts = self._counts.setdefault(key, [])
        while len(counts) <= depth:
            counts.append(self._start(key, len(counts)) - 1)
        del counts[depth + 1 :]
        counts[depth] += 1
        if val(level, "numFmt") == "bullet":
            mark = val(level, "lvlText")
            return "△" if mark and mark in MARKS else ""
        text = re.sub(
            r"%(\d)", lambda match: self._count(key, int(match[1]) - 1, counts), val(level, "lvlText")
        )
        return f"{text}　" if text else ""

    def _start(self, key: str, depth: int) -> int:
        text = val(self._abstract.get(key, {}).get(depth), "start")
        return int(text) if text.isdecimal() and len(text) < 6 else 1

    def _count(self, key: str, depth: int, counts: list[int]) -> str:
        if not 0 <= depth < len(counts):
            return ""
        form = val(self._abstract.get(key, {}).get(depth), "numFmt")
        number = counts[depth]
        return han(number) if form in _CHINESE else str(number)


def han(number: int) -> str:
    """1 to 99 as a Chinese numeral is written, others digit by digit."""
    if not 0 < number < 100:
        return "".join(_HAN[int(digit)] for digit in str(number))
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{_HAN[tens]}十"
    return head + (_HAN[ones] if ones else "")
