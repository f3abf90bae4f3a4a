"""Remarks of an assistant about a text: greetings, offers, refusals, word counts, end marks.

They are no part of the text. The patterns are data, in `remarks.toml`; the leak scan uses them too.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PATTERNS = Path(__file__).with_name("remarks.toml")
LINE_HEAD = r"^[^\w\n]{0,12}"
WORD_EDGE = r"(?a:\b)"
"""`\\b` takes Han characters for letters of one word with the Latin name beside them."""
EDGE_LENGTH = 400
"""Characters of the first and the last line that are looked at."""
_QUOTED = re.compile(r"“[^”\n]*”?|「[^」\n]*」?|\"[^\"\n]*\"?|^‘[^’\n]*’?$|^'[^'\n]*'?$")
_SENTENCE = re.compile(r"(?<=[.!?。！？”\"])(?![.!?…])\s*")
_ENDS_IN_COLON = (":", "：")


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of a word list, in which `%L` is the head of a line."""
    body = pattern.replace("%L", LINE_HEAD).replace(r"\b", WORD_EDGE)
    return re.compile(body, re.IGNORECASE | re.MULTILINE)


@cache
def read_patterns() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(PATTERNS.read_text(encoding="utf-8"))


@cache
def _edge_patterns(*, first: bool, prose: bool) -> tuple[re.Pattern[str], ...]:
    """The patterns for the first line of a text or the last one, in both languages."""
    found = [
        pattern
        for name, rules in read_patterns().items()
        if name.startswith("boilerplate")
        for patterns in rules.values()
        for pattern in patterns
    ]
    edges = read_patterns()["edges"]
    keys = ["first" if first else "last", "both", *(["prose"] if prose else [])]
    return tuple(map(compile_pattern, [*found, *(each for key in keys for each in edges[key])]))


def find_meta_commentary(text: str, *, prose: bool = True) -> str:
    """Return the remark about a text on its first or its last line; the empty string if there is none.

    Titles, end marks and word counts are remarks in prose and not in a screenplay (`prose=False`). What
    stands in quotation marks, or at the end after a colon, is read in the story.
    """
    for edge, first in _edges(text):
        told = _QUOTED.sub(" ", edge)
        if any(pattern.search(told) for pattern in _edge_patterns(first=first, prose=prose)):
            return edge.strip()
    return ""


def _edges(text: str) -> Iterator[tuple[str, bool]]:
    """The first line and its first sentence, and the last line and its last sentence."""
    lines = [line.strip() for line in text.strip().split("\n") if line.strip()]
    if not lines:
        return
    first, last = lines[0][:EDGE_LENGTH], lines[-1][-EDGE_LENGTH:]
    yield first, True
    yield next(filter(None, _SENTENCE.split(first)), ""), True
    sentences = list(filter(None, _SENTENCE.split(last)))
    if len(lines) > 1 and not lines[-2].endswith(_ENDS_IN_COLON):
        yield last, False
    if sentences and not (len(sentences) > 1 and sentences[-2].endswith(_ENDS_IN_COLON)):
        yield sentences[-1], False
