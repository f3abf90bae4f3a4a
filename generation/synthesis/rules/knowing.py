"""What a text knows that it may not know yet, and whether it rests on what it may.

Words count that tell something about one story. Known are those of the earlier scenes, of the profiles
and the names; ahead are those of the scene and of later ones. A sentence that takes several words from
ahead and few from what is known tells the future, in whatever words it does so.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from generation.synthesis.rules.copying import echo
from generation.synthesis.rules.language import (
    WORDS,
    lines_of,
    plainest,
    sentences,
    telling,
    telling_set,
    tokens,
    without,
)
from generation.synthesis.rules.names import all_names

NEXT = 3
"""Of so many scenes that follow neighbours count too; of later ones words alone, for in many scenes there
are many chance meetings."""


RETOLD = 0.75
RETOLD_LEAST = {"en": 3, "zh": 4}
"""Share and number of the words that a sentence has in common with one of the outline's when it retells
it."""


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence against the scenes ahead and those before.

    `ahead` is how much of it stands in one scene ahead (of the one that holds most of it, neighbours counted
    too) and is known from nowhere; `there` and `here` are how many of its words, everyday ones too, stand
    in one scene ahead and in one text that is known; `unmet`, how many stand in one scene ahead and in none
    that is known. `looks_ahead`: it says so by its form.
    """

    sentence: str
    ahead: int
    there: int
    here: int
    unmet: int
    looks_ahead: bool


@cache
def _looking(language: str) -> re.Pattern[str]:
    words = [
        re.escape(line).replace("_", r"(?:\S+ ){0,2}\S+")
        for line in lines_of(WORDS / f"ahead.{language}.txt")
    ]
    either = "|".join(words)
    return re.compile(rf"\b(?:{either})\b" if language == "en" else either, re.IGNORECASE)


def told(text: str, content: Mapping[str, Any], outline: str = "") -> list[Told]:
    """A context sentence by sentence, against the scene's content and the outline that was made of it.

    Two words in a row that stand so in a scene ahead, and in none that is known, count as one more from
    there.
    """
    language, names = content["language"], all_names(content)
    known, met = _known(content)
    later = [each["text"] for each in content["later"]]
    ahead = [_words_of(each, language) for each in [content["text"], outline, *later[:NEXT]]]
    ahead += [(_words_of(each, language)[0], frozenset()) for each in later[NEXT:]]
    before = [telling_set(each, language, everyday=True) for each in _before(content)]
    after = [telling_set(each, language, everyday=True) for each in [content["text"], outline, *later]]
    heard = frozenset[str]().union(*before)
    found = []
    for sentence in sentences(text, language):
        bare = without(sentence, names, _gap(language))
        plain = frozenset(telling(bare, language, everyday=True))
        words = set(telling(bare, language)) - known
        pairs = _pairs(bare, language) - met
        found.append(
            Told(
                sentence,
                ahead=max(_met(words & one, pairs & two, language) for one, two in ahead),
                there=max(len(plain & each) for each in after),
                here=max((len(plain & each) for each in before), default=0),
                unmet=max(len((plain - heard) & each) for each in after),
                looks_ahead=_looking(language).search(sentence) is not None,
            )
        )
    return found


Words = tuple[frozenset[str], frozenset[tuple[str, ...]]]


@lru_cache(maxsize=256)
def _words_of(text: str, language: str) -> Words:
    return telling_set(text, language), frozenset(_pairs(text, language))


def _pairs(text: str, language: str) -> set[tuple[str, ...]]:
    """What tells beside the words: in English neighbours among them, everyday ones too; in Chinese, where
    words are pairs, the single characters (熄, 磕) but for the plainest."""
    if language == "zh":
        return {(each,) for each in tokens(text, "zh") if each not in plainest()}
    return {pair for each in sentences(text, "en") for pair in pairwise(telling(each, "en", everyday=True))}


def _met(words: frozenset[str] | set[str], beside: set[tuple[str, ...]], language: str) -> int:
    """How much of a sentence stands in one scene ahead; a character counts where no pair that has it
    does."""
    if language == "zh":
        had = set("".join(words))
        beside = {each for each in beside if each[0] not in had}
    return len(words) + len(beside)


def _gap(language: str) -> str:
    return "，" if language == "zh" else " "


def _known(content: Mapping[str, Any]) -> Words:
    language = content["language"]
    found = [_words_of(each, language) for each in [content["series"]["title"], *_before(content)]]
    return frozenset().union(*(one for one, _ in found)), frozenset().union(*(two for _, two in found))


def _before(content: Mapping[str, Any]) -> list[str]:
    """The texts from which a context may be taken."""
    return [
        *(each["text"] for each in content["earlier"]),
        *(each["profile"] for each in content["characters"]),
    ]


def retells(sentence: str, outline: str, content: Mapping[str, Any]) -> bool:
    """Whether a sentence says again what one sentence of the outline says: nearly all its words stand
    there."""
    language, names = content["language"], all_names(content)
    if echo(sentence, outline, language) >= 0.5:
        return True
    words = _everyday(sentence, language, names)
    if len(words) < RETOLD_LEAST[language]:
        return False
    told = [_everyday(each, language, names) for each in sentences(outline, language)]
    return any(len(words & each) >= RETOLD * len(words) for each in told)


def _everyday(text: str, language: str, names: Sequence[str]) -> set[str]:
    return set(telling(without(text, names, _gap(language)), language, everyday=True))


def rests(text: str, content: Mapping[str, Any]) -> float:
    """How much of a context the earlier scenes and the profiles know, 0 to 1: the mean of the share of its
    telling words and of the share of what tells beside them (in Chinese characters, in English everyday
    words). 1 where it has none."""
    language, before = content["language"], _before(content)
    bare = without(text, all_names(content), _gap(language))
    known, met = _known(content)
    words = set(telling(bare, language))
    if language == "zh":
        beside = {each for (each,) in _pairs(bare, language)}
        there = {each for (each,) in met}
    else:
        beside = set(telling(bare, language, everyday=True))
        there = set[str]().union(*(telling_set(each, language, everyday=True) for each in before))
    shares = [len(mine & theirs) / len(mine) for mine, theirs in ((words, known), (beside, there)) if mine]
    return sum(shares) / len(shares) if shares else 1.0
