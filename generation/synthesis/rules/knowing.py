"""What a text knows that it may not know yet, and whether it rests on what it may.

Words count that tell something about one story. Known are those of the earlier scenes, of the profiles and the
names; ahead are those of the scene and of later ones. A sentence that takes several words from ahead and few
from what is known tells the future, in whatever words it does so.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from generation.synthesis.rules.language import WORDS, lines_of, sentences, telling, telling_set, without
from generation.synthesis.rules.names import all_names


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence: how many telling words it has, how many of them are known, how many are from ahead (of the
    scene that holds most of them), and whether it says by its form that it looks ahead."""

    sentence: str
    words: int
    known: int
    ahead: int
    looks_ahead: bool


@cache
def _looking(language: str) -> re.Pattern[str]:
    words = [re.escape(line).replace("_", r"(?:\S+ ){0,2}\S+") for line in lines_of(WORDS / f"ahead.{language}.txt")]
    either = "|".join(words)
    return re.compile(rf"\b(?:{either})\b" if language == "en" else either, re.IGNORECASE)


def told(text: str, content: Mapping[str, Any], outline: str = "") -> list[Told]:
    """A context sentence by sentence, against the scene's content and the outline that was made of it."""
    language, names = content["language"], all_names(content)
    known = _known(content)
    scene = telling_set(content["text"], language) | telling_set(outline, language)
    later = [scene, *(telling_set(each["text"], language) for each in content["later"])]
    found = []
    for sentence in sentences(text, language):
        words = set(telling(without(sentence, names, "，" if language == "zh" else " "), language))
        new = words - known
        found.append(
            Told(
                sentence,
                len(words),
                len(words & known),
                max(len(new & each) for each in later),
                _looking(language).search(sentence) is not None,
            )
        )
    return found


def _known(content: Mapping[str, Any]) -> frozenset[str]:
    language = content["language"]
    texts = [*(each["text"] for each in content["earlier"]), *(each["profile"] for each in content["characters"])]
    found = telling_set(content["series"]["title"], language)
    return found.union(*(telling_set(each, language) for each in texts))


def rests(text: str, content: Mapping[str, Any]) -> float:
    """The share of a context's telling words that earlier scenes and profiles know; 1 where it has none."""
    language = content["language"]
    words = set(telling(without(text, all_names(content), "，" if language == "zh" else " "), language))
    return len(words & _known(content)) / len(words) if words else 1.0
