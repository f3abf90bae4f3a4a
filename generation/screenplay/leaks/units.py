"""Pieces of a script that are each looked at as if on a line of their own.

A remark to the reader can hide where a rule for whole lines sees only story: in a parenthetical, in brackets,
under a cue, in a cue, in the last sentence of a speech, after the first sentence of an action line.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from generation.screenplay.leaks.layout import is_layout_label
from generation.screenplay.leaks.lines import Line, Lines

ASIDE, CUE, LAST, SENTENCE = "aside", "cue", "last", "sentence"

_BRACKETS = re.compile(r"\(([^()\n]{2,300})\)|\[([^\[\]\n]{2,300})\]|【([^【】\n]{2,300})】")
_SENTENCE = re.compile(r"[^.!?。！？…]*(?:[.!?。！？…]+[\"”’')）]*|$)")
_LONE = re.compile(r"(?<![\[\w])\[(?![\[\d\s.,]{1,12}\])[^\[\]\n]{1,300}\](?![\](])|【[^【】\n]{1,60}】")
_NUMBERED = re.compile(r"[^\W\d_]\s?\d")
_QUOTES = '"“'
_STOPS = '.!?。！？…）)”"—'
_LETTER = re.compile(r"[^\W\d_]")
_GOES_ON = '.,;:!?。，；：！？…、”"'


@dataclass(frozen=True, slots=True)
class Unit:
    """`start` is the offset of `text` in the whole text; `before` is the text before a last sentence."""

    start: int
    text: str
    kind: str
    before: str = ""


class Units:
    """All units of a text; but for speeches of one sentence, joined to one text, with offsets mapped back."""

    def __init__(self, lines: Lines) -> None:
        self.all = list(_units(lines))
        self._joined = [unit for unit in self.all if unit.kind != LAST or unit.before]
        self.text = "\n\n".join(unit.text for unit in self._joined)
        self._starts: list[int] = []
        at = 0
        for unit in self._joined:
            self._starts.append(at)
            at += len(unit.text) + 2

    def at(self, offset: int) -> Unit:
        return self._joined[bisect_right(self._starts, offset) - 1]

    def back(self, start: int, end: int) -> tuple[int, int]:
        number = bisect_right(self._starts, start) - 1
        unit = self._joined[number]
        shift = unit.start - self._starts[number]
        return start + shift, min(end + shift, unit.start + len(unit.text))


def _units(lines: Lines) -> Iterator[Unit]:
    rows = lines.lines
    cues: set[str] = set()
    for number, line in enumerate(rows):
        if line.role in ("blank", "heading"):
            continue
        said = line.text.partition(":")[2] if _is_inline(line) else line.text
        for match in _BRACKETS.finditer(line.text):
            yield Unit(line.start + match.start(match.lastindex or 0), match[match.lastindex or 0], ASIDE)
        if line.cue not in cues and (line.role == "cue" or _is_inline(line)):
            cues.add(line.cue)  # the same cue again says nothing new
            yield Unit(line.start, line.text[: len(line.text) - len(said)].rstrip(": ") or line.text, CUE)
        ends = number + 1 == len(rows) or rows[number + 1].cue != line.cue or _is_inline(rows[number + 1])
        sentences = list(_sentences(said, line.start + len(line.text) - len(said)))
        quoted = line.text.find(":")  # what follows is read out, typed or printed
        if line.role == "speech" and ends:
            # What is read out begins with a quotation mark.
            before = sentences[-2][1] if len(sentences) > 1 and said.strip()[0] not in _QUOTES else ""
            yield from (Unit(start, text, LAST, before) for start, text in sentences[-1:])
        elif line.role in ("other", "action"):
            # The first sentence of a line is the line, but for its mark; a label in it is a sign's.
            for start, text in sentences[line.role == "other" or quoted >= 0 :]:
                if _LETTER.search(text) and (quoted < 0 or start < line.start + quoted):
                    yield Unit(start, text, SENTENCE)


def _is_inline(line: Line) -> bool:
    """Whether a line holds a cue and its speech."""
    return line.role == "speech" and line.text.strip().startswith(line.cue) and ":" in line.text


def _sentences(text: str, start: int) -> Iterator[tuple[int, str]]:
    for match in _SENTENCE.finditer(text):
        inner = match[0].strip(" 　\t△▲Δ∆▵▴⊿")
        if inner:
            yield start + match.start() + match[0].index(inner), inner


def lone_brackets(lines: Lines) -> Iterator[tuple[int, int]]:
    """Square brackets that are no part of a sentence: a note, for no layout has them.

    Those inside a sentence are painted on something, or printed on it.
    """
    for line in lines.lines:
        if line.role in ("blank", "heading"):
            continue
        for match in _LONE.finditer(line.text):
            if lines.language == "zh" and is_layout_label(match[0][1:-1].strip()):
                continue
            before, after = line.text[: match.start()].strip(" 　△"), line.text[match.end() :].lstrip()
            ended = not after or after[0] not in _GOES_ON
            # After a colon comes the text of a sign; in a speech it ends the cue.
            stops = f"{_STOPS}:：" if line.role == "speech" else _STOPS
            # A shot is named (【新闻画面】); what has a number counts something of the writer's.
            first = match[0][0] == "[" or _NUMBERED.search(match[0]) or not after or not ended
            if (before[-1] in stops and ended) if before else first:
                yield line.start + match.start(), line.start + match.end()
