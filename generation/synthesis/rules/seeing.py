"""Whether prose keeps to what can be seen and heard: how much of it is inner life, told by the narrator."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import islice

from generation.synthesis.rules.language import (
    NAME,
    WORDS,
    lines_of,
    sentences,
    slanted_changed,
    without_speech,
)

_ASKED = {"en": re.compile(r"\?"), "zh": re.compile(r"[？?]")}
_MARK = " ¤ "
_REPORTED = re.compile("[¤:：]")
"""A question with these before it may be somebody's, told again."""
QUESTION, ECHO = 1.0, 0.5
"""What a question of the narrator's weighs: a thought that was not marked as one; and one of a word or two,
which may be a guess at what is heard (A horn?)."""
SHORT = {"en": 10, "zh": 4}
"""So many letters have these at the most."""
_LETTER = re.compile(r"[^\W\d_]")
_THOUGHT = "¦"
_BRACKETS = re.compile(r"[(（][^()（）\n]{3,400}[)）]")
_SELF = {
    "en": re.compile(r"(?<![A-Za-z])(?:I(?=['’ ,.])|(?:me|my|myself)(?![A-Za-z]))"),
    "zh": re.compile("(?<![自忘敌你])[我咱](?!行我素)"),
}
_WRITTEN = {
    "en": re.compile(
        r"\b(?:reads?|prints?|writ(?:es?|ten|ing)|wrote|pencil|pen|chalk|titled?|"
        r"signs?|labels?|notes?|letters?|cards?|pages?|boards?|stamps?)\b"
    ),
    "zh": re.compile("写|印[着的]|刻[着的]|纸条|牌子|信上"),
}
BEFORE = 80
"""What stands in italics so few characters after these is to be seen, and what says I beside them."""
_HEARD = {
    "en": re.compile(r"\b(?:says|said|sings?|sung|plays?|called)\b"),
    "zh": re.compile("[唱读]|念(?!头)"),
}
_THINKS = re.compile(
    rf"[,*_¤{_THOUGHT}] *(?:(?:he|she|they|{NAME}) (?:thinks|thought|wonders|wondered)|"
    rf"(?:thinks|thought) (?:he|she|they|{NAME}))\b"
)
_DASHED = re.compile(r"\s*[—–-]")
NARRATED = 0.3
"""So large a share of sentences in the first person are a narrator's who is in the scene, not thoughts."""
_LEAST = {"en": re.compile(r"[A-Za-z] [A-Za-z]"), "zh": re.compile(r"[\u4e00-\u9fff]{2}")}


_NOW = re.compile(r"\b(?:is|are|has|have|does|goes|comes|takes|puts|looks|says|turns|stands|sits|gets)\b")
_THEN = re.compile(r"\b(?:was|were|had|did|went|came|took|looked|said|turned|stood|sat|got|lay)\b")


@cache
def _patterns(name: str, language: str) -> tuple[tuple[float, re.Pattern[str]], ...]:
    """Patterns of the same weight as one."""
    by_weight: dict[float, list[str]] = {}
    for line in lines_of(WORDS / f"{name}.{language}.txt"):
        weight, pattern = line.split(" ", 1)
        by_weight.setdefault(float(weight), []).append(pattern)
    edge = r"\b" if language == "en" else ""
    return tuple(
        (weight, re.compile(rf"{edge}(?:{'|'.join(patterns)})", re.IGNORECASE))
        for weight, patterns in sorted(by_weight.items(), reverse=True)
    )


def inner_life(text: str, language: str) -> list[tuple[str, float]]:
    """The narrator's sentences and what each weighs: 0 for one that can be filmed, 1 for inner life, more
    for one that has several words of it."""
    told = _thoughts_marked(without_speech(text, _MARK), language)
    listed = [each for each in sentences(told, language) if _LEAST[language].search(each)]
    own = [bool(_SELF[language].search(each)) and not _DASHED.match(each) for each in listed]
    narrator = sum(own) > NARRATED * len(listed)
    before = _patterns("before", "en") if language == "en" and _in_the_present(told) else ()
    patterns = (*_patterns("inner", language), *before)
    return [
        (
            each.replace(_THOUGHT, ""),
            _weight(each, language, patterns, _THOUGHT in each or (mine and not narrator)),
        )
        for each, mine in zip(listed, own, strict=True)
    ]


def _in_the_present(told: str) -> bool:
    """Whether English prose is told in the present: what it then tells in the past no camera sees."""
    return len(_NOW.findall(told)) > 2 * len(_THEN.findall(told))


def _thoughts_marked(told: str, language: str) -> str:
    """With a mark before each sentence that is set off as a thought: in italics, or in brackets and in the
    first person."""

    def marked(found: re.Match[str]) -> str:
        return " ".join(f"{_THOUGHT}{each}" for each in sentences(found[0], language))

    def italics(found: re.Match[str]) -> str:
        before = told[max(0, found.start() - BEFORE) : found.start()]
        return found[0] if _WRITTEN[language].search(before) else marked(found)

    def bracket(found: re.Match[str]) -> str:
        return marked(found) if _SELF[language].search(found[0]) else found[0]

    return _BRACKETS.sub(bracket, slanted_changed(told, italics))


def _weight(
    sentence: str, language: str, patterns: Sequence[tuple[float, re.Pattern[str]]], thought: bool
) -> float:
    """Each kind of pattern once, and no word twice: 生怕 is not 怕 besides, and what only looks like inner
    life is none."""
    weight, taken = 0.0, bytearray(len(sentence))

    def free(found: re.Match[str]) -> bool:
        return taken.find(1, *found.span()) < 0

    def take(found: re.Match[str]) -> None:
        taken[slice(*found.span())] = bytes([1]) * len(found[0])

    for each, pattern in _patterns("outward", language):
        for found in filter(free, pattern.finditer(sentence)):
            weight = max(weight, each)
            take(found)
    for each, pattern in patterns:
        for found in islice(filter(free, pattern.finditer(sentence)), 1):
            weight += each
            take(found)
    if _ASKED[language].search(sentence) and not _REPORTED.search(sentence):
        weight += QUESTION if len(_LETTER.findall(sentence)) > SHORT[language] else ECHO
    shown = _WRITTEN[language].search(sentence) or _HEARD[language].search(sentence)
    if (thought and not shown) or _THINKS.search(sentence):
        weight += 1
    return weight


def inner_life_share(text: str, language: str) -> float:
    """The share of the narrator's sentences that tell inner life; 0 where nothing is told."""
    found = inner_life(text, language)
    return sum(min(1.0, weight) for _, weight in found) / len(found) if found else 0.0
