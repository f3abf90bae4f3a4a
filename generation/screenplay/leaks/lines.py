"""The lines of a text by their role in its layout, without reading it into the scene model.

What a robot says is no self-reference, and a line above the first heading is no scene: the scan asks
what a line is before it judges the words on it. Offsets are those of the text that is handed in.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

HEADING = re.compile(r"^[\s\[【*_#.]{0,6}(?:\d{1,3}[A-Z]?[.)]?\s+)?(?:INT|EXT|EST|I/E)\b", re.IGNORECASE)
_CUE_EN = re.compile(r"^[@^]?(?P<name>[^\W\d_a-z][^\n:!?(]{0,40}?)\s?(?:\([^)\n]{0,30}\)\s?){0,3}\^?$")
_INLINE_EN = re.compile(
    r"^(?P<name>[A-Z][\w.'’-]{0,20}(?: [A-Z][\w.'’-]{0,20}){0,2})(?: ?\([^)\n]{0,30}\))?: +\S"
)
_MONTAGE = re.compile(r"\bMONTAGE|SERIES OF SHOTS|INTERCUT")
_ITEM = re.compile(r"[-*–—]|\(?(?:[A-Z]|\d{1,2})[.)] ")
_CUE_ZH = re.compile(
    r"^(?P<name>[^\s:：（()）。，,！!？?△▲“”\"《》【\[]{1,12})(?:\s?[（(][^）)\n]{0,24}[）)]){0,3}\s?[:：]"
)
_ZH_PLAIN = frozenset(
    {
        "字幕", "片名", "空镜", "特写", "旁白", "画外音", "人物", "出场人物", "地点",
        "时间", "场景", "场次", "景", "时", "人", "切至", "叠化", "闪回",
    }
)  # fmt: skip
_NUMBERED_ZH = re.compile(
    r"^[【\[]?\s?(?:\d{1,3}\s*[-－—–~.、．]\s*\d{0,3}|第[\d一二三四五六七八九十百零]{1,4}[场幕集]|场次|场景|场\s*\d|"
    r"景\s*[:：]|\d{1,3}[\s　])"
)
_ANNOUNCED = {
    "en": re.compile(r"\((?:in|sings?|singing|reading|reads|quoting)\b[^)\n]{0,30}\)|^~", re.IGNORECASE),
    "zh": re.compile(r"[（(][^()（）\n]{0,20}[^\W_][语文][^()（）\n]{0,20}[)）]"),
}
"""What announces another language: `(in French)`, （用俄语）."""


def is_heading_line(line: str) -> bool:
    """Whether a line begins as a scene heading of either layout."""
    line = line.strip(" 　\t")
    return is_forced_heading(line) or (
        len(line) < 60 and bool(_NUMBERED_ZH.match(line) or HEADING.match(line))
    )


def is_forced_heading(line: str) -> bool:
    """Whether Fountain's dot makes a line a heading; raters do not see the dot."""
    return line[:1] == "." and line[1:2].isalnum()


@dataclass(frozen=True, slots=True)
class Line:
    """`role` is heading, cue, speech, action (△), listed (in a montage), blank or other; `edge`: the tail."""

    start: int
    text: str
    role: str
    cue: str = ""
    edge: bool = False


class Lines:
    """All lines of a text; `at(offset)` is the line that holds an offset."""

    def __init__(self, text: str, language: str) -> None:
        self.language = language
        self.lines = _edges(_chinese(text) if language == "zh" else _english(text))
        self._starts = [line.start for line in self.lines]
        self.cues = frozenset(line.cue for line in self.lines if line.cue)

    def at(self, offset: int) -> Line:
        return self.lines[max(0, bisect_right(self._starts, offset) - 1)]

    def outside(self, offset: int) -> bool:
        """Whether an offset is outside speeches."""
        return self.at(offset).role not in ("speech", "cue", "listed")

    @cached_property
    def announced(self) -> frozenset[int]:
        """The starts of the lines of speech that a parenthetical announces to be in another language."""
        found, speaker = set(), ""
        for line in self.lines:
            opens = self.language == "zh" and line.text.strip().startswith(line.cue)
            if line.cue != speaker or opens:
                speaker = ""
            if line.cue and _ANNOUNCED[self.language].search(line.text):
                speaker = line.cue
            if speaker:
                found.add(line.start)
        return frozenset(found)

    def before_heading(self) -> list[Line]:
        """The lines that are not blank above the first heading; none where there is no heading."""
        first = next((i for i, line in enumerate(self.lines) if line.role == "heading"), None)
        return [] if first is None else [line for line in self.lines[:first] if line.role != "blank"]


def _split(text: str) -> list[tuple[int, str]]:
    found, start = [], 0
    for line in text.split("\n"):
        found.append((start, line))
        start += len(line) + 1
    return found


def _english(text: str) -> list[Line]:
    rows = _split(text)
    found: list[Line] = []
    cue, montage = "", False
    for index, (start, raw) in enumerate(rows):
        line = raw.strip()
        after = rows[index + 1][1].strip() if index + 1 < len(rows) else ""
        before = rows[index - 1][1].strip() if index else ""
        if not line:
            cue = ""
            found.append(Line(start, raw, "blank"))
        elif HEADING.match(line) or is_forced_heading(line):
            cue, montage = "", False
            found.append(Line(start, raw, "heading"))
        elif cue:
            found.append(Line(start, raw, "speech", cue))
        elif not before and after and (name := _cue(line)):
            cue = name
            found.append(Line(start, raw, "cue", cue))
        elif inline := _INLINE_EN.match(line):
            found.append(Line(start, raw, "speech", inline["name"]))
        else:
            montage = montage or _MONTAGE.search(line) is not None
            listed = montage and _ITEM.match(line) is not None
            found.append(Line(start, raw, "listed" if listed else "other"))
    return found


def _cue(line: str) -> str:
    """The name on an English cue; empty when the line is none. A McAVOY has small letters too."""
    match = _CUE_EN.match(line) if len(line) < 60 else None
    if match is None or match["name"].endswith((".", ",", ";")) or line.endswith(":"):
        return line[1:].strip() if line.startswith("@") and len(line) < 60 else ""
    letters = [character for character in match["name"] if character.isalpha()]
    capitals = sum(not character.islower() for character in letters)
    return match["name"].strip() if capitals >= 0.75 * len(letters) else ""


def _chinese(text: str) -> list[Line]:
    found: list[Line] = []
    waiting = ""  # a name on a line of its own: its words are on the next line
    for start, raw in _split(text):
        line = raw.strip(" 　\t")
        cue = _CUE_ZH.match(line)
        if not line:
            found.append(Line(start, raw, "blank"))
            continue
        if line[0] in "△▲Δ∆▵▴⊿":
            role, name = "action", ""
        elif is_heading_line(line):
            role, name = "heading", ""
        elif cue and cue["name"] not in _ZH_PLAIN:
            role, name = "speech", cue["name"]
        elif waiting:
            role, name = "speech", waiting
        else:
            role, name = "other", ""
        waiting = name if cue and not line[cue.end() :].strip() else ""
        found.append(Line(start, raw, role, name))
    return found


def _edges(lines: list[Line]) -> list[Line]:
    """Mark the last two lines that are not blank."""
    full = [i for i, line in enumerate(lines) if line.role != "blank"][-2:]
    return [Line(line.start, line.text, line.role, line.cue, edge=i in full) for i, line in enumerate(lines)]
