"""Whether prose keeps to what can be seen and heard: how much of it is inner life, told by the narrator."""

import re
from functools import cache

from generation.synthesis.rules.language import WORDS, lines_of, sentences, without_speech

_ASKED = {"en": re.compile(r"\?"), "zh": re.compile(r"[？?]")}
_MARK = " ¤ "
QUESTION = 0.8
"""What a question of the narrator's weighs: a thought that was not marked as one."""
_LEAST = {"en": re.compile(r"[A-Za-z] [A-Za-z]"), "zh": re.compile(r"[\u4e00-\u9fff]{2}")}


@cache
def _patterns(language: str) -> tuple[tuple[float, re.Pattern[str]], ...]:
    """Patterns of the same weight as one."""
    by_weight: dict[float, list[str]] = {}
    for line in lines_of(WORDS / f"inner.{language}.txt"):
        weight, pattern = line.split(" ", 1)
        by_weight.setdefault(float(weight), []).append(pattern)
    edge = r"\b" if language == "en" else ""
    return tuple(
        (weight, re.compile(rf"{edge}(?:{'|'.join(patterns)})", re.IGNORECASE))
        for weight, patterns in sorted(by_weight.items(), reverse=True)
    )


def inner_life(text: str, language: str) -> list[tuple[str, float]]:
    """The narrator's sentences and what each weighs: 0 for one that can be filmed, 1 for inner life."""
    found = []
    for sentence in sentences(without_speech(text, _MARK), language):
        if _LEAST[language].search(sentence):
            found.append((sentence, _weight(sentence, language)))
    return found


def _weight(sentence: str, language: str) -> float:
    weight = sum(each for each, pattern in _patterns(language) if pattern.search(sentence))
    if _ASKED[language].search(sentence) and "¤" not in sentence:
        weight += QUESTION
    return min(1.0, weight)


def inner_life_share(text: str, language: str) -> float:
    """The share of the narrator's sentences that tell inner life; 0 where nothing is told."""
    found = inner_life(text, language)
    return sum(weight for _, weight in found) / len(found) if found else 0.0
