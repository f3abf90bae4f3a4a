"""What all parts of an answer must keep: plain text, the right language, a length."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from generation.formats.tokens import TOKEN
from generation.pipelines.refusals import Refusal
from generation.screenplay.measure import count_han, count_words, language_of
from generation.synthesis.rules.language import sentences, tokens
from generation.synthesis.rules.tongues import foreign, latin_said, traditional
from generation.synthesis.texts import is_none

LOOP_LENGTH, LOOP_SENTENCES, LOOP_TIMES = 8, 5, 3
LOOP_LONG = 24
"""So many words in a row of what is shorter: yes, it is, yes, it is."""
MOST = 200_000
"""Characters beyond which a text is not looked at: far longer than any answer that a stage may give."""
_LATIN = re.compile(r"[A-Za-z]{2,}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffd-\uffff]")
_MARKUP = re.compile(r"\*\*|```|^#{1,6} |</?[a-z]{1,20}>|\\n", re.MULTILINE)
"""Marks of Markdown or of tags, and a line break that was escaped twice."""
_LIST = re.compile(
    r"^[ \t　]*(?:[-*•·]|\d{1,2}[.、)）]|[一二三四五六七八九十]{1,2}、|[（(]\d{1,2}[)）])[ \t　]*\S",
    re.MULTILINE,
)
_NUMBER = re.compile(r"[ \t　]*[(（\[]?(\d{1,3})[.、)）\]:：．]")
NUMBERED = 3
"""So many numbers in a row, from 1, are a list."""
_HEADING = re.compile(
    r"^[ \t　]*(?:(?:INT|EXT|EST|I/E)[./ ]|\d+[-－]\d+[ \t　]|场景[:：]|第.{1,8}场)"
    r"|[ 　](?:日|夜|晨|昏|傍晚|清晨|深夜|黄昏)[ 　](?:内|外)(?:\s|$)",
    re.MULTILINE,
)
_LAYOUT = re.compile(r"^[ \t　]*[△▲Δ∆▵▴]", re.MULTILINE)


def length_of(text: str, language: str) -> int:
    return count_han(text) if language == "zh" else count_words(text)


def faulty_text(part: str, text: str, language: str) -> Refusal | None:
    """Text that is none: a structure where words were asked for, characters that no table takes, another
    language. Short texts (a label) are not asked for their language."""
    if len(text) > MOST:
        return Refusal("part-long", {"part": part, "length": len(text), "least": 1, "most": MOST})
    bare = text.strip()
    if (
        _CONTROL.search(text)
        or _MARKUP.search(bare)
        or TOKEN.search(bare)
        or (bare[:1] in "{[" and bare[-1:] in "}]")
        or not re.search(r"\w", bare)
    ):
        return Refusal("not-text", {"part": part})
    if is_none(bare):
        return None
    other = "a mixture" if mixed(bare, language) else foreign(bare, language)
    found = other or language_of(bare) or _of_few_words(bare)
    if found != language:
        return Refusal(
            "part-language",
            {
                "part": part,
                "found": found or "too short or too mixed to tell a language by",
                "language": language,
            },
        )
    line = loop(bare, language)
    return Refusal("loop", {"part": part, "line": line[:60]}) if line else None


def strange_to(part: str, text: str, content: Mapping[str, Any]) -> Refusal | None:
    """A script or a speech that a Chinese text has and its scene has not: Traditional characters, English."""
    if content["language"] != "zh":
        return None
    source = content.get("text", "")
    for name, has in (("Traditional Chinese", traditional), ("partly in Latin letters", latin_said)):
        if has(text) and not has(source):
            return Refusal("part-language", {"part": part, "found": name, "language": "zh"})
    return None


def broken_off(part: str, text: str) -> Refusal | None:
    """It ends in the middle of a sentence."""
    last = text.rstrip("*_ \t\n")[-1:]
    if last.isalnum() or last in ",;:，；：、-":
        return Refusal("cut-off", {"part": part, "line": text.strip()[-40:]})
    return None


def numbered(part: str, text: str) -> Refusal | None:
    """Prose that is a list: lines that begin with the numbers in a row."""
    count = 0
    for line in text.split("\n"):
        found = _NUMBER.match(line)
        if found and int(found[1]) == count + 1:
            count += 1
            if count == NUMBERED:
                return Refusal("laid-out", {"part": part, "line": line.strip()[:60]})
    return None


def loop(text: str, language: str) -> str:
    """What a text says again and again, as from a model that has lost its way: a few sentences three times
    in a row. A refrain comes with something between, and a short word as often as one likes."""
    listed = sentences(text, language)
    for size in range(1, LOOP_SENTENCES + 1):
        same = 0
        for at in range(len(listed) - size):
            same = same + 1 if listed[at] == listed[at + size] else 0
            if same and same % size == 0 and same >= size * (LOOP_TIMES - 1):
                again = listed[at - size + 1 : at + 1]
                length = len(tokens(" ".join(again), language))
                if length >= LOOP_LENGTH or (length > 1 and length * (same // size + 1) >= LOOP_LONG):
                    return again[0]
    return ""


def mixed(text: str, language: str) -> bool:
    """Whether a good part of a text is in the other language: names and a loan word may be, a sentence
    not."""
    han, latin = count_han(text), len(_LATIN.findall(text))
    return han > 12 + latin // 50 if language == "en" else latin > 12 + han // 20


def _of_few_words(text: str) -> str:
    """The language of a text that is too short to tell otherwise: Chinese where there is one Han
    character."""
    if count_han(text):
        return "zh"
    return "en" if text.isascii() or not re.search(r"[^\W\d_a-zA-Z\u00c0-\u024f]", text) else ""


def between(part: str, text: str, language: str, bounds: Mapping[str, tuple[int, int]]) -> Refusal | None:
    """Words, or Han characters, within bounds."""
    least, most = bounds[language]
    length = length_of(text, language)
    if least <= length <= most:
        return None
    code = "part-short" if length < least else "part-long"
    return Refusal(code, {"part": part, "length": length, "least": least, "most": most})


def plain_paragraph(part: str, text: str) -> Refusal | None:
    """One paragraph that runs on: no scene heading, no list, no layout."""
    bare = text.strip()
    for pattern in (_HEADING, _LAYOUT):
        if match := pattern.search(bare):
            line = bare[match.start() :].strip().split("\n", 1)[0][:60]
            return Refusal("laid-out", {"part": part, "line": line})
    if (
        len(_LIST.findall(bare)) > 1
        or _LIST.match(bare)
        or len([line for line in bare.split("\n") if line.strip()]) > 1
    ):
        return Refusal("not-one-paragraph", {"part": part})
    return None


def first(found: Iterable[Refusal | None]) -> Refusal | None:
    """The first refusal; none where all is well. Later ones are not computed."""
    return next((each for each in found if each is not None), None)
