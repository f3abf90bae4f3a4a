"""What all parts of an answer must keep: plain text, the right language, a length, an ending."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from generation.pipelines.inputs import is_none
from generation.pipelines.refusals import Refusal
from generation.screenplay.formats.tokens import TOKEN
from generation.screenplay.measure import count_han, count_words
from generation.screenplay.text_checks import (
    detect_language,
    detect_other_language,
    find_meta_commentary,
    is_traditional,
)
from generation.training_data.synthesis.rules.language import sentences, tokens

LOOP_LENGTH, LOOP_SENTENCES, LOOP_TIMES = 8, 5, 3
"""A loop: at most so many sentences of at least so many words together, so many times in a row."""
LOOP_LONG = 24
"""Words of a shorter loop in all: yes, it is, yes, it is."""
LONGEST = 200_000
"""Characters; a longer text is refused unread. No stage may give as long an answer."""
NUMBERED = 3
"""As many lines with numbers in a row, from 1, are a list."""
_LATIN = re.compile(r"[A-Za-z]{2,}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffd-\uffff]")
_MARKUP = re.compile(
    r"\*\*|```|^#{1,6} |</?[a-z]{1,20}>|\\n|[\[【][^\[\]【】\n]{0,10}(?:name|名)[\]】]", re.MULTILINE
)
"""Marks of Markdown or of tags, a line break that was escaped twice, a gap for a name."""
_LIST = re.compile(
    r"^[ \t　]*(?:[-*•·]|\d{1,2}[.、)）]|[一二三四五六七八九十]{1,2}、|[（(]\d{1,2}[)）])[ \t　]*\S",
    re.MULTILINE,
)
_NUMBER = re.compile(r"[ \t　]*[(（\[]?(\d{1,3})[.、)）\]:：．]")
_HEADING = re.compile(
    r"^[ \t　]*(?:(?:INT|EXT|EST|I/E)[./ ]|\d+[-－]\d+[ \t　]|场景[:：]|第.{1,8}场)"
    r"|[ 　](?:日|夜|晨|昏|傍晚|清晨|深夜|黄昏)[ 　](?:内|外)(?:\s|$)",
    re.MULTILINE,
)
_LAYOUT = re.compile(r"^[ \t　]*[△▲Δ∆▵▴]", re.MULTILINE)


def text_length(text: str, language: str) -> int:
    return count_han(text) if language == "zh" else count_words(text)


def check_text(part: str, text: str, language: str) -> Refusal | None:
    """Refuse what is not plain text in the right language: markup, control characters, another language."""
    if len(text) > LONGEST:
        return Refusal("part-long", {"part": part, "length": len(text), "least": 1, "most": LONGEST})
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
    other = "a mixture" if is_mixed(bare, language) else detect_other_language(bare, language)
    found = other or detect_language(bare) or _language_of_few_words(bare)
    if found != language:
        found = found or "too short or too mixed to tell a language by"
        return Refusal("part-language", {"part": part, "found": found, "language": language})
    line = find_loop(bare, language)
    return Refusal("loop", {"part": part, "line": line[:60]}) if line else None


def is_mixed(text: str, language: str) -> bool:
    """Return whether much of a text is in the other language: more than names and loan words."""
    han, latin = count_han(text), len(_LATIN.findall(text))
    return han > 12 + latin // 50 if language == "en" else latin > 12 + han // 20


def _language_of_few_words(text: str) -> str:
    """The language of a text that is too short for anything else: Chinese if it has one Han character."""
    if count_han(text):
        return "zh"
    return "en" if text.isascii() or not re.search(r"[^\W\d_a-zA-Z\u00c0-\u024f]", text) else ""


def check_traditional(part: str, text: str, content: Mapping[str, Any]) -> Refusal | None:
    """Refuse Traditional characters where the scene has none."""
    if content["language"] != "zh" or not is_traditional(text) or is_traditional(content.get("text", "")):
        return None
    return Refusal("part-language", {"part": part, "found": "Traditional Chinese", "language": "zh"})


def check_remarks(text: str) -> Refusal | None:
    """Refuse a remark about the text before or after it."""
    line = find_meta_commentary(text)
    return Refusal("remarks", {"line": line[:60]}) if line else None


def check_ending(part: str, text: str) -> Refusal | None:
    """Refuse a text that ends in the middle of a sentence."""
    last = text.rstrip("*_ \t\n")[-1:]
    if last.isalnum() or last in ",;:，；：、-":
        return Refusal("cut-off", {"part": part, "line": text.strip()[-40:]})
    return None


def check_numbering(part: str, text: str) -> Refusal | None:
    """Refuse prose that is a list: lines that begin with the numbers in a row."""
    count = 0
    for line in text.split("\n"):
        found = _NUMBER.match(line)
        if found and int(found[1]) == count + 1:
            count += 1
            if count == NUMBERED:
                return Refusal("laid-out", {"part": part, "line": line.strip()[:60]})
    return None


def find_loop(text: str, language: str) -> str:
    """Return the first sentence of what a text repeats three times in a row; empty if there is nothing."""
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


def check_length(
    part: str, text: str, language: str, bounds: Mapping[str, tuple[int, int]]
) -> Refusal | None:
    """Refuse a text with fewer or more words, or Han characters, than the bounds of its language."""
    least, most = bounds[language]
    length = text_length(text, language)
    if least <= length <= most:
        return None
    code = "part-short" if length < least else "part-long"
    return Refusal(code, {"part": part, "length": length, "least": least, "most": most})


def check_paragraph(part: str, text: str) -> Refusal | None:
    """Refuse what is not one paragraph: a scene heading, a list, screenplay layout."""
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


def first_refusal(found: Iterable[Refusal | None]) -> Refusal | None:
    """Return the first refusal of lazily computed checks, or None."""
    return next((each for each in found if each is not None), None)
