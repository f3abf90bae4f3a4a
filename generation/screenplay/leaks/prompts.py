"""Remnants of the shipped prompts: a run of their words that comes back in an answer.

Six words in a row for English, twelve Han characters for Chinese; prompts are read once. The example in a
prompt (`KESTREL (not turning round) You kept the key.`) belongs to it: a model that copies it has not
written it.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROMPTS = Path(__file__).parents[2] / "prompts"
WORDS_IN_A_ROW = 6
HAN_IN_A_ROW = 12

_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_VALUE = re.compile(r"\$\w+|</?\w+>")


def remnants(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Where the text repeats a prompt; places that follow each other are one."""
    known = _runs(language)
    pieces = [(match.start(), match.end(), match[0].lower()) for match in _units(language).finditer(text)]
    length = HAN_IN_A_ROW if language == "zh" else WORDS_IN_A_ROW
    start = end = -1
    for index in range(len(pieces) - length + 1):
        if tuple(word for _, _, word in pieces[index : index + length]) not in known:
            continue
        first, last = pieces[index][0], pieces[index + length - 1][1]
        if first > end:
            if end >= 0:
                yield start, end
            start = first
        end = last
    if end >= 0:
        yield start, end


def _units(language: str) -> re.Pattern[str]:
    return _HAN if language == "zh" else _WORD


@cache
def _runs(language: str) -> frozenset[tuple[str, ...]]:
    length = HAN_IN_A_ROW if language == "zh" else WORDS_IN_A_ROW
    found: set[tuple[str, ...]] = set()
    for path in sorted(PROMPTS.glob(f"*/*.{language}.md")):
        # A value ends a run: the words on both sides of it are no sentence of the prompt.
        for part in _VALUE.split(path.read_text(encoding="utf-8")):
            words = [word.lower() for word in _units(language).findall(part)]
            found.update(tuple(words[i : i + length]) for i in range(len(words) - length + 1))
    return frozenset(found)
