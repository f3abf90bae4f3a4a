"""How much of a text stands in another: shares of runs of words, with names left out of account."""

import re
from collections.abc import Iterable

from generation.synthesis.rules.language import grams, speech_of, stem, tokens, without, without_speech

SIZE = {"en": 8, "zh": 13}
"""Words, Han characters: longer than what two writers have in common by chance."""
SHORT = {"en": 4, "zh": 7}
"""Runs that survive when names or tenses are changed."""
_NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][a-z]+(?:['’]s)?")


def overlap(text: str, scene: str, language: str) -> float:
    """The share of a text's 8-word runs (Chinese: runs of 13 characters) that the scene holds."""
    return _share(tokens(text, language), tokens(scene, language), SIZE[language])


def echo(text: str, scene: str, language: str, names: Iterable[str] = ()) -> float:
    """The same for short runs of stems, without names, so that a copy with other names and tenses shows."""
    return _share(_plain(text, language, names), _plain(scene, language, names), SHORT[language])


def told_and_said(text: str, scene: str, language: str, names: Iterable[str] = ()) -> tuple[float, float]:
    """The `echo` of what is told, and of what is said in direct speech."""
    names = list(names)
    return (
        echo(without_speech(text), scene, language, names),
        echo(speech_of(text), scene, language, names),
    )


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
