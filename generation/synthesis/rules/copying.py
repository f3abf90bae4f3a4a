"""How much of a text stands in another: shares of runs of words, with names left out of account."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from generation.synthesis.rules.language import NAME, grams, speech_of, stem, tokens, without, without_speech

SIZE = {"en": 8, "zh": 13}
"""Words, Han characters: longer than what two writers have in common by chance."""
SHORT = {"en": 4, "zh": 7}
"""Runs that survive when names or tenses are changed."""
DENSE = {"en": 3, "zh": 4}
WINDOW = 60
"""So many runs in a row are looked at together, some four sentences."""
_NAME = re.compile(rf"(?<=[a-z,;:] ){NAME}(?:['’]s)?")


def overlap(text: str, scene: str, language: str) -> float:
    """The share of a text's 8-word runs (Chinese: runs of 13 characters) that the scene holds."""
    return _share(tokens(text, language), tokens(scene, language), SIZE[language])


def echo(text: str, scene: str, language: str, names: Iterable[str] = ()) -> float:
    """The same for short runs of stems, without names, so that a copy with other names and tenses shows."""
    return _share(_plain(text, language, names), _plain(scene, language, names), SHORT[language])


def densest(text: str, sources: Iterable[str], language: str) -> float:
    """The largest share of short runs that the sources hold, over windows of a text: of what is told, of what
    is said, and of both. A few lines copied into one's own prose show, and so do lines in which every fifth
    word was changed."""
    held = frozenset[tuple[str, ...]]().union(*(_runs(each, language) for each in sources))
    looked = (text, without_speech(text), speech_of(text))
    return max(_in_window([run in held for run in _grams(each, language)]) for each in looked)


def _in_window(hits: Sequence[bool]) -> float:
    most = total = sum(hits[:WINDOW])
    for at in range(WINDOW, len(hits)):
        total += hits[at] - hits[at - WINDOW]
        most = max(most, total)
    return most / WINDOW


@lru_cache(maxsize=256)
def _runs(source: str, language: str) -> frozenset[tuple[str, ...]]:
    """Kept, for a scene stands beside many others."""
    return frozenset(_grams(source, language))


def _grams(text: str, language: str) -> list[tuple[str, ...]]:
    return grams(_plain(text, language, ()), DENSE[language])


def _plain(text: str, language: str, names: Iterable[str]) -> list[str]:
    bare = without(text, names)
    if language == "zh":
        return tokens(bare, "zh")
    return [stem(word) for word in tokens(_NAME.sub(" ", bare), "en") if word not in ("the", "a", "an")]


def _share(words: list[str], source: list[str], size: int) -> float:
    """0 where the text is too short to hold a run."""
    runs = grams(words, size)
    if not runs:
        return 0.0
    held = set(grams(source, size))
    return sum(run in held for run in runs) / len(runs)
